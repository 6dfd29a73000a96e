"""What targets and portfolios must be to each other: variables, and Regions that templates are linted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.declarations.constraint_types import Steps, closest
from publisher.declarations.portfolio import Notification, PortfolioFile
from publisher.declarations.strings import VARIABLE
from publisher.declarations.targets import TargetsFile
from publisher.documents import quoted
from publisher.errors import Problem


def check_variables(portfolio: PortfolioFile, targets: TargetsFile | None) -> Iterator[Problem]:
    """Variables of a portfolio that look like a misspelt one of the targets; any other may be left out."""
    known = {name for name, _ in _defined(targets)} if targets else set()
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
                    message=f"{region} is not among the regions of {left[0]}{more}",
                    hint="add it there, so that the templates are linted for it",
                    severity="warning",
                )
    read = {name for portfolio in portfolios for _, name in _variables(portfolio)}
    for name, steps in _defined(targets):
        if name not in read:
            close = closest(name, sorted(read))
            yield Problem(
                rule="P166",
                where=where(*steps, key=True),
                message=f"no portfolio reads the variable {quoted(name)}",
                hint=f"did you mean {quoted(close)}?" if close else "take it out",
                severity="warning",
            )


def _defined(targets: TargetsFile) -> Iterator[tuple[str, Steps]]:
    """Each variable that has a value, and where."""
    for name in targets.variables:
        yield name, ("variables", name)
    for label, target in targets.targets.items():
        for name in target.variables:
            yield name, ("targets", label, "variables", name)
