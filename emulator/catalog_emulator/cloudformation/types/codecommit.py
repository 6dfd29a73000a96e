"""Repositories with their starting content.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codecommit-repository.html
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from botocore.exceptions import ClientError
from moto.codecommit.models import codecommit_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.codecommit_commits import import_files
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

_MB = 1024 * 1024
# Damaged, encrypted, or packed in another way.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


class Repository(ServiceType):
    """AWS::CodeCommit::Repository: Ref is the repository's id."""

    service = "codecommit"
    gone = ("RepositoryDoesNotExistException",)
    tagging = Tagging(service="codecommit", target="resourceArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties["RepositoryName"]
        # First, because CloudFormation makes no repository without its content.
        content = self._content(context, properties.get("Code"))
        tags = desired_tags(context, properties)
        self.call(context, "create_repository", {"RepositoryDescription": "", **properties}, Tags=tags)
        if content:
            branch = properties["Code"].get("BranchName", "main")
            backend = codecommit_backends[context.account_id][context.region]
            import_files(backend, backend.repositories[name], branch, content)
        return self._made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        name = after["RepositoryName"]
        names = {"OldName": before["RepositoryName"], "NewName": name}
        if before["RepositoryName"] != name:
            self.call(context, "update_repository_name", names)
        if before.get("RepositoryDescription") != after.get("RepositoryDescription"):
            self.call(context, "update_repository_description", after)
        key = {"KmsKeyId": "alias/aws/codecommit", **after}
        if before.get("KmsKeyId") != after.get("KmsKeyId"):
            self.call(context, "update_repository_encryption_key", key)
        self.retag(context, physical_id, after)
        return self._made(context, name)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, "delete_repository", properties)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        metadata = self._metadata(context, properties["RepositoryName"])
        return {
            "RepositoryName": metadata["repositoryName"],
            "RepositoryDescription": metadata.get("repositoryDescription"),
            "KmsKeyId": metadata.get("kmsKeyId"),
        }

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        return self.arn(context, properties["RepositoryName"])

    def _content(self, context: Context, content: Any) -> dict[str, bytes] | None:
        """The files by their paths; None where the template has no content."""
        if not content:
            return None
        place = content["S3"]
        version = {"VersionId": place["ObjectVersion"]} if place.get("ObjectVersion") else {}
        try:
            answer = context.client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"], **version)
        except ClientError as error:
            raise ResourceFailed(_refusal(place, code(error))) from error
        body: bytes = answer["Body"].read()
        where = f"s3://{place['Bucket']}/{place['Key']}"
        if not zipfile.is_zipfile(io.BytesIO(body)):
            raise ResourceFailed(f"Content at {where} is not a valid zip file")
        for reason in _unfit(body):
            raise ResourceFailed(f"Content at {where} {reason}")
        archive = zipfile.ZipFile(io.BytesIO(body))
        try:
            return {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
        except _UNREADABLE:
            raise ResourceFailed(f"Content at {where} is not a valid zip file") from None

    def _metadata(self, context: Context, name: str) -> dict[str, Any]:
        answer = self.call(context, "get_repository", {"RepositoryName": name})
        metadata: dict[str, Any] = answer["repositoryMetadata"]
        return metadata

    def _made(self, context: Context, name: str) -> Made:
        metadata = self._metadata(context, name)
        members = ("Arn", "cloneUrlHttp", "cloneUrlSsh", "repositoryId")
        attributes = {f"{member[:1].upper()}{member[1:]}": metadata[member] for member in members}
        return Made(physical_id=metadata["repositoryId"], attributes={"Name": name, **attributes})


def _unfit(body: bytes) -> Iterator[str]:
    """Why CodeCommit does not commit the content. It does not document whether an import has the file size.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codecommit-repository-s3.html
    https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html
    https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
    """
    if len(body) > 20 * _MB:
        yield "is larger than 20 MB"
    infos = zipfile.ZipFile(io.BytesIO(body)).infolist()
    sizes = {one.filename: one.file_size for one in infos if not one.is_dir()}
    if not sizes:
        yield "has no files"
    if sum(sizes.values()) > 20 * _MB:
        yield "has more than 20 MB of files"
    for name, size in sizes.items():
        parts = name.split("/")
        faults = {
            "an empty file": not size,
            "a file larger than 6 MB": size > 6 * _MB,
            "an invalid path": len(name) > 4096 or {"", ".", "..", ".git"} & {*parts},
            "a file and a folder of the same name": {*accumulate(parts[:-1], "{}/{}".format)} & sizes.keys(),
        }
        yield from (f"has {fault}: {name}" for fault, found in faults.items() if found)


def _refusal(place: Any, reason: str) -> str:
    what = {
        "NoSuchBucket": "The specified bucket does not exist",
        "NoSuchKey": "The specified key does not exist.",
        "NoSuchVersion": "The specified version does not exist.",
    }.get(reason, "Access Denied")
    return (
        f"{what} (Service: Amazon S3; Error Code: {reason}; Bucket: {place['Bucket']}; Key: {place['Key']})"
    )
