"""CloudFormation templates of products: read from moto's S3, parsed, checked like ValidateTemplate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from moto.cloudformation.exceptions import ValidationError
from moto.core.exceptions import ServiceException
from moto.s3.models import s3_backends
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.template.document import Template, load
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_BYTES = 1_000_000
_LIMITS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
_AMAZON_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+)*?\.amazonaws\.com(?:\.cn)?")
_LOCAL_BUCKET_HOST = re.compile(r"(?P<bucket>.+?)(?:\.s3[a-z0-9.-]*)?\.localhost")


def fetch(url: str, *, archive: bool = False) -> str:
    """The text of a template in moto's S3; InvalidParametersException when it cannot be read.

    An archive for another engine is not looked into: what it answers is its bytes, each as a character.
    """
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
        return str(found.value.decode("latin-1" if archive else "utf-8"))
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


def parse(text: str) -> Template:
    """The template in long form, not to be changed; InvalidParametersException when it is none."""
    try:
        return load(text)
    except (ValidationError, yaml.YAMLError) as error:
        reason = error.message if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise InvalidParametersException(f"Invalid template: {reason}") from None


def check(template: Template) -> None:
    """What CloudFormation's ValidateTemplate refuses, as InvalidParametersException."""
    for problem in _problems(template):
        raise InvalidParametersException(f"Invalid template: {problem}")


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
