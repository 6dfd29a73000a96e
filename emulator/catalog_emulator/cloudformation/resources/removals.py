"""How resources are deleted whose models in moto cannot: the calls of their services.

The types that go with what holds them (a method with its API, a permission with its function) are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.resource import Context, Properties

# The physical id and the properties, to the request of a call.
Request = Callable[[str, Properties], dict[str, Any]]
Call = tuple[str, str, Request]


def remove(context: Context, type_name: str, physical_id: str, properties: Properties) -> bool:
    """Makes the calls that delete the resource; gone already is fine. False when the type has none."""
    for service, operation, request in REMOVALS.get(type_name, ()):
        try:
            getattr(context.client(service), operation)(**request(physical_id, properties))
        except ClientError as error:
            if not _gone(error):
                raise
    return type_name in REMOVALS


def _gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "NoSuch" in code or code == "ClientException"


def _by(service: str, operation: str, member: str, **more: Any) -> tuple[Call, ...]:
    """One call that takes the physical id, and what is always the same."""
    return ((service, operation, lambda physical_id, _: {member: physical_id, **more}),)


def _address(physical_id: str, properties: Properties) -> dict[str, Any]:
    return {"PublicIp": physical_id.partition("|")[0]}


def _service(physical_id: str, properties: Properties) -> dict[str, Any]:
    return {"cluster": properties.get("Cluster", "default"), "service": physical_id, "force": True}


def _attachment(physical_id: str, properties: Properties) -> dict[str, Any]:
    return {"InstanceId": properties["InstanceId"], "VolumeId": properties["VolumeId"]}


def _layer(physical_id: str, properties: Properties) -> dict[str, Any]:
    arn, _, version = physical_id.rpartition(":")
    return {"LayerName": arn.rpartition(":")[2], "VersionNumber": int(version)}


def _schedule(physical_id: str, properties: Properties) -> dict[str, Any]:
    return {"AutoScalingGroupName": properties["AutoScalingGroupName"], "ScheduledActionName": physical_id}


def _disabled(service: str, operation: str, member: str) -> tuple[Call, ...]:
    """Batch deletes only what is disabled."""
    return (
        *_by(service, f"update_{operation}", member, state="DISABLED"),
        *_by(service, f"delete_{operation}", member),
    )


_ELB: Final = "elbv2"
REMOVALS: Final[Mapping[str, tuple[Call, ...]]] = {
    "AWS::ApiGateway::RestApi": _by("apigateway", "delete_rest_api", "restApiId"),
    "AWS::AutoScaling::ScheduledAction": (("autoscaling", "delete_scheduled_action", _schedule),),
    "AWS::Batch::ComputeEnvironment": _disabled("batch", "compute_environment", "computeEnvironment"),
    "AWS::Batch::JobDefinition": _by("batch", "deregister_job_definition", "jobDefinition"),
    "AWS::Batch::JobQueue": _disabled("batch", "job_queue", "jobQueue"),
    "AWS::EC2::EIP": (("ec2", "release_address", _address),),
    "AWS::EC2::NatGateway": _by("ec2", "delete_nat_gateway", "NatGatewayId"),
    "AWS::EC2::TransitGateway": _by("ec2", "delete_transit_gateway", "TransitGatewayId"),
    "AWS::EC2::VPCPeeringConnection": _by("ec2", "delete_vpc_peering_connection", "VpcPeeringConnectionId"),
    "AWS::EC2::VPNGateway": _by("ec2", "delete_vpn_gateway", "VpnGatewayId"),
    "AWS::EC2::Volume": _by("ec2", "delete_volume", "VolumeId"),
    "AWS::EC2::VolumeAttachment": (("ec2", "detach_volume", _attachment),),
    "AWS::ECS::Cluster": _by("ecs", "delete_cluster", "cluster"),
    "AWS::ECS::Service": (("ecs", "delete_service", _service),),
    "AWS::ECS::TaskDefinition": _by("ecs", "deregister_task_definition", "taskDefinition"),
    "AWS::ElasticLoadBalancingV2::Listener": _by(_ELB, "delete_listener", "ListenerArn"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _by(_ELB, "delete_rule", "RuleArn"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _by(_ELB, "delete_target_group", "TargetGroupArn"),
    "AWS::Lambda::LayerVersion": (("lambda", "delete_layer_version", _layer),),
    "AWS::Redshift::Cluster": _by(
        "redshift", "delete_cluster", "ClusterIdentifier", SkipFinalClusterSnapshot=True
    ),
    "AWS::Redshift::ClusterParameterGroup": _by(
        "redshift", "delete_cluster_parameter_group", "ParameterGroupName"
    ),
    "AWS::Redshift::ClusterSubnetGroup": _by(
        "redshift", "delete_cluster_subnet_group", "ClusterSubnetGroupName"
    ),
    "AWS::Route53::HealthCheck": _by("route53", "delete_health_check", "HealthCheckId"),
    "AWS::Route53::HostedZone": _by("route53", "delete_hosted_zone", "Id"),
}
