"""The template bucket: objects named by the digest of what they hold, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, Refused

BUCKET_PARAMETER = "/publisher/bucket"
# Launch roles may read exactly the objects that carry it.
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
_TAGGING = "servicecatalog:provisioning=true"
_CONFLICT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object to keep in the bucket."""

    key: str
    body: bytes
    content_type: Literal["application/gzip", "application/yaml", "application/zip"]


class TemplateBucket:
    """The template bucket of one account and Region."""

    def __init__(self, aws: Aws, name: str, *, clock: Clock | None = None) -> None:
        self._aws = aws
        self._clock = clock or Clock()
        self.name = name

    def url(self, key: str) -> str:
        """Where Service Catalog loads an object from."""
        return f"https://{self.name}.s3.{self._aws.region}.{self._aws.url_suffix}/{key}"

    def missing(self, objects: Iterable[Stored]) -> tuple[Stored, ...]:
        """Those that the bucket does not hold."""
        with aws_errors(f"cannot read the template bucket {self.name}"):
            return tuple(stored for stored in objects if not self._holds(stored.key))

    def keep(self, objects: Iterable[Stored]) -> tuple[str, ...]:
        """Writes the objects that are missing and answers their keys."""
        with aws_errors(f"cannot write to the template bucket {self.name}"):
            return tuple(stored.key for stored in objects if self._write(stored))

    def _write(self, stored: Stored) -> bool:
        written = poll(lambda: self._try(stored), clock=self._clock, seconds=_CONFLICT_SECONDS)
        if written is None:
            raise AwsError(f"others keep writing {stored.key} to the template bucket", hint="run it again")
        return written

    def _try(self, stored: Stored) -> bool | None:
        """Whether this call wrote the object; None when another writer is at it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        if self._holds(stored.key):
            return False
        try:
            self._aws.client("s3").put_object(
                Bucket=self.name,
                Key=stored.key,
                Body=stored.body,
                ContentType=stored.content_type,
                Tagging=_TAGGING,
                IfNoneMatch="*",
            )
        except ClientError as error:
            match error_code(error):
                case "PreconditionFailed":
                    return False
                case "ConditionalRequestConflict":
                    return None
                case _:
                    raise
        return True

    def _holds(self, key: str) -> bool:
        try:
            self._aws.client("s3").head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error_code(error) == "404":
                return False
            raise
        return True


def template_bucket(aws: Aws, *, clock: Clock | None = None) -> TemplateBucket:
    """The bucket that bootstrap made in this account and Region; Refused when there is none."""
    with aws_errors(f"cannot read the SSM parameter {BUCKET_PARAMETER}"):
        try:
            answer = aws.client("ssm").get_parameter(Name=BUCKET_PARAMETER)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            raise Refused(
                f"{aws.account_id}/{aws.region} has no template bucket: no SSM parameter {BUCKET_PARAMETER}",
                hint="first run publisher bootstrap, with the same --local, --profile, --region or --target",
            ) from error
    return TemplateBucket(aws, answer["Parameter"]["Value"], clock=clock)
