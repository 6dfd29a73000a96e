"""Instances, what hangs on them and between networks, groups of them, and EMR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show, ids
from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types.shapes import truth
from catalog_emulator.cloudformation.types.tags import Tagging


class _Tags(Tagging):
    """EC2's calls for tags are the same for all that it has."""

    def live(self, context: Context, target: str) -> dict[str, str]:
        """By a filter."""
        filters = [{"Name": "resource-id", "Values": [target]}]
        rows = context.client("ec2").describe_tags(Filters=filters)["Tags"]
        return {row["Key"]: row["Value"] for row in rows}

    def remove(self, context: Context, target: str, keys: Sequence[str]) -> None:
        """As tags without values."""
        tags: Any = [{"Key": key} for key in keys]
        context.client("ec2").delete_tags(Resources=[target], Tags=tags)


def _address(context: Context, physical_id: str, properties: Properties) -> str:
    addresses = context.client("ec2").describe_addresses(PublicIps=[physical_id.partition("|")[0]])
    return str(addresses["Addresses"][0]["AllocationId"])


_TAGS: Final = _Tags(service="ec2", target="Resources", put="create_tags")


def _value(name: str, member: str | None = None, *, is_list: bool = False) -> Any:
    """EC2 takes one attribute a call, and wraps its value."""

    def request(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any] | None:
        if name not in after:
            return None
        return {member or name: after[name] if is_list else {"Value": after[name]}}

    return request


def _instance(name: str, member: str | None = None, *, is_list: bool = False) -> Change:
    return Change(
        operation="modify_instance_attribute",
        by="InstanceId",
        of=(name,),
        request=_value(name, member, is_list=is_list),
    )


def _attribute(name: str) -> Show:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html"""
    attribute = f"{name[:1].lower()}{name[1:]}"
    return Show(
        operation="describe_instance_attribute",
        by=lambda physical_id, _: {"InstanceId": physical_id, "Attribute": attribute},
        names={name: f"{name}.Value"},
        only=True,
    )


def _profile(live: Any, declared: Any) -> Any:
    return None if live is None else str(live).rpartition("/")[2]


def _interface(name: str, member: str, wrapped: bool) -> Change:
    return Change(
        operation="modify_network_interface_attribute",
        by="NetworkInterfaceId",
        of=(name,),
        request=_value(name, member, is_list=not wrapped),
    )


def _ec2(operation: str, member: str, path: str, **more: Any) -> Show:
    return Show(operation=operation, by=ids(member), path=(path,), **more)


TABLE: Final[Mapping[str, Api]] = {
    "AWS::AutoScaling::AutoScalingGroup": Api(
        service="autoscaling",
        shows=(
            Show(
                operation="describe_auto_scaling_groups",
                by=ids("AutoScalingGroupNames"),
                path=("AutoScalingGroups",),
                names={"Cooldown": "DefaultCooldown"},
                turns={"VPCZoneIdentifier": lambda live, declared: str(live).split(",") if live else None},
            ),
        ),
        changes=(
            Change(
                operation="update_auto_scaling_group",
                by="AutoScalingGroupName",
                of=(
                    "Cooldown",
                    "DesiredCapacity",
                    "HealthCheckGracePeriod",
                    "HealthCheckType",
                    "MaxSize",
                    "MinSize",
                ),
                names={"Cooldown": "DefaultCooldown"},
            ),
        ),
    ),
    "AWS::AutoScaling::LaunchConfiguration": Api(
        service="autoscaling",
        shows=(
            Show(
                operation="describe_launch_configurations",
                by=ids("LaunchConfigurationNames"),
                path=("LaunchConfigurations",),
            ),
        ),
    ),
    "AWS::AutoScaling::ScheduledAction": Api(
        service="autoscaling",
        shows=(
            Show(
                operation="describe_scheduled_actions",
                by=lambda physical_id, properties: {
                    "AutoScalingGroupName": properties["AutoScalingGroupName"],
                    "ScheduledActionNames": [physical_id],
                },
                path=("ScheduledUpdateGroupActions",),
            ),
        ),
        changes=(
            Change(
                operation="put_scheduled_update_group_action",
                by=lambda physical_id, properties: {
                    "AutoScalingGroupName": properties["AutoScalingGroupName"],
                    "ScheduledActionName": physical_id,
                },
                always=("StartTime", "EndTime", "Recurrence", "MinSize", "MaxSize", "DesiredCapacity"),
            ),
        ),
    ),
    "AWS::EC2::EIP": Api(
        service="ec2",
        shows=(
            Show(
                operation="describe_addresses",
                by=lambda physical_id, _: {"PublicIps": [physical_id.partition("|")[0]]},
                path=("Addresses",),
            ),
        ),
        tagging=_TAGS,
        tagged=_address,
    ),
    "AWS::EC2::Instance": Api(
        service="ec2",
        shows=(
            Show(
                operation="describe_instances",
                by=ids("InstanceIds"),
                path=("Reservations", "Instances"),
                names={
                    "IamInstanceProfile": "IamInstanceProfile.Arn",
                    "SecurityGroupIds": "SecurityGroups.GroupId",
                    "AvailabilityZone": "Placement.AvailabilityZone",
                },
                turns={"IamInstanceProfile": _profile},
            ),
            _attribute("DisableApiTermination"),
            _attribute("InstanceInitiatedShutdownBehavior"),
            _attribute("UserData"),
        ),
        changes=(
            _instance("InstanceType"),
            _instance("DisableApiTermination"),
            _instance("EbsOptimized"),
            _instance("InstanceInitiatedShutdownBehavior"),
            _instance("SourceDestCheck"),
            _instance("UserData"),
            _instance("SecurityGroupIds", "Groups", is_list=True),
            Change(
                operation="modify_instance_metadata_options",
                by="InstanceId",
                of=("MetadataOptions",),
                request=lambda physical_id, before, after: after.get("MetadataOptions"),
            ),
        ),
        tagging=_TAGS,
    ),
    "AWS::EC2::LaunchTemplate": Api(
        service="ec2",
        shows=(
            Show(
                operation="describe_launch_template_versions",
                by=lambda physical_id, _: {"LaunchTemplateId": physical_id, "Versions": ["$Latest"]},
                path=("LaunchTemplateVersions",),
            ),
        ),
        tagging=_TAGS,
    ),
    "AWS::EC2::NatGateway": Api(
        service="ec2", shows=(_ec2("describe_nat_gateways", "NatGatewayIds", "NatGateways"),), tagging=_TAGS
    ),
    "AWS::EC2::NetworkInterface": Api(
        service="ec2",
        shows=(
            _ec2(
                "describe_network_interfaces",
                "NetworkInterfaceIds",
                "NetworkInterfaces",
                names={"GroupSet": "Groups.GroupId"},
            ),
        ),
        changes=(
            _interface("Description", "Description", True),
            _interface("GroupSet", "Groups", False),
            _interface("SourceDestCheck", "SourceDestCheck", True),
        ),
        tagging=_TAGS,
    ),
    "AWS::EC2::TransitGateway": Api(
        service="ec2",
        shows=(
            Show(
                operation="describe_transit_gateways",
                by=ids("TransitGatewayIds"),
                path=("TransitGateways",),
                names={
                    name: f"Options.{name}"
                    for name in (
                        "AmazonSideAsn",
                        "AutoAcceptSharedAttachments",
                        "DefaultRouteTableAssociation",
                        "DefaultRouteTablePropagation",
                        "DnsSupport",
                        "VpnEcmpSupport",
                    )
                },
            ),
        ),
        changes=(
            Change(operation="modify_transit_gateway", by="TransitGatewayId", of=("Description",)),
            Change(
                operation="modify_transit_gateway",
                by="TransitGatewayId",
                of=(
                    "AutoAcceptSharedAttachments",
                    "DefaultRouteTableAssociation",
                    "DefaultRouteTablePropagation",
                    "DnsSupport",
                    "VpnEcmpSupport",
                ),
                request=lambda physical_id, before, after: {
                    "Options": {
                        name: after[name]
                        for name in (
                            "AutoAcceptSharedAttachments",
                            "DefaultRouteTableAssociation",
                            "DefaultRouteTablePropagation",
                            "DnsSupport",
                            "VpnEcmpSupport",
                        )
                        if name in after and before.get(name) != after[name]
                    }
                },
            ),
        ),
        tagging=_TAGS,
    ),
    "AWS::EC2::VPCPeeringConnection": Api(
        service="ec2",
        shows=(
            _ec2(
                "describe_vpc_peering_connections",
                "VpcPeeringConnectionIds",
                "VpcPeeringConnections",
                names={"VpcId": "RequesterVpcInfo.VpcId", "PeerVpcId": "AccepterVpcInfo.VpcId"},
            ),
        ),
        tagging=_TAGS,
    ),
    "AWS::EC2::VPNGateway": Api(
        service="ec2", shows=(_ec2("describe_vpn_gateways", "VpnGatewayIds", "VpnGateways"),), tagging=_TAGS
    ),
    "AWS::EC2::Volume": Api(
        service="ec2",
        shows=(_ec2("describe_volumes", "VolumeIds", "Volumes"),),
        changes=(Change(operation="modify_volume", by="VolumeId"),),
        tagging=_TAGS,
    ),
    "AWS::EMR::Cluster": Api(
        service="emr",
        shows=(
            Show(
                operation="describe_cluster",
                by="ClusterId",
                path=("Cluster",),
                names={"JobFlowRole": "Ec2InstanceAttributes.IamInstanceProfile"},
            ),
        ),
        changes=(
            Change(
                operation="set_visible_to_all_users",
                by=ids("JobFlowIds"),
                request=lambda physical_id, before, after: {
                    "VisibleToAllUsers": truth(after.get("VisibleToAllUsers", True))
                },
                of=("VisibleToAllUsers",),
            ),
            Change(operation="modify_cluster", by="ClusterId"),
        ),
    ),
}
