"""Parameters of a launch: how the API shows them, and the values that a request gives.

Whether the values satisfy the template is CloudFormation's to say; its words come back as our error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.parameters import resolve as resolve_all
from catalog_emulator.cloudformation.template.scope import text_of
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException

_CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


def described(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """ProvisioningArtifactParameters of a template, in its order."""
    return [_described(name, found) for name, found in (template.get("Parameters") or {}).items()]


def given(
    parameters: Sequence[Mapping[str, Any]], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The values in a request: each key once, a value or the previous one.

    On an update nothing is carried over unasked: what is not given has the template's default.
    """
    values: dict[str, str] = {}
    for one in parameters:
        name = one.get("Key")
        if not name:
            raise InvalidParametersException("A provisioning parameter has no key")
        if name in values:
            raise InvalidParametersException(f"Duplicate provisioning parameter: {name}")
        if not one.get("UsePreviousValue"):
            values[name] = one.get("Value", "")
        elif previous is not None and name in previous:
            values[name] = previous[name]
        else:
            raise InvalidParametersException(f"There is no previous value of parameter {name}")
    return values


def resolve(
    template: Mapping[str, Any], values: Mapping[str, str], fetch: Callable[[str], str | None]
) -> dict[str, Parameter]:
    """The template's parameters with these values; `fetch` reads SSM parameters.

    AWS may find a wrong value only when it makes the stack, and fail the record; refusing the request is
    the stricter answer.
    """
    try:
        return resolve_all(template.get("Parameters") or {}, values, fetch)
    except ValidationError as error:
        raise InvalidParametersException(error.message) from error


def _described(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    constraints: dict[str, Any] = {key: text_of(found[key]) for key in _CONSTRAINTS if key in found}
    constraints["AllowedValues"] = [text_of(one) for one in found.get("AllowedValues", [])]
    members = {
        "ParameterKey": name,
        "DefaultValue": text_of(found["Default"]) if "Default" in found else None,
        "ParameterType": found["Type"],
        "IsNoEcho": text_of(found.get("NoEcho", False)).lower() == "true",
        "Description": found.get("Description"),
        "ParameterConstraints": constraints,
    }
    return {key: value for key, value in members.items() if value is not None}
