"""Plans and outcomes as text: one line a change, sorted and stable, so that grep works."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.cli.columns import Block, columns, separated
from publisher.cli.template_changes import template_changes_markdown, template_changes_text
from publisher.planning.changes import Change, action, subject
from publisher.planning.plan import Plan
from publisher.report.markdown import code, table
from publisher.report.plan_rows import cells, counts, held_up, left, needs, notices

if TYPE_CHECKING:
    from publisher.planning.apply import Outcome

_SHOWN_DIGEST = 12
_DETAIL, _WIDEST = 3, 48


def plan_text(plan: Plan, portfolios: Sequence[str]) -> list[Block]:
    """The lines of a plan, its summary and digest last."""
    lines: list[Block] = [_header(plan, portfolios)]
    lines += _table([(*cells(change), needs(change)) for change in plan.changes])
    lines += _table(notices(plan))
    lines += left(*plan.changes, *plan.left)
    return [
        *lines,
        *template_changes_text(plan.template_changes),
        _summary(plan, len(plan.changes), counts(plan.changes)),
    ]


def plan_markdown(plan: Plan, portfolios: Sequence[str]) -> list[Block]:
    """A plan for a pull request. No text in it can leave its cell, link, mention or embed anything."""
    rows = [[*map(code, (*cells(change), needs(change)))] for change in plan.changes]
    sections = [
        [f"### {code(_header(plan, portfolios))}"],
        table(("action", "resource", "name", "change", "needs"), rows) if rows else [],
        [f"- {' '.join(code(cell) for cell in row)}" for row in notices(plan)],
        [f"- {code(line.strip())}" for line in left(*plan.changes, *plan.left)],
        *template_changes_markdown(plan.template_changes),
        [_summary(plan, len(plan.changes), counts(plan.changes))],
    ]
    return separated(section for section in sections if section)


def sync_text(plan: Plan, outcomes: Sequence[Outcome], portfolios: Sequence[str]) -> list[Block]:
    """The outcomes of a plan: done changes by kind, others one by one."""
    done: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.status == "done":
            done[action(outcome.change), subject(outcome.change).kind].append(outcome.change)
    rows = [
        (*(cells(changes[0]) if len(changes) == 1 else (*name, f"{len(changes)} of them", "")), "done")
        for name, changes in done.items()
    ]
    rows += [(*cells(outcome.change), _status(outcome)) for outcome in outcomes if outcome.status != "done"]
    found = Counter(outcome.status for outcome in outcomes)
    parts = [f"{found[name]} {name}" for name in ("done", "failed", "not attempted") if found[name]]
    lines = [_header(plan, portfolios), *_table(rows), *_table(held_up(plan)), *left(*plan.left)]
    return [*lines, _summary(plan, len(outcomes), parts)]


def change_line(change: Change) -> str:
    """One change in brief."""
    resource = subject(change)
    return f"{action(change)} {resource.kind} {resource.label}"


def _header(plan: Plan, portfolios: Sequence[str]) -> str:
    plural = "" if len(portfolios) == 1 else "s"
    return f"portfolio{plural} {', '.join(portfolios) or '-'} -> {plan.target}"


def _summary(plan: Plan, count: int, parts: Sequence[str]) -> str:
    changes = f"{count} change{'' if count == 1 else 's'}: {', '.join(parts)}" if count else "no changes"
    owners = "its owner" if len(plan.left) == 1 else "their owners"
    left = f"; {len(plan.left)} left to {owners}" if plan.left else ""
    return f"{changes}{left}. plan {plan.digest[:_SHOWN_DIGEST]}"


def _status(outcome: Outcome) -> str:
    if outcome.error is None:
        return outcome.status
    return f"{outcome.status}: {outcome.error.message}"


def _table(rows: Sequence[Sequence[str]]) -> list[Block]:
    return columns(rows, indent="  ", widest={_DETAIL: _WIDEST})
