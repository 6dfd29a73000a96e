"""A difference of two templates in words: where it is and both values, each on one line and not too long."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from publisher.errors import excerpt, excerpts, printable
from publisher.templates.comparison import BRANCH, Difference, Item, Step

_LONGEST = 300


def path_text(difference: Difference) -> str:
    """Where it is, e.g. `Bucket.LifecycleConfiguration.Rules[expire].Status`, without the section."""
    steps: Sequence[Step]
    match difference.path:
        case ("Resources", _, "Properties", _, *_) as path:
            steps = (path[1], *path[3:])
        case ("Resources", name, "Type"):
            steps = (name,)
        case (_, _, *_) as path if difference.subject not in ("template", "transform"):
            steps = path[1:]
        case path:
            steps = path
    return excerpt(_line("".join(map(_step, steps)).removeprefix(".")), _LONGEST)


def value_texts(difference: Difference) -> tuple[str, str]:
    """The values before and after; nothing for none. Of long ones the part that differs."""
    values = difference.before, difference.after
    before, after = (_line(_value(difference, it)) for it in values)
    if difference.action == "change" and before == after:
        before, after = (printable(_json(it)) for it in values)
    return excerpts(before, after, _LONGEST)


def _step(step: Step) -> str:
    match step:
        case Item(name=name, value=value):
            return f"[if {value}]" if name == BRANCH else f"[{value}]"
        case int():
            return f"[{step}]"
        case str():
            return f".{step}"


def _value(difference: Difference, value: Any) -> str:
    match difference.path, value:
        case _, None:
            return ""
        case ("Parameters", _), {"Type": str(kind), "Default": default}:
            return f"{kind}, default {expression(default)}"
        case ("Parameters", _), {"Type": str(kind)}:
            return f"{kind}, required"
        case ("Resources", _), {"Type": str(kind)}:
            return f"{kind}{_condition(value)}"
        case ("Outputs", _), {"Value": inner}:
            return f"{expression(inner)}{_condition(value)}"
        case _:
            return expression(value)


def _condition(entry: Mapping[str, Any]) -> str:
    return f", if {entry['Condition']}" if "Condition" in entry else ""


def expression(value: Any) -> str:
    """A value as in a template in YAML, as far as that needs one line; else its JSON."""
    match value:
        case "":
            return '""'
        case str():
            return value
        case {"Ref": str(name)} if len(value) == 1:
            return f"!Ref {name}"
        case {"Fn::Sub": str(text)} if len(value) == 1:
            return f"!Sub {text}"
        case {"Fn::GetAtt": [*names]} if len(value) == 1:
            return f"!GetAtt {'.'.join(map(expression, names))}"
        case _:
            return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _line(text: str) -> str:
    return printable(" ".join(text.split()))
