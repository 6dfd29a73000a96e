"""What the differences of two templates do to launches: to all there may be, or to one with its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from publisher.errors import excerpt
from publisher.impact.change import Change, Effect, Level, change_of, with_bump
from publisher.impact.inputs import parameter_changes
from publisher.impact.resolution import resolved, section
from publisher.impact.resource_types import Behaviour, resource_type
from publisher.impact.uses import Steps, Use, uses
from publisher.templates.comparison import BRANCH, Difference, Item, compare

Template = Mapping[str, Any]
# The parameters before and after, by name.
Values = tuple[Mapping[str, str], Mapping[str, str]]

_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest"
_DELETION = f"{_GUIDE}/TemplateReference/aws-attribute-deletionpolicy.html"
_REPLACE = f"{_GUIDE}/TemplateReference/aws-attribute-updatereplacepolicy.html"
_OUTPUTS = f"{_GUIDE}/UserGuide/outputs-section-structure.html"
_MACROS = f"{_GUIDE}/UserGuide/template-macros.html"
_STACK_UPDATES = f"{_GUIDE}/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
_HARMLESS_TRANSFORMS = frozenset({"AWS::LanguageExtensions"})
_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
_REPLACING = frozenset({"replacement", "possible replacement"})
_EVALUATED = frozenset({"Resources", "Outputs"})


def judge(before: Template, after: Template, *, values: Values | None = None) -> tuple[Change, ...]:
    """What changes for every launch, or for the one with these values, and what follows from that.

    The templates are in the long form. With values, conditions are evaluated and a changed value is a change.
    The order is that of `compare`; what follows comes after its causes.
    """
    return _Judgement(before, after, values).changes()


class _Judgement:
    def __init__(self, before: Template, after: Template, values: Values | None) -> None:
        old, new = values or (None, None)
        self._values = values
        self._raw = (before, after)
        self._before = resolved(before, old)
        self._after = resolved(after, new, mark=self._new_secrets())
        self._resources = section(self._before, "Resources"), section(self._after, "Resources")
        self._differences = [it for it in compare(self._before, self._after) if it.path[0] in _EVALUATED]
        self._others = [it for it in compare(before, after) if it.path[0] not in _EVALUATED]
        self._users: dict[str, list[tuple[str, Use]]] = {}
        for name, resource in self._resources[1].items():
            for use in uses(resource.get("Properties")):
                self._users.setdefault(use.name, []).append((name, use))

    def _new_secrets(self) -> str:
        if self._values is None:
            return ""
        old, new = self._values
        changed = any(
            old.get(name) != new[name]
            for name, it in section(self._raw[1], "Parameters").items()
            if it.get("NoEcho", False) not in (False, "false") and name in new
        )
        return " (new value)" if changed else ""

    def changes(self) -> tuple[Change, ...]:
        found = [*self._declared(), *(self._judged(it) for it in self._differences)]
        found += self._written_differently(found)
        found += self._reached(found)
        return (*found, *self._following(found))

    def _declared(self) -> Iterator[Change]:
        """The changes of what is evaluated nowhere, or by its users."""
        for difference in self._others:
            match difference.subject:
                case "parameter":
                    continue
                case "transform":
                    yield self._transform(difference)
                case "rule":
                    removed = difference.action == "remove"
                    effect: Effect = "none" if removed else "input narrowed"
                    level: Level = "safe" if removed else "high"
                    reason = "" if removed else "values that were possible may be refused"
                    yield change_of(difference, effect=effect, level=level, reason=reason)
                case "condition" | "mapping":
                    effect = "added" if difference.action == "add" else "none"
                    yield change_of(difference, effect=effect)
                case _:
                    yield change_of(difference, effect="none")
        parameters = [it for it in self._others if it.subject == "parameter"]
        yield from (with_bump(it) for it in parameter_changes(parameters, self._raw, self._values))

    def _transform(self, difference: Difference) -> Change:
        names = {
            str(it)
            for value in (difference.before, difference.after)
            for it in (value if isinstance(value, list) else [value])
            if it is not None
        }
        if names <= _HARMLESS_TRANSFORMS:
            return change_of(difference, effect="none", source=_MACROS)
        reason = "a macro can change every resource"
        return change_of(
            difference, effect="possible replacement", level="high", reason=reason, source=_MACROS
        )

    def _judged(self, difference: Difference) -> Change:
        match difference.path, difference.subject:
            case ("Outputs", *_), _:
                return self._output(difference)
            case (_, str(name), *_), "resource":
                return self._resource(difference, name)
            case (_, str(name), "Properties", *_), _:
                return self._property(difference, name)
            case (_, str(name), *_), _:
                return self._attribute(difference, name)
            case _:
                return change_of(difference, effect="none")

    def _output(self, difference: Difference) -> Change:
        steps = list(difference.path)[2:]
        effect: Effect = "none"
        level: Level = "safe"
        reason = ""
        match steps, difference.action:
            case [], "add":
                effect = "added"
            case [], "remove":
                effect, level, reason = "output lost", "high", "readers of this output find none"
            case [], _:
                effect, level = "output changed", "high"
            case ["Export", *_], "add":
                effect = "added"
            case ["Export", *_], _:
                effect, level, reason = "output lost", "high", "stacks that import it find none"
            case ["Condition"], "add" | "change":
                effect, level, reason = "output lost", "high", "only some launches still have it"
            case ["Value", *_], _:
                effect, level, reason = "output changed", "high", "readers of this output get another value"
            case _:
                pass
        return change_of(difference, effect=effect, level=level, reason=reason, source=_OUTPUTS)

    def _resource(self, difference: Difference, name: str) -> Change:
        old, new = (it.get(name, {}) for it in self._resources)
        fields = {"resource": name, "resource_type": str((old or new).get("Type", ""))}
        if difference.action == "add":
            return change_of(difference, effect="added", **fields)
        kind = resource_type(fields["resource_type"])
        if difference.action == "change":
            reason = "CloudFormation refuses another type under the same logical ID"
            return change_of(
                difference, effect="refused", level="high", reason=reason, source=_STACK_UPDATES, **fields
            )
        kept = str(old.get("DeletionPolicy", ""))
        lost = kind.holds_data and kept not in _KEPT
        named = self._is_named(name)
        return change_of(
            difference,
            effect="removal",
            at_stake="data" if lost else "identity" if named else "",
            level="critical" if lost or named else "high",
            reason=f"DeletionPolicy {kept} keeps it" if kept in _KEPT else "it is deleted",
            source=_DELETION,
            **fields,
        )

    def _property(self, difference: Difference, name: str) -> Change:
        steps, sometimes = _names(list(difference.path)[3:])
        kind = resource_type(str(self._resources[1][name].get("Type", "")))
        if steps:
            behaviour = kind.behaviour(steps, difference.before, difference.after)
        else:
            behaviour = Behaviour(update="possible replacement", reason="", source=kind.source)
        effect: Effect = behaviour.update
        if sometimes and effect == "replacement":
            effect = "possible replacement"
        return self._replaced(change_of(difference, effect=effect), name, behaviour, steps[:1])

    def _attribute(self, difference: Difference, name: str) -> Change:
        fields = {"resource": name, "resource_type": str(self._resources[1][name].get("Type", ""))}
        attribute = list(difference.path)[2]
        if attribute == "Condition" and difference.action != "remove":
            removed = Difference(action="remove", path=("Resources", name), before=self._resources[0][name])
            judged = self._resource(removed, name)
            return change_of(
                difference,
                effect="possible removal",
                at_stake=judged.at_stake,
                level=judged.level,
                reason="launches that do not meet the condition lose it",
                source=judged.source,
                **fields,
            )
        effect: Effect = "added" if attribute == "Condition" else "none"
        return change_of(difference, effect=effect, **fields)

    def _replaced(self, change: Change, name: str, behaviour: Behaviour, steps: Steps) -> Change:
        """The change with what the update of a resource puts at stake."""
        kind = resource_type(str(self._resources[1][name].get("Type", "")))
        change = replace(
            change,
            resource=name,
            resource_type=kind.name,
            reason=change.reason or behaviour.reason,
            source=behaviour.source,
        )
        if change.effect not in _REPLACING:
            return with_bump(replace(change, level="high" if change.effect == "refused" else "safe"))
        policies = {str(it[name].get("UpdateReplacePolicy", "")) for it in self._resources}
        kept = policies <= _KEPT
        lost = kind.holds_data and not kept
        identity = kind.has_identity and (set(steps) & kind.identifiers or self._is_seen(name))
        if kind.holds_data and kept:
            reason = f"{change.reason}; UpdateReplacePolicy {max(policies)} keeps the old one"
            change = replace(change, reason=reason)
        return with_bump(
            replace(
                change,
                at_stake="data" if lost else "identity" if identity else "",
                level="critical" if lost or identity else "high" if kind.has_identity else "safe",
            )
        )

    def _is_named(self, name: str) -> bool:
        """Whether the template gives the resource its physical name."""
        resource = self._resources[0].get(name, {})
        properties = resource.get("Properties")
        kind = resource_type(str(resource.get("Type", "")))
        return isinstance(properties, Mapping) and not kind.identifiers.isdisjoint(properties)

    def _is_seen(self, name: str) -> bool:
        """Whether an output derives from the resource."""
        outputs = section(self._before, "Outputs").values()
        return any(use.name == name for it in outputs for use in uses(it.get("Value")))

    def _written_differently(self, found: list[Change]) -> Iterator[Change]:
        """Differences in writing, where the meaning is the same for the launches in question."""
        if self._values is not None:
            return
        paths = {it.difference.path for it in found if it.difference is not None}
        for difference in compare(*self._raw):
            near = any(
                difference.path[: len(it)] == it or it[: len(difference.path)] == difference.path
                for it in paths
            )
            if difference.path[0] in _EVALUATED and not near:
                yield change_of(difference, effect="none", reason="it means the same")

    def _reached(self, found: list[Change]) -> Iterator[Change]:
        """What changed parameters, mappings and conditions change in resources and outputs."""
        return iter(())

    def _following(self, found: list[Change]) -> Iterator[Change]:
        """What the replacement of resources changes in others and in outputs."""
        replaced: dict[str, Effect] = {}
        for change in found:
            if change.resource and change.effect in _REPLACING:
                stronger = "replacement" in (change.effect, replaced.get(change.resource))
                replaced[change.resource] = "replacement" if stronger else "possible replacement"
        waiting, done = list(replaced), set(replaced)
        while waiting:
            cause = waiting.pop(0)
            for change in self._of_replacement(cause, replaced[cause]):
                yield change
                if change.resource and change.effect in _REPLACING and change.resource not in done:
                    done.add(change.resource)
                    replaced[change.resource] = change.effect
                    waiting.append(change.resource)

    def _of_replacement(self, cause: str, effect: Effect) -> Iterator[Change]:
        for name in dict.fromkeys(user for user, _ in self._users.get(cause, ())):
            if name == cause or name not in self._resources[0]:
                continue
            kind = resource_type(str(self._resources[1][name].get("Type", "")))
            ranked = []
            for use in (use for user, use in self._users[cause] if user == name):
                behaviour = kind.behaviour(use.steps, 0, 1)
                sure = effect == "replacement" and not use.sometimes
                update: Effect = behaviour.update
                if update == "replacement" and not sure:
                    update = "possible replacement"
                ranked.append(((update == "replacement", update != "in place"), update, behaviour, use))
            _, update, behaviour, use = max(ranked, key=lambda it: it[0])
            path = excerpt(".".join((name, *use.steps)), 300)
            change = Change(subject="property", path=path, effect=update, follows=cause)
            yield self._replaced(change, name, behaviour, ())
        for name, output in section(self._after, "Outputs").items():
            if any(use.name == cause for use in uses(output.get("Value"))):
                reason = f"it is another {cause}"
                yield Change(
                    subject="output", path=name, effect="output changed", level="high", reason=reason,
                    follows=cause, source=_OUTPUTS,
                )  # fmt: skip


def _names(path: list[Any]) -> tuple[Steps, bool]:
    """The names of a path without places in lists, and whether a condition is on it."""
    branches = any(isinstance(it, Item) and it.name == BRANCH for it in path)
    return tuple(it for it in path if type(it) is str), branches
