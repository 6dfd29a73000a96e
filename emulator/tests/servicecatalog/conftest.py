from collections.abc import Iterator

import pytest
from moto import mock_aws

from catalog_emulator import install
from tests.servicecatalog.account import REGION, Account, Launchable


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty account with our Service Catalog and stacks that are created before a call returns."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    install()
    with mock_aws():
        yield Account()


@pytest.fixture
def launchable(account: Account) -> Launchable:
    return Launchable(account)
