"""What bootstrap shows: per target its stacks, and how the launch roles change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from publisher.bootstrap.templates import BUCKET_PARAMETER, BUCKET_STACK
from publisher.cli.columns import Block, columns
from publisher.errors import counted, enumerated

if TYPE_CHECKING:
    from publisher.bootstrap.deployment import Result
    from publisher.bootstrap.grants import GrantChanges
    from publisher.bootstrap.role_states import RoleState

_DONE = {
    "create": "created",
    "update": "updated",
    "repair": "repaired",
    "unchanged": "unchanged",
    "delete": "deleted",
    "absent": "absent",
    "not attempted": "not attempted",
}
_SHOWN = 5
_VERBS = {"missing": "create", "outdated": "update", "changed": "repair", "removed": "delete"}


def bootstrap_text(results: Sequence[Result], *, planned: bool) -> list[Block]:
    """The stacks of each target, and if it is only planned, each role that changes, action by action."""
    return [line for result in results for line in _target(result, planned=planned)]


def _target(result: Result, *, planned: bool) -> Iterator[Block]:
    yield f"account {result.account_id}"
    rows = []
    for step in result.steps:
        action = step.action if planned else _DONE[step.action]
        holds = (
            f"bucket {result.bucket}, SSM parameter {BUCKET_PARAMETER}"
            if step.stack == BUCKET_STACK
            else counted(step.roles, "launch role")
        )
        rows.append((f"{action:<9}", f"{step.region}/{step.stack}", holds))
    yield from columns(rows, indent="  ", widest={1: 0})
    if result.unread:
        yield f"  note       {result.unread}"
    yield from (f"  note       {it}" for it in result.kept.notes)
    for state in result.role_states if planned else ():
        yield from role_text(state, result.kept.versions.get(state.name, ()))
    for name in result.moved if planned else ():
        yield f"    move     {name}: its stack is full; it is deleted, and created in another"


def role_text(state: RoleState, kept: Sequence[str] = ()) -> Iterator[Block]:
    """How a role changes, action by action; what published versions other than that of the files need stays.

    `kept` are these versions.
    """
    whole = {"missing": state.actions.added, "removed": state.actions.removed}.get(state.state)
    actions = counted(len(whole), "action") if whole is not None else ""
    needs = "needs --allow launch-role" if state.expands else ""
    cells = (f"{_VERBS[state.state]:<7}", state.name, *filter(None, [actions, needs]))
    yield from columns([cells], indent="    ")
    yield from (f"      ! {deviation}" for deviation in state.by_hand)
    if whole is None:
        yield from grant_lines(state.actions)
        yield from grant_lines(state.boundary, "boundary: ")
    if kept:
        yield f"      keeps    what other published versions need: {enumerated(kept)}"
    if state.launches:
        yield f"      note     {_losing(state.launches)}"


def _losing(launches: Sequence[str]) -> str:
    some, more = ", ".join(launches[:_SHOWN]), len(launches) - _SHOWN
    who = (
        "1 launch uses this role and loses"
        if len(launches) == 1
        else f"{len(launches)} launches use this role and lose"
    )
    return f"{who} what is removed: {some}" + (f" and {more} more" if more > 0 else "")


def grant_lines(changes: GrantChanges, what: str = "") -> Iterator[Block]:
    """What is allowed in other cases than before, action by action."""
    yield from (f"      + {what}{action}" for action in changes.added)
    for it in changes.changed:
        cases = [*(f"+ {case}" for case in it.added), *(f"- {case}" for case in it.removed)]
        yield f"      ~ {what}{it.action}  {'  '.join(cases)}"
    yield from (f"      - {what}{action}" for action in changes.removed)
