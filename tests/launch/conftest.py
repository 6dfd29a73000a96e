from __future__ import annotations

import pytest

from tests.launch.account import Account


@pytest.fixture
def account(moto: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)
