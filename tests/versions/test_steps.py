"""What a version promises since another one, and which one a change leads to."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model import Step, is_enough, next_version, precedence, step_between
from publisher.model.version_steps import STEPS
from tests.conftest import cases


@cases(
    ("before", "after", "step"),
    {
        "patch": ("1.2.3", "1.2.4", "patch"),
        "minor": ("1.2.3", "1.3.0", "minor"),
        "major": ("1.2.3", "2.0.0", "major"),
        "several at once": ("1.2.3", "3.4.5", "major"),
        "breaking before 1.0.0": ("0.3.1", "0.4.0", "major"),
        "harmless before 1.0.0": ("0.3.1", "0.3.2", "minor"),
        "to 1.0.0": ("0.3.1", "1.0.0", "major"),
        "prereleases of a major": ("2.0.0-rc.1", "2.0.0-rc.2", "major"),
        "the release of a minor": ("1.5.0-rc.1", "1.5.0", "minor"),
        "the release of a patch": ("1.5.1-rc.1", "1.5.1", "patch"),
        "no semantic version": ("v1", "1.0.0", None),
    },
)
def test_step_between(before: str, after: str, step: Step | None) -> None:
    assert step_between(before, after) == step


@cases(
    ("version", "step", "after"),
    {
        "patch": ("1.2.3", "patch", "1.2.4"),
        "minor": ("1.2.3", "minor", "1.3.0"),
        "major": ("1.2.3", "major", "2.0.0"),
        "breaking before 1.0.0": ("0.2.3", "major", "0.3.0"),
        "added before 1.0.0": ("0.2.3", "minor", "0.2.4"),
        "a prerelease that promises enough": ("2.0.0-rc.1", "minor", "2.0.0"),
        "a prerelease that promises less": ("1.5.1-rc.1", "minor", "1.6.0"),
    },
)
def test_next_version(version: str, step: Step, after: str) -> None:
    assert next_version(version, step) == after


def test_only_semantic_versions_have_a_next_one() -> None:
    with pytest.raises(ValueError, match="v1"):
        next_version("v1", "patch")


@cases(
    ("step", "needed", "enough"),
    {
        "more": ("major", "minor", True),
        "the same": ("minor", "minor", True),
        "less": ("patch", "minor", False),
        "nothing is needed": ("patch", "", True),
    },
)
def test_is_enough(step: Step, needed: Step | Literal[""], enough: bool) -> None:
    assert is_enough(step, needed) is enough


NUMBERS = st.integers(0, 12)
VERSIONS = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["", "-rc.1"]))


@pytest.mark.slow
@given(version=VERSIONS, step=st.sampled_from(STEPS))
def test_the_next_version_is_higher_and_promises_enough(version: str, step: Step) -> None:
    after = next_version(version, step)
    given_step = step_between(version, after)
    assert precedence(after) > precedence(version)
    assert given_step is not None and is_enough(given_step, step)
