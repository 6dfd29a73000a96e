"""configs/pipeline.yaml: where the pipeline is, what starts it, which targets it publishes when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from publisher.aws.arns import Arn, partition_of
from publisher.declarations.fields import AtLeast, Declaration, Declared, ListConstraint, StringConstraint
from publisher.declarations.problems import shaped
from publisher.declarations.strings import HYPHENS, AccountId, Email, Region
from publisher.declarations.targets import Target, TargetsFile, matches
from publisher.documents import Document, read
from publisher.errors import InputError, Problem, did_you_mean, errors, quoted

PIPELINE_FILE = "pipeline.yaml"

# Of both the names of roles are made, of 64 characters, and of the first that of a bucket, of 63.
PipelineName = Annotated[
    str, StringConstraint(pattern=r"[a-z][a-z0-9-]*[a-z0-9]", words=HYPHENS, longest=32, shortest=2)
]
GroupName = Annotated[str, StringConstraint(pattern=r"[a-z](-?[a-z0-9])*", words=HYPHENS, longest=20)]
# https://git-scm.com/docs/git-check-ref-format
Branch = Annotated[
    str,
    StringConstraint(
        pattern=r"(?!.*(?:\.\.|//|\.$))[A-Za-z0-9_][A-Za-z0-9_./-]*",
        words="the name of a branch",
        longest=250,
    ),
]
ConnectionArn = Annotated[
    str,
    StringConstraint(
        pattern=r"arn:(aws|aws-cn|aws-us-gov):(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:"
        r"connection/[0-9a-f-]{36}",
        words="'arn:aws:codeconnections:<region>:<account>:connection/<id>'",
        longest=256,
    ),
]
FullRepository = Annotated[
    str,
    StringConstraint(
        pattern=r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+", words="<owner>/<repository>", longest=200
    ),
]
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_RepositoryMetadata.html
CodeCommitName = Annotated[
    str,
    StringConstraint(
        pattern=r"(?!.*\.git$)[A-Za-z0-9_.-]+", words="the name of a CodeCommit repository", longest=100
    ),
]
ZipBucket = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z0-9][a-z0-9-]+[a-z0-9]",
        words="the name of a bucket, without dots",
        longest=63,
        shortest=3,
    ),
]
ZipKey = Annotated[
    str, StringConstraint(pattern=r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\.zip", words="<key>.zip", longest=500)
]
# As --target takes them. A build splits them at spaces.
TargetPattern = Annotated[
    str,
    StringConstraint(
        pattern=r"[A-Za-z0-9*?\[\]!][A-Za-z0-9*?\[\]!/-]*",
        words="a target as --target takes it, e.g. hub, hub/us-west-2 or 'spoke-*'",
        longest=100,
    ),
]
AllowKind = Literal[
    "delete", "execution-role", "launch-role", "principal-pattern", "share", "studio-domain", "tag-option"
]


MaxFailures = Annotated[
    str,
    StringConstraint(
        pattern=r"[0-9]{1,6}|(100|[0-9]{1,2})%",
        words="a number in quotes, or a percentage: '3', 5%",
        longest=6,
    ),
]


class CodeConnections(Declared):
    """codeconnections: a repository at GitHub, GitLab, Bitbucket or another provider."""

    type: Literal["codeconnections"]
    connection_arn: Annotated[ConnectionArn, Field(description="The ARN of the connection to the provider.")]
    repository: Annotated[FullRepository, Field(description="The repository at the provider: owner/name.")]
    branch: Annotated[Branch, Field(description="The branch that is published.")] = "main"


class CodeCommit(Declared):
    """codecommit: a repository in CodeCommit."""

    type: Literal["codecommit"]
    repository: Annotated[CodeCommitName, Field(description="The name of the repository.")]
    branch: Annotated[Branch, Field(description="The branch that is published.")] = "main"
    create: Annotated[
        bool, Field(description="The pipeline's stack makes the repository; it is kept without the stack.")
    ] = False


class S3(Declared):
    """s3: a zip of the repository in a versioned bucket that sends its events to EventBridge."""

    type: Literal["s3"]
    bucket: Annotated[ZipBucket, Field(description="The bucket, in the pipeline's account and Region.")]
    key: Annotated[ZipKey, Field(description="The key of the zip.")]


Source = Annotated[CodeConnections | CodeCommit | S3, Field(discriminator="type")]


class Group(Declared):
    """Targets that are published together: one plan, one approval, one sync."""

    name: Annotated[GroupName, Field(description="The name of the group's stage.")]
    targets: Annotated[
        list[TargetPattern],
        ListConstraint(most=20, unique=True),
        Field(description="Targets as --target takes them; all, if omitted."),
    ] = Field(default_factory=list)
    approval: Annotated[bool, Field(description="Somebody approves the plan before it is applied.")] = True
    prune: Annotated[
        bool, Field(description="Plan to delete managed resources that are not in the files.")
    ] = False
    allow: Annotated[
        list[AllowKind],
        ListConstraint(most=7, unique=True),
        Field(description="Kinds of changes that an approved plan may have, as sync --allow takes them."),
    ] = Field(default_factory=list)
    bootstrap: Annotated[
        bool,
        Field(
            description="Also deploy template buckets and launch roles: the group's role is then equivalent "
            "to an administrator."
        ),
    ] = False

    builds: Annotated[
        int,
        AtLeast(1, 100),
        Field(description="How many builds apply the group's plan at once, each to its part of the targets."),
    ] = 1
    max_failures: Annotated[
        MaxFailures,
        Field(description="With builds: how many targets may fail, a number in quotes or a percentage."),
    ] = "0"


class PipelineFile(Declaration):
    """The publishing pipeline."""

    name: Annotated[PipelineName, Field(description="The name of the pipeline and of its stack.")] = (
        "publisher-pipeline"
    )
    account_id: Annotated[AccountId, Field(description="The account of the pipeline, in quotes.")]
    region: Annotated[Region, Field(description="The Region of the pipeline.")]
    source: Annotated[Source, Field(description="What is published.")]
    email: Annotated[
        Email | None, Field(description="Who is told of approvals that wait, and of failures.")
    ] = None
    groups: Annotated[
        list[Group],
        ListConstraint(least=1, most=20),
        Field(description="The groups of targets, in the order in which they are published."),
    ]


def parse_pipeline(document: Document) -> tuple[PipelineFile | None, list[Problem]]:
    """The pipeline that a document holds, or None, with all its problems."""
    pipeline, _, problems = shaped(PipelineFile, document)
    if pipeline is not None:
        problems.extend(_checked(pipeline))
    return pipeline, problems


def read_pipeline(root: Path) -> PipelineFile:
    """The project's pipeline. Raises InputError."""
    path = root / "configs" / PIPELINE_FILE
    if not (path.exists() or path.is_symlink()):
        raise InputError(
            f"configs/{PIPELINE_FILE} not found", hint="write it: docs/pipeline.md has an example"
        )
    pipeline, problems = parse_pipeline(read(path, root=root))
    if pipeline is None or errors(problems):
        raise InputError.of(errors(problems))
    return pipeline


def _checked(file: PipelineFile) -> Iterator[Problem]:
    where = file.document.where
    first: dict[str, int] = {}
    for n, group in enumerate(file.groups):
        other = first.setdefault(group.name.replace("-", ""), n)
        if other != n:
            name = quoted(file.groups[other].name)
            yield Problem(
                rule="P190",
                where=where("groups", n, "name"),
                message=f"group {quoted(group.name)} has the name of {name}, entry {other + 1}, "
                "without hyphens",
                hint="rename one of the two",
            )
        if group.builds > 1 and group.bootstrap:
            yield Problem(
                rule="P196",
                where=where("groups", n, "builds"),
                message=f"group {quoted(group.name)} has several builds and bootstrap: the Regions of an "
                "account, which share its roles, may be in two builds",
                hint="remove bootstrap, and run it before; or remove builds",
            )
    if isinstance(file.source, CodeConnections):
        arn = Arn.parse(file.source.connection_arn)
        if (arn.account_id, arn.partition) != (file.account_id, partition_of(file.region)):
            yield Problem(
                rule="P191",
                where=where("source", "connection_arn"),
                message=f"connection {quoted(file.source.connection_arn)} is not in account "
                f"{file.account_id}",
                hint="use a connection of the pipeline's account",
            )


def check_pipeline(file: PipelineFile, targets: TargetsFile | None) -> Iterator[Problem]:
    """Groups that select no target, or one of another group; targets without a role, or without a group."""
    every = [(it, label, region) for label, it in _targets(targets) for region in it.regions]
    group_of: dict[str, str] = {}
    for n, group in enumerate(file.groups):
        where = file.document.where("groups", n, "targets" if group.targets else "name")
        yield from _unmatched(file, n, every)
        for target, label, region in every:
            if not matches(group.targets, label=label, account_id=target.account_id, region=region):
                continue
            name = f"{label}/{region}"
            if group_of.setdefault(name, group.name) != group.name:
                yield Problem(
                    rule="P193",
                    where=where,
                    message=f"target '{name}' is also in group '{group_of[name]}'",
                    hint="select it in one of the two",
                )
            if not target.role_arn and target.account_id != file.account_id:
                yield Problem(
                    rule="P194",
                    where=where,
                    message=f"target '{name}' is not in the pipeline's account, and has no role_arn",
                    hint=f"add one that {file.account_id} may assume, or correct the pipeline's account_id",
                )
    for _, label, region in every:
        if f"{label}/{region}" not in group_of:
            yield Problem(
                rule="P195",
                where=file.document.where("groups", key=True),
                message=f"target '{label}/{region}' is in no group",
                hint="add it to a group, or publish it by hand",
                severity="warning",
            )


def _targets(file: TargetsFile | None) -> Iterable[tuple[str, Target]]:
    return file.targets.items() if file else ()


def _unmatched(file: PipelineFile, n: int, every: Sequence[tuple[Target, str, str]]) -> Iterator[Problem]:
    names = list(dict.fromkeys(name for _, label, region in every for name in (label, f"{label}/{region}")))
    for m, pattern in enumerate(file.groups[n].targets):
        if any(
            matches([pattern], label=label, account_id=it.account_id, region=region)
            for it, label, region in every
        ):
            continue
        yield Problem(
            rule="P192",
            where=file.document.where("groups", n, "targets", m),
            message=f"no target matches {quoted(pattern)}",
            hint=did_you_mean(pattern, names, what="the targets are")
            if names
            else "write configs/targets.yaml, or remove the key to publish to the pipeline's own account",
        )
