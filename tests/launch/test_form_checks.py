"""Checks that launch forms name, made before a launch with the caller's rights."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_emulator.codeconnections import codeconnections_backends

from publisher.errors import Refused
from publisher.launch.checks.examination import FORM_RULES, examine
from publisher.launch.checks.rule import Subject
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
    ec2.associate_vpc_cidr_block(VpcId=vpcs[0], CidrBlock="10.8.0.0/16")
    groups: dict[str, dict[str, Any]] = {
        "members": {"UserIdGroupPairs": []},
        "primary": {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
        "halves": {"IpRanges": [{"CidrIp": f"10.{n}.0.0/{size}"} for n, size in ((0, 13), (8, 16))]},
        "listed": {"PrefixListIds": [{"PrefixListId": _prefix_list(ec2)}]},
        "http": {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "FromPort": 80, "ToPort": 80},
        "udp": {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "IpProtocol": "udp"},
        "all": {"IpRanges": [{"CidrIp": "10.0.0.0/8"}], "IpProtocol": "-1"},
        "six": {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    }
    ids = {name: _group(ec2, vpcs[0], name, rule) for name, rule in groups.items()}
    account.client("ssm").put_parameter(Name="/sg/id", Value=ids["all"], Type="String")
    for service in ("codeconnections", "codestar-connections"):
        made = account.client(service).create_connection(ConnectionName=service, ProviderType="GitHub")
        ids[service] = made["ConnectionArn"]
    arn = account.client("codeconnections").create_connection(
        ConnectionName="done", ProviderType="GitHub", Tags=[{"Key": "sagemaker", "Value": "True"}]
    )["ConnectionArn"]
    # Somebody completes it in the console.
    codeconnections_backends[account.aws.account_id]["us-west-2"].get(arn)["ConnectionStatus"] = "AVAILABLE"
    ids |= {
        "account": account.aws.account_id,
        "done": arn,
        "lost": f"{arn}0",
        "abroad": arn.replace("us-west-2", "eu-west-1"),
    }
    return {"vpc": vpcs[0], "second": vpcs[1], "subnet": subnets[0], "other": subnets[1], "gone": GONE, **ids}


def _prefix_list(ec2: Any) -> str:
    entries = [{"Cidr": "10.0.0.0/16"}, {"Cidr": "10.8.0.0/16"}, {"Cidr": "fd00::/8"}]
    request = {"PrefixListName": "clients", "MaxEntries": 3, "AddressFamily": "IPv4", "Entries": entries}
    id_: str = ec2.create_managed_prefix_list(**request)["PrefixList"]["PrefixListId"]
    return id_


def _group(ec2: Any, vpc: str, name: str, rule: dict[str, Any]) -> str:
    own: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    if "UserIdGroupPairs" in rule:
        rule = {"UserIdGroupPairs": [{"GroupId": own}]}
    permission = {"IpProtocol": "tcp", "FromPort": 400, "ToPort": 500, **rule}
    ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[permission])
    return own


def _admits(group: str, vpc: str = "{vpc}", port: str = "443") -> tuple[str, dict[str, str]]:
    return "group-admits-vpc", {"group": group, "vpc": vpc, "port": port}


def _usable(connection: str) -> tuple[str, dict[str, str]]:
    return "connection-usable", {"connection": connection}


def _tagged(connection: str) -> tuple[str, dict[str, str]]:
    return "connection-tagged", {"connection": connection, "tag": "sagemaker=true"}


def _covers(range_: str) -> tuple[str, dict[str, str]]:
    return "range-covers-vpc", {"range": range_, "vpc": "/vpc/id"}


ASKED: dict[str, tuple[str, dict[str, str], str | None]] = {
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
    "group of all of the VPC": (*_admits("{all}"), None),
    "group and VPC by parameters": (*_admits("/sg/id", "/vpc/id"), None),
    "group of parts of the VPC": (*_admits("{halves}"), None),
    "group of a prefix list": (*_admits("{listed}"), None),
    "group of its members": (
        *_admits("{members}"),
        "{members} does not admit port 443 from 10.0.0.0/16, 10.8.0.0/16, which {vpc} has",
    ),
    "group without a block": (
        *_admits("{primary}"), "{primary} does not admit port 443 from 10.8.0.0/16, which {vpc} has"
    ),
    "group of another port": (
        *_admits("{http}"),
        "{http} does not admit port 443 from 10.0.0.0/16, 10.8.0.0/16, which {vpc} has",
    ),
    "group of another protocol": (
        *_admits("{udp}"),
        "{udp} does not admit port 443 from 10.0.0.0/16, 10.8.0.0/16, which {vpc} has",
    ),
    "group of IPv6": (
        *_admits("{six}"),
        "{six} does not admit port 443 from 10.0.0.0/16, 10.8.0.0/16, which {vpc} has",
    ),
    "group of another VPC": (*_admits("{all}", "{second}"), "{all} is in {vpc}, not in {second}"),
    "group that is gone": (
        *_admits("sg-0123456789abcdef0"), "sg-0123456789abcdef0 {vpc} 443 not found"
    ),
    "port that is none": (
        *_admits("{all}", port="https"),
        "invalid argument: invalid literal for int() with base 10: 'https'",
    ),
    "range of the VPC": (*_covers("10.0.0.0/12"), None),
    "range of a part": (
        *_covers("10.0.0.0/16"), "10.0.0.0/16 does not contain 10.8.0.0/16, which {vpc} has"
    ),
    "range that is none": (
        *_covers("10.0.0.0/33"),
        "invalid argument: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network",
    ),
    "connection": (*_usable("{done}"), None),
    "connection that nobody completed": (
        *_usable("{codeconnections}"),
        "connection {codeconnections} is PENDING: pipelines cannot read their sources",
    ),
    "connection with the former name": (
        *_usable("{codestar-connections}"),
        "connection {codestar-connections} is PENDING: pipelines cannot read their sources",
    ),
    "connection that is gone": (*_usable("{lost}"), "connection {lost} not found"),
    "connection of another Region": (
        *_usable("{abroad}"), "connection {abroad} is not of account {account} in us-west-2"
    ),
    "connection that is none": (
        *_usable("code"), "connection code is not of account {account} in us-west-2"
    ),
    "connection with the tag": (*_tagged("{done}"), None),
    "connection without the tag": (
        *_tagged("{codeconnections}"),
        "connection {codeconnections} has no tag sagemaker=true, which AWS's own templates need",
    ),
    "tags of a connection that is gone": (*_tagged("{lost}"), None),
    "nothing to check": ("parameter-exists", {"name": ""}, None),
}  # fmt: skip


@cases(("rule", "arguments", "problem"), ASKED)
def test_checks(
    account: Account, names: dict[str, str], rule: str, arguments: dict[str, str], problem: str | None
) -> None:
    filled = {name: text.format(**names) for name, text in arguments.items()}
    subject = Subject(aws=account.aws, request=launch_request(checks=(Check(rule=rule, arguments=filled),)))
    found = [(it.status, it.message) for it in examine(subject).outcomes if it.rule.name == rule]
    flaws = [(FORM_RULES[rule].severity, problem.format(**names))] if problem else [("ok", "")]
    assert found == (flaws if all(arguments.values()) else [])
    assert tuple(arguments) == FORM_RULES[rule].arguments


def test_a_check_that_is_denied_is_reported(account: Account) -> None:
    account.deny("ec2", "DescribeVpcs", code="UnauthorizedOperation")
    request = launch_request(checks=(Check(rule="vpc-exists", arguments={"vpc": GONE}),))
    outcomes = examine(Subject(aws=account.aws, request=request)).outcomes
    assert [(it.status, it.message) for it in outcomes if it.rule.id == "L211"] == [
        ("not checked", "ml-team-fraud is not allowed DescribeVpcs")
    ]


def test_a_launch_is_refused_with_all_problems(account: Account) -> None:
    account.publish()
    checks = (
        Check(rule="vpc-exists", arguments={"vpc": GONE}),
        Check(rule="parameter-exists", arguments={"name": "/x"}),
    )
    with raising(
        Refused,
        f"{NAME}: L203 /x not found; L211 {GONE} not found",
        f"create what {PATH} names, or correct it",
    ):
        prepare(account.aws, launch_request(checks=checks), report=account.lines.append)
