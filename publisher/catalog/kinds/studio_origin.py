"""A bucket's CORS rule for SageMaker Studio, beside rules of others.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from typing_extensions import override

from publisher.aws.calls import or_none
from publisher.catalog.kind import Includes, Kind
from publisher.model import StudioOrigin

Rule = Mapping[str, Any]

# The rule of AWS's samples has POST, PUT and DELETE, too. Which methods Studio uses is not documented; it
# only reads templates: https://github.com/aws-samples/sagemaker-custom-project-templates/tree/main/s3_templates
ORIGIN, _METHODS = "https://*.sagemaker.aws", ("GET", "HEAD")
RULE: Rule = {
    "ID": "publisher-sagemaker-studio",
    "AllowedHeaders": ["*"],
    "AllowedMethods": [*_METHODS],
    "AllowedOrigins": [ORIGIN],
    "ExposeHeaders": ["ETag", "x-amz-id-2", "x-amz-request-id", "x-amz-version-id"],
}


class StudioOriginKind(Kind[StudioOrigin]):
    """A rule of others that allows the same is enough. Only our own is ever written or deleted."""

    @override
    def create(self, desired: StudioOrigin, includes: Includes = ()) -> None:
        self._write(desired, [*self._others(desired), RULE])
        self.engine.exists(desired, self.read)

    @override
    def read(self, resource: StudioOrigin) -> StudioOrigin | None:
        return resource if any(map(allows_studio, rules_of(self._client, resource.bucket))) else None

    @override
    def delete(self, observed: StudioOrigin, includes: Includes = ()) -> None:
        self._write(observed, self._others(observed))

    @property
    def _client(self) -> Any:
        return self.engine.aws.client("s3")

    def _others(self, resource: StudioOrigin) -> list[Rule]:
        return [it for it in rules_of(self._client, resource.bucket) if not is_own(it)]

    def _write(self, resource: StudioOrigin, rules: Sequence[Rule]) -> None:
        # An empty configuration is refused.
        if rules:
            self._client.put_bucket_cors(Bucket=resource.bucket, CORSConfiguration={"CORSRules": rules})
        else:
            self._client.delete_bucket_cors(Bucket=resource.bucket)


def rules_of(client: Any, bucket: str) -> Sequence[Rule]:
    """The rules of a bucket; none where there is no bucket."""
    answer = or_none(
        partial(client.get_bucket_cors, Bucket=bucket), "NoSuchCORSConfiguration", "NoSuchBucket"
    )
    return tuple(answer["CORSRules"]) if answer else ()


def is_own(rule: Rule) -> bool:
    """Whether the rule is publisher's."""
    return bool(rule.get("ID") == RULE["ID"])


def allows_studio(rule: Rule) -> bool:
    """Whether Studio's pages can read with this rule."""
    return (
        not {ORIGIN, "*", "https://*"}.isdisjoint(rule["AllowedOrigins"])
        and {*_METHODS} <= {*rule["AllowedMethods"]}
        and "*" in rule.get("AllowedHeaders", ())
    )
