from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from publisher.aws.clients import Aws
from publisher.catalog.creating import Made
from publisher.errors import AwsError
from publisher.model import Catalog, Resource, ServiceAction
from tests.catalog.conftest import Account
from tests.conftest import cases, raising
from tests.samples import association, launch, ml, product, template, version, whole, without

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@cases(
    ("headers", "age"),
    {
        "a minute ago": ({"date": "Mon, 05 Jan 2026 12:01:00 GMT"}, 60.0),
        "now": ({"date": "Mon, 05 Jan 2026 12:00:00 GMT"}, 0.0),
        "nobody knows": ({}, 0.0),
        "two dates": ({"date": "Mon, 05 Jan 2026 12:01:00 GMT, Mon, 05 Jan 2026 12:01:00 GMT"}, 0.0),
        "no time zone": ({"date": "Mon, 05 Jan 2026 12:01:00"}, 0.0),
        "no date": ({"date": "yesterday"}, 0.0),
        "no such day": ({"date": "Mon, 99 Jan 2026 12:01:00 GMT"}, 0.0),
        "a clock that is hours off": ({"date": "Mon, 05 Jan 2026 15:01:00 GMT"}, 0.0),
    },
)
def test_the_age_of_what_a_create_call_answers(headers: dict[str, str], age: float) -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": headers}}
    made = Made.of("port-1", answer, {"CreatedTime": NOON}, now=NOON.timestamp)
    assert made == Made(id="port-1", age=age)
    assert Made.of("port-1", answer, {}, now=NOON.timestamp) == Made(id="port-1", age=0)


@cases(
    ("earlier", "least", "most"),
    {
        "made long ago, hence deleted since": (timedelta(hours=1), 10, 20),
        "made just now, hence perhaps only not visible yet": (timedelta(), 240, 250),
    },
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
    account.after("CreatePortfolio", lambda parsed: parsed["PortfolioDetail"].update(Id="port-aaaaaaaaaaaaa"))
    with raising(AwsError, "Portfolio ml was written, but no read showed it within 240 s"):
        account.target().create(ml)
    assert account.ticks.seconds < 600


_ACTION = ServiceAction(
    name="studio/stop-it", display_name="Stop", definition=(("Name", "AWS-StopEC2Instance"), ("Version", "1"))
)
_STUDIO = whole("studio")
_ALONE = without(_STUDIO, association().key, launch().key, template().key)


@cases(
    ("before", "first", "second"),
    {
        "portfolio": (Catalog.of([]), ml, replace(ml, display_name="Other")),
        "version": (_ALONE, version(number="2.0.0"), version(number="2.0.0", letter="b")),
        "constraint": (without(_STUDIO, template().key), template(), template(description="Other.")),
        "service action": (Catalog.of([]), _ACTION, replace(_ACTION, display_name="Other")),
    },
)
def test_runs_with_other_files_make_no_duplicates(
    account: Account, before: Catalog, first: Resource, second: Resource
) -> None:
    """Both have seen that it is not there before either writes."""
    earlier, later = account.observing(before), account.observing()
    earlier.create(first)
    start = account.ticks.seconds
    with raising(
        AwsError,
        f"another run is publishing {first.kind} '{first.label}' with other files",
        "run publisher sync again: it continues from what exists",
    ):
        later.create(second)
    assert account.ticks.seconds == start
    there = [it for it in account.target().observe() if it.key == first.key]
    assert [it.label for it in there] == [first.label]


@cases(
    ("other", "first_version"),
    {
        "fields": (product("studio", description="Other."), version()),
        "first version": (product("studio"), version(number="2.0.0")),
    },
)
def test_products_of_other_files_make_no_duplicates(account: Account, other: Any, first_version: Any) -> None:
    earlier, later = account.target(), account.target()
    earlier.create(product("studio"), (version(),))
    with pytest.raises(AwsError, match="another run is publishing Product 'studio' with other files"):
        later.create(other, (first_version,))
    assert [it.label for it in account.target().observe()] == ["studio", "studio 1.0.0"]


def test_what_is_made_again_with_other_content(account: Account) -> None:
    """The tokens of what was deleted are refused, and no look finds it."""
    fields = [replace(ml, description=text) for text in "abcdef"]
    target = account.target()
    took = []
    for portfolio in fields:
        start = account.ticks.seconds
        target.create(portfolio)
        took.append(account.ticks.seconds - start)
        target.delete(portfolio)
    assert max(took) < 70
    target.create(fields[0])
    assert [it.label for it in account.target().observe()] == ["ml"]


def test_runs_with_other_files_make_again_what_was_deleted(account: Account) -> None:
    for text in "ab":
        target = account.target()
        target.create(replace(ml, description=text))
        target.delete(ml)
    first, second = account.target(), account.target()
    first.create(replace(ml, description="c"))
    with pytest.raises(AwsError, match="another run is publishing Portfolio 'ml' with other files"):
        second.create(replace(ml, description="d"))
    assert len(account.catalog.list_portfolios()["PortfolioDetails"]) == 1


def test_a_wrong_request_is_reported_with_the_error_of_aws(account: Account) -> None:
    account.fail("CreatePortfolio", "InvalidParametersException")
    start = account.ticks.seconds
    calls = account.aws.calls["servicecatalog:CreatePortfolio"]
    with pytest.raises(AwsError, match="cannot create Portfolio ml: CreatePortfolio answered Invalid"):
        account.target().create(ml)
    assert account.ticks.seconds - start < 65
    assert account.aws.calls["servicecatalog:CreatePortfolio"] - calls <= 4


def test_unmanaged_products_are_described_once(account: Account) -> None:
    for name in ("one", "two"):
        account.target().create(product(name), (version(name),))
    target = account.target()
    target.create(product("studio"), (version(),))
    target.delete(product("studio"))
    calls = account.calls(
        lambda: account.target().create(product("studio", description="Other."), (version(),))
    )
    assert calls["SearchProductsAsAdmin"] > 3
    assert calls["DescribeProductAsAdmin"] == 2 + 1


def _made_earlier(time: timedelta) -> Callable[..., None]:
    def change(parsed: dict[str, Any], **_: object) -> None:
        parsed["PortfolioDetail"]["CreatedTime"] -= time

    return change
