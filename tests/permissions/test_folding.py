"""Many ARN patterns become few, which match all that the many did."""

from __future__ import annotations

import pytest

from publisher.permissions.folding import folded
from publisher.permissions.values import covers
from tests.conftest import cases

SSM = "arn:aws:ssm:*:1:parameter"
ROLE = "arn:aws:iam::1:role"


@cases(
    ("patterns", "fewer"),
    {
        "three in a folder": ([f"{SSM}/ml/x/{name}" for name in "abc"], [f"{SSM}/ml/x/*"]),
        "two in a folder": ([f"{SSM}/ml/x/{name}" for name in "ab"], [f"{SSM}/ml/x/a", f"{SSM}/ml/x/b"]),
        "a folder that is not named": (
            [f"{ROLE}/*/{name}" for name in "abc"],
            [f"{ROLE}/*/{name}" for name in "abc"],
        ),
        "no folder": ([f"{ROLE}/{name}" for name in "abc"], [f"{ROLE}/{name}" for name in "abc"]),
        "covered": ([f"{ROLE}/a*", f"{ROLE}/ab"], [f"{ROLE}/a*"]),
        "more than sixteen": ([f"{ROLE}/a-{n}-b" for n in range(17)], [f"{ROLE}/a-*-b"]),
        "none": ([], []),
    },
)
def test_fewer_patterns(patterns: list[str], fewer: list[str]) -> None:
    assert list(folded(patterns)) == fewer


@pytest.mark.parametrize("count", [1, 16, 17, 40, 200])
def test_nothing_is_lost(count: int) -> None:
    patterns = [f"arn:aws:sns:*:1:{chr(97 + n % 5)}-{n}-{n * 7 % 3}" for n in range(count)]
    found = folded(patterns)
    assert len(found) <= 16
    assert [one for one in patterns if not any(covers(few, one) for few in found)] == []
