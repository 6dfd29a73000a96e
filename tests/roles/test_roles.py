"""Every product launches, updates and terminates as its derived role, and not without what it uses of it.

`make reliability` has all of them; `make roles` removes each statement, here one of each product is removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import whole
from tests.roles import report
from tests.roles.account import OPERATIONS, Launches, launches
from tests.roles.evidence import Evidence, gather, reasons
from tests.roles.products import PRODUCTS, SAMPLE, granted, product

ROWS = [it if it in SAMPLE else whole(it) for it in PRODUCTS]


@pytest.fixture(scope="module")
def account() -> Iterator[Launches]:
    with launches() as made:
        yield made


@cache
def evidence(account: Launches, name: str) -> Evidence:
    return gather(account, product(name), granted(name))


@pytest.mark.parametrize("name", ROWS)
def test_a_product_launches_updates_and_terminates_as_its_derived_role(account: Launches, name: str) -> None:
    outcome = evidence(account, name).outcome
    assert (outcome.failed, outcome.reason) == (None, "")
    assert all(outcome.used(operation) for operation in OPERATIONS)


@pytest.mark.parametrize("name", ROWS)
def test_what_a_product_does_not_use_has_a_reason(account: Launches, name: str) -> None:
    assert evidence(account, name).unexplained == ()


@pytest.mark.parametrize("name", ROWS)
def test_a_statement_that_is_used_is_needed(account: Launches, name: str) -> None:
    """Each product tries another statement."""
    found = evidence(account, name)
    needed = [number for number, is_needed in found.needed() if is_needed]
    number = needed[PRODUCTS.index(name) % len(needed)]
    outcome = account.run(found.product, found.grant.without(number), everything=found.grant)
    _, statement = found.grant.statements[number]
    assert outcome.failed is not None, statement
    assert "is not authorized to perform: " in outcome.reason
    assert outcome.reason.partition("perform: ")[2].partition(" ")[0] in statement["Action"]


@pytest.mark.parametrize("name", ROWS)
def test_the_row_of_a_product_is_up_to_date(account: Launches, name: str) -> None:
    """And so what is granted and not used grows by nobody's mistake; `make roles DOCS=1` writes it."""
    assert report.row(evidence(account, name)) in report.PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.whole
def test_the_tables_are_up_to_date(account: Launches) -> None:
    found = [evidence(account, name) for name in PRODUCTS]
    # Line by line: to show how two texts of this size differ takes a minute.
    assert report.page(found).splitlines() == report.PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.whole
def test_every_reason_is_one_of_a_product(account: Launches) -> None:
    unused = {action for name in PRODUCTS for action in evidence(account, name).unused}
    assert [one.why for one in reasons() if not any(one.explains(action) for action in unused)] == []
