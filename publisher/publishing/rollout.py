"""One project at many targets: all are planned, then all are checked, then all are written to at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from publisher.errors import AwsError, PublisherError
from publisher.planning.apply import Outcome
from publisher.planning.plan import Plan
from publisher.publishing.publication import Project, Publication, lint_new
from publisher.publishing.template_bucket import Stored
from publisher.templates.lint import ProgressCallback

T = TypeVar("T")
_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A target that could not be worked at."""

    target: str
    error: PublisherError


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A target whose plan is made; `content` is what its template bucket lacks.

    Of one that is `blocked` nothing is attempted.
    """

    publication: Publication
    plan: Plan
    content: Sequence[Stored] = ()
    blocked: PublisherError | None = None


class Rollout:
    """The targets of one run. What AWS refuses at one is kept as its failure, and stops no other."""

    def __init__(self, project: Project, publications: Sequence[Publication]) -> None:
        self.project = project
        self.publications = publications
        self.failures: list[Failure] = []

    @property
    def names(self) -> list[str]:
        """The targets."""
        return [it.name for it in self.publications]

    def plan(self, *, prune: bool, fast: bool) -> list[Ready]:
        """Reads and compares everywhere. Raises InputError and Refused when files or a target are wrong."""
        plans = self._everywhere(self.publications, lambda it: it.plan(prune=prune, fast=fast))
        return [Ready(publication=it, plan=plans[it]) for it in self.publications if it in plans]

    def check(self, ready: Sequence[Ready], allowed: Collection[str], step: ProgressCallback) -> list[Ready]:
        """All that can be refused before the first write, at all targets; answers what is to be stored.

        `step` hears of each template that is checked.
        """
        for one in ready:
            one.plan.refuse_used()
        for one in ready:
            one.plan.refuse_unallowed(allowed)
        lint_new(self.project, [one.plan for one in ready], step)
        plans = {one.publication: one.plan for one in ready}
        missing = self._everywhere(list(plans), lambda it: it.missing_content(plans[it]))
        blocked = {it.target: it.error for it in self.failures}
        return [
            replace(one, content=missing.get(one.publication, ()), blocked=blocked.get(one.plan.target))
            for one in ready
        ]

    def sync(self, ready: Sequence[Ready]) -> Iterator[tuple[Ready, Outcome]]:
        """Applies everywhere at once, yielding each outcome as it comes.

        When the caller stops, as with Ctrl-C, no target begins anything more.
        """
        stopped = Event()
        told: SimpleQueue[tuple[Ready, Outcome] | None] = SimpleQueue()

        def apply(one: Ready) -> None:
            try:
                with closing(_outcomes(one)) as outcomes:
                    for outcome in outcomes:
                        told.put((one, outcome))
                        if stopped.is_set():
                            return
            except PublisherError as error:
                self.failures.append(Failure(target=one.plan.target, error=error))
            finally:
                told.put(None)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            futures = [pool.submit(apply, one) for one in ready]
            left = len(futures)
            try:
                while left:
                    outcome = told.get()
                    left -= outcome is None
                    if outcome is not None:
                        yield outcome
            except BaseException:
                stopped.set()
                raise
            for future in futures:
                future.result()

    def _everywhere(
        self, publications: Sequence[Publication], work: Callable[[Publication], T]
    ) -> Mapping[Publication, T]:
        """What each answers; those that AWS refuses are left out, and their failures kept."""
        answers: dict[Publication, T] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            futures = {it: pool.submit(work, it) for it in publications}
        for publication, future in futures.items():
            try:
                answers[publication] = future.result()
            except AwsError as error:
                self.failures.append(Failure(target=publication.name, error=error))
        return answers


def _outcomes(one: Ready) -> Generator[Outcome, None, None]:
    if one.blocked is None:
        yield from one.publication.sync(one.plan, one.content)
    else:
        yield from (Outcome(change=it, status="not attempted", error=one.blocked) for it in one.plan.changes)
