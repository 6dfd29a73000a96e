"""How much one Region of one account holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.errors import Problem
from publisher.model import Portfolio, Product
from publisher.rules.rule import Placed, Rule, Target

_SOURCE = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"
_PORTFOLIOS, _PRODUCTS = 100, 350


def _portfolios(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found = [each for each in placed if isinstance(each.resource, Portfolio)]
    if len(found) > _PORTFOLIOS:
        message = f"there are {len(found)} portfolios, {_PORTFOLIOS} are the most in a Region"
        yield rule.problem(
            found[_PORTFOLIOS].where, message, "publish some of them from a project of their own"
        )


def _products(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found = [each for each in placed if isinstance(each.resource, Product)]
    if len(found) > _PRODUCTS:
        message = f"there are {len(found)} products, {_PRODUCTS} are the most in a Region"
        yield rule.problem(
            found[_PRODUCTS].where, message, "publish some of them from a project of their own"
        )


PORTFOLIOS = Rule(
    id="P201", title="A Region holds at most 100 portfolios", source_url=_SOURCE, check=_portfolios
)
PRODUCTS = Rule(id="P202", title="A Region holds at most 350 products", source_url=_SOURCE, check=_products)
