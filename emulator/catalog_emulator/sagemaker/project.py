"""The values of projects, in whose attributes moto's serializer finds the members of answers."""

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
    service_catalog_provisioning_details: dict[str, Any] | None
    template: dict[str, Any] | None
    creation_time: datetime = field(default_factory=utcnow)
    last_modified_by: Members | None = None
    last_modified_time: datetime | None = None
    status: str = "Pending"
    detail: str = ""
    made: str | None = None
    operation: str | None = None
    change: Members = field(default_factory=dict)

    @property
    def source(self) -> dict[str, Any]:
        """The part that says what the project is made from."""
        found = self.service_catalog_provisioning_details or self.template
        assert found is not None
        return found

    @property
    def service_catalog_provisioned_product_details(self) -> Members | None:
        if self.template is not None:
            return None
        return {"ProvisionedProductId": self.made, "ProvisionedProductStatusMessage": self.detail}

    @property
    def template_provider_details(self) -> list[Members] | None:
        if self.template is None:
            return None
        name = None if self.made is None else self.made.split("/")[1]
        stack = {"Name": name, "Id": self.made, "StatusMessage": self.detail}
        return [{"CfnTemplateProviderDetail": {**self.template, "StackDetail": stack}}]

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
