"""A rule: an interface endpoint with private DNS admits more than the members of its security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.permissions.names import Names
from publisher.permissions.scope import Scope
from publisher.templates.checks import Check, Found
from publisher.templates.render import Rendered

_ENDPOINT, _GROUP, _INGRESS = (
    f"AWS::EC2::{name}" for name in ("VPCEndpoint", "SecurityGroup", "SecurityGroupIngress")
)
_RANGES = ("CidrIp", "CidrIpv6", "SourcePrefixListId")


@Check.of(
    "T116",
    "vpc/latest/privatelink/interface-endpoints.html",
    hint="turn PrivateDnsEnabled off by default, or admit the clients' range (CidrIp) in its security group",
    severity="warning",
)
def private_dns(rendered: Rendered) -> Iterator[Found]:
    """An interface endpoint with private DNS admits a range of addresses.

    Once for any launch, once for that with every default; what only Rules forbid is no default.
    """
    any_launch = Names(rendered.template)
    default = Names(rendered.template, Scope(parameters=_defaults(rendered.template)))
    for name in _of_type(any_launch, _ENDPOINT):
        if _cuts_off(any_launch, name) or _cuts_off(default, name):
            yield (
                ("Resources", name, "Properties", "PrivateDnsEnabled"),
                f"endpoint '{name}' can take over its service's name in the whole VPC, "
                "and admits only members of its security groups",
            )


def _cuts_off(names: Names, endpoint: str) -> bool:
    """Whether an endpoint has private DNS, and only its template's groups, none of which has a range."""
    properties, values = names.properties(endpoint), names.values
    if "Interface" not in values.texts(properties.get("VpcEndpointType", "Gateway")):
        return False
    private = {it.lower() for it in values.texts(properties.get("PrivateDnsEnabled", False))}
    if "true" not in private if names.scope.parameters else private <= {"false"}:
        return False
    # Without a group it is in the VPC's default group, which admits only its members.
    return all(_is_closed(names, group) for group in values.items(properties.get("SecurityGroupIds")))


def _is_closed(names: Names, group: Any) -> bool:
    match group:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "GroupId"]} if name in _of_type(names, _GROUP):
            rules = [*names.values.items(names.properties(name).get("SecurityGroupIngress"))]
            rules += _rules_of(names, name)
            return not any(isinstance(rule, Mapping) and _has_range(names, rule) for rule in rules)
        case _:
            return False


def _rules_of(names: Names, group: str) -> Iterator[Any]:
    for name in _of_type(names, _INGRESS):
        properties = names.properties(name)
        # Ref of a group in a VPC is its ID, too.
        same = properties.get("GroupId") in ({"Ref": group}, {"Fn::GetAtt": [group, "GroupId"]})
        if same and names.values.condition(str(names.resources[name].get("Condition"))) is not False:
            yield properties


def _has_range(names: Names, rule: Mapping[str, Any]) -> bool:
    return any(names.values.texts(rule[key]) not in ((), ("",)) for key in _RANGES if key in rule)


def _of_type(names: Names, type_name: str) -> list[str]:
    return sorted(name for name in names.resources if names.type_of(name) == type_name)


def _defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The parameters' defaults; one without a default has no value that is known."""
    found = template.get("Parameters")
    declared = found.items() if isinstance(found, Mapping) else ()
    return {
        str(name): str(it["Default"]).lower() if isinstance(it["Default"], bool) else str(it["Default"])
        for name, it in declared
        if isinstance(it, Mapping) and "Default" in it
    }
