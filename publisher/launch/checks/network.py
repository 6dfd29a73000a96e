"""Rules: the VPC of a launch has what it needs, and nothing that its endpoints collide with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING, Any

from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, NotCheckedError, Subject

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

_ENDPOINT = "AWS::EC2::VPCEndpoint"
# Those that have ended, or never began, hold no name.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
_ENDED = frozenset({"deleted", "deleting", "expired", "failed", "rejected"})


@LaunchRule.of("L211", "AWSEC2/latest/APIReference/API_DescribeVpcs.html", name="vpc-exists", arguments="vpc")
def vpc(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The VPC exists."""
    subject.aws.client("ec2").describe_vpcs(VpcIds=[arguments["vpc"]])
    yield from ()


@LaunchRule.of(
    "L212",
    "AWSEC2/latest/APIReference/API_DescribeSubnets.html",
    name="subnets-exist",
    arguments="subnets vpc",
)
def subnets(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The subnets are in the VPC."""
    ids = arguments["subnets"].split(",")
    found = subject.aws.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]
    if others := sorted(it["SubnetId"] for it in found if it["VpcId"] != arguments["vpc"]):
        yield Flaw(message=f"{', '.join(others)} not in {arguments['vpc']}")


@LaunchRule.of(
    "L213",
    "vpc/latest/privatelink/interface-endpoints.html",
    name="group-admits-vpc",
    arguments="group vpc port",
)
def group_admits(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The security group admits the TCP port from all of its VPC."""
    aws, port = subject.aws, int(arguments["port"])
    ec2 = aws.client("ec2")
    group, vpc = _identified(aws, arguments["group"]), _identified(aws, arguments["vpc"])
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    if found["VpcId"] != vpc:
        yield Flaw(message=f"{group} is in {found['VpcId']}, not in {vpc}")
        return
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
    if shut_out := _shut_out(aws, vpc, ranges):
        yield Flaw(message=f"{group} does not admit port {port} from {shut_out}, which {vpc} has")


@LaunchRule.of(
    "L214", "vpc/latest/privatelink/interface-endpoints.html", name="range-covers-vpc", arguments="range vpc"
)
def range_covers(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The IPv4 range contains all of the VPC."""
    vpc = _identified(subject.aws, arguments["vpc"])
    if shut_out := _shut_out(subject.aws, vpc, [arguments["range"]]):
        yield Flaw(message=f"{arguments['range']} does not contain {shut_out}, which {vpc} has")


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


@LaunchRule.of("L215", "vpc/latest/privatelink/interface-endpoints.html")
def names_taken(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The VPC has no endpoint with a private DNS name that an endpoint of the launch asks for."""
    for name, service, vpc in _endpoints(subject, "Interface"):
        properties, values = subject.names.properties(name), subject.names.values
        if "true" not in {it.lower() for it in values.texts(properties.get("PrivateDnsEnabled", False))}:
            continue
        for other in _others(subject, service, vpc):
            if other.get("PrivateDnsEnabled"):
                yield Flaw(
                    message=f"endpoint {other['VpcEndpointId']} in {vpc} already has the private DNS name of "
                    f"{service}, which {name} asks for",
                    hint="turn private DNS off for this launch, or for the other endpoint",
                )


@LaunchRule.of("L216", "vpc/latest/privatelink/gateway-endpoints.html")
def routes_taken(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The route tables have no route by another gateway endpoint of the same service."""
    for name, service, vpc in _endpoints(subject, "Gateway"):
        tables = subject.names.values.texts(subject.names.properties(name).get("RouteTableIds"))
        for other in _others(subject, service, vpc) if tables else ():
            for table in sorted(set(tables) & set(other.get("RouteTableIds", ()))):
                yield Flaw(
                    message=f"route table {table} already has a route to {service} by endpoint "
                    f"{other['VpcEndpointId']}, and {name} would add another",
                    hint=f"leave {table} out: its subnets use the other endpoint",
                )


def _endpoints(subject: Subject, kind: str) -> Iterator[tuple[str, str, str]]:
    """The launch's endpoints of a type, with their services and VPCs as far as these are there already."""
    values = subject.names.values
    for name in subject.of_type(_ENDPOINT):
        properties = subject.names.properties(name)
        if kind not in values.texts(properties.get("VpcEndpointType", "Gateway")):
            continue
        for service in values.texts(properties.get("ServiceName")):
            if "*" in service or "${" in service:
                raise NotCheckedError(f"the service of endpoint {name} is not known")
            for vpc in values.texts(properties.get("VpcId")):
                if vpc.startswith("vpc-") and "*" not in vpc:
                    yield name, service, vpc


def _others(subject: Subject, service: str, vpc: str) -> list[Mapping[str, Any]]:
    """The endpoints that a VPC has for a service, without those of the launch itself."""
    pages = subject.aws.client("ec2").get_paginator("describe_vpc_endpoints")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [service]}]
    own = set(subject.existing.values())
    return [
        it
        for page in pages.paginate(Filters=filters)
        for it in page["VpcEndpoints"]
        if it["VpcEndpointId"] not in own and it.get("State", "").lower() not in _ENDED
    ]
