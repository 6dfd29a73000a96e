"""Values that parameters and rules look up in an account: resources of AWS-specific types.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.rules import RuleError, Values

Clients = Callable[[str], Any]

# The operation that lists a type's values, and the member that has the value.
LISTED: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::EC2::AvailabilityZone::Name": ("describe_availability_zones", "ZoneName"),
    "AWS::EC2::Image::Id": ("describe_images", "ImageId"),
    "AWS::EC2::Instance::Id": ("describe_instances", "InstanceId"),
    "AWS::EC2::KeyPair::KeyName": ("describe_key_pairs", "KeyName"),
    "AWS::EC2::SecurityGroup::GroupName": ("describe_security_groups", "GroupName"),
    "AWS::EC2::SecurityGroup::Id": ("describe_security_groups", "GroupId"),
    "AWS::EC2::Subnet::Id": ("describe_subnets", "SubnetId"),
    "AWS::EC2::VPC::Id": ("describe_vpcs", "VpcId"),
    "AWS::EC2::Volume::Id": ("describe_volumes", "VolumeId"),
    "AWS::Route53::HostedZone::Id": ("list_hosted_zones", "Id"),
}
_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::EC2::SecurityGroup::Id": (),
    "AWS::EC2::Subnet::Id": ("AvailabilityZone", "VpcId"),
    "AWS::EC2::VPC::Id": ("DefaultNetworkAcl", "DefaultSecurityGroup"),
}
# What a VPC has by default: operation, filter, and the member with the value.
_DEFAULTS: Final = {
    "DefaultNetworkAcl": ("describe_network_acls", "default", "true", "NetworkAclId"),
    "DefaultSecurityGroup": ("describe_security_groups", "group-name", "default", "GroupId"),
}


def values_of(parameters: Mapping[str, Parameter], pseudo: Mapping[str, Any]) -> Values:
    """The values for rules, from the account and Region of the pseudo parameters."""
    account = clients(pseudo["AWS::AccountId"], pseudo["AWS::Region"])
    return Values(
        parameters=parameters,
        attribute=partial(attribute, account),
        existing=partial(existing, account),
        pseudo=pseudo,
    )


def existing(account: Clients, kind: str, *only: str) -> list[str]:
    """All values, or these only, that a parameter of an AWS-specific type can have; raises RuleError."""
    return sorted(_found(account, kind, only))


def attribute(account: Clients, kind: str, value: str, name: str) -> Any:
    """An attribute of a VPC, a subnet or a security group; raises RuleError."""
    if kind not in _ATTRIBUTES:
        raise RuleError(f"values of type {kind} cannot be looked up")
    found = _found(account, kind, (value,)).get(value)
    if found is None:
        raise RuleError(f"{value} does not exist")
    if name.startswith("Tags."):
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        return tags.get(name.removeprefix("Tags."), "")
    if name not in _ATTRIBUTES[kind]:
        raise RuleError(f"{kind} has no attribute {name}")
    if name not in _DEFAULTS:
        return found[name]
    operation, filtered, of_default, member = _DEFAULTS[name]
    filters = [{"Name": "vpc-id", "Values": [value]}, {"Name": filtered, "Values": [of_default]}]
    return _items(getattr(account("ec2"), operation)(Filters=filters))[0][member]


def _found(account: Clients, kind: str, only: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    if kind not in LISTED:
        raise RuleError(f"values of type {kind} cannot be looked up")
    operation, member = LISTED[kind]
    _, service, *_ = kind.lower().split("::")
    asked = {f"{member}s": [*only]} if only and service == "ec2" else {}
    try:
        items = _items(getattr(account(service), operation)(**asked))
    except ClientError:
        return {}
    # Hosted zones are listed by path.
    return {item[member].rpartition("/")[2]: item for item in items}


def _items(answer: dict[str, Any]) -> list[dict[str, Any]]:
    listed = [item for held in answer.values() if isinstance(held, list) for item in held]
    return [one for item in listed for one in item.get("Instances", [item])]
