"""How far one version is from another, as https://semver.org has it, and the next version by a step.

While the first number is 0, the second one stands for it, as in Cargo: a breaking change of 0.3.1 is 0.4.0.
https://doc.rust-lang.org/cargo/reference/semver.html
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Step = Literal["major", "minor", "patch"]
STEPS: tuple[Step, ...] = get_args(Step)
_NUMBERS = re.compile(r"(\d{1,100})\.(\d{1,100})\.(\d{1,100})(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


def step_between(before: str, after: str) -> Step | None:
    """What a higher version promises about the changes since the lower one; None for other names.

    A prerelease promises what the version that it leads to does: 2.0.0-rc.2 after 2.0.0-rc.1 may break.
    """
    first, second = _NUMBERS.fullmatch(before), _NUMBERS.fullmatch(after)
    if first is None or second is None:
        return None
    return _promise(_numbers(first), _numbers(second))


def next_version(version: str, step: Step) -> str:
    """The version that a step leads to. Raises ValueError for what is no semantic version."""
    match = _NUMBERS.fullmatch(version)
    if match is None:
        raise ValueError(version)
    numbers = _numbers(match)
    if match[4] and is_enough(_promise(numbers, numbers), step):
        return ".".join(map(str, numbers))
    place = STEPS.index(step)
    place = min(place + 1, 2) if not numbers[0] else place
    numbers[place:] = [numbers[place] + 1, *(0 for _ in numbers[place + 1 :])]
    return ".".join(map(str, numbers))


def is_enough(given: Step, needed: Step | Literal[""]) -> bool:
    """Whether a step is as large as the one that is needed; any is, where none is needed."""
    return not needed or given in STEPS[: STEPS.index(needed) + 1]


def _numbers(match: re.Match[str]) -> list[int]:
    return [int(it) for it in match.groups()[:3]]


def _promise(old: list[int], new: list[int]) -> Step:
    if old == new:
        place = next((n for n in (2, 1) if new[n]), 0)
    else:
        place = next(n for n in range(3) if old[n] != new[n])
    return STEPS[place - 1 if not new[0] and place else place]
