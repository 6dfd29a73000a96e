"""CloudFormation templates of products: read from moto's S3, parsed, checked like ValidateTemplate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from werkzeug.exceptions import HTTPException

from publisher.local.servicecatalog.exceptions import InvalidParametersException

Template = dict[str, Any]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_BYTES = 1_000_000
_LIMITS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
}
_AMAZON_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*?\.amazonaws\.com(?:\.cn)?")
_LOCAL_BUCKET_HOST = re.compile(r"(?P<bucket>.+?)(?:\.s3[a-z0-9.-]*)?\.localhost")


def fetch(url: str) -> str:
    """The text of a template in moto's S3; InvalidParametersException when it cannot be read."""
    location = _location(url)
    if location is None:
        raise InvalidParametersException(f"Invalid template URL: {url}")
    bucket, key, version = location
    owner = s3_backends.bucket_accounts.get(bucket)
    try:
        found = None if owner is None else s3_backends[owner[1]][owner[0]].get_object(bucket, key, version)
    except (ServiceException, HTTPException):
        found = None
    if found is None:
        raise InvalidParametersException(f"Unable to access the template at {url}")
    if len(found.value) > _BYTES:
        raise InvalidParametersException(f"The template at {url} is larger than {_BYTES} bytes")
    try:
        return str(found.value.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidParametersException(f"The template at {url} is not UTF-8 text") from None


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


@lru_cache(maxsize=256)
def parse(text: str) -> Template:
    """The template with long-form functions; InvalidParametersException when it is neither YAML nor JSON.

    The result is shared: not to be changed.
    """
    try:
        parsed = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InvalidParametersException(f"Invalid template: not valid YAML or JSON: {reason}") from None
    if not isinstance(parsed, dict):
        raise InvalidParametersException("Invalid template: it is not a mapping of sections")
    return parsed


def check(template: Template) -> None:
    """What CloudFormation's ValidateTemplate refuses, as InvalidParametersException."""
    for problem in _problems(template):
        raise InvalidParametersException(f"Invalid template: {problem}")


def _problems(template: Template) -> Iterator[str]:
    unknown = sorted(str(name) for name in template if name not in _SECTIONS)
    if unknown:
        yield f"Invalid template property or properties [{', '.join(unknown)}]"
    for section, limit in _LIMITS.items():
        value = template.get(section) or {}
        if not isinstance(value, dict):
            yield f"{section} is not a mapping"
        elif len(value) > limit:
            yield f"{section} has {len(value)} entries, {limit} are allowed"
    if not template.get("Resources"):
        yield "At least one Resources member must be defined."
    for section in ("Parameters", "Resources"):
        for name, value in (template.get(section) or {}).items():
            if not isinstance(value, dict) or not isinstance(value.get("Type"), str):
                yield f"{section} [{name}] must have a Type"
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


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags; dates stay text, as in AWSTemplateFormatVersion."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Mapping[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise yaml.YAMLError(f"unexpected node under !{suffix}")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


_Loader.add_multi_constructor("!", _function)


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)
