from __future__ import annotations

from threading import Event, Thread

import pytest

from publisher.aws.pacing import MOST, Pace, Window, is_throttled, is_transient, operation_class
from tests.samples import Ticks


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("service-catalog", "DescribeProductAsAdmin", "service-catalog read"),
        ("service-catalog", "ScanProvisionedProducts", "service-catalog read"),
        ("service-catalog", "CreateProduct", "service-catalog write"),
        ("service-catalog", "CreatePortfolioShare", "service-catalog share"),
        ("service-catalog", "DescribePortfolioShares", "service-catalog read"),
        ("s3", "PutObject", "s3 write"),
    ],
)
def test_the_class_of_an_operation(service: str, operation: str, name: str) -> None:
    assert operation_class(service, operation) == name


def test_what_is_tried_again() -> None:
    assert is_throttled("ThrottlingException")
    assert not is_throttled("LimitExceededException")
    assert is_transient("", 503)
    assert not is_transient("ValidationException", 400)


def test_calls_wait_only_after_throttling() -> None:
    ticks = Ticks()
    pace = Pace(ticks.clock())
    for _ in range(1000):
        pace.wait()
    assert (ticks.seconds, pace.rate) == (0, None)


def test_the_rate_falls_at_most_once_a_second_and_grows_back() -> None:
    ticks = Ticks()
    pace = Pace(ticks.clock())
    for _ in range(20):
        pace.wait()
    pace.throttled()
    pace.throttled()
    assert pace.rate == pytest.approx(14)
    pace.answered()
    assert pace.rate == pytest.approx(14.1)
    for _ in range(15):
        pace.wait()
    assert ticks.seconds == pytest.approx(14 / 14.1)
    for _ in range(400):
        pace.answered()
    assert pace.rate is None


def test_the_rate_has_a_floor() -> None:
    ticks = Ticks()
    pace = Pace(ticks.clock())
    for _ in range(20):
        ticks.sleep(2)
        pace.throttled()
    assert pace.rate == 0.5


def test_it_finds_the_rate_that_a_service_allows() -> None:
    """Ten calls a second are allowed: few are refused, and most of the room is used."""
    ticks, allowed, refused = Ticks(), 10.0, 0
    pace = Pace(ticks.clock())
    room, since = allowed, 0.0
    for _ in range(1000):
        pace.wait()
        room, since = min(allowed, room + (ticks.seconds - since) * allowed), ticks.seconds
        if room >= 1:
            room -= 1
            pace.answered()
        else:
            refused += 1
            pace.throttled()
            ticks.sleep(pace.pause(1, throttled=True))
    assert refused < 200
    assert 1000 / ticks.seconds > 6


def test_pauses_double_and_are_spread() -> None:
    pace = Pace(Ticks().clock())
    pauses = [pace.pause(attempt, throttled=True) for attempt in range(1, 9)]
    assert all(
        5 * low <= pause <= 10 * low for low, pause in zip([0.05, 0.1, 0.2, 0.4, 0.8], pauses, strict=False)
    )
    assert max(pauses) <= 10
    assert len({pace.pause(1, throttled=False) for _ in range(8)}) == 8


def test_more_calls_are_under_way_until_one_is_throttled() -> None:
    ticks = Ticks()
    window = Window(ticks.clock())
    for _ in range(100):
        window.answered()
    assert window.size == MOST
    window.throttled()
    window.throttled()
    assert window.size == MOST // 2
    for _ in range(MOST // 2 + 1):
        window.answered()
    assert window.size == MOST // 2 + 1
    for _ in range(9):
        ticks.sleep(1)
        window.throttled()
    assert window.size == 2


def test_a_full_window_makes_the_next_call_wait_for_an_end() -> None:
    window, end = Window(Ticks().clock()), Event()
    entered: list[int] = []

    def call(number: int) -> None:
        window.enter()
        entered.append(number)
        end.wait()
        window.leave()

    threads = [Thread(target=call, args=[number]) for number in range(window.size + 3)]
    for thread in threads:
        thread.start()
    # A thread that is left in its call, as by an interrupt, begins its next one at once.
    assert len(entered) <= window.size
    end.set()
    for thread in threads:
        thread.join()
    assert len(entered) == window.size + 3
    window.leave()
    for _ in range(window.size + 1):
        window.enter()
