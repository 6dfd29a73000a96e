"""The text of a launch config to start from: the fields that a product's form asks for, some filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.declarations.form import Form, generic
from publisher.declarations.form_fields import FieldSchema
from publisher.declarations.product import NONE
from publisher.declarations.studio_products import FILLED_IN
from publisher.templates.interface import Interface, Parameter

# An axis that is one field, with or without a word for its absence.
_FIELD = re.compile(r"\{\{ *([a-z][a-z0-9_.]*)(?: or '[^']*')? *\}\}")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_SPECIAL = re.compile(r"(?i)true|false|yes|no|on|off|null|y|n")
_WORDS = {
    "account-id": "12 digits",
    "email": "an email address",
    "line": "text",
    "product": "a product's key",
    "region": "a Region",
    "integer": "a number",
    "boolean": "true or false",
}


def config_skeleton(
    product: str,
    interface: Interface | None = None,
    *,
    form: Form | None = None,
    axes: Mapping[str, str] | None = None,
) -> str:
    """YAML with what the product decides, placeholders in <> for what is required, the rest as comments."""
    used = form or generic()
    fixed = {"product": product} if form is None else dict(_of_axes(form, axes or {}))
    parts = _Fields(form=used, fixed=fixed)
    if form is None and interface and FILLED_IN[0] not in interface.parameters:
        parts.unused.add("sagemaker_project")
    lines = [*parts.lines(used.file.config), *_parameters(used, interface, axes or {})]
    return "\n".join([*lines, "# tags: {owner: my-team}"]) + "\n"


def _of_axes(form: Form, axes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields that an axis is made of alone, with their values."""
    for axis, expression in form.file.axes.items():
        match = _FIELD.fullmatch(expression.strip())
        if match and axes.get(axis, NONE) != NONE and form.file.config.at(match[1]):
            yield match[1], axes[axis]


@dataclass(frozen=True, kw_only=True)
class _Fields:
    """The fields of a form where some have values; `needed` and `unused` are those that these decide on."""

    form: Form
    fixed: Mapping[str, str]
    needed: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for use in self.form.file.uses:
            decides = self.form.file.config.at(use.field)
            value = self.fixed.get(use.field) or (decides.default if decides else None)
            section = use.field.rpartition(".")[0]
            for name, values in use.used.items() if value is not None else ():
                path = f"{section}.{name}".lstrip(".")
                if str(value) not in values:
                    self.unused.add(path)
                elif name in use.required:
                    self.needed.add(path)

    def lines(self, schema: FieldSchema, before: str = "", indent: str = "") -> Iterator[str]:
        """The lines of the fields below a schema."""
        for name, inner in schema.properties.items():
            path = f"{before}{name}"
            if path in self.unused:
                continue
            asked = name in schema.required or path in self.needed or path in self.fixed
            prefix = indent if asked else f"{indent}# "
            about = "decides which product it is" if path in self.fixed else inner.description
            words = f"  # {_one_line(about)}" if about else ""
            if inner.type == "object":
                yield f"{prefix}{name}:{words}"
                for line in self.lines(inner, f"{path}.", indent + "  "):
                    yield line if asked else f"{indent}# {line.removeprefix(indent).replace('# ', '', 1)}"
            else:
                value = self.fixed.get(path)
                yield f"{prefix}{name}: {_value(inner) if value is None else _scalar(value)}{words}"


def _value(schema: FieldSchema) -> str:
    """A default, or what is expected in <>."""
    if schema.default is not None:
        return (
            json.dumps(schema.default, ensure_ascii=False)
            if schema.type != "string"
            else _scalar(schema.default)
        )
    if schema.type == "array":
        return f"[{_value(schema.items)}]" if schema.items else "[]"
    if schema.enum:
        return _asked(" or ".join(map(str, schema.enum)))
    return _asked(schema.words or _WORDS.get(schema.format or schema.type, "text"))


def _asked(words: str) -> str:
    return json.dumps(f"<{_one_line(words)}>", ensure_ascii=False)


def _parameters(form: Form, interface: Interface | None, axes: Mapping[str, str]) -> Iterator[str]:
    """Those that no field makes: the required ones, of a generic config the others as comments."""
    made = {name for group in form.file.parameters if group.applies(axes) for name in group.values}
    own = [it for it in (interface.parameters if interface else {}).values() if it.name not in made]
    asked = [it for it in own if it.required and it.name not in FILLED_IN]
    optional = [it for it in own if not it.required] if not form.family else []
    if asked or optional:
        yield "parameters:" if asked else "# parameters:"
    for each in asked:
        yield f"  {_scalar(each.name)}: {_parameter(each)}{_about(each)}"
    for each in optional:
        yield f"  # {_scalar(each.name)}: {_scalar('' if each.no_echo else each.default or '')}{_about(each)}"


def _parameter(parameter: Parameter) -> str:
    if parameter.allowed_values:
        return _asked(" or ".join(parameter.allowed_values))
    return _asked(parameter.constraint_description or parameter.type)


def _about(parameter: Parameter) -> str:
    secret = "secret: nobody should read it in a file. " if parameter.no_echo else ""
    words = f"{secret}{_one_line(parameter.description)}".strip()
    return f"  # {words}" if words else ""


def _scalar(value: Any) -> str:
    """A text as YAML reads it again as text."""
    text = str(value)
    plain = _PLAIN.fullmatch(text) and not _SPECIAL.fullmatch(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
