"""Template text to plain values in long form, the outline checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.computed import LANGUAGE_EXTENSIONS
from catalog_emulator.cloudformation.template.loops import plain

Template = Mapping[str, Any]

_SECTIONS = frozenset(
    (
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Rules",
        "Mappings",
        "Conditions",
        "Transform",
        "Hooks",
        "Resources",
        "Outputs",
    )
)
_ATTRIBUTES = frozenset(
    (
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "Metadata",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "CreationPolicy",
        "UpdatePolicy",
        "Description",
        "Version",
    )
)
_MACROS = ("AWS::Include", LANGUAGE_EXTENSIONS)
_DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")


def load(text: str, *, strict: bool = True) -> Template:
    """The template in long form, its outline checked; raises ValidationError in AWS's words."""
    if not text or not text.strip():
        raise ValidationError(message="Template format error: unsupported structure.")
    return _load(text, strict)


@lru_cache(maxsize=64)
def _load(text: str, strict: bool) -> Template:
    # The same text is launched many times over; nobody writes into what comes out.
    try:
        template = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ValidationError(
            message=f"Template format error: YAML not well-formed. {_place(error)}"
        ) from error
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    check_outline(template, strict=strict)
    return template


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""


def check_outline(template: Mapping[str, Any], *, strict: bool) -> None:
    """Raises ValidationError when sections or members have not the form that they should."""
    # Sections of its own are a macro's affair (Globals, of AWS::Serverless).
    macros = [macro for macro in transforms(template) if macro not in _MACROS]
    unknown = [str(key) for key in template if key not in _SECTIONS and not macros]
    if unknown:
        raise ValidationError(message=f"Invalid template property or properties [{', '.join(unknown)}]")
    for section in _SECTIONS - {"AWSTemplateFormatVersion", "Description", "Transform"}:
        if section in template and not isinstance(template[section], dict):
            raise ValidationError(message=f"Template format error: [/{section}] must be an object.")
    if "Resources" not in template or (strict and not template["Resources"]):
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    for problem in (*_problems(template), *(_strict_problems(template) if strict else ())):
        raise ValidationError(message=f"Template format error: {problem}")


def check_macros(template: Mapping[str, Any]) -> None:
    """Raises ValidationError for macros that no stack can run here. Reading a template does not run them."""
    for macro in (*transforms(template), *_inner_transforms(template.get("Resources"))):
        if macro not in _MACROS:
            raise ValidationError(
                message=f"Transform {macro} is not implemented by this endpoint"
                if macro.startswith("AWS::")
                else f"No transform named {macro} found."
            )


def _inner_transforms(node: Any) -> Iterator[str]:
    """The macros that Fn::Transform names, wherever it stands."""
    if isinstance(node, list):
        for item in node:
            yield from _inner_transforms(item)
    elif isinstance(node, dict):
        yield from transforms({"Transform": node.get("Fn::Transform", [])})
        yield from _inner_transforms(list(node.values()))


def transforms(template: Mapping[str, Any]) -> list[str]:
    """The macros that the template names at its top."""
    declared = template.get("Transform", [])
    listed = declared if isinstance(declared, list) else [declared]
    return [str(one.get("Name")) if isinstance(one, dict) else str(one) for one in listed]


def _problems(template: Mapping[str, Any]) -> Iterator[str]:
    for name, resource in plain(template["Resources"]).items():
        place = f"[/Resources/{name}]"
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"{place} Every Resources object must contain a Type member."
            continue
        policy = resource.get("DeletionPolicy")
        if isinstance(policy, str) and policy not in _DELETION_POLICIES:
            yield f"Unrecognized DeletionPolicy {policy} for resource {name}"
    for name, parameter in plain(template.get("Parameters", {})).items():
        if not isinstance(parameter, dict) or "Type" not in parameter:
            yield f"[/Parameters/{name}] Every Parameters object must contain a Type member."
    for name, output in plain(template.get("Outputs", {})).items():
        if not isinstance(output, dict) or output.get("Value") is None:
            yield f"[/Outputs/{name}] Every Outputs member must contain a Value object"


def _strict_problems(template: Mapping[str, Any]) -> Iterator[str]:
    for name, resource in plain(template["Resources"]).items():
        if not str(name).isalnum():
            yield f"Resource name {name} is non alphanumeric."
        unknown = sorted(str(key) for key in resource if key not in _ATTRIBUTES)
        if unknown:
            yield f"Invalid template resource property '{unknown[0]}'"


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
