from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from publisher.planning.apply import apply
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.catalog.test_target import observed
from tests.samples import whole


@pytest.mark.parametrize("publishers", [2, 4])
def test_publishers_at_once_end_in_one_catalog(account: Account, publishers: int) -> None:
    desired = whole("notebook", "studio")

    def publish(_: int) -> set[str]:
        target = account.target()
        planned = plan(desired, target.observe(), target="t")
        return {str(outcome.error) for outcome in apply(planned, target, workers=2) if outcome.error}

    with ThreadPoolExecutor(publishers) as pool:
        assert set().union(*pool.map(publish, range(publishers))) == set()
    assert account.target().observe() == observed(desired)
