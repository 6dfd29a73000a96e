"""Runs with old and new files make the same new things in the same seconds: never is there one twice."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest
from catalog_emulator.faults.inprocess import over_moto

from publisher.errors import InputError
from publisher.model import Catalog
from tests.conftest import WHOLE
from tests.reliability.conftest import Hub
from tests.reliability.samples import everything_changed, one_of_everything
from tests.reliability.test_edits import without_versions
from tests.reliability.test_faults import with_faults
from tests.reliability.wire import Killed, Wire, stretched
from tests.samples import as_observed

_STOPS = 80


def _at_once(account: Hub, publishers: int, chance: random.Random) -> None:
    """Old and new files, in any order. What is in each other's way is not done."""
    files = [one_of_everything(), everything_changed()] * (publishers // 2)
    chance.shuffle(files)

    def publish(desired: Catalog) -> None:
        # A version that another has published meanwhile is refused before anything is written.
        with suppress(InputError):
            account.publisher().publish(desired, prune=False)

    with ThreadPoolExecutor(publishers) as pool:
        list(pool.map(publish, files))


@pytest.mark.parametrize("stopped", [False, True], ids=["to the end", "stopped"])
@pytest.mark.parametrize("faulty", [False, True], ids=["none", "faults"])
@pytest.mark.parametrize("publishers", [2, 4])
@pytest.mark.parametrize("seed", range(40 if WHOLE else 1))
def test_other_files_at_once_make_no_duplicates(
    account: Hub, seed: int, publishers: int, faulty: bool, stopped: bool
) -> None:
    chance = random.Random(seed)
    crowd = account.fresh()
    with over_moto(with_faults(crowd, seed)) if faulty else nullcontext():
        if stopped:
            with suppress(Killed), stretched(Wire(stop=chance.randrange(1, _STOPS), writing=True)):
                _at_once(crowd, publishers, chance)
        _at_once(crowd, publishers, chance)
    # Observing refuses duplicates.
    crowd.publisher().publish_until_done(everything_changed())
    assert without_versions(crowd.publisher().target.observe()) == without_versions(
        as_observed(everything_changed())
    )
