"""What EC2 refuses: ids that are not there, and deletions of what is in use; and members that moto ignores.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

_modify = EC2Response.modify_vpc_endpoint
_attach = EC2Response.create_transit_gateway_vpc_attachment
_add = Instance.add_block_device
_delete_nat_gateway = EC2Backend.delete_nat_gateway
_create_flow_logs = EC2Backend.create_flow_logs
# Gigabytes of the root volume that moto gives to instances without a mapping.
_SIZE = 8
# Calls whose members name what must exist. Launch templates are not checked before they are used.
_NAMING = ("assign", "associate", "attach", "authorize", "create", "modify", "replace", "run")
_TEMPLATES = "launch_template"


# Members of requests, what holds the ids (by id, or by another id), and AWS's error for others.
_KINDS: Final = (
    ("VpcId", "vpcs", "InvalidVpcID", "vpc ID"),
    ("SubnetId SubnetIds AddSubnetIds", "subnets", "InvalidSubnetID", "subnet ID"),
    ("GroupId Groups SecurityGroupIds AddSecurityGroupIds", "groups", "InvalidGroup", "security group"),
    ("RouteTableId RouteTableIds AddRouteTableIds", "route_tables", "InvalidRouteTableID", "routeTable ID"),
    ("NatGatewayId", "nat_gateways", "InvalidNatGatewayID", "natGateway ID"),
    ("TransitGatewayId", "transit_gateways", "InvalidTransitGatewayID", "transit gateway"),
)
_BY_OTHER_IDS: Final = ("groups", "subnets")
# Resources of other services with network interfaces: module of moto, its backends, table, security groups.
_ELSEWHERE: Final[tuple[tuple[str, str, str, Callable[[Any], Any]], ...]] = (
    ("elbv2", "elbv2_backends", "load_balancers", lambda one: one.security_groups),
    ("rds", "rds_backends", "databases", lambda one: one.vpc_security_group_ids),
    ("rds", "rds_backends", "clusters", lambda one: one.vpc_security_group_ids),
)


def modify_vpc_endpoint(self: EC2Response) -> ActionResult:
    """moto's own; then private DNS, if the call has it."""
    result = _modify(self)
    private = self._get_bool_param("PrivateDnsEnabled")
    if private is not None:
        self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")].private_dns_enabled = private
    return result


def add_block_device(
    self: Instance, size: int | None, device_path: str, snapshot_id: str | None, *rest: Any, **more: Any
) -> None:
    """moto's own; a mapping of the image's device may leave the size to the image."""
    sized = size or (None if snapshot_id else _SIZE)
    _add(self, sized, device_path, snapshot_id, *rest, **more)  # type: ignore[arg-type]


def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
    """moto's own; the network interface goes with the gateway, and its addresses are free."""
    if nat_gateway_id not in self.nat_gateways:
        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    gateway = _delete_nat_gateway(self, nat_gateway_id)
    for address in [one for one in self.addresses if one.eni is gateway._eni and one.association_id]:
        self.disassociate_address(association_id=address.association_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


def create_flow_logs(self: Any, *arguments: Any, **members: Any) -> Any:
    """moto's own, which looks for the log group by its name only, also if the call has its ARN."""
    made, failed = _create_flow_logs(self, *arguments, **members)
    logs: Any = importlib.import_module("moto.logs.models").logs_backends[self.account_id][self.region_name]
    for one in made:
        _, _, name = (one.log_destination or "").partition(":log-group:")
        if name.removesuffix(":*") in logs.groups:
            one.deliver_logs_status, one.deliver_logs_error_message = "SUCCESS", None
    return made, failed


def create_transit_gateway_vpc_attachment(self: EC2Response) -> Any:
    """moto's own; then the tags of the call, which moto looks for under another type."""
    attachments = self.ec2_backend.transit_gateway_attachments
    before = {*attachments}
    result = _attach(self)
    tags = self._parse_tag_specification().get("transit-gateway-attachment")
    if tags:
        self.ec2_backend.create_tags([*(attachments.keys() - before)], tags)
    return result


def _naming(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, after a check that what its members name exists."""

    def checked(self: EC2Response) -> Any:
        for members, table, code, noun in _KINDS:
            for member in members.split():
                named = self._get_param(member) or []
                held = getattr(self.ec2_backend, table)
                known = [one for inner in held.values() for one in inner] if table in _BY_OTHER_IDS else held
                for one in [named] if isinstance(named, str) else named:
                    if one not in known:
                        raise EC2ClientError(f"{code}.NotFound", f"The {noun} '{one}' does not exist")
        return call(self)

    checked.__name__ = name
    return checked


def _deleting(
    name: str,
    member: str,
    users: Callable[..., Iterator[Any]],
    message: str,
    code: str = "DependencyViolation",
) -> Callable[..., Any]:
    """A deletion, after a check that nothing uses what it names."""
    call = getattr(EC2Response, name)

    def checked(self: EC2Response) -> Any:
        named = self._get_param(member)
        if any(True for _ in users(self.ec2_backend, named)):
            raise EC2ClientError(code, message.format(named))
        return call(self)

    checked.__name__ = name
    return checked


def _users_of_group(ec2: Any, group_id: str | None) -> Iterator[Any]:
    yield from (eni for eni in _interfaces(ec2) if group_id in (group.id for group in eni.group_set))
    yield from (one for one in _endpoints(ec2) if group_id in one.security_group_ids)
    for group in (group for vpc in ec2.groups.values() for group in vpc.values() if group.id != group_id):
        for rule in (*group.ingress_rules, *group.egress_rules):
            if rule.source_group.get("GroupId") == group_id:
                yield rule
    for module, backends, table, groups in _ELSEWHERE:
        models: Any = sys.modules.get(f"moto.{module}.models")
        held = getattr(getattr(models, backends)[ec2.account_id][ec2.region_name], table) if models else {}
        yield from (one for one in held.values() if group_id in (groups(one) or ()))


def _users_of_interface(ec2: Any, identifier: str) -> Iterator[Any]:
    eni = ec2.enis.get(identifier)
    if eni is not None and (eni.attachment_id or eni.status == "in-use"):
        yield eni


def _users_of_subnet(ec2: Any, subnet_id: str) -> Iterator[Any]:
    yield from (eni for eni in _interfaces(ec2) if eni.subnet.id == subnet_id)
    yield from (one for one in _endpoints(ec2) if subnet_id in (one.subnet_ids or ()))
    yield from (one for one in _attachments(ec2) if subnet_id in getattr(one, "subnet_ids", ()))


def _users_of_vpc(ec2: Any, vpc_id: str) -> Iterator[Any]:
    yield from (one for one in ec2.groups[vpc_id].values() if one.name != "default")
    yield from (one for one in ec2.internet_gateways.values() if one.vpc and one.vpc.id == vpc_id)
    yield from (one for one in ec2.egress_only_internet_gateways.values() if one.vpc_id == vpc_id)
    yield from (one for one in _endpoints(ec2) if one.vpc_id == vpc_id)
    yield from (one for one in ec2.network_acls.values() if one.vpc_id == vpc_id and not one.default)


def _users_of_transit_gateway(ec2: Any, identifier: str) -> Iterator[Any]:
    yield from (one for one in _attachments(ec2) if one.transit_gateway_id == identifier)


def _interfaces(ec2: Any) -> Iterator[Any]:
    """Network interfaces but those of terminated instances, which moto keeps."""
    for eni in list(ec2.enis.values()):
        if eni.instance is None or eni.instance.state != "terminated":
            yield eni


def _endpoints(ec2: Any) -> Iterator[Any]:
    yield from (one for one in list(ec2.vpc_end_points.values()) if one.state != "deleted")


def _attachments(ec2: Any) -> Iterator[Any]:
    yield from (one for one in list(ec2.transit_gateway_attachments.values()) if one.state != "deleted")


_DEPENDENCIES = "has dependencies and cannot be deleted."
_DELETIONS = (
    (
        "delete_network_interface",
        "NetworkInterfaceId",
        _users_of_interface,
        "Network interface '{}' is currently in use.",
        "InvalidParameterValue",
    ),
    ("delete_security_group", "GroupId", _users_of_group, "resource {} has a dependent object"),
    ("delete_subnet", "SubnetId", _users_of_subnet, f"The subnet '{{}}' {_DEPENDENCIES}"),
    (
        "delete_transit_gateway",
        "TransitGatewayId",
        _users_of_transit_gateway,
        "{} has non-deleted VPC Attachments.",
        "IncorrectState",
    ),
    ("delete_vpc", "VpcId", _users_of_vpc, f"The vpc '{{}}' {_DEPENDENCIES}"),
)
_NAMED = {name: getattr(EC2Response, name) for name in dir(EC2Response) if name.partition("_")[0] in _NAMING}
_OWN = {one.__name__: one for one in (create_transit_gateway_vpc_attachment, modify_vpc_endpoint)}
ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    EC2Response: (
        *(_naming(name, call) for name, call in {**_NAMED, **_OWN}.items() if _TEMPLATES not in name),
        *(_naming(row[0], _deleting(*row)) for row in _DELETIONS),
    ),
    EC2Backend: (create_flow_logs, delete_nat_gateway),
    Instance: (add_block_device,),
}
