"""Runs a stack whose template was made from schemas: create, change, replace, delete."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cfnlint.api import lint
from cfnlint.core import get_rules

from catalog_emulator.cloudformation.resources.schema import Schema, schema
from tests.cloudformation.parameter_values import CHANGED, REPLACED, VALUES
from tests.cloudformation.template_generator import REGION, TemplateGenerator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Template = dict[str, Any]
CAPABILITIES: Any = ["CAPABILITY_NAMED_IAM"]
_TRIES = 6
_ARN = re.compile(r"arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+")


@dataclass(frozen=True)
class TemplateCase:
    """A type's template, the logical id of its resource, and the templates that change and replace it."""

    type_name: str
    logical_id: str
    template: Template
    changed: Template | None
    replaced: Template | None


def template_case(type_name: str) -> TemplateCase:
    """The type's templates, all of which cfn-lint accepts."""
    generator = TemplateGenerator(VALUES)
    name = generator.add(type_name)
    template = {"Resources": generator.resources, "Outputs": _outputs(name, _known(type_name))}
    assert problems(template) == []
    return TemplateCase(
        type_name=type_name,
        logical_id=name,
        template=template,
        changed=_first_accepted(template, name, _in_place(generator, type_name, name)),
        replaced=_first_accepted(template, name, _by_replacement(generator, type_name, name)),
    )


def template_of(type_name: str) -> Template:
    """The type's template alone."""
    generator = TemplateGenerator(VALUES)
    name = generator.add(type_name)
    return {"Resources": generator.resources, "Outputs": _outputs(name, _known(type_name))}


def problems(template: Template) -> list[str]:
    """The errors that cfn-lint finds."""
    found = lint(json.dumps(template), rules=_rules(), regions=[REGION])
    return [f"{match.rule.id} {match.message}" for match in found if match.rule.id.startswith("E")]


def run(client: CloudFormationClient, found: TemplateCase, stack: str = "life") -> list[str]:
    """Create, change, replace and delete the resource; the steps done, with the problem that ended them."""
    steps = []
    stack_id = client.create_stack(
        StackName=stack, TemplateBody=json.dumps(found.template), Capabilities=CAPABILITIES
    )["StackId"]
    problem = _problem(client, stack_id, "CREATE_COMPLETE") or _ill_formed(client, found, stack_id)
    if problem:
        return [f"created: {problem}"]
    steps.append("created")
    identity = _identity(client, found, stack_id)
    for step, template in (("changed", found.changed), ("replaced", found.replaced)):
        if template is None:
            continue
        client.update_stack(StackName=stack, TemplateBody=json.dumps(template), Capabilities=CAPABILITIES)
        problem = _problem(client, stack_id, "UPDATE_COMPLETE")
        if problem:
            return [*steps, f"{step}: {problem}"]
        now = _identity(client, found, stack_id)
        if (now != identity) != (step == "replaced"):
            return [*steps, f"{step}: from {identity} to {now}"]
        identity = now
        steps.append(step)
    client.delete_stack(StackName=stack)
    problem = _problem(client, stack_id, "DELETE_COMPLETE")
    return [*steps, f"deleted: {problem}" if problem else "deleted"]


def expected_steps(found: TemplateCase) -> list[str]:
    """The steps of `run` when all succeed."""
    changed = ["changed"] if found.changed else []
    replaced = ["replaced"] if found.replaced else []
    return ["created", *changed, *replaced, "deleted"]


@cache
def _rules() -> Any:
    return get_rules([], [], [])


def _known(type_name: str) -> Schema:
    found = schema(type_name, REGION)
    assert found is not None, type_name
    return found


def _outputs(name: str, known: Schema) -> dict[str, Any]:
    outputs: dict[str, Any] = {"Ref": {"Value": {"Ref": name}}}
    for number, (attribute, node) in enumerate(known.attributes()):
        if node.get("type") == "string" and attribute in known.read_only:
            value = {"Fn::GetAtt": [name, attribute]}
            outputs[f"Attribute{number}"] = {"Value": value, "Description": attribute}
    return outputs


def _first_accepted(template: Template, name: str, variants: Iterator[tuple[str, Any]]) -> Template | None:
    for (property_name, value), _ in zip(variants, range(_TRIES), strict=False):
        variant = copy.deepcopy(template)
        variant["Resources"][name]["Properties"][property_name] = value
        if not problems(variant):
            return variant
    return None


def _in_place(generator: TemplateGenerator, type_name: str, name: str) -> Iterator[tuple[str, Any]]:
    if type_name in CHANGED:
        yield CHANGED[type_name]
        return
    known, properties = _known(type_name), generator.resources[name]["Properties"]
    fixed = {path[0] for path in (*known.create_only, *known.conditional_create_only)}
    fixed |= known.read_only | {*known.primary_identifier}
    free = [property_name for property_name in known.properties if property_name not in fixed]
    preferred = [name for name in ("Description", *properties) if name in free]
    for property_name in (*preferred, *(name for name in (known.tag_property,) if name in free)):
        yield from _variant(generator, known, properties, str(property_name))


def _by_replacement(generator: TemplateGenerator, type_name: str, name: str) -> Iterator[tuple[str, Any]]:
    if type_name in REPLACED:
        replaced = REPLACED[type_name]
        yield from [replaced] if replaced is not None else []
        return
    known, properties = _known(type_name), generator.resources[name]["Properties"]
    fixed = [path[0] for path in known.create_only if len(path) == 1 and path[0] not in known.read_only]
    names = [identifier for identifier in known.primary_identifier if identifier in fixed]
    for property_name in names or fixed:
        yield from _variant(generator, known, properties, property_name)


def _variant(
    generator: TemplateGenerator, known: Schema, properties: Mapping[str, Any], property_name: str
) -> Iterator[tuple[str, Any]]:
    present = properties.get(property_name)
    node = known.resolve(known.properties[property_name])
    if property_name == known.tag_property:
        tags = {"stage": "next"}
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        yield property_name, listed if node.get("type") == "array" else tags
    elif node.get("type") in ("string", "integer", "boolean", "number") and not isinstance(present, dict):
        value = generator.another(known.type_name, property_name, present)
        if value is not None and not isinstance(value, dict):
            yield property_name, value


def _problem(client: CloudFormationClient, stack_id: str, expected: str) -> str:
    """Why the stack does not have the expected status; empty when it has."""
    stack = client.describe_stacks(StackName=stack_id)["Stacks"][0]
    if stack["StackStatus"] == expected:
        return ""
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    return f"{stack['StackStatus']} {stack.get('StackStatusReason')} {reasons}"


def _identity(client: CloudFormationClient, found: TemplateCase, stack_id: str) -> str:
    resource = client.describe_stack_resource(StackName=stack_id, LogicalResourceId=found.logical_id)
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def _ill_formed(client: CloudFormationClient, found: TemplateCase, stack_id: str) -> str:
    """Which value of Ref or GetAtt does not look like one of AWS."""
    known = _known(found.type_name)
    for output in client.describe_stacks(StackName=stack_id)["Stacks"][0].get("Outputs", []):
        name, value = output.get("Description", "Ref"), output["OutputValue"]
        node = known.at(name) or {}
        if not value.strip() or "None" in value:
            return f"{name} is {value!r}"
        if name.endswith("Arn") and "arn:" in value and not _ARN.fullmatch(value):
            return f"{name} is {value!r}"
        if node.get("enum") and value not in node["enum"]:
            return f"{name} is {value!r}, not of {node['enum']}"
    return ""
