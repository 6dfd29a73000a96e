"""The IAM actions that an API operation needs; operations.yaml has those that are named otherwise than it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from botocore.model import OperationModel, ServiceModel

from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.reference import action, services, tagging_actions

_READING: Final = ("BatchGet", "Describe", "Get", "Head", "List")
_TAGGING: Final = ("TagResource", "CreateTags", "AddTags", "AddTagsToResource", "CreateOrUpdateTags")


def prefix_of(service: ServiceModel) -> str:
    """The prefix of a service's actions: the name that it signs with, as a rule."""
    name, metadata = service.service_name, service.metadata
    named = names()["prefixes"].get(name)
    candidates = (metadata.get("signingName"), metadata.get("endpointPrefix"), name)
    return str(named or next((one for one in candidates if one in services()), name))


@cache
def _actions_of(service: str, prefix: str, operation: str, method: str) -> tuple[str, ...]:
    own = as_list(names()["actions"].get(service, {}).get(operation))
    candidates = own or [name for name in (operation, method) if action(f"{prefix}:{name}")][:1]
    found = [f"{prefix}:{name}" for name in candidates or [operation]]
    return tuple(known.name if (known := action(name)) else name for name in found)


def actions_of(operation: OperationModel) -> tuple[str, ...]:
    """The actions of an operation; those of API Gateway are HTTP methods."""
    service = operation.service_model
    return _actions_of(
        service.service_name, prefix_of(service), operation.name, operation.http.get("method", "")
    )


@cache
def tagging_action(name: str) -> str | None:
    """The further action that tags in a request need, by the request's own; None if there is none.

    One of the service, or of the kind that is tagged: iam:TagRole for iam:CreateRole.
    """
    known = action(name)
    prefix, _, short = name.partition(":")
    if known is None or "Tagging" in known.levels or prefix in names()["untagged"]:
        return None
    there = set(tagging_actions(prefix))
    candidates = (*_TAGGING, f"Tag{short.removeprefix('Create')}")
    return next((f"{prefix}:{one}" for one in candidates if one in there), None)


def role_receiver(name: str) -> str:
    """The service principal that a request with this action passes a role to."""
    service = names()["receivers"].get(name) or name.partition(":")[0]
    return f"{service}.amazonaws.com"


def reads(name: str) -> bool:
    """Whether an action only reads. IAM calls it reading to pass a connection to a service."""
    known = action(name)
    if known is None:
        return name.partition(":")[2].startswith(_READING)
    return known.levels <= {"List", "Read"} and ":Pass" not in name


@cache
def names() -> Mapping[str, Any]:
    """operations.yaml."""
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("operations.yaml").read_bytes())
    return read
