"""Which version a product's content has, or gets. A published version keeps its content for ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.errors import InputError, Problem, Where
from publisher.model import Catalog, Product, ProvisioningArtifact, precedence


@dataclass(frozen=True, kw_only=True)
class VersionStep:
    """A version to publish (nothing observed), or one to change in Active and Guidance."""

    observed: ProvisioningArtifact | None
    desired: ProvisioningArtifact


@dataclass(frozen=True, kw_only=True)
class _Clash:
    rule: str
    message: str
    newest: str


def settle(
    desired: Catalog,
    versions: Iterable[ProvisioningArtifact],
    published: Mapping[str, Iterable[ProvisioningArtifact]],
    version_lines: Mapping[str, Where],
) -> Iterator[VersionStep]:
    """What to do for each desired version, given all published ones by product.

    Raises InputError, with every product that clashes, before anything is yielded.
    """
    steps: list[VersionStep] = []
    clashes: defaultdict[tuple[Where, _Clash], list[str]] = defaultdict(list)
    for version in versions:
        match _settle(version, tuple(published.get(version.product, ()))):
            case VersionStep() as step:
                steps.append(step)
            case _Clash() as clash:
                where = version_lines.get(version.product) or _product_file(desired, version.product)
                clashes[where, clash].append(version.product)
    if clashes:
        raise InputError.of(_problem(where, clash, names) for (where, clash), names in clashes.items())
    yield from steps


def _settle(
    desired: ProvisioningArtifact, published: tuple[ProvisioningArtifact, ...]
) -> VersionStep | _Clash | None:
    """The newest version that people can launch decides: going back to older content is a new version."""
    same = max((it for it in published if it.short_digest == desired.short_digest), key=_rank, default=None)
    current = max((it for it in published if it.launchable), key=_rank, default=None)
    if same is not None and (current is None or _rank(same) >= _rank(current)):
        wanted = replace(same, active=desired.active, guidance=desired.guidance)
        return None if same == wanted else VersionStep(observed=same, desired=wanted)
    newest = max(published, key=_rank, default=None)
    if newest is None or _rank(desired) > _rank(newest):
        return VersionStep(observed=None, desired=desired)
    if any(it.version == desired.version and it is not same for it in published):
        message = f"version '{desired.version}' is already published with other content"
        return _Clash(rule="P601", message=message, newest=newest.version)
    message = f"version '{desired.version}' goes back behind the published '{newest.version}'"
    return _Clash(rule="P602", message=message, newest=newest.version)


def _rank(artifact: ProvisioningArtifact) -> tuple[object, ...]:
    return precedence(artifact.version)


def _problem(where: Where, clash: _Clash, products: list[str]) -> Problem:
    first, *more = sorted(products)
    names = first if not more else f"{first} and {len(more)} more"
    return Problem(
        rule=clash.rule,
        where=where,
        message=f"{clash.message}: {names}",
        hint=f"a published version never changes; raise version above {clash.newest}",
    )


def _product_file(desired: Catalog, product: str) -> Where:
    resource = desired.resources.get(("product", product))
    family = resource.family if isinstance(resource, Product) else product
    return Where(path=f"products/{family}/product.yaml")
