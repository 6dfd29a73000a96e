"""Reads what we own at a target: two calls a product, one a constraint, plus pages; in parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

from publisher.aws import ClientError, error_code
from publisher.catalog import shapes
from publisher.errors import Refused
from publisher.model import Catalog, Key, Principal, ProductAssociation, Resource
from publisher.waiting import Clock, poll

_LAG_SECONDS = 20
Answer = Mapping[str, Any]
Found = tuple[Resource, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Observation:
    """What a target holds, and the id of everything that has one."""

    catalog: Catalog
    ids: Mapping[Key, str]


class Observer:
    """One full read of a target."""

    def __init__(self, client: Any, pool: Executor, clock: Clock) -> None:
        self._client, self._pool, self._clock = client, pool, clock

    def observe(self) -> Observation:
        """Everything of ours. Raises Refused when two resources have one key."""
        listed = [
            self._pool.submit(self._pages, "list_portfolios", "PortfolioDetails"),
            self._pool.submit(self._pages, "search_products_as_admin", "ProductViewDetails"),
        ]
        portfolio_ids, product_ids = (sorted(map(_id_of, future.result())) for future in listed)
        portfolios = list(self._pool.map(self._portfolio, portfolio_ids))
        products = list(self._pool.map(self._product, product_ids))
        found = [it for it in portfolios if it] + [it for some in products for it in some]
        names = {id_: resource.key[1] for resource, id_ in found if resource.kind == "Product"}
        owned = [(resource.key[1], id_) for resource, id_ in found if resource.kind == "Portfolio"]
        contents = [self._pool.submit(self._contents, name, id_, names) for name, id_ in owned]
        slots = [self._pool.submit(self._slots, name, id_, names) for name, id_ in owned]
        found += [it for future in contents for it in future.result()]
        constraints = [
            self._pool.submit(self._constraint, *slot) for future in slots for slot in future.result()
        ]
        found += [it for future in constraints if (it := future.result())]
        return _without_twins(found)

    def _portfolio(self, id_: str) -> Found | None:
        answer = self._described(lambda: self._client.describe_portfolio(Id=id_))
        return (shapes.portfolio(answer), id_) if answer and shapes.key_of(answer) else None

    def _product(self, id_: str) -> list[Found]:
        """A product of ours with its versions; nothing when it is somebody else's."""
        answer = self._described(lambda: self._client.describe_product_as_admin(Id=id_))
        if not answer or not shapes.key_of(answer):
            return []
        product = shapes.product(answer)
        versions = self._described(lambda: self._client.list_provisioning_artifacts(ProductId=id_)) or {}
        details = versions.get("ProvisioningArtifactDetails", ())
        return [(product, id_)] + [(shapes.artifact(product.name, it), it["Id"]) for it in details]

    def _contents(self, portfolio: str, id_: str, names: Mapping[str, str]) -> list[Found]:
        """Associations of our products, and principals."""
        views = self._pages("search_products_as_admin", "ProductViewDetails", PortfolioId=id_)
        principals = self._pages("list_principals_for_portfolio", "Principals", PortfolioId=id_)
        associations: list[Found] = [
            (ProductAssociation(portfolio=portfolio, product=names[product_id]), "")
            for product_id in map(_id_of, views)
            if product_id in names
        ]
        return associations + [(principal(portfolio, it), "") for it in principals]

    def _slots(self, portfolio: str, id_: str, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """(portfolio, product, constraint id) of each constraint that is ours."""
        details = self._pages("list_constraints_for_portfolio", "ConstraintDetails", PortfolioId=id_)
        return [
            (portfolio, names[detail["ProductId"]], detail["ConstraintId"])
            for detail in details
            if detail["ProductId"] in names and shapes.constraint_name(detail) is not None
        ]

    def _constraint(self, portfolio: str, product: str, id_: str) -> Found | None:
        answer = self._described(lambda: self._client.describe_constraint(Id=id_))
        return (shapes.constraint(portfolio, product, answer), id_) if answer else None

    def _described(self, describe: Callable[[], Answer]) -> Answer | None:
        """What is listed may not be readable yet; what stays unreadable has just been deleted."""
        return poll(lambda: found_or_none(describe), clock=self._clock, seconds=_LAG_SECONDS)

    def _pages(self, operation: str, result: str, **request: str) -> list[Answer]:
        return pages(self._client, operation, result, **request)


def pages(client: Any, operation: str, result: str, **request: str) -> list[Answer]:
    """All pages of a listing."""
    answers: Iterable[Answer] = client.get_paginator(operation).paginate(**request)
    return [item for answer in answers for item in answer.get(result, ())]


def found_or_none(read: Callable[[], T]) -> T | None:
    """What a read answers; None when there is no such thing."""
    try:
        return read()
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise


def principal(portfolio: str, answer: Answer) -> Principal:
    """A principal from ListPrincipalsForPortfolio; that of a deleted role is its unique id."""
    return Principal(
        portfolio=portfolio,
        principal_arn=answer["PrincipalARN"],
        principal_type=answer.get("PrincipalType", "IAM"),
    )


def _id_of(listed: Answer) -> str:
    if "ProductViewSummary" in listed:
        return str(listed["ProductViewSummary"]["ProductId"])
    return str(listed["Id"])


def _without_twins(found: Iterable[Found]) -> Observation:
    by_key: defaultdict[Key, dict[str, Resource]] = defaultdict(dict)
    for resource, id_ in found:
        by_key[resource.key][id_] = resource
    twins = list(_twins(by_key))
    if twins:
        raise Refused(
            "; ".join(twins),
            hint="keep one of them: delete the other, or take the tag publisher:key away from it",
        )
    return Observation(
        catalog=Catalog.of(resource for one in by_key.values() for resource in one.values()),
        ids={key: id_ for key, one in by_key.items() for id_ in one if id_},
    )


def _twins(by_key: Mapping[Key, Mapping[str, Resource]]) -> Iterator[str]:
    for _, one in sorted(by_key.items()):
        if len(one) > 1:
            resource = next(iter(one.values()))
            yield f"{resource.kind} {resource.label} is there {len(one)} times: {', '.join(sorted(one))}"
