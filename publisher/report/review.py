"""The review of one launch before it happens: what was found, what to decide, and a page to sign.

A view of values that preflight, changes and policy find. Refuses to know files and accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal, NamedTuple, get_args

from publisher.errors import Problem
from publisher.impact import Change
from publisher.launch.checks.examination import Outcome, counts
from publisher.launch.idle_costs import IdleCosts
from publisher.launch.request import LaunchRequest
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_impact import Foreseen
from publisher.report import site
from publisher.report.change_rows import ChangeRows, change_rows, why
from publisher.report.diagram import Diagram
from publisher.report.launch_resources import LaunchResources
from publisher.report.launch_values import FieldRow, ParameterRow
from publisher.report.role_policy import RolePolicy

Level = Literal["critical", "warning", "note", "good"]
# Of what was found, by status, severity or level.
_LEVELS = {
    "error": "critical", "warning": "warning", "not checked": "warning", "ok": "good", "critical": "critical",
    "high": "warning", "safe": "good", "not known": "critical",
}  # fmt: skip
# The sections of the page, in order.
_TITLES = {
    "summary": "Summary",
    "checks": "Checks before a launch",
    "impact": "Impact",
    "costs": "Costs while idle",
    "config": "Config",
    "parameters": "Parameters",
    "resources": "Resources",
    "lint": "Lint",
    "tags": "Tags",
    "alerts": "Alerts",
    "end": "At its termination",
    "checklist": "Checklist",
    "policy": "Policy for this launch",
}


class Verdict(NamedTuple):
    """What would happen now, as a word and a sentence."""

    word: str
    level: Level
    sentence: str


class Item(NamedTuple):
    """A line of the checklist, and the section of the page that it comes from."""

    text: str
    level: Level
    section: str


@dataclass(frozen=True, kw_only=True)
class Review:
    """All that the page says of a launch.

    `config` is the file from the project's folder, `command` what launches or updates it, `caller` who
    looked, `tags` are (key, value, who sets it). `template_note` says which template is shown, where it is
    not the files', or why there is none. `refused` is why an update cannot be prepared, as (message, hint).
    `update` is None for a new launch. `lint` is None where nobody linted, and `lint_note` says why. `unread`
    is what was not looked at. `cleaned` makes texts of others fit to be shown.
    """

    request: LaunchRequest
    config: str
    version: str
    guidance: str = ""
    digest: str = ""
    portfolio: str = ""
    caller: str = ""
    offline: bool = False
    command: str
    template_note: str = ""
    fields: tuple[FieldRow, ...] = ()
    parameters: tuple[ParameterRow, ...] = ()
    tags: Sequence[tuple[str, str, str]] = ()
    resources: LaunchResources | None = None
    diagram: Diagram | None = None
    outcomes: tuple[Outcome, ...] = ()
    refused: tuple[str, str] = ("", "")
    policy: RolePolicy | None = None
    costs: IdleCosts | None = None
    lint: tuple[Problem, ...] | None = None
    lint_note: str = ""
    update: PreparedUpdate | None = None
    foreseen: Foreseen | None = None
    unread: tuple[str, ...] = ()
    cleaned: Callable[[str], str] = str

    @property
    def name(self) -> str:
        """The launch's name."""
        return self.request.name

    @property
    def errors(self) -> list[Outcome]:
        """What refuses it."""
        return [it for it in self.outcomes if it.status == "error"]

    @property
    def counts(self) -> str:
        """The checks by status."""
        return counts(self.outcomes)

    @property
    def nothing_to_do(self) -> bool:
        """Whether an update would change nothing."""
        found = self.update is not None and self.update.nothing_to_do
        return found or (self.foreseen is not None and self.foreseen.nothing)

    @property
    def groups(self) -> list[tuple[str, list[ParameterRow]]]:
        """The parameters in the groups of the console."""
        return [(label, list(rows)) for label, rows in groupby(self.parameters, key=lambda it: it.group)]

    @property
    def verdict(self) -> Verdict:
        """What launch or update would do now."""
        doing = "update" if self.update else "launch"
        if self.refused[0]:
            return Verdict("refused", "critical", f"The {doing} would be refused.")
        if self.errors:
            ids = ", ".join(dict.fromkeys(it.rule.id for it in self.errors))
            return Verdict("refused", "critical", f"The {doing} would be refused: {ids}.")
        if self.offline:
            sentence = "No AWS call was made: nothing of this was checked in the account."
            return Verdict("not checked", "warning", sentence)
        if self.nothing_to_do:
            return Verdict(
                "up to date", "note", "The launch is as the config says: there is nothing to update."
            )
        if self.foreseen is not None and self.foreseen.level in ("critical", "not known"):
            impact = self.foreseen.level
            sentence = f"The impact of the update is {impact}: it needs --force."
            return Verdict(f"impact {impact}", "critical", sentence)
        if self.foreseen is not None:
            level: Level = "note" if self.foreseen.level == "safe" else "warning"
            sentence = f"The launch would be updated in place; the impact is {self.foreseen.level}."
            return Verdict("update", level, sentence)
        return Verdict("new", "good", "A new launch would be made.")

    @property
    def changes(self) -> ChangeRows:
        """What an update does, without secrets, and without what AWS only touches in place."""
        clean = self.cleaned
        return change_rows(
            replace(it, before=clean(it.before), after=clean(it.after), reason=clean(it.reason))
            for it in self._apart[0]
        )

    @property
    def in_place(self) -> int:
        """How many other resources an update changes in place."""
        return self._apart[1]

    @property
    def _apart(self) -> tuple[list[Change], int]:
        if self.update is None or self.foreseen is None:
            return [], 0
        return self.foreseen.apart({it.name for it in self.update.parameters})

    @property
    def checklist(self) -> tuple[Item, ...]:
        """What somebody decides before it happens, the worst first."""
        found = (it._replace(text=self.cleaned(it.text)) for it in self._items())
        return tuple(sorted(found, key=lambda it: get_args(Level).index(it.level)))

    def _items(self) -> Iterator[Item]:
        message, hint = self.refused
        if message:
            yield Item(f"{message}; {hint}" if hint else message, "critical", "checks")
        for it in self.outcomes:
            if it.status in ("error", "warning", "note"):
                level: Level = "critical" if it.status == "error" else "warning"
                yield Item(
                    text=f"{it.rule.id}: {it.message or it.rule.title}",
                    level="note" if it.status == "note" else level,
                    section="checks",
                )
        unchecked: dict[str, list[str]] = {}
        for it in self.outcomes:
            if it.status == "not checked":
                unchecked.setdefault(it.message, []).append(it.rule.id)
        for reason, ids in unchecked.items():
            yield Item(f"Not checked: {', '.join(dict.fromkeys(ids))}: {reason}", "warning", "checks")
        yield from self._of_impact()
        for problem in self.lint or ():
            if problem.severity != "informational":
                serious = problem.severity == "error"
                text = f"{problem.rule}: {problem.message}"
                yield Item(text, "critical" if serious else "warning", "lint")
        yield from self._of_template()

    def _of_impact(self) -> Iterator[Item]:
        if self.foreseen is None or self.nothing_to_do:
            return
        if self.foreseen.level == "not known":
            yield Item("The impact of the update is not known", "critical", "impact")
        for change in self.foreseen.changes:
            if change.level == "safe":
                continue
            text = f"{change.effect}: {change.path}" + (f" ({why(change)})" if why(change) else "")
            level: Level = "critical" if change.level == "critical" else "warning"
            yield Item(text, level, "impact")

    def _of_template(self) -> Iterator[Item]:
        # Lint says it, too.
        for text in self.policy.warnings if self.policy and self.lint is None else ():
            yield Item(text, "warning", "policy")
        if self.costs and (self.costs.lines or self.costs.unknown):
            yield Item(f"Costs while nobody uses it: {self.costs.in_short}", "note", "costs")
        if self.alerts and self.confirms:
            yield Item(
                f"Alerts go to {self.alerts}, who confirms the subscription in an email", "note", "alerts"
            )
        if self.resources and self.resources.kept:
            names = ", ".join(it.logical_id for it in self.resources.kept)
            yield Item(f"A termination does not delete {names}", "note", "end")
        for text in self.unread:
            yield Item(text, "warning", "summary")

    @property
    def alerts(self) -> str:
        """The address that alerts go to; empty without one."""
        return self.request.alerts_address if self.request.outputs.alerts else ""

    @property
    def confirms(self) -> bool:
        """Whether AWS asks that address to confirm: it is new to the launch."""
        changed = self.update.parameters if self.update else ()
        return self.update is None or self.alerts in (it.after for it in changed)

    def document(self) -> dict[str, Any]:
        """The JSON shape."""
        request = self.request
        return {
            "name": request.name,
            "config": request.config,
            "product": request.product,
            "version": self.version,
            "account_id": request.account_id,
            "region": request.region,
            "offline": self.offline,
            "verdict": self.verdict.word,
            "checks": [it.document() for it in self.outcomes],
            "impact": self.foreseen.document() if self.foreseen else None,
            "costs": self.costs.document() if self.costs else None,
            "checklist": [it._asdict() for it in self.checklist],
        }


def review_page(review: Review) -> bytes:
    """The review as one HTML file."""
    return site.single(
        "review.html",
        f"Review of {review.name}",
        site=site.Site(name="Review of a launch", links=(), search=False),
        review=review,
        levels=_LEVELS,
        titles=_TITLES,
        sections=tuple(_TITLES.items()),
    )
