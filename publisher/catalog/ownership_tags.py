"""What is written to something of others to make it ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One write that makes something ours."""

    label: str
    operation: str
    request: Mapping[str, Any]
