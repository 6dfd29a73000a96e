"""Costs that can be counted: what a launch asks of the services behind it, what a start reads."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from catalog_emulator.cloudformation.resources import clients

from tests.bench.account import make_boundary, parameters, product
from tests.bench.counting import counted
from tests.example_account import ACCOUNT
from tests.launch.account import Account
from tests.launch.fleet import Fleet


@pytest.fixture
def stacks(moto: None) -> Any:
    from moto.cloudformation.models import cloudformation_backends

    ACCOUNT.create()
    return cloudformation_backends["111111111111"]["us-west-2"]


def test_a_launch_calls_little_and_no_more_when_there_are_others(stacks: Any) -> None:
    made: dict[str, int] = {}
    body = product().body
    make_boundary(clients.clients("111111111111", "us-west-2")("iam"), product())
    for name in ("first", "second", "third"):
        with counted("_answer") as calls:
            stack = stacks.create_stack(name, body, parameters(name))
        assert stack.status == "CREATE_COMPLETE", stack.status_reason
        made[name] = calls[clients.__name__]
    # Two or three calls a resource: make it, tag it, look at it.
    assert 0 < made["first"] <= 3 * len(stack.resources)
    assert made["third"] == made["second"] <= made["first"]


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


def test_a_launch_looks_at_no_others(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = Fleet(Account(monkeypatch))
    followed = []
    for name in ("first", "second", "third"):
        with counted("follow") as calls:
            fleet.launch(name)
            fleet.account.catalog.describe_provisioned_product(Name=name)
        followed.append(calls.total())
    assert followed[0] == followed[2]
