"""The resources that one launch will have: their names, and what its termination does with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.impact.resolution import resolved
from publisher.impact.resource_types import resource_type
from publisher.launch.deployed import Retention, deletion_note, retention_of
from publisher.permissions import Scope
from publisher.permissions.names import Names
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN
from publisher.templates.expression_parts import is_secret, section
from publisher.templates.interface import Interface


@dataclass(frozen=True, kw_only=True)
class ResourceRow:
    """A resource. `name` is its physical name where that is known before, else `generated` is its pattern.

    Both are empty where AWS makes an id. `condition` is one that is not known before the launch. `at_end` is
    what a termination does with it, `note` what else is to know of that, and `holds_data` whether data goes
    with it.
    """

    logical_id: str
    type: str
    name: str
    generated: str
    condition: str
    at_end: Retention
    holds_data: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class LaunchResources:
    """What a launch has, and as (logical ID, type, condition) what it does not have, by logical ID."""

    rows: tuple[ResourceRow, ...]
    left_out: tuple[tuple[str, str, str], ...]

    @property
    def kept(self) -> tuple[ResourceRow, ...]:
        """Those that stay, or leave a snapshot, when the launch is terminated."""
        return tuple(it for it in self.rows if it.at_end != "Delete")

    @property
    def lost(self) -> tuple[ResourceRow, ...]:
        """Those with data that a termination deletes."""
        return tuple(it for it in self.rows if it.holds_data and it.at_end == "Delete")


def launch_resources(
    template: Mapping[str, Any], values: Mapping[str, str], *, stack: str
) -> LaunchResources:
    """`values` are those of all parameters, and of the pseudo parameters; `stack` a pattern of its name.

    A secret decides conditions, and is in no name. Raises InputError where the template cannot be evaluated.
    """
    made = resolved(template, values)
    region = values.get("AWS::Region", UNKNOWN)
    declared = section(template, "Parameters")
    shown = {name: UNKNOWN if is_secret(declared.get(name, {})) else it for name, it in values.items()}
    names = Names(made, Scope(parameters={"": "", **shown}, region=region, stack=stack))
    place = {ACCOUNT: values.get("AWS::AccountId", UNKNOWN), PARTITION: values.get("AWS::Partition", UNKNOWN)}
    interface = Interface.of(template)

    def rows() -> Iterator[ResourceRow]:
        for logical_id in sorted(names.resources):
            resource, kind = names.resources[logical_id], names.type_of(logical_id)
            name, generated = _named(names, logical_id, place)
            yield ResourceRow(
                logical_id=logical_id,
                type=kind,
                name=name,
                generated=generated,
                condition=str(resource.get("Condition", "")),
                at_end=retention_of(resource),
                holds_data=resource_type(kind).holds_data,
                note=deletion_note(resource),
            )

    return LaunchResources(
        rows=tuple(rows()),
        left_out=tuple(
            (name, kind, interface.conditions.get(name, ""))
            for name, kind in interface.resources.items()
            if name not in names.resources
        ),
    )


def _named(names: Names, logical_id: str, place: Mapping[str, str]) -> tuple[str, str]:
    """The name that the template gives, or the pattern of one that is not known before."""
    given = names.properties(logical_id).get(names.name_property(logical_id))
    if isinstance(given, str):
        return given, ""
    (pattern, *_) = (*names.physical(logical_id), UNKNOWN)
    for variable, value in place.items():
        pattern = pattern.replace(variable, value)
    return "", "" if pattern.strip("*") == "" else pattern
