from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from publisher.local import install
from tests.local.servicecatalog.world import REGION, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty account with our Service Catalog and stacks that are made before a call returns."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    install(strict=True)
    with mock_aws():
        yield World()
