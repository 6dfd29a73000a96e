"""How many units of a charge a resource has, as far as its evaluated template says. Knows no prices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.launch.idle_charges import Charge, Wanted
from publisher.templates.comparison import is_function
from publisher.templates.expression_text import readable

Resources = Mapping[str, Mapping[str, Any]]
_DIGITS = re.compile("[0-9]{1,9}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DYNAMIC = "{{resolve:"
_IN_SSM = re.compile(r"\{\{resolve:ssm(?:-secure)?:([^:}]+)(?::[0-9]+)?\}\}")
# Of a list, what may be any number of its entries.
_SEVERAL = frozenset({"Fn::If", "Fn::Split", "Fn::Cidr", "Fn::GetAZs", "Fn::FindInMap", "Fn::Transform"})


@dataclass(frozen=True, kw_only=True)
class Units:
    """`count` is None where it is not known, and `why` says why; `is_named` says whether `variant` is."""

    count: int | None
    variant: tuple[str, ...] = ()
    why: str = ""
    is_named: bool = True


class _UntoldError(Exception):
    """Why a value is not known."""


def units_of(charge: Charge, name: str, resources: Resources) -> Iterator[Units]:
    """What a resource of the charge's type has of it: nothing, once, or for each of its parts."""
    places = [_properties(resources[name])]
    if charge.each:
        try:
            places = [it for it in _at(charge.each, places[0], resources) if isinstance(it, Mapping)]
        except _UntoldError as untold:
            yield Units(count=None, why=str(untold), is_named=False)
            return
    for place in places:
        units = _units(charge, place, resources)
        if units.count != 0:
            yield units


def _units(charge: Charge, place: Mapping[str, Any], resources: Resources) -> Units:
    whys: list[str] = []

    def told(get: Any, *arguments: Any) -> Any:
        try:
            return get(*arguments, place, resources)
        except _UntoldError as untold:
            whys.append(str(untold))
            return None

    for path, wanted in charge.when.items():
        if told(_is, path, wanted) is False:
            return Units(count=0)
    undecided = bool(whys)
    variant = told(_variant, charge.variant)
    is_named = variant is not None
    count = told(_count, charge)
    return Units(
        count=None if undecided else count,
        variant=variant or (),
        why="; ".join(dict.fromkeys(whys)),
        is_named=is_named,
    )


def _count(charge: Charge, place: Mapping[str, Any], resources: Resources) -> int:
    if not charge.count and not charge.entries:
        return 1
    numbers = [_number(it) for path in charge.count for it in _at(path, place, resources)]
    numbers += [_length(it) for path in charge.entries for it in _at(path, place, resources, whole=True)]
    if not numbers:
        if charge.otherwise is None:
            raise _UntoldError(f"{(charge.count + charge.entries)[0]} is not set")
        numbers = [charge.otherwise]
    times = [_number(it) for it in _at(charge.times, place, resources)] if charge.times else []
    return sum(numbers) * (times[0] if times else 1)


def _length(value: Any) -> int:
    """The entries of a list; a single value is a list of itself."""
    if is_function(value) or (isinstance(value, str) and value.startswith(_DYNAMIC)):
        raise _UntoldError(_origin(value))
    if not isinstance(value, list):
        return 1
    for it in value:
        if is_function(it) and not _SEVERAL.isdisjoint(it):
            raise _UntoldError(_origin(it))
    return len(value)


def _number(value: Any) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise _UntoldError(_origin(value))


def _variant(parts: Sequence[str], place: Mapping[str, Any], resources: Resources) -> tuple[str, ...]:
    return tuple(_word(part, place, resources) for part in parts)


def _word(part: str, place: Mapping[str, Any], resources: Resources) -> str:
    path, _, usual = part.partition("=")
    found = _at(path, place, resources) if path else []
    if not found:
        if not usual:
            raise _UntoldError(f"{path} is not set")
        return usual
    (word, *others) = dict.fromkeys(it if isinstance(it, str) else _origin(it) for it in found)
    if others or not _WORD.fullmatch(word):
        raise _UntoldError(_origin(found[0]) if not others else f"{path} has several values")
    return word


def _is(path: str, wanted: Wanted, place: Mapping[str, Any], resources: Resources) -> bool:
    """Whether a value is one of those that are charged."""
    found = _at(path, place, resources)
    if not found:
        return "unset" in wanted
    if wanted in ("set", "unset"):
        return wanted == "set"
    if any(is_function(it) for it in found):
        raise _UntoldError(_origin(found[0]))
    return any(it in wanted for it in found)


def _at(path: str, place: Any, resources: Resources, *, whole: bool = False) -> list[Any]:
    """The values at a path, those of lists one by one unless they stay whole; none if nothing is set."""
    for choice in path.split("|"):
        found = [place]
        for n, part in enumerate(choice.split(">")):
            if n:
                found = [_referred(it, choice, resources) for it in found]
            found = [value for it in found for value in _inner(part.split("."), it, whole=whole)]
        if found:
            return found
    return []


def _inner(names: Sequence[str], value: Any, *, whole: bool) -> Iterator[Any]:
    if isinstance(value, list) and (names or not whole):
        for it in value:
            yield from _inner(names, it, whole=whole)
    elif not names:
        yield value
    elif is_function(value):
        raise _UntoldError(_origin(value))
    elif isinstance(value, Mapping) and names[0] in value:
        yield from _inner(names[1:], value[names[0]], whole=whole)


def _referred(value: Any, path: str, resources: Resources) -> Mapping[str, Any]:
    """The properties of the resource that a value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} if name in resources:
            return _properties(resources[name])
    raise _UntoldError(f"{path.partition('>')[0]} is not of this template")


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    found = resource.get("Properties", {})
    return found if isinstance(found, Mapping) else {}


def _origin(value: Any) -> str:
    """Why a value is not known, in words."""
    if isinstance(value, str) and (found := _IN_SSM.fullmatch(value)):
        return f"read at launch from the SSM parameter {found[1]}"
    return f"depends on {readable(value)}" if is_function(value) else f"is {readable(value)}"
