"""What a launch config says, and the values that it gives to its product's parameters, without secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.declarations import LaunchConfig
from publisher.declarations.form_fields import parameter_text
from publisher.launch.request import LaunchRequest
from publisher.templates.expression_parts import is_secret, section
from publisher.templates.interface import Interface

_SSM = "AWS::SSM::Parameter::Value<"
Origin = Literal["config", "form", "default", "SageMaker", "not set"]
# Shorter ones would be found in any text.
_SHORTEST = 4
_SHOWN = "(hidden)"


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """A field of the config; `given` says whether the file has it, or its default counts."""

    path: str
    value: str
    description: str
    given: bool


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """A parameter of the product, in the order of the console.

    `expression` is the form's, where the value is of the form. `stored` is what the SSM parameter has that
    the value names, None where the parameter is of no SSM type, or that was not read.
    """

    name: str
    label: str
    group: str
    value: str
    origin: Origin
    expression: str = ""
    stored: str | None = None


class Secrets:
    """The values of a launch that nobody may see, and texts without them."""

    def __init__(self, values: Mapping[str, str], names: Collection[str], fields: Collection[str]) -> None:
        self.names = frozenset(names)
        self._fields = frozenset(fields)
        found = {values.get(name, "") for name in names}
        self._texts = sorted((it for it in found if len(it) >= _SHORTEST), key=len, reverse=True)

    def has_field(self, path: str) -> bool:
        """Whether a secret is made of this field, of the section that it is in, or of something of it."""
        return any(f"{path}.".startswith(f"{it}.") or it.startswith(f"{path}.") for it in self._fields)

    def hidden(self, text: str) -> str:
        """A text without the values."""
        for it in self._texts:
            text = text.replace(it, _SHOWN)
        return text


def secret_names(template: Mapping[str, Any] | None, names: Iterable[str]) -> frozenset[str]:
    """Which of these parameters are NoEcho; all of them where no template says it."""
    if template is None:
        return frozenset(names)
    declared = section(template, "Parameters")
    return frozenset(it for it in names if it not in declared or is_secret(declared[it]))


def all_values(template: Mapping[str, Any] | None, request: LaunchRequest) -> dict[str, str]:
    """The values of all parameters that are known before a launch."""
    declared = section(template or {}, "Parameters")
    defaults = {name: parameter_text(it["Default"]) for name, it in declared.items() if "Default" in it}
    return {**defaults, **dict.fromkeys(request.filled_in[:1], request.name), **request.parameters}


def with_stored(
    template: Mapping[str, Any], values: Mapping[str, str], stored: Mapping[str, str | None]
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The template and the values as they are when CloudFormation has read these SSM parameters."""
    declared, found = dict(template.get("Parameters") or {}), dict(values)
    for name, parameter in section(template, "Parameters").items():
        kind = str(parameter.get("Type"))
        text = stored.get(values.get(name, ""))
        if kind.startswith(_SSM) and text is not None:
            declared[name] = {**parameter, "Type": kind.removeprefix(_SSM).removesuffix(">")}
            found[name] = text
    return {**template, "Parameters": declared}, found


def field_rows(config: LaunchConfig, secrets: Secrets) -> tuple[FieldRow, ...]:
    """The fields of a config that have a value, its own parameters aside."""

    def rows() -> Iterator[FieldRow]:
        for path, field in config.form.file.config.paths():
            value = config.field(path) if field.type != "object" else None
            if value is None or value == []:
                continue
            given = config.document.get(*path.split(".")) is not None
            text = _SHOWN if secrets.has_field(path) else secrets.hidden(parameter_text(value))
            yield FieldRow(path=path, value=text, description=field.description or "", given=given)

    return tuple(rows())


def parameter_rows(
    template: Mapping[str, Any] | None,
    config: LaunchConfig,
    request: LaunchRequest,
    *,
    axes: Mapping[str, str],
    values: Mapping[str, str],
    stored: Mapping[str, str | None],
    secrets: Secrets,
) -> tuple[ParameterRow, ...]:
    """Every parameter with its value, and where that comes from; those of the request without a template."""
    expressions = {
        name: text
        for group in config.form.file.parameters
        if group.applies(axes) or not axes
        for name, text in group.values.items()
    }

    def row(name: str, *, kind: str = "", label: str = "", group: str = "") -> ParameterRow:
        origin: Origin = "default" if name in values else "not set"
        if name in request.filled_in:
            origin = "SageMaker"
        elif name in request.parameters:
            origin = "config" if name in config.parameters else "form"
        secret, text = name in secrets.names, values.get(name, "")
        found = stored.get(text) if kind.startswith(_SSM) else None
        return ParameterRow(
            name=name,
            label=label,
            group=group,
            value=_SHOWN if secret and text else secrets.hidden(text),
            origin=origin,
            expression=expressions.get(name, "") if origin == "form" else "",
            stored=found if found is None else _SHOWN if secret else secrets.hidden(found),
        )

    if template is None:
        return tuple(row(name) for name in sorted({*request.parameters, *request.filled_in}))
    return tuple(
        row(it.name, kind=it.type, label=it.label, group=it.group)
        for it in Interface.of(template).parameters.values()
    )
