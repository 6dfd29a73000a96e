"""One project at many targets: plan all, check all, then write to all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from publisher.errors import (
    AwsError,
    Failure,
    InputError,
    PublisherError,
    Refused,
    command,
    enumerated,
    failure_of,
)
from publisher.planning.apply import Outcome
from publisher.planning.held_up import HeldUp
from publisher.planning.plan import Plan
from publisher.planning.product_status import ProductStatus
from publisher.planning.saved_plan import SavedPlan
from publisher.publishing.project import Project
from publisher.publishing.publication import Publication, lint_new
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.version_differences import with_template_changes
from publisher.stopping import Pool, Stop
from publisher.templates.lint import ProgressCallback

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A planned target."""

    publication: Publication
    plan: Plan


class Rollout:
    """The targets of one run. An AWS error at one target is a failure of that target and stops no other.

    With `each`, nor does anything else that is wrong there, or refused.
    """

    def __init__(self, project: Project, publications: Sequence[Publication], *, each: bool = False) -> None:
        self.project, self._each = project, each
        self.publications = publications
        self.failures: list[Failure] = []

    @classmethod
    def of(
        cls,
        project: Project,
        targets: Iterable[PublishingTarget],
        saved: SavedPlan | None = None,
        *,
        each: bool = False,
    ) -> Rollout:
        """The project at its targets, or at those of a saved plan. Raises Refused when one is missing."""
        publications = [Publication(project, it) for it in targets]
        if saved is not None:
            publications = [it for it in publications if it.name in saved.targets]
            if missing := sorted(set(saved.targets) - {it.name for it in publications}):
                raise Refused(
                    f"the plan is for {enumerated(missing)}, which this run does not publish to",
                    hint="use the --profile, --region and --target of the plan",
                )
        return cls(project, publications, each=each)

    @property
    def names(self) -> list[str]:
        """The targets."""
        return [it.name for it in self.publications]

    @property
    def calls(self) -> Counter[str]:
        """The AWS calls at all targets, by operation."""
        total: Counter[str] = Counter()
        for aws in {id(it.aws): it.aws for it in self.publications}.values():
            total.update(aws.calls)
        return total

    @property
    def held_up(self) -> HeldUp:
        """What is held up at one of the targets."""
        return HeldUp().adding(
            (key, problem)
            for publication in self.publications
            for key, some in publication.held_up.problems.items()
            for problem in some
        )

    def holds_up(self, product: str) -> bool:
        """Whether a product is held up at all targets."""
        return all(("product", product) in it.held_up.problems for it in self.publications)

    @property
    def retried(self) -> int:
        """How many of the calls were retried."""
        return sum(it.aws.retried.total() for it in self.publications)

    def document(self, ready: Sequence[Ready]) -> dict[str, Any]:
        """The JSON shape of docs/sync.md, without outcomes and errors."""
        return {
            "plans": [one.plan.document() for one in ready],
            "content": self.project.content,
            "calls": {"total": self.calls.total(), "by_operation": dict(sorted(self.calls.items()))},
        }

    def failure(self, outcomes: Iterable[Outcome] = ()) -> PublisherError | None:
        """The error of the run: changes that are not done, targets that failed, and what is held up."""
        failed = self._undone(list(outcomes))
        if not self.held_up.problems:
            return failed
        message = f"held up: {self.held_up}"
        if failed:
            return AwsError(f"{failed}; {message}", hint=failed.hint)
        return PublisherError(message, hint=f"fix these problems, then run {command('sync')} again")

    def _undone(self, outcomes: Sequence[Outcome]) -> AwsError | None:
        undone = [outcome for outcome in outcomes if outcome.error]
        failed = self._failed(
            [it for it in self.failures if all(it.error is not one.error for one in undone)]
        )
        if not undone:
            return failed
        message = f"{len(undone)} of {len(outcomes)} changes are not done; the first: {undone[0].error}"
        return AwsError(
            f"{message}; {failed}" if failed else message,
            hint=f"fix this, then run {command('sync')} again: it continues from there",
        )

    def _failed(self, failures: Sequence[Failure]) -> AwsError | None:
        if failures and len(self.publications) == 1 and isinstance(failures[0].error, AwsError):
            return failures[0].error
        return failure_of(failures)

    def plan(
        self,
        *,
        prune: bool,
        fast: bool,
        dead_principals: bool = False,
        step: ProgressCallback | None = None,
    ) -> list[Ready]:
        """Plans all targets. Raises InputError or Refused when the files or a target are wrong.

        A project that keeps going is linted here, as what is wrong is held up; `step` as in `check`.
        """
        plans = self._everywhere(
            self.publications, lambda it: it.plan(prune=prune, fast=fast, dead_principals=dead_principals)
        )
        if self.project.keep_going and (found := lint_new(self.project, plans.values(), step)):
            plans = {it: it.plan_without(found) for it in plans}
        plans = self._everywhere([*plans], lambda it: it.looked_up(plans[it]))
        if not fast:
            plans = self._large_enough(with_template_changes(plans))
        return [Ready(publication=it, plan=plans[it]) for it in self.publications if it in plans]

    def _large_enough(self, plans: Mapping[Publication, Plan]) -> Mapping[Publication, Plan]:
        """The plans without versions that change more than they promise. Raises InputError with all."""
        found = {it: list(it.small_bumps(planned)) for it, planned in plans.items()}
        if not any(found.values()):
            return plans
        if not self.project.keep_going:
            every = dict.fromkeys(problem for some in found.values() for problem in some)
            self.project.holding(self.project.held_up, every)
        less = {it: it.looked_up(it.plan_without(some)) for it, some in found.items() if some}
        return {**plans, **with_template_changes(less)}

    def launchable(self, one: Ready) -> Ready:
        """The plan without what its launch roles cannot launch, which is held up."""
        publication = one.publication
        planned = publication.looked_up(publication.plan_without(publication.unlaunchable(one.plan)))
        return Ready(publication=publication, plan=with_template_changes({publication: planned})[publication])

    def status(self, *, fast: bool) -> Mapping[str, Sequence[ProductStatus]]:
        """What is published, by target."""
        found = self._everywhere(self.publications, lambda it: it.status(fast=fast))
        return {it.name: products for it, products in found.items()}

    def unrefused(self, ready: Sequence[Ready], saved: SavedPlan, allowed: Collection[str]) -> list[Ready]:
        """Those where what is left of a plan can be applied; the others become failures of their targets."""
        left = []
        for one in ready:
            try:
                saved.refuse_beyond(self.project.content, one.plan)
                one.plan.refuse_used()
                one.plan.refuse_unallowed(allowed)
                one.plan.refuse_missing()
                one.plan.refuse_unlaunchable()
                if one.plan.blocked:
                    raise one.plan.blocked
            except PublisherError as error:
                self.failures.append(Failure(target=one.plan.target, error=error))
            else:
                left.append(one)
        return left

    def check(self, ready: Sequence[Ready], allowed: Collection[str], step: ProgressCallback) -> None:
        """Refuses what can be refused before the first write, at all targets.

        `step` is called for each template that is linted.
        """
        for one in ready:
            one.plan.refuse_used()
        for one in ready:
            one.plan.refuse_unallowed(allowed)
        for one in ready:
            one.plan.refuse_missing()
        for one in ready:
            if isinstance(one.plan.blocked, AwsError):
                self.failures.append(Failure(target=one.plan.target, error=one.plan.blocked))
            elif one.plan.blocked:
                raise one.plan.blocked
        if not self.project.keep_going:
            found = lint_new(self.project, [one.plan for one in ready], step)
            if found:
                self.project.holding(self.project.held_up, found)

    def sync(self, ready: Sequence[Ready], stop: Stop) -> Iterator[tuple[Ready, Outcome]]:
        """Applies to all targets at once, yielding each outcome as it arrives.

        When a stop is requested, or the caller stops, no target starts another change.
        """
        arrived: SimpleQueue[tuple[Ready, Outcome] | None] = SimpleQueue()

        def apply(one: Ready) -> None:
            try:
                for outcome in _outcomes(one, stop):
                    arrived.put((one, outcome))
            except PublisherError as error:
                self.failures.append(Failure(target=one.plan.target, error=error))
            finally:
                arrived.put(None)

        with Pool() as pool:
            futures = [pool.submit(apply, one) for one in ready]
            running = len(futures)
            try:
                while running:
                    outcome = arrived.get()
                    running -= outcome is None
                    if outcome is not None:
                        yield outcome
            except BaseException:
                stop.requested = True
                raise
            for future in futures:
                future.result()

    def _everywhere(
        self, publications: Sequence[Publication], work: Callable[[Publication], T]
    ) -> Mapping[Publication, T]:
        """The results by publication; AWS errors become failures."""
        results: dict[Publication, T] = {}
        with Pool() as pool:
            futures = {it: pool.submit(work, it) for it in publications}
        for publication, future in futures.items():
            try:
                results[publication] = future.result()
            except AwsError as error:
                self.failures.append(Failure(target=publication.name, error=error))
            except InputError as error:
                explained = publication.explained(error)
                if not self._each:
                    raise explained from error
                self.failures.append(Failure(target=publication.name, error=explained))
            except PublisherError as error:
                if not self._each:
                    raise
                self.failures.append(Failure(target=publication.name, error=error))
        return results


def _outcomes(one: Ready, stop: Stop) -> Iterator[Outcome]:
    if one.plan.blocked is None:
        yield from one.publication.sync(one.plan, stop)
    else:
        error = one.plan.blocked
        yield from (Outcome(change=it, status="not attempted", error=error) for it in one.plan.changes)
