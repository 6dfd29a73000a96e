"""The loops of a template, Fn::ForEach, written out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from publisher.errors import InputError

LOOP = "Fn::ForEach::"
_MOST = 5_000


def written_out(template: Mapping[str, Any], *, unknown: Callable[[str], str]) -> dict[str, Any]:
    """The template (long form) with what its loops make.

    A collection that is no list in the template has one element, the text that `unknown` gives for the loop's
    identifier. Raises InputError for loops that are malformed, or make too much.
    """
    return _Loops(template, unknown).mapping(template, {})


class _Loops:
    def __init__(self, template: Mapping[str, Any], unknown: Callable[[str], str]) -> None:
        mappings = template.get("Mappings")
        self._mappings = mappings if isinstance(mappings, Mapping) else {}
        self._unknown = unknown
        self._made = 0

    def mapping(self, value: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, inner in value.items():
            if str(key).startswith(LOOP):
                found.update(self._loop(str(key), inner, known))
            else:
                found[_filled(str(key), known)] = self._value(inner, known)
        return found

    def _value(self, value: Any, known: Mapping[str, str]) -> Any:
        match value:
            case {"Ref": str(name)} if name in known:
                return known[name]
            case {"Ref": {"Fn::Sub": str(name)}}:
                return {"Ref": _filled(name, known)}
            case {"Fn::GetAtt": [{"Fn::Sub": str(name)}, attribute]}:
                return {"Fn::GetAtt": [_filled(name, known), self._value(attribute, known)]}
            case {}:
                return self.mapping(value, known)
            case list() | tuple():
                return [self._value(inner, known) for inner in value]
            case str():
                return _filled(value, known)
            case _:
                return value

    def _loop(self, key: str, loop: Any, known: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        match loop:
            case [str(identifier), collection, Mapping() as body]:
                for element in self._elements(identifier, collection, known):
                    self._made += 1
                    if self._made > _MOST:
                        raise InputError(f"{key} makes too much", hint=f"loop at most {_MOST} times")
                    yield from self.mapping(body, {**known, identifier: element}).items()
            case _:
                raise InputError(
                    f"{key} is not a list of an identifier, a collection, and what each element makes",
                    hint="write it as Fn::ForEach wants it",
                )

    def _elements(self, identifier: str, collection: Any, known: Mapping[str, str]) -> list[str]:
        match self._value(collection, known):
            case [*parts] if all(isinstance(part, str | int) for part in parts):
                return [str(part) for part in parts]
            case [*parts]:
                plain = [str(part) for part in parts if isinstance(part, str | int)]
                return [*plain, self._unknown(identifier)]
            case {"Fn::FindInMap": [str(name), str(first), str(second), *_]}:
                found = self._mappings.get(name, {})
                for step in (first, second):
                    found = found.get(step) if isinstance(found, Mapping) else None
                if isinstance(found, list):
                    return [str(part) for part in found]
        return [self._unknown(identifier)]


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its `${Identifier}`; `&{Identifier}` leaves out what logical IDs cannot have."""
    for name, value in known.items():
        text = text.replace(f"${{{name}}}", value)
        text = text.replace(f"&{{{name}}}", re.sub("[^A-Za-z0-9*{}]", "", value))
    return text
