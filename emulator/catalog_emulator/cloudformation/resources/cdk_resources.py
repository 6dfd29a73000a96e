"""Custom resources of the CDK whose functions only tidy up: done here, because functions do not run.

https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/custom-resource-handlers/lib
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceType

Clients = Callable[[str], Any]
Step = Callable[[Clients, Properties], None]
_ALL: Final = "-1"


def _nothing(client: Clients, properties: Properties) -> None:
    """What the function does, too."""


def _empty_bucket(client: Clients, properties: Properties) -> None:
    bucket, s3 = properties["BucketName"], client("s3")
    try:
        tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError:
        return
    if {"Key": "aws-cdk:auto-delete-objects", "Value": "true"} not in tags:
        return
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])


def _empty_repository(client: Clients, properties: Properties) -> None:
    name, ecr = properties["RepositoryName"], client("ecr")
    try:
        (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    except ClientError:
        return
    tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    images = ecr.list_images(repositoryName=name)["imageIds"]
    if images and {"Key": "aws-cdk:auto-delete-images", "Value": "true"} in tags:
        ecr.batch_delete_image(repositoryName=name, imageIds=images)


def _close_group(client: Clients, properties: Properties) -> None:
    for direction, rules in _default_rules(properties).items():
        try:
            getattr(client("ec2"), f"revoke_security_group_{direction}")(**rules)
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidPermission.NotFound":
                raise


def _open_group(client: Clients, properties: Properties) -> None:
    for direction, rules in _default_rules(properties).items():
        getattr(client("ec2"), f"authorize_security_group_{direction}")(**rules)


def _default_rules(properties: Properties) -> dict[str, dict[str, Any]]:
    group = properties["DefaultSecurityGroupId"]
    itself = [{"IpProtocol": _ALL, "UserIdGroupPairs": [{"GroupId": group, "UserId": properties["Account"]}]}]
    everywhere = [{"IpProtocol": _ALL, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return {
        "ingress": {"GroupId": group, "IpPermissions": itself},
        "egress": {"GroupId": group, "IpPermissions": everywhere},
    }


def _retain_logs(client: Clients, properties: Properties) -> None:
    group, logs = properties["LogGroupName"], client("logs")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    if properties.get("RetentionInDays"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=int(properties["RetentionInDays"]))
    else:
        logs.delete_retention_policy(logGroupName=group)


def _delete_logs(client: Clients, properties: Properties) -> None:
    if properties.get("RemovalPolicy") == "destroy":
        client("logs").delete_log_group(logGroupName=properties["LogGroupName"])


@dataclass(frozen=True, kw_only=True)
class Tidying:
    """A type: the property that is its physical id, all of its properties, and its steps."""

    subject: str
    others: tuple[str, ...] = ()
    made: Step = _nothing
    deleted: Step = _nothing


_TYPES: Final[Mapping[str, Tidying]] = {
    "Custom::S3AutoDeleteObjects": Tidying(subject="BucketName", deleted=_empty_bucket),
    "Custom::ECRAutoDeleteImages": Tidying(subject="RepositoryName", deleted=_empty_repository),
    "Custom::VpcRestrictDefaultSG": Tidying(
        subject="DefaultSecurityGroupId", others=("Account",), made=_close_group, deleted=_open_group
    ),
    "Custom::LogRetention": Tidying(
        subject="LogGroupName",
        others=("LogGroupRegion", "RemovalPolicy", "RetentionInDays", "SdkRetry"),
        made=_retain_logs,
        deleted=_delete_logs,
    ),
}


def tidying(type_name: str, properties: Properties) -> CdkResource | None:
    """The type, if it is one of these; others may have the same name, but not the same properties."""
    found = _TYPES.get(type_name)
    if found is None or found.subject not in properties:
        return None
    known = {"ServiceToken", "ServiceTimeout", found.subject, *found.others}
    return CdkResource(type=found) if known >= set(properties) else None


@dataclass(frozen=True, kw_only=True)
class CdkResource(ResourceType):
    """A custom resource of the CDK. Its function has a role of its own, which is not checked."""

    type: Tidying

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        self.type.made(clients(context.account_id, context.region), properties)
        subject = properties[self.type.subject]
        return Made(physical_id=subject, attributes={self.type.subject: subject})

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        made = self.create(context, after)
        if made.physical_id != physical_id:
            self.delete(context, physical_id, before)
        return made

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.type.deleted(clients(context.account_id, context.region), properties)

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        return dict(properties)
