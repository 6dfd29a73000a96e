from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import InputError, PublisherError
from publisher.templates.worker_process import LimitError, Limits
from publisher.templates.workers import Workers
from tests.conftest import ROOT, cases, raising
from tests.templates import worker_tasks

LIMITS = Limits(seconds=1, memory=500 << 20)


@pytest.fixture
def pool() -> Iterator[Workers]:
    pool = Workers(count=2)
    yield pool
    pool.close()


def test_tasks_are_shared_by_processes_that_are_kept(pool: Workers) -> None:
    results = dict(pool.run(worker_tasks.double, range(20), LIMITS, expected=20))
    assert results == {number: 2 * number for number in range(20)}
    first = {pid for _, pid in pool.run(worker_tasks.process, range(20), LIMITS, expected=20)}
    again = {pid for _, pid in pool.run(worker_tasks.process, range(20), LIMITS, expected=20)}
    assert 1 <= len(first | again) <= 2


def test_few_tasks_share_one_process(pool: Workers) -> None:
    pool.prepare()
    assert len({pid for _, pid in pool.run(worker_tasks.process, range(3), LIMITS, expected=3)}) == 1


def test_what_workers_print_is_lost(pool: Workers, capfd: pytest.CaptureFixture[str]) -> None:
    assert list(pool.run(worker_tasks.run, ["a"], LIMITS)) == [("a", "a")]
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@cases(
    ("what", "message"),
    {
        "time": ("spins", "takes more than 1 seconds"),
        "time, in C": ("spins in C", "takes more than 1 seconds"),
        "memory": ("grows", "needs more than 500 MB of memory"),
        "crash": ("crashes", "crashes Python, e.g. by deep nesting"),
    },
)
def test_a_task_over_its_limits_is_ended_and_the_others_go_on(pool: Workers, what: str, message: str) -> None:
    outcomes = dict(pool.run(worker_tasks.run, ["a", what, "b", "c"], LIMITS, expected=8))
    error = outcomes.pop(what)
    assert (type(error), str(error)) == (LimitError, message)
    assert outcomes == {name: name for name in "abc"}


@pytest.mark.slow
def test_an_interruption_that_is_ignored_comes_again(pool: Workers) -> None:
    ((_, error),) = pool.run(worker_tasks.swallow, ["a"], LIMITS)
    assert (type(error), str(error)) == (LimitError, "takes more than 1 seconds")


@cases(
    ("what", "message"),
    {
        "killed": ("is killed", "a worker process was ended by signal SIGKILL"),
        "exited": ("exits", "a worker process was ended with exit code 3"),
    },
)
def test_a_worker_that_is_ended_from_outside_is_an_error(pool: Workers, what: str, message: str) -> None:
    with raising(PublisherError, message, "check that there is enough memory, then run it again"):
        list(pool.run(worker_tasks.run, [what], LIMITS))
    assert dict(pool.run(worker_tasks.run, ["a"], LIMITS)) == {"a": "a"}


def test_an_idle_worker_that_ended_is_replaced(pool: Workers) -> None:
    ((_, pid),) = pool.run(worker_tasks.process, [0], LIMITS)
    subprocess.run(["kill", "-9", str(pid)], check=True)
    time.sleep(0.2)
    ((_, other),) = pool.run(worker_tasks.process, [0], LIMITS)
    assert other != pid


@cases(("resident", "processes"), {"small": (1 << 40, 1), "grown": (1, 3)})
def test_garbage_is_collected_and_a_worker_that_has_grown_is_replaced(
    pool: Workers, resident: int, processes: int
) -> None:
    limits = replace(LIMITS, resident=resident)
    outcomes = list(pool.run(worker_tasks.litter, range(20), limits))
    assert [number for number, _ in outcomes] == list(range(20))
    pids, kept = zip(*(it for _, it in outcomes if isinstance(it, tuple)), strict=True)
    assert kept == (*range(1, 9), *range(1, 9), *range(1, 5))
    assert len(set(pids)) == processes


def test_errors_of_the_input_are_results_and_other_errors_are_raised(pool: Workers) -> None:
    ((_, error),) = pool.run(worker_tasks.refuse, ["a"], LIMITS)
    assert isinstance(error, InputError)
    assert (str(error), error.hint) == ("'a' is wrong", "fix it")
    with pytest.raises(RuntimeError, match="KeyError: 'a'") as raised:
        list(pool.run(worker_tasks.fail, ["a"], LIMITS))
    assert "in fail" in raised.value.__notes__[0]


_PARENT = """
import sys, time
from pathlib import Path
from publisher.templates.workers import LINTING, workers
from tests.templates import worker_tasks
for _ in workers().run(getattr(worker_tasks, sys.argv[1]), [Path(sys.argv[2])], LINTING): pass
time.sleep(int(sys.argv[3]))
"""


@pytest.mark.slow
@cases(
    ("task", "number"),
    {
        "terminated": ("hold", signal.SIGTERM),
        "killed": ("hold_and_spin", signal.SIGKILL),
        "interrupted": ("hold_and_spin", signal.SIGINT),
    },
)
def test_workers_end_with_their_parent(tmp_path: Path, number: signal.Signals, task: str) -> None:
    lock = tmp_path / "lock"
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, task, str(lock), "60"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _wait(lambda: lock.exists() and worker_tasks.is_held(lock))
    parent.send_signal(number)
    parent.communicate(timeout=10)
    _wait(lambda: not worker_tasks.is_held(lock))


@pytest.mark.slow
def test_workers_are_ended_when_the_parent_is_done(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-W", "error", "-c", _PARENT, "hold", str(lock), "0"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stderr == b""
    assert not worker_tasks.is_held(lock)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_the_output_of_a_killed_lint_ends(number: signal.Signals, code: int) -> None:
    lint = subprocess.Popen(
        [sys.executable, "-c", "from publisher.cli import run; run()", "-C", str(ROOT), "lint"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert lint.stderr is not None
    # A slow machine is told what it waits for first.
    assert any(re.fullmatch(r"linting \d+ templates\n", line) for line in iter(lint.stderr.readline, ""))
    time.sleep(1)
    lint.send_signal(number)
    lint.communicate(timeout=10)
    assert lint.returncode == code


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
