"""Security groups and single rules.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.ec2 import Ec2
from catalog_emulator.cloudformation.types.service_type import listed

EVERYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
# Property of a rule in the template → list and member of a permission in the API.
PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
SIDES = (
    ("SecurityGroupIngress", "ingress", "IpPermissions"),
    ("SecurityGroupEgress", "egress", "IpPermissionsEgress"),
)


class SecurityGroup(Ec2):
    """AWS::EC2::SecurityGroup: Ref is the id."""

    kind, id_name = "security-group", "GroupId"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("GroupName") or context.name()
        request = {"Description": properties["GroupDescription"], "VpcId": properties.get("VpcId")}
        tags = self.specification(context, properties)
        answer = self.call(context, "create_security_group", request, GroupName=name, TagSpecifications=tags)
        group_id = answer["GroupId"]
        with self.undo_on_failure(context, group_id, properties):
            # Egress rules of the template replace the default one.
            if properties.get("SecurityGroupEgress"):
                self._rule(context, "revoke", "egress", group_id, EVERYWHERE)
            for rule, side in _rules(properties):
                self._rule(context, "authorize", side, group_id, permission(rule))
        return self.made(context, group_id)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        old, new = _rules(before), _rules(after)
        egress = [bool(side.get("SecurityGroupEgress")) for side in (before, after)]
        for rule, side in (item for item in old if item not in new):
            self._rule(context, "revoke", side, physical_id, permission(rule))
        if egress == [False, True]:
            self._rule(context, "revoke", "egress", physical_id, EVERYWHERE)
        for rule, side in (item for item in new if item not in old):
            self._rule(context, "authorize", side, physical_id, permission(rule))
        if egress == [True, False]:
            self._rule(context, "authorize", "egress", physical_id, EVERYWHERE)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        row = self.row(context, physical_id)
        if row is None:
            return None
        live = super().live(context, physical_id, properties) or {}
        live["GroupDescription"] = row["Description"]
        for name, _, member in SIDES:
            if name in properties:
                others = attached(context, physical_id)
                live[name] = _live_rules(listed(properties[name]), row[member], others)
        return live

    def _rule(self, context: Context, verb: str, side: str, group_id: str, rule: Mapping[str, Any]) -> None:
        self.call(context, f"{verb}_security_group_{side}", {"GroupId": group_id, "IpPermissions": [rule]})

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        row = self.row(context, physical_id) or {}
        attributes = {"GroupId": physical_id, "Id": physical_id, "VpcId": row.get("VpcId", "")}
        return Made(physical_id=physical_id, attributes=attributes)


class Rule(Ec2):
    """One rule of a group; `side` is ingress or egress."""

    side: str
    id_name = "Id"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        group_id = self._group(context, properties)
        request = {"GroupId": group_id, "IpPermissions": [permission(properties)]}
        answer = self.call(context, f"authorize_security_group_{self.side}", request)
        rule_id = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        attached(context, group_id).add(_identity(properties))
        return self.made(context, rule_id)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        # Only the description can change; moto's call for that ignores peers that are groups.
        group = {"GroupId": self._group(context, after)}
        self.call(context, f"revoke_security_group_{self.side}", group, IpPermissions=[permission(before)])
        self.call(context, f"authorize_security_group_{self.side}", group, IpPermissions=[permission(after)])
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        live = self.live(context, physical_id, properties)
        if live is not None:
            group_id = self._group(context, properties)
            attached(context, group_id).discard(_identity(properties))
            request = {"GroupId": group_id, "IpPermissions": [permission(live)]}
            self.call(context, f"revoke_security_group_{self.side}", request)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        groups = self._groups(context, properties)
        member = "IpPermissions" if self.side == "ingress" else "IpPermissionsEgress"
        found = _split(groups[0][member]) if groups else []
        match = [rule for rule in found if _identity(rule) == _identity(properties)]
        if not match:
            return None
        return {**properties, "Description": match[0].get("Description")}

    def _group(self, context: Context, properties: Properties) -> str:
        """The group's id, which the template may leave to the group's name."""
        groups = () if "GroupId" in properties else self._groups(context, properties)
        return str(next((group["GroupId"] for group in groups), properties.get("GroupId", "")))

    def _groups(self, context: Context, properties: Properties) -> list[dict[str, Any]]:
        named = "group-id" if "GroupId" in properties else "group-name"
        value = properties.get("GroupId") or properties.get("GroupName", "")
        filters = [{"Name": named, "Values": [value]}]
        found: list[dict[str, Any]] = self.call(context, "describe_security_groups", {"Filters": filters})[
            "SecurityGroups"
        ]
        return found


class SecurityGroupIngress(Rule):
    """AWS::EC2::SecurityGroupIngress."""

    side = "ingress"


class SecurityGroupEgress(Rule):
    """AWS::EC2::SecurityGroupEgress."""

    side = "egress"


def permission(rule: Properties) -> dict[str, Any]:
    """A template's rule as the API writes it."""
    api: dict[str, Any] = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
    for name, (peers, member) in PEERS.items():
        if rule.get(name):
            described = {"Description": rule["Description"]} if rule.get("Description") else {}
            api[peers] = [{member: rule[name], **described}]
    return api


def _rules(properties: Properties) -> list[tuple[Any, str]]:
    return [(rule, side) for name, side, _ in SIDES for rule in listed(properties.get(name))]


def _split(permissions: list[Any]) -> list[dict[str, Any]]:
    """The API puts several peers in one permission; the template has one a rule."""
    rules = []
    for item in permissions:
        ports = {name: item[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in item}
        for name in ("CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId"):
            peers, member = PEERS[name]
            for peer in item.get(peers, []):
                described = {"Description": peer["Description"]} if peer.get("Description") else {}
                rules.append({**ports, name: peer[member], **described})
    return rules


def _identity(rule: Properties) -> tuple[str, ...]:
    """The identity of a rule in EC2: protocol, ports, peer; not the description."""
    protocol = str(rule["IpProtocol"]).lower()
    ports = () if protocol == "-1" else tuple(str(rule.get(name, "")) for name in ("FromPort", "ToPort"))
    peer = next((str(rule[name]) for name in PEERS if rule.get(name)), "")
    return (protocol, *ports, peer)


def attached(context: Context, group_id: str) -> set[tuple[str, ...]]:
    """Rules that other resources put on a group, which are no drift of the group.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    group = ec2_backends[context.account_id][context.region].get_security_group_from_id(group_id)
    held: set[tuple[str, ...]] = set() if group is None else group.__dict__.setdefault("attached", set())
    return held


def _live_rules(declared: list[Any], permissions: list[Any], others: set[tuple[str, ...]]) -> list[Any]:
    live = {_identity(rule): rule for rule in _split(permissions)}
    kept = []
    for rule in declared:
        found = live.pop(_identity(rule), None)
        if found is not None:
            description = {key: found[key] for key in ("Description",) if key in found}
            kept.append({**{key: rule[key] for key in rule if key != "Description"}, **description})
    return [*kept, *(rule for identity, rule in live.items() if identity not in others)]
