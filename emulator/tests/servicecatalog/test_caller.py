import pytest

from catalog_emulator.servicecatalog.caller import (
    Caller,
    Identity,
    caller_of,
    find_identity,
    is_pattern,
    matches,
)
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, Account, client


@cases(
    ("pattern", "arn", "fits"),
    {
        "star": ("arn:aws:iam:::role/ml-team-*", "arn:aws:iam::123456789012:role/ml-team-a", True),
        "other": ("arn:aws:iam:::role/ml-team-*", "arn:aws:iam::123456789012:role/other", False),
        "path": ("arn:aws:iam:::role/*/ml-?", "arn:aws:iam::123456789012:role/a/b/ml-1", True),
        "one letter": ("arn:aws:iam:::role/ml-?", "arn:aws:iam::123456789012:role/ml-10", False),
        "or none": ("arn:aws:iam:::role/ml-?", "arn:aws:iam::123456789012:role/ml-", True),
        "other kind": ("arn:aws:iam:::user/*", "arn:aws:iam::123456789012:role/x", False),
        "hostile": (
            "arn:aws:iam:::role/" + "*a?" * 40 + "b",
            "arn:aws:iam::123456789012:role/" + "a" * 64,
            False,
        ),
        "a point is a point": ("arn:aws:iam:::role/a.b", "arn:aws:iam::123456789012:role/aXb", False),
    },
)
def test_matches(pattern: str, arn: str, fits: bool) -> None:
    assert matches(pattern, arn) is fits


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("arn:aws:iam:::role/ml-*", True),
        ("arn:aws-cn:iam:::group/*", True),
        ("arn:aws:iam::123456789012:role/ml-*", False),
        ("arn:aws:iam:::*/ml", False),
        ("arn:aws:s3:::role/x", False),
        ("*", False),
    ],
)
def test_is_pattern(pattern: str, good: bool) -> None:
    assert is_pattern(pattern) is good


def test_session_of_a_role(account: Account) -> None:
    arn = account.role("team", path="/ml/")
    keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="someone")["Credentials"]
    identity = find_identity(arn, ACCOUNT, "aws")
    assert identity is not None
    assert caller_of(keys["AccessKeyId"], ACCOUNT, "aws") == Caller(
        account_id=ACCOUNT,
        arn=arn,
        session_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/team/someone",
        identities=(identity,),
    )


def test_session_of_an_unknown_role(account: Account) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="someone")["Credentials"]
    assert caller_of(keys["AccessKeyId"], ACCOUNT, "aws").identities == ()


def test_user_with_groups(account: Account) -> None:
    user = account.iam.create_user(UserName="ada")["User"]
    group = account.iam.create_group(GroupName="ml")["Group"]
    account.iam.add_user_to_group(GroupName="ml", UserName="ada")
    key = account.iam.create_access_key(UserName="ada")["AccessKey"]
    assert caller_of(key["AccessKeyId"], ACCOUNT, "aws") == Caller(
        account_id=ACCOUNT,
        arn=user["Arn"],
        session_arn=user["Arn"],
        identities=(
            Identity(arn=user["Arn"], unique_id=user["UserId"]),
            Identity(arn=group["Arn"], unique_id=group["GroupId"]),
        ),
    )


def test_unknown_key(account: Account) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/moto"
    assert caller_of("AKIAEXAMPLE", ACCOUNT, "aws") == Caller(account_id=ACCOUNT, arn=arn, session_arn=arn)


def test_unknown_identity(account: Account) -> None:
    assert find_identity(f"arn:aws:iam::{ACCOUNT}:role/nobody", ACCOUNT, "aws") is None
