"""Moves the launches of a plan to a version, wave after wave."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from publisher.aws.clients import Aws
from publisher.aws.stack_events import cause
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, PublisherError, Refused, enumerated
from publisher.launch.deployed import described_stack
from publisher.launch.fleet import Move, RolloutPlan, State, is_move_to
from publisher.launch.launches import Launch
from publisher.launch.progress import FINAL, Operation, read_record, record_reason
from publisher.launch.update_start import ChangedError, start_update
from publisher.stopping import Pool, Stop

_SECONDS, _PAUSE = 3 * 60 * 60, 5.0
_ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class Waves:
    """First a few launches, then so many at a time, up to a number of failures or a time."""

    canary: int = 1
    size: int = 20
    failures: int = 0
    until: datetime | None = None


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
            if is_move_to(record, move.prepared.version):
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
