"""CloudFormation templates of products: read from moto's S3, parsed, validated, and their parameters."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from moto.cloudformation.exceptions import ValidationError
from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.template.document import Template, load
from catalog_emulator.cloudformation.template.parameters import Parameter, resolve
from catalog_emulator.cloudformation.template.scope import text_of
from catalog_emulator.servicecatalog.exceptions import InvalidParameters

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_BYTES = 1_000_000
_LIMITS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
_PARAMETER_CONSTRAINTS = (
    "AllowedPattern",
    "ConstraintDescription",
    "MaxLength",
    "MinLength",
    "MaxValue",
    "MinValue",
)
_AMAZON_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*?\.amazonaws\.com(?:\.cn)?")
_LOCAL_BUCKET_HOST = re.compile(r"(?P<bucket>.+?)(?:\.s3[a-z0-9.-]*)?\.localhost")


def fetch(url: str, *, archive: bool = False) -> str:
    """The text of a template in moto's S3; InvalidParametersException when it cannot be read.

    An archive for another engine is not read as text: each byte becomes one character.
    """
    location = _location(url)
    if location is None:
        raise InvalidParameters(f"Invalid template URL: {url}")
    bucket, key, version = location
    owner = s3_backends.bucket_accounts.get(bucket)
    try:
        found = None if owner is None else s3_backends[owner[1]][owner[0]].get_object(bucket, key, version)
    except (ServiceException, HTTPException):
        found = None
    if found is None:
        raise InvalidParameters(f"Unable to access the template at {url}")
    if len(found.value) > _BYTES:
        raise InvalidParameters(f"The template at {url} is larger than {_BYTES} bytes")
    try:
        return str(found.value.decode("latin-1" if archive else "utf-8"))
    except UnicodeDecodeError:
        raise InvalidParameters(f"The template at {url} is not UTF-8 text") from None


def _location(url: str) -> tuple[str, str, str | None] | None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    path = unquote(parts.path).lstrip("/")
    version = parse_qs(parts.query).get("versionId", [None])[0]
    if parts.scheme not in ("http", "https"):
        return None
    named = _AMAZON_HOST.fullmatch(host) or _LOCAL_BUCKET_HOST.fullmatch(host)
    local = host == "localhost" or re.fullmatch(r"[\d.]+", host)
    if named and named["bucket"]:
        bucket, key = named["bucket"], path
    elif named or local:
        bucket, _, key = path.partition("/")
    else:
        return None
    return (bucket, key, version) if bucket and key else None


def parse(text: str) -> Template:
    """The template in long form, which must not be modified; or InvalidParametersException."""
    try:
        return load(text)
    except (ValidationError, yaml.YAMLError) as error:
        reason = error.message if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise InvalidParameters(f"Invalid template: {reason}") from None


def check(template: Template) -> None:
    """What CloudFormation's ValidateTemplate refuses, as InvalidParametersException."""
    for problem in _problems(template):
        raise InvalidParameters(f"Invalid template: {problem}")


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


def _problems(template: Template) -> Iterator[str]:
    for section, limit in _LIMITS.items():
        entries = len(template.get(section) or {})
        if entries > limit:
            yield f"{section} has {entries} entries, {limit} are allowed"
    yield from _unresolved(template)


def _unresolved(template: Template) -> Iterator[str]:
    resources = template.get("Resources") or {}
    parameters = template.get("Parameters") or {}
    for section in ("Resources", "Outputs"):
        missing = sorted(
            {
                name
                for name in _references(template.get(section) or {})
                if name not in resources and name not in parameters and not name.startswith("AWS::")
            }
        )
        if missing and "Transform" not in template:
            yield (
                f"Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {section} block of the template"
            )


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)} if len(value) == 1:
            yield name
        case {"Fn::GetAtt": [str(name), *_]} if len(value) == 1:
            yield name
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)
        case _:
            pass
