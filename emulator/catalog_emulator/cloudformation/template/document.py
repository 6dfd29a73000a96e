"""Reads template text: YAML or JSON into plain values in long form, with the outline checked."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.language_extensions import (
    LANGUAGE_EXTENSIONS,
    LOOP,
    transforms,
    without_loops,
)
from catalog_emulator.cloudformation.template.quotas import exceeded

Template = Mapping[str, Any]

_OBJECTS = frozenset(
    ["Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Hooks", "Resources", "Outputs"]
)
_SECTIONS = _OBJECTS | {"AWSTemplateFormatVersion", "Description", "Transform"}
# fmt: off
_ATTRIBUTES = {
    "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
    "CreationPolicy", "UpdatePolicy", "Description", "Version",
}
# fmt: on
_DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")


@lru_cache(maxsize=64)
def load(text: str) -> Template:
    """The template in long form, not to be written into; raises ValidationError in AWS's words."""
    try:
        template = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ValidationError(
            message=f"Template format error: YAML not well-formed. {_place(error)}"
        ) from error
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    check_outline(template)
    return template


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""


def check_outline(template: Mapping[str, Any]) -> None:
    """Raise ValidationError for sections, or members of sections, of the wrong form."""
    macros = _other_macros(template)
    unknown = [str(key) for key in template if key not in _SECTIONS and not macros]
    if unknown:
        raise ValidationError(message=f"Invalid template property or properties [{', '.join(unknown)}]")
    for section in _OBJECTS:
        if section in template and not isinstance(template[section], dict):
            raise ValidationError(message=f"Template format error: [/{section}] must be an object.")
    if not template.get("Resources"):
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    for problem in (*exceeded(template), *_problems(template)):
        raise ValidationError(message=f"Template format error: {problem}")


def _other_macros(template: Mapping[str, Any]) -> set[str]:
    """Macros that may have their own sections and attributes (AWS::Serverless has Globals and Connectors)."""
    return set(transforms(template)) - {LANGUAGE_EXTENSIONS, "AWS::Include"}


def _problems(template: Mapping[str, Any]) -> Iterator[str]:
    macros = _other_macros(template)
    yield from _loops_without_macro(template)
    for name, resource in without_loops(template["Resources"]).items():
        if not isinstance(resource, dict) or "Fn::Transform" not in resource:
            yield from _resource_problems(name, resource, has_own_attributes=bool(macros))
    for name, parameter in without_loops(template.get("Parameters", {})).items():
        if not isinstance(parameter, dict) or "Type" not in parameter:
            yield f"[/Parameters/{name}] Every Parameters object must contain a Type member."
    for name, output in without_loops(template.get("Outputs", {})).items():
        if not isinstance(output, dict) or (output.get("Value") is None and "Fn::Transform" not in output):
            yield f"[/Outputs/{name}] Every Outputs member must contain a Value object"


def _resource_problems(name: str, resource: Any, *, has_own_attributes: bool) -> Iterator[str]:
    place = f"[/Resources/{name}]"
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        yield f"{place} Every Resources object must contain a Type member."
        return
    if not isinstance(resource.get("Properties") or {}, dict):
        yield f"{place} Properties must be an object."
    policy = resource.get("DeletionPolicy")
    if isinstance(policy, str) and policy not in _DELETION_POLICIES:
        yield f"Unrecognized DeletionPolicy {policy} for resource {name}"
    if not str(name).isalnum():
        yield f"Resource name {name} is non alphanumeric."
    unknown = sorted(str(key) for key in resource if key not in _ATTRIBUTES)
    if unknown and not has_own_attributes:
        yield f"Invalid template resource property '{unknown[0]}'"


def _loops_without_macro(template: Mapping[str, Any]) -> Iterator[str]:
    if LANGUAGE_EXTENSIONS in transforms(template):
        return
    for section in ("Resources", "Outputs", "Conditions"):
        for name in template.get(section, {}):
            if str(name).startswith(LOOP):
                yield f"[/{section}/{name}] definition is malformed"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as CloudFormation reads it: short-form functions, and dates that stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)
