"""A sync and a launch, as processes, end as documented wherever their output goes and whatever signal comes.

`make reliability` tries them all.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from tests.conftest import DECLARATIONS, Local, cases, whole, write_files

COMMAND = (sys.executable, "-c", "from publisher.cli import run; run()")
FAMILY = """
family: topic
version: "1.0.0"
display_name: Topic
owner: Tools
template: topic.yaml
"""
TEMPLATE = """
Resources: {Topic: {Type: "AWS::SNS::Topic"}}
"""
PORTFOLIO = """
display_name: Tools
provider_name: Tools
description: A text with signs that few terminals can show, and so long that it is cut, 数据 … number %s
regions: [us-west-2]
principals:
  - {principal_arn: "arn:{partition}:iam:::role/ml-team-*", principal_type: IAM_PATTERN}
%s
products: [{product: topic, constraints: [{type: LAUNCH}]}]
"""
PRINCIPAL = '  - {principal_arn: "arn:{partition}:iam:::role/ml-%s-%s", principal_type: IAM_PATTERN}'
CONFIG = 'product: topic\nname: topic-%s\naccount_id: "111111111111"\nregion: us-west-2\n'
# With one as many as a portfolio takes, and in two portfolios more than are made at once.
_IN_PORTFOLIO = 9
_PRINCIPALS = 2 * _IN_PORTFOLIO
# The principals of a run, and the description of a portfolio.
_CHANGES = _PRINCIPALS + 1

Start = Callable[[str], tuple[list[str], Callable[[], int]]]


@pytest.fixture(scope="module")
def local(shared_local: Local) -> Local:
    """A project of one product, published."""
    for name in DECLARATIONS:
        shutil.rmtree(shared_local.project / name)
    files = {"products/topic/product.yaml": FAMILY, "products/topic/topic.yaml": TEMPLATE}
    write_files(shared_local.project, files | _portfolios(0, ""))
    for words in (["bootstrap"], ["sync"]):
        done = subprocess.run([*_command(shared_local), *words, "--yes"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    return shared_local


def _portfolios(number: int, principals: str) -> dict[str, str]:
    """Two, of which one is that of the launching role."""
    other = PORTFOLIO.replace("ml-team-*", "ml-others-*") % (0, principals)
    return {"portfolio/tools.yaml": PORTFOLIO % (number, principals), "portfolio/work.yaml": other}


def _command(local: Local) -> list[str]:
    return [*COMMAND, "-C", str(local.project), "--local"]


@pytest.fixture
def faults(local: Local) -> Iterator[Callable[[str], object]]:
    def change(profile: str) -> object:
        return local.endpoint.request("/_emulator/faults", "PUT", profile)

    yield change
    change("none")


_NUMBERS = count(1)


@pytest.fixture
def start(local: Local) -> Iterator[Start]:
    """A command line with something to do, and what answers how much of it is done."""
    number = next(_NUMBERS)

    def prepared(what: str) -> tuple[list[str], Callable[[], int]]:
        if what == "launch":
            config = f"configs/{number}.yaml"
            write_files(local.project, {config: CONFIG % number})
            return [*_command(local), "launch", config], lambda: _launched(local, f"topic-{number}")
        principals = "\n".join(PRINCIPAL % (number, n) for n in range(_IN_PORTFOLIO))
        write_files(local.project, _portfolios(number, principals))
        command = [*_command(local), "sync", "--yes", "--allow", "principal-pattern"]
        return command, lambda: len(_principals(local, f"/ml-{number}-"))

    yield prepared
    # A portfolio takes ten patterns.
    for each in _principals(local, f"/ml-{number}-"):
        local.client("servicecatalog").disassociate_principal_from_portfolio(**each)


def _principals(local: Local, part: str) -> list[dict[str, str]]:
    client = local.client("servicecatalog")
    return [
        {"PortfolioId": portfolio["Id"], **it}
        for portfolio in client.list_portfolios()["PortfolioDetails"]
        for it in client.list_principals_for_portfolio(PortfolioId=portfolio["Id"])["Principals"]
        if part in it["PrincipalARN"]
    ]


def _launched(local: Local, name: str) -> int:
    client = local.client("servicecatalog", role=local.endpoint.launcher_profile)
    detail = client.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
    return int(detail["Status"] in ("AVAILABLE", "UNDER_CHANGE"))


DONE = {"sync": _PRINCIPALS, "launch": 1}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LATIN = {"PYTHONIOENCODING": "latin-1"}
FULL = b"error: cannot write the result: No space left on device"


@cases(
    ("what", "redirection", "environment", "code", "printed"),
    {
        "Latin-1": ("sync", "", LATIN, 0, rb"\u6570\u636e"),
        "full disk": ("sync", ">/dev/full", {}, 1, FULL),
        "closed stdout": ("sync", ">&-", {}, 0, b""),
        "launch, C locale": ("launch", "", ASCII, 0, b"AVAILABLE"),
        "pipe": whole("sync", "", {}, 0, b"19 done"),
        "C locale": whole("sync", "", ASCII, 0, b"19 done"),
        "NO_COLOR": whole("sync", "", {"NO_COLOR": "1"}, 0, b"19 done"),
        "reader gone": whole("sync", "| true", {}, 1, b"Broken pipe"),
        "closed stderr": whole("sync", "2>&-", {}, 0, b"19 done"),
        "full disk for errors": whole("sync", "2>/dev/full", {}, 0, b"19 done"),
        "all closed": whole("sync", "<&- >&- 2>&-", {}, 0, b""),
        "full disk for the log": whole("sync", "--log /dev/full", {}, 1, b"cannot write the log"),
        "launch, Latin-1": whole("launch", "", LATIN, 0, b"AVAILABLE"),
        "launch, full disk": whole("launch", ">/dev/full", {}, 1, FULL),
        "launch, closed stdout": whole("launch", ">&-", {}, 0, b""),
        "launch, reader gone": whole("launch", "| true", {}, 1, b"Broken pipe"),
        "launch, NO_COLOR": whole("launch", "", {"NO_COLOR": "1"}, 0, b"AVAILABLE"),
        "launch, pipe": whole("launch", "", {}, 0, b"AVAILABLE"),
    },
)
def test_wherever_output_goes(
    what: str, redirection: str, environment: Mapping[str, str], code: int, printed: bytes, start: Start
) -> None:
    command, done = start(what)
    script = f'set -o pipefail; "$@" {redirection}'
    ran = subprocess.run(
        ["bash", "-c", script, "bash", *command],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    both = ran.stdout + ran.stderr
    assert (ran.returncode, done()) == (code, DONE[what]), both
    assert printed in both
    assert b"Traceback" not in both and b"Exception ignored" not in both


@cases("what", {"sync": "sync", "launch": whole("launch")})
def test_on_a_narrow_terminal(what: str, start: Start) -> None:
    command, done = start(what)
    terminal, ours = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    process = subprocess.Popen(command, stdin=ours, stdout=ours, stderr=ours, env=environment)
    os.close(ours)
    printed = b""
    while chunk := _read(terminal):
        printed += chunk
    assert (process.wait(), done()) == (0, DONE[what]), printed
    assert b"Traceback" not in printed


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        # Linux's way to say that nobody writes any more.
        return b""


def _asked_for_a_principal(local: Local) -> None:
    while not any("AssociatePrincipal" in it for it in local.endpoint.request("/_emulator/calls")["calls"]):
        time.sleep(0.02)


def _signalled(
    command: list[str], signals: list[tuple[str, int]], ready: Callable[[], object] = lambda: None
) -> tuple[int, Any, str]:
    """Sends each signal when a line of progress matches; exit code, document and progress.

    `ready` returns when something is under way.
    """
    process = subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None and process.stderr is not None
    waiting, lines = list(signals), ""
    for line in process.stderr:
        lines += line
        if waiting and re.search(waiting[0][0], line):
            ready()
            process.send_signal(waiting.pop(0)[1])
    out = process.stdout.read()
    assert not waiting, lines
    assert "Traceback" not in lines
    return process.wait(), json.loads(out), lines


@cases(
    ("number", "code"),
    {
        "SIGTERM": (signal.SIGTERM, 143),
        "SIGINT": whole(signal.SIGINT, 130),
        "SIGHUP": whole(signal.SIGHUP, 129),
    },
)
def test_a_signal_lets_a_sync_finish_what_is_under_way(
    number: int, code: int, local: Local, start: Start, faults: Callable[[str], object]
) -> None:
    command, done = start("sync")
    faults("latency:AssociatePrincipalWithPortfolio=0.5")
    local.endpoint.request("/_emulator/calls", "DELETE")
    ended, document, lines = _signalled(command, [(r"\[1/", number)], lambda: _asked_for_a_principal(local))
    statuses = Counter(it["status"] for it in document["outcomes"])
    assert (ended, statuses.total(), set(statuses)) == (code, _CHANGES, {"done", "not attempted"}), lines
    assert "interrupted: waiting for create Principal tools / IAM_PATTERN" in lines
    assert document["error"] == {
        "code": "interrupted",
        "message": f"interrupted: {statuses['done']} of {_CHANGES} changes done",
        "hint": f"run publisher -C {local.project} --local sync again: it continues from there",
    }
    confirmed = sum(
        it["status"] == "done" and it["change"]["resource"] == "Principal" for it in document["outcomes"]
    )
    assert done() == confirmed > 0


def test_a_second_signal_ends_a_sync_at_once(
    local: Local, start: Start, faults: Callable[[str], object]
) -> None:
    command, _ = start("sync")
    faults("throttle:AssociatePrincipalWithPortfolio=1")
    local.endpoint.request("/_emulator/calls", "DELETE")
    signals: list[tuple[str, int]] = [(r"\[1/", signal.SIGINT), ("^interrupted: ", signal.SIGINT)]
    ended, document, lines = _signalled(command, signals, lambda: _asked_for_a_principal(local))
    statuses = Counter(it["status"] for it in document["outcomes"])
    assert (ended, statuses["done"], statuses.total()) == (130, 1, _CHANGES), lines
    failed = [it["error"] for it in document["outcomes"] if it["status"] == "failed"]
    assert {it["message"] for it in failed} == {"interrupted before it was confirmed"}


@cases(
    ("number", "code"),
    {
        "SIGINT": (signal.SIGINT, 130),
        "SIGTERM": whole(signal.SIGTERM, 143),
        "SIGHUP": whole(signal.SIGHUP, 129),
    },
)
def test_a_signal_stops_only_the_watching_of_a_launch(
    number: int, code: int, local: Local, start: Start, faults: Callable[[str], object]
) -> None:
    command, done = start("launch")
    faults("latency:DescribeRecord=0.5")
    ended, document, lines = _signalled(command, [("launching topic", number)])
    assert (ended, document["error"]["code"]) == (code, "interrupted"), lines
    assert "stopped watching; the launch continues in AWS" in document["error"]["message"]
    assert document["error"]["hint"].startswith(f"run publisher -C {local.project} --local outputs configs/")
    faults("none")
    assert done() == 1


@cases("number", {"SIGINT": signal.SIGINT, "SIGTERM": whole(signal.SIGTERM)})
def test_a_signal_ends_planning_at_once(number: int, start: Start, faults: Callable[[str], object]) -> None:
    command, done = start("sync")
    faults("throttle:ListPortfolios=1")
    ended, document, _ = _signalled(command, [("^reading the catalog", number)])
    assert document["error"]["message"] == "interrupted"
    assert ended == 128 + number
    faults("none")
    assert done() == 0
