"""Every listing comes in pages, as clients with and without paginators read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

COUNT = 101
NAMES = [f"n{number}" for number in range(COUNT)]


@pytest.fixture(scope="module")
def full() -> Iterator[CloudFormationClient]:
    """A stack of many resources, exports, importers and change sets."""
    install()
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        cfn = boto3.client("cloudformation", region_name=REGION)
        exports = {name: {"Value": "v", "Export": {"Name": name}} for name in NAMES}
        resources = {name: group(name) for name in NAMES}
        cfn.create_stack(StackName="base", TemplateBody=body(resources, Outputs=exports))
        for name in NAMES:
            importing = {"A": group(f"{name}-i", Description={"Fn::ImportValue": "n0"})}
            cfn.create_stack(StackName=name, TemplateBody=body(importing))
        for name in NAMES[1:]:
            cfn.create_change_set(StackName="base", ChangeSetName=name, TemplateBody=body({"A": group("a")}))
        changed = body({name: group(name, Description="d") for name in NAMES}, Outputs=exports)
        cfn.create_change_set(StackName="base", ChangeSetName="n0", TemplateBody=changed)
        yield cfn


@cases(
    ("operation", "member", "arguments", "total"),
    {
        "stacks": ("describe_stacks", "Stacks", {}, COUNT + 1),
        "summaries": ("list_stacks", "StackSummaries", {}, COUNT + 1),
        # Three for each resource, two for the stack.
        "events": ("describe_stack_events", "StackEvents", {"StackName": "base"}, 3 * COUNT + 2),
        "resources": ("list_stack_resources", "StackResourceSummaries", {"StackName": "base"}, COUNT),
        "exports": ("list_exports", "Exports", {}, COUNT),
        "imports": ("list_imports", "Imports", {"ExportName": "n0"}, COUNT),
        "change sets": ("list_change_sets", "Summaries", {"StackName": "base"}, COUNT),
        "changes": (
            "describe_change_set",
            "Changes",
            {"StackName": "base", "ChangeSetName": "n0"},
            COUNT,
        ),
    },
)
def test_pages(
    full: CloudFormationClient, operation: Any, member: str, arguments: dict[str, Any], total: int
) -> None:
    first = getattr(full, operation)(**arguments)
    pages = [page[member] for page in full.get_paginator(operation).paginate(**arguments)]
    items = [item for page in pages for item in page]

    assert (len(first[member]), first[member]) == (100, pages[0])
    assert len(items) == total
    assert len({str(item) for item in items}) == total
    with pytest.raises(ClientError, match=r"Invalid NextToken x"):
        getattr(full, operation)(**arguments, NextToken="x")


def test_token_of_another_stack(full: CloudFormationClient) -> None:
    token = full.describe_stack_events(StackName="base")["NextToken"]
    with pytest.raises(ClientError, match="Invalid NextToken"):
        full.describe_stack_events(StackName="n0", NextToken=token)


def test_new_events_do_not_move_the_next_page(full: CloudFormationClient) -> None:
    token = full.describe_stack_events(StackName="base")["NextToken"]
    before = full.describe_stack_events(StackName="base", NextToken=token)["StackEvents"]
    full.update_stack(StackName="base", UsePreviousTemplate=True, Tags=[{"Key": "a", "Value": "b"}])

    assert full.describe_stack_events(StackName="base", NextToken=token)["StackEvents"] == before
