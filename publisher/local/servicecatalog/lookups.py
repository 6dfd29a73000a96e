"""What SSM parameters hold, and attributes of the resources that parameters name, from moto's backends.

Attributes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ssm.models import ssm_backends

from publisher.local.servicecatalog.rules import Attribute, RuleError


def ssm_reader(account_id: str, region: str) -> Callable[[str], str | None]:
    """Reads SSM parameters: the value, None when there is no such parameter."""

    def read(name: str) -> str | None:
        found: Any = ssm_backends[account_id][region].get_parameter(name)
        return None if found is None else str(found.value)

    return read


def attribute_reader(account_id: str, region: str) -> Attribute:
    """Reads attributes of VPCs, subnets and security groups."""
    ec2: Any = ec2_backends[account_id][region]

    def read(kind: str, value: str, attribute: str) -> Any:
        found = _find(ec2, kind, value)
        if attribute.startswith("Tags."):
            return _tag(found.get_tags(), attribute.removeprefix("Tags."))
        match kind, attribute:
            case "AWS::EC2::Subnet::Id", "VpcId":
                return found.vpc_id
            case "AWS::EC2::Subnet::Id", "AvailabilityZone":
                return found.availability_zone
            case "AWS::EC2::VPC::Id", "DefaultSecurityGroup":
                return ec2.get_default_security_group(found.id).id
            case "AWS::EC2::VPC::Id", "DefaultNetworkAcl":
                acls = (acl for acl in ec2.network_acls.values() if acl.vpc_id == found.id)
                return next(acl.id for acl in acls if acl.default)
            case _:
                raise RuleError(f"{kind} has no attribute {attribute}")

    return read


def _find(ec2: Any, kind: str, value: str) -> Any:
    match kind:
        case "AWS::EC2::Subnet::Id":
            found = (subnet for zone in ec2.subnets.values() for subnet in zone.values())
        case "AWS::EC2::VPC::Id":
            found = (vpc for vpc in ec2.vpcs.values())
        case "AWS::EC2::SecurityGroup::Id":
            found = (group for vpc in ec2.groups.values() for group in vpc.values())
        case _:
            raise RuleError(f"values of type {kind} have no attributes")
    for one in found:
        if one.id == value:
            return one
    raise RuleError(f"{value} does not exist")


def _tag(tags: Iterable[dict[str, str]], key: str) -> str:
    return next((tag["value"] for tag in tags if tag["key"] == key), "")
