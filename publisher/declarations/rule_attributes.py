"""What AWS knows of the things that parameters name: data for the functions of a Rules section.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

import re

from publisher.declarations.constraint_types import did_you_mean
from publisher.documents import quoted

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_SINGLE = (
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
)
TYPES = (*_SINGLE, *(f"List<{name}>" for name in _SINGLE))
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "AWS::EC2::SecurityGroup::Id": (),
    "AWS::EC2::Subnet::Id": ("AvailabilityZone", "VpcId"),
    "AWS::EC2::VPC::Id": ("DefaultNetworkAcl", "DefaultSecurityGroup"),
}
_TAG = re.compile(r"Tags\..+")


def unknown_attribute(kind: str, attribute: str) -> tuple[str, str] | None:
    """Why AWS has no such attribute of what a parameter of this type names, and the remedy."""
    single = re.sub(r"^(AWS::SSM::Parameter::Value<)?(List<)?([^<>]+)>*$", r"\3", kind)
    if single not in _ATTRIBUTES:
        kinds = ", ".join(_ATTRIBUTES)
        message = f"rules know no attributes of the type {quoted(kind)}"
        return message, f"they know those of {kinds}; compare the value itself with Ref"
    if attribute in _ATTRIBUTES[single] or _TAG.fullmatch(attribute):
        return None
    known = (*_ATTRIBUTES[single], "Tags.<key>")
    return f"{quoted(kind)} has no attribute {quoted(attribute)}", did_you_mean(attribute, known)
