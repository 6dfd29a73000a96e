"""Every resource type that cfn-lint's schemas know lives the life of a stack. Minutes: `make sweep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog_emulator.cloudformation.resources.schema import type_names
from tests.cloudformation.chosen import ML, NETWORK, PIPELINES
from tests.cloudformation.lifecycle import live, problems, specimen, stations, template_of
from tests.cloudformation.template_generator import REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# They need a function or a template that already is there: tests of their own make these.
ELSEWHERE = {"AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack"}
# Whose service was shut down, or whose schema takes no template that our generator can make.
REFUSED = 20


def test_few_types_are_refused_by_cfn_lint() -> None:
    refused = [name for name in type_names(REGION) if problems(template_of(name))]

    assert not set(refused) & {*ML, *NETWORK, *PIPELINES}
    assert len(refused) <= REFUSED, refused


@pytest.mark.parametrize("type_name", sorted(set(type_names(REGION)) - ELSEWHERE))
def test_a_life(type_name: str, cfn: CloudFormationClient) -> None:
    if problems(template_of(type_name)):
        pytest.skip("cfn-lint takes no such template")
    found = specimen(type_name)

    assert live(cfn, found) == stations(found)
