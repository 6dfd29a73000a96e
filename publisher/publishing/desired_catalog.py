"""The desired catalog of one target: placeholders filled, checked by rules. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from publisher.aws.arns import partition_of
from publisher.declarations import PortfolioFile, Repository, Variant
from publisher.declarations.studio_products import placed_in_s3
from publisher.declarations.targets import TargetsFile, matches
from publisher.errors import InputError, Problem, Where, did_you_mean, errors, quoted
from publisher.model import Catalog, Resource
from publisher.publishing.desired_resources import portfolio_resources, product_resources, retention
from publisher.publishing.sagemaker_templates import project_resources
from publisher.rules import ANYWHERE, EVERYWHERE, PER_TARGET, RULES, Placed, Rule, Target, check

# For checks that do not depend on the target.
_ANY_REGION = "us-east-1"


class HasDigest(Protocol):
    """The part of a rendered product that a catalog and rules need."""

    @property
    def digest(self) -> str:
        """`sha256:…` of the canonical template."""
        ...

    @property
    def template(self) -> Mapping[str, Any]:
        """The template with long-form intrinsic functions."""
        ...

    @property
    def stored(self) -> Collection[Resource]:
        """What the template bucket stores of it."""
        ...


def desired(
    repository: Repository,
    rendered: Mapping[str, HasDigest],
    *,
    account_id: str,
    region: str,
    partition: str,
    bucket: str = "",
    variables: Mapping[str, str] | None = None,
    quotas: Mapping[str, int] | None = None,
    portfolios: Collection[str] | None = None,
) -> Catalog:
    """The catalog of a target: the named portfolios, or all, with everything in them.

    `rendered` has every product of those portfolios, by key; `bucket`, `variables` and `quotas` are the
    target's. Without an `account_id`, rules that depend on it are skipped. Raises InputError with every
    problem.
    """
    target = Target(
        account_id=account_id,
        region=region,
        partition=partition,
        bucket=bucket,
        variables=tuple((variables or {}).items()),
        quotas=tuple((quotas or {}).items()),
    )
    chosen = _chosen(repository, portfolios)
    placed = tuple(_resources(repository, rendered, target, chosen))
    wrong = errors(_found(placed, target))
    if wrong:
        raise InputError.of(wrong)
    return _catalog(repository, placed, chosen)


def portable(
    repository: Repository, rendered: Mapping[str, HasDigest], targets: TargetsFile | None = None
) -> Catalog:
    """The catalog as the files write it, for no target: placeholders stay, and no rule is checked.

    `targets` name the variables.
    """
    names = (
        {*targets.variables, *(name for it in targets.targets.values() for name in it.variables)}
        if targets
        else ()
    )
    target = Target(
        account_id="{account_id}",
        region="{region}",
        partition="{partition}",
        variables=tuple((name, f"{{variables.{name}}}") for name in sorted(names)),
    )
    placed = _resources(repository, rendered, target, repository.portfolios)
    return _catalog(repository, placed, repository.portfolios)


def unrendered(repository: Repository, target: Target) -> Catalog:
    """The catalog of a target without contents: digests are empty. No rule is checked."""
    nothing = {variant.key: _Unrendered() for variant in repository.variants}
    return _catalog(
        repository, _resources(repository, nothing, target, repository.portfolios), repository.portfolios
    )


def offline(
    repository: Repository, targets: TargetsFile | None = None, patterns: Collection[str] = ()
) -> tuple[Problem, ...]:
    """The problems at any target and at the declared ones that match, warnings included."""
    rendered = {variant.key: _Unrendered() for variant in repository.variants}
    anywhere = Target(account_id="", region=_ANY_REGION, partition="aws")
    found: list[Problem] = []
    mine = [(it, PER_TARGET) for it in _declared(targets, patterns)]
    for target, rules in ((anywhere, EVERYWHERE if mine else ANYWHERE), *mine):
        placed = tuple(_resources(repository, rendered, target, repository.portfolios))
        # A problem of several targets is reported for the first.
        reported = {(it.rule, it.where, it.severity) for it in found}
        new = ((it, (it.rule, it.where, it.severity)) for it in _found(placed, target, rules))
        found += [it for it, key in new if key not in reported]
    return tuple(found)


def _found(placed: Sequence[Placed], target: Target, rules: Iterable[Rule] = RULES) -> Iterator[Problem]:
    """What the rules find, each with the products that it is about."""
    owners: defaultdict[Where, dict[str, None]] = defaultdict(dict)
    for each in placed:
        products = [name for kind, name in each.resource.owners if kind == "product"]
        for where in (each.where, *each.places.values()):
            owners[where].update(dict.fromkeys(products))
    yield from (replace(it, products=tuple(owners[it.where])) for it in check(placed, target, rules))


def _declared(targets: TargetsFile | None, patterns: Collection[str]) -> Iterator[Target]:
    if targets is None:
        return
    for label, target in targets.targets.items():
        for region in target.regions:
            if not matches(patterns, label=label, account_id=target.account_id, region=region):
                continue
            yield Target(
                account_id=target.account_id,
                region=region,
                partition=partition_of(region),
                variables=tuple(targets.variables_of(target).items()),
                quotas=tuple(targets.quotas_of(target).items()),
            )


def version_lines(repository: Repository) -> dict[str, Where]:
    """Where each product's version is declared."""
    return {variant.key: variant.family.document.where("version") for variant in repository.variants}


def _chosen(repository: Repository, names: Collection[str] | None) -> list[PortfolioFile]:
    known = [portfolio.name for portfolio in repository.portfolios]
    for name in sorted(names or ()):
        if name not in known:
            hint = did_you_mean(name, known, what="the portfolios are")
            raise InputError(f"portfolio {quoted(name)} not found", hint=hint)
    return [portfolio for portfolio in repository.portfolios if names is None or portfolio.name in names]


def _catalog(
    repository: Repository, placed: Iterable[Placed], portfolios: Collection[PortfolioFile]
) -> Catalog:
    held = _held(repository, portfolios)
    return Catalog.of(
        (each.resource for each in placed),
        retention={key: kept for key, variant in held.items() if (kept := retention(variant.family.file))},
    )


@dataclass(frozen=True)
class _Unrendered:
    digest: str = ""
    template: Mapping[str, Any] = field(default_factory=dict)
    stored: Collection[Resource] = ()


def _held(repository: Repository, portfolios: Collection[PortfolioFile]) -> dict[str, Variant]:
    """The products of the portfolios, by key, including retired ones."""
    held = {it.key: it for portfolio in portfolios for it in repository.variants_of(portfolio)}
    return dict(sorted(held.items()))


def _resources(
    repository: Repository,
    rendered: Mapping[str, HasDigest],
    target: Target,
    portfolios: Collection[PortfolioFile],
) -> Iterator[Placed]:
    for portfolio in portfolios:
        held = repository.variants_of(portfolio)
        yield from portfolio_resources(portfolio, held, target)
        digests = {it.key: rendered[it.key].digest for it in placed_in_s3(portfolio, held)}
        # Roles keep what they need for products that are held up.
        every = replace(repository, held_up=frozenset()).variants_of(portfolio)
        yield from project_resources(portfolio, held, digests, target, passing=placed_in_s3(portfolio, every))
    for key, variant in _held(repository, portfolios).items():
        if variant.family.file.retire != "delete":
            yield from product_resources(variant, rendered[key].digest, rendered[key].stored, target)
