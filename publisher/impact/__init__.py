"""What the update from one template to another does to launches, and the bump that a version with it needs.

Knows templates and resource types; refuses to know AWS accounts, declarations and products.
"""

from __future__ import annotations

from publisher.impact.change import (
    EFFECTS,
    SAME_MEANING,
    AtStake,
    Bump,
    Change,
    Effect,
    Level,
    needed_bump,
    worst,
)
from publisher.impact.inputs import Values
from publisher.impact.judgement import Template, judge

__all__ = [
    "EFFECTS",
    "SAME_MEANING",
    "AtStake",
    "Bump",
    "Change",
    "Effect",
    "Level",
    "Template",
    "Values",
    "judge",
    "needed_bump",
    "worst",
]
