"""Checks of the account that launch forms name: what must exist there before a launch. They only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING

from publisher.errors import command
from publisher.launch.request import LaunchRequest

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

Arguments = Mapping[str, str]
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
_GONE = frozenset(
    {"InvalidGroup.NotFound", "InvalidSubnetID.NotFound", "InvalidVpcID.NotFound", "ParameterNotFound"}
)


@dataclass(frozen=True, kw_only=True)
class AccountCheck:
    """A check: its arguments, what it does, and the problem if it finds one.

    What a command of ours can fix, or another launch may never use, is only a warning: `fixed_by` names it.
    """

    arguments: tuple[str, ...]
    title: str
    find: Callable[[Aws, Arguments], str | None]
    fixed_by: str = ""


def account_problems(aws: Aws, request: LaunchRequest, *, report: Callable[[str], None]) -> Iterator[str]:
    """What the checks of a request find; one with an empty argument, or that is denied, is left out.

    Warnings are only reported.
    """
    # Forms are checked without AWS.
    from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied

    for check in request.checks:
        if not all(check.arguments.values()):
            continue
        known = CHECKS[check.rule]
        with aws_errors(f"{request.name}: check {check.rule} failed"):
            try:
                problem = known.find(aws, check.arguments)
            except ClientError as error:
                if is_denied(error):
                    report(f"{request.name}: {check.rule} not checked: your role cannot read it")
                    continue
                if error_code(error) not in _GONE:
                    raise
                problem = f"{' '.join(check.arguments.values())} not found"
            except ValueError as error:
                problem = f"invalid argument: {error}"
        if problem and known.fixed_by:
            fix = f"run {command(known.fixed_by, request.path)} to prepare it"
            report(f"{request.name}: warning: {check.rule}: {problem}; {fix}")
        elif problem:
            yield f"{check.rule}: {problem}"


def _vpc(aws: Aws, arguments: Arguments) -> None:
    aws.client("ec2").describe_vpcs(VpcIds=[arguments["vpc"]])


def _subnets(aws: Aws, arguments: Arguments) -> str | None:
    ids = arguments["subnets"].split(",")
    found = aws.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]
    others = sorted(it["SubnetId"] for it in found if it["VpcId"] != arguments["vpc"])
    return f"{', '.join(others)} not in {arguments['vpc']}" if others else None


def _parameter(aws: Aws, arguments: Arguments) -> None:
    aws.client("ssm").get_parameter(Name=arguments["name"])


def _source_bucket(aws: Aws, arguments: Arguments) -> str | None:
    from publisher.launch.source_bucket import flaws, observe

    bucket, keys = arguments["bucket"], arguments["keys"].split(",")
    found = list(flaws(observe(aws, bucket, keys), keys, region=aws.region))
    return f"bucket {bucket} {', '.join(found)}" if found else None


def _group_admits(aws: Aws, arguments: Arguments) -> str | None:
    ec2, port = aws.client("ec2"), int(arguments["port"])
    group, vpc = _identified(aws, arguments["group"]), _identified(aws, arguments["vpc"])
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    if found["VpcId"] != vpc:
        return f"{group} is in {found['VpcId']}, not in {vpc}"
    rules = [
        rule
        for rule in found["IpPermissions"]
        if rule["IpProtocol"] == "-1"
        or (rule["IpProtocol"] == "tcp" and rule["FromPort"] <= port <= rule["ToPort"])
    ]
    lists = [it["PrefixListId"] for rule in rules for it in rule.get("PrefixListIds", [])]
    entries = (
        entry["Cidr"]
        for id_ in lists
        for page in ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=id_)
        for entry in page["Entries"]
    )
    ranges = [*(it["CidrIp"] for rule in rules for it in rule.get("IpRanges", [])), *entries]
    shut_out = _shut_out(aws, vpc, ranges)
    return f"{group} does not admit port {port} from {shut_out}, which {vpc} has" if shut_out else None


def _range_covers(aws: Aws, arguments: Arguments) -> str | None:
    vpc = _identified(aws, arguments["vpc"])
    shut_out = _shut_out(aws, vpc, [arguments["range"]])
    return f"{arguments['range']} does not contain {shut_out}, which {vpc} has" if shut_out else None


def _identified(aws: Aws, text: str) -> str:
    """An ID, or that in the SSM parameter of this name."""
    if not text.startswith("/"):
        return text
    value: str = aws.client("ssm").get_parameter(Name=text)["Parameter"]["Value"]
    return value


def _shut_out(aws: Aws, vpc: str, ranges: Iterable[str]) -> str:
    """The IPv4 blocks of a VPC, with commas between, that lie in no range; ranges side by side count as one.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """
    networks = [ip_network(text, strict=False) for text in ranges]
    admitted = list(collapse_addresses(it for it in networks if isinstance(it, IPv4Network)))
    (found,) = aws.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    blocks = [
        IPv4Network(it["CidrBlock"])
        for it in found["CidrBlockAssociationSet"]
        if it["CidrBlockState"]["State"] == "associated"
    ]
    return ", ".join(str(it) for it in blocks if not any(it.subnet_of(one) for one in admitted))


CHECKS: Mapping[str, AccountCheck] = {
    "group-admits-vpc": AccountCheck(
        arguments=("group", "vpc", "port"),
        title="The security group admits the TCP port from all of its VPC; IDs, or SSM parameters with them",
        find=_group_admits,
    ),
    "parameter-exists": AccountCheck(arguments=("name",), title="The SSM parameter exists", find=_parameter),
    "range-covers-vpc": AccountCheck(
        arguments=("range", "vpc"),
        title="The IPv4 range contains all of the VPC; an ID, or an SSM parameter with it",
        find=_range_covers,
    ),
    "source-bucket": AccountCheck(
        arguments=("bucket", "keys"),
        title="The bucket is in the Region, versioned, sends its events to EventBridge, and has the objects, "
        "with commas between; only a warning",
        find=_source_bucket,
        fixed_by="seed",
    ),
    "subnets-exist": AccountCheck(
        arguments=("subnets", "vpc"), title="The subnets, with commas between, are in the VPC", find=_subnets
    ),
    "vpc-exists": AccountCheck(arguments=("vpc",), title="The VPC exists", find=_vpc),
}
