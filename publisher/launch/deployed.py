"""The parameters and the template of a launch's stack, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied
from publisher.aws.clients import Aws
from publisher.aws.stack_events import NO_STACK
from publisher.documents import canonical_json
from publisher.launch.provisioned import ProvisionedProduct

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
