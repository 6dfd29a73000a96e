"""`update --all` at many targets: a plan of all, which builds apply in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from publisher.cli.collect import failure_of_report
from publisher.cli.columns import Block, separated
from publisher.cli.fleet import Limits, files_of, judged, refusal_of, unfinished
from publisher.cli.shell import Shell
from publisher.errors import (
    Failure,
    InputError,
    Interrupted,
    PublisherError,
    Refused,
    command,
    counted,
    enumerated,
    failure_of,
    listed,
    quoted,
)

if TYPE_CHECKING:
    from publisher.impact import Template
    from publisher.launch.fleet import Move, RolloutPlan
    from publisher.launch.launches import Files
    from publisher.launch.rollout import Waves
    from publisher.launch.selection import Named
    from publisher.planning.collected import TargetResult
    from publisher.planning.saved_updates import PlannedUpdate, SavedUpdates
    from publisher.publishing.targets import PublishingTarget

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class _Ready:
    target: PublishingTarget
    plan: RolloutPlan
    waves: Waves
    ended: str = ""


def save_updates(shell: Shell, products: str, limits: Limits, *, to: str, output: Path) -> None:
    """Shows what becomes of the launches at all targets, and saves it. Raises PublisherError."""
    from publisher.cli.fleet_text import plan_text
    from publisher.documents import check_place
    from publisher.planning.saved_updates import SavedUpdates

    check_place(output)
    targets = shell.publishing_targets(launching=True, updating=True)
    files = _one_at_a_time(files_of(shell))

    def plan(target: PublishingTarget) -> _Ready | None:
        return _read(target, products, to, limits, files)

    with shell.doing("reading and judging the launches"):
        found, failures = _everywhere(targets, plan)
    if failures:
        raise (next(iter(failures.values())) if len(targets) == 1 else _joined(failures))
    ready = [it for it in found.values() if it]
    saved = SavedUpdates(
        products=products,
        to=to,
        updates={
            it.target.name: [_planned(one) for one in it.plan.of("to update")]
            for it in ready
            if it.plan.of("to update")
        },
    )
    texts = separated(plan_text(it.target.aws, products, it.plan, it.waves) for it in ready)
    if not saved.updates:
        raise InputError(
            f"no launch of {quoted(products)} has to move to {to} at {enumerated(it.name for it in targets)}",
            hint=f"run {command('launches')} at a target to see its launches",
        )
    saved.save(output)
    shell.note(f"saved to {output}")
    total = sum(map(len, saved.updates.values()))
    last = f"{counted(total, 'launch')} at {counted(len(saved.updates), 'target')}. plan {saved.digest[:12]}"
    shell.result(saved.document(), *texts, "", last)


def apply_updates(shell: Shell, path: Path, limits: Limits, *, shard: str, yes: bool, force: bool) -> None:
    """Moves exactly the launches of a saved plan, at the targets of a shard. Raises PublisherError."""
    from publisher.cli.fleet_text import done_text, plan_text, rollout_document
    from publisher.planning.collected import Report, part_document
    from publisher.planning.saved_updates import read_updates
    from publisher.planning.shards import Shard

    part = Shard.parse(shard or "1/1")
    saved = read_updates(path, required=True)
    assert saved is not None
    names = part.of(saved.targets)
    targets = [
        it for it in shell.publishing_targets(launching=True, updating=True) if it.name in saved.targets
    ]
    if missing := sorted({*saved.targets} - {it.name for it in targets}):
        raise Refused(
            f"the plan is for {enumerated(missing)}, which this run does not update",
            hint="use the --profile, --region and --target of the plan",
        )
    files = _one_at_a_time(files_of(shell))

    def plan(target: PublishingTarget) -> _Ready:
        found = _read(target, saved.products, saved.to, limits, files)
        return _as_planned(saved, target, found, limits, force=force)

    with shell.doing("reading and judging the launches"):
        found, failures = _everywhere([it for it in targets if it.name in names], plan)
    for one in found.values():
        shell.note(*plan_text(one.target.aws, saved.products, one.plan, one.waves))
    shell.note(*(f"{it}: {error}" for it, error in failures.items()))
    count = sum(len(it.plan.of("to update")) for it in found.values())
    if count:
        shell.confirm(f"Update {counted(count, 'launch')} to {saved.to}?", yes=yes)
    done, stopped = _run(shell, found)
    results = [_result(it, saved, done.get(it), failures) for it in names]
    report = Report(digest=saved.digest, results=results, tolerated=0)
    failure: PublisherError | None = failure_of_report(report, "update", "--plan", "PLANFILE")
    if stopped and failure:
        failure = Interrupted(f"interrupted: {failure}", hint="run the same command again to continue")
    document = part_document(saved.digest, part, results) | {
        "updates": [rollout_document(it.target.aws, saved.products, it.plan) for it in done.values()]
    }
    lines: list[Block] = [f"{name}: {line}" for name, it in done.items() for line in done_text(it.plan)]
    shell.result(document, *lines, *(f"{it}: {error}" for it, error in failures.items()), failure=failure)


def _run(shell: Shell, ready: Mapping[str, _Ready]) -> tuple[dict[str, _Ready], bool]:
    """All targets at once, each in its own waves; and whether it was interrupted."""
    from publisher.launch.rollout import Rollout

    lock, done = Lock(), dict.fromkeys(ready, 0)
    total = sum(len(it.plan.of("to update", "under way")) for it in ready.values())
    with shell.writing() as stop, shell.progress() as step:

        def run(one: _Ready) -> _Ready:
            def report(line: str, _done: int, _total: int) -> None:
                with lock:
                    done[one.target.name] += 1
                    step(f"{one.target.name} {line}", sum(done.values()), total)

            rollout = Rollout(
                one.target.aws, one.plan, one.waves, clock=shell.clock, stop=stop, report=report
            )
            try:
                rollout.run()
            except PublisherError as error:
                return replace(one, plan=rollout.plan, ended=str(error))
            return replace(one, plan=rollout.plan, ended=rollout.ended)

        after, _ = _everywhere_of(ready, run)
    return after, stop.requested


def _read(target: PublishingTarget, products: str, to: str, limits: Limits, files: Files) -> _Ready | None:
    """What becomes of the launches of a target; None where it has none."""
    from publisher.launch.launches import launches_of

    found = launches_of(target.aws, products=products)
    if not found.launches:
        return None
    plan = judged(target.aws, found, files, to=to, retry=limits.retry_failed)
    if plan.restored:
        names = sorted({version.name for _, version in plan.restored})
        raise Refused(
            f"version {enumerated(names)} is deprecated, so that launches cannot move",
            hint=f"run {command('rollback', 'FAMILY', '--to', names[0])} first, then plan again",
        )
    return _Ready(target=target, plan=plan, waves=limits.waves(plan))


def _as_planned(
    saved: SavedUpdates, target: PublishingTarget, found: _Ready | None, limits: Limits, *, force: bool
) -> _Ready:
    """The launches of a plan at a target. Raises Refused where it would not do what the plan says."""
    planned = {it.id: it for it in saved.updates[target.name]}
    moves = found.plan.moves if found else ()
    strange = {*(it.name for it in planned.values())} - {
        it.name for it in moves if it.launch.provisioned.id in planned
    }
    for move in moves:
        known = planned.get(move.launch.provisioned.id)
        if move.state == "to update" and (known is None or not _is_of(known, move, saved.to)):
            strange.add(move.name)
    if strange or found is None:
        raise Refused(
            f"launches have changed since the plan was made: {listed(sorted(strange))}",
            hint="plan and review again for this target",
        )
    mine = replace(found.plan, moves=tuple(it for it in moves if it.launch.provisioned.id in planned))
    ready = replace(found, plan=mine, waves=limits.waves(mine))
    if refusal := refusal_of(mine, ready.waves, force=force):
        raise refusal
    return ready


def _is_of(known: PlannedUpdate, move: Move, to: str) -> bool:
    """Whether an update is the planned one. Which version a launch has after one failed is not documented."""
    now = _planned(move)
    if now.before == to:
        now = replace(now, before=known.before, impact=known.impact)
    return now == known


def _planned(move: Move) -> PlannedUpdate:
    from publisher.planning.saved_updates import PlannedUpdate

    one, document = move.launch.provisioned, move.document()
    return PlannedUpdate(
        id=one.id,
        name=move.name,
        product=one.product,
        before=one.version,
        version_id=move.prepared.version.id if move.prepared else "",
        impact=document["impact"],
    )


def _result(
    name: str, saved: SavedUpdates, done: _Ready | None, failures: Mapping[str, PublisherError]
) -> TargetResult:
    from publisher.planning.collected import TargetResult

    count, updated, error = len(saved.updates[name]), 0, failures.get(name)
    if done is not None:
        updated = len(done.plan.of("updated"))
        kept = done.plan.of("kept")
        error = unfinished(done.plan, done.ended, done.waves)
        if error is None and kept:
            error = PublisherError(f"kept {listed([it.name for it in kept])}: {kept[0].reason}")
    return TargetResult(
        target=name,
        status="failed" if error else "done",
        changes=count,
        done=updated,
        error=error.message if error else "",
        hint=error.hint if error else "",
    )


def _everywhere(
    targets: Sequence[PublishingTarget], work: Callable[[PublishingTarget], R]
) -> tuple[dict[str, R], dict[str, PublisherError]]:
    return _everywhere_of({it.name: it for it in targets}, work)


def _everywhere_of(
    items: Mapping[str, T], work: Callable[[T], R]
) -> tuple[dict[str, R], dict[str, PublisherError]]:
    """The results, and the errors, by target."""
    from publisher.stopping import Pool

    results: dict[str, R] = {}
    errors: dict[str, PublisherError] = {}
    with Pool() as pool:
        futures = {name: pool.submit(work, it) for name, it in items.items()}
        for name, future in futures.items():
            try:
                results[name] = future.result()
            except PublisherError as error:
                errors[name] = error
    return results, errors


def _joined(failures: Mapping[str, PublisherError]) -> PublisherError:
    found = failure_of([Failure(target=name, error=it) for name, it in failures.items()])
    assert found is not None
    return found


def _one_at_a_time(files: Files) -> Files:
    """Rendering, and git's working copies, are of one thread."""
    lock = Lock()

    def locked(key: str, version: Named) -> Template | None:
        with lock:
            return files(key, version)

    return locked
