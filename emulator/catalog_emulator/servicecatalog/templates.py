"""CloudFormation templates of products: read from moto's S3, parsed, validated, and their parameters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.blueprint import check_references
from catalog_emulator.cloudformation.template.document import Template, load
from catalog_emulator.cloudformation.template.parameters import Parameter, resolve
from catalog_emulator.cloudformation.template.scope import text_of
from catalog_emulator.object_urls import content, location
from catalog_emulator.servicecatalog.exceptions import InvalidParameters

_PARAMETER_CONSTRAINTS = (
    *("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue"),
)


def fetch(url: str, *, archive: bool = False) -> str:
    """The text of a template in moto's S3; InvalidParametersException when it cannot be read.

    An archive for another engine is not read as text: each byte becomes one character.
    """
    place = location(url)
    if place is None or url.startswith("s3:"):
        raise InvalidParameters(f"Invalid template URL: {url}")
    try:
        return content(place).decode("latin-1" if archive else "utf-8")
    except LookupError:
        raise InvalidParameters(f"Unable to access the template at {url}") from None
    except UnicodeDecodeError:
        raise InvalidParameters(f"The template at {url} is not UTF-8 text") from None
    except ValueError as error:
        raise InvalidParameters(f"The template at {url} cannot be used: {error}") from None


def parse(text: str) -> Template:
    """The template in long form, which must not be modified; or InvalidParametersException."""
    try:
        return load(text)
    except (ValidationError, yaml.YAMLError) as error:
        reason = error.message if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise InvalidParameters(f"Invalid template: {reason}") from None


def check(template: Template) -> None:
    """What CloudFormation's ValidateTemplate refuses, as InvalidParametersException."""
    try:
        check_references(template)
    except ValidationError as error:
        raise InvalidParameters(f"Invalid template: {error.message}") from None


def parameter_details(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """ProvisioningArtifactParameters of a template, in its order."""
    return [_parameter_detail(name, found) for name, found in (template.get("Parameters") or {}).items()]


def supplied_values(
    parameters: Sequence[Mapping[str, Any]], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The parameter values of a request: for each key a value or, with UsePreviousValue, the previous one.

    An update carries no other values over: parameters left out get the template's default.
    """
    values: dict[str, str] = {}
    for one in parameters:
        name = one.get("Key")
        if not name:
            raise InvalidParameters("A provisioning parameter has no key")
        if name in values:
            raise InvalidParameters(f"Duplicate provisioning parameter: {name}")
        if not one.get("UsePreviousValue"):
            values[name] = one.get("Value", "")
        elif previous is not None and name in previous:
            values[name] = previous[name]
        else:
            raise InvalidParameters(f"Parameter {name} has no previous value")
    return values


def resolve_parameters(
    template: Mapping[str, Any], values: Mapping[str, str], fetch: Callable[[str], str | None]
) -> dict[str, Parameter]:
    """The template's parameters with these values; `fetch` reads SSM parameters.

    AWS may reject a value only when it creates the stack, and fail the record; here the request is refused.
    """
    try:
        return resolve(template.get("Parameters") or {}, values, fetch)
    except ValidationError as error:
        raise InvalidParameters(error.message) from error


def _parameter_detail(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    constraints: dict[str, Any] = {key: text_of(found[key]) for key in _PARAMETER_CONSTRAINTS if key in found}
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
