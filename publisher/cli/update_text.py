"""What changes and update print for people."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from publisher.cli.columns import Block, columns
from publisher.errors import counted, excerpts

if TYPE_CHECKING:
    from publisher.launch.moving import Move
    from publisher.launch.update import PreparedUpdate
    from publisher.launch.update_impact import Foreseen

_LONGEST = 60
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateProject.html
_WARNING = (
    "AWS warns: a SageMaker project that is in use must not be updated, because resources that it has "
    "created may be lost"
)


def update_text(prepared: PreparedUpdate, foreseen: Foreseen | None, *, subject: str) -> list[Block]:
    """Lines: what an update sends, what that does, and what it does not touch."""
    found = prepared.provisioned
    lines: list[Block] = [f"{found.name}  {found.status}"]
    if found.reason:
        lines.append(f"reason   {found.reason}")
    step = f" -> {prepared.version.name}" if prepared.moves else ""
    lines.append(f"product  {found}{step}")
    rows = [
        (kind, it.name, " -> ".join(excerpts(_shown(it.before), _shown(it.after), _LONGEST)))
        for kind, some in (("parameter", prepared.parameters), ("tag", prepared.tags))
        for it in some
    ]
    if rows:
        lines += ["", *columns(rows, indent="  ")]
    if foreseen and foreseen.nothing:
        lines += ["", *_nothing(prepared)]
    elif foreseen:
        lines += ["", *_foreseen(foreseen, {it.name for it in prepared.parameters})]
    elif not prepared.moves:
        lines += ["", "nothing to update: the launch has these parameters and tags"]
    return [*lines, *_notes(prepared)]


def move_text(move: Move) -> list[Block]:
    """Lines: what a launch holds, and how to come to the other product."""
    lines: list[Block] = [f"{move.provisioned.name}  {move.provisioned} -> {move.request.product}"]
    if rows := [(it.type, it.label, held) for it, held in move.data]:
        lines += ["", "a new launch does not have:", *columns(rows, indent="  ")]
    lines += ["", "to move:"]
    return [*lines, *(f"  {n}. {step}" for n, step in enumerate(move.steps, 1))]


def _nothing(prepared: PreparedUpdate) -> Iterator[Block]:
    what = f"version {prepared.version.name}" if prepared.moves else "it"
    yield f"nothing to update: {what} changes nothing in this launch, and AWS fails an update without changes"
    if prepared.provisioned.status == "TAINTED":
        yield "note: it stays TAINTED until an update changes something, such as a parameter; its stack works"
    elif prepared.moves:
        yield (
            f"note: it can stay at {prepared.provisioned.version}; add --version {prepared.version.name} "
            "to the next update that changes a parameter"
        )


def _foreseen(foreseen: Foreseen, listed: AbstractSet[str]) -> Iterator[Block]:
    """What it does; not again the parameters that are listed."""
    from publisher.cli.impact_text import impact_text

    yield f"impact: {foreseen.level}"
    shown, in_place = foreseen.apart(listed)
    if shown:
        yield from impact_text(shown)
    if in_place:
        yield f"  {counted(in_place, 'other resource')} updated in place, by the plan of AWS"
    if foreseen.unjudged:
        yield f"note: not judged from templates: {foreseen.unjudged}"
    if foreseen.unplanned:
        yield f"note: not previewed by AWS: {foreseen.unplanned}"


def _notes(prepared: PreparedUpdate) -> Iterator[Block]:
    if prepared.provisioned.project and not prepared.nothing_to_do:
        yield f"note: {_WARNING}"
    if prepared.provisioned.status == "ERROR":
        only = "" if prepared.provisioned.has_succeeded else ", only terminated"
        yield f"note: it has no stack that can be updated{only}"
    if prepared.hidden:
        names = ", ".join(prepared.hidden)
        yield f"note: whether {names} changes is not known: AWS does not show secrets; --force sends it"
    if prepared.newer:
        yield f"note: version {prepared.newer} is newer; add --version {prepared.newer} to move to it"


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value or '""'
