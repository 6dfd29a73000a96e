"""Templates of SageMaker projects in S3: the same bytes as in the template bucket, by product and version.

Tags of the object say what it is, so that nobody else's is changed or deleted: a new object at its key has
none of them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from typing_extensions import override

from publisher.aws.calls import ClientError, error_code, or_none
from publisher.catalog.kind import Includes, Kind
from publisher.errors import AwsError
from publisher.model import (
    DIGEST_TAG,
    VISIBLE,
    ProjectTemplate,
    placed_template,
    short_digest,
    template_key,
)

PRODUCT_TAG = "publisher:product"
# Of a key that has a delete marker, MethodNotAllowed.
GONE = ("NoSuchKey", "NoSuchBucket", "MethodNotAllowed", "404")
_CONFLICT = frozenset({"ConditionalRequestConflict"})


class ProjectTemplateKind(Kind[ProjectTemplate]):
    """Objects that never replace another's."""

    @property
    def _client(self) -> Any:
        return self.engine.aws.client("s3")

    @override
    def create(self, desired: ProjectTemplate, includes: Includes = ()) -> None:
        body = None
        if desired.digest == short_digest(desired.digest):
            # Of a version that is not in the files.
            digest, body = self.engine.bucket.published(desired.digest)
            desired = replace(desired, digest=digest)
        try:
            self.engine.retry_until(lambda: self._put(desired, body, IfNoneMatch="*"), codes=_CONFLICT)
        except ClientError as error:
            if error_code(error) != "PreconditionFailed":
                raise
            there = self.read(desired)
            if there is None:
                raise AwsError(
                    f"{desired.label} exists, and publisher did not place it there",
                    hint="delete the object, or set another prefix in sagemaker_templates",
                ) from None
            self.update(there, desired)
        self.engine.equals(desired, self.read)

    @override
    def update(self, observed: ProjectTemplate, desired: ProjectTemplate) -> None:
        """Shows or hides it. Other content is that of a product that was deleted and made again."""
        if observed.digest != desired.digest:
            self._put(desired)
        else:
            tags = [{"Key": key, "Value": value} for key, value in _tags(desired).items()]
            self._client.put_object_tagging(**_place(desired), Tagging={"TagSet": tags})
        self.engine.equals(desired, self.read)

    @override
    def read(self, resource: ProjectTemplate) -> ProjectTemplate | None:
        found = tags_of(self._client, resource.bucket, resource.object_key)
        return observed(resource.bucket, resource.object_key, found, resource.portfolio)

    @override
    def remove(self, observed: ProjectTemplate) -> Any:
        return self._client.delete_object(**_place(observed))

    def _put(self, desired: ProjectTemplate, body: bytes | None = None, **condition: str) -> None:
        self._client.put_object(
            **_place(desired),
            **condition,
            Body=body or self.engine.bucket.body(template_key(desired.digest, "CLOUD_FORMATION_TEMPLATE")),
            ContentType="application/yaml",
            Tagging=urlencode(_tags(desired)),
        )


def _place(resource: ProjectTemplate) -> dict[str, str]:
    return {"Bucket": resource.bucket, "Key": resource.object_key}


def _tags(resource: ProjectTemplate) -> dict[str, str]:
    own = {PRODUCT_TAG: resource.product, DIGEST_TAG: resource.digest}
    return own | dict([VISIBLE] if resource.visible else [])


def keys_under(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    """The object keys that begin so; nothing where there is no bucket."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = or_none(lambda: [it["Key"] for page in pages for it in page.get("Contents", ())], "NoSuchBucket")
    yield from found or ()


def tags_of(client: Any, bucket: str, object_key: str) -> Mapping[str, str]:
    """An object's tags; none where there is no object."""
    answer = or_none(partial(client.get_object_tagging, Bucket=bucket, Key=object_key), *GONE)
    return {it["Key"]: it["Value"] for it in answer["TagSet"]} if answer else {}


def observed(
    bucket: str, object_key: str, tags: Mapping[str, str], portfolio: str = ""
) -> ProjectTemplate | None:
    """The template that an object is; None for another's."""
    parts = placed_template(object_key)
    if parts is None or tags.get(PRODUCT_TAG) != parts[1]:
        return None
    prefix, product, version = parts
    return ProjectTemplate(
        portfolio=portfolio,
        bucket=bucket,
        prefix=prefix,
        product=product,
        version=version,
        digest=tags.get(DIGEST_TAG, ""),
        visible=tags.get(VISIBLE[0]) == VISIBLE[1],
    )
