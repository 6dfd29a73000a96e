"""The parameters and the template of a launch's stack, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied
from publisher.aws.clients import Aws
from publisher.aws.stack_events import NO_STACK
from publisher.documents import canonical_json
from publisher.errors import PublisherError
from publisher.launch.provisioned import ProvisionedProduct
from publisher.templates.cloudformation import parse
from publisher.templates.workers import RENDERING, workers

Retention = Literal["Delete", "Retain", "Snapshot"]
# What AWS answers in the place of the value of a NoEcho parameter.
HIDDEN = "****"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The values of all parameters of a stack, HIDDEN for secret ones."""

    parameters: Mapping[str, str]


def read_deployed(aws: Aws, provisioned: ProvisionedProduct) -> Deployed | None:
    """None where there is no stack, or the caller may not read it. Raises AwsError."""
    if not provisioned.stack:
        return None
    with aws_errors(f"{provisioned.name}: cannot read the parameters of the stack"):
        try:
            answer = aws.client("cloudformation").describe_stacks(StackName=provisioned.stack)
        except ClientError as error:
            if is_denied(error) or error_code(error) == NO_STACK:
                return None
            raise
    (stack,) = answer["Stacks"]
    return Deployed(
        parameters={it["ParameterKey"]: it.get("ParameterValue", "") for it in stack.get("Parameters", ())}
    )


def deployed_template(aws: Aws, provisioned: ProvisionedProduct) -> str | None:
    """The text of the stack's template. None where the caller may not read it. Raises AwsError.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    """
    if not provisioned.stack:
        return None
    with aws_errors(f"{provisioned.name}: cannot read the template of the stack"):
        try:
            body = aws.client("cloudformation").get_template(
                StackName=provisioned.stack, TemplateStage="Original"
            )["TemplateBody"]
        except ClientError as error:
            if is_denied(error) or error_code(error) == NO_STACK:
                return None
            raise
    # botocore parses JSON.
    return body if isinstance(body, str) else canonical_json(body)


def deletion_policies(aws: Aws, provisioned: ProvisionedProduct) -> Mapping[str, Retention] | None:
    """What a deletion of the stack does with its resources, by logical ID; those it deletes may be missing.

    None where the caller may not read the template, or it is not readable. Raises AwsError.
    """
    text = deployed_template(aws, provisioned)
    # To read a template in YAML takes a second, and few have these.
    if text is None or not ("DeletionPolicy" in text or "AWS::RDS::DB" in text):
        return None if text is None else {}
    ((_, found),) = workers().run(policies_in, [text], RENDERING)
    return None if isinstance(found, PublisherError) else found


def policies_in(text: str) -> dict[str, Retention]:
    """By logical ID what a template says of deletion, or what is the default of its type."""
    resources = parse(text, "template of the stack").value.get("Resources", {})
    return {
        name: policy
        for name, resource in resources.items()
        if isinstance(resource, Mapping) and (policy := _policy(resource)) != "Delete"
    }


def _policy(resource: Mapping[str, Any]) -> Retention:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
    match resource:
        case {"DeletionPolicy": "Retain" | "RetainExceptOnCreate"}:
            return "Retain"
        case {"DeletionPolicy": "Snapshot"} | {"Type": "AWS::RDS::DBCluster"}:
            return "Snapshot" if resource.get("DeletionPolicy") != "Delete" else "Delete"
        case {"Type": "AWS::RDS::DBInstance"} if "DBClusterIdentifier" not in (
            resource.get("Properties") or {}
        ):
            return "Snapshot" if resource.get("DeletionPolicy") != "Delete" else "Delete"
        case _:
            return "Delete"
