"""A run that is stopped at any call is finished by the next one: no twins, nothing lost, ids kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from publisher.model import Catalog
from publisher.publishing import Project, Publication
from publisher.targets import Site
from tests.conftest import ROOT
from tests.reliability.conftest import WHOLE, Account, whole_only
from tests.reliability.samples import everything_changed, one_of_everything
from tests.reliability.wire import Killed, Wire, stretched
from tests.samples import whole

_MEETINGS = 5


def _start(account: Account, before: Catalog) -> Account:
    started = account.fresh()
    if before.resources:
        started.publisher().converge(before)
    return started


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        pytest.param(Catalog(), whole("studio"), 1, id="first sync of a small catalog"),
        pytest.param(one_of_everything(), everything_changed(), 3, id="update of every kind"),
        pytest.param(Catalog(), one_of_everything(), 1, id="first sync of every kind", marks=whole_only),
    ],
)
def test_stopped_at_every_call(
    account: Account,
    before: Catalog,
    after: Catalog,
    step: int,
    record_property: Callable[[str, object], None],
) -> None:
    """At every writing call; to the account a stop at a read looks like one at the write before it.

    `make reliability` leaves out none of the writes of the larger catalogs, and stops at reads too.
    """
    undisturbed = _start(account, before)
    with stretched(Wire(writing=not WHOLE)) as wire:
        undisturbed.publisher().converge(after)
    counts = undisturbed.holds()
    expected = undisturbed.publisher().target.observe()
    stops = range(1, wire.calls + 1, 1 if WHOLE else step)
    record_property("stops", f"{len(stops)} of {wire.calls} calls")
    for number in stops:
        stopped = _start(account, before)
        with stretched(Wire(stop=number, writing=not WHOLE)), pytest.raises(Killed):
            stopped.publisher().publish(after)
        there, again, found = stopped.publisher(), stopped.publisher(), stopped.publisher()
        there.target.observe()
        again.converge(after)
        assert found.target.observe() == expected, number
        assert stopped.holds() == counts, number
        assert stopped.lost_templates() == [], number
        kept = {key: id_ for key, id_ in there.ids.items() if key in found.ids}
        assert kept.items() <= found.ids.items(), number


@whole_only
def test_a_first_sync_of_the_whole_repository_stopped_at_every_call(
    account: Account, record_property: Callable[[str, object], None]
) -> None:
    """From files to the account, starting content and templates included."""
    project = Project.read(ROOT)

    def sync(account: Account) -> list[str]:
        publication = Publication(project, Site(aws=account.aws), clock=account.ticks.clock())
        planned = publication.plan()
        outcomes = publication.sync(planned, publication.missing_content(planned))
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
