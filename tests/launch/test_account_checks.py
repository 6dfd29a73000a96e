"""Checks that launch forms name, made before a launch with the caller's rights."""

from __future__ import annotations

import pytest

from publisher.errors import Refused
from publisher.launch.account_checks import CHECKS, account_problems
from publisher.launch.preflight import prepare
from publisher.launch.request import Check
from tests.conftest import cases, raising
from tests.launch.account import NAME, PATH, Account, launch_request

GONE = "vpc-0123456789abcdef0"


@pytest.fixture
def names(account: Account) -> dict[str, str]:
    """Two networks, and a parameter with the first."""
    ec2 = account.client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(2)]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{n}.0.0/24")["Subnet"]["SubnetId"]
        for n, vpc in enumerate(vpcs)
    ]
    account.client("ssm").put_parameter(Name="/vpc/id", Value=vpcs[0], Type="String")
    return {"vpc": vpcs[0], "subnet": subnets[0], "other": subnets[1], "gone": GONE}


@cases(
    ("rule", "arguments", "problem"),
    {
        "VPC": ("vpc-exists", {"vpc": "{vpc}"}, None),
        "VPC that is gone": ("vpc-exists", {"vpc": GONE}, f"{GONE} not found"),
        "subnets": ("subnets-exist", {"subnets": "{subnet}", "vpc": "{vpc}"}, None),
        "subnet of another VPC": (
            "subnets-exist", {"subnets": "{subnet},{other}", "vpc": "{vpc}"}, "{other} not in {vpc}"
        ),
        "subnet that is gone": (
            "subnets-exist",
            {"subnets": "{subnet},subnet-0123456789abcdef0", "vpc": "{vpc}"},
            "{subnet},subnet-0123456789abcdef0 {vpc} not found",
        ),
        "parameter": ("parameter-exists", {"name": "/vpc/id"}, None),
        "parameter that is missing": ("parameter-exists", {"name": "/vpc/ids"}, "/vpc/ids not found"),
        "nothing to check": ("parameter-exists", {"name": ""}, None),
    },
)  # fmt: skip
def test_checks(
    account: Account, names: dict[str, str], rule: str, arguments: dict[str, str], problem: str | None
) -> None:
    filled = {name: text.format(**names) for name, text in arguments.items()}
    request = launch_request(checks=(Check(rule=rule, arguments=filled),))
    found = list(account_problems(account.aws, request, report=account.lines.append))
    assert (found, account.lines) == ([f"{rule}: {problem.format(**names)}"] if problem else [], [])
    assert tuple(arguments) == CHECKS[rule].arguments


def test_a_check_that_is_denied_is_reported(account: Account) -> None:
    account.deny("ec2", "DescribeVpcs", code="UnauthorizedOperation")
    request = launch_request(checks=(Check(rule="vpc-exists", arguments={"vpc": GONE}),))
    assert list(account_problems(account.aws, request, report=account.lines.append)) == []
    assert account.lines == [f"{NAME}: vpc-exists not checked: your role cannot read it"]


def test_a_launch_is_refused_with_all_problems(account: Account) -> None:
    account.publish()
    checks = (
        Check(rule="vpc-exists", arguments={"vpc": GONE}),
        Check(rule="parameter-exists", arguments={"name": "/x"}),
    )
    with raising(
        Refused,
        f"{NAME}: vpc-exists: {GONE} not found; parameter-exists: /x not found",
        f"create what {PATH} names, or correct it",
    ):
        prepare(account.aws, launch_request(checks=checks), report=account.lines.append)
