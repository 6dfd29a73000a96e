from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from publisher.aws import Aws
from publisher.catalog.confirm import Made
from publisher.errors import AwsError
from tests.catalog.conftest import Account
from tests.samples import ml

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        pytest.param({"date": "Mon, 05 Jan 2026 12:01:00 GMT"}, 60.0, id="a minute ago"),
        pytest.param({"date": "Mon, 05 Jan 2026 12:00:00 GMT"}, 0.0, id="now"),
        pytest.param({}, 0.0, id="nobody knows"),
    ],
)
def test_the_age_of_what_a_create_call_answers(headers: dict[str, str], age: float) -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": headers}}
    assert Made.of("port-1", answer, {"CreatedTime": NOON}) == Made(id="port-1", age=age)


@pytest.mark.parametrize(
    ("earlier", "least", "most"),
    [
        pytest.param(timedelta(hours=1), 10, 20, id="made long ago, hence deleted since"),
        pytest.param(timedelta(), 240, 250, id="made just now, hence perhaps only not visible yet"),
    ],
)
def test_a_token_that_answers_with_what_was_deleted(
    account: Account, earlier: timedelta, least: int, most: int
) -> None:
    target = account.target()
    target.create(ml)
    target.delete(ml)
    aws = Aws(region="us-west-2")
    aws.client("servicecatalog").meta.events.register(
        "after-call.service-catalog.CreatePortfolio", _made_earlier(earlier)
    )
    start = account.ticks.seconds
    account.target(aws).create(ml)
    assert least <= account.ticks.seconds - start <= most
    assert aws.calls["servicecatalog:CreatePortfolio"] == 2
    assert [it.label for it in account.target().observe()] == ["ml"]


def test_a_create_that_never_shows(account: Account) -> None:
    def hide(parsed: dict[str, Any], **_: object) -> None:
        parsed["PortfolioDetail"]["Id"] = "port-aaaaaaaaaaaaa"

    account.client.meta.events.register("after-call.service-catalog.CreatePortfolio", hide)
    with pytest.raises(AwsError) as raised:
        account.target().create(ml)
    assert raised.value.message == "Portfolio ml was written, but no read has shown it for 240 s"
    assert account.ticks.seconds < 600


def _made_earlier(time: timedelta) -> Callable[..., None]:
    def change(parsed: dict[str, Any], **_: object) -> None:
        parsed["PortfolioDetail"]["CreatedTime"] -= time

    return change
