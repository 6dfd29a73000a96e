"""Facts about resource types and IAM actions: the files that cfn-lint ships, and facts.yaml in this folder.

cfn-lint itself is not imported: only its data is read. Refuses to know templates.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from publisher.errors import PublisherError

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*\*?")
_EVERYTHING = re.compile(r"[A-Za-z0-9-]*\*?(:\*)?")
_FIRST_REGION = "us-east-1"


class UnknownTypeError(Exception):
    """Nothing says which actions this resource type needs; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Actions that something needs, from AWS's documentation rather than from a resource schema."""

    actions: tuple[str, ...]
    why: str
    source: str
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Fact:
        """A fact from its entry in facts.yaml."""
        return cls(
            actions=tuple(entry["actions"]),
            why=entry["why"],
            source=entry["source"],
            resources=tuple(entry.get("resources", ["*"])),
            condition={
                operator: {key: tuple(values) for key, values in keys.items()}
                for operator, keys in entry.get("condition", {}).items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """facts.yaml."""

    service_catalog: tuple[Fact, ...]
    ssm_parameters: tuple[Fact, ...]
    keys: tuple[Fact, ...]
    dynamic_references: Mapping[str, Fact]
    parameter_types: Mapping[str, Fact]
    types: Mapping[str, Fact]
    additions: Mapping[str, tuple[Fact, ...]]
    removals: Mapping[str, Fact]
    corrections: Mapping[str, tuple[str, ...]]
    service_principals: Mapping[str, str]

    @classmethod
    def load(cls, path: Path) -> Facts:
        """Reads the file."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            service_catalog=_facts(content["service_catalog"]),
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
        )


def _facts(entries: Iterable[Mapping[str, Any]]) -> tuple[Fact, ...]:
    return tuple(Fact.of(entry) for entry in entries)


def _by_name(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Fact]:
    return {name: Fact.of(entry) for name, entry in entries.items()}


class Knowledge:
    """Resource schemas, IAM's actions, and facts; schemas are read when a type is first asked for."""

    def __init__(
        self, *, schemas: Path, providers: tuple[Mapping[str, str], ...], iam: Mapping[str, Any], facts: Facts
    ) -> None:
        self.facts = facts
        self._schemas, self._providers, self._iam = schemas, providers, iam
        self._handlers: dict[str, tuple[str, ...]] = {}

    @classmethod
    def load(cls) -> Knowledge:
        """Reads what cfn-lint ships (its Region that knows most types first) and facts.yaml."""
        package = importlib.util.find_spec("cfnlint")
        if package is None or package.origin is None:
            raise PublisherError("cfn-lint is not installed", hint="install the package's dependencies")
        shipped = Path(package.origin).parent / "data"
        regions = sorted(
            (shipped / "schemas" / "providers").glob("*.json"),
            key=lambda path: (path.stem != _FIRST_REGION, path.stem),
        )
        return cls(
            schemas=shipped / "schemas" / "resources",
            providers=tuple(json.loads(path.read_bytes()) for path in regions),
            iam=json.loads((shipped / "AdditionalSpecs" / "Policies.json").read_bytes()),
            facts=Facts.load(Path(__file__).with_name("facts.yaml")),
        )

    def type_names(self) -> tuple[str, ...]:
        """Every resource type that cfn-lint knows."""
        return tuple(sorted({name for provider in self._providers for name in provider}))

    def handler_actions(self, type_name: str) -> tuple[str, ...]:
        """The actions of a type's handlers and tagging, corrected and sorted. Raises UnknownTypeError."""
        if type_name not in self._handlers:
            self._handlers[type_name] = self._read_handlers(type_name)
        return self._handlers[type_name]

    def _read_handlers(self, type_name: str) -> tuple[str, ...]:
        digest = next((types[type_name] for types in self._providers if type_name in types), None)
        if digest is None:
            raise UnknownTypeError("unknown resource type")
        schema = json.loads((self._schemas / f"{digest}.json").read_bytes())
        if not schema.get("handlers"):
            raise UnknownTypeError("its resource schema has no handlers")
        listed = {
            action for handler in schema["handlers"].values() for action in handler.get("permissions", [])
        }
        listed |= set((schema.get("tagging") or {}).get("permissions") or [])
        removed = self.facts.removals.get(type_name)
        kept = set(self.corrected(sorted(listed))) - set(removed.actions if removed else ())
        return tuple(sorted(kept))

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
            if service.lower() in self._iam:
                yield spelled

    def is_action(self, action: str) -> bool:
        """Whether IAM's list has the action (a trailing * matches any)."""
        return next(self._matching(action), None) is not None

    def takes_resources(self, action: str) -> bool:
        """Whether the action has a resource-level form; one that IAM's list lacks is taken to have it."""
        entries = list(self._matching(action))
        return not entries or any(entry.get("Resources") for entry in entries)

    def _matching(self, action: str) -> Iterator[Mapping[str, Any]]:
        service, _, name = action.lower().partition(":")
        listed: Mapping[str, Any] = self._iam.get(service, {}).get("Actions", {})
        if "*" not in name:
            if name in listed:
                yield listed[name]
            return
        yield from (entry for known, entry in listed.items() if fnmatchcase(known, name))
