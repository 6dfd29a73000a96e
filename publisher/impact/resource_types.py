"""What an update of a property does to its resource, by the type's schema and facts.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from publisher.templates.comparison import is_function
from publisher.templates.resource_schemas import Schema, schema_of, stateful_types

Update = Literal["in place", "possible replacement", "replacement", "refused"]
Steps = tuple[str, ...]
_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest"
_BEHAVIOURS = f"{_GUIDE}/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_CREATE_ONLY = {
    "createOnlyProperties": "is create-only",
    "conditionalCreateOnlyProperties": "is create-only in some cases",
}
_SEVERITY: Sequence[Update] = ("in place", "possible replacement", "replacement", "refused")


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the update of a property does, why, and the page that says so."""

    update: Update
    reason: str
    source: str


@dataclass(frozen=True)
class ResourceType:
    """The facts of one type that matter to updates."""

    name: str
    schema: Schema | None
    facts: Mapping[str, Any]

    @property
    def source(self) -> str:
        """The page of the type."""
        if self.is_custom:
            return f"{_GUIDE}/TemplateReference/aws-resource-cloudformation-customresource.html"
        parts = self.name.lower().split("::")
        known = len(parts) == 3 and self.schema is not None
        return f"{_GUIDE}/TemplateReference/aws-resource-{parts[1]}-{parts[2]}.html" if known else _BEHAVIOURS

    @property
    def is_custom(self) -> bool:
        """Whether a function of somebody makes its resources."""
        return self.name == _CUSTOM or self.name.startswith("Custom::")

    @property
    def holds_data(self) -> bool:
        """Whether a replacement loses what the resource holds."""
        return self.name in stateful_types() or self.name in _facts()["stateful"]

    @property
    def has_identity(self) -> bool:
        """Whether anybody outside of the stack can refer to its resources."""
        return self.name not in _facts()["without_identity"]

    @property
    def identifiers(self) -> frozenset[str]:
        """The properties that name a resource, if a template sets them."""
        schema = self.schema or {}
        listed = [schema.get("primaryIdentifier", []), *schema.get("additionalIdentifiers", [])]
        single = [paths[0] for paths in listed if len(paths) == 1]
        return frozenset(it.split("/")[2] for it in single if it not in schema.get("readOnlyProperties", []))

    def behaviour(self, steps: Steps, before: Any, after: Any) -> Behaviour:
        """What follows when the value at `steps` (names only, without places in lists) changes so."""
        found = list(self._behaviours(steps, before, after))
        return max(found, key=lambda it: _SEVERITY.index(it.update))

    def _behaviours(self, steps: Steps, before: Any, after: Any) -> Iterator[Behaviour]:
        own = self.facts.get(steps[0] if steps else "", None)
        if own is not None:
            yield Behaviour(update=own["update"], reason=own["why"], source=own["source"])
            return
        if self.is_custom:
            yield self._says("possible replacement", "the function behind ServiceToken decides")
            return
        if self.schema is None:
            yield self._says("possible replacement", f"nothing is known about {self.name}")
            return
        yield self._says("in place", "")
        handlers = self.schema.get("handlers")
        if handlers and "update" not in handlers:
            yield self._says("replacement", f"{self.name} cannot be updated")
        for key, words in _CREATE_ONLY.items():
            for path in self.schema.get(key, ()):
                names = tuple(it for it in path.split("/")[2:] if it != "*")
                changed = _changes(steps, names, before, after)
                if changed is not False:
                    sure = changed and key == "createOnlyProperties"
                    update: Update = "replacement" if sure else "possible replacement"
                    yield self._says(update, f"{'.'.join(names)} {words}")

    def _says(self, update: Update, reason: str) -> Behaviour:
        return Behaviour(update=update, reason=reason, source=self.source)


@cache
def resource_type(name: str) -> ResourceType:
    """The type with this name."""
    facts = _facts()["properties"]
    generic = facts.get(_CUSTOM, {}) if name.startswith("Custom::") else {}
    return ResourceType(name, schema_of(name), facts.get(name, generic))


@cache
def _facts() -> Mapping[str, Any]:
    text = Path(__file__).with_name("facts.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def _changes(changed: Steps, names: Steps, before: Any, after: Any) -> bool | None:
    """Whether a change at `changed` changes what stands at `names`; None when that is not known."""
    if changed[: len(names)] == names:
        return True
    if names[: len(changed)] != changed:
        return False
    rest = names[len(changed) :]
    old, new = _inner(before, rest), _inner(after, rest)
    return None if old is None or new is None else old != new


def _inner(value: Any, names: Steps) -> list[Any] | None:
    """All values at a path, through lists; None when a function stands in the way."""
    if isinstance(value, Mapping) and is_function(value) and names:
        return None
    if not names:
        return [] if value is None else [value]
    if isinstance(value, list):
        found = [_inner(it, names) for it in value]
        return None if None in found else [one for some in found for one in some or ()]
    return _inner(value.get(names[0]), names[1:]) if isinstance(value, Mapping) else []
