"""Checks of the account that launch forms name: what must exist there before a launch. They only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.launch.request import LaunchRequest

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

Arguments = Mapping[str, str]
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
_GONE = frozenset({"InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "ParameterNotFound"})


@dataclass(frozen=True, kw_only=True)
class AccountCheck:
    """A check: its arguments, what it does, and the problem if it finds one."""

    arguments: tuple[str, ...]
    title: str
    find: Callable[[Aws, Arguments], str | None]


def account_problems(aws: Aws, request: LaunchRequest, *, report: Callable[[str], None]) -> Iterator[str]:
    """What the checks of a request find; one with an empty argument, or that is denied, is left out."""
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
        if problem:
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


CHECKS: Mapping[str, AccountCheck] = {
    "parameter-exists": AccountCheck(arguments=("name",), title="The SSM parameter exists", find=_parameter),
    "subnets-exist": AccountCheck(
        arguments=("subnets", "vpc"), title="The subnets, with commas between, are in the VPC", find=_subnets
    ),
    "vpc-exists": AccountCheck(arguments=("vpc",), title="The VPC exists", find=_vpc),
}
