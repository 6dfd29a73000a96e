"""All versions of a bucket's objects: listed, and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from publisher.errors import AwsError

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_BATCH = 1000


def template_bucket_name(account_id: str, region: str) -> str:
    """The template bucket that bootstrap makes in an account and Region."""
    return f"publisher-{account_id}-{region}"


def object_versions(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    """Key and VersionId of object versions and delete markers."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}


def empty_bucket(client: Any, bucket: str) -> None:
    """Deletes all versions. Raises AwsError, ClientError."""
    while batch := list(islice(object_versions(client, bucket), _BATCH)):
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise AwsError(
                f"{bucket}: cannot delete {error['Key']}: {error.get('Code')}: {error.get('Message')}",
                hint="delete it by other means, then run the command again",
                aws_code=error.get("Code", ""),
            )
