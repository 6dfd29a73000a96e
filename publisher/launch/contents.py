"""What goes with a launch: the resources of its stack, and what its buckets and model groups still hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, assert_never

from publisher.aws.clients import Aws, ClientError, error_code
from publisher.errors import AwsError
from publisher.launch.calls import DENIED, asking
from publisher.launch.outputs import outputs_of
from publisher.launch.provisioned import Provisioned

BUCKET, GROUP, KEY = "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup", "AWS::KMS::Key"
# Where the caller may not read the stack, the outputs name what may hold something.
_OUTPUTS = {"BucketName": BUCKET, "ModelPackageGroupArn": GROUP, "KmsKeyArn": KEY}
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_BATCH = 1000
_COUNTED = 10 * _BATCH
_SHOWN = 5
_NO_STACK = "ValidationError"
_EMPTY = frozenset({"NoSuchBucket", "404", "ValidationException", "ResourceNotFound"})

Kind = Literal["bucket", "model group"]
_KINDS: Mapping[str, Kind] = {BUCKET: "bucket", GROUP: "model group"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the stack: its type, and its physical id."""

    type: str
    id: str


@dataclass(frozen=True, kw_only=True)
class VisiblePortfolio:
    """What a bucket (object versions and delete markers) or a model group (packages) still holds.

    `count` stops at 10,000; `names` are the first few, `more` tells that there are others.
    """

    kind: Kind
    name: str
    count: int
    names: tuple[str, ...]
    more: bool = False

    def __str__(self) -> str:
        what = {"bucket": "object version", "model group": "model package"}[self.kind]
        count = f"{self.count} {what}" if self.count == 1 else f"{self.count} {what}s"
        count += " or more" if self.count == _COUNTED else ""
        names = ", ".join((*self.names, "…") if self.more else self.names)
        return f"{self.kind} {self.name}: {count} ({names})"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """All that goes with a launch, and what of it is not empty. `complete` unless the stack is unreadable."""

    resources: tuple[Resource, ...]
    holdings: tuple[VisiblePortfolio, ...]
    complete: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The KMS keys."""
        return tuple(it.id for it in self.resources if it.type == KEY)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "resources": [{"type": it.type, "id": it.id} for it in self.resources],
            "holds": [
                {"kind": it.kind, "name": it.name, "count": it.count, "names": list(it.names)}
                for it in self.holdings
            ],
        }


def contents(aws: Aws, provisioned: Provisioned) -> Contents:
    """Reads it, and changes nothing. Raises AwsError."""
    resources = _of_stack(aws, provisioned)
    complete = resources is not None
    if resources is None:
        outputs = outputs_of(aws, provisioned)
        resources = [
            Resource(type=kind, id=outputs[name].rpartition("/")[2])
            for name, kind in _OUTPUTS.items()
            if name in outputs
        ]
    ordered = tuple(sorted(resources, key=lambda it: (it.type, it.id)))
    found = (_holding(aws, it) for it in ordered if it.type in _KINDS)
    return Contents(resources=ordered, holdings=tuple(it for it in found if it.count), complete=complete)


def empty(aws: Aws, holdings: tuple[VisiblePortfolio, ...], *, tell: Callable[[str], None]) -> None:
    """Deletes for good what these hold. Raises AwsError."""
    for holding in holdings:
        tell(f"emptying {holding.kind} {holding.name}")
        with asking(f"{holding.name}: cannot empty the {holding.kind}"):
            match holding.kind:
                case "bucket":
                    _empty_bucket(aws.client("s3"), holding.name)
                case "model group":
                    _empty_group(aws.client("sagemaker"), holding.name)
                case _:
                    assert_never(holding.kind)


def _of_stack(aws: Aws, provisioned: Provisioned) -> list[Resource] | None:
    """None where the caller may not read the stack; nothing where there is none."""
    if not provisioned.stack:
        return []
    with asking(f"{provisioned.stack_name}: cannot list the resources of the stack"):
        paginator = aws.client("cloudformation").get_paginator("list_stack_resources")
        try:
            return [
                Resource(type=it["ResourceType"], id=it.get("PhysicalResourceId") or it["LogicalResourceId"])
                for page in paginator.paginate(StackName=provisioned.stack)
                for it in page["StackResourceSummaries"]
                if it["ResourceStatus"] != "DELETE_COMPLETE"
            ]
        except ClientError as error:
            if error_code(error) in DENIED:
                return None
            if error_code(error) == _NO_STACK:
                return []
            raise


def _holding(aws: Aws, resource: Resource) -> VisiblePortfolio:
    kind = _KINDS[resource.type]
    # CloudFormation knows a model group by its ARN.
    name = resource.id.rpartition("/")[2]
    with asking(f"{name}: cannot tell what the {kind} holds"):
        try:
            if kind == "bucket":
                names = [entry["Key"] for entry in islice(_versions(aws.client("s3"), name), _COUNTED)]
            else:
                packages = islice(_packages(aws.client("sagemaker"), name), _COUNTED)
                names = [arn.rpartition(":model-package/")[2] for arn in packages]
        except ClientError as error:
            if error_code(error) not in _EMPTY:
                raise
            names = []
    distinct = sorted(set(names))
    return VisiblePortfolio(
        kind=kind,
        name=name,
        count=len(names),
        names=tuple(distinct[:_SHOWN]),
        more=len(distinct) > _SHOWN,
    )


def _versions(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}


def _packages(client: Any, group: str) -> Iterator[str]:
    for page in client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group):
        for entry in page["ModelPackageSummaryList"]:
            yield entry["ModelPackageArn"]


def _empty_bucket(client: Any, bucket: str) -> None:
    while batch := list(islice(_versions(client, bucket), _BATCH)):
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise AwsError(
                f"{bucket}: cannot delete {error['Key']}: {error.get('Code')}: {error.get('Message')}",
                hint="delete it by other means, then run the command again",
                aws_code=error.get("Code", ""),
            )


def _empty_group(client: Any, group: str) -> None:
    for arn in list(_packages(client, group)):
        client.delete_model_package(ModelPackageName=arn)
