"""What a termination deletes or retains: the stack's resources, their contents, and what was made later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal, assert_never

from publisher.aws.buckets import empty_bucket, object_versions
from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.stack_events import stack_resources
from publisher.declarations.form import OutputRoles
from publisher.launch.deployed import deletion_policies
from publisher.launch.made_later import MadeLater, in_words, interfaces_in, made_by
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.sources import source_of

BUCKET, GROUP, KEY = "AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup", "AWS::KMS::Key"
_SECURITY_GROUP, _VPC_ENDPOINT = "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"
REPOSITORY = "AWS::CodeCommit::Repository"
_COUNTED = 10_000
_SHOWN = 5
_GONE = frozenset({"NoSuchBucket", "404", "ValidationException", "ResourceNotFound"})

_SKIPPED = "DELETE_SKIPPED"

Kind = Literal["bucket", "model group"]
_KINDS: Mapping[str, Kind] = {BUCKET: "bucket", GROUP: "model group"}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the stack: its type and physical id."""

    type: str
    id: str
    logical_id: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """What people know it by: the id of a repository is a GUID that tells them nothing."""
        return self.logical_id or self.id if self.type == REPOSITORY else self.id

    def __str__(self) -> str:
        return f"{self.type} {self.label}"


@dataclass(frozen=True, kw_only=True)
class NonEmptyResource:
    """A bucket with object versions and delete markers, or a model group with packages.

    `count` stops at 10,000; `names` are the first few, `more` is true when there are others.
    """

    kind: Kind
    name: str
    count: int
    names: tuple[str, ...]
    more: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.amount}"

    @property
    def amount(self) -> str:
        """How much it contains, in words."""
        what = {"bucket": "object version", "model group": "model package"}[self.kind]
        count = f"at least {self.count}" if self.count == _COUNTED else str(self.count)
        names = ", ".join((*self.names, "…") if self.more else self.names)
        return f"{count} {what}{'s' if self.count != 1 else ''} ({names})"


@dataclass(frozen=True, kw_only=True)
class Retained:
    """A resource that stays when its stack is deleted, with what it contains."""

    resource: Resource
    contents: NonEmptyResource | None = None

    def __str__(self) -> str:
        held = f": {self.contents.amount}" if self.contents and self.contents.count else ""
        return f"{self.resource}{held}"

    def document(self) -> dict[str, Any]:
        """Its JSON shape; `contents` is null where nobody looked."""
        count = self.contents.count if self.contents else None
        return {"type": self.resource.type, "id": self.resource.id, "contents": count}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The resources of a launch, those that are not empty, and what was made with it later.

    `complete` unless the stack is unreadable. `snapshots` are those of the resources of which a snapshot is
    left. What the stack retains is not among the resources; it is not known (not `policies_read`) where the
    caller may not read the stack's template.
    """

    resources: tuple[Resource, ...]
    not_empty: tuple[NonEmptyResource, ...]
    complete: bool
    made_later: tuple[MadeLater, ...] = ()
    retained: tuple[Retained, ...] = ()
    snapshots: tuple[Resource, ...] = ()
    policies_read: bool = True

    @property
    def obstacles(self) -> list[str]:
        """What has to be deleted before the stack, in words."""
        contents, later = "; ".join(map(str, self.not_empty)), "; ".join(in_words(self.made_later))
        return [
            *([f"not empty: {contents}"] if contents else []),
            *([f"made later: {later}"] if later else []),
        ]

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of KMS keys."""
        return tuple(it.id for it in self.resources if it.type == KEY)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "resources": [{"type": it.type, "id": it.id} for it in self.resources],
            "not_empty": [
                {"kind": it.kind, "name": it.name, "count": it.count, "names": list(it.names)}
                for it in self.not_empty
            ],
            "made_later": [{"kind": it.kind, "name": it.name, "detail": it.detail} for it in self.made_later],
            "retained": [it.document() for it in self.retained] if self.policies_read else None,
            "snapshots": [{"type": it.type, "id": it.id} for it in self.snapshots],
        }


def contents_of(aws: Aws, provisioned: ProvisionedProduct, *, roles: OutputRoles) -> Contents:
    """Only reads. Where the caller may not read the stack, outputs name what can have contents.

    Raises AwsError.
    """
    listed = _of_stack(aws, provisioned)
    complete = listed is not None
    outputs = source_of(provisioned.door).outputs(aws, provisioned) if roles.endpoints or not complete else {}
    if listed is None:
        kinds = {
            **dict.fromkeys(roles.empties, BUCKET),
            **dict.fromkeys(roles.keys, KEY),
            **({roles.registry: GROUP} if roles.registry else {}),
        }
        listed = [
            (Resource(type=kind, id=outputs[name].rpartition("/")[2]), "", "")
            for name, kind in kinds.items()
            if name in outputs
        ]
    policies = deletion_policies(aws, provisioned) if listed and complete else {} if complete else None
    found: dict[str, list[Resource]] = {"Delete": [], "Retain": [], "Snapshot": []}
    for resource, logical_id, status in sorted(listed, key=lambda it: (it[0].type, it[0].id)):
        skipped = status == _SKIPPED
        found["Retain" if skipped else (policies or {}).get(logical_id, "Delete")].append(resource)
    deleted = sorted((*found["Delete"], *found["Snapshot"]), key=lambda it: (it.type, it.id))
    contents = (_content(aws, it) for it in deleted if it.type in _KINDS)
    return Contents(
        resources=tuple(deleted),
        not_empty=tuple(it for it in contents if it.count),
        complete=complete,
        made_later=tuple(
            _made_later(aws, deleted, outputs.get(roles.endpoints or "", ""), provisioned.created)
        ),
        retained=tuple(_retained(aws, it) for it in found["Retain"]),
        snapshots=tuple(found["Snapshot"]),
        policies_read=policies is not None,
    )


def retained_by(aws: Aws, provisioned: ProvisionedProduct, contents: Contents) -> tuple[Retained, ...]:
    """What the deleted stack has left: what was expected, where the caller may not list that."""
    listed = _of_stack(aws, provisioned)
    if not listed:
        return contents.retained
    known = {it.resource: it for it in contents.retained}
    left = sorted((it for it, _, status in listed if status == _SKIPPED), key=lambda it: (it.type, it.id))
    return tuple(known.get(it) or _retained(aws, it) for it in left)


def _retained(aws: Aws, resource: Resource) -> Retained:
    known = resource.type in _KINDS
    return Retained(resource=resource, contents=_content(aws, resource) if known else None)


def _made_later(
    aws: Aws, resources: Iterable[Resource], role_arn: str, since: datetime
) -> Iterator[MadeLater]:
    if not role_arn:
        return
    yield from made_by(aws, role_arn, since=since)
    groups, endpoints = (
        [it.id for it in resources if it.type == kind] for kind in (_SECURITY_GROUP, _VPC_ENDPOINT)
    )
    yield from interfaces_in(aws, groups, endpoints)


def empty(aws: Aws, resource: NonEmptyResource, *, report: Callable[[str], None]) -> None:
    """Deletes all versions of objects, or model packages. Raises AwsError."""
    report(f"emptying {resource.kind} {resource.name}")
    with aws_errors(f"{resource.name}: cannot empty the {resource.kind}"):
        match resource.kind:
            case "bucket":
                empty_bucket(aws.client("s3"), resource.name)
            case "model group":
                client = aws.client("sagemaker")
                for arn in list(_packages(client, resource.name)):
                    client.delete_model_package(ModelPackageName=arn)
            case _:
                assert_never(resource.kind)


def _of_stack(aws: Aws, provisioned: ProvisionedProduct) -> list[tuple[Resource, str, str]] | None:
    """Each with its logical ID and status. None where the caller may not read the stack; nothing without one.

    A deleted stack, by its ARN, has what it retained.
    """
    if not provisioned.stack:
        return []
    with aws_errors(f"{provisioned.stack_name}: cannot list the resources of the stack"):
        listed = or_none(lambda: stack_resources(aws, provisioned.stack), *DENIED)
    if listed is None:
        return None
    return [
        (
            Resource(
                type=it["ResourceType"],
                id=it.get("PhysicalResourceId") or it["LogicalResourceId"],
                logical_id=it["LogicalResourceId"],
            ),
            it["LogicalResourceId"],
            it["ResourceStatus"],
        )
        for it in listed
        if it["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _content(aws: Aws, resource: Resource) -> NonEmptyResource:
    kind = _KINDS[resource.type]
    # CloudFormation identifies a model group by its ARN.
    name = resource.id.rpartition("/")[2]

    def held() -> Iterator[str]:
        if kind == "bucket":
            return (entry["Key"] for entry in object_versions(aws.client("s3"), name))
        return (arn.rpartition(":model-package/")[2] for arn in _packages(aws.client("sagemaker"), name))

    with aws_errors(f"{name}: cannot list the contents of the {kind}"):
        names = or_none(lambda: list(islice(held(), _COUNTED)), *_GONE) or []
    distinct = sorted(set(names))
    return NonEmptyResource(
        kind=kind,
        name=name,
        count=len(names),
        names=tuple(distinct[:_SHOWN]),
        more=len(distinct) > _SHOWN,
    )


def _packages(client: Any, group: str) -> Iterator[str]:
    for page in client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group):
        for entry in page["ModelPackageSummaryList"]:
            yield entry["ModelPackageArn"]
