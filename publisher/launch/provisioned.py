"""A provisioned product as it stands: what holds a name, from which config, in which state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from publisher.aws.clients import Aws, ClientError, error_code
from publisher.errors import PublisherError
from publisher.launch.calls import NOT_FOUND, asking, pages, widest
from publisher.launch.request import CONFIG_TAG, ROLE_PREFIX


class NotLaunchedError(PublisherError):
    """Nothing is launched under a name."""

    code: ClassVar[str] = "not-launched"


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A provisioned product. `config`, `product_name`, `version` and `stack` (ARN) may be unknown: empty."""

    id: str
    name: str
    status: str
    reason: str
    product_id: str
    product_name: str
    version: str
    config: str
    launch_role: str
    stack: str
    last_record_id: str
    has_succeeded: bool

    @property
    def product(self) -> str:
        """The product's key, which the name of its launch role tells; else its name for people."""
        if self.launch_role.startswith(ROLE_PREFIX):
            return self.launch_role.removeprefix(ROLE_PREFIX)
        return self.product_name or self.product_id

    @property
    def stack_name(self) -> str:
        """SC-<account>-pp-<id>, as other AWS clients name the stack; empty when there is none."""
        return self.stack.split("/")[1] if "/" in self.stack else ""

    def __str__(self) -> str:
        return f"{self.product} {self.version}".rstrip()


def find(aws: Aws, name: str) -> Provisioned | None:
    """What is launched under this name; None when nothing is. Raises AwsError."""
    client = aws.client("servicecatalog")
    with asking(f"{name}: cannot tell whether it is launched"):
        try:
            detail = client.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
        except ClientError as error:
            if error_code(error) == NOT_FOUND:
                return None
            raise
        return _provisioned(detail, _attributes(client, detail))


def get(aws: Aws, name: str) -> Provisioned:
    """What is launched under this name. Raises NotLaunchedError, AwsError."""
    found = find(aws, name)
    if found is None:
        raise NotLaunchedError(
            f"{name}: nothing is launched under this name in {aws.account_id}/{aws.region}",
            hint="publisher launch CONFIG launches it; --profile and --region choose where to look",
        )
    return found


def _attributes(client: Any, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Names, tags and stack, which the description lacks. The search may not show what is very new."""

    def search(level: Mapping[str, str]) -> Mapping[str, Any]:
        found = pages(
            client.search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter=level,
            Filters={"SearchQuery": [f"name:{detail['Name']}"]},
        )
        return next((one for one in found if one["Id"] == detail["Id"]), {})

    return widest(search) or {}


def _provisioned(detail: Mapping[str, Any], attributes: Mapping[str, Any]) -> Provisioned:
    tags = {tag["Key"]: tag["Value"] for tag in attributes.get("Tags", ())}
    return Provisioned(
        id=detail["Id"],
        name=detail["Name"],
        status=detail["Status"],
        reason=detail.get("StatusMessage") or "",
        product_id=detail.get("ProductId") or "",
        product_name=attributes.get("ProductName") or "",
        version=attributes.get("ProvisioningArtifactName") or "",
        config=tags.get(CONFIG_TAG, ""),
        launch_role=(detail.get("LaunchRoleArn") or "").rpartition("/")[2],
        stack=attributes.get("PhysicalId") or "",
        last_record_id=detail.get("LastRecordId") or "",
        has_succeeded=bool(detail.get("LastSuccessfulProvisioningRecordId")),
    )
