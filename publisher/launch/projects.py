"""SageMaker projects as launches: found by name, and listed.

A project of a product is its provisioned product; one of a template in S3 is a stack, which SageMaker names.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProject.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.published_template import stored_object
from publisher.launch.provisioned import Project, ProvisionedProduct, described
from publisher.launch.request import CONFIG_TAG, PROJECT_NAME, deploy_role
from publisher.stopping import Pool

PROJECT_NAME_TAG, PROJECT_ID_TAG = "sagemaker:project-name", "sagemaker:project-id"
DELETED = "DeleteCompleted"
# SageMaker has no code of its own for a project that does not exist.
NOT_FOUND = ("ValidationException", "ValidationError")
_IN_PROGRESS = ("Pending", "InProgress")
_STATUSES: Mapping[str, str] = {
    "CreateCompleted": "AVAILABLE",
    "UpdateCompleted": "AVAILABLE",
    "CreateFailed": "ERROR",
    # The stack was rolled back.
    "UpdateFailed": "TAINTED",
    "DeleteFailed": "ERROR",
}


def find_project(aws: Aws, name: str, *, required: bool = True) -> ProvisionedProduct | None:
    """The project of this name, if there is one; else than `required` also none where it cannot be read.

    Raises AwsError.
    """
    if not PROJECT_NAME.fullmatch(name):
        return None
    with aws_errors(f"{name}: cannot look up the SageMaker project"):
        read = partial(described_project, aws, name)
        answer = read() if required else or_none(read, *DENIED)
        return project_of(aws, answer) if answer else None


def described_project(aws: Aws, name: str) -> Mapping[str, Any] | None:
    """As DescribeProject has it; None if there is none, or it was deleted. Raises ClientError."""
    client = aws.client("sagemaker")
    found: Mapping[str, Any] | None = or_none(lambda: client.describe_project(ProjectName=name), *NOT_FOUND)
    return None if found is None or found["ProjectStatus"] == DELETED else found


def listed_projects(
    aws: Aws, known: Collection[str], *, creator: str = ""
) -> list[tuple[ProvisionedProduct, str]] | None:
    """The projects of templates of ours in S3, and who made each; None where the caller may not list them.

    `known` are the ids of projects that need no look; with a `creator`, an ARN, only his. Raises ClientError.
    """
    pages = aws.client("sagemaker").get_paginator("list_projects").paginate()

    def read() -> list[str]:
        return [
            it["ProjectName"]
            for page in pages
            for it in page["ProjectSummaryList"]
            if it["ProjectStatus"] != DELETED and it["ProjectId"] not in known
        ]

    names = or_none(read, *DENIED)
    if names is None:
        return None
    with Pool() as pool:
        answers = list(pool.map(partial(described_project, aws), names))
        of_templates = [it for it in answers if it and "TemplateProviderDetails" in it]
        found = list(pool.map(partial(project_of, aws), of_templates))
    owners = (_creator(it) for it in of_templates)
    return [
        (one, owner)
        for one, owner in zip(found, owners, strict=True)
        if (CONFIG_TAG in one.tags or one.launch_role == deploy_role(one.product)) and creator in ("", owner)
    ]


def listed_as_project(provisioned: ProvisionedProduct) -> ProvisionedProduct:
    """A provisioned product of a list, by the name of its project if it is of one."""
    tags = provisioned.tags
    if not (PROJECT_ID_TAG in tags and PROJECT_NAME_TAG in tags):
        return provisioned
    project = Project(
        id=tags[PROJECT_ID_TAG], arn="", door="service-catalog", status="", launch_name=provisioned.name
    )
    return replace(provisioned, name=tags[PROJECT_NAME_TAG], project=project)


def project_made_as(aws: Aws, provisioned: ProvisionedProduct) -> ProvisionedProduct:
    """The project that this is the provisioned product of, as far as it can be read; else itself.

    Raises AwsError.
    """
    listed = listed_as_project(provisioned)
    if listed.project is None or not PROJECT_NAME.fullmatch(listed.name):
        return provisioned
    with aws_errors(f"{listed.name}: cannot look up the SageMaker project"):
        answer = or_none(lambda: described_project(aws, listed.name) or {}, *DENIED)
        if answer is None:
            return listed
        # Anybody may write the tags.
        is_its = answer.get("ProjectId") == listed.project.id
        return project_of(aws, answer) if is_its else provisioned


def stack_of(aws: Aws, answer: Mapping[str, Any]) -> str:
    """The stack of a described project: its ARN, or the name that Service Catalog gives it; empty before."""
    if template := _template(answer):
        return str(template.get("StackDetail", {}).get("Id") or "")
    made = answer.get("ServiceCatalogProvisionedProductDetails", {}).get("ProvisionedProductId")
    return f"SC-{aws.account_id}-{made}" if made else ""


def message_of(answer: Mapping[str, Any]) -> str:
    """What a described project says of its status."""
    of_product = answer.get("ServiceCatalogProvisionedProductDetails", {})
    of_stack = _template(answer).get("StackDetail", {})
    return str(of_product.get("ProvisionedProductStatusMessage") or of_stack.get("StatusMessage") or "")


def project_of(aws: Aws, answer: Mapping[str, Any]) -> ProvisionedProduct:
    """A described project as a launch. Raises ClientError."""
    tags = {it["Key"]: it["Value"] for it in _tags(aws, answer["ProjectArn"])}
    status = str(answer["ProjectStatus"])
    template, source = _template(answer), answer.get("ServiceCatalogProvisioningDetails", {})
    project = Project(
        id=answer["ProjectId"],
        arn=answer["ProjectArn"],
        door="s3" if template else "service-catalog",
        status=status,
        path_id=source.get("PathId") or "",
        template_name=template.get("TemplateName", ""),
        tags=tags,
    )
    made = answer.get("ServiceCatalogProvisionedProductDetails", {}).get("ProvisionedProductId")
    found = _launched(aws, made) if made else None
    moving = status.endswith(_IN_PROGRESS)
    failed = message_of(answer) if status.endswith("Failed") else ""
    shown = _STATUSES.get(status, status)
    if found is False:
        shown, failed = "ERROR", failed or f"its provisioned product {made} no longer exists"
    if found:
        return replace(
            found,
            name=answer["ProjectName"],
            status="UNDER_CHANGE" if moving else found.status,
            reason=found.reason or failed,
            tags={**found.tags, **tags},
            project=replace(project, launch_name=found.name),
        )
    product_id, product, version_id, version = _product(template, source)
    changed = answer.get("LastModifiedTime") or answer["CreationTime"]
    return ProvisionedProduct(
        id=made or answer["ProjectId"],
        name=answer["ProjectName"],
        status="UNDER_CHANGE" if moving else shown,
        reason=failed,
        product_id=product_id,
        product_name=product,
        version=version,
        version_id=version_id,
        tags=tags,
        launch_role=template.get("RoleARN", "").rpartition("/")[2],
        stack=stack_of(aws, answer) if template else "",
        last_record_id=f"{changed.isoformat()}",
        provisioning_record_id="",
        succeeded_record_id="",
        created=answer["CreationTime"],
        project=project,
    )


def _launched(aws: Aws, id_: str) -> ProvisionedProduct | Literal[False] | None:
    """A provisioned product by its id: False if it is gone, None where the caller may not read it."""
    return or_none(lambda: described(aws, Id=id_) or False, *DENIED)


def _product(template: Mapping[str, Any], source: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The product's id and name, the version's id and name: of a template its folder and its file."""
    if not template:
        return source.get("ProductId", ""), "", source.get("ProvisioningArtifactId", ""), ""
    bucket, key, _ = stored_object(template["TemplateURL"])
    folder, _, file = key.rpartition("/")
    name = file.removesuffix(".yaml")
    return f"s3://{bucket}/{folder}", folder.rpartition("/")[2], f"s3://{bucket}/{key}", name


def _template(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    details = answer.get("TemplateProviderDetails") or [{}]
    found: Mapping[str, Any] = details[0].get("CfnTemplateProviderDetail", {})
    return found


def _tags(aws: Aws, arn: str) -> Iterator[Mapping[str, str]]:
    pages = aws.client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=arn)
    yield from or_none(lambda: [it for page in pages for it in page["Tags"]], *DENIED) or ()


def _creator(answer: Mapping[str, Any]) -> str:
    made = answer.get("CreatedBy", {})
    return str(made.get("IamIdentity", {}).get("Arn") or made.get("UserProfileArn") or "")
