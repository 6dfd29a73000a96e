"""Applies a plan to a target, with an outcome for every change. Knows no AWS, prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal, Protocol, assert_never

from publisher.errors import Interrupted, PublisherError, command, counted
from publisher.model import (
    Constraint,
    Key,
    Portfolio,
    PortfolioShare,
    Principal,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
)
from publisher.planning.changes import (
    Change,
    Create,
    Delete,
    Finish,
    Update,
    action,
    change_document,
    lane,
    phase,
    subject,
    subjects,
)
from publisher.planning.plan import Plan
from publisher.stopping import WRITERS, Pool, Stop

Status = Literal["done", "failed", "not attempted"]


# Waits until reads show what was created, perhaps with others; the errors of what none showed, by key.
Confirmation = Callable[[], Mapping[Key, PublisherError]]


class Target(Protocol):
    """Where a plan is applied. Each method returns once a read has confirmed the change, or raises."""

    def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> Confirmation | None:
        """Creates a resource; a product together with its first version, which it includes.

        May answer what confirms it instead, which is called once all of the phase is written.
        """
        ...

    def update(self, observed: Resource, desired: Resource) -> None:
        """Updates a resource in place."""
        ...

    def delete(self, observed: Resource, includes: Sequence[Resource] = ()) -> None:
        """Deletes a resource and those that it includes; one that is already gone is no error."""
        ...

    def finish(self, portfolio: Portfolio) -> None:
        """Marks a new portfolio as finished."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one change."""

    change: Change
    status: Status = "done"
    error: PublisherError | None = None

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/sync.md."""
        return {
            "change": change_document(self.change),
            "status": self.status,
            "error": self.error.document() if self.error else None,
        }


def apply(
    plan: Plan, target: Target, *, workers: int = WRITERS, stop: Stop | None = None
) -> Generator[Outcome, None, None]:
    """Applies a plan phase by phase, yielding outcomes in the plan's order.

    Changes that need a failed one are not attempted, nor is any after a stop was requested; all others are.
    """
    stop = stop or Stop()
    unavailable: set[Key] = set()
    with Pool(workers) as pool:
        for lanes in _phases(plan):
            run = _Phase(target, frozenset(unavailable), stop)
            futures = [pool.submit(run, changes) for changes in lanes]
            written = (outcome for future in futures for outcome in future.result())
            for outcome in run.confirmed(written, pool):
                unavailable.update(_unavailable([outcome]))
                yield outcome


def outcomes_so_far(plan: Plan, stop: Stop) -> list[Outcome]:
    """An outcome for every change of a plan whose run was left before its end."""
    return [stop.results.get(id(change)) or _left(change, stop) for change in plan.changes]


def _left(change: Change, stop: Stop) -> Outcome:
    return _unconfirmed(change) if stop.is_under_way(change) else _stopped(change)


def _unconfirmed(change: Change) -> Outcome:
    error = Interrupted(
        "interrupted before it was confirmed", hint=f"run {command('plan')} to see what is done"
    )
    return Outcome(change=change, status="failed", error=error)


def _stopped(change: Change) -> Outcome:
    error = Interrupted("interrupted before it was started", hint=f"run {command('sync')} again")
    return Outcome(change=change, status="not attempted", error=error)


def _phases(plan: Plan) -> Iterator[list[Sequence[Change]]]:
    for _, changes in groupby(plan.changes, key=phase):
        yield [tuple(serial) for _, serial in groupby(changes, key=lane)]


class _Phase:
    """The lanes of one phase; what was written and is not confirmed yet."""

    def __init__(self, target: Target, unavailable: frozenset[Key], stop: Stop) -> None:
        self._target, self._unavailable, self._stop = target, unavailable, stop
        self._unconfirmed: dict[int, Confirmation] = {}

    def __call__(self, changes: Sequence[Change]) -> list[Outcome]:
        """One lane, serially."""
        outcomes: list[Outcome] = []
        for change in changes:
            if self._stop.requested:
                outcomes.append(_stopped(change))
                continue
            resource = subject(change)
            with self._stop.doing(change, f"{action(change)} {resource.kind} {resource.label}"):
                outcome = self._attempt(change, self._unavailable.union(_unavailable(outcomes)))
                waits = id(change) in self._unconfirmed
                self._stop.results[id(change)] = _unconfirmed(change) if waits else outcome
            outcomes.append(outcome)
        return outcomes

    def confirmed(self, written: Iterator[Outcome], pool: Pool) -> Iterator[Outcome]:
        """The outcomes in order: from the first that waits for its confirmation, once all are written."""
        for outcome in written:
            if id(outcome.change) in self._unconfirmed:
                yield from self._confirmed([outcome, *written], pool)
            else:
                yield outcome

    def _confirmed(self, outcomes: Sequence[Outcome], pool: Pool) -> Iterator[Outcome]:
        counts = Counter(self._unconfirmed.values())
        futures = {it: pool.submit(self._confirm, it, count) for it, count in counts.items()}
        for outcome in outcomes:
            confirmation = self._unconfirmed.get(id(outcome.change))
            if confirmation is not None:
                error = futures[confirmation].result().get(subject(outcome.change).key)
                outcome = replace(outcome, status="failed", error=error) if error else outcome
                self._stop.results[id(outcome.change)] = outcome
            yield outcome

    def _confirm(self, confirmation: Confirmation, changes: int) -> Mapping[Key, PublisherError]:
        with self._stop.doing(confirmation, f"reads that show {counted(changes, 'written change')}"):
            return confirmation()

    def _attempt(self, change: Change, unavailable: Collection[Key]) -> Outcome:
        missing = next((key for key in _needed(change) if key in unavailable), None)
        if missing is not None:
            hint = f"fix this, then run {command('sync')} again"
            error = PublisherError(_reason(change, missing), hint=hint)
            return Outcome(change=change, status="not attempted", error=error)
        try:
            confirmation = _carry_out(change, self._target)
        except PublisherError as error:
            return Outcome(change=change, status="failed", error=error)
        if confirmation is not None:
            self._unconfirmed[id(change)] = confirmation
        return Outcome(change=change)


def _carry_out(change: Change, target: Target) -> Confirmation | None:
    match change:
        case Create(desired, includes=includes):
            return target.create(desired, includes)
        case Update(observed, desired):
            target.update(observed, desired)
        case Delete(observed, includes=includes):
            target.delete(observed, includes)
        case Finish(portfolio):
            target.finish(portfolio)
        case _:
            assert_never(change)
    return None


def _needed(change: Change) -> tuple[Key, ...]:
    match change:
        case Finish(portfolio):
            return (portfolio.key, _contents(portfolio.name))
        case Update(ProvisioningArtifact(launchable=True), ProvisioningArtifact(launchable=False) as desired):
            return (*desired.requires, _successor(desired.product))
        case Update(ProjectTemplate(visible=True), ProjectTemplate(visible=False) as desired):
            return (*desired.requires, _shown(desired))
        case Delete():
            return tuple(it.key for it in subjects(change))
        case Create(Principal() | PortfolioShare() as desired):
            return (*desired.requires, _constraints(desired.portfolio))
        case _:
            return tuple(key for it in subjects(change) for key in it.requires)


def _unavailable(outcomes: Sequence[Outcome]) -> Iterator[Key]:
    """What later changes cannot rely on: what was not created, and what still contains something."""
    for outcome in outcomes:
        for resource in () if outcome.status == "done" else subjects(outcome.change):
            match outcome.change:
                case Create():
                    yield resource.key
                case Delete():
                    yield from resource.requires
                case Update() | Finish():
                    pass
                case _:
                    assert_never(outcome.change)
            if isinstance(resource, ProvisioningArtifact) and resource.launchable:
                yield _successor(resource.product)
            if isinstance(resource, ProjectTemplate) and resource.visible:
                yield _shown(resource)
            if isinstance(resource, Constraint) and outcome.status == "failed":
                yield _constraints(resource.portfolio)
            yield from (_contents(name) for kind, name in resource.owners if kind == "portfolio")


def _contents(portfolio: str) -> Key:
    return ("contents", portfolio)


def _constraints(portfolio: str) -> Key:
    return ("constraints", portfolio)


def _successor(product: str) -> Key:
    return ("successor", product)


def _shown(template: ProjectTemplate) -> Key:
    return ("shown", *template.lane)


def _reason(change: Change, missing: Key) -> str:
    match change, missing:
        case Finish(), ("contents", portfolio):
            return f"portfolio {portfolio} stays unfinished because a change in it failed"
        case _, ("constraints", portfolio):
            return f"nobody gets access to {portfolio} while a constraint in it fails"
        case _, ("successor", product):
            return f"needs another launchable version of {product}, which failed"
        case _, ("shown", _, location, product):
            return f"needs another template of {product} in {location}, which failed"
        case Delete(), _:
            return "a resource that it contains could not be deleted"
        case _:
            return f"needs {missing[0]} {' / '.join(missing[1:])}, which failed"
