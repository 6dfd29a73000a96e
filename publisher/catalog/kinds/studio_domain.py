"""The tag of a domain of SageMaker Studio that says where its users find templates of projects.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from publisher.aws.calls import or_none
from publisher.catalog.kind import Includes, Kind
from publisher.model import LOCATION_TAG, StudioDomain


class StudioDomainKind(Kind[StudioDomain]):
    """Made and changed by the same call. The domain is somebody else's: the tag is never deleted."""

    @override
    def create(self, desired: StudioDomain, includes: Includes = ()) -> None:
        tag = {"Key": LOCATION_TAG, "Value": desired.location}
        self._client.add_tags(ResourceArn=desired.domain_arn, Tags=[tag])
        self.engine.exists(desired, self.read)

    @override
    def read(self, resource: StudioDomain) -> StudioDomain | None:
        found = location_in(self._client, resource.domain_arn)
        return resource if found == resource.location else None

    @override
    def update(self, observed: StudioDomain, desired: StudioDomain) -> None:
        self.create(desired)

    @property
    def _client(self) -> Any:
        return self.engine.aws.client("sagemaker")


def location_in(client: Any, domain_arn: str) -> str:
    """The value of a domain's tag; "" where it has none, or there is no domain."""
    pages = client.get_paginator("list_tags").paginate(ResourceArn=domain_arn)
    found = or_none(
        lambda: [tag["Value"] for page in pages for tag in page["Tags"] if tag["Key"] == LOCATION_TAG],
        "ResourceNotFound",
        "ValidationException",
    )
    return str(found[0]) if found else ""
