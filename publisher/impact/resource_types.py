"""What an update of a property does to its resource, by the type's schema and facts.yaml."""

from __future__ import annotations

import re
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

GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest"
_BEHAVIOURS = f"{GUIDE}/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
_CREATE_ONLY = {
    "createOnlyProperties": "is create-only",
    "conditionalCreateOnlyProperties": "is create-only in some cases",
}
_SEVERITY: Sequence[Update] = ("in place", "possible replacement", "replacement", "refused")
_PARTS = 3
_ALL = "*"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the update of a property does, why, and the page that says so."""

    update: Update
    reason: str
    source: str


@dataclass(frozen=True)
class ResourceType:
    """The facts of one type that matter to updates; `own` are those of single properties."""

    name: str
    schema: Schema | None
    own: Mapping[str, Mapping[str, Any]]

    @property
    def source(self) -> str:
        """The page of the type."""
        parts = self.name.lower().split("::")
        if len(parts) != _PARTS or self.schema is None:
            return self.own[_ALL]["source"] if _ALL in self.own else _BEHAVIOURS
        return f"{GUIDE}/TemplateReference/aws-resource-{parts[1]}-{parts[2]}.html"

    @property
    def is_known(self) -> bool:
        """Whether it is known what its resources are; not of a function's, a module's or a macro's."""
        return self.schema is not None and _ALL not in self.own

    @property
    def holds_data(self) -> bool:
        """Whether a resource that is deleted takes data with it."""
        return self.name in stateful_types() or self.name in _facts()["stateful"]

    @property
    def has_identity(self) -> bool:
        """Whether anybody outside of the stack can refer to its resources."""
        return self.is_known and not self.connects_only

    @property
    def is_held(self) -> bool:
        """Whether others hold the name that AWS gives its resources, whatever the template says."""
        return self.name in _facts()["named_by_aws"]

    @property
    def connects_only(self) -> bool:
        """Whether a replaced resource is as good as the old one."""
        return self.name in _facts()["without_identity"]

    @property
    def named_revision(self) -> str:
        """The property that names what replacements are only revisions of, or nothing."""
        return str(_facts()["revisions"].get(self.name, ""))

    @property
    def names(self) -> frozenset[str]:
        """The create-only properties that give a resource its physical name, if a template sets them.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        schema = self.schema or {}
        identifiers = [schema.get("primaryIdentifier", []), *schema.get("additionalIdentifiers", [])]
        single = {_top(paths[0]) for paths in identifiers if len(paths) == 1}
        kind = self.name.rpartition("::")[2]
        fixed = {_top(it) for it in schema.get("createOnlyProperties", [])}
        called = {it for it in fixed if it.endswith("Name") and kind.endswith(it.removesuffix("Name"))}
        return frozenset((single & fixed) | called)

    @property
    def is_deleted_first(self) -> bool:
        """Whether a replacement is made after the old resource is deleted, so that it can have its name."""
        return bool((self.schema or {}).get("replacementStrategy") == "delete_then_create")

    def keeps_data(self, policy: object, properties: Mapping[str, Any] = {}) -> bool:
        """Whether the data is still there after a resource with this DeletionPolicy is removed."""
        if policy is None:
            unless = _facts()["snapshot_by_default"]["types"].get(self.name)
            return unless is not None and unless not in properties
        return policy in ("Retain", "RetainExceptOnCreate") or (
            policy == "Snapshot" and self.name in _facts()["snapshots"]["types"]
        )

    def part_of_reference(self, separator: object, index: object) -> str:
        """The property that is this part of the split Ref of a resource; nothing when that is not known."""
        fact = _facts()["parts_of_references"].get(self.name, {})
        known = (fact.get("separator"), fact.get("index")) == (separator, index)
        return str(fact["property"]) if known else ""

    def changes(self, attribute: str, name: str) -> bool:
        """Whether an attribute changes when a property is updated in place: it is that, or follows it.

        An attribute that tells of versions follows all properties but tags.
        """
        if attribute.split(".")[0] == name:
            return True
        followed: object = _facts()["attributes"].get(self.name, {}).get(attribute)
        read_only = "/properties/" + attribute.replace(".", "/") in (self.schema or {}).get(
            "readOnlyProperties", ()
        )
        tells_version = re.search(_facts()["versions"], attribute.rpartition(".")[2])
        return followed == name or bool(read_only and tells_version and name != "Tags")

    def behaviour(self, steps: Steps, before: Any, after: Any, policy: Any = None) -> Behaviour:
        """What follows when the value at `steps` (names only, without places in lists) changes so.

        `policy` is the resource's UpdatePolicy.
        """
        found = list(self._behaviours(steps, before, after, policy))
        return max(found, key=lambda it: _SEVERITY.index(it.update))

    def _behaviours(self, steps: Steps, before: Any, after: Any, policy: Any) -> Iterator[Behaviour]:
        own = self.own.get(steps[0] if steps else _ALL) or self.own.get(_ALL)
        if own is not None:
            holds = _holds(own, policy)
            update: Update = (
                own["update"] if holds else "possible replacement" if holds is None else "in place"
            )
            yield Behaviour(update=update, reason="" if holds is False else own["why"], source=own["source"])
            return
        if self.schema is None or not steps or steps[0].startswith("Fn::"):
            unknown = "its properties are an expression" if self.schema else "nothing is known about its type"
            yield self._says("possible replacement", unknown)
            return
        yield self._says("in place", "")
        handlers = self.schema.get("handlers")
        if handlers and "update" not in handlers:
            yield self._says("replacement", "resources of its type cannot be updated")
        for key, words in _CREATE_ONLY.items():
            for path in self.schema.get(key, ()):
                names = tuple(it for it in path.split("/")[2:] if it != "*")
                changed = _changes(steps, names, before, after)
                if changed is not False:
                    sure = changed and key == "createOnlyProperties"
                    yield self._says(
                        "replacement" if sure else "possible replacement", f"{'.'.join(names)} {words}"
                    )

    def _says(self, update: Update, reason: str) -> Behaviour:
        return Behaviour(update=update, reason=reason, source=self.source)


@cache
def resource_type(name: str) -> ResourceType:
    """The type with this name; of types that somebody else defines, what is known of all of these."""
    facts = _facts()["properties"]
    beginning = name[: name.rfind("::") + 2]
    schema = schema_of(name)
    if schema is not None and name in _facts()["create_only"]:
        more = [f"/properties/{it}" for it in _facts()["create_only"][name]]
        schema = {**schema, "createOnlyProperties": [*schema.get("createOnlyProperties", ()), *more]}
    return ResourceType(name, schema, facts.get(name) or facts.get(beginning, {}))


@cache
def _facts() -> Mapping[str, Any]:
    text = Path(__file__).with_name("facts.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def _holds(fact: Mapping[str, Any], policy: Any) -> bool | None:
    """Whether a fact holds of a resource with this UpdatePolicy; None where an expression decides."""
    if "policy" not in fact:
        return True
    for name in fact["policy"]:
        if is_function(policy):
            return None
        policy = policy.get(name) if isinstance(policy, Mapping) else None
    if is_function(policy):
        return None
    return bool((policy in (True, "true")) == (fact["value"] == "true"))


def _top(path: str) -> str:
    return path.split("/")[2]


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
    if not names:
        return [] if value is None else [value]
    if is_function(value):
        return None
    if isinstance(value, list):
        found = [_inner(it, names) for it in value]
        return None if None in found else [one for some in found for one in some or ()]
    return _inner(value.get(names[0]), names[1:]) if isinstance(value, Mapping) else []
