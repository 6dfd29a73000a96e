"""Calls are linear in products, and as few as the design says."""

from __future__ import annotations

from functools import partial

from tests.bench.engine import account, calls, catalog, planned, publish


def test_calls_are_linear_in_products() -> None:
    first, later, full, fast = [], [], [], []
    for products in (3, 6, 9):
        with account() as aws:
            one, two = catalog(products, 1), catalog(products, 2)
            first.append(calls(aws, partial(publish, aws, one)))
            later.append(calls(aws, partial(publish, aws, two)))
            full.append(calls(aws, partial(planned, aws, two)))
            fast.append(calls(aws, partial(planned, aws, two, fast=True)))
            assert planned(aws, two).changes == ()
    assert {counts[2] - counts[1] for counts in (first, later, full, fast)} == {
        counts[1] - counts[0] for counts in (first, later, full, fast)
    }
    # Two calls a product and one a constraint; one a product.
    assert (full[1] - full[0], fast[1] - fast[0]) == (3 * 3, 3 * 1)
