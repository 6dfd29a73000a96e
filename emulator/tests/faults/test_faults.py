"""Faults that need a clock, or no server."""

import json

import pytest

from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.replies import REQUEST_ID, Dropped, Reply, refused

OK = Reply(b"{}")


class Clock:
    """Time that passes only in `sleep`."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def build(text: str) -> tuple[Faults, Clock]:
    clock = Clock()
    return Faults(FaultProfile.parse(text), clock=clock, sleep=clock.sleep), clock


def call(operation: str, **params: object) -> Call:
    return Call(service="servicecatalog", operation=operation, protocol="json", params=params)


def status(faults: Faults, one: Call) -> int:
    return faults.apply(one, lambda: OK).status_code


def test_latency() -> None:
    faults, clock = build("latency=0.5,latency:List*=2")
    status(faults, call("DescribePortfolio"))
    status(faults, call("ListPortfolios"))
    assert clock.now == 2.5


def test_a_rate_refills() -> None:
    faults, clock = build("rate=2")
    one = call("UpdateProvisioningArtifact")
    assert [status(faults, one) for _ in range(3)] == [200, 200, 400]
    clock.sleep(0.5)
    assert [status(faults, one) for _ in range(2)] == [200, 400]
    assert status(faults, call("ListPortfolios")) == 200


def test_a_slow_rate_takes_one_at_a_time() -> None:
    faults, clock = build("rate=0.5")
    one = call("CreatePortfolioShare")
    assert [status(faults, one) for _ in range(2)] == [200, 400]
    clock.sleep(2)
    assert status(faults, one) == 200


def test_a_share_action_ends() -> None:
    faults, clock = build("busy-shares=5")
    assert [status(faults, call("CreatePortfolioShare")) for _ in range(2)] == [200, 400]
    assert status(faults, call("CreatePortfolio")) == 200
    clock.sleep(5)
    assert status(faults, call("DeletePortfolioShare")) == 200


def test_unseen_for_seconds_and_calls() -> None:
    faults, clock = build("unseen-seconds=3,unseen=1")
    made = Reply(json.dumps({"PortfolioDetail": {"Id": "port-1"}}), 200)
    faults.apply(call("CreatePortfolio"), lambda: made)
    one = call("DescribePortfolio", Id="port-1")
    assert status(faults, one) == 400
    clock.sleep(2)
    assert status(faults, one) == 400
    clock.sleep(1)
    assert status(faults, one) == 200
    assert faults.happened() == {"unseen": 2}


def test_a_refused_creation_makes_nothing_unseen() -> None:
    faults, _ = build("unseen=1")
    failed = Reply(json.dumps({"PortfolioDetail": {"Id": "port-1"}}), 400)
    faults.apply(call("CreatePortfolio"), lambda: failed)
    assert status(faults, call("DescribePortfolio", Id="port-1")) == 200


def test_stop_counts_only_what_its_operations_write() -> None:
    faults, _ = build("stop:Create*=2")
    for one in ("CreatePortfolio", "DeletePortfolio", "ListPortfolios"):
        assert status(faults, call(one)) == 200
    for one in ("CreateProduct", "DeletePortfolio", "ListPortfolios"):
        with pytest.raises(Dropped):
            faults.apply(call(one), lambda: OK)


def test_chances_are_about_as_often_as_asked() -> None:
    faults, _ = build("throttle=0.25,seed=3")
    refusals = [status(faults, call("ListPortfolios")) for _ in range(2000)].count(400)
    assert 400 < refusals < 600


def test_another_profile_starts_again_and_keeps_the_counts() -> None:
    faults, _ = build("stop=1")
    with pytest.raises(Dropped):
        faults.apply(call("CreatePortfolio"), lambda: OK)
    faults.change(FaultProfile())
    assert status(faults, call("CreatePortfolio")) == 200
    assert (faults.calls(), faults.happened()) == ({"servicecatalog.CreatePortfolio": 2}, {})


def test_an_error_in_cbor() -> None:
    one = Call(service="monitoring", operation="PutDashboard", protocol="cbor")
    reply = refused(one, "C", "m")
    assert reply.get_data() == b"\xa2\x79\x00\x06__type\x79\x00\x01C\x79\x00\x07message\x79\x00\x01m"
    assert reply.headers["x-amzn-RequestId"] == REQUEST_ID
