"""Every error that AWS documents for an operation is returned by it, or listed as impossible.

The documentation of each is at the page that docs/service-catalog-operations.md links to, under Errors.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.utils import get_service_model

from catalog_emulator import install, settings
from catalog_emulator.servicecatalog.state import state_of
from tests.servicecatalog.account import ACCOUNT, REGION
from tests.servicecatalog.documented.catalogue import ROWS
from tests.servicecatalog.documented.launches import LAUNCHING, SHARING
from tests.servicecatalog.documented.operations import NEVER, documented_errors, implemented
from tests.servicecatalog.documented.rows import Row
from tests.servicecatalog.documented.scene import Scene

ALL = [*ROWS, *SHARING, *LAUNCHING]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        install()
        yield Scene()


def test_each_error_has_a_call() -> None:
    expected = {
        (name, error) for name, here in implemented().items() if here for error in documented_errors(name)
    }
    called = Counter((row.operation, row.error) for row in ALL)
    assert (sorted(expected - called.keys()), sorted(called.keys() - expected)) == ([], [])
    assert [key for key, count in called.items() if count > 1] == []


@pytest.fixture
def circumstances(scene: Scene, row: Row) -> Iterator[None]:
    states = [state_of(account_id, REGION) for account_id in (ACCOUNT, scene.ids["spoke"])]
    before = [state.quotas for state in states]
    if row.quota is not None:
        zero: Any = {row.quota: 0}
        for state in states:
            state.quotas = replace(state.quotas, **zero)
    if row.sharing:
        settings.clock = lambda: 0.0
    yield
    for state, quotas in zip(states, before, strict=True):
        state.quotas = quotas


@pytest.mark.parametrize("row", ALL, ids=str)
@pytest.mark.usefixtures("circumstances")
def test_refused(scene: Scene, row: Row) -> None:
    call = getattr(scene.clients[row.who], xform_name(row.operation))
    with pytest.raises(ClientError) as caught:
        call(**scene.filled(row.request))
    error = caught.value.response["Error"]
    assert (error["Code"], bool(error["Message"])) == (row.error, True)


@pytest.mark.parametrize("operation", sorted({operation for operation, _ in NEVER}))
def test_what_cannot_occur_is_documented(operation: str) -> None:
    shapes = get_service_model("servicecatalog").operation_model(operation).error_shapes
    assert {error for name, error in NEVER if name == operation} <= {shape.name for shape in shapes}
