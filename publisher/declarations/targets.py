"""configs/targets.yaml: the accounts and Regions that a project publishes to, and as whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import Field

from publisher.aws.arns import Arn, partition_of
from publisher.declarations.fields import (
    AtLeast,
    Declaration,
    Declared,
    ListConstraint,
    Steps,
    StringConstraint,
)
from publisher.declarations.portfolio import Notification, PortfolioFile
from publisher.declarations.problems import shaped
from publisher.declarations.strings import (
    ACCOUNT,
    PARTITION,
    UNDERSCORES,
    USER_OR_ROLE,
    VARIABLE,
    AccountId,
    Name,
    Region,
)
from publisher.documents import Document, read
from publisher.errors import InputError, Problem, closest, errors, quoted

TARGETS_FILE = "targets.yaml"

_BUCKET_OR_DOMAIN = r"(?:[a-z0-9]|\{(?:account_id|region)\})(?:[a-z0-9-]|\{(?:account_id|region)\})+"

VariableName = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z][a-z0-9_]*",
        words=UNDERSCORES,
        longest=64,
    ),
]
VariableValue = Annotated[
    str,
    StringConstraint(
        pattern=rf"arn:{PARTITION}:sns:([a-z0-9-]+|\{{region\}}):{ACCOUNT}:[A-Za-z0-9_-]{{1,256}}"
        rf"|arn:{PARTITION}:iam::{ACCOUNT}:role/{USER_OR_ROLE}|{_BUCKET_OR_DOMAIN}",
        words="a topic ARN, e.g. 'arn:{partition}:sns:{region}:{account_id}:<topic>', a role ARN, the name "
        "of a bucket, or the ID of a domain",
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


Amount = Annotated[int | None, AtLeast(1, 1_000_000)]


class Quotas(Declared):
    """What an account has of Service Catalog's quotas; those that are left out are read from the account."""

    portfolios: Annotated[Amount, Field(description="Portfolios in a Region.")] = None
    products: Annotated[Amount, Field(description="Products in a Region.")] = None
    products_per_portfolio: Annotated[Amount, Field(description="Products in a portfolio.")] = None
    principals_per_portfolio: Annotated[
        Amount, Field(description="Users, groups, roles and patterns of a portfolio.")
    ] = None
    versions_per_product: Annotated[Amount, Field(description="Versions of a product.")] = None


class Target(Declared):
    """An account and the Regions to publish to."""

    account_id: Annotated[AccountId, Field(description="The account ID, in quotes.")]
    regions: Annotated[
        list[Region],
        ListConstraint(least=1, most=50, unique=True),
        Field(description="The Regions to publish to."),
    ]
    role_arn: Annotated[
        PublisherRole | None, Field(description="The role to assume; by default the caller's identity.")
    ] = None
    plan_role_arn: Annotated[
        PublisherRole | None,
        Field(description="The role that plan assumes, which only has to read; by default role_arn."),
    ] = None
    launch_role_arn: Annotated[
        PublisherRole | None,
        Field(description="The role that plans of updates of all targets assume; by default the caller's."),
    ] = None
    operations_role: Annotated[
        PublisherRole | None,
        Field(description="The role that checks launches, and reverts their drift; callers assume it."),
    ] = None
    variables: Annotated[Variables, Field(description="Values of {variables.<name>} for this target.")] = (
        Field(default_factory=dict)
    )

    quotas: Annotated[Quotas, Field(description="What this account has of quotas.")] = Quotas()

    @property
    def planning_role(self) -> str | None:
        """The role that plan assumes, if any."""
        return self.plan_role_arn or self.role_arn

    @property
    def roles(self) -> dict[str, str]:
        """Its roles by their keys."""
        roles = {
            "role_arn": self.role_arn,
            "plan_role_arn": self.plan_role_arn,
            "launch_role_arn": self.launch_role_arn,
            "operations_role": self.operations_role,
        }
        return {key: role for key, role in roles.items() if role}


class TargetsFile(Declaration):
    """The targets."""

    variables: Annotated[
        Variables, Field(description="Default values of {variables.<name>} for all targets.")
    ] = Field(default_factory=dict)
    quotas: Annotated[Quotas, Field(description="What all accounts have of quotas.")] = Quotas()
    targets: Annotated[
        dict[Name, Target],
        ListConstraint(least=1, most=500),
        Field(description="The targets, by name."),
    ]

    def variables_of(self, target: Target) -> dict[str, str]:
        """A target's variables, with those that every target has."""
        return {**self.variables, **target.variables}

    def quotas_of(self, target: Target) -> dict[str, int]:
        """The quotas that are written for a target, or for all, by name."""
        return {**self.quotas.model_dump(exclude_none=True), **target.quotas.model_dump(exclude_none=True)}

    def operations_role(self, account_id: str, region: str) -> str:
        """The ARN of the operations role of an account and Region; empty where no target names one."""
        here = (
            it.operations_role
            for it in self.targets.values()
            if it.account_id == account_id and region in it.regions
        )
        return next(filter(None, here), "")


def parse_targets(document: Document) -> tuple[TargetsFile | None, list[Problem]]:
    """The targets that a document holds, or None, with all its problems."""
    targets, _, problems = shaped(TargetsFile, document)
    if targets is not None:
        problems.extend(_checked(targets))
    return targets, problems


def read_targets(root: Path) -> TargetsFile | None:
    """The project's targets, if it names any. Raises InputError."""
    path = root / "configs" / TARGETS_FILE
    if not (path.exists() or path.is_symlink()):
        return None
    targets, problems = parse_targets(read(path, root=root))
    if targets is None or errors(problems):
        raise InputError.of(errors(problems))
    return targets


def matches(patterns: Collection[str], *, label: str, account_id: str, region: str) -> bool:
    """Whether none or some of `hub`, `hub/us-west-2`, `111111111111/*`, `us-west-2` select a target."""
    names = (label, account_id, region, f"{label}/{region}", f"{account_id}/{region}")
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _checked(file: TargetsFile) -> Iterator[Problem]:
    where = file.document.where
    seen: dict[tuple[str, str], str] = {}
    for name, target in file.targets.items():
        for key, role in target.roles.items():
            if Arn.parse(role).account_id != target.account_id:
                yield Problem(
                    rule="P160",
                    where=where("targets", name, key),
                    message=f"role {quoted(role)} is not in account {target.account_id}",
                    hint="use a role in the target's account",
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
    role, first = next(iter(target.roles.values()), None), target.regions[0]
    partition = Arn.parse(role).partition if role else partition_of(first)
    strange = [n for n, region in enumerate(target.regions) if partition_of(region) != partition]
    if strange:
        region = target.regions[strange[0]]
        other = "the role" if role else first
        yield Problem(
            rule="P163",
            where=file.document.where("targets", name, "regions", strange[0]),
            message=f"{region} is in partition '{partition_of(region)}', but {other} is in '{partition}'",
            hint="define one target per partition",
        )


def _callers(file: TargetsFile) -> Iterator[Problem]:
    """Who publishes is of one account, so that all other accounts need a role."""
    own = [(name, target.account_id) for name, target in file.targets.items() if not target.role_arn]
    for name, account_id in own[1:]:
        if account_id != own[0][1]:
            yield Problem(
                rule="P165",
                where=file.document.where("targets", name, key=True),
                message=f"'{own[0][0]}' and '{name}' are in different accounts, and neither has a role_arn",
                hint="add a role_arn, or publish each with --target and --profile",
                severity="warning",
            )


def check_variables(portfolio: PortfolioFile, targets: TargetsFile | None) -> Iterator[Problem]:
    """Variables of a portfolio that look like a misspelt one of the targets; any other may be left out."""
    known = {name for name, _ in _defined(targets)} if targets else set()
    for steps, name in _variables(portfolio):
        close = closest(name, sorted(known)) if name not in known else None
        if close:
            yield Problem(
                rule="P162",
                where=portfolio.document.where(*steps),
                message=f"no target defines variable {quoted(name)}",
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
    templates = portfolio.sagemaker_templates
    for key, values in (
        ("bucket", [templates.bucket or ""] if templates else []),
        ("domain_ids", templates.domain_ids if templates else []),
        ("execution_roles", templates.execution_roles if templates else []),
    ):
        for n, value in enumerate(values):
            if match := re.fullmatch(VARIABLE, value):
                steps = ("sagemaker_templates", key)
                yield (steps if key == "bucket" else (*steps, n)), match[1]


def check_targets(targets: TargetsFile, portfolios: Sequence[PortfolioFile]) -> Iterator[Problem]:
    """Targets that get templates which are not linted for them, and variables that nothing reads."""
    where = targets.document.where
    for name, target in targets.targets.items():
        for n, region in enumerate(target.regions):
            left = [portfolio.path for portfolio in portfolios if region not in portfolio.regions]
            if left:
                more = f" and {len(left) - 1} more" if len(left) > 1 else ""
                yield Problem(
                    rule="P164",
                    where=where("targets", name, "regions", n),
                    message=f"{region} is not in the regions of {left[0]}{more}",
                    hint="add it, so that templates are linted for it",
                    severity="warning",
                )
    read = {name for portfolio in portfolios for _, name in _variables(portfolio)}
    for name, steps in _defined(targets):
        if name not in read:
            close = closest(name, sorted(read))
            yield Problem(
                rule="P166",
                where=where(*steps, key=True),
                message=f"no portfolio uses variable {quoted(name)}",
                hint=f"did you mean {quoted(close)}?" if close else "remove it",
                severity="warning",
            )


def _defined(targets: TargetsFile) -> Iterator[tuple[str, Steps]]:
    """Each variable that has a value, and where."""
    for name in targets.variables:
        yield name, ("variables", name)
    for label, target in targets.targets.items():
        for name in target.variables:
            yield name, ("targets", label, "variables", name)
