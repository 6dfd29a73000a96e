"""The calls that delete resources of moto's models that cannot delete what they made.

What goes with its parent (a method with its API, a permission with its function) needs none.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.resource import Context, Properties

# The physical id and the properties, to the request of a call.
Request = Callable[[str, Properties], dict[str, Any]]
Call = tuple[str, str, Request]
# IAM's actions of these services have another prefix or other names; the engine checks those of the type.
_OTHER_PREFIX: Final = ("apigateway", "elbv2")


def remove(context: Context, type_name: str, physical_id: str, properties: Properties) -> bool:
    """Deletes the resource, unless it is gone already. False when the type has no call."""
    if type_name not in REMOVALS:
        return False
    service, operation, request = REMOVALS[type_name]
    unchecked = clients(context.account_id, context.region)
    client = unchecked(service) if service in _OTHER_PREFIX else context.client(service)
    try:
        getattr(client, operation)(**request(physical_id, properties))
    except ClientError as error:
        if not _gone(error):
            raise
    return True


def _gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "NoSuch" in code or code == "ClientException"


def _by(service: str, operation: str, member: str) -> Call:
    """A call that takes the physical id alone."""
    return service, operation, lambda physical_id, _: {member: physical_id}


REMOVALS: Final[Mapping[str, Call]] = {
    "AWS::ApiGateway::RestApi": _by("apigateway", "delete_rest_api", "restApiId"),
    "AWS::EC2::VPCPeeringConnection": _by("ec2", "delete_vpc_peering_connection", "VpcPeeringConnectionId"),
    "AWS::EC2::VPNGateway": _by("ec2", "delete_vpn_gateway", "VpnGatewayId"),
    "AWS::EC2::Volume": _by("ec2", "delete_volume", "VolumeId"),
    "AWS::EC2::VolumeAttachment": (
        "ec2",
        "detach_volume",
        lambda _, properties: {name: properties[name] for name in ("InstanceId", "VolumeId")},
    ),
    "AWS::ECS::Cluster": _by("ecs", "delete_cluster", "cluster"),
    "AWS::ECS::Service": (
        "ecs",
        "delete_service",
        lambda physical_id, properties: {
            "cluster": properties.get("Cluster", "default"),
            "service": physical_id,
            "force": True,
        },
    ),
    "AWS::ECS::TaskDefinition": _by("ecs", "deregister_task_definition", "taskDefinition"),
    "AWS::ElasticLoadBalancingV2::Listener": _by("elbv2", "delete_listener", "ListenerArn"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _by("elbv2", "delete_rule", "RuleArn"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _by("elbv2", "delete_target_group", "TargetGroupArn"),
    "AWS::Route53::HealthCheck": _by("route53", "delete_health_check", "HealthCheckId"),
    "AWS::Route53::HostedZone": _by("route53", "delete_hosted_zone", "Id"),
}
