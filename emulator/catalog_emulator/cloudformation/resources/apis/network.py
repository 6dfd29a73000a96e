"""Load balancers and DNS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show, declared_keys, ids
from catalog_emulator.cloudformation.resources.resource import Context
from catalog_emulator.cloudformation.types.tags import Tagging, pairs


class _ZoneTags(Tagging):
    """Route 53 adds and removes tags by one call."""

    def live(self, context: Context, target: str) -> dict[str, str]:
        """Of the one."""
        kind: Any = self.extra["ResourceType"]
        client = context.client("route53")
        answer = client.list_tags_for_resource(ResourceType=kind, ResourceId=target)
        return {tag["Key"]: tag["Value"] for tag in answer["ResourceTagSet"]["Tags"]}

    def add(self, context: Context, target: str, tags: Mapping[str, str]) -> None:
        """As AddTags."""
        self._change(context, target, AddTags=pairs(tags))

    def remove(self, context: Context, target: str, keys: Sequence[str]) -> None:
        """As RemoveTagKeys."""
        self._change(context, target, RemoveTagKeys=keys)

    def _change(self, context: Context, target: str, **more: Any) -> None:
        kind = self.extra["ResourceType"]
        context.client("route53").change_tags_for_resource(ResourceType=kind, ResourceId=target, **more)


def _zone_tags(kind: str) -> Tagging:
    return _ZoneTags(service="route53", target="ResourceId", extra={"ResourceType": kind})


class _Tags(Tagging):
    """Calls of Elastic Load Balancing take several resources, and answer for several."""

    def live(self, context: Context, target: str) -> dict[str, str]:
        """Of the only one."""
        (told,) = context.client(self.service).describe_tags(ResourceArns=[target])["TagDescriptions"]
        return {tag["Key"]: tag["Value"] for tag in told["Tags"]}


_TAGS: Final = _Tags(
    service="elbv2", target="ResourceArns", show="describe_tags", put="add_tags", drop="remove_tags"
)


def _attributes(kind: str, by: str) -> tuple[Show, Change]:
    name = f"{kind}Attributes"
    operation = {"LoadBalancer": "load_balancer", "TargetGroup": "target_group", "Listener": "listener"}[kind]
    return (
        Show(
            operation=f"describe_{operation}_attributes",
            by=by,
            names={name: "Attributes"},
            turns={name: declared_keys()},
            only=True,
        ),
        Change(
            operation=f"modify_{operation}_attributes",
            by=by,
            of=(name,),
            names={name: "Attributes"},
            late=True,
        ),
    )


_BALANCER, _GROUP, _LISTENER = (
    _attributes("LoadBalancer", "LoadBalancerArn"),
    _attributes("TargetGroup", "TargetGroupArn"),
    _attributes("Listener", "ListenerArn"),
)


TABLE: Final[Mapping[str, Api]] = {
    "AWS::ElasticLoadBalancingV2::Listener": Api(
        service="elbv2",
        shows=(
            Show(operation="describe_listeners", by=ids("ListenerArns"), path=("Listeners",)),
            _LISTENER[0],
        ),
        changes=(Change(operation="modify_listener", by="ListenerArn"), _LISTENER[1]),
        tagging=_TAGS,
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Api(
        service="elbv2",
        shows=(Show(operation="describe_rules", by=ids("RuleArns"), path=("Rules",)),),
        changes=(
            Change(operation="modify_rule", by="RuleArn"),
            Change(
                operation="set_rule_priorities",
                by=lambda physical_id, properties: {},
                of=("Priority",),
                request=lambda physical_id, before, after: {
                    "RulePriorities": [{"RuleArn": physical_id, "Priority": after["Priority"]}]
                },
            ),
        ),
        tagging=_TAGS,
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Api(
        service="elbv2",
        shows=(
            Show(
                operation="describe_load_balancers",
                by=ids("LoadBalancerArns"),
                path=("LoadBalancers",),
                names={"Subnets": "AvailabilityZones.SubnetId", "Name": "LoadBalancerName"},
            ),
            _BALANCER[0],
        ),
        changes=(
            Change(operation="set_ip_address_type", by="LoadBalancerArn"),
            Change(operation="set_security_groups", by="LoadBalancerArn"),
            Change(operation="set_subnets", by="LoadBalancerArn", of=("Subnets", "SubnetMappings")),
            _BALANCER[1],
        ),
        tagging=_TAGS,
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Api(
        service="elbv2",
        shows=(
            Show(
                operation="describe_target_groups",
                by=ids("TargetGroupArns"),
                path=("TargetGroups",),
                names={"Name": "TargetGroupName"},
            ),
            _GROUP[0],
        ),
        changes=(Change(operation="modify_target_group", by="TargetGroupArn"), _GROUP[1]),
        tagging=_TAGS,
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": Api(
        service="elb",
        shows=(
            Show(
                operation="describe_load_balancers",
                by=ids("LoadBalancerNames"),
                path=("LoadBalancerDescriptions",),
                names={"Instances": "Instances.InstanceId"},
            ),
        ),
    ),
    "AWS::Route53::HealthCheck": Api(
        service="route53",
        shows=(Show(operation="get_health_check", by="HealthCheckId", path=("HealthCheck",)),),
        changes=(
            Change(
                operation="update_health_check",
                by="HealthCheckId",
                of=("HealthCheckConfig",),
                request=lambda physical_id, before, after: {
                    name: value
                    for name, value in after["HealthCheckConfig"].items()
                    if name not in ("Type", "RequestInterval", "MeasureLatency")
                },
            ),
        ),
        tagging=_zone_tags("healthcheck"),
    ),
    "AWS::Route53::HostedZone": Api(
        service="route53",
        shows=(
            Show(
                operation="get_hosted_zone",
                by="Id",
                names={"HostedZoneConfig": "HostedZone.Config", "VPCs": "VPCs"},
                only=True,
            ),
        ),
        changes=(
            Change(
                operation="update_hosted_zone_comment",
                by="Id",
                of=("HostedZoneConfig",),
                request=lambda physical_id, before, after: {
                    "Comment": (after.get("HostedZoneConfig") or {}).get("Comment", "")
                },
            ),
        ),
        tagging=_zone_tags("hostedzone"),
    ),
}
