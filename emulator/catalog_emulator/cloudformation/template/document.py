"""Reads template text: YAML or JSON into plain values in long form, with the outline checked."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.language_extensions import LANGUAGE_EXTENSIONS, without_loops

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
_MACROS = ("AWS::Include", LANGUAGE_EXTENSIONS)
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
    # Macros may have their own sections (AWS::Serverless has Globals).
    macros = [macro for macro in transforms(template) if macro not in _MACROS]
    unknown = [str(key) for key in template if key not in _SECTIONS and not macros]
    if unknown:
        raise ValidationError(message=f"Invalid template property or properties [{', '.join(unknown)}]")
    for section in _OBJECTS:
        if section in template and not isinstance(template[section], dict):
            raise ValidationError(message=f"Template format error: [/{section}] must be an object.")
    if not template.get("Resources"):
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    for problem in _problems(template):
        raise ValidationError(message=f"Template format error: {problem}")


def check_macros(template: Mapping[str, Any]) -> None:
    """Raise ValidationError for macros that are not implemented; templates with them can still be read."""
    for macro in (*transforms(template), *_inner_transforms(template.get("Resources"))):
        if macro not in _MACROS:
            raise ValidationError(
                message=f"Transform {macro} is not implemented by this endpoint"
                if macro.startswith("AWS::")
                else f"No transform named {macro} found."
            )


def _inner_transforms(node: Any) -> Iterator[str]:
    """The macros that Fn::Transform names, at any depth."""
    if isinstance(node, list):
        for item in node:
            yield from _inner_transforms(item)
    elif isinstance(node, dict):
        yield from transforms({"Transform": node.get("Fn::Transform", [])})
        yield from _inner_transforms(list(node.values()))


def transforms(template: Mapping[str, Any]) -> list[str]:
    """The macros of the template's Transform section."""
    declared = template.get("Transform", [])
    listed = declared if isinstance(declared, list) else [declared]
    return [str(one.get("Name")) if isinstance(one, dict) else str(one) for one in listed]


def _problems(template: Mapping[str, Any]) -> Iterator[str]:
    for name, resource in without_loops(template["Resources"]).items():
        place = f"[/Resources/{name}]"
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"{place} Every Resources object must contain a Type member."
            continue
        policy = resource.get("DeletionPolicy")
        if isinstance(policy, str) and policy not in _DELETION_POLICIES:
            yield f"Unrecognized DeletionPolicy {policy} for resource {name}"
        if not str(name).isalnum():
            yield f"Resource name {name} is non alphanumeric."
        unknown = sorted(str(key) for key in resource if key not in _ATTRIBUTES)
        if unknown:
            yield f"Invalid template resource property '{unknown[0]}'"
    for name, parameter in without_loops(template.get("Parameters", {})).items():
        if not isinstance(parameter, dict) or "Type" not in parameter:
            yield f"[/Parameters/{name}] Every Parameters object must contain a Type member."
    for name, output in without_loops(template.get("Outputs", {})).items():
        if not isinstance(output, dict) or output.get("Value") is None:
            yield f"[/Outputs/{name}] Every Outputs member must contain a Value object"


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
