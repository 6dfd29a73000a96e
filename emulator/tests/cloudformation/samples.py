"""What tests of the stack engine share: scopes, templates, and what a stack shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog_emulator.cloudformation.template.scope import Environment, Scope

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK_ID = "arn:aws:cloudformation:us-west-2:111111111111:stack/one/5c1f8dd0"
EXPORTS = {"vpc": "vpc-1"}
PARAMETERS = {"/bucket": "artifacts", "/version:2": "second"}


@dataclass(frozen=True)
class Resource:
    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def attribute(self, name: str) -> Any:
        return self.attributes[name]


def environment(**changed: Any) -> Environment:
    facts: dict[str, Any] = {
        "account_id": "111111111111",
        "region": "us-west-2",
        "partition": "aws",
        "stack_id": STACK_ID,
        "stack_name": "one",
        "notification_arns": ("arn:aws:sns:us-west-2:111111111111:events",),
        "imported": EXPORTS.__getitem__,
        "dynamic": lambda service, reference: f"<{service} {reference}>",
        "included": {"s3://b/k": {"a": {"b": "included"}}}.__getitem__,
        "zones": lambda region: [f"{region}a", f"{region}b"],
        "output": lambda stack, name, region: f"<{stack} {name} {region}>",
    }
    return Environment(**{**facts, **changed})


def scope(**changed: Any) -> Scope:
    facts: dict[str, Any] = {
        "environment": environment(),
        "parameters": {"Name": "ann", "Names": ["ann", "bob"], "Empty": ""},
        "mappings": {"Sizes": {"us-west-2": {"small": "s", "list": ["a", "b"]}}},
        "conditions": {"Yes": True, "No": False},
        "resources": {"Topic": Resource("topic-1", {"Arn": "arn:topic-1", "Endpoint.Port": 80})},
    }
    return Scope(**{**facts, **changed})


def group(name: str, **properties: Any) -> dict[str, Any]:
    """A type without a service behind it; its Name can be changed, its ARN is its identifier."""
    return {"Type": "AWS::MediaConvert::Queue", "Properties": {"Name": name, **properties}}


# Pre-deployment validation does not find that it cannot be made.
UNMAKEABLE = group("bad", Description={"Fn::ImportValue": "none"})


def application(**properties: Any) -> dict[str, Any]:
    """Another type without a service behind it; AWS makes its identifier."""
    return {"Type": "AWS::Amplify::App", "Properties": {"Name": "app", **properties}}


def body(resources: Mapping[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def status(client: CloudFormationClient, name: str = "one") -> tuple[str, str | None]:
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    return stack["StackStatus"], stack.get("StackStatusReason")


def history(client: CloudFormationClient, name: str = "one") -> list[tuple[str, str]]:
    """Logical id and status of every event, oldest first, without the doubled CREATE_IN_PROGRESS."""
    events = client.describe_stack_events(StackName=name)["StackEvents"][::-1]
    lines = [(event["LogicalResourceId"], event["ResourceStatus"]) for event in events]
    return [line for index, line in enumerate(lines) if index == 0 or lines[index - 1] != line]


def outputs(client: CloudFormationClient, name: str = "one") -> dict[str, str]:
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def physical_ids(client: CloudFormationClient, name: str = "one") -> dict[str, str]:
    resources = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
