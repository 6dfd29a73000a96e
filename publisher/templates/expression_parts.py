"""The sections of a template, what its expressions are made of, and what is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def section(template: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """The entries of a section that are what they should be."""
    found = template.get(name)
    entries = found.items() if isinstance(found, Mapping) else ()
    return {str(key): value for key, value in entries if isinstance(value, Mapping)}


def parts_of(value: Any) -> Iterator[Any]:
    """The parts of a text that is put together, else the value."""
    match value:
        case {"Fn::Sub": [str(text), Mapping() as variables]}:
            pass
        case {"Fn::Sub": str(text)}:
            variables = {}
        case _:
            yield value
            return
    end = 0
    for match in VARIABLE.finditer(text):
        yield text[end : match.start()]
        end = match.end()
        literal, name = match.groups()
        if literal:
            yield f"${{{name}}}"
        elif name in variables:
            yield variables[name]
        else:
            yield {"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}
    yield text[end:]


def conditions_in(value: Any) -> Iterator[str]:
    """The conditions on which a value depends."""
    match value:
        case {"Fn::If": [str(name), *sides]}:
            yield name
            yield from conditions_in(sides)
        case Mapping():
            yield from conditions_in(list(value.values()))
        case list():
            for it in value:
                yield from conditions_in(it)
        case _:
            return


def may_be_list(value: Any) -> bool:
    """Whether a value may have any number of parts, or none."""
    return isinstance(value, list) or (isinstance(value, Mapping) and "Fn::If" in value)


def is_known(value: Any) -> bool:
    """Whether nothing of a value depends on a launch."""
    return isinstance(value, str) or (isinstance(value, list) and all(map(is_known, value)))


def all_hold(held: Iterable[bool | None]) -> bool | None:
    """Whether all conditions hold; None where that is not known."""
    found = list(held)
    if False in found:
        return False
    return None if None in found else True


def is_secret(parameter: Mapping[str, Any]) -> bool:
    """Whether a parameter's value must not be shown: NoEcho is anything but false.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    return parameter.get("NoEcho", False) not in (False, "false")
