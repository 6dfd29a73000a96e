"""Costs that can be counted: what a launch asks of the services behind it, what a start reads."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from catalog_emulator import install
from catalog_emulator.cloudformation.resources import clients
from catalog_emulator.server import example
from moto import mock_aws

from tests.bench.account import parameters, product


@pytest.fixture
def stacks() -> Iterator[Any]:
    from moto.cloudformation.models import cloudformation_backends

    install()
    with mock_aws():
        example.prepare()
        yield cloudformation_backends["111111111111"]["us-west-2"]


def test_a_launch_asks_little_and_no_more_when_there_are_others(
    stacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    answer = clients._answer

    def counted(handler: Any, request: Any) -> Any:
        asked[stacks_made[-1]] += 1
        return answer(handler, request)

    monkeypatch.setattr(clients, "_answer", counted)
    stacks_made: list[str] = []
    body = product().body
    for name in ("first", "second", "third"):
        stacks_made.append(name)
        made = stacks.create_stack(name, body, parameters(name))
        assert made.status == "CREATE_COMPLETE", made.status_reason
    # Two or three calls a resource: make it, tag it, look at it.
    assert asked["first"] <= 3 * len(made.resources)
    assert asked["third"] == asked["second"] <= asked["first"]


def test_a_start_reads_each_model_once_for_botocore_and_once_for_moto() -> None:
    code = """
import collections, pathlib, tempfile
import botocore.loaders
read = collections.Counter()
load = botocore.loaders.JSONFileLoader.load_file
def counted(self, path):
    found = load(self, path)
    if found is not None:
        read[path] += 1
    return found
botocore.loaders.JSONFileLoader.load_file = counted
from catalog_emulator.server.local_server import LocalServer
LocalServer(pathlib.Path(tempfile.mkdtemp())).prepare()
print([path for path, times in read.items() if times > 2])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
