"""A rule: an interface endpoint with private DNS admits more than the members of its security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.permissions.scope import Scope
from publisher.permissions.values import Values
from publisher.templates.checks import Check, Found
from publisher.templates.render import Rendered

_ENDPOINT, _GROUP, _INGRESS = (
    f"AWS::EC2::{name}" for name in ("VPCEndpoint", "SecurityGroup", "SecurityGroupIngress")
)
_RANGES = ("CidrIp", "CidrIpv6", "SourcePrefixListId")


def _cut_off(rendered: Rendered) -> Iterator[Found]:
    """Once for any launch, once for that with every default; what only Rules forbid is no default."""
    template = rendered.template
    for name in _resources(template, _ENDPOINT):
        endpoints = [_Launch(template, Scope()), _Launch(template, Scope(parameters=_defaults(template)))]
        if any(it.cuts_off(name) for it in endpoints):
            yield (
                ("Resources", name, "Properties", "PrivateDnsEnabled"),
                f"endpoint '{name}' can take over its service's name in the whole VPC, "
                "and admits only members of its security groups",
            )


class _Launch:
    """What a template makes, as far as it is known of these launches."""

    def __init__(self, template: Mapping[str, Any], scope: Scope) -> None:
        self._template, self._values = template, Values(template, scope)
        self._certain = bool(scope.parameters)

    def cuts_off(self, endpoint: str) -> bool:
        """Whether an endpoint has private DNS, and only its template's groups, none of which has a range."""
        properties = _properties(self._template, endpoint)
        if "Interface" not in self._values.texts(properties.get("VpcEndpointType", "Gateway")):
            return False
        private = {it.lower() for it in self._values.texts(properties.get("PrivateDnsEnabled", False))}
        if "true" not in private if self._certain else private <= {"false"}:
            return False
        groups = [*self._active(properties.get("SecurityGroupIds", []))]
        # Without a group it is in the VPC's default group, which admits only its members.
        return all(self._is_closed(group) for group in groups)

    def _is_closed(self, group: Any) -> bool:
        match group:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "GroupId"]}:
                own = _resources(self._template, _GROUP).get(name)
                if own is None:
                    return False
                rules = [*self._active(_properties(self._template, name).get("SecurityGroupIngress", []))]
                rules += self._rules_of(group)
                return not any(isinstance(rule, Mapping) and self._has_range(rule) for rule in rules)
            case _:
                return False

    def _rules_of(self, group: Any) -> Iterator[Any]:
        for name, entry in _resources(self._template, _INGRESS).items():
            properties = _properties(self._template, name)
            same = properties.get("GroupId") in (group, _other_form(group))
            if same and self._values.condition(str(entry.get("Condition"))) is not False:
                yield properties

    def _has_range(self, rule: Mapping[str, Any]) -> bool:
        return any(self._values.texts(rule[key]) not in ((), ("",)) for key in _RANGES if key in rule)

    def _active(self, value: Any) -> Iterator[Any]:
        """The elements of a list that conditions can leave in it."""
        match value:
            case list():
                for each in value:
                    yield from self._active(each)
            case {"Fn::If": [condition, yes, no]}:
                holds = self._values.condition(str(condition))
                for side in (yes, no) if holds is None else (yes if holds else no,):
                    yield from self._active(side)
            case {"Ref": "AWS::NoValue"}:
                return
            case _:
                yield value


def _other_form(group: Any) -> Any:
    """Ref of a group in a VPC is its ID, too."""
    match group:
        case {"Ref": str(name)}:
            return {"Fn::GetAtt": [name, "GroupId"]}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {"Ref": name}


def _resources(template: Mapping[str, Any], type_name: str) -> dict[str, Mapping[str, Any]]:
    return {
        str(name): entry
        for name, entry in sorted(template["Resources"].items())
        if isinstance(entry, Mapping) and entry.get("Type") == type_name
    }


def _properties(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = template["Resources"][name].get("Properties")
    return found if isinstance(found, Mapping) else {}


def _defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The parameters' defaults; one without a default has no value that is known."""
    found = template.get("Parameters")
    declared = found.items() if isinstance(found, Mapping) else ()
    return {
        str(name): str(it["Default"]).lower() if isinstance(it["Default"], bool) else str(it["Default"])
        for name, it in declared
        if isinstance(it, Mapping) and "Default" in it
    }


PRIVATE_DNS = Check(
    id="T116",
    title="An interface endpoint with private DNS admits a range of addresses",
    source_url="https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
    hint="turn PrivateDnsEnabled off by default, or admit the clients' range (CidrIp) in its security group",
    find=_cut_off,
    severity="warning",
)
