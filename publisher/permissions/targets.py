"""Which resources an action of a template's resource reaches, as ARN patterns.

Of the resource types that IAM lists for the action: the resource's own ARN, parts of it, what its properties
refer to, else all of that type. Refuses to know why an action is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from publisher.permissions.iam_reference import Action, ResourceKind, action, variables
from publisher.permissions.known_types import letters
from publisher.permissions.names import Names, formats_of, lower, place, references
from publisher.permissions.values import UNKNOWN, covering

EVERYTHING = ("*",)
_SERVICE = re.compile(r"arn:(?:\$\{AWS::Partition\}|[^:]*):(?P<service>[a-z0-9-]+):")
_PLURAL = re.compile(r"(?:ids?|arns?|names?|s)$")


@dataclass(frozen=True, kw_only=True)
class Target:
    """ARN patterns, and why one of them is `*`."""

    arns: tuple[str, ...]
    why_wide: str = ""


class Targets:
    """The targets of actions on one template's resources."""

    def __init__(self, names: Names) -> None:
        self._names, self._facts, self._region = names, names.knowledge.facts, names.scope.region
        self._parts: dict[str, list[tuple[str | None, Any, frozenset[str]]]] = {}
        self._targets: dict[tuple[str, tuple[ResourceKind, ...]], Target] = {}
        self._named: dict[tuple[str, str], list[Any]] = {}

    def of(self, name: str, logical_id: str) -> Target | None:
        """What an action reaches when a resource is made, read, changed or deleted; None for nothing."""
        service = name.partition(":")[0]
        if name in self._facts.unscoped:
            return Target(arns=EVERYTHING, why_wide=self._facts.unscoped[name].why)
        if service in self._facts.whole_services:
            return Target(arns=(place(self._facts.whole_services[service], self._region),))
        found = action(name)
        if found is None:
            return Target(arns=EVERYTHING, why_wide="its handlers name actions by a pattern")
        if not found.resources:
            return Target(arns=EVERYTHING, why_wide="IAM has no narrower form of it")
        if service == "iam" and not self._concerns(found, logical_id):
            return None
        reached = tuple(self._reached(found, logical_id))
        if (logical_id, reached) not in self._targets:
            self._targets[logical_id, reached] = (
                Target(arns=covering(arn for kind in reached for arn in self._arns(kind, logical_id)))
                if reached
                else Target(
                    arns=EVERYTHING, why_wide="its resources are optional, and the template names none"
                )
            )
        return self._targets[logical_id, reached]

    def configures(self, name: str, logical_id: str) -> bool:
        """Whether the resource has a property that its handlers call the action for, where only some do.

        A property that is the ARN of another service is none.
        """
        entries = self._facts.only_with.get(self._names.type_of(logical_id), ())
        service = name.partition(":")[0]
        return all(
            any(
                path[-1] in names and not self._is_other(value, service)
                for path, value in self._names.entries(logical_id)
            )
            for pattern, names in entries
            if fnmatchcase(name, pattern)
        )

    def _is_other(self, value: Any, service: str) -> bool:
        found = [_SERVICE.match(text) for text in self._names.values.texts(value)]
        return bool(found) and all(it is not None and it["service"] != service for it in found)

    def _concerns(self, found: Action, logical_id: str) -> bool:
        """Whether the resource is, or names, one of the types that an action takes."""
        own = self._names.kinds(logical_id)
        return any(kind.name in own or any(self._values(kind, logical_id)) for kind in found.resources)

    def _reached(self, found: Action, logical_id: str) -> list[ResourceKind]:
        """The resource types that the request names: where all are optional, the resource's own.

        None where something new is made of optional ones that the template leaves out: IAM then asks for `*`.
        https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html#actions_table
        """
        own = self._names.kinds(logical_id)
        beside = self._unlisted(found, logical_id)
        if beside and "Tagging" in found.access:
            return beside
        if any(kind.required for kind in found.resources):
            return [*found.resources, *beside]
        mine = [kind for kind in found.resources if kind.name in own]
        parts = [kind for kind in found.resources if self._is_part(kind, logical_id)]
        named = [kind for kind in found.resources if any(self._values(kind, logical_id))]
        if mine or parts or named:
            return mine or [*(parts or named), *beside]
        return [] if _makes(found) else beside or list(found.resources)

    def _unlisted(self, found: Action, logical_id: str) -> list[ResourceKind]:
        """The resource's own types where IAM's list lacks them for an action of tags or of its name.

        So for load balancers: the list of version 1 hides that of version 2, which has the same prefix.
        """
        own = self._names.kinds(logical_id)
        if not found.kinds.isdisjoint(own):
            return []
        service, _, name = found.name.lower().partition(":")
        short = self._names.type_of(logical_id).rpartition("::")[2].lower()
        if not ("Tagging" in found.access or "tags" in name or short in name):
            return []
        return [
            ResourceKind(name=kind, required=True, arn=form)
            for kind in own
            if kind.startswith(f"{service}:")
            for form in formats_of(kind)
        ]

    def _is_part(self, kind: ResourceKind, logical_id: str) -> bool:
        naming = self._names.naming_variable(logical_id)
        return bool(naming) and naming in variables(kind.arn)

    def _arns(self, kind: ResourceKind, logical_id: str) -> Iterator[str]:
        own = self._names.kinds(logical_id)
        if kind.name in own or self._is_part(kind, logical_id):
            yield from self._with_endings(kind, self._names.filled(logical_id, kind.arn))
            return
        referred = [
            arn for value in self._values(kind, logical_id) for arn in self._referred_arns(kind, value)
        ]
        yield from self._with_endings(kind, tuple(referred or [self.all_of(kind)]))

    def _with_endings(self, kind: ResourceKind, arns: tuple[str, ...]) -> Iterator[str]:
        lowered = kind.service in self._facts.lowered
        for arn in (*arns, *map(lower, arns)) if lowered else arns:
            yield arn
            for ending in self._facts.arn_endings.get(kind.name, ()):
                yield f"{arn}{ending}"

    def all_of(self, kind: ResourceKind) -> str:
        """Every resource of a type. What is not the template's own may be shared by another account."""
        account = "${AWS::AccountId}" if kind.service == "iam" else UNKNOWN
        return re.sub(r"\$\{\w+\}", UNKNOWN, place(kind.arn, self._region, account))

    def _values(self, kind: ResourceKind, logical_id: str) -> list[Any]:
        """The parts of properties that name resources of a type."""
        if (kind.name, logical_id) not in self._named:
            wanted = letters(kind.name.partition(":")[2])
            if logical_id not in self._parts:
                self._parts[logical_id] = list(self._read(logical_id))
            self._named[kind.name, logical_id] = [
                value
                for name, value, kinds in self._parts[logical_id]
                if (name is not None and name.endswith(wanted)) or kind.name in kinds
            ]
        return self._named[kind.name, logical_id]

    def _read(self, logical_id: str) -> Iterator[tuple[str | None, Any, frozenset[str]]]:
        """The name, value and referred resource types of each part of the properties."""
        for name, value in _leaves(self._names.properties(logical_id)):
            referred = self._names.resources.keys() & references(value)
            kinds = frozenset(kind for one in referred for kind in self._names.kinds(one))
            # Tags have a Key, too.
            yield None if name == "Key" else _PLURAL.sub("", letters(name)), value, kinds

    def _referred_arns(self, kind: ResourceKind, value: Any) -> Iterator[str]:
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} if name in self._names.resources:
                if kind.name in self._names.kinds(name):
                    yield from self._names.filled(name, kind.arn)
                    return
        for text in self._names.values.texts(value):
            if text.startswith("arn:"):
                yield text
            elif text == UNKNOWN:
                yield self.all_of(kind)
            elif text:
                yield self._by_name(kind, text)

    def _by_name(self, kind: ResourceKind, text: str) -> str:
        """A type's ARN with a name or ID in the place of its last variable."""
        *_, last = ["", *variables(kind.arn)]
        filled = place(kind.arn, self._region).replace(f"${{{last}}}", text.lstrip("/"))
        return re.sub(r"\$\{\w+\}", UNKNOWN, filled)


def _makes(found: Action) -> bool:
    return found.name.partition(":")[2].startswith("Create")


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(property, expression) at any depth; of lists and choices each part."""
    match value:
        case {"Fn::If": [_, *sides]}:
            for side in sides:
                yield from _leaves(side, name)
        case {} if not _is_function(value):
            for key, inner in value.items():
                yield from _leaves(inner, str(key))
        case list() | tuple():
            for inner in value:
                yield from _leaves(inner, name)
        case _:
            yield name, value


def _is_function(value: Mapping[Any, Any]) -> bool:
    return len(value) == 1 and all(str(key) == "Ref" or str(key).startswith("Fn::") for key in value)
