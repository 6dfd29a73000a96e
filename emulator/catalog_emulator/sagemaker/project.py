"""The values of projects, and how the API shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from moto.core.utils import utcnow

Verb = Literal["Create", "Update", "Delete"]
VERBS: tuple[Verb, ...] = get_args(Verb)
Outcome = Literal["InProgress", "Completed", "Failed"]
Members = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an operation is; `detail` is the status of what it works on, or why it failed."""

    outcome: Outcome
    detail: str


@dataclass(kw_only=True)
class Project:
    """A project, made from one of `catalog` (a product) and `template` (a file in S3), as the API has them.

    `made` is the provisioned product's id or the stack's, `operation` the record's id or the stack's.
    `change` is what a running update makes of the source.
    """

    name: str
    id: str
    arn: str
    description: str | None
    tags: list[dict[str, str]]
    created_by: Members
    catalog: dict[str, Any] | None
    template: dict[str, Any] | None
    created: datetime = field(default_factory=utcnow)
    changed_by: Members | None = None
    changed: datetime | None = None
    status: str = "Pending"
    detail: str = ""
    made: str | None = None
    operation: str | None = None
    change: Members = field(default_factory=dict)

    @property
    def source(self) -> dict[str, Any]:
        """The part that says what the project is made from."""
        found = self.catalog if self.catalog is not None else self.template
        assert found is not None
        return found

    @property
    def values(self) -> dict[str, str]:
        """The parameters that SageMaker fills in.

        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
        """
        return {"SageMakerProjectName": self.name, "SageMakerProjectId": self.id}

    @property
    def launch_tags(self) -> list[dict[str, str]]:
        """The tags of what the project makes: its own, its name and its id."""
        own = {"sagemaker:project-name": self.name, "sagemaker:project-id": self.id}
        return [*self.tags, *({"Key": key, "Value": value} for key, value in own.items())]

    def set_status(self, verb: Verb, progress: Progress) -> None:
        """Takes over the progress of an operation."""
        self.status, self.detail = f"{verb}{progress.outcome}", progress.detail
        if progress.outcome == "Completed":
            self.source.update(self.change)
        if progress.outcome != "InProgress":
            self.change = {}


def summary(project: Project) -> dict[str, Any]:
    """ProjectSummary."""
    return {
        "ProjectName": project.name,
        "ProjectDescription": project.description,
        "ProjectArn": project.arn,
        "ProjectId": project.id,
        "CreationTime": project.created,
        "ProjectStatus": project.status,
    }


def description(project: Project) -> dict[str, Any]:
    """The answer of DescribeProject."""
    answer = {
        **summary(project),
        "CreatedBy": project.created_by,
        "LastModifiedTime": project.changed,
        "LastModifiedBy": project.changed_by,
    }
    if project.catalog is not None:
        answer["ServiceCatalogProvisioningDetails"] = project.catalog
        answer["ServiceCatalogProvisionedProductDetails"] = {
            "ProvisionedProductId": project.made,
            "ProvisionedProductStatusMessage": project.detail,
        }
    else:
        stack = {"Id": project.made, "StatusMessage": project.detail}
        if project.made is not None:
            stack["Name"] = project.made.split("/")[1]
        detail = {**project.source, "StackDetail": stack}
        answer["TemplateProviderDetails"] = [{"CfnTemplateProviderDetail": detail}]
    return answer
