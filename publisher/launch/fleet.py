"""One version for all launches of some products: which of them move, what that does, and wave after wave.

There is no journal. What Service Catalog knows of each launch (version, status, last record) says how far a
rollout is, and the token of an update is of the version, the launch and its last record. So the next run
finishes one that was killed, on any machine, and nothing is updated twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from publisher.aws.calls import ClientError, aws_errors, is_denied
from publisher.aws.clients import Aws
from publisher.aws.stack_events import cause
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, InputError, PublisherError, Refused, command, enumerated, quoted
from publisher.impact import Change, Level, worst
from publisher.launch.deployed import described_stack
from publisher.launch.launches import Impacts, Launch, Launches
from publisher.launch.progress import FINAL, Operation, read_record, record_reason
from publisher.launch.selection import DEPRECATED, AvailableProduct, Named, described_version
from publisher.launch.update import ChangedError, PreparedUpdate, prepare_update, start_update
from publisher.launch.update_impact import changes_nothing
from publisher.model import precedence
from publisher.stopping import Pool, Stop

# failed: by this rollout, in an earlier run or in this one. kept: stays as it is, for a reason.
State = Literal["to update", "under way", "updated", "failed", "kept"]
_UPDATE = "UPDATE_PROVISIONED_PRODUCT"
_SECONDS, _PAUSE = 3 * 60 * 60, 5.0
_ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A launch in a rollout. `changes` are for its own parameters, None where they are not known.

    `record` is of the update that is under way or failed.
    """

    launch: Launch
    state: State
    reason: str = ""
    record: str = ""
    prepared: PreparedUpdate | None = None
    changes: tuple[Change, ...] | None = ()

    @property
    def name(self) -> str:
        """The launch's name, unique in its account and Region."""
        return self.launch.provisioned.name

    @property
    def level(self) -> Level | None:
        """The worst of its changes; None where they are not known."""
        return None if self.changes is None else worst(self.changes)

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/launching.md."""
        provisioned = self.launch.provisioned
        return {
            "name": self.name,
            "product": provisioned.product,
            "from": provisioned.version,
            "state": self.state,
            "impact": (self.level or "not known") if self.prepared else "",
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """The moves to a version, by name, and the versions whose guidance has to be restored first."""

    version: str
    moves: tuple[Move, ...]
    restored: tuple[tuple[str, Named], ...] = ()

    @property
    def products(self) -> dict[str, str]:
        """The keys of the products by their ids."""
        return {it.launch.provisioned.product_id: it.launch.provisioned.product for it in self.moves}

    def of(self, *states: State) -> list[Move]:
        """The moves in these states."""
        return [it for it in self.moves if it.state in states]

    def alike(self) -> list[list[Move]]:
        """The moves of this run by what changes: the same effects in the same places, whatever the values."""
        found: dict[object, list[Move]] = {}
        for it in self.moves:
            if it.prepared:
                places = [(one.level, one.effect, one.path) for one in it.changes or ()]
                found.setdefault((it.level, *places), []).append(it)
        return list(found.values())


@dataclass(frozen=True, kw_only=True)
class Waves:
    """First a few launches, then so many at a time, up to a number of failures or a time."""

    canary: int = 1
    size: int = 20
    failures: int = 0
    until: datetime | None = None


def plan_rollout(
    aws: Aws, launches: Launches, impacts: Impacts, *, version: str, retry: bool = False
) -> RolloutPlan:
    """What becomes of each launch; `retry`: also of those that failed. Raises InputError, AwsError."""
    targets = _targets(launches, version)
    planning = _Planning(aws, impacts, targets, retry=retry)
    moves = tuple(
        planning.move(it, launches.products.get(it.provisioned.product_id)) for it in launches.launches
    )
    return RolloutPlan(version=version, moves=moves, restored=planning.restored)


def restore_guidance(aws: Aws, plan: RolloutPlan) -> None:
    """Makes the versions of a plan DEFAULT again. Raises Refused to those who do not publish, AwsError."""
    keys = plan.products
    for product_id, version in plan.restored:
        with aws_errors(f"cannot restore the guidance of version {version.name}"):
            try:
                aws.client("servicecatalog").update_provisioning_artifact(
                    ProductId=product_id, ProvisioningArtifactId=version.id, Guidance="DEFAULT"
                )
            except ClientError as error:
                if not is_denied(error):
                    raise
                run = command("rollback", keys[product_id], "--to", version.name)
                raise Refused(
                    f"version {version.name} of {keys[product_id]} is deprecated, and your role may not "
                    "restore its guidance",
                    hint=f"ask who publishes the product to run {run} first",
                ) from error


def _targets(launches: Launches, version: str) -> dict[str, Named]:
    """The version of each product that has it. Raises InputError when none has."""
    found = {
        key: named
        for key, product in launches.products.items()
        for named in product.versions
        if named.name == version
    }
    if not found:
        names = sorted({it.name for one in launches.products.values() for it in one.versions}, key=precedence)
        hint = f"active versions: {', '.join(names) or 'none that you may launch'}"
        raise InputError(f"version {quoted(version)} not found in any of the products", hint=hint)
    return found


class _Planning:
    """Judges launches one after the other; what several have in common is read and judged once."""

    def __init__(self, aws: Aws, impacts: Impacts, targets: Mapping[str, Named], *, retry: bool) -> None:
        self._aws, self._impacts, self._targets, self._retry = aws, impacts, targets, retry
        self._restored: dict[str, tuple[str, Named]] = {}
        self._described: dict[str, Mapping[str, Any]] = {}

    @property
    def restored(self) -> tuple[tuple[str, Named], ...]:
        return tuple(self._restored.values())

    def move(self, launch: Launch, product: AvailableProduct | None) -> Move:
        one = launch.provisioned
        target = self._targets.get(one.product_id)
        if product is None or target is None:
            missing = (
                f"its product has no version {self._named()}" if product else "you may not launch its product"
            )
            return Move(launch=launch, state="kept", reason=missing)
        if one.status == "AVAILABLE" and one.version_id == target.id:
            return Move(launch=launch, state="updated")
        if one.status in ("UNDER_CHANGE", "TAINTED"):
            record = read_record(self._aws, one.last_record_id)
            ours = _is_move_to(record, target)
            if one.status == "UNDER_CHANGE":
                reason = "" if ours else f"another operation is in progress: {record['RecordType']}"
                state: State = "under way" if ours else "kept"
                return Move(launch=launch, state=state, reason=reason, record=record["RecordId"])
            if ours and record["Status"] == "FAILED" and not self._retry:
                return Move(
                    launch=launch, state="failed", reason=record_reason(record), record=record["RecordId"]
                )
        if launch.stack is None:
            reason = "its stack cannot be read, so its parameters are not known"
            return Move(launch=launch, state="kept", reason=reason)
        try:
            prepared = self._prepared(launch, launch.stack.parameters, product, target)
        except (InputError, Refused) as error:
            return Move(launch=launch, state="kept", reason=error.message.removeprefix(f"{one.name}: "))
        # Which version a launch has after a failed update is not documented.
        changes = self._impacts.of_launch(prepared) if prepared.moves else None
        if changes is not None and changes_nothing(changes):
            reason = f"version {target.name} changes nothing in it, and AWS fails an update without changes"
            return Move(launch=launch, state="kept", reason=reason)
        return Move(launch=launch, state="to update", prepared=prepared, changes=changes)

    def _named(self) -> str:
        return next(iter(self._targets.values())).name

    def _prepared(
        self, launch: Launch, parameters: Mapping[str, str], product: AvailableProduct, target: Named
    ) -> PreparedUpdate:
        one = launch.provisioned
        deprecated = [
            it
            for it in product.versions
            if it.id in self._met(launch, product, target) and it.guidance == DEPRECATED
        ]
        if deprecated:
            product = replace(
                product,
                versions=tuple(
                    replace(it, guidance="") if it in deprecated else it for it in product.versions
                ),
            )
        if target.id not in self._described:
            path = product.paths[0]
            self._described[target.id] = described_version(self._aws, product, target, path)
        prepared = prepare_update(
            self._aws,
            one,
            version=target.name,
            product=product,
            deployed=parameters,
            described=self._described[target.id],
        )
        self._restored.update({it.id: (product.id, it) for it in deprecated})
        return prepared

    def _met(self, launch: Launch, product: AvailableProduct, target: Named) -> set[str]:
        """The versions that may not be deprecated: the new one and, for a move back, the present one.

        https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html
        """
        own = launch.provisioned
        back = precedence(target.name) < precedence(own.version)
        return {target.id, own.version_id} if back else {target.id}


class Rollout:
    """Moves the launches of a plan. `report` gets a line, how many have ended, and how many there are.

    `ended` says why it stopped before all have moved; empty when it went through.
    """

    def __init__(
        self,
        aws: Aws,
        plan: RolloutPlan,
        waves: Waves,
        *,
        clock: Clock,
        stop: Stop,
        report: Callable[[str, int, int], None],
    ) -> None:
        self._aws, self._waves, self._clock, self._stop = aws, waves, clock, stop
        self._plan, self._report = plan, report
        self._moves = {it.name: it for it in plan.moves}
        self.ended = ""

    @property
    def plan(self) -> RolloutPlan:
        """The plan with what has become of its moves."""
        return replace(self._plan, moves=tuple(self._moves.values()))

    def run(self) -> None:
        """Raises AwsError when AWS does not answer at all."""
        under_way = self._plan.of("under way")
        if under_way:
            self._follow({it.name: it.record for it in under_way}, {})
        for wave in self._parts(self._plan.of("to update")):
            self.ended = self.ended or self._reason_to_end()
            if self.ended:
                return
            with self._stop.doing(wave, f"{len(wave)} updates"):
                started = self._start(wave)
                self._follow({name: self._moves[name].record for name in started}, started)
        if self.plan.of("to update"):
            self.ended = self.ended or self._reason_to_end()

    def _parts(self, moves: Sequence[Move]) -> Iterator[Sequence[Move]]:
        canary, size = self._waves.canary, self._waves.size
        if canary:
            yield from filter(None, [moves[:canary]])
        for begin in range(canary, len(moves), size):
            yield moves[begin : begin + size]

    def _reason_to_end(self) -> str:
        failed = self.plan.of("failed")
        if self._stop.requested:
            return "interrupted"
        if len(failed) > self._waves.failures:
            return f"{len(failed)} failed, and at most {self._waves.failures} may"
        if self._is_late():
            return f"the time of --stop-at, {self._waves.until:%H:%M}, has come"
        return ""

    def _is_late(self) -> bool:
        return self._waves.until is not None and self._clock.date() >= self._waves.until

    def _start(self, wave: Sequence[Move]) -> dict[str, Operation | None]:
        """The updates that are under way, those of other runs without an operation."""

        def start(move: Move) -> Operation | Move | PublisherError | None:
            if self._stop.requested or self._is_late():
                return None
            assert move.prepared is not None
            try:
                return start_update(self._aws, move.prepared, rollout=move.prepared.version.id)
            except ChangedError as error:
                return self._changed(move, error)
            except (AwsError, Refused) as error:
                return error

        started: dict[str, Operation | None] = {}
        with Pool() as pool:
            for move, result in zip(wave, pool.map(start, wave), strict=True):
                match result:
                    case Operation():
                        started[move.name] = result
                        self._moves[move.name] = replace(move, state="under way", record=result.record_id)
                    case Move(state="under way"):
                        started[move.name] = None
                        self._moves[move.name] = result
                    case Move():
                        self._end(move.name, result.state, result.reason)
                    case PublisherError():
                        self._end(move.name, "failed", f"not started: {result.message}")
                    case None:
                        pass
        return started

    def _changed(self, move: Move, error: ChangedError) -> Move:
        """A launch that somebody has changed since the plan was made: perhaps another run of the same."""
        if error.record and move.prepared:
            record = read_record(self._aws, error.record)
            if _is_move_to(record, move.prepared.version):
                return replace(move, state="under way", record=error.record)
        return replace(move, state="kept", reason=error.message.removeprefix(f"{move.name}: "))

    def _follow(self, records: Mapping[str, str], operations: Mapping[str, Operation | None]) -> None:
        """Waits until these records have ended."""
        waiting = dict(records)

        def finished() -> bool | None:
            names = list(waiting)
            with Pool() as pool:
                for name, record in zip(names, pool.map(self._read, waiting.values()), strict=True):
                    if record["Status"] in FINAL:
                        del waiting[name]
                        self._finish(name, record, operations.get(name))
            return None if waiting else True

        if not poll(finished, clock=self._clock, seconds=_SECONDS, longest_pause=_PAUSE):
            self.ended = f"{enumerated(sorted(waiting))} has not finished after {_SECONDS // 3600} hours"

    def _read(self, record_id: str) -> Mapping[str, Any]:
        return read_record(self._aws, record_id)

    def _finish(self, name: str, record: Mapping[str, Any], operation: Operation | None) -> None:
        if record["Status"] == "SUCCEEDED":
            self._end(name, "updated", "")
            return
        known = (cause(operation.events.new()) or operation.events.invalid()) if operation else ""
        became = self._rolled_back(self._moves[name].launch)
        self._end(name, "failed", f"{known or record_reason(record)}; {became}")

    def _rolled_back(self, launch: Launch) -> str:
        """What became of the stack, as it says itself."""
        found = described_stack(self._aws, launch.provisioned)
        if found is None:
            return "whether it was rolled back could not be read"
        status = str(found["StackStatus"])
        # It goes on with _CLEANUP_IN_PROGRESS.
        if status.startswith(_ROLLED_BACK):
            return f"rolled back to {launch.provisioned.version}"
        # What is refused before it begins leaves a stack as it was.
        untouched = not re.search("FAILED|ROLLBACK|IN_PROGRESS", status)
        return "its stack was not touched" if untouched else f"not rolled back: its stack is {status}"

    def _end(self, name: str, state: State, reason: str) -> None:
        self._moves[name] = replace(self._moves[name], state=state, reason=reason)
        counts = Counter(it.state for it in self._moves.values())
        done = counts["updated"] + counts["failed"]
        total = len(self._moves) - counts["kept"]
        self._report(
            f"{name}: {state}{f': {reason}' if reason else f' to {self._plan.version}'}", done, total
        )


def _is_move_to(record: Mapping[str, Any], version: Named) -> bool:
    return record["RecordType"] == _UPDATE and record.get("ProvisioningArtifactId") == version.id
