"""The parameters and templates of launches' stacks and of versions, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.published_template import NoTemplateError, template_text
from publisher.aws.stack_events import NO_STACK
from publisher.documents import canonical_json
from publisher.errors import PublisherError
from publisher.launch.provisioned import ProvisionedProduct
from publisher.templates.cloudformation import parse, template_value
from publisher.templates.workers import RENDERING, workers

Retention = Literal["Delete", "Retain", "Snapshot"]
# What AWS answers in the place of the value of a NoEcho parameter.
HIDDEN = "****"
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_MISSING = ("ResourceNotFoundException", "NoSuchKey", "NoSuchVersion", "NoSuchBucket")


def described_stack(aws: Aws, provisioned: ProvisionedProduct) -> Mapping[str, Any] | None:
    """As DescribeStacks has it; None without a stack, or where the caller may not read it."""
    if not (stack := provisioned.stack):
        return None
    client = aws.client("cloudformation")
    with aws_errors(f"{provisioned.name}: cannot read the stack"):
        found = or_none(lambda: client.describe_stacks(StackName=stack)["Stacks"][0], *DENIED, NO_STACK)
    return found


def parameters_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """The values of all parameters of a described stack, HIDDEN for secret ones."""
    return {it["ParameterKey"]: it.get("ParameterValue", "") for it in stack.get("Parameters", ())}


def deployed_parameters(aws: Aws, provisioned: ProvisionedProduct) -> dict[str, str] | None:
    """None where there is no stack, or the caller may not read it. Raises AwsError."""
    stack = described_stack(aws, provisioned)
    return None if stack is None else parameters_of(stack)


def deployed_template(aws: Aws, provisioned: ProvisionedProduct) -> str | None:
    """The text of the stack's template. None where the caller may not read it. Raises AwsError.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    """
    if not (stack := provisioned.stack):
        return None
    read = aws.client("cloudformation").get_template
    with aws_errors(f"{provisioned.name}: cannot read the template of the stack"):
        answer = or_none(lambda: read(StackName=stack, TemplateStage="Original"), *DENIED, NO_STACK)
    if answer is None:
        return None
    body = answer["TemplateBody"]
    # botocore parses JSON.
    return body if isinstance(body, str) else canonical_json(body)


def published_template(aws: Aws, *, product_id: str, version_id: str) -> dict[str, Any] | None:
    """The template of a version in the long form; None where it is gone, or the caller may not read it.

    Raises AwsError, and InputError for what is no template.
    """

    def read() -> str | None:
        try:
            return template_text(aws, product_id=product_id, version_id=version_id)
        except NoTemplateError:
            return None

    with aws_errors("cannot read the template of the version"):
        text = or_none(read, *DENIED, *_MISSING)
    template: dict[str, Any] | None = None if text is None else template_value(text)
    return template


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
        if isinstance(resource, Mapping) and (policy := retention_of(resource)) != "Delete"
    }


def retention_of(resource: Mapping[str, Any]) -> Retention:
    """What the deletion of its stack does with a resource.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
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


def deletion_note(resource: Mapping[str, Any]) -> str:
    """What else is to know of a resource that the deletion of its stack deletes: a clause, or nothing.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (must be empty)
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html (30 days by default)
    """
    properties = resource.get("Properties")
    properties = properties if isinstance(properties, Mapping) else {}
    match resource.get("Type"):
        case "AWS::S3::Bucket" | "AWS::SageMaker::ModelPackageGroup":
            return "must be empty first"
        case "AWS::ECR::Repository" if str(properties.get("EmptyOnDelete", "")).lower() != "true":
            return "must be empty first"
        # DeleteDomain keeps it unless it is told otherwise; what CloudFormation tells it is not documented.
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteDomain.html
        case "AWS::SageMaker::Domain":
            return "may leave the EFS volume of its users"
        case "AWS::KMS::Key":
            days = properties.get("PendingWindowInDays", 30)
            shown = str(days) if isinstance(days, int | str) else "7 to 30"
            return f"can be restored for {shown} days"
        case _:
            return ""
