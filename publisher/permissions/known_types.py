"""Facts about resource types: the schemas that cfn-lint ships, and facts.yaml and physical_names.yaml here.

cfn-lint itself is not imported: only its data is read. Refuses to know templates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from publisher.permissions import iam_reference
from publisher.templates.resource_schemas import schema_of

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*\*?")
_EVERYTHING = re.compile(r"[A-Za-z0-9-]*\*?(:\*)?")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a schema says of names: the identifier, which Ref gives; "" when it has several parts."""

    identifier: str = ""
    settable: tuple[str, ...] = ()


@cache
def letters(name: str) -> str:
    """A name without what differs between CloudFormation's spelling and IAM's: cases and signs."""
    return re.sub("[^a-z0-9]", "", name.lower())


def read_data(name: str) -> Any:
    """A file of this package."""
    return yaml.load(Path(__file__).with_name(name).read_text(encoding="utf-8"), Loader=_LOADER)


class UnknownTypeError(Exception):
    """Nothing says which actions this resource type needs; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Actions that something needs, from AWS's documentation rather than from a resource schema.

    AWS requires a statement of this `sid` where there is one.
    """

    actions: tuple[str, ...]
    why: str
    source: str
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    why_wide: str = ""
    sid: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Fact:
        """A fact from its entry in facts.yaml."""
        return cls(
            actions=tuple(entry["actions"]),
            why=entry["why"],
            source=entry["source"],
            resources=tuple(entry.get("resources", ["*"])),
            why_wide=entry.get("why_wide", "IAM has no narrower form of it"),
            sid=entry.get("sid", ""),
            condition={
                operator: {key: tuple(values) for key, values in keys.items()}
                for operator, keys in entry.get("condition", {}).items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class OwnKind:
    """An IAM resource type, `sns:topic`, that a resource is: if it has the property, where one is named."""

    name: str
    with_property: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """facts.yaml."""

    ssm_parameters: tuple[Fact, ...]
    keys: tuple[Fact, ...]
    dynamic_references: Mapping[str, Fact]
    parameter_types: Mapping[str, Fact]
    types: Mapping[str, Fact]
    additions: Mapping[str, tuple[Fact, ...]]
    removals: Mapping[str, Fact]
    corrections: Mapping[str, tuple[str, ...]]
    service_principals: Mapping[str, str]
    functions: Mapping[str, Fact]
    unscoped: Mapping[str, Fact]
    own_kinds: Mapping[str, tuple[OwnKind, ...]]
    references: Mapping[str, str]
    name_beginnings: Mapping[str, str]
    naming_variables: Mapping[str, str]
    arn_endings: Mapping[str, tuple[str, ...]]
    whole_services: Mapping[str, str]
    assumed_roles: Mapping[str, tuple[str, ...]]
    only_with: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    lowered: tuple[str, ...]

    @cached_property
    def actions_on_keys(self) -> frozenset[str]:
        """What is called on a customer key that a resource is given."""
        return frozenset(action for fact in self.keys for action in fact.actions)

    @classmethod
    def load(cls) -> Facts:
        """Reads the file."""
        content = read_data("facts.yaml")
        return cls(
            ssm_parameters=_facts(content["ssm_parameters"]),
            keys=_facts(content["keys"]),
            dynamic_references=_by_name(content["dynamic_references"]),
            parameter_types=_by_name(content["parameter_types"]),
            types=_by_name(content["types"]),
            additions={name: _facts(entries) for name, entries in content["additions"].items()},
            removals=_by_name(content["removals"]),
            corrections={
                action.lower(): tuple(entry["actions"]) for action, entry in content["corrections"].items()
            },
            service_principals=dict(content["service_principals"]),
            functions=_by_name(content["functions"]),
            unscoped={action: fact for fact in _facts(content["unscoped"]) for action in fact.actions},
            own_kinds={
                name: tuple(kind for entry in kinds for kind in _kinds(entry))
                for name, kinds in content["own_kinds"].items()
            },
            references=dict(content["references"]),
            name_beginnings=dict(content["name_beginnings"]),
            naming_variables=dict(content["naming_variables"]),
            arn_endings={kind.lower(): tuple(endings) for kind, endings in content["arn_endings"].items()},
            whole_services=dict(content["whole_services"]),
            assumed_roles={name: tuple(paths) for name, paths in content["assumed_roles"].items()},
            only_with={
                name: tuple((entry["actions"], tuple(entry["properties"])) for entry in entries)
                for name, entries in content["only_with"].items()
            },
            lowered=tuple(content["lowered"]),
        )


def _kinds(entry: str | Mapping[str, str]) -> Iterator[OwnKind]:
    for name, needed in [(entry, "")] if isinstance(entry, str) else entry.items():
        yield OwnKind(name=name.lower(), with_property=needed)


def _facts(entries: Iterable[Mapping[str, Any]]) -> tuple[Fact, ...]:
    return tuple(Fact.of(entry) for entry in entries)


def _by_name(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Fact]:
    return {name: Fact.of(entry) for name, entry in entries.items()}


@cache
def aws_policies() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The statements of AWS's own policies that templates often attach, by path and name."""
    found: Mapping[str, Sequence[Mapping[str, Any]]] = read_data("aws_policies.yaml")
    return found


class Knowledge:
    """Resource schemas, IAM's actions, and facts; schemas are read when a type is first asked for."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._handlers: dict[str, tuple[str, ...]] = {}
        self._shapes: dict[str, Shape] = {}
        self._kinds: dict[str, tuple[OwnKind, ...]] = {}

    @classmethod
    @cache
    def load(cls) -> Knowledge:
        """Reads facts.yaml; what cfn-lint ships is read when needed."""
        return cls(Facts.load())

    @cached_property
    def physical_names(self) -> Mapping[str, Mapping[str, Any]]:
        """How CloudFormation names what a template leaves unnamed, by type."""
        found: Mapping[str, Mapping[str, Any]] = read_data("physical_names.yaml")
        return found

    def handler_actions(self, type_name: str) -> tuple[str, ...]:
        """The actions of a type's handlers and tagging, corrected and sorted. Raises UnknownTypeError."""
        if type_name not in self._handlers:
            self._handlers[type_name] = self._read_handlers(type_name)
        return self._handlers[type_name]

    def shape(self, type_name: str) -> Shape:
        """What the type's schema says of names; nothing when there is none."""
        if type_name not in self._shapes:
            schema = schema_of(type_name) or {}
            read_only = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", [])}
            names = [path.removeprefix("/properties/") for path in schema.get("primaryIdentifier", [])]
            self._shapes[type_name] = Shape(
                identifier=names[0].replace("/", ".") if len(names) == 1 else "",
                settable=tuple(name for name in schema.get("properties", {}) if name not in read_only),
            )
        return self._shapes[type_name]

    def own_kinds(self, type_name: str) -> tuple[OwnKind, ...]:
        """The IAM resource types that a type's resources are, as `sns:topic`; none when nothing says so.

        They have the type's name, or are all that its action Create… takes; exceptions are facts.
        """
        if type_name not in self._kinds:
            known = self.facts.own_kinds.get(type_name)
            self._kinds[type_name] = self._read_kinds(type_name) if known is None else known
        return self._kinds[type_name]

    def _read_kinds(self, type_name: str) -> tuple[OwnKind, ...]:
        try:
            actions = self.actions(type_name)
        except UnknownTypeError:
            return ()
        short = letters(type_name.rpartition("::")[2])
        counted = Counter(action.partition(":")[0] for action in actions)
        for service, _ in sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])):
            for kind in iam_reference.resource_kinds(service):
                if letters(kind) == short:
                    return (OwnKind(name=f"{service}:{kind}"),)
        makes = (iam_reference.action(name) for name in actions if letters(name).endswith(f"create{short}"))
        taken = {kind.name for action in makes if action for kind in action.resources}
        return tuple(OwnKind(name=name) for name in taken) if len(taken) == 1 else ()

    def actions(self, type_name: str) -> tuple[str, ...]:
        """What CloudFormation calls for a type, by facts or by its handlers. Raises UnknownTypeError."""
        fact = self.facts.types.get(type_name)
        return self.handler_actions(type_name) if fact is None else fact.actions

    def _read_handlers(self, type_name: str) -> tuple[str, ...]:
        schema = schema_of(type_name)
        if schema is None:
            raise UnknownTypeError("unknown resource type")
        if not schema.get("handlers"):
            raise UnknownTypeError("its resource schema has no handlers")
        listed = {
            action for handler in schema["handlers"].values() for action in handler.get("permissions", [])
        }
        listed |= set((schema.get("tagging") or {}).get("permissions") or [])
        removed = self.facts.removals.get(type_name)
        kept = set(self.corrected(sorted(listed))) - set(removed.actions if removed else ())
        return tuple(sorted(name for name in kept if iam_reference.matching(name)))

    def corrected(self, actions: Iterable[str]) -> Iterator[str]:
        """Actions as IAM takes them: facts' corrections, lower-case prefix, capital first letter.

        Raises UnknownTypeError for what is no action, or is every action of a service.
        """
        for action in actions:
            correction = self.facts.corrections.get(action.lower())
            if correction is not None:
                yield from correction
                continue
            if _EVERYTHING.fullmatch(action):
                raise UnknownTypeError(f"its handlers require '{action}'")
            service, _, name = action.partition(":")
            spelled = f"{service.lower()}:{name[:1].upper()}{name[1:]}"
            if not _ACTION.fullmatch(spelled):
                raise UnknownTypeError(f"its handlers require '{action}', which is not an IAM action")
            yield spelled
