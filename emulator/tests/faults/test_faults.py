"""What needs a clock, or no server."""

from __future__ import annotations

import json

import pytest

from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.calls import Call
from catalog_emulator.faults.replies import REQUEST_ID, Dropped, Reply, refused

FINE = Reply(status=200, headers=(), body=b"{}")


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def faults(text: str) -> tuple[Faults, Clock]:
    clock = Clock()
    return Faults(FaultProfile.parse(text), clock=clock, sleep=clock.sleep), clock


def call(operation: str, **params: object) -> Call:
    return Call(service="servicecatalog", operation=operation, protocol="json", params=params)


def status(sky: Faults, one: Call) -> int:
    return sky.around(one, lambda: FINE).status


def test_latency() -> None:
    sky, clock = faults("latency=0.5,latency:List*=2")
    status(sky, call("DescribePortfolio"))
    status(sky, call("ListPortfolios"))
    assert clock.now == 2.5


def test_a_rate_refills() -> None:
    sky, clock = faults("rate=2")
    one = call("UpdateProvisioningArtifact")
    assert [status(sky, one) for _ in range(3)] == [200, 200, 400]
    clock.sleep(0.5)
    assert [status(sky, one) for _ in range(2)] == [200, 400]
    assert status(sky, call("ListPortfolios")) == 200


def test_a_slow_rate_takes_one_at_a_time() -> None:
    sky, clock = faults("rate=0.5")
    one = call("CreatePortfolioShare")
    assert [status(sky, one) for _ in range(2)] == [200, 400]
    clock.sleep(2)
    assert status(sky, one) == 200


def test_a_share_action_ends() -> None:
    sky, clock = faults("busy-shares=5")
    assert [status(sky, call("CreatePortfolioShare")) for _ in range(2)] == [200, 400]
    assert status(sky, call("CreatePortfolio")) == 200
    clock.sleep(5)
    assert status(sky, call("DeletePortfolioShare")) == 200


def test_unseen_for_seconds_and_calls() -> None:
    sky, clock = faults("unseen-seconds=3,unseen=1")
    made = Reply(status=200, headers=(), body=json.dumps({"PortfolioDetail": {"Id": "port-1"}}).encode())
    sky.around(call("CreatePortfolio"), lambda: made)
    one = call("DescribePortfolio", Id="port-1")
    assert status(sky, one) == 400
    clock.sleep(2)
    assert status(sky, one) == 400
    clock.sleep(1)
    assert status(sky, one) == 200
    assert sky.happened() == {"unseen": 2}


def test_a_refused_creation_makes_nothing_unseen() -> None:
    sky, _ = faults("unseen=1")
    failed = Reply(status=400, headers=(), body=json.dumps({"PortfolioDetail": {"Id": "port-1"}}).encode())
    sky.around(call("CreatePortfolio"), lambda: failed)
    assert status(sky, call("DescribePortfolio", Id="port-1")) == 200


def test_stop_counts_only_what_its_operations_write() -> None:
    sky, _ = faults("stop:Create*=2")
    for one in ("CreatePortfolio", "DeletePortfolio", "ListPortfolios"):
        assert status(sky, call(one)) == 200
    for one in ("CreateProduct", "DeletePortfolio", "ListPortfolios"):
        with pytest.raises(Dropped):
            sky.around(call(one), lambda: FINE)


def test_chances_are_about_as_often_as_asked() -> None:
    sky, _ = faults("throttle=0.25,seed=3")
    refusals = [status(sky, call("ListPortfolios")) for _ in range(2000)].count(400)
    assert 400 < refusals < 600


def test_a_new_forecast_begins_anew_and_calls_go_on_being_counted() -> None:
    sky, _ = faults("stop=1")
    with pytest.raises(Dropped):
        sky.around(call("CreatePortfolio"), lambda: FINE)
    sky.change(FaultProfile())
    assert status(sky, call("CreatePortfolio")) == 200
    assert (sky.calls(), sky.happened()) == ({"servicecatalog.CreatePortfolio": 2}, {})


def test_an_error_in_cbor() -> None:
    one = Call(service="monitoring", operation="PutDashboard", protocol="cbor")
    reply = refused(one, "C", "m")
    assert reply.body == b"\xa2\x79\x00\x06__type\x79\x00\x01C\x79\x00\x07message\x79\x00\x01m"
    assert ("x-amzn-RequestId", REQUEST_ID) in reply.headers
