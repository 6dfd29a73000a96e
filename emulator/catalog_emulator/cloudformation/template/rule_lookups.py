"""Values that rules look up in moto's backends: resources of the account and their attributes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.route53.models import route53_backends
from moto.ssm.models import ssm_backends

from catalog_emulator.cloudformation.template.parameters import Parameter, unsupported
from catalog_emulator.cloudformation.template.rules import Attribute, Existing, RuleError, Values

# Values of the types that `_all` does not have, in a backend of EC2.
_NAMES: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "AWS::EC2::AvailabilityZone::Name": lambda ec2: [zone.name for zone in ec2.describe_availability_zones()],
    "AWS::EC2::Image::Id": lambda ec2: ec2.amis,
    "AWS::EC2::Instance::Id": lambda ec2: [instance.id for instance in ec2.all_instances()],
    "AWS::EC2::KeyPair::KeyName": lambda ec2: ec2.key_pairs,
    "AWS::EC2::SecurityGroup::GroupName": lambda ec2: [
        group.name for group in _all(ec2, "AWS::EC2::SecurityGroup::Id")
    ],
    "AWS::EC2::Volume::Id": lambda ec2: ec2.volumes,
}


def values_of(parameters: Mapping[str, Parameter], pseudo: Mapping[str, Any]) -> Values:
    """The values for rules, from the account and Region of the pseudo parameters."""
    account_id, region = pseudo["AWS::AccountId"], pseudo["AWS::Region"]
    return Values(
        parameters=parameters,
        attribute=attribute_reader(account_id, region),
        existing=existing_reader(account_id, region, pseudo["AWS::Partition"]),
        pseudo=pseudo,
    )


def ssm_reader(account_id: str, region: str) -> Callable[[str], str | None]:
    """Reads values of SSM parameters, None when there is none; raises ValidationError for a SecureString."""

    def read(name: str) -> str | None:
        found: Any = ssm_backends[account_id][region].get_parameter(name)
        if found is not None and found.parameter_type == "SecureString":
            raise unsupported(name)
        return None if found is None else str(found.value)

    return read


def attribute_reader(account_id: str, region: str) -> Attribute:
    """Reads attributes of VPCs, subnets and security groups; raises RuleError."""

    def read(kind: str, value: str, attribute: str) -> Any:
        # Only when needed: moto takes a while to make an EC2 backend.
        ec2: Any = ec2_backends[account_id][region]
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


def existing_reader(account_id: str, region: str, partition: str) -> Existing:
    """Reads all values that a parameter of an AWS-specific type can have; raises RuleError."""

    def read(kind: str) -> list[str]:
        if kind == "AWS::Route53::HostedZone::Id":
            return sorted(route53_backends[account_id][partition].zones)
        ec2: Any = ec2_backends[account_id][region]
        found = _NAMES[kind](ec2) if kind in _NAMES else [one.id for one in _all(ec2, kind)]
        return sorted(found)

    return read


def _find(ec2: Any, kind: str, value: str) -> Any:
    for one in _all(ec2, kind):
        if one.id == value:
            return one
    raise RuleError(f"{value} does not exist")


def _all(ec2: Any, kind: str) -> list[Any]:
    match kind:
        case "AWS::EC2::Subnet::Id":
            return [subnet for zone in ec2.subnets.values() for subnet in zone.values()]
        case "AWS::EC2::VPC::Id":
            return list(ec2.vpcs.values())
        case "AWS::EC2::SecurityGroup::Id":
            return [group for vpc in ec2.groups.values() for group in vpc.values()]
        case _:
            raise RuleError(f"values of type {kind} cannot be looked up")


def _tag(tags: Iterable[dict[str, str]], key: str) -> str:
    return next((tag["value"] for tag in tags if tag["key"] == key), "")
