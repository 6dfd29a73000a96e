"""The template bucket: objects named by the digest of their content, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, partial

from publisher.aws.calls import ClientError, aws_errors, error_code, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, Refused, command
from publisher.model import StoredContent, StoredTemplate
from publisher.stopping import READERS, Pool

BUCKET_PARAMETER = "/publisher/bucket"
# Launch roles can read exactly the objects with this tag.
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
_TAGGING = "servicecatalog:provisioning=true"
_TYPES = {"gz": "application/gzip", "yaml": "application/yaml", "zip": "application/zip"}
_CONFLICT_SECONDS = 30


class TemplateBucket:
    """The template bucket of one account and Region. `bodies` by object key: what may be stored in it."""

    def __init__(self, aws: Aws, bodies: Mapping[str, bytes], *, clock: Clock | None = None) -> None:
        self._aws, self._bodies = aws, bodies
        self._clock = clock or Clock()

    @cached_property
    def name(self) -> str:
        """The bucket that bootstrap created. Raises Refused when there is none."""
        aws = self._aws
        with aws_errors(f"cannot read the SSM parameter {BUCKET_PARAMETER}"):
            read = partial(aws.client("ssm").get_parameter, Name=BUCKET_PARAMETER)
            found = or_none(read, "ParameterNotFound")
        if found is None:
            raise Refused(
                f"{aws.account_id}/{aws.region} has no template bucket: no SSM parameter {BUCKET_PARAMETER}",
                hint=f"run {command('bootstrap')} first",
            )
        return str(found["Parameter"]["Value"])

    def url(self, object_key: str) -> str:
        """Where Service Catalog loads an object from."""
        return f"https://{self.name}.s3.{self._aws.region}.{self._aws.url_suffix}/{object_key}"

    def found(self, objects: Iterable[StoredContent]) -> tuple[StoredContent, ...]:
        """Those of the objects that the bucket has."""
        wanted = tuple(objects)
        with aws_errors(f"cannot read the template bucket {self.name}"), Pool(READERS) as pool:
            there = [*pool.map(lambda it: self._has(it.object_key), wanted)]
        return tuple(it for it, has in zip(wanted, there, strict=True) if has)

    def store(self, desired: StoredContent | StoredTemplate) -> None:
        """Writes an object; one that is already there is no error."""
        with aws_errors(f"cannot write to the template bucket {self.name}"):
            if not poll(
                lambda: self._stored(desired.object_key), clock=self._clock, seconds=_CONFLICT_SECONDS
            ):
                raise AwsError(
                    f"conflicting writes of {desired.label} to the template bucket",
                    hint=f"run {command('sync')} again",
                )

    def body(self, object_key: str) -> bytes:
        """The bytes of an object of the files."""
        return self._bodies[object_key]

    def published(self, short_digest: str) -> tuple[str, bytes]:
        """The digest and the bytes of a template that is stored. Raises AwsError."""
        client, digits = self._aws.client("s3"), short_digest.rpartition(":")[2]
        with aws_errors(f"cannot read the template bucket {self.name}"):
            found = client.list_objects_v2(Bucket=self.name, Prefix=f"templates/{digits}").get("Contents", ())
            for it in found:
                body: bytes = client.get_object(Bucket=self.name, Key=it["Key"])["Body"].read()
                return f"sha256:{it['Key'].rpartition('/')[2].partition('.')[0]}", body
        raise AwsError(
            f"no template of {short_digest} in the template bucket {self.name}",
            hint="publish its content as a new version",
        )

    def _stored(self, object_key: str) -> bool | None:
        """None while another call is writing the object.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        try:
            self._aws.client("s3").put_object(
                Bucket=self.name,
                Key=object_key,
                Body=self.body(object_key),
                ContentType=_TYPES[object_key.rpartition(".")[2]],
                Tagging=_TAGGING,
                IfNoneMatch="*",
            )
        except ClientError as error:
            match error_code(error):
                case "PreconditionFailed":
                    return True
                case "ConditionalRequestConflict":
                    return None
                case _:
                    raise
        return True

    def _has(self, object_key: str) -> bool:
        head = partial(self._aws.client("s3").head_object, Bucket=self.name, Key=object_key)
        return or_none(head, "404") is not None
