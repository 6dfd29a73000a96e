"""Throttling, lost replies, resets and late visibility all together; several publishers at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.inprocess import over_moto

from tests.conftest import WHOLE
from tests.reliability.conftest import Hub
from tests.reliability.samples import everything_changed, one_of_everything
from tests.samples import whole

BAD = "throttle=0.3,lost-reply=0.1,reset=0.05,unseen-seconds=4,lost-versions=0.5"
SEEDS = range(40 if WHOLE else 2)
RUNS = 4


def with_faults(account: Hub, seed: int) -> Faults:
    ticks = account.ticks
    return Faults(FaultProfile.parse(f"{BAD},seed={seed}"), clock=ticks.now, sleep=ticks.sleep)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_with_faults_ends_as_one_without(
    account: Hub, seed: int, record_property: Callable[[str, object], None]
) -> None:
    alone = account.fresh()
    for catalog in (one_of_everything(), everything_changed()):
        alone.publisher().converge(catalog)
    counts, expected = alone.holds(), alone.publisher().target.observe()
    faulty = account.fresh()
    runs = []
    with over_moto(with_faults(account, seed)) as faults:
        for catalog in (one_of_everything(), everything_changed()):
            runs.append(faulty.publisher().converge(catalog, runs=RUNS))
    assert faulty.publisher().target.observe() == expected
    assert (faulty.holds(), faulty.lost_templates()) == (counts, [])
    happened = faults.happened()
    assert {"throttle", "lost-reply", "reset", "unseen"} <= happened.keys()
    record_property("faults", f"seed {seed}: {runs} runs, {happened}")


@pytest.mark.parametrize("publishers", [2, 4])
@pytest.mark.parametrize("seed", [None, *SEEDS[:1]], ids=lambda seed: "none" if seed is None else "faults")
def test_publishers_at_once(account: Hub, publishers: int, seed: int | None) -> None:
    """They end in one catalog, as one would have alone."""
    desired = whole("notebook", "studio") if seed is None or not WHOLE else one_of_everything()
    alone = account.fresh()
    alone.publisher().converge(desired)
    counts, expected = alone.holds(), alone.publisher().target.observe()
    crowd = account.fresh()
    profile = Faults() if seed is None else with_faults(account, seed)

    def publish(_: int) -> int:
        return crowd.publisher().converge(desired, runs=RUNS)

    with over_moto(profile), ThreadPoolExecutor(publishers) as pool:
        list(pool.map(publish, range(publishers)))
    assert crowd.publisher().target.observe() == expected
    assert crowd.holds() == counts
