"""A stack for every resource type that cfn-lint has a schema of. Takes minutes: `make sweep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog_emulator.cloudformation.resources.schema import type_names
from catalog_emulator.cloudformation.types.adapted import adapted
from tests.cloudformation.lifecycle import expected_steps, problems, run, template_case, template_of
from tests.cloudformation.template_generator import REGION
from tests.cloudformation.test_adapted import prove
from tests.cloudformation.type_selection import ML, NETWORK, PIPELINES

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# They need a function, a template or a product, and have other tests.
ELSEWHERE = {
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::SageMaker::Project",
}
# The service was shut down, or the generator makes no template that the schema accepts.
REFUSED = 20


def test_few_types_are_refused_by_cfn_lint() -> None:
    refused = [name for name in type_names(REGION) if problems(template_of(name))]

    assert not set(refused) & {*ML, *NETWORK, *PIPELINES}
    assert len(refused) <= REFUSED, refused


@pytest.mark.parametrize("type_name", adapted())
def test_adapted(type_name: str, cfn: CloudFormationClient) -> None:
    prove(type_name, cfn)


@pytest.mark.parametrize("type_name", sorted(set(type_names(REGION)) - ELSEWHERE - set(adapted())))
def test_create_change_replace_delete(type_name: str, cfn: CloudFormationClient) -> None:
    if problems(template_of(type_name)):
        pytest.skip("cfn-lint refuses the template")
    found = template_case(type_name)

    assert run(cfn, found) == expected_steps(found)
