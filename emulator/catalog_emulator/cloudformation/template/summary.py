"""GetTemplateSummary and ValidateTemplate: the parameters, capabilities and types of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from moto.cloudformation.exceptions import CloudFormationError

from catalog_emulator.cloudformation.template.language_extensions import transforms, without_loops
from catalog_emulator.cloudformation.template.macros import has_macros
from catalog_emulator.cloudformation.template.scope import text_of

if TYPE_CHECKING:
    from catalog_emulator.cloudformation.resources.providers import Providers

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities
_IAM: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition", "AWS::IAM::Policy")),
    **dict.fromkeys(("AWS::IAM::GroupPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")),
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
AUTO_EXPAND: Final = "CAPABILITY_AUTO_EXPAND"


class InsufficientCapabilities(CloudFormationError):
    """AWS's refusal of a template whose capabilities were not acknowledged."""

    code = "InsufficientCapabilitiesException"


def capabilities(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The capabilities to acknowledge; CAPABILITY_NAMED_IAM includes CAPABILITY_IAM."""
    needed = []
    resources = _iam(template)
    if resources:
        named = any((one.get("Properties") or {}).get(_IAM[one["Type"]] or "") for one in resources)
        needed.append("CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM")
    if has_macros(template):
        needed.append(AUTO_EXPAND)
    return tuple(needed)


def check_capabilities(template: Mapping[str, Any], acknowledged: Iterable[str]) -> None:
    """Raise InsufficientCapabilities unless all capabilities were acknowledged."""
    known = set(acknowledged)
    if "CAPABILITY_NAMED_IAM" in known:
        known.add("CAPABILITY_IAM")
    missing = [one for one in capabilities(template) if one not in known]
    if missing:
        raise InsufficientCapabilities(f"Requires capabilities : [{', '.join(missing)}]")


def summary(template: Mapping[str, Any], types: Providers) -> dict[str, Any]:
    """The members of GetTemplateSummary; ValidateTemplate has some of them."""
    kinds: dict[str, list[str]] = {}
    for name, resource in without_loops(template["Resources"]).items():
        kinds.setdefault(resource.get("Type", ""), []).append(name)
    schemas = {kind: types.schema(kind) for kind in kinds}
    identifiers = {kind: [*found.primary_identifier] for kind, found in schemas.items() if found is not None}
    shown: dict[str, Any] = _shared(template) | {
        "Parameters": [
            _parameter(name, one) for name, one in without_loops(template.get("Parameters", {})).items()
        ],
        "ResourceTypes": list(kinds),
        "ResourceIdentifierSummaries": [
            {"ResourceType": kind, "LogicalResourceIds": names, "ResourceIdentifiers": identifiers[kind]}
            for kind, names in kinds.items()
            if identifiers.get(kind)
        ],
        "Warnings": {"UnrecognizedResourceTypes": [kind for kind in kinds if not types.knows(kind)]},
    }
    if "AWSTemplateFormatVersion" in template:
        shown["Version"] = str(template["AWSTemplateFormatVersion"])
    if "Metadata" in template:
        shown["Metadata"] = json.dumps(template["Metadata"], default=str)
    return shown


def _shared(template: Mapping[str, Any]) -> dict[str, Any]:
    needed = capabilities(template)
    shown: dict[str, Any] = {
        "Description": template.get("Description", ""),
        "Capabilities": list(needed),
        "DeclaredTransforms": transforms(template),
    }
    kinds = sorted({one["Type"] for one in _iam(template)})
    if kinds:
        shown["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(kinds)}]"
    elif needed:
        shown["CapabilitiesReason"] = "The template contains macros"
    return shown


def _parameter(name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    allowed = [text_of(value) for value in definition.get("AllowedValues", [])]
    default = definition.get("Default")
    return {
        "ParameterKey": name,
        "ParameterType": definition.get("Type", "String"),
        "DefaultValue": None if default is None else text_of(default),
        "NoEcho": text_of(definition.get("NoEcho", False)).lower() == "true",
        "Description": definition.get("Description", ""),
        "ParameterConstraints": {"AllowedValues": allowed} if allowed else {},
    }


def _iam(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    resources = without_loops(template["Resources"]).values()
    return [one for one in resources if isinstance(one, dict) and one.get("Type") in _IAM]
