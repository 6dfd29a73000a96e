"""Buckets. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.s3.models import s3_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types import s3_lifecycle, s3_notifications
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.shapes import Exact, truth
from catalog_emulator.cloudformation.types.tags import desired_tags, pairs, without_stack_tags
from catalog_emulator.iam import Need

_NAME = re.compile(r"(?!(\d+\.){3}\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

Conversion = Callable[[Any], Any]
_WORD = re.compile("[A-Z][a-z]+")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One configuration of a bucket: its calls, their member, how the template writes it, what is none."""

    calls: str
    member: str
    sent: Conversion = lambda value: value
    shown: Conversion = lambda value: value
    undo: str | None = None
    off: Any = None


def _rules(name: str, api_name: str, members: Mapping[str, str]) -> dict[str, Conversion]:
    """Conversions of a configuration that is a list of rules, whose members the API names otherwise."""
    template_members = {api: template for template, api in members.items()}
    return {
        "sent": lambda value: {api_name: [_renamed(rule, members) for rule in value[name]]},
        "shown": lambda value: {name: [_renamed(rule, template_members) for rule in value[api_name]]},
    }


def _renamed(rule: Mapping[str, Any], members: Mapping[str, str]) -> dict[str, Any]:
    return {members.get(name, name): value for name, value in rule.items()}


def _logging_sent(value: Any) -> Any:
    prefix = value.get("LogFilePrefix", "")
    return {"LoggingEnabled": {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": prefix}}


def _logging_shown(value: Any) -> Any:
    return {"DestinationBucketName": value["TargetBucket"], "LogFilePrefix": value.get("TargetPrefix")}


SETTINGS = {
    "BucketEncryption": Setting(
        calls="bucket_encryption",
        member="ServerSideEncryptionConfiguration",
        **_rules(
            "ServerSideEncryptionConfiguration",
            "Rules",
            {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"},
        ),
        undo="delete_bucket_encryption",
    ),
    "VersioningConfiguration": Setting(
        calls="bucket_versioning", member="VersioningConfiguration", off={"Status": "Suspended"}
    ),
    "PublicAccessBlockConfiguration": Setting(
        calls="public_access_block", member="PublicAccessBlockConfiguration"
    ),
    "OwnershipControls": Setting(calls="bucket_ownership_controls", member="OwnershipControls"),
    "LifecycleConfiguration": Setting(
        calls="bucket_lifecycle_configuration",
        member="LifecycleConfiguration",
        sent=s3_lifecycle.sent,
        shown=s3_lifecycle.shown,
        undo="delete_bucket_lifecycle",
    ),
    "NotificationConfiguration": Setting(
        calls="bucket_notification_configuration",
        member="NotificationConfiguration",
        sent=s3_notifications.sent,
        shown=s3_notifications.shown,
        off={},
    ),
    "LoggingConfiguration": Setting(
        calls="bucket_logging", member="BucketLoggingStatus", sent=_logging_sent, shown=_logging_shown, off={}
    ),
    "CorsConfiguration": Setting(
        calls="bucket_cors",
        member="CORSConfiguration",
        **_rules(
            "CorsRules",
            "CORSRules",
            {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"},
        ),
        undo="delete_bucket_cors",
    ),
}


def _nothing(declared: Any) -> Any:
    """A configuration that asks for nothing is as declared where there is none."""
    return declared if isinstance(declared, dict) and not any(declared.values()) else None


def _refuse_name(name: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; moto takes more."""
    if not _NAME.fullmatch(name):
        raise ResourceFailed(f"{name} is not a valid bucket name (Service: S3, Status Code: 400)")


class Bucket(ServiceType):
    """AWS::S3::Bucket: Ref is the name."""

    service = "s3"
    gone = ("NoSuchBucket", "404")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("BucketName") or context.name()
        _refuse_name(name)
        self._refuse_taken(context, name)
        request: dict[str, Any] = {"Bucket": name}
        if context.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
        if truth(properties.get("ObjectLockEnabled", False)):
            request["ObjectLockEnabledForBucket"] = True
        self.call(context, "create_bucket", request)
        with self.undo_on_failure(context, name, properties):
            self._configure(context, name, {}, properties)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self._configure(context, physical_id, before, after)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        try:
            self.call(context, "delete_bucket", {"Bucket": physical_id})
        except ClientError as error:
            if code(error) != "BucketNotEmpty":
                raise
            raise ResourceFailed(
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
                f" (Service: S3, Status Code: 409, Bucket: {physical_id})"
            ) from error

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        # Only the configurations of the template: each costs a call.
        self.call(context, "head_bucket", {"Bucket": physical_id})
        live = {
            name: self._shown(context, physical_id, setting) or _nothing(properties[name])
            for name, setting in SETTINGS.items()
            if name in properties
        }
        if "Tags" in properties:
            backend = s3_backends[context.account_id][context.partition]
            arn = backend.get_bucket(physical_id).arn
            tags = backend.tagger.get_tag_dict_for_resource(arn)
            live["Tags"] = pairs(without_stack_tags(context, properties, tags))
        return {"BucketName": physical_id, **live}

    def _refuse_taken(self, context: Context, name: str) -> None:
        try:
            self.call(context, "head_bucket", {"Bucket": name})
        except ClientError as error:
            if code(error) not in self.gone:
                raise ResourceFailed(f"{name} already exists") from error
            return
        raise ResourceFailed(f"{name} already exists")

    def _configure(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        if before.get("AccessControl") != after.get("AccessControl"):
            words = _WORD.findall(after.get("AccessControl", "Private"))
            self.call(context, "put_bucket_acl", {"Bucket": name, "ACL": "-".join(words).lower()})
        for property_name, setting in SETTINGS.items():
            old, new = before.get(property_name), after.get(property_name)
            if old == new:
                continue
            if new is not None:
                self._put(context, name, setting, new)
            elif setting.off is None:
                self.call(context, setting.undo or f"delete_{setting.calls}", {"Bucket": name})
            else:
                self.call(context, f"put_{setting.calls}", {"Bucket": name, setting.member: setting.off})
        self._tag(context, name, desired_tags(context, after))

    def _put(self, context: Context, name: str, setting: Setting, value: Any) -> None:
        if setting.sent is _logging_sent:
            # Without a destination a bucket logs into itself.
            value = {"DestinationBucketName": name, **value}
        body = {setting.member: setting.sent(value)}
        try:
            self.call(context, f"put_{setting.calls}", {"Bucket": name, **body})
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if code(error) != "InvalidTargetBucketForLogging" or "bucket policy" not in message:
                raise
            # AWS lets the target's policy come later, which often names this bucket; moto asks for it now.
            backend = s3_backends[context.account_id][context.partition]
            backend.get_bucket(name).logging = body[setting.member]["LoggingEnabled"]

    def _shown(self, context: Context, name: str, setting: Setting) -> Any:
        try:
            answer = self.call(context, f"get_{setting.calls}", {"Bucket": name})
        except ClientError as error:
            if code(error).startswith(("NoSuch", "NotFound")) or "NotFound" in code(error):
                return None
            raise
        answer.pop("ResponseMetadata")
        value = answer.get(setting.member, answer.get("LoggingEnabled", answer) or None)
        return setting.shown(value) if value else None

    def _tag(self, context: Context, name: str, tags: dict[str, str]) -> None:
        # Not by the API, which refuses the `aws:` tags that CloudFormation writes.
        backend = s3_backends[context.account_id][context.partition]
        bucket = backend.get_bucket(name)
        live = backend.tagger.get_tag_dict_for_resource(bucket.arn)
        system = {key: value for key, value in live.items() if key.startswith("aws:")}
        if tags or live != system:
            context.require(Need(action="s3:PutBucketTagging", resource=bucket.arn))
        backend.tagger.delete_all_tags_for_resource(bucket.arn)
        backend.tagger.tag_resource(bucket.arn, pairs({**system, **tags}))

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        suffix = "amazonaws.com.cn" if context.partition == "aws-cn" else "amazonaws.com"
        return Made(
            physical_id=physical_id,
            attributes={
                "Arn": f"arn:{context.partition}:s3:::{physical_id}",
                "DomainName": f"{physical_id}.s3.{suffix}",
                "DualStackDomainName": f"{physical_id}.s3.dualstack.{context.region}.{suffix}",
                "RegionalDomainName": f"{physical_id}.s3.{context.region}.{suffix}",
                "WebsiteURL": f"http://{physical_id}.s3-website-{context.region}.{suffix}",
            },
        )


class BucketPolicy(ServiceType):
    """AWS::S3::BucketPolicy: Ref is the bucket's name."""

    service = "s3"
    gone = ("NoSuchBucket", "NoSuchBucketPolicy")
    deletion = ("delete_bucket_policy", "Bucket")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        bucket = properties["Bucket"]
        try:
            self.call(context, "get_bucket_policy", {"Bucket": bucket})
        except ClientError as error:
            if code(error) != "NoSuchBucketPolicy":
                raise
            return self.update(context, bucket, {}, properties)
        raise ResourceFailed(f"The bucket policy already exists on bucket {bucket}.")

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.call(context, "put_bucket_policy", {"Bucket": physical_id, "Policy": after["PolicyDocument"]})
        return self.made(context, physical_id)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        policy = self.call(context, "get_bucket_policy", {"Bucket": physical_id})["Policy"]
        return {"Bucket": physical_id, "PolicyDocument": Exact(policy)}
