"""configs/targets.yaml: the accounts and Regions that a project publishes to, and as whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from publisher.declarations.constraint_types import Declaration, Declared, ListConstraint, StringConstraint
from publisher.declarations.problems import shaped
from publisher.declarations.strings import ACCOUNT, PARTITION, AccountId, Name, Region
from publisher.documents import Document, quoted, read
from publisher.errors import InputError, Problem, errors
from publisher.rules import partition_of

TARGETS_FILE = "targets.yaml"

VariableName = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z][a-z0-9_]*", words="small letters, digits and _, first a letter", longest=64
    ),
]
VariableValue = Annotated[
    str,
    StringConstraint(
        pattern=rf"arn:{PARTITION}:sns:([a-z0-9-]+|\{{region\}}):{ACCOUNT}:[A-Za-z0-9_-]{{1,256}}",
        words="a topic's ARN, e.g. 'arn:{partition}:sns:{region}:{account_id}:<topic>'",
        longest=1224,
    ),
]
PublisherRole = Annotated[
    str,
    StringConstraint(
        pattern=r"arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role/(?:[A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
        words="'arn:aws:iam::<account>:role/<name>', without placeholders",
        longest=1224,
    ),
]
Variables = Annotated[dict[VariableName, VariableValue], ListConstraint(most=50)]


class Target(Declared):
    """An account, and the Regions of it to publish to."""

    account_id: Annotated[AccountId, Field(description="The account, in quotes.")]
    regions: Annotated[
        list[Region],
        ListConstraint(least=1, most=50, unique=True),
        Field(description="The Regions to publish to."),
    ]
    role_arn: Annotated[
        PublisherRole | None, Field(description="The role to assume; without one the caller's own identity.")
    ] = None
    variables: Annotated[Variables, Field(description="Values of {variables.<name>} at this target.")] = (
        Field(default_factory=dict)
    )


class TargetsFile(Declaration):
    """The targets."""

    variables: Annotated[
        Variables, Field(description="Values of {variables.<name>} at every target without one of its own.")
    ] = Field(default_factory=dict)
    targets: Annotated[
        dict[Name, Target],
        ListConstraint(least=1, most=500),
        Field(description="The targets, by a name of yours."),
    ]

    def variables_of(self, target: Target) -> dict[str, str]:
        """A target's variables, with those that every target has."""
        return {**self.variables, **target.variables}


def parse_targets(document: Document) -> tuple[TargetsFile | None, list[Problem]]:
    """The targets that a document holds, or None, with all its problems."""
    targets, _, problems = shaped(TargetsFile, document)
    if targets is not None:
        problems.extend(_checked(targets))
    return targets, problems


def read_targets(root: Path) -> TargetsFile | None:
    """The project's targets, if it names any. Raises InputError."""
    path = root / "configs" / TARGETS_FILE
    if not path.exists():
        return None
    targets, problems = parse_targets(read(path, root=root))
    if targets is None or errors(problems):
        raise InputError.of(errors(problems))
    return targets


def _checked(file: TargetsFile) -> Iterator[Problem]:
    where = file.document.where
    seen: dict[tuple[str, str], str] = {}
    for name, target in file.targets.items():
        role = target.role_arn
        if role and role.split(":")[4] != target.account_id:
            yield Problem(
                rule="P160",
                where=where("targets", name, "role_arn"),
                message=f"the role {quoted(role)} is not of the account {target.account_id}",
                hint="name a role of the target's own account",
            )
        yield from _partitions(file, name, target)
        for n, region in enumerate(target.regions):
            first = seen.setdefault((target.account_id, region), name)
            if first != name:
                yield Problem(
                    rule="P161",
                    where=where("targets", name, "regions", n),
                    message=f"{target.account_id}/{region} is also a target of '{first}'",
                    hint="keep one of the two",
                )
    yield from _callers(file)


def _partitions(file: TargetsFile, name: str, target: Target) -> Iterator[Problem]:
    """An account, its Regions and its roles are of one partition."""
    role, first = target.role_arn, target.regions[0]
    partition = role.split(":")[1] if role else partition_of(first)
    strange = [n for n, region in enumerate(target.regions) if partition_of(region) != partition]
    if strange:
        region = target.regions[strange[0]]
        other = "the role" if role else first
        yield Problem(
            rule="P163",
            where=file.document.where("targets", name, "regions", strange[0]),
            message=f"{region} is of the partition '{partition_of(region)}', {other} of '{partition}'",
            hint="an account is of one partition: make two targets",
        )


def _callers(file: TargetsFile) -> Iterator[Problem]:
    """Who publishes is of one account, so that all other accounts need a role."""
    own = [(name, target.account_id) for name, target in file.targets.items() if not target.role_arn]
    for name, account_id in own[1:]:
        if account_id != own[0][1]:
            yield Problem(
                rule="P165",
                where=file.document.where("targets", name, key=True),
                message=f"'{name}' has no role_arn, nor has '{own[0][0]}' of another account",
                hint="name a role of it to assume, or publish with --target and --profile one by one",
                severity="warning",
            )
