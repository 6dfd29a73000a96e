from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.launch.account import Account, account_in_moto


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with account_in_moto(monkeypatch) as made:
        yield made
