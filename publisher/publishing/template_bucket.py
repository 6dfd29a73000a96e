"""The template bucket: objects named by the digest of their content, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, Refused

BUCKET_PARAMETER = "/publisher/bucket"
# Launch roles can read exactly the objects with this tag.
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
_TAGGING = "servicecatalog:provisioning=true"
_CONFLICT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object to store in the bucket."""

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
        """The objects that the bucket does not have."""
        with aws_errors(f"cannot read the template bucket {self.name}"):
            return tuple(stored for stored in objects if not self._has(stored.key))

    def store(self, objects: Iterable[Stored]) -> tuple[str, ...]:
        """Writes missing objects and returns their keys."""
        with aws_errors(f"cannot write to the template bucket {self.name}"):
            return tuple(stored.key for stored in objects if self._write(stored))

    def _write(self, stored: Stored) -> bool:
        written = poll(lambda: self._try(stored), clock=self._clock, seconds=_CONFLICT_SECONDS)
        if written is None:
            raise AwsError(
                f"conflicting writes of {stored.key} to the template bucket", hint="run sync again"
            )
        return written

    def _try(self, stored: Stored) -> bool | None:
        """Whether this call wrote the object; None while another call is writing it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        if self._has(stored.key):
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

    def _has(self, key: str) -> bool:
        try:
            self._aws.client("s3").head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error_code(error) == "404":
                return False
            raise
        return True


def template_bucket(aws: Aws, *, clock: Clock | None = None) -> TemplateBucket:
    """The bucket that bootstrap created in this account and Region. Raises Refused when there is none."""
    with aws_errors(f"cannot read the SSM parameter {BUCKET_PARAMETER}"):
        try:
            answer = aws.client("ssm").get_parameter(Name=BUCKET_PARAMETER)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            raise Refused(
                f"{aws.account_id}/{aws.region} has no template bucket: no SSM parameter {BUCKET_PARAMETER}",
                hint="run publisher bootstrap first, with the same --local, --profile, --region or --target",
            ) from error
    return TemplateBucket(aws, answer["Parameter"]["Value"], clock=clock)
