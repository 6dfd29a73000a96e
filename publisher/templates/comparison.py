"""Two templates in the long form, compared by meaning: every difference, in the order of the sections.

Knows the shape of templates, nothing of resource types, so not what a difference does to a launch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile, zip_longest
from typing import Any, Literal, NamedTuple

from publisher.documents import canonical_json
from publisher.templates.expression_parts import is_secret
from publisher.templates.template_digest import SECTIONS

Action = Literal["add", "remove", "change", "reorder"]
Subject = Literal[
    "attribute", "condition", "mapping", "metadata", "output", "parameter", "property", "resource", "rule",
    "template", "transform",
]  # fmt: skip

HIDDEN = "****"
BRANCH = "Fn::If"
_SUBJECTS: Mapping[object, Subject] = {
    "Conditions": "condition",
    "Mappings": "mapping",
    "Metadata": "metadata",
    "Outputs": "output",
    "Parameters": "parameter",
    "Rules": "rule",
    "Transform": "transform",
}
# Sections of named entries, where an empty one means as much as none.
_NAMED = frozenset({"Conditions", "Mappings", "Outputs", "Parameters", "Resources", "Rules"})
# What tells the items of a list apart, the first that all items have. In lists with keys order means nothing.
_UNORDERED = "Key"
_IDENTITIES = (_UNORDERED, "Sid", "Id", "Name", "PolicyName", "AttributeName", "IndexName", "DeviceName")


class Item(NamedTuple):
    """The item of a list whose field `name` has this value; or, named BRANCH, a branch of an `Fn::If`."""

    name: str
    value: str


Step = str | int | Item
Path = tuple[str, *tuple[Step, ...]]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference. `path` is that of the template, with an Item where a list is not counted.

    `before` and `after` are plain values, None for nothing; of a list in another order the identities of its
    items. The Default of a NoEcho parameter is HIDDEN in both.
    """

    action: Action
    path: Path
    before: Any = None
    after: Any = None

    @property
    def subject(self) -> Subject:
        """What differs. A resource of another type is another resource, so its Type is the resource's."""
        match self.path:
            case ("Resources", _, "Properties", *_):
                return "property"
            case ("Resources", _) | ("Resources", _, "Type"):
                return "resource"
            case ("Resources", *_):
                return "attribute"
            case (section, *_):
                return _SUBJECTS.get(section, "template")


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The differences of two templates in the long form; none if they mean the same.

    A renamed resource is a removed and an added one, as CloudFormation takes it. Raises RecursionError for
    values that are nested too deeply.
    """
    hidden = {name for template in (before, after) for name in _without_echo(template.get("Parameters"))}
    return tuple(_safe(it, hidden) for it in _templates(before, after))


def is_function(value: object) -> bool:
    """Whether CloudFormation replaces a value by that of an intrinsic function."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    (name,) = value
    return name == "Ref" or str(name).startswith("Fn::")


def _templates(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    others = sorted((before.keys() | after.keys()) - set(SECTIONS))
    for section in (*SECTIONS, *others):
        old, new = before.get(section), after.get(section)
        if section in _NAMED:
            old, new = old or {}, new or {}
        if section in _NAMED and isinstance(old, Mapping) and isinstance(new, Mapping):
            compared = _resource if section == "Resources" else _values
            for name in sorted(old.keys() | new.keys()):
                yield from compared((section, name), old.get(name), new.get(name))
        else:
            yield from _values((section,), old, new)


def _resource(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield from _values(path, before, after)
        return
    if _same(before, after):
        return
    types = before.get("Type"), after.get("Type")
    if not _same(*types):
        yield Difference(action="change", path=(*path, "Type"), before=types[0], after=types[1])
        return
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        match name:
            case "DependsOn":
                old, new = _dependencies(old), _dependencies(new)
            case "Properties":
                old, new = old or {}, new or {}
            case _:
                pass
        yield from _values((*path, name), old, new)


def _dependencies(value: Any) -> Any:
    """One name is as good as a list of one, in any order."""
    match value:
        case None:
            return []
        case str():
            return [value]
        case [*names] if all(isinstance(name, str) for name in names):
            return sorted(set(names))
        case _:
            return value


def _values(path: Path, before: Any, after: Any) -> Iterator[Difference]:
    match before, after:
        case None, None:
            return
        case None, _:
            yield Difference(action="add", path=path, after=after)
        case _, None:
            yield Difference(action="remove", path=path, before=before)
        case {"Fn::If": [str(condition), old, other]}, {"Fn::If": [str(same), new, another]} if (
            condition == same and len(before) == len(after) == 1
        ):
            yield from _values((*path, Item(BRANCH, condition)), old, new)
            yield from _values((*path, Item(BRANCH, f"not {condition}")), other, another)
        case Mapping(), Mapping() if not is_function(before) and not is_function(after):
            for name in sorted(before.keys() | after.keys()):
                yield from _values((*path, name), before.get(name), after.get(name))
        case list(), list():
            yield from _lists(path, before, after)
        case _:
            if not _same(before, after):
                yield Difference(action="change", path=path, before=before, after=after)


def _lists(path: Path, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """By the identity of the items; single values come and go; all others are counted."""
    if _same(before, after):
        return
    name = next((it for it in _IDENTITIES if _identifies(it, before) and _identifies(it, after)), None)
    if name is not None:
        old, new = ({_text(item[name]): item for item in items} for items in (before, after))
        for value in dict.fromkeys((*old, *new)):
            yield from _values((*path, Item(name, value)), old.get(value), new.get(value))
        if name != _UNORDERED:
            yield from _order(path, {it: it for it in old}, {it: it for it in new})
        return
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    first, second = before[start : len(before) - end], after[start : len(after) - end]
    old, new = ({canonical_json(item): item for item in items} for items in (first, second))
    single = all(is_function(it) or not isinstance(it, Mapping | list) for it in (*first, *second))
    exchanged = len(first) == len(second) and old.keys().isdisjoint(new)
    if single and not exchanged and (len(old), len(new)) == (len(first), len(second)):
        for n, (text, item) in enumerate(old.items(), start):
            yield from _values((*path, n), item, new.get(text))
        for n, (text, item) in enumerate(new.items(), start):
            yield from _values((*path, n), old.get(text), item)
        yield from _order(path, old, new)
        return
    for n, values in enumerate(zip_longest(first, second), start):
        yield from _values((*path, n), *values)


def _identifies(name: str, items: list[Any]) -> bool:
    """Whether a field tells all items of a list apart."""
    values = [_text(item[name]) for item in items if isinstance(item, Mapping) and name in item]
    return len(set(values)) == len(items)


def _order(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """A difference if what both lists have stands in another order; the items by their identities."""
    old, new = [it for it in before if it in after], [it for it in after if it in before]
    if old != new:
        values = [before[it] for it in old], [after[it] for it in new]
        yield Difference(action="reorder", path=path, before=values[0], after=values[1])


def _alike(before: list[Any], after: list[Any]) -> int:
    """How many items two lists begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: _same(*pair), zip(before, after, strict=False)))


def _same(before: object, after: object) -> bool:
    """Python takes true for 1, CloudFormation does not."""
    if not isinstance(before, Mapping | list):
        return type(before) is type(after) and before == after
    return before == after and canonical_json(before) == canonical_json(after)


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _without_echo(parameters: object) -> Iterator[str]:
    """The names of parameters whose values are secret."""
    for name, declared in parameters.items() if isinstance(parameters, Mapping) else ():
        if isinstance(declared, Mapping) and is_secret(declared):
            yield name


def _safe(difference: Difference, hidden: Collection[str]) -> Difference:
    """The difference without defaults of secret parameters."""

    def safe(value: Any) -> Any:
        match difference.path, value:
            case _, None:
                return None
            case ("Parameters", str(name), "Default", *_), _ if name in hidden:
                return HIDDEN
            case ("Parameters", str(name)), {"Default": _} if name in hidden:
                return {**value, "Default": HIDDEN}
            case ("Parameters",), Mapping():
                return sorted(value)
            case _:
                return value

    return replace(difference, before=safe(difference.before), after=safe(difference.after))
