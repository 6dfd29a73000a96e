"""What a template asks and gives: parameters, resources, outputs, the names of its SSM parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.errors import InputError
from publisher.templates.expression_parts import is_secret, section
from publisher.templates.expression_text import readable
from publisher.templates.loops import written_out

_SSM_PARAMETER = "AWS::SSM::Parameter"
_INTERFACE = "AWS::CloudFormation::Interface"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter; without a default a value must be given. `group` and `label` are the console's."""

    name: str
    type: str
    default: str | None = None
    description: str = ""
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str = ""
    constraint_description: str = ""
    min_length: float | None = None
    max_length: float | None = None
    min_value: float | None = None
    max_value: float | None = None
    no_echo: bool = False
    group: str = ""
    label: str = ""

    @property
    def required(self) -> bool:
        """Whether a launch must give a value."""
        return self.default is None


@dataclass(frozen=True, kw_only=True)
class Interface:
    """The interface of a template; every mapping in the order in which it should be shown.

    `ssm_parameters` are names such as `/team/{prefix}/Bucket`, `words` explains what `prefix` stands for, and
    `conditions` names the resources and outputs that exist only under a condition.
    """

    parameters: Mapping[str, Parameter]
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    ssm_parameters: tuple[str, ...]
    words: Mapping[str, str]
    conditions: Mapping[str, str]

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> Interface:
        """Reads a template in the long form; of a loop over a parameter it has one element, `Topic{Name}`."""
        template = _without_loops(template)
        resources = section(template, "Resources")
        outputs = section(template, "Outputs")
        conditional = {**resources, **outputs}
        ssm_parameters, words = _ssm_names(resources)
        return cls(
            parameters=_parameters(template),
            outputs={name: readable(outputs[name].get("Description", "")) for name in sorted(outputs)},
            resources={name: str(resources[name].get("Type", "")) for name in sorted(resources)},
            ssm_parameters=ssm_parameters,
            words=words,
            conditions={
                name: str(conditional[name]["Condition"])
                for name in sorted(conditional)
                if "Condition" in conditional[name]
            },
        )


def _without_loops(template: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return written_out(template, unknown=lambda name: f"{{{name}}}")
    except InputError:
        return template


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is what it should be; what a template gets wrong is for lint to tell."""
    return value if isinstance(value, Mapping) else {}


def _ssm_names(resources: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names of the SSM parameters, and what the words mean that they use for longer expressions."""
    found: list[str] = []
    words: dict[str, str] = {}
    for logical_id in sorted(resources):
        resource = resources[logical_id]
        if resource.get("Type") == _SSM_PARAMETER:
            found.append(
                _ssm_name(_mapping(resource.get("Properties")).get("Name", {"Ref": logical_id}), words)
            )
    return tuple(sorted(found)), dict(sorted(words.items()))


def _ssm_name(name: Any, words: dict[str, str]) -> str:
    """The name as text; a variable of its Fn::Sub that stands for a long expression becomes a word."""
    match name:
        case {"Fn::Sub": [str(text), Mapping() as variables]}:
            known: dict[str, str] = {}
            for variable, expression in variables.items():
                meaning = readable(expression)
                word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(variable)).lower()
                short = (
                    re.fullmatch(r"\{[^{}]*\}|[^{}]*", meaning) or words.setdefault(word, meaning) != meaning
                )
                known[str(variable)] = meaning if short else f"{{{word}}}"
            return readable({"Fn::Sub": text}, known)
        case _:
            return readable(name)


def _parameters(template: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters in the order of the console's groups, those without a group last."""
    declared = section(template, "Parameters")
    console = _mapping(_mapping(template.get("Metadata")).get(_INTERFACE))
    labels = _mapping(console.get("ParameterLabels"))
    groups: dict[str, str] = {}
    listed = console.get("ParameterGroups")
    for group in listed if isinstance(listed, list) else ():
        match group:
            case {"Parameters": [*names], **rest}:
                label = _label(rest.get("Label"))
                groups.update((name, label) for name in map(str, names) if name in declared)
    ordered = [*groups, *sorted(declared.keys() - groups.keys())]
    return {
        name: _parameter(name, declared[name], groups.get(name, ""), _label(labels.get(name)))
        for name in ordered
    }


def _label(value: Any) -> str:
    return readable(_mapping(value).get("default", ""))


def _parameter(name: str, declared: Mapping[str, Any], group: str, label: str) -> Parameter:
    return Parameter(
        name=name,
        type=str(declared.get("Type", "String")),
        default=_default(declared),
        description=str(declared.get("Description", "")),
        allowed_values=_values(declared.get("AllowedValues")),
        allowed_pattern=str(declared.get("AllowedPattern", "")),
        constraint_description=str(declared.get("ConstraintDescription", "")),
        min_length=_number(declared.get("MinLength")),
        max_length=_number(declared.get("MaxLength")),
        min_value=_number(declared.get("MinValue")),
        max_value=_number(declared.get("MaxValue")),
        no_echo=is_secret(declared),
        group=group,
        label=label,
    )


def _default(declared: Mapping[str, Any]) -> str | None:
    """The default as CloudFormation passes it: text, lists with commas and nothing else between."""
    if "Default" not in declared:
        return None
    value = declared["Default"]
    return ",".join(readable(part) for part in value) if isinstance(value, list) else readable(value)


def _values(value: Any) -> tuple[str, ...]:
    return tuple(readable(each) for each in value) if isinstance(value, list) else ()


def _number(value: Any) -> float | None:
    match value:
        case bool():
            return None
        case int() | float():
            return value
        case str() if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            return float(value) if "." in value else int(value)
        case _:
            return None
