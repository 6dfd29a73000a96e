"""What changes elsewhere in a template: through references to replaced resources, through conditions,
mappings and parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from publisher.errors import excerpt
from publisher.impact.change import REPLACING, Change, Effect, with_bump
from publisher.impact.resource_types import GUIDE, Behaviour
from publisher.impact.resources import Resources
from publisher.impact.uses import Kind, Use, uses
from publisher.templates.expression_parts import section

_OUTPUTS = f"{GUIDE}/UserGuide/outputs-section-structure.html"
_CONDITIONS = f"{GUIDE}/UserGuide/conditions-section-structure.html"
_LONGEST = 300
# Two values of which nothing is known.
_ANY, _OTHER = {"Ref": ""}, {"Ref": "."}
# (kind, name) → why it is another one, for people
Causes = Mapping[tuple[Kind, str], str]


class Following:
    """The users of everything in an evaluated template."""

    def __init__(self, template: Mapping[str, Any], resources: Resources) -> None:
        self._resources = resources
        self._outputs = section(template, "Outputs")
        self._users: dict[tuple[Kind, str], dict[str, list[Use]]] = {}
        self._conditional: dict[str, list[str]] = {}
        for name, resource in resources.after.items():
            if name in resources.before:
                self._conditional.setdefault(str(resource.get("Condition", "")), []).append(name)
                for use in uses(resource.get("Properties")):
                    self._users.setdefault((use.kind, use.name), {}).setdefault(name, []).append(use)
        self._telling = _used_by({name: it.get("Value") for name, it in self._outputs.items()})
        self._conditions = _used_by(section(template, "Conditions"))

    def of_replacements(self, found: list[Change]) -> Iterator[Change]:
        """What follows from replacements, and from these again; and from values that others read."""
        replaced: dict[str, Effect] = {}
        for change in found:
            if change.resource and change.effect in REPLACING:
                certain = "replacement" in (change.effect, replaced.get(change.resource))
                replaced[change.resource] = "replacement" if certain else "possible replacement"
        waiting = sorted(replaced, key=lambda it: replaced[it] != "replacement")
        reading = [it for it in found if it.effect == "in place" and it.subject == "property"]
        changed = _outputs(found)
        shown = {(it.path, it.effect) for it in found}
        while waiting or reading:
            if waiting:
                cause = waiting.pop(0)
                follow = self._of_replacement(cause, replaced[cause] == "replacement", replaced, changed)
            else:
                follow = self._of_attributes(reading.pop(0), replaced, changed)
            for change in follow:
                if (change.path, change.effect) in shown:
                    continue
                yield change
                if change.subject == "output":
                    continue
                shown.add((change.path, change.effect))
                if change.effect == "in place":
                    reading.append(change)
                elif change.resource not in replaced and change.effect in REPLACING:
                    replaced[change.resource] = change.effect
                    waiting.append(change.resource)

    def of_causes(self, causes: Causes, found: list[Change]) -> Iterator[Change]:
        """What changed conditions, mappings and parameters change in resources and outputs."""
        every = dict(causes)
        waiting = list(causes)
        while waiting:
            using = waiting.pop(0)
            for name in self._conditions.get(using, ()):
                if ("condition", name) not in every:
                    every["condition", name] = every[using]
                    waiting.append(("condition", name))
        touched = {(it.resource, it.path) for it in found}
        changed = _outputs(found)
        seen: set[tuple[str, str]] = set()
        for (kind, cause), reason in every.items():
            for name, used in self._users.get((kind, cause), {}).items():
                change = self._used(name, used, certain=False, reason=reason)
                if (name, change.path) not in touched | seen:
                    seen.add((name, change.path))
                    yield change
            if kind == "condition":
                yield from self._under(cause, reason)
            yield from self._told(kind, cause, reason, changed)

    def _of_replacement(
        self, cause: str, certain: bool, replaced: Mapping[str, Effect], changed: set[str]
    ) -> Iterator[Change]:
        for name, used in self._users.get(("name", cause), {}).items():
            change = self._used(name, used, certain=certain, follows=cause)
            if name != cause and not (name in replaced and change.effect not in REPLACING):
                yield change
        kind = self._resources.type_of(cause)
        for change in self._told("name", cause, f"it is another {cause}", changed):
            yield replace(change, follows=cause, level="safe" if kind.connects_only else change.level)

    def _of_attributes(
        self, change: Change, replaced: Mapping[str, Effect], changed: set[str]
    ) -> Iterator[Change]:
        """What reads attributes that change with a property: `!GetAtt Parameter.Value` with Value."""
        cause = change.resource
        kind = self._resources.type_of(cause)
        steps = list(change.difference.path)[3:] if change.difference else change.path.split(".")[1:]
        top = str(next(iter(steps), ""))
        if cause in replaced or not top:
            return
        for name, used in self._users.get(("name", cause), {}).items():
            read = [it for it in used if kind.changes(it.attribute, top)]
            if read and name not in replaced:
                reason = f"it reads {read[0].attribute} of {cause}"
                yield self._used(name, read, certain=True, reason=reason)
        for name in self._telling.get(("name", cause), ()):
            read = [it for it in uses(self._outputs[name].get("Value")) if it.name == cause]
            read = [it for it in read if kind.changes(it.attribute, top)]
            if read and name not in changed:
                changed.add(name)
                yield _told(name, f"it tells {read[0].attribute} of {cause}")

    def _used(
        self, name: str, used: list[Use], *, certain: bool, follows: str = "", reason: str = ""
    ) -> Change:
        """The worst that happens to a resource whose properties use something that becomes another one."""
        ranked: list[tuple[int, Effect, Behaviour, Use]] = []
        for use in used:
            behaviour = self._resources.behaviour(name, use.steps, _ANY, _OTHER)
            effect: Effect = behaviour.update
            if effect == "replacement" and not (certain and not use.sometimes):
                effect = "possible replacement"
            rank = ("in place", "possible replacement", "replacement", "refused").index(effect)
            ranked.append((rank, effect, behaviour, use))
        _, effect, behaviour, use = max(ranked, key=lambda it: it[0])
        path = excerpt(".".join((name, *use.steps)), _LONGEST)
        change = Change(subject="property", path=path, effect=effect, follows=follows, reason=reason)
        return self._resources.updated(name, change, behaviour, use.steps)

    def _under(self, condition: str, reason: str) -> Iterator[Change]:
        """The resources and outputs that exist under a condition."""
        for name in self._conditional.get(condition, ()):
            change = Change(subject="resource", path=name, effect="possible removal")
            yield with_bump(self._resources.removed(name, change, reason))
        for name, output in self._outputs.items():
            if output.get("Condition") == condition:
                yield with_bump(
                    Change(
                        subject="output",
                        path=name,
                        effect="output lost",
                        level="high",
                        reason=f"{reason}; some launches may lose it",
                        source=_CONDITIONS,
                    )
                )

    def _told(self, kind: Kind, cause: str, reason: str, changed: set[str]) -> Iterator[Change]:
        """The outputs that tell of something that becomes another one."""
        return (_told(it, reason) for it in self._telling.get((kind, cause), ()) if it not in changed)


def _told(output: str, reason: str) -> Change:
    return with_bump(
        Change(
            subject="output",
            path=output,
            effect="output changed",
            level="high",
            reason=reason,
            source=_OUTPUTS,
        )
    )


def _used_by(values: Mapping[str, Any]) -> dict[tuple[Kind, str], list[str]]:
    """What is used, with the names of the values that use it."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for name, value in values.items():
        for it in dict.fromkeys((use.kind, use.name) for use in uses(value)):
            found.setdefault(it, []).append(name)
    return found


def _outputs(changes: list[Change]) -> set[str]:
    """The outputs that differ themselves."""
    paths = (it.difference.path for it in changes if it.difference is not None)
    return {str(path[1]) for path in paths if path[0] == "Outputs" and len(path) > 1}
