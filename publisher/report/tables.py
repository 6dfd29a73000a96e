"""Tables of a family's products in Markdown: what they take, what they give, which of them does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from publisher.impact import EFFECTS
from publisher.report.markdown import plain, span, table
from publisher.report.rules import TEMPLATE_CHECKS
from publisher.templates.blueprints import BLUEPRINT_CHECKS
from publisher.templates.interface import Interface, Parameter

_VALUES_SHOWN = 8
_LONGEST_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A product of a family, as tables show it."""

    key: str
    display_name: str
    axes: Mapping[str, str]
    interface: Interface


def products(family: Sequence[Shown]) -> str:
    """Key and display name of every product."""
    return _joined(
        ("product", "display name"), [(span(each.key), plain(each.display_name)) for each in family]
    )


def parameters(family: Sequence[Shown]) -> str:
    """Every parameter; one that differs between products has a row for each form it takes."""
    forms: dict[tuple[str, ...], list[Shown]] = {}
    for each in family:
        for parameter in each.interface.parameters.values():
            forms.setdefault(_parameter(parameter), []).append(each)
    order = _order(each.interface.parameters for each in family)
    rows = [(*form, which(holders, family)) for form, holders in _sorted(forms, order)]
    return _joined(("parameter", "type", "default", "description", "products"), rows)


def outputs(family: Sequence[Shown]) -> str:
    """Every output, and when it is there."""
    forms: dict[tuple[str, ...], list[Shown]] = {}
    for each in family:
        for name, description in each.interface.outputs.items():
            condition = each.interface.conditions.get(name, "")
            form = (span(name), plain(description), span(condition))
            forms.setdefault(form, []).append(each)
    order = _order(each.interface.outputs for each in family)
    rows = [(*form, which(holders, family)) for form, holders in _sorted(forms, order)]
    return _joined(("output", "description", "only if", "products"), rows)


def effects() -> str:
    """What changes do to launches, the worst first."""
    rows = [(f"`{effect}`", plain(words)) for effect, words in EFFECTS.items()]
    return _joined(("effect", "what happens to a launch that is updated"), rows)


def checks() -> str:
    """Our own rules for templates."""
    return _joined(
        ("rule", "requirement", "fix"),
        [
            (each.id, f"{each.title} ([source]({each.source_url}))", each.hint)
            for each in (*TEMPLATE_CHECKS, *BLUEPRINT_CHECKS)
        ],
    )


def fields(schema: Mapping[str, Any]) -> str:
    """Every key of a kind of file, from its JSON Schema."""
    return _joined(("key", "value", "meaning"), _fields(schema, schema, "", ()))


def _fields(
    root: Mapping[str, Any], schema: Mapping[str, Any], before: str, within: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for name, field in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        yield from _field(root, field, f"{before}{name}", within, required=required)


def _field(
    root: Mapping[str, Any], field: Mapping[str, Any], path: str, within: tuple[str, ...], *, required: bool
) -> Iterator[tuple[str, ...]]:
    """The row of a field, and those of the fields in it; what holds itself is shown once."""
    inner, names = _resolved(root, field)
    default = field.get("default") or ""
    about = [_kind(root, inner), *(["required"] if required else [])]
    if default is True or (isinstance(default, str | int) and default):
        about.append(f"default {span(str(default).lower())}")
    description = field.get("description") or inner.get("description") or ""
    yield (span(path), ", ".join(about), plain(description))
    if names in within:
        return
    within = (*within, names) if names else within
    entries, ending = inner.get("items"), "[]"
    if entries is None:
        values = [*inner.get("patternProperties", {}).values(), inner.get("additionalProperties")]
        entries, ending = next((it for it in values if isinstance(it, dict)), None), ".*"
    if entries is not None:
        inner, names = _resolved(root, entries)
        path += ending
        if names in within:
            return
    yield from _fields(root, inner, f"{path}.", within)


def _resolved(root: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The schema that is meant, and its name if it has one."""
    if "anyOf" in schema and all("type" in it or "$ref" in it for it in schema["anyOf"]):
        some = [it for it in schema["anyOf"] if it.get("type") != "null"]
        schema = some[0] if len(some) == 1 else schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return (root["$defs"][name], name) if name else (schema, "")


def _kind(root: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    values = [span(str(value)) for value in schema.get("enum", [])]
    if len(values) > _VALUES_SHOWN:
        values = [*values[:2], "…", values[-1]]
    if values:
        return ", ".join(values)
    if schema.get("type") == "array":
        entry = _resolved(root, schema.get("items", {}))[0]
        return f"list of {_kind(root, entry)}"
    most = schema.get("maxLength", _LONGEST_SHOWN)
    kinds = {
        "string": "text" if most >= _LONGEST_SHOWN else f"text, at most {most} characters",
        "object": "mapping",
        "integer": "integer",
        "boolean": "true or false",
    }
    return kinds.get(str(schema.get("type")), "any value")


def account_checks(rows: Iterable[tuple[str, Sequence[str], str]]) -> str:
    """What forms can check in an account: name, arguments, requirement."""
    shown = ((span(name), ", ".join(map(span, arguments)), plain(title)) for name, arguments, title in rows)
    return _joined(("check", "arguments", "requirement"), shown)


def errors(rows: Iterable[tuple[str, str, str, str, Sequence[str]]]) -> str:
    """What AWS says, its code, what it means, what to do, and where that was read: a section each."""
    lines: list[str] = []
    for says, code, means, do, sources in rows:
        links = ", ".join(f"[source]({url})" for url in sources)
        named = f" ({span(code)})" if code and code != says else ""
        lines += [
            f"### {span(says)}",
            f"{_sentence(means)}{named}  ",
            f"**What to do:** {plain(do)}. {links}",
            "",
        ]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return plain(f"{text[:1].upper()}{text[1:]}.")


def which(holders: Sequence[Shown], family: Sequence[Shown]) -> str:
    """In words which products of a family these are: by as few axes as tell them from the others."""
    held = [each.key for each in holders]
    axes = list(family[0].axes)
    for count in range(len(axes) + 1):
        for chosen in combinations(axes, count):
            allowed = {axis: _values(holders, axis) for axis in chosen}
            same = [each.key for each in family if all(each.axes[axis] in allowed[axis] for axis in chosen)]
            if sorted(same) == sorted(held):
                words = [f"{axis} {' or '.join(span(value) for value in allowed[axis])}" for axis in chosen]
                return "; ".join(words) or "all"
    return ", ".join(span(key) for key in sorted(held))


def _values(holders: Sequence[Shown], axis: str) -> list[str]:
    return list(dict.fromkeys(each.axes[axis] for each in holders))


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    default = "" if parameter.default is None else span(parameter.default) or "(empty)"
    values = [span(value) for value in parameter.allowed_values]
    if len(values) > _VALUES_SHOWN:
        values = [*values[:2], "…", values[-1]]
    kind = span(parameter.type) + (f": {', '.join(values)}" if values else "")
    return (span(parameter.name), kind, default, plain(parameter.description))


def _order(sections: Iterable[Iterable[str]]) -> list[str]:
    """Every name once; one that only some products have stands after the name that it follows there."""
    order: list[str] = []
    for section in sections:
        place = 0
        for name in section:
            if name in order:
                place = order.index(name) + 1
            else:
                order.insert(place, name)
                place += 1
    return [span(name) for name in order]


def _sorted(
    forms: Mapping[tuple[str, ...], list[Shown]], order: Sequence[str]
) -> list[tuple[tuple[str, ...], list[Shown]]]:
    return sorted(forms.items(), key=lambda item: (order.index(item[0][0]), item[0]))


def _joined(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(table(header, rows))
