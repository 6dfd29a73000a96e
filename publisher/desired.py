"""The catalog that the files ask for, for one target: placeholders filled, checked by rules. No I/O."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol, assert_never

from publisher.declarations import Launch, PortfolioFile, Repository, Template, Variant
from publisher.declarations.portfolio_checks import constraints_of
from publisher.declarations.shape import did_you_mean
from publisher.documents import quoted
from publisher.errors import InputError, Where
from publisher.model import (
    AnyConstraint,
    Catalog,
    LaunchConstraint,
    Portfolio,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    TemplateConstraint,
)
from publisher.rules import Placed, Target, check


class HasDigest(Protocol):
    """A rendered product, as far as its version needs it."""

    @property
    def digest(self) -> str:
        """`sha256:…` of the canonical template."""
        ...


def desired(
    repository: Repository,
    rendered: Mapping[str, HasDigest],
    *,
    account_id: str,
    region: str,
    partition: str,
    portfolios: Collection[str] | None = None,
) -> Catalog:
    """The catalog for a target: the portfolios (all, or those named) with all that is in them.

    `rendered` has every product of those portfolios, by key. Raises InputError with every problem.
    """
    target = Target(account_id=account_id, region=region, partition=partition)
    placed = tuple(_resources(repository, rendered, target, _chosen(repository, portfolios)))
    if problems := tuple(check(placed, target)):
        raise InputError.of(problems)
    return Catalog.of(each.resource for each in placed)


def version_lines(repository: Repository) -> dict[str, Where]:
    """Where each product's version is written."""
    return {variant.key: variant.family.document.where("version") for variant in repository.variants}


def _chosen(repository: Repository, names: Collection[str] | None) -> list[PortfolioFile]:
    known = [portfolio.name for portfolio in repository.portfolios]
    for name in sorted(names or ()):
        if name not in known:
            hint = did_you_mean(name, known, what="the portfolios are")
            raise InputError(f"there is no portfolio {quoted(name)}", hint=hint)
    return [portfolio for portfolio in repository.portfolios if names is None or portfolio.name in names]


def _resources(
    repository: Repository,
    rendered: Mapping[str, HasDigest],
    target: Target,
    portfolios: Collection[PortfolioFile],
) -> Iterator[Placed]:
    products: dict[str, Variant] = {}
    for portfolio in portfolios:
        held = {variant.key: variant for variant in repository.variants_of(portfolio)}
        yield from _portfolio(portfolio, held, target)
        products |= held
    for key, variant in sorted(products.items()):
        where = variant.family.document.where()
        yield Placed(resource=_product(variant), where=where)
        yield Placed(resource=_artifact(variant, rendered[key].digest), where=where)


def _portfolio(portfolio: PortfolioFile, held: Mapping[str, Variant], target: Target) -> Iterator[Placed]:
    def placed(resource: Resource, *steps: str | int) -> Placed:
        return Placed(resource=resource, where=portfolio.document.where(*steps))

    yield placed(
        Portfolio(
            name=portfolio.name,
            display_name=portfolio.display_name,
            provider_name=portfolio.provider_name,
            description=portfolio.description.strip(),
            tags=_tags(portfolio.tags),
        )
    )
    for n, principal in enumerate(portfolio.principals):
        arn = target.fill(principal.principal_arn)
        yield placed(
            Principal(portfolio=portfolio.name, principal_arn=arn, principal_type=principal.principal_type),
            "principals",
            n,
            "principal_arn",
        )
    for key, variant in held.items():
        yield placed(ProductAssociation(portfolio=portfolio.name, product=key), "products")
        for steps, constraint in constraints_of(portfolio, key):
            yield placed(_constraint(portfolio, variant, constraint, target), *steps)


def _constraint(
    portfolio: PortfolioFile, variant: Variant, constraint: Launch | Template, target: Target
) -> AnyConstraint:
    match constraint:
        case Launch():
            role_arn = target.fill(constraint.role_arn or "")
            return LaunchConstraint(
                portfolio=portfolio.name,
                product=variant.key,
                local_role_name="" if role_arn else constraint.local_role_name or variant.launch_role,
                role_arn=role_arn,
                description=constraint.description.strip(),
            )
        case Template():
            return TemplateConstraint(
                portfolio=portfolio.name,
                product=variant.key,
                name=constraint.name,
                rules=_canonical({name: rule.section() for name, rule in constraint.rules.items()}),
                description=constraint.description.strip(),
            )
        case _:
            assert_never(constraint)


def _product(variant: Variant) -> Product:
    file = variant.family.file
    return Product(
        name=variant.key,
        family=variant.family.name,
        display_name=variant.display_name,
        owner=file.owner,
        description=file.description.strip(),
        distributor=file.distributor.strip(),
        support_description=file.support_description.strip(),
        support_email=file.support_email or "",
        support_url=file.support_url or "",
        tags=_tags(file.tags),
    )


def _artifact(variant: Variant, digest: str) -> ProvisioningArtifact:
    family = variant.family
    return ProvisioningArtifact(
        product=variant.key,
        version=family.version,
        digest=digest,
        description=f"{family.name} {family.version}",
    )


def _tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(tags.items()))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
