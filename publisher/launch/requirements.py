"""Whether a version takes what a config gives: its parameters, and the values of TagOptions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from publisher.errors import InputError
from publisher.launch.request import LaunchRequest


def check(wanted: LaunchRequest, version: str, answer: Mapping[str, Any]) -> None:
    """Compares with what DescribeProvisioningParameters answered. Raises InputError, all complaints in it."""
    problems = [
        *_parameters(wanted, version, answer.get("ProvisioningArtifactParameters", ())),
        *_tags(wanted, answer.get("TagOptions", ())),
    ]
    if problems:
        raise InputError(
            f"{wanted.path}: {'; '.join(problems)}",
            hint=f"change the config, or launch a version that fits: publisher show {wanted.product}",
        )


def _parameters(wanted: LaunchRequest, version: str, described: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    known = {entry["ParameterKey"]: entry for entry in described}
    for name in sorted(set(wanted.parameters) - set(known)):
        yield f"version {version} has no parameter {name} (the config makes it '{wanted.parameters[name]}')"
    for name, entry in sorted(known.items()):
        value = wanted.parameters.get(name)
        allowed = entry.get("ParameterConstraints", {}).get("AllowedValues") or []
        if value is None and "DefaultValue" not in entry:
            yield f"version {version} needs the parameter {name}, which the config does not make"
        elif value is not None and allowed and value not in allowed:
            yield f"version {version} takes for {name} one of {', '.join(allowed)}, not '{value}'"


def _tags(wanted: LaunchRequest, options: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for option in options:
        key, values = option["Key"], list(option["Values"])
        given = wanted.tags.get(key)
        if given is None and len(values) > 1:
            yield f"the tag {key} is missing: it must be one of {', '.join(values)}"
        elif given is not None and given not in values:
            yield f"the tag {key} must be one of {', '.join(values)}, not '{given}'"
