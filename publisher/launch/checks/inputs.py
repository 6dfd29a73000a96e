"""Rules: what the values of a launch name exists. They need no template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from publisher.errors import quoted
from publisher.launch.checks.rule import SSM, Arguments, Flaw, LaunchRule, Subject

_TYPES_SOURCE = "AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html"
# How what a type of EC2 names is listed: the operation, its filter, and where the answer has the names.
_KIND = re.compile(r"^(List<)?AWS::EC2::|>$")
_LISTED: Mapping[str, str] = {
    "AvailabilityZone::Name": "describe_availability_zones zone-name AvailabilityZones[].ZoneName",
    "Image::Id": "describe_images image-id Images[].ImageId",
    "Instance::Id": "describe_instances instance-id Reservations[].Instances[].InstanceId",
    "KeyPair::KeyName": "describe_key_pairs key-name KeyPairs[].KeyName",
    "SecurityGroup::GroupName": "describe_security_groups group-name SecurityGroups[].GroupName",
    "SecurityGroup::Id": "describe_security_groups group-id SecurityGroups[].GroupId",
    "Subnet::Id": "describe_subnets subnet-id Subnets[].SubnetId",
    "VPC::Id": "describe_vpcs vpc-id Vpcs[].VpcId",
    "Volume::Id": "describe_volumes volume-id Volumes[].VolumeId",
}


def _values_of(subject: Subject, kind: str) -> bool:
    return any(kind in it and subject.values.get(name) for name, it in subject.types.items())


@LaunchRule.of("L201", _TYPES_SOURCE, applies=lambda it: _values_of(it, SSM))
def stored(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The SSM parameters that parameters of SSM types name exist."""
    for name in sorted(subject.types):
        value = subject.values.get(name, "")
        if value in subject.stored and subject.stored[value] is None:
            yield Flaw(message=f"SSM parameter {value} not found, which {name} names")


@LaunchRule.of("L202", _TYPES_SOURCE, applies=lambda it: _values_of(it, "AWS::EC2::"))
def named(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """What parameters of EC2's types name exists: VPCs, subnets, security groups, images, …."""
    from publisher.aws.listings import found_in, pages_of

    sought: dict[str, dict[str, str]] = {}
    for name in sorted(subject.types):
        kind, value = subject.resolved(name)
        listed, inner = kind.startswith("List<"), _KIND.sub("", kind)
        if inner in _LISTED and value:
            values = [it.strip() for it in value.split(",")] if listed else [value]
            sought.setdefault(inner, {}).update(dict.fromkeys(values, name))
    for kind, asked in sorted(sought.items()):
        operation, key, path = _LISTED[kind].split()
        filters = [{"Name": key, "Values": sorted(asked)}]
        pages = pages_of(subject.aws.client("ec2"), operation, Filters=filters)
        found = {it for page in pages for it in found_in(page, path)}
        for value in sorted(asked.keys() - found):
            yield Flaw(message=f"{value} not found, which {asked[value]} names")


@LaunchRule.of(
    "L203",
    "systems-manager/latest/APIReference/API_GetParameter.html",
    name="parameter-exists",
    arguments="name",
)
def parameter(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The SSM parameter exists."""
    subject.aws.client("ssm").get_parameter(Name=arguments["name"])
    yield from ()


@LaunchRule.of(
    "L204",
    "codepipeline/latest/userguide/create-S3-source-events.html",
    name="source-bucket",
    arguments="bucket keys",
    severity="warning",
)
def source_bucket(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The source bucket is in the Region, versioned, sends its events to EventBridge, and has the objects."""
    from publisher.errors import command
    from publisher.launch.source_bucket import flaws, observe

    bucket, keys = arguments["bucket"], arguments["keys"].split(",")
    aws = subject.aws
    if found := list(flaws(observe(aws, bucket, keys), keys, region=aws.region)):
        hint = f"run {command('seed', subject.request.path)} to prepare it"
        yield Flaw(message=f"bucket {bucket} {', '.join(found)}", hint=hint)


@LaunchRule.of("L205", "sns/latest/dg/sns-email-notifications.html", severity="note")
def alerts_address(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """Alerts have an address."""
    alerts, request = subject.request.outputs.alerts, subject.request
    outputs = {it.get("Key") for it in subject.described.get("ProvisioningArtifactOutputs", ())}
    if alerts and alerts.topic in outputs and not request.alerts_address:
        message = f"no alerts are delivered: {alerts.email} is not set in {request.path}"
        yield Flaw(
            message=message, hint=f"set {alerts.email}, or subscribe to the topic of {quoted(alerts.topic)}"
        )
