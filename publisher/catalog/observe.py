"""Reads everything managed at a target: two calls a product, one a constraint, plus pages; in parallel.

A fast read makes one call a product and none a constraint, and takes the rest from an assumed catalog.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from publisher.aws.waiting import Clock, poll
from publisher.catalog.engine import Answer, call, found_or_none
from publisher.catalog.kinds import constraint as constraints
from publisher.catalog.kinds import portfolio as portfolios
from publisher.catalog.kinds import portfolio_share as shares
from publisher.catalog.kinds import principal as principals
from publisher.catalog.kinds import product as products
from publisher.catalog.kinds import product_association as associations
from publisher.catalog.kinds import provisioning_artifact as artifacts
from publisher.catalog.kinds import service_action as actions
from publisher.catalog.kinds import tag_option as options
from publisher.catalog.kinds.budget_association import budgets
from publisher.errors import Refused
from publisher.model import (
    Catalog,
    Constraint,
    Key,
    Owner,
    Portfolio,
    Product,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    Unmanaged,
)

_LAG_SECONDS = 20
Found = tuple[Resource, str]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Contents:
    """What a portfolio contains, while it is read: products by id, details of constraints, who has access."""

    products: Future[dict[str, str]]
    constraints: Future[list[Answer]]
    access: list[Future[Any]]


class Observer:
    """One read of a target; a fast one with an assumed catalog."""

    def __init__(self, client: Any, pool: Executor, clock: Clock, *, assumed: Catalog | None = None) -> None:
        self._client, self._pool, self._clock = client, pool, clock
        self._assumed = assumed
        self._unfinished: set[Key] = set()
        self._used_elsewhere: set[Key] = set()
        # By portfolio or product, the ids of TagOptions that are being deleted by tag.
        self._pending: dict[Owner, dict[str, str]] = {}
        self._interrupted: dict[Key, tuple[Owner, str]] = {}
        # By the ids of managed portfolios.
        self._contents: dict[str, _Contents] = {}

    def observe(self) -> tuple[Catalog, dict[Key, str]]:
        """Everything managed, and its ids. Raises Refused when two resources have one key."""
        submit, client = self._pool.submit, self._client
        actions_ = submit(actions.managed, client)
        listings = [
            submit(self._begun, self._portfolio, portfolios.ids(client)),
            submit(self._begun, self._product, products.ids(client)),
        ]
        listed = [listing.result() for listing in listings]
        found = [it for some in listed for _, one in sorted(some.items()) for it in one.result()]
        names = {id_: it.name for it, id_ in found if isinstance(it, Product)}
        owned = {id_: it.name for it, id_ in found if isinstance(it, Portfolio)}
        contents = [(portfolio, self._contents[id_]) for id_, portfolio in owned.items()]
        placed = [
            (portfolio, names[detail["ProductId"]], detail)
            for portfolio, content in contents
            for detail in content.constraints.result()
            if detail["ProductId"] in names
        ]
        described = [submit(self._constraint, *it) for it in placed]
        found += self._tag_options(found, {*names, *owned})
        versions = {id_: it for it, id_ in found if isinstance(it, ProvisioningArtifact)}
        found += self._actions(actions_.result(), versions)
        found += [it for future in described if (it := future.result())]
        held: list[Resource | Unmanaged] = []
        for portfolio, content in contents:
            held += associations.observed(portfolio, content.products.result(), names)
            held += (it for future in content.access for it in future.result())
        found += [(it, "") for it in held if not isinstance(it, Unmanaged)]
        unmanaged = [it for it in held if isinstance(it, Unmanaged)]
        unmanaged += [
            Unmanaged(portfolio=portfolio, kind="constraint", id=detail["ConstraintId"], name=product)
            for portfolio, product, detail in placed
            if constraints.slot(detail) is None
        ]
        ids = _without_duplicates(found)
        catalog = replace(
            Catalog.of(it for it, _ in found),
            unmanaged=tuple(sorted(unmanaged)),
            unfinished=frozenset(self._unfinished),
            used_elsewhere=frozenset(self._used_elsewhere),
            interrupted=self._interrupted,
            others={
                "portfolios": len(listed[0]) - len(owned),
                "products": len(listed[1]) - len(names),
            },
        )
        return catalog, ids

    def _begun(
        self, read: Callable[[str], list[Found]], ids: Iterable[str]
    ) -> dict[str, Future[list[Found]]]:
        """Reads by id, each begun as soon as a page of a listing has the id."""
        return {id_: self._pool.submit(read, id_) for id_ in ids}

    def _each(self, read: Callable[[str], list[Found]], ids: Iterable[str]) -> list[Found]:
        return [it for some in self._pool.map(read, ids) for it in some]

    def _portfolio(self, id_: str) -> list[Found]:
        """A managed portfolio with its TagOptions and budget; empty when it is unmanaged.

        Begins to read what it contains.
        """
        answer = self._described("portfolio", id_)
        portfolio = portfolios.portfolio(answer) if answer else None
        if not answer or not portfolio or not portfolio.name:
            return []
        if portfolios.unfinished(answer):
            self._unfinished.add(portfolio.key)
        submit, client, place = self._pool.submit, self._client, (portfolio.name, id_)
        self._contents[id_] = _Contents(
            products=submit(products.views, client, PortfolioId=id_),
            constraints=submit(constraints.listed, client, PortfolioId=id_),
            access=[
                submit(principals.observed, client, *place),
                *(submit(shares.observed, client, *place, it) for it in shares.SHARE_TYPES),
            ],
        )
        return self._owner(portfolio, id_, answer)

    def _product(self, id_: str) -> list[Found]:
        """A managed product with its versions, TagOptions and budget; empty when it is unmanaged."""
        answer = self._described("product", id_)
        product = products.product(answer) if answer else None
        if not answer or not product or not product.name:
            return []
        found = self._owner(product, id_, answer)
        if self._assumed is not None:
            summaries = answer.get("ProvisioningArtifactSummaries", ())
            return [*found, *artifacts.assumed(product.name, summaries, self._assumed)]
        details = self._visible(lambda: artifacts.listed(self._client, id_)) or ()
        return [*found, *artifacts.observed(product.name, details)]

    def _owner(self, resource: Portfolio | Product, id_: str, answer: Answer) -> list[Found]:
        """Itself, with the tags of TagOptions that are being deleted, and what is attached to it."""
        owner = (resource.key[0], resource.name)
        self._pending[owner] = pending = options.pending_deletions(answer)
        tags = tuple(sorted((*resource.tags, *((tag, "true") for tag in pending))))
        attached = [*options.observed(owner, answer), *((it, "") for it in budgets(owner, answer))]
        return [(replace(resource, tags=tags), id_), *attached]

    def _tag_options(self, found: Iterable[Found], managed: Collection[str]) -> list[Found]:
        """Those that a stopped run has disassociated everywhere, but not deleted."""
        attached = {id_: it.key for it, id_ in found if isinstance(it, TagOption)}
        using = self._pool.map(partial(options.used_elsewhere, self._client, managed), attached)
        self._used_elsewhere = {key for key, used in zip(attached.values(), using, strict=True) if used}
        marked = sorted({id_ for some in self._pending.values() for id_ in some.values()} - attached.keys())
        unused = self._pool.map(partial(options.unused, self._client), marked)
        left = [(it, id_) for it, id_ in zip(unused, marked, strict=True) if it]
        known = attached | {id_: it.key for it, id_ in left}
        self._interrupted = {
            known[id_]: (owner, tag)
            for owner, some in sorted(self._pending.items())
            for tag, id_ in some.items()
            if id_ in known and known[id_] not in self._used_elsewhere
        }
        return [*left]

    def _actions(self, ids: Iterable[str], versions: Mapping[str, ProvisioningArtifact]) -> list[Found]:
        """The managed service actions, and the managed versions that have them."""
        found = self._each(self._action, ids)
        named = [(it.name, id_) for it, id_ in found if isinstance(it, ServiceAction)]
        using = self._pool.map(lambda it: actions.versions_with(self._client, it[1]), named)
        return found + [
            (ServiceActionAssociation(product=it.product, version=it.version, action=name), "")
            for (name, _), ids in zip(named, using, strict=True)
            for it in (versions.get(id_) for id_ in ids)
            if it is not None
        ]

    def _action(self, id_: str) -> list[Found]:
        answer = self._described("service-action", id_)
        action = actions.service_action(answer) if answer else None
        return [(action, id_)] if action and action.name else []

    def _constraint(self, portfolio: str, product: str, detail: Answer) -> Found | None:
        slot, id_ = constraints.slot(detail), detail["ConstraintId"]
        if slot is None:
            return None
        if self._assumed is not None:
            same = self._assumed.resources.get(("constraint", portfolio, product, *slot))
            if not isinstance(same, Constraint):
                return None
            if same.type == detail["Type"]:
                return constraints.assumed(portfolio, product, detail, same), id_
        answer = self._described("constraint", id_)
        return (constraints.constraint(portfolio, product, answer), id_) if answer else None

    def _described(self, word: str, id_: str) -> Answer | None:
        return self._visible(lambda: call(self._client, "describe", word, id_))

    def _visible(self, read: Callable[[], T]) -> T | None:
        """What is listed may not be readable yet; what stays unreadable was just deleted."""
        return poll(lambda: found_or_none(read), clock=self._clock, seconds=_LAG_SECONDS)


def _without_duplicates(found: Iterable[Found]) -> dict[Key, str]:
    """The ids of everything that has one."""
    by_key: defaultdict[Key, dict[str, Resource]] = defaultdict(dict)
    for resource, id_ in found:
        by_key[resource.key][id_] = resource
    if duplicates := list(_duplicates(by_key)):
        tags = f"{portfolios.PORTFOLIO_TAG} or {products.PRODUCT_TAG}"
        hint = f"keep one: delete the others, or remove their tag {tags}"
        raise Refused("; ".join(duplicates), hint=hint)
    return {key: id_ for key, one in by_key.items() for id_ in one if id_}


def _duplicates(by_key: Mapping[Key, Mapping[str, Resource]]) -> Iterator[str]:
    for _, one in sorted(by_key.items()):
        if len(one) > 1:
            resource = next(iter(one.values()))
            yield f"{resource.kind} {resource.label} exists {len(one)} times: {', '.join(sorted(one))}"
