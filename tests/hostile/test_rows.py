"""No input ends in a traceback, a hang, a leak, or something written: each row prints just what it says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.account import REGION, Account
from tests.conftest import Ran, Run, cases
from tests.hostile.row import SECRET, Row, rows, shown, snapshot

pytestmark = pytest.mark.slow

# Long after the slowest row: a limit of a worker is 10 seconds.
SECONDS = 60
# As the console script, which has its own folder in the place of the working folder.
CONSOLE_SCRIPT = (sys.executable, "-P", "-c", "from publisher.cli import run; run()")


@cases("row", {name: row for name, row in rows() if not row.account})
def test_files(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with _unchanged(row, tmp_path, monkeypatch):
        _check(row, tmp_path, run)


@cases("row", {name: row for name, row in rows() if row.account})
def test_account(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, account: Account
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.build.bucket()
    with _unchanged(row, tmp_path, monkeypatch):
        for command in row.before:
            assert run(*command.split()).code == 0
        before = _account()
        _check(row, tmp_path, run)
        assert _account() == before


@contextmanager
def _unchanged(row: Row, top: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = row.project(top)
    (top / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(top / "temporary"))
    monkeypatch.setenv("TMPDIR", str(top / "temporary"))
    monkeypatch.chdir(root)
    before = snapshot(top)
    yield
    assert snapshot(top) == before
    assert [path for path in _open_files() if path.is_relative_to(top)] == []


def _check(row: Row, top: Path, run: Run) -> None:
    ran = _process(row.argv(top)) if row.process else _watched(row.argv(top), run)
    printed = shown(ran.out + ran.err, top)
    assert SECRET not in printed
    assert (ran.code, printed) == (row.exit, row.prints)


def _watched(argv: list[str], run: Run) -> Ran:
    """Interrupts what waits; the exception is one that nobody catches."""

    def expired(*_: object) -> None:
        pytest.fail(f"takes more than {SECONDS} seconds")

    previous = signal.signal(signal.SIGALRM, expired)
    signal.alarm(SECONDS)
    try:
        return run(*argv)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def _process(argv: list[str]) -> Ran:
    done = subprocess.run(
        [*CONSOLE_SCRIPT, *argv], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def _open_files() -> list[Path]:
    """The files that this process has open."""
    folder = Path("/proc/self/fd")
    names = os.listdir(folder) if folder.is_dir() else ()  # noqa: PTH208
    return [link.readlink() for link in (folder / name for name in names) if link.is_symlink()]


def _account() -> list[Any]:
    """What an account holds that publisher makes."""
    catalog, s3 = boto3.client("servicecatalog"), boto3.client("s3")
    return [
        [it["Id"] for it in catalog.list_portfolios()["PortfolioDetails"]],
        [it["ProductARN"] for it in catalog.search_products_as_admin()["ProductViewDetails"]],
        [it["Id"] for it in catalog.search_provisioned_products()["ProvisionedProducts"]],
        [it["StackId"] for it in boto3.client("cloudformation").describe_stacks()["Stacks"]],
        [it["Arn"] for it in boto3.client("iam").list_roles()["Roles"]],
        [it["Name"] for it in boto3.client("ssm").describe_parameters()["Parameters"]],
        [
            (bucket["Name"], item["Key"], item["ETag"])
            for bucket in s3.list_buckets()["Buckets"]
            for item in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ())
        ],
    ]
