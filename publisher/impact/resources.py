"""What happens to single resources: removed, updated, replaced; and what that puts at stake."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from functools import cached_property
from typing import Any

from publisher.documents import canonical_json
from publisher.impact.change import REPLACING, AtStake, Change, Effect, Level, change_of, with_bump
from publisher.impact.resource_types import GUIDE, Behaviour, ResourceType, Steps, resource_type
from publisher.impact.uses import uses
from publisher.templates.comparison import BRANCH, Difference, Item
from publisher.templates.expression_parts import section

_DELETION = f"{GUIDE}/TemplateReference/aws-attribute-deletionpolicy.html"
_NAMES = f"{GUIDE}/TemplateReference/aws-properties-name.html"
_ATTRIBUTES = f"{GUIDE}/TemplateReference/aws-product-attribute-reference.html"
# AWS's documentation does not say it; CloudFormation does.
_OTHER_TYPE = "https://github.com/aws/aws-sam-cli/issues/6786"
_PUBLISHED = "AWS::SSM::Parameter"


class Resources:
    """The resources of two evaluated templates."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.before, self.after = section(before, "Resources"), section(after, "Resources")
        self._seen = set(_outside(before))

    def judged(self, difference: Difference) -> Change:
        """The change of a difference below Resources."""
        match difference.path:
            case (_, str(name)) | (_, str(name), "Type"):
                return self._resource(difference, name)
            case (_, str(name), "Properties" | "Fn::Transform", *_):
                return self._property(difference, name)
            case (_, str(name), "Condition") if difference.action != "remove":
                return self.removed(
                    name,
                    change_of(difference, effect="possible removal"),
                    "a launch that does not meet the condition loses it",
                )
            case (_, _, attribute, *_) if not isinstance(attribute, str):
                return self._unknown(difference)
            case (_, str(name), attribute, *_):
                appears = attribute == "Condition"
                return change_of(
                    difference,
                    effect="added" if appears else "none",
                    resource=name,
                    resource_type=self.type_of(name).name,
                    source=_ATTRIBUTES,
                )
            case _:
                return change_of(difference, effect="none")

    def type_of(self, name: str) -> ResourceType:
        """The type of a resource, the new one if it changes."""
        resource = self.after.get(name) or self.before.get(name) or {}
        return resource_type(str(resource.get("Type", "")))

    def behaviour(self, name: str, steps: Steps, before: Any, after: Any) -> Behaviour:
        """What follows for a resource when the value at `steps` changes so."""
        policy = self.after.get(name, {}).get("UpdatePolicy")
        return self.type_of(name).behaviour(steps, before, after, policy)

    def removed(self, name: str, change: Change, reason: str) -> Change:
        """The change with what the removal of a resource puts at stake."""
        old = self.before.get(name, {})
        kind = resource_type(str(old.get("Type", "")))
        policy = old.get("DeletionPolicy")
        kept = kind.keeps_data(policy, _properties(name, self.before))
        stays = kept and policy is not None and policy != "Snapshot"
        held = self._is_held(name, self.before)
        at_stake: AtStake = "data" if kind.holds_data and not kept else "identity" if held else ""
        if stays:
            reason, at_stake = f"{reason}; DeletionPolicy {policy} keeps it, outside of the stack", ""
        elif kind.holds_data and kept:
            reason = f"{reason}; a snapshot is kept"
        return replace(
            change,
            resource=name,
            resource_type=kind.name,
            at_stake=at_stake,
            level="critical" if at_stake else "high",
            reason=reason,
            source=_DELETION,
        )

    def updated(self, name: str, change: Change, behaviour: Behaviour, steps: Steps = ()) -> Change:
        """The change with what the update of a resource at `steps` puts at stake."""
        kind = self.type_of(name)
        change = replace(
            change,
            resource=name,
            resource_type=kind.name,
            reason="; ".join(filter(None, (change.reason, behaviour.reason))),
            source=behaviour.source,
        )
        if change.effect not in REPLACING:
            return with_bump(replace(change, level="high" if change.effect == "refused" else "safe"))
        family = kind.named_revision
        if family in _properties(name, self.after) and self._keeps_name(name, {family}, steps):
            reason = f"{change.reason}; it is another revision of the same {family}"
            return replace(change, level="safe", bump="patch", reason=reason)
        named = self._names(name, self.after)
        kept = all(
            it.get(name, {}).get("UpdateReplacePolicy") is not None
            and kind.keeps_data(it[name]["UpdateReplacePolicy"])
            for it in (self.before, self.after)
        )
        held = self._is_held(name, self.after)
        at_stake: AtStake = "data" if kind.holds_data and not kept else "identity" if held else ""
        reason = change.reason
        if kind.is_deleted_first:
            reason = f"{reason}; the old one is deleted first"
        elif kind.has_identity and named and self._keeps_name(name, named, steps):
            reason = f"{reason}; CloudFormation refuses that while {min(named)} stays the same"
        if kind.holds_data and kept:
            reason = f"{reason}; UpdateReplacePolicy keeps the data, outside of the stack"
        level: Level = "critical" if at_stake else "safe" if kind.connects_only else "high"
        return with_bump(replace(change, at_stake=at_stake, level=level, reason=reason))

    def _resource(self, difference: Difference, name: str) -> Change:
        kind = self.type_of(name)
        match difference.action:
            case "add":
                change = change_of(difference, effect="added", resource=name, resource_type=kind.name)
                other = self._going.get(self._called(name, self.after))
                if other:
                    reason = f"CloudFormation refuses the name while {other} has it"
                    change = replace(change, level="high", reason=reason, source=_NAMES)
                return change
            case "remove":
                return self.removed(name, change_of(difference, effect="removal"), "it is deleted")
            case _ if difference.path[-1] != "Type":
                return self._unknown(difference)
            case _:
                return change_of(
                    difference,
                    effect="refused",
                    resource=name,
                    resource_type=kind.name,
                    level="high",
                    reason="CloudFormation refuses another type under the same logical ID",
                    source=_OTHER_TYPE,
                )

    def _unknown(self, difference: Difference) -> Change:
        """Of what is no resource, as a loop that cannot be written out."""
        reason = "what is made of it is not known"
        return change_of(difference, effect="possible replacement", level="high", reason=reason)

    def _property(self, difference: Difference, name: str) -> Change:
        path = list(difference.path)[3:]
        steps = tuple(it for it in path if type(it) is str)
        behaviour = self.behaviour(name, steps, difference.before, difference.after)
        effect: Effect = behaviour.update
        condition = next((it.value for it in path if isinstance(it, Item) and it.name == BRANCH), "")
        reason = f"if {condition}" if condition and effect in REPLACING else ""
        if condition and effect == "replacement":
            effect = "possible replacement"
        return self.updated(name, change_of(difference, effect=effect, reason=reason), behaviour, steps)

    def _names(self, name: str, resources: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
        """The properties with which the template names a resource."""
        kind = resource_type(str(resources.get(name, {}).get("Type", "")))
        return kind.names & _properties(name, resources).keys()

    def _is_held(self, name: str, resources: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether others may hold the name or ARN of a resource."""
        kind = self.type_of(name)
        told = name in self._seen or kind.is_held
        return kind.has_identity and (told or bool(self._names(name, resources)))

    def _keeps_name(self, name: str, named: Set[str], steps: Steps) -> bool:
        old, new = (_properties(name, it) for it in (self.before, self.after))
        return set(steps[:1]).isdisjoint(named) and all(old.get(it) == new.get(it) for it in named)

    @cached_property
    def _going(self) -> Mapping[str, str]:
        """The resources that go, by what they are and are called."""
        gone = self.before.keys() - self.after.keys()
        called = {self._called(it, self.before): it for it in sorted(gone, reverse=True)}
        return {key: name for key, name in called.items() if key}

    def _called(self, name: str, resources: Mapping[str, Mapping[str, Any]]) -> str:
        """A key of the type and physical name of a resource; nothing if the template does not name it."""
        properties = _properties(name, resources)
        named = {it: properties[it] for it in self._names(name, resources)}
        return canonical_json([resources[name].get("Type"), named]) if named else ""


def _properties(name: str, resources: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    found = resources.get(name, {}).get("Properties")
    return found if isinstance(found, Mapping) else {}


def _outside(template: Mapping[str, Any]) -> set[str]:
    """What outputs and SSM parameters tell of, so that somebody outside of the stack may hold it."""
    told = [it.get("Value") for it in section(template, "Outputs").values()]
    resources = section(template, "Resources")
    for name, resource in resources.items():
        if resource.get("Type") == _PUBLISHED:
            told.append(_properties(name, resources).get("Value"))
    return {use.name for use in uses(told)}
