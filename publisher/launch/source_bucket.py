"""The bucket that a launch reads its starting content from: how it is, and what it takes to use it.

What is there stays: objects are never overwritten, and other notifications are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, assert_never

from publisher.aws.calls import ClientError, aws_errors, error_code, or_none
from publisher.aws.clients import Aws
from publisher.errors import Refused, counted
from publisher.templates.content import pack

if TYPE_CHECKING:
    from publisher.declarations.product import Family

Part = Literal["bucket", "versioning", "EventBridge notifications", "object"]

_GONE = frozenset({"404", "NoSuchBucket", "NoSuchKey"})
_PRESENT = frozenset({"409", "412", "ConditionalRequestConflict", "PreconditionFailed"})
_DESTINATIONS = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")


@dataclass(frozen=True, kw_only=True)
class ContentBucket:
    """A bucket as it is, or is not. `others` are its notifications besides those to EventBridge."""

    name: str
    exists: bool = False
    region: str = ""
    versioned: bool = False
    event_bridge: bool = False
    others: int = 0
    objects: frozenset[str] = frozenset()

    @property
    def missing(self) -> Iterator[Part]:
        """What has to be made or turned on, in this order, before objects are put into it."""
        if not self.exists:
            yield "bucket"
        if not self.versioned:
            yield "versioning"
        if not self.event_bridge:
            yield "EventBridge notifications"


@dataclass(frozen=True, kw_only=True)
class SeedStep:
    """One write: a part of the bucket, or an object with its body."""

    part: Part
    name: str
    detail: str = ""
    body: bytes = b""

    @property
    def action(self) -> str:
        """create, enable or upload."""
        return {"bucket": "create", "object": "upload"}.get(self.part, "enable")

    def __str__(self) -> str:
        return f"{self.action} {self.name}"


def archives_of(family: Family, prefix: str) -> dict[str, bytes]:
    """A family's starting content, zipped, by its keys under the prefix. Raises InputError: T020 to T024."""
    folder = PurePosixPath(family.document.path).parent
    return {
        f"{prefix}/{name}.zip".removeprefix("/"): pack(
            name, path, shown=f"{folder}/{family.file.content[name]}"
        ).body
        for name, path in sorted(family.content.items())
    }


def observe(aws: Aws, bucket: str, keys: Collection[str]) -> ContentBucket:
    """The bucket, and which of these objects it holds. Only reads. Raises ClientError.

    Of another account's bucket, S3 says that the access is denied.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    client = aws.client("s3")
    of_ours = {"Bucket": bucket, "ExpectedBucketOwner": aws.account_id}
    head = _found(client.head_bucket, **of_ours)
    if head is None:
        return ContentBucket(name=bucket)
    headers = head["ResponseMetadata"]["HTTPHeaders"]
    notifications = client.get_bucket_notification_configuration(**of_ours)
    return ContentBucket(
        name=bucket,
        exists=True,
        region=head.get("BucketRegion") or headers.get("x-amz-bucket-region", ""),
        versioned=client.get_bucket_versioning(**of_ours).get("Status") == "Enabled",
        event_bridge="EventBridgeConfiguration" in notifications,
        others=sum(len(notifications.get(name, ())) for name in _DESTINATIONS),
        objects=frozenset(key for key in keys if _found(client.head_object, Key=key, **of_ours) is not None),
    )


def flaws(found: ContentBucket, keys: Collection[str], *, region: str) -> Iterator[str]:
    """What keeps pipelines in this Region from using the bucket as their source."""
    if not found.exists:
        yield "not found"
        return
    if found.region != region:
        yield f"is in {found.region}, not in {region}"
    if not found.versioned:
        yield "is not versioned"
    if not found.event_bridge:
        yield "sends no events to EventBridge"
    if missing := sorted(set(keys) - found.objects):
        yield f"has no {', '.join(missing)}"


def steps(found: ContentBucket, archives: Mapping[str, bytes], *, region: str) -> list[SeedStep]:
    """What is written to make the bucket a source, in this order. Raises Refused.

    Versioning and events come before the objects, so that pipelines that are there start.
    """
    if found.exists and found.region != region:
        raise Refused(
            f"bucket {found.name} is in {found.region}: pipelines in {region} cannot read it as their source",
            hint="choose a bucket in the Region of the launch",
        )
    kept = f"{counted(found.others, 'other notification')} kept" if found.others else ""
    return [
        *(
            SeedStep(
                part=part,
                name=f"bucket {found.name}" if part == "bucket" else part,
                detail=kept if part == "EventBridge notifications" else "",
            )
            for part in found.missing
        ),
        *(
            SeedStep(part="object", name=key, detail=f"{-(-len(body) // 1024)} KB", body=body)
            for key, body in sorted(archives.items())
            if key not in found.objects
        ),
    ]


def write(aws: Aws, bucket: str, step: SeedStep) -> Literal["done", "kept"]:
    """Writes a step; an object that somebody put there meanwhile is kept. Raises AwsError."""
    client = aws.client("s3")
    of_ours = {"Bucket": bucket, "ExpectedBucketOwner": aws.account_id}
    with aws_errors(f"{bucket}: cannot {step}"):
        match step.part:
            case "bucket":
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
                place = {"LocationConstraint": aws.region}
                client.create_bucket(
                    Bucket=bucket,
                    **({} if aws.region == "us-east-1" else {"CreateBucketConfiguration": place}),
                )
            case "versioning":
                client.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"}, **of_ours)
            case "EventBridge notifications":
                # It replaces all of them. The destinations of the others need no validation: they stay.
                current = client.get_bucket_notification_configuration(**of_ours)
                del current["ResponseMetadata"]
                client.put_bucket_notification_configuration(
                    NotificationConfiguration=current | {"EventBridgeConfiguration": {}},
                    SkipDestinationValidation=True,
                    **of_ours,
                )
            case "object":
                return _put(client, step, of_ours)
            case _:
                assert_never(step.part)
    return "done"


def _put(client: Any, step: SeedStep, of_ours: Mapping[str, str]) -> Literal["done", "kept"]:
    try:
        client.put_object(
            Key=step.name, Body=step.body, ContentType="application/zip", IfNoneMatch="*", **of_ours
        )
    except ClientError as error:
        if error_code(error) in _PRESENT:
            return "kept"
        raise
    return "done"


def _found(read: Callable[..., Any], **request: str) -> Any:
    return or_none(lambda: read(**request), *_GONE)
