"""A provisioned product: who uses a name, from which config, in which state.

A SageMaker project is one, too, or, of a template in S3, a stack alone: launch/projects.py finds those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, TypeVar

from publisher.aws.calls import DENIED, aws_errors, or_none, pages
from publisher.aws.clients import Aws
from publisher.aws.translations import Translation, of_status
from publisher.errors import PublisherError, command
from publisher.launch.request import CONFIG_TAG, EXPIRES_TAG, PRODUCT_TAG, ROLE_PREFIX, Door

# From the widest view to the narrowest; the caller's policy decides which of them he may use.
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/permissions-examples.html
_ACCESS_LEVELS = ("Account", "Role", "User")
T = TypeVar("T")


class NotLaunchedError(PublisherError):
    """No launch has the name."""

    code: ClassVar[str] = "not-launched"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The SageMaker project that a launch is. `launch_name` is the provisioned product's own name, or empty.

    `template_name` names a template in S3 in the project; `path_id` is empty with one.
    """

    id: str
    arn: str
    door: Door
    status: str
    launch_name: str = ""
    path_id: str = ""
    template_name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, str]:
        """The JSON shape."""
        return {"id": self.id, "door": self.door, "status": self.status}


@dataclass(frozen=True, kw_only=True)
class ProvisionedProduct:
    """`product_name`, `version`, `tags` and `stack` (ARN) are empty where unknown.

    `provisioning_record_id` is the record of the last launch or update.
    """

    id: str
    name: str
    status: str
    reason: str
    product_id: str
    product_name: str
    version: str
    version_id: str
    tags: Mapping[str, str]
    launch_role: str
    stack: str
    last_record_id: str
    provisioning_record_id: str
    succeeded_record_id: str
    created: datetime
    project: Project | None = None

    @property
    def door(self) -> Door:
        """By which door it was made."""
        return self.project.door if self.project else ""

    @property
    def has_succeeded(self) -> bool:
        """Whether it was launched or updated successfully at least once."""
        if self.succeeded_record_id or self.project is None:
            return bool(self.succeeded_record_id)
        return not self.project.status.startswith(("Pending", "Create")) or self.status == "AVAILABLE"

    @property
    def meaning(self) -> Translation | None:
        """What its status means, and what to do; None for AVAILABLE."""
        found = of_status(self.status, succeeded=self.has_succeeded)
        if found is None or self.project is None:
            return found
        return replace(found, do=found.do.replace("{update}", "{update} --force"))

    @property
    def config(self) -> str:
        """The config that it was launched from, or empty."""
        return self.tags.get(CONFIG_TAG, "")

    @property
    def expires(self) -> str:
        """The date after which it may be terminated, as ISO 8601 text, or empty: whatever the tag says."""
        return self.tags.get(EXPIRES_TAG, "")

    @property
    def product(self) -> str:
        """The product's key, from the name of its launch role or from its tags; else its display name.

        Of a template in S3 its folder, whatever its role and tags.
        """
        if self.door == "s3":
            return self.product_name
        if self.launch_role.startswith(ROLE_PREFIX):
            return self.launch_role.removeprefix(ROLE_PREFIX)
        return self.tags.get(PRODUCT_TAG) or self.product_name or self.product_id

    @property
    def stack_name(self) -> str:
        """SC-<account>-pp-<id>, or empty."""
        return self.stack.split("/")[1] if "/" in self.stack else ""

    def __str__(self) -> str:
        return f"{self.product} {self.version}".rstrip()


def find(aws: Aws, name: str, *, door: Door | None = None) -> ProvisionedProduct | None:
    """The launch of this name, if there is one; without a `door` of any kind. Raises AwsError.

    A provisioned product of a project is the project: SageMaker changes and deletes it.
    """
    found = None
    if not door:
        with aws_errors(f"{name}: cannot look up the launch"):
            found = described(aws, Name=name)
        if found is None and door is not None:
            return None
    from publisher.launch.projects import find_project, project_made_as

    return project_made_as(aws, found) if found else find_project(aws, name, required=bool(door))


def described(aws: Aws, **key: str) -> ProvisionedProduct | None:
    """A provisioned product by its Name or Id. Raises ClientError."""
    client = aws.client("servicecatalog")
    found = or_none(lambda: client.describe_provisioned_product(**key), "ResourceNotFoundException")
    if found is None:
        return None
    detail = found["ProvisionedProductDetail"]
    return provisioned_of(detail, _attributes(client, detail))


def get(aws: Aws, name: str, *, door: Door | None = None) -> ProvisionedProduct:
    """The launch of this name. Raises NotLaunchedError, AwsError."""
    found = find(aws, name, door=door)
    if found is None:
        raise NotLaunchedError(
            f"{name}: no launch has this name in {aws.account_id}/{aws.region}",
            hint=f"launch it with {command('launch', 'CONFIG')}, or choose another --profile or --region",
        )
    return found


def widest(read: Callable[[dict[str, str]], T]) -> T | None:
    """Reads with the widest AccessLevelFilter that the caller may use; None when he may use none."""
    for level in _ACCESS_LEVELS:
        found = or_none(partial(read, {"Key": level, "Value": "self"}), *DENIED)
        if found is not None:
            return found
    return None


def _attributes(client: Any, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Names, tags and stack, which the description lacks. The search may not find a very new launch."""

    def search(level: Mapping[str, str]) -> Mapping[str, Any]:
        found = pages(
            client.search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter=level,
            Filters={"SearchQuery": [f"name:{detail['Name']}"]},
        )
        return next((one for one in found if one["Id"] == detail["Id"]), {})

    return widest(search) or {}


def provisioned_of(detail: Mapping[str, Any], attributes: Mapping[str, Any]) -> ProvisionedProduct:
    """From a description and from what a search finds, which alone has all but the launch role."""
    return ProvisionedProduct(
        id=detail["Id"],
        name=detail.get("Name") or detail["Id"],
        status=detail.get("Status") or "",
        reason=detail.get("StatusMessage") or "",
        product_id=detail.get("ProductId") or "",
        product_name=attributes.get("ProductName") or "",
        version=attributes.get("ProvisioningArtifactName") or "",
        version_id=detail.get("ProvisioningArtifactId") or "",
        tags={tag["Key"]: tag["Value"] for tag in attributes.get("Tags", ())},
        launch_role=(detail.get("LaunchRoleArn") or "").rpartition("/")[2],
        stack=attributes.get("PhysicalId") or "",
        last_record_id=detail.get("LastRecordId") or "",
        provisioning_record_id=detail.get("LastProvisioningRecordId") or "",
        succeeded_record_id=detail.get("LastSuccessfulProvisioningRecordId") or "",
        created=detail["CreatedTime"],
    )
