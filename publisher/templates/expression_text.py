"""CloudFormation expressions as text for people: `/team/{Name}-{Environment}/BucketName`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from publisher.templates.expression_parts import VARIABLE

Inner = Callable[[Any], str]

_PSEUDO = {
    "AWS::AccountId": "{account_id}",
    "AWS::NoValue": "",
    "AWS::Partition": "{partition}",
    "AWS::Region": "{region}",
    "AWS::StackId": "{stack_id}",
    "AWS::StackName": "{stack_name}",
    "AWS::URLSuffix": "{url_suffix}",
}
# A reference, something optional, a choice, or one character.
_TOKEN = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|.", re.DOTALL)
_DEPTH_LIMIT = 50


def readable(value: Any, known: Mapping[str, str] | None = None, *, _depth: int = 0) -> str:
    """The expression as one line: references in braces, what is there only sometimes in brackets.

    `known` gives the text of references by name, e.g. of the variables of an `Fn::Sub`.
    """
    if _depth > _DEPTH_LIMIT:
        return "…"

    def inner(part: Any) -> str:
        return readable(part, known, _depth=_depth + 1)

    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case list() | tuple():
            return ", ".join(inner(part) for part in value)
        case {"Ref": str(name)} if len(value) == 1:
            return _reference(name, known or {})
        case {"Fn::Sub": source} if len(value) == 1:
            return _sub(source, known or {}, inner)
        case Mapping() if len(value) == 1:
            (name, argument), *_ = value.items()
            return _function(str(name).removeprefix("Fn::"), argument, inner)
        case _:
            return "{…}"


def _function(name: str, argument: Any, inner: Inner) -> str:
    match name, argument:
        case "GetAtt", [*names]:
            return _braced(".".join(str(part) for part in names))
        case "Join", [str(separator), [*parts]]:
            return separator.join(inner(part) for part in parts)
        case "If", [_, yes, no]:
            return _either(inner(yes), inner(no))
        case "Select", [index, source]:
            return _select(index, source, inner)
        case "Split", [_, source]:
            return inner(source)
        case "Base64", source:
            return inner(source)
        case "FindInMap", [*names]:
            return _braced(".".join(inner(part).strip("{}") for part in names))
        case "ImportValue", source:
            return _braced(f"import {inner(source)}")
        case _:
            return _braced(name)


def _reference(name: str, known: Mapping[str, str]) -> str:
    return known.get(name) or _PSEUDO.get(name, _braced(name))


def _sub(source: Any, known: Mapping[str, str], inner: Inner) -> str:
    match source:
        case [str(text), Mapping() as variables]:
            known = {**known, **{name: inner(part) for name, part in variables.items()}}
        case str(text):
            pass
        case _:
            return _braced("Sub")

    def variable(match: re.Match[str]) -> str:
        literal, name = match.groups()
        return f"${{{name}}}" if literal else _reference(name.strip(), known)

    return VARIABLE.sub(variable, text)


def _either(yes: str, no: str) -> str:
    """`[-{Workload}]` for what may be missing, `(a|b)` for a choice; what both share stands outside."""
    if yes == no:
        return yes
    first, second = _TOKEN.findall(yes), _TOKEN.findall(no)
    ending = _common(reversed(first), reversed(second))
    first, second = first[: len(first) - ending], second[: len(second) - ending]
    beginning = _common(first, second)
    end = "".join(_TOKEN.findall(yes)[len(first) :])
    one, other = "".join(first[beginning:]), "".join(second[beginning:])
    choice = f"({one}|{other})" if one and other else f"[{one or other}]"
    return f"{''.join(first[:beginning])}{choice}{end}"


def _common(first: Iterable[str], second: Iterable[str]) -> int:
    """How many tokens two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _select(index: Any, source: Any, inner: Inner) -> str:
    match index, source:
        case (int() | str(), Sequence()) if not isinstance(source, str) and str(index).isdigit():
            return inner(source[int(index)]) if int(index) < len(source) else "{…}"
        case (_, {"Fn::Split": [str(separator), text]}):
            return _braced(f"{inner(text).strip('{}')} split at '{separator}', {index}")
        case _:
            return _braced(f"{inner(source).strip('{}')} {index}")


def _braced(name: str) -> str:
    return f"{{{name}}}"
