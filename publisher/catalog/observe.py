"""Reads everything managed at a target: two calls a product, one a constraint, plus pages; in parallel.

A fast read makes one call a product and none a constraint, and takes the rest from an assumed catalog.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from publisher.aws.calls import ClientError, error_code, pages
from publisher.aws.waiting import Clock, poll
from publisher.catalog import attachment_shapes, shapes
from publisher.catalog.attachment_shapes import SHARE_TYPES
from publisher.catalog.constraint_shapes import constraint, constraint_fields, constraint_slot
from publisher.errors import Refused
from publisher.model import (
    Catalog,
    Constraint,
    Key,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
    ShareType,
    TagOption,
    Unmanaged,
)

_LAG_SECONDS = 20
# What remains of the ARN of a deleted role or user.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{17}")
Answer = Mapping[str, Any]
Found = tuple[Resource, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Observation:
    """The catalog, the ids of its resources, and the owners of pending deletions by TagOption id."""

    catalog: Catalog
    ids: Mapping[Key, str]
    pending_deletions: Mapping[str, Key]


class Observer:
    """One read of a target; a fast one with an assumed catalog."""

    def __init__(self, client: Any, pool: Executor, clock: Clock, *, assumed: Catalog | None = None) -> None:
        self._client, self._pool, self._clock = client, pool, clock
        self._assumed = assumed
        self._pending: dict[Key, dict[str, str]] = {}

    def observe(self) -> Observation:
        """Everything managed. Raises Refused when two resources have one key."""
        listed = [
            self._pool.submit(self._pages, "list_portfolios", "PortfolioDetails"),
            self._pool.submit(self._pages, "search_products_as_admin", "ProductViewDetails"),
        ]
        portfolio_ids, product_ids = (sorted(map(_id_of, future.result())) for future in listed)
        found = self._each(self._portfolio, portfolio_ids) + self._each(self._product, product_ids)
        names = {id_: resource.key[1] for resource, id_ in found if resource.kind == "Product"}
        owned = [(resource.key[1], id_) for resource, id_ in found if resource.kind == "Portfolio"]
        managed = {*names, *(id_ for _, id_ in owned)}
        options = {id_: it for it, id_ in found if isinstance(it, TagOption)}
        found = [it for it in found if it[1] not in options]
        found += self._pool.map(lambda id_: self._tag_option(options[id_], id_, managed), options)
        unused = self._each(
            self._unused_option, sorted({it for some in self._pending.values() for it in some.values()})
        )
        found = [(self._with_stale_tags(it, {id_ for _, id_ in unused}), id_) for it, id_ in found] + unused
        products = list(self._pool.map(self._views, (id_ for _, id_ in owned)))
        principals = list(self._pool.map(self._principals, (id_ for _, id_ in owned)))
        portfolio_contents = [
            it
            for (name, _), views, admitted in zip(owned, products, principals, strict=True)
            for it in _portfolio_contents(name, views, admitted, names)
        ]
        listings = [self._pool.submit(self._slots, name, id_, names) for name, id_ in owned]
        found += self._each(self._action, self._actions())
        versions = {id_: it for it, id_ in found if isinstance(it, ProvisioningArtifact)}
        actions = {id_: it.name for it, id_ in found if isinstance(it, ServiceAction)}
        found += self._each(lambda id_: self._acting(actions[id_], id_, versions), actions)
        shared = [self._pool.submit(self._shares, *it, type_) for it in owned for type_ in SHARE_TYPES]
        found += [(it, "") for it in portfolio_contents if not isinstance(it, Unmanaged)]
        found += [it for future in shared for it in future.result()]
        slots = [slot for listing in listings for slot in listing.result()]
        unnamed = [slot for slot in slots if constraint_slot(slot[2]) is None]
        portfolio_contents += (
            Unmanaged(portfolio=portfolio, kind="constraint", id=listed["ConstraintId"], name=product)
            for portfolio, product, listed in unnamed
        )
        constraints = [self._pool.submit(self._constraint, *it) for it in slots if it not in unnamed]
        found += [it for future in constraints if (it := future.result())]
        pending = {id_: key for key, some in sorted(self._pending.items()) for id_ in some.values()}
        return _without_duplicates(
            found, sorted(it for it in portfolio_contents if isinstance(it, Unmanaged)), pending
        )

    def _each(self, read: Callable[[str], list[Found]], ids: Iterable[str]) -> list[Found]:
        return [it for some in self._pool.map(read, ids) for it in some]

    def _portfolio(self, id_: str) -> list[Found]:
        """A managed portfolio with its TagOptions and budget; empty when it is unmanaged."""
        answer = self._described(lambda: self._client.describe_portfolio(Id=id_))
        if not answer or not shapes.portfolio_key(answer):
            return []
        portfolio = shapes.portfolio(answer)
        self._pending[portfolio.key] = shapes.pending_deletions(answer)
        return [(portfolio, id_), *attachment_shapes.attached(("portfolio", portfolio.name), answer)]

    def _product(self, id_: str) -> list[Found]:
        """A managed product with its versions, TagOptions and budget; empty when it is unmanaged."""
        answer = self._described(lambda: self._client.describe_product_as_admin(Id=id_))
        if not answer or not shapes.product_key(answer):
            return []
        product = shapes.product(answer)
        self._pending[product.key] = shapes.pending_deletions(answer)
        attached = attachment_shapes.attached(("product", product.name), answer)
        if self._assumed is not None:
            summaries = answer.get("ProvisioningArtifactSummaries", ())
            return [(product, id_), *self._summaries(product.name, summaries, self._assumed), *attached]
        versions = self._described(lambda: self._client.list_provisioning_artifacts(ProductId=id_)) or {}
        details = versions.get("ProvisioningArtifactDetails", ())
        found: list[Found] = [(shapes.artifact(product.name, it), it["Id"]) for it in details]
        return [(product, id_), *found, *attached]

    def _summaries(self, product: str, summaries: Iterable[Answer], assumed: Catalog) -> list[Found]:
        """Versions without further calls: Active and Guidance are assumed."""
        found = [(self._summary(product, it, assumed), it["Id"]) for it in summaries]
        retention = assumed.retention.get(product, Retention())
        aged = {it.version: it for it in retention.applied(version for version, _ in found)}
        return [(aged[version.version], id_) for version, id_ in found]

    def _summary(self, product: str, summary: Answer, assumed: Catalog) -> ProvisioningArtifact:
        version = shapes.artifact(product, summary)
        match assumed.resources.get(version.key):
            case ProvisioningArtifact(active=active, guidance=guidance):
                return replace(version, active=active, guidance=guidance)
            case _:
                return version

    def _tag_option(self, option: TagOption, id_: str, managed: Collection[str]) -> Found:
        """A TagOption, and whether unmanaged portfolios or products use it too."""
        using = self._pages("list_resources_for_tag_option", "ResourceDetails", TagOptionId=id_)
        return replace(option, used_elsewhere=any(it["Id"] not in managed for it in using)), id_

    def _unused_option(self, id_: str) -> list[Found]:
        """A TagOption that a stopped run has disassociated everywhere, but not deleted."""
        answer = found_or_none(lambda: self._client.describe_tag_option(Id=id_))
        if not answer or self._pages("list_resources_for_tag_option", "ResourceDetails", TagOptionId=id_):
            return []
        return [
            (replace(attachment_shapes.tag_option(answer["TagOptionDetail"]), pending_deletion=True), id_)
        ]

    def _with_stale_tags(self, resource: Resource, unused: Collection[str]) -> Resource:
        """The tag of a deletion that is done or no longer desired becomes an undeclared tag."""
        stale = [
            (tag, "true") for tag, id_ in self._pending.get(resource.key, {}).items() if id_ not in unused
        ]
        if stale and isinstance(resource, Portfolio | Product):
            return replace(resource, tags=tuple(sorted((*resource.tags, *stale))))
        return resource

    def _views(self, id_: str) -> list[Answer]:
        return self._pages("search_products_as_admin", "ProductViewDetails", PortfolioId=id_)

    def _principals(self, id_: str) -> list[Answer]:
        return self._pages("list_principals_for_portfolio", "Principals", PortfolioId=id_)

    def _actions(self) -> list[str]:
        """The ids of managed service actions."""
        listed = self._pages("list_service_actions", "ServiceActionSummaries")
        return [it["Id"] for it in listed if attachment_shapes.action_name(it)]

    def _action(self, id_: str) -> list[Found]:
        answer = self._described(lambda: self._client.describe_service_action(Id=id_))
        return [(attachment_shapes.service_action(answer), id_)] if answer else []

    def _acting(self, name: str, id_: str, versions: Mapping[str, ProvisioningArtifact]) -> list[Found]:
        """The managed versions that have a service action."""
        return [
            (ServiceActionAssociation(product=it.product, version=it.version, action=name), "")
            for it in (versions.get(version_id) for version_id in with_action(self._client, id_))
            if it is not None
        ]

    def _shares(self, portfolio: str, id_: str, share_type: ShareType) -> list[Found]:
        return [(it, "") for it in shares(self._client, portfolio, id_, share_type)]

    def _slots(self, portfolio: str, id_: str, names: Mapping[str, str]) -> list[tuple[str, str, Answer]]:
        """(portfolio, product, listed detail) of each constraint of managed products."""
        details = self._pages("list_constraints_for_portfolio", "ConstraintDetails", PortfolioId=id_)
        return [
            (portfolio, names[detail["ProductId"]], detail)
            for detail in details
            if detail["ProductId"] in names
        ]

    def _constraint(self, portfolio: str, product: str, listed: Answer) -> Found | None:
        id_ = listed["ConstraintId"]
        if self._assumed is not None:
            key = ("constraint", portfolio, product, *(constraint_slot(listed) or ()))
            same = self._assumed.resources.get(key)
            if not isinstance(same, Constraint):
                return None
            if same.type == listed["Type"]:
                # Without a further call: its parameters are assumed.
                parameters = constraint_fields(same)["Parameters"]
                taken = {"ConstraintDetail": listed, "ConstraintParameters": parameters}
                return constraint(portfolio, product, taken), id_
        answer = self._described(lambda: self._client.describe_constraint(Id=id_))
        return (constraint(portfolio, product, answer), id_) if answer else None

    def _described(self, describe: Callable[[], Answer]) -> Answer | None:
        """A listed resource may not be readable yet; one that stays unreadable was just deleted."""
        return poll(lambda: found_or_none(describe), clock=self._clock, seconds=_LAG_SECONDS)

    def _pages(self, operation: str, result: str, **request: str) -> list[Answer]:
        return list_all(self._client, operation, result, **request)


def list_all(client: Any, operation: str, result: str, **request: Any) -> list[Answer]:
    """All pages of a listing."""
    return list(pages(getattr(client, operation), result, **request))


def shares(client: Any, portfolio: str, id_: str, share_type: ShareType) -> list[PortfolioShare]:
    """The shares of a portfolio of one type."""
    details = pages(
        client.describe_portfolio_shares, "PortfolioShareDetails", PortfolioId=id_, Type=share_type
    )
    return [attachment_shapes.share(portfolio, it) for it in details]


def with_action(client: Any, id_: str) -> list[str]:
    """The ids of the versions that have a service action."""
    views = list_all(
        client,
        "list_provisioning_artifacts_for_service_action",
        "ProvisioningArtifactViews",
        ServiceActionId=id_,
    )
    return [it["ProvisioningArtifact"]["Id"] for it in views]


def found_or_none(read: Callable[[], T]) -> T | None:
    """The result of a read; None when the resource is not found."""
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


def _portfolio_contents(
    portfolio: str, views: Iterable[Answer], principals: Iterable[Answer], names: Mapping[str, str]
) -> Iterator[ProductAssociation | Principal | Unmanaged]:
    """The associations of managed products, the principals, and what is unmanaged in the portfolio."""
    for view in views:
        id_ = _id_of(view)
        if id_ in names:
            yield ProductAssociation(portfolio=portfolio, product=names[id_])
        else:
            name = view["ProductViewSummary"].get("Name", "")
            yield Unmanaged(portfolio=portfolio, kind="product", id=id_, name=name)
    for one in principals:
        if is_deleted(one):
            yield Unmanaged(portfolio=portfolio, kind="deleted principal", id=one["PrincipalARN"])
        else:
            yield principal(portfolio, one)


def is_deleted(listed: Answer) -> bool:
    """Whether a listed principal is the unique id of a deleted role or user."""
    return _UNIQUE_ID.fullmatch(listed["PrincipalARN"]) is not None


def _id_of(listed: Answer) -> str:
    if "ProductViewSummary" in listed:
        return str(listed["ProductViewSummary"]["ProductId"])
    return str(listed["Id"])


def _without_duplicates(
    found: Iterable[Found], unmanaged: Iterable[Unmanaged], pending: Mapping[str, Key]
) -> Observation:
    by_key: defaultdict[Key, dict[str, Resource]] = defaultdict(dict)
    for resource, id_ in found:
        by_key[resource.key][id_] = resource
    duplicates = list(_duplicates(by_key))
    if duplicates:
        raise Refused(
            "; ".join(duplicates),
            hint=f"keep one: delete the others, or remove their tag {shapes.PORTFOLIO_TAG} or "
            f"{shapes.PRODUCT_TAG}",
        )
    return Observation(
        catalog=Catalog(
            {resource.key: resource for one in by_key.values() for resource in one.values()},
            unmanaged=tuple(unmanaged),
        ),
        ids={key: id_ for key, one in by_key.items() for id_ in one if id_},
        pending_deletions=pending,
    )


def _duplicates(by_key: Mapping[Key, Mapping[str, Resource]]) -> Iterator[str]:
    for _, one in sorted(by_key.items()):
        if len(one) > 1:
            resource = next(iter(one.values()))
            yield f"{resource.kind} {resource.label} exists {len(one)} times: {', '.join(sorted(one))}"
