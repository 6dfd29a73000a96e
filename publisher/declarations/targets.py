"""configs/targets.yaml: the accounts and Regions that a project publishes to, and as whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from publisher.declarations.complaints import shaped
from publisher.declarations.forms import ACCOUNT, PARTITION, VARIABLE, AccountId, Name, Region
from publisher.declarations.portfolio import Notification, PortfolioFile
from publisher.declarations.shape import Declaration, Declared, Form, Many, Steps, closest
from publisher.documents import Document, quoted, read
from publisher.errors import InputError, Problem

TARGETS_FILE = "targets.yaml"

VariableName = Annotated[
    str, Form(pattern=r"[a-z][a-z0-9_]*", words="small letters, digits and _, first a letter", longest=64)
]
VariableValue = Annotated[
    str,
    Form(
        pattern=rf"arn:{PARTITION}:sns:([a-z0-9-]+|\{{region\}}):{ACCOUNT}:[A-Za-z0-9_-]{{1,256}}",
        words="a topic's ARN, e.g. 'arn:{partition}:sns:{region}:{account_id}:<topic>'",
        longest=1224,
    ),
]
PublisherRole = Annotated[
    str,
    Form(
        pattern=r"arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role/(?:[A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
        words="'arn:aws:iam::<account>:role/<name>', without placeholders",
        longest=1224,
    ),
]
Variables = Annotated[dict[VariableName, VariableValue], Many(most=50)]


class Target(Declared):
    """An account, and the Regions of it to publish to."""

    account_id: Annotated[AccountId, Field(description="The account, in quotes.")]
    regions: Annotated[
        list[Region], Many(least=1, most=50, unique=True), Field(description="The Regions to publish to.")
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
        dict[Name, Target], Many(least=1, most=500), Field(description="The targets, by a name of yours.")
    ]


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
    if problems or targets is None:
        raise InputError.of(problems)
    return targets


def check_variables(portfolio: PortfolioFile, targets: TargetsFile | None) -> Iterator[Problem]:
    """Variables of a portfolio that look like a misspelt one of the targets; any other may be left out."""
    known = set(targets.variables) if targets else set()
    known.update(
        name for target in (targets.targets.values() if targets else ()) for name in target.variables
    )
    for steps, name in _variables(portfolio):
        close = closest(name, sorted(known)) if name not in known else None
        if close:
            yield Problem(
                rule="P162",
                where=portfolio.document.where(*steps),
                message=f"no target has the variable {quoted(name)}",
                hint=f"did you mean {quoted(close)}?",
            )


def _variables(portfolio: PortfolioFile) -> Iterator[tuple[Steps, str]]:
    """Each variable that a portfolio names, and where."""
    for n, entry in enumerate(portfolio.products):
        for m, constraint in enumerate(entry.constraints):
            for k, arn in enumerate(
                constraint.notification_arns if isinstance(constraint, Notification) else ()
            ):
                if match := re.fullmatch(VARIABLE, arn):
                    yield ("products", n, "constraints", m, "notification_arns", k), match[1]


def _checked(file: TargetsFile) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for name, target in file.targets.items():
        where = file.document.where
        if target.role_arn and target.role_arn.split(":")[4] != target.account_id:
            yield Problem(
                rule="P160",
                where=where("targets", name, "role_arn"),
                message=f"the role {quoted(target.role_arn)} is not of the account {target.account_id}",
                hint="name a role of the target's own account",
            )
        for n, region in enumerate(target.regions):
            first = seen.setdefault((target.account_id, region), name)
            if first != name:
                yield Problem(
                    rule="P161",
                    where=where("targets", name, "regions", n),
                    message=f"{target.account_id}/{region} is also a target of '{first}'",
                    hint="keep one of the two",
                )
