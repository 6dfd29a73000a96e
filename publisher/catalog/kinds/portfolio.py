"""Portfolios. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from publisher.aws.calls import pages
from publisher.catalog.creating import Made
from publisher.catalog.engine import Answer
from publisher.catalog.kind import Includes, from_wire, to_wire
from publisher.catalog.owners import OwnerKind, free_tags, tag_changes, tag_list, tags
from publisher.model import Portfolio

PORTFOLIO_TAG = "publisher:portfolio"
_UNFINISHED_TAG = "publisher:unfinished"
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListPortfolios.html
_PAGE = 100
_NAMES = {"display_name": "DisplayName", "provider_name": "ProviderName", "description": "Description"}


class PortfolioKind(OwnerKind[Portfolio]):
    """A new one is unfinished until everything in it is done."""

    @override
    def create(self, desired: Portfolio, includes: Includes = ()) -> None:
        tags = _tags(desired) | {_UNFINISHED_TAG: "true"}
        request = to_wire(desired, _NAMES) | {"Tags": tag_list(tags)}

        def create(token: str) -> Made:
            answer = self.engine.client.create_portfolio(**request, IdempotencyToken=token)
            return Made.of(answer["PortfolioDetail"]["Id"], answer, answer["PortfolioDetail"])

        self.create_once(desired, request, create)

    @override
    def appeared(self, desired: Portfolio, foreign: set[str]) -> bool:
        return self.carries(desired, PORTFOLIO_TAG, sorted(ids(self.engine.client)), foreign)

    @override
    def shaped(self, answer: Answer, resource: Portfolio) -> Portfolio:
        return portfolio(answer)

    @override
    def update(self, observed: Portfolio, desired: Portfolio) -> None:
        tagged = tag_changes(_tags(observed), _tags(desired))
        self.write(desired, **to_wire(desired, _NAMES), **tagged)

    def finish(self, desired: Portfolio) -> None:
        """Marks it as finished."""
        self.engine.retry_until(lambda: self.engine.call("update", desired.key, RemoveTags=[_UNFINISHED_TAG]))
        self.engine.shown(desired, lambda: self._is_finished(desired) or None)

    def _is_finished(self, desired: Portfolio) -> bool:
        answer = self.engine.described(desired.key)
        return answer is not None and not unfinished(answer)


def ids(client: Any) -> Iterator[str]:
    """The ids of all portfolios, as pages of a listing name them."""
    for it in pages(client.list_portfolios, "PortfolioDetails", PageSize=_PAGE):
        yield it["Id"]


def portfolio(answer: Answer) -> Portfolio:
    """A portfolio from DescribePortfolio; without a name when it is unmanaged."""
    return Portfolio(
        name=tags(answer).get(PORTFOLIO_TAG, ""),
        **from_wire(answer["PortfolioDetail"], _NAMES),
        tags=free_tags(answer),
    )


def unfinished(answer: Answer) -> bool:
    """Whether a described portfolio is not marked as finished."""
    return _UNFINISHED_TAG in tags(answer)


def _tags(resource: Portfolio) -> dict[str, str]:
    return dict(resource.tags) | {PORTFOLIO_TAG: resource.name}
