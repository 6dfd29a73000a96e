from __future__ import annotations

from collections.abc import Iterable

from publisher.aws.waiting import Activities, Clock, poll
from tests.conftest import cases
from tests.samples import Ticks


@cases(
    ("answers", "times", "value", "slept"),
    {
        "at once": (["a"], 1, "a", 0.0),
        "at the third read": ([None, None, "a"], 1, "a", 0.75),
        "two good reads": (["a", "b"], 2, "b", 0.25),
        "two good reads in a row": (["a", None, "b", "c"], 2, "c", 1.75),
        "never": ([None] * 100, 1, None, 10.0),
        "false is an answer": ([False], 1, False, 0.0),
    },
)
def test_poll(answers: Iterable[object], times: int, value: object, slept: float) -> None:
    ticks, left = Ticks(), iter(answers)
    assert poll(lambda: next(left), clock=ticks.clock(), seconds=10, times=times) == value
    assert ticks.seconds == slept


def test_a_clock_of_its_own() -> None:
    assert poll(lambda: "a", clock=Clock(), seconds=0, times=1) == "a"


def test_the_longest_pause() -> None:
    ticks, at = Ticks(), []
    poll(lambda: at.append(ticks.seconds), clock=ticks.clock(), seconds=12, longest_pause=5)
    assert at == [0, 0.25, 0.75, 1.75, 3.75, 7.75, 12]


def test_the_last_read_begins_when_the_time_is_over() -> None:
    """What appears while a read is slow is seen."""
    ticks, answers = Ticks(), iter([None, "a"])

    def slow() -> str | None:
        ticks.sleep(20)
        return next(answers)

    assert poll(slow, clock=ticks.clock(), seconds=10) == "a"


def test_what_a_run_is_doing() -> None:
    now = Activities()
    for thread in range(3):
        now.begin(thread, "s3 GetObject")
    now.begin(1, "AWS throttles s3 reads")
    assert str(now) == "s3 GetObject (2 at once); AWS throttles s3 reads"
    for thread in range(4):
        now.end(thread)
    assert str(now) == ""
