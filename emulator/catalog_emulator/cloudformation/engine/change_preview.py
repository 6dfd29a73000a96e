"""The changes that executing a blueprint would make in a stack.

Shape: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from catalog_emulator.cloudformation.engine.drift import DELETED, ActualState, text_of_value
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource
from catalog_emulator.cloudformation.resources.differences import Replacement, changed_names, replacement
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition
from catalog_emulator.cloudformation.template.graph import references
from catalog_emulator.cloudformation.template.scope import ResourceValues

KNOWN_AFTER_APPLY: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_RECREATION: Final[Mapping[Replacement, str]] = {
    "True": "Always",
    "Conditional": "Conditionally",
    "False": "Never",
}


@dataclass(frozen=True, kw_only=True)
class UnmadeResource:
    """A resource that does not exist yet; its id and attributes are unknown."""

    physical_id: str = KNOWN_AFTER_APPLY

    def attribute(self, name: str) -> Any:
        return KNOWN_AFTER_APPLY


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry of a change set, with the attribute names of ResourceChange.

    Additions and removals have an empty scope and no details.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
    """

    action: str
    logical_resource_id: str
    resource_type: str
    physical_resource_id: str | None = None
    replacement: Replacement | None = None
    scope: tuple[str, ...] = ()
    details: tuple[dict[str, Any], ...] = ()
    policy_action: str | None = None
    resource_drift_status: str | None = None
    resource_drift_ignored_attributes: tuple[dict[str, str], ...] | None = None


def changes(
    stack: Stack,
    blueprint: Blueprint,
    steps: ResourceSteps,
    tags: Mapping[str, str],
    *,
    revert_drift: bool = False,
) -> tuple[Change, ...]:
    """All changes, in the order in which they would be made, removals last.

    Those that revert drift are from the actual state of the resources, not from that of the template.
    """
    resources: dict[str, ResourceValues] = dict(stack.resources)
    found = [
        change
        for definition in blueprint.definitions.values()
        for change in _changes_of(stack, blueprint, definition, steps, resources, tags, revert_drift)
    ]
    gone = [known for name, known in stack.resources.items() if name not in blueprint.definitions]
    return (*found, *map(_removed, gone))


def _changes_of(
    stack: Stack,
    blueprint: Blueprint,
    definition: Definition,
    steps: ResourceSteps,
    resources: dict[str, ResourceValues],
    tags: Mapping[str, str],
    revert_drift: bool,
) -> Iterator[Change]:
    name = definition.logical_id
    subject: dict[str, Any] = {"logical_resource_id": name, "resource_type": definition.type_name}
    known = stack.resources.get(name)
    if known is None:
        resources[name] = UnmadeResource()
        yield Change(action="Add", **subject)
        return
    schema = steps.schema(definition.type_name)
    properties = steps.properties_of(blueprint, definition, resources)
    actual = steps.actual(known, properties) if revert_drift else None
    subject["physical_resource_id"] = known.physical_id
    if actual is not None:
        managed = ({"Path": f"/{one}", "Reason": "MANAGED_BY_AWS"} for one in actual.ignored)
        subject["resource_drift_status"] = actual.status
        subject["resource_drift_ignored_attributes"] = tuple(managed) or None
        if actual.status == DELETED:
            # Not documented: with which action AWS shows what it will create again.
            resources[name] = UnmadeResource()
            yield Change(action="Add", **subject)
            return
        known = replace(known, properties=actual.properties)
    changed = changed_names(known.properties, properties)
    names = tuple(sorted({*changed, *(actual.drifted if actual else ())}))
    tagged = schema is not None and schema.tag_property is not None and dict(known.tags) != dict(tags)
    if known.type_name == definition.type_name and not names and not tagged:
        return
    needed = _replacement(known, definition, schema, properties)
    if needed != "False":
        # Not documented: how far AWS follows a replacement that may be.
        resources[name] = UnmadeResource()
    yield Change(
        action="Modify" if changed or tagged or needed == "True" else "SyncWithActual",
        replacement=needed,
        scope=_scope(names, schema, tagged),
        details=tuple(_details(known, definition, schema, properties, names, tagged, actual)),
        policy_action=_policy_action(needed, known),
        **subject,
    )


def _replacement(
    known: StackResource, definition: Definition, schema: Schema | None, properties: Mapping[str, Any]
) -> Replacement:
    if known.type_name != definition.type_name:
        return "True"
    needed = replacement(schema, known.properties, properties)
    if needed != "True":
        return needed
    certain = {name: value for name, value in properties.items() if not is_unknown(value)}
    settled = {**properties, **{name: known.properties.get(name) for name in set(properties) - set(certain)}}
    return "True" if replacement(schema, known.properties, settled) == "True" else "Conditional"


def _scope(names: tuple[str, ...], schema: Schema | None, tagged: bool) -> tuple[str, ...]:
    tag_property = schema.tag_property if schema else None
    properties = any(name != tag_property for name in names)
    tags = tagged or tag_property in names
    return (*(("Properties",) if properties else ()), *(("Tags",) if tags else ()))


def _details(
    known: StackResource,
    definition: Definition,
    schema: Schema | None,
    properties: Mapping[str, Any],
    names: tuple[str, ...],
    tagged: bool,
    actual: ActualState | None,
) -> Iterator[dict[str, Any]]:
    tag_property = schema.tag_property if schema else None
    for name in names:
        values = _values(actual, name, known, properties) if actual is not None else {}
        if name == tag_property:
            if not tagged:
                yield _tags(values)
            continue
        only = {**known.properties, name: properties.get(name)}
        target = {
            "Attribute": "Properties",
            "Name": name,
            "RequiresRecreation": _RECREATION[replacement(schema, known.properties, only)],
            **values,
        }
        yield from _reasons(target, definition.properties.get(name), properties.get(name))
    if tagged:
        yield _tags({})


def _tags(values: Mapping[str, Any]) -> dict[str, Any]:
    target = {"Attribute": "Tags", "RequiresRecreation": "Never", **values}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": _source(target)}


def _source(target: Mapping[str, Any]) -> str:
    synced = target.get("AttributeChangeType") == "SyncWithActual"
    return "NoModification" if synced else "DirectModification"


def _values(
    actual: ActualState, name: str, known: StackResource, properties: Mapping[str, Any]
) -> dict[str, Any]:
    """What only drift-aware change sets show of a property.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html
    """
    drifted = name in actual.drifted
    before = actual.drifted[name] if drifted else known.properties.get(name)
    after, previous = properties.get(name), actual.drift.expected.get(name)
    if drifted and known.properties.get(name) == after:
        kind = "SyncWithActual"
    else:
        kind = "Add" if before is None else "Remove" if after is None else "Modify"
    unsupported = actual.status == "UNSUPPORTED"
    values: dict[str, Any] = {
        "Path": f"/Properties/{name}",
        "BeforeValue": None if before is None else text_of_value(before),
        "AfterValue": None if after is None else text_of_value(after),
        "BeforeValueFrom": "PREVIOUS_DEPLOYMENT_STATE" if unsupported else "ACTUAL_STATE",
        "AfterValueFrom": "TEMPLATE",
        "AttributeChangeType": kind,
    }
    if drifted:
        values["Drift"] = {
            "PreviousValue": text_of_value(previous),
            "ActualValue": text_of_value(before),
            "DriftDetectionTimestamp": actual.drift.timestamp,
        }
    return values


def _reasons(target: Mapping[str, Any], node: Any, value: Any) -> Iterator[dict[str, Any]]:
    evaluation = "Dynamic" if is_unknown(value) else "Static"
    causes: list[tuple[str | None, str]] = [
        (f"{one.name}.{one.attribute}", "ResourceAttribute")
        if one.attribute
        else (one.name, "ResourceReference")
        for one in references(node if evaluation == "Dynamic" else None)
    ]
    for entity, source in causes or [(None, _source(target))]:
        yield {"Target": target, "Evaluation": evaluation, "ChangeSource": source, "CausingEntity": entity}


def _policy_action(needed: Replacement, known: StackResource) -> str | None:
    retained = known.definition.update_replace_policy.startswith("Retain")
    return f"ReplaceAnd{'Retain' if retained else 'Delete'}" if needed == "True" else None


def _removed(known: StackResource) -> Change:
    return Change(
        action="Remove",
        logical_resource_id=known.logical_id,
        resource_type=known.type_name,
        physical_resource_id=known.physical_id,
        policy_action="Retain" if known.definition.deletion_policy.startswith("Retain") else "Delete",
    )


def is_unknown(value: Any) -> bool:
    """Whether a part of the value is known only when the change is made."""
    return KNOWN_AFTER_APPLY in json.dumps(value, default=str)
