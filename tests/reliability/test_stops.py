"""A run that is stopped at any call is finished by the next one: no duplicates, nothing lost, ids kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from publisher.errors import Refused
from publisher.model import Catalog, Retention
from publisher.planning.apply import apply
from publisher.planning.plan import Plan
from publisher.planning.saved_plan import SavedPlan, SavedTarget
from publisher.publishing.project import Project
from publisher.publishing.publication import Publication
from publisher.publishing.targets import PublishingTarget
from tests.conftest import ROOT, WHOLE
from tests.reliability.conftest import Hub
from tests.reliability.samples import (
    everything_changed,
    one_of_everything,
    other_roles,
    studio_retired,
    tagged,
    versions,
)
from tests.reliability.wire import Killed, Wire, stretched
from tests.samples import whole

_MEETINGS = 5
# Threads that see each other's work sooner make a read or two less than those of the counted run.
_FEWER = 2 if WHOLE else 0


def _start(account: Hub, before: Sequence[Catalog]) -> Hub:
    started = account.fresh()
    for one in before:
        started.publisher().converge(one)
    return started


def _saved(planned: Plan) -> SavedPlan:
    target = SavedTarget(
        target=planned.target,
        digest=planned.digest,
        desired=planned.desired_digest,
        observed=planned.observed_digest,
        changes=planned.document()["changes"],
    )
    options = {"prune": True, "fast": False, "keep_going": False, "dead_principals": False}
    return SavedPlan(content="", **options, plans=[target])


@pytest.mark.parametrize(
    ("before", "after", "step", "prune"),
    [
        pytest.param([], whole("studio"), 1, True, id="first sync of a small catalog"),
        pytest.param([one_of_everything()], everything_changed(), 3, True, id="update of every kind"),
        pytest.param([one_of_everything()], Catalog(), 6, True, id="prune of every kind"),
        pytest.param([tagged("a", "b", "c")], tagged("a"), 1, True, id="prune of TagOptions"),
        pytest.param([one_of_everything()], studio_retired(), 4, False, id="retirement"),
        pytest.param([one_of_everything()], other_roles(), 1, False, id="launch role and stack set"),
        pytest.param(
            [versions(n) for n in range(1, 5)],
            versions(4, Retention(keep=1, deprecated=1)),
            1,
            True,
            id="retention",
        ),
        pytest.param(
            [], one_of_everything(), 1, True, id="first sync of every kind", marks=pytest.mark.whole
        ),
    ],
)
def test_stopped_at_every_call(
    account: Hub,
    before: Sequence[Catalog],
    after: Catalog,
    step: int,
    prune: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """At every writing call; to the account a stop at a read looks like one at the write before it.

    `make reliability` leaves out none of the writes of the larger catalogs, and stops at reads too.
    """
    undisturbed = _start(account, before)
    with stretched(Wire(writing=not WHOLE)) as wire:
        undisturbed.publisher().publish_until_done(after, prune=prune)
    # A launch role that becomes a stack set is another constraint.
    replaced = {
        it.key for one in before for it in one if type(after.resources.get(it.key, it)) is not type(it)
    }
    counts = undisturbed.holds()
    expected = undisturbed.publisher().target.observe()
    stops = range(1, wire.calls + 1, 1 if WHOLE else step)
    record_property("stops", f"{len(stops)} of {wire.calls} calls")
    to_the_end = 0
    # The others delete and create again, or delete what they deactivated first, which no saved plan has.
    finishes = after in (whole("studio"), everything_changed(), one_of_everything())
    for number in stops:
        stopped = _start(account, before)
        saved = _saved(stopped.publisher().plan(after, prune=prune))
        with stretched(Wire(stop=number, writing=not WHOLE)) as wire:
            try:
                stopped.publisher().publish_until_done(after, prune=prune)
            except Killed:
                pass
            else:
                assert wire.calls < number
                to_the_end += 1
        there, again, found = stopped.publisher(), stopped.publisher(), stopped.publisher()
        there.target.observe()
        if finishes:
            saved.refuse_beyond("", again.plan(after, prune=prune))
        again.publish_until_done(after, prune=prune)
        assert found.target.observe() == expected, number
        assert stopped.holds() == counts, number
        assert stopped.lost_templates() == [], number
        kept = {key: id_ for key, id_ in there.ids.items() if key in found.ids and key not in replaced}
        assert kept.items() <= found.ids.items(), number
    assert to_the_end <= _FEWER


@pytest.mark.parametrize("stop", [1, 7, 20])
def test_a_saved_plan_that_was_stopped(account: Hub, stop: int) -> None:
    """What is left is not what was saved but part of it: a shard finishes it, as does a sync of the files.

    By a single worker: a TagOption that nothing has yet, were it the first, would not be seen as ours.
    """
    desired = one_of_everything()
    before = _start(account, [whole("studio")])
    expected = before.publisher()
    expected.publish_until_done(desired)
    complete = expected.target.observe()
    stopped = _start(account, [whole("studio")])
    first = stopped.publisher()
    planned = first.plan(desired)
    saved = _saved(planned)
    with stretched(Wire(stop=stop, writing=True)), pytest.raises(Killed):
        list(apply(planned, first.target, workers=1))
    again = stopped.publisher()
    with pytest.raises(Refused, match="t: the account has changed since the plan was made"):
        saved.refuse_stale("", [again.plan(desired)])
    saved.refuse_beyond("", again.plan(desired))
    again.publish_until_done(desired)
    assert again.target.observe() == complete


@pytest.mark.whole
def test_a_first_sync_of_the_whole_repository_stopped_at_every_call(
    account: Hub, record_property: Callable[[str, object], None]
) -> None:
    """From files to the account, starting content and templates included."""
    project = Project.read(ROOT)

    def sync(account: Hub) -> list[str]:
        publication = Publication(project, PublishingTarget(aws=account.aws), clock=account.ticks.clock())
        outcomes = publication.sync(publication.plan())
        return [str(outcome.error) for outcome in outcomes if outcome.error]

    undisturbed = account.fresh()
    with stretched(Wire()) as wire:
        assert sync(undisturbed) == []
    counts, expected = undisturbed.holds(), undisturbed.publisher().target.observe()
    record_property("stops", f"{wire.calls} of {wire.calls} calls")
    late = 0
    for number in range(1, wire.calls + 1):
        stopped = account.fresh()
        # Threads that meet at one object make a call more or less: the last stops may come too late.
        with stretched(Wire(stop=number)), suppress(Killed):
            sync(stopped)
            late += 1
        there, found = stopped.publisher(), stopped.publisher()
        there.target.observe()
        assert sync(stopped) == [], number
        assert found.target.observe() == expected, number
        assert (stopped.holds(), stopped.lost_templates()) == (counts, []), number
        assert there.ids.items() <= found.ids.items(), number
    assert late <= _MEETINGS
