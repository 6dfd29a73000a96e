"""Plans and outcomes as text: one line a change, sorted, stable, to be searched with grep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from publisher.cli.change_details import detail
from publisher.planning.changes import Change, Create, Delete, Update, subject
from publisher.planning.plan import Plan

if TYPE_CHECKING:
    from publisher.planning.apply import Outcome
    from publisher.planning.pruning import Surplus

_ACTIONS = {"create": "to create", "update": "to update", "delete": "to delete"}
_SHOWN_DIGEST = 12
_DETAIL, _WIDEST = 3, 48
_PLAIN = frozenset(" -.,/:;+=()%?'…")


def plan_text(plan: Plan, portfolios: Sequence[str]) -> str:
    """A plan, its summary and digest last."""
    lines = [_header(plan, portfolios)]
    lines += _table([(*_cells(change), _needs(change)) for change in plan.changes])
    lines += _table(_notices(plan))
    counts = Counter(action(change) for change in plan.changes)
    parts = [f"{counts[name]} {words}" for name, words in _ACTIONS.items() if counts[name]]
    return "\n".join([*lines, f"{_summary(len(plan.changes), parts)}. {_digest(plan)}"])


def plan_markdown(plan: Plan, portfolios: Sequence[str]) -> str:
    """A plan for a pull request. Whatever texts hold, it stays a table and links, calls or embeds nothing."""
    rows = [(*_cells(change), _needs(change)) for change in plan.changes]
    lines = [f"### {_code(_header(plan, portfolios))}", ""]
    if rows:
        lines += ["| action | resource | name | change | needs |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(_code(cell) for cell in row)} |" for row in rows] + [""]
    lines += [f"- {' '.join(_code(cell) for cell in row)}" for row in _notices(plan)] + [""]
    counts = Counter(action(change) for change in plan.changes)
    parts = [f"{counts[name]} {words}" for name, words in _ACTIONS.items() if counts[name]]
    summary = f"{_summary(len(plan.changes), parts)}. {_digest(plan)}"
    return "\n".join([*lines, summary]).replace("\n\n\n", "\n\n")


def _code(text: str) -> str:
    """Text in which GitHub's Markdown finds no table, emphasis, link, mention or HTML."""
    safe = "".join(it if it.isalnum() or it in _PLAIN else f"&#{ord(it)};" for it in text if it.isprintable())
    safe = safe.replace("://", "&#58;//").replace("www.", "www&#46;")
    return f"<code>{safe}</code>" if safe else ""


def sync_text(plan: Plan, outcomes: Sequence[Outcome], portfolios: Sequence[str]) -> str:
    """What became of a plan: what is done by its kinds, what is not done one by one."""
    done: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.status == "done":
            done[action(outcome.change), subject(outcome.change).kind].append(outcome.change)
    rows = [
        (*(_cells(changes[0]) if len(changes) == 1 else (*name, f"{len(changes)} of them", "")), "done")
        for name, changes in done.items()
    ]
    rows += [(*_cells(outcome.change), _fate(outcome)) for outcome in outcomes if outcome.status != "done"]
    counts = Counter(outcome.status for outcome in outcomes)
    parts = [f"{counts[name]} {name}" for name in ("done", "failed", "not attempted") if counts[name]]
    summary = f"{_summary(len(outcomes), parts)}. {_digest(plan)}"
    return "\n".join([_header(plan, portfolios), *_table(rows), summary])


def action(change: Change) -> str:
    """create, update or delete."""
    match change:
        case Create():
            return "create"
        case Update():
            return "update"
        case Delete():
            return "delete"
        case _:
            assert_never(change)


def change_line(change: Change) -> str:
    """One change in short."""
    resource = subject(change)
    return f"{action(change)} {resource.kind} {resource.label}"


def _header(plan: Plan, portfolios: Sequence[str]) -> str:
    plural = "" if len(portfolios) == 1 else "s"
    return f"portfolio{plural} {', '.join(portfolios) or '-'} -> {plan.target}"


def _summary(count: int, parts: Sequence[str]) -> str:
    if not count:
        return "no changes"
    return f"{count} change{'' if count == 1 else 's'}: {', '.join(parts)}"


def _digest(plan: Plan) -> str:
    return f"plan {plan.digest[:_SHOWN_DIGEST]}"


def _cells(change: Change) -> tuple[str, str, str, str]:
    resource = subject(change)
    return action(change), resource.kind, resource.label, detail(change)


def _needs(change: Change) -> str:
    needs = f"needs --allow {change.needs}" if change.needs else ""
    match change:
        case Delete(used_by=(_, *_)):
            return f"used by {', '.join(change.used_by)}"
        case Delete(unseen_in=(_, *_)):
            return f"{needs}; launches of {', '.join(change.unseen_in)} cannot be seen from here"
        case _:
            return needs


def _fate(outcome: Outcome) -> str:
    if outcome.error is None:
        return outcome.status
    return f"{outcome.status}: {outcome.error.message}"


def _notices(plan: Plan) -> list[tuple[str, ...]]:
    """What the plan does not touch, though a reader wants to know of it."""
    unmanaged = [("report", it.kind, it.label, "not ours, left alone") for it in plan.unmanaged]
    states = [
        (
            "warn",
            "ProvisioningArtifact",
            f"{family} {version}",
            "has a state in 'versions', was never published",
        )
        for family, version in plan.unpublished
    ]
    return [*map(_left_alone, plan.left_alone), *unmanaged, *states]


def _left_alone(surplus: Surplus) -> tuple[str, ...]:
    used = f"used by {', '.join(surplus.used_by)}" if surplus.used_by else ""
    reason = used or "not in the files, left alone"
    return ("keep", surplus.resource.kind, surplus.resource.label, reason)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns two blanks apart; the last cell of a row is not padded, nor are details very far."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    widths[_DETAIL:] = [min(width, _WIDEST) for width in widths[_DETAIL:]]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
