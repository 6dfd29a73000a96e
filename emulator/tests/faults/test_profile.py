import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.faults.profile import KINDS, FaultProfile, Rule
from tests.conftest import cases


@cases(
    ("text", "expected"),
    {
        "nothing": ("", FaultProfile()),
        "none": (" none ", FaultProfile()),
        "a seed alone": ("seed=7", FaultProfile(seed=7)),
        "rules with spaces": (
            "throttle=0.3, lost-reply:Create*=1 ,seed=7,",
            FaultProfile(
                rules=(
                    Rule(kind="throttle", value=0.3),
                    Rule(kind="lost-reply", operations="Create*", value=1),
                ),
                seed=7,
            ),
        ),
        "a service's operations": (
            "latency:s3.Put*=0.5",
            FaultProfile(rules=(Rule(kind="latency", operations="s3.Put*", value=0.5),)),
        ),
    },
)
def test_parse(text: str, expected: FaultProfile) -> None:
    assert FaultProfile.parse(text) == expected


@cases(
    ("text", "message"),
    {
        "no value": ("throttle", "faults: 'throttle' must be kind=number"),
        "no number": ("throttle=often", "faults: 'throttle=often' must be kind=number"),
        "not a number": ("throttle=nan", "faults: 'throttle=nan' must be kind=number"),
        "unknown": ("rain=1", "faults: unknown kind 'rain'"),
        "share": ("reset=2", "faults: 'reset=2' must be between 0 and 1"),
        "count": ("stop=0", "faults: 'stop=0' must be a whole number, at least 1"),
        "half": ("unseen=1.5", "faults: 'unseen=1.5' must be a whole number, at least 1"),
        "seconds": ("latency=-1", "faults: 'latency=-1' must be 0 or more seconds"),
        "rate": ("rate=0", "faults: 'rate=0' must be more than 0 calls a second"),
    },
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        FaultProfile.parse(text)
    assert raised.value.message == message
    assert raised.value.hint


def test_the_last_matching_rule_applies() -> None:
    profile = FaultProfile.parse("throttle=0.1,throttle:Describe*=0.5,throttle:iam.*=1")
    assert [
        profile.value("throttle", *name)
        for name in (("s3", "PutObject"), ("ssm", "DescribeParameters"), ("iam", "ListRoles"))
    ] == [0.1, 0.5, 1]
    assert profile.value("reset", "s3", "PutObject") is None


_RULES = st.builds(
    Rule,
    kind=st.sampled_from(sorted(KINDS)),
    operations=st.sampled_from(["*", "Create*", "s3.Put*"]),
    value=st.just(1.0),
)


@settings(deadline=None)
@given(st.lists(_RULES), st.integers(0, 99))
def test_text_round_trip(rules: list[Rule], seed: int) -> None:
    profile = FaultProfile(rules=tuple(rules), seed=seed)
    assert FaultProfile.parse(str(profile)) == profile
