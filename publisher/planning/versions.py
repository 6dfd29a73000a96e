"""Which version a product's content has, or gets. A published version keeps its content for ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.errors import InputError, Problem, Where
from publisher.model import (
    Catalog,
    Product,
    ProvisioningArtifact,
    Retention,
    ServiceActionAssociation,
    precedence,
)

# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
_VERSIONS = 100


@dataclass(frozen=True, kw_only=True)
class VersionStep:
    """A version to publish (nothing observed), or one to change in Active and Guidance."""

    observed: ProvisioningArtifact | None
    desired: ProvisioningArtifact


@dataclass(frozen=True, kw_only=True)
class _Clash:
    rule: str
    message: str
    hint: str


def resolve_versions(
    desired: Catalog,
    versions: Iterable[ProvisioningArtifact],
    published: Mapping[str, Iterable[ProvisioningArtifact]],
    version_lines: Mapping[str, Where],
) -> Iterator[VersionStep]:
    """What to do for each desired version, given all published ones by product.

    Raises InputError, with every product that clashes, before anything is yielded.
    """
    steps: list[VersionStep] = []
    nothing_said = Retention()
    clashes: defaultdict[tuple[Where, _Clash], list[str]] = defaultdict(list)
    for version in versions:
        there = tuple(published.get(version.product, ()))
        retention = desired.retention.get(version.product, nothing_said)
        match _resolve_version(version, there, retention):
            case _Clash() as clash:
                where = version_lines.get(version.product) or _product_file(desired, version.product)
                clashes[where, clash].append(version.product)
            case step:
                steps += _aged(retention, there, step)
    if clashes:
        raise InputError.of(_problem(where, clash, names) for (where, clash), names in clashes.items())
    yield from steps


def unpublished(
    desired: Catalog, published: Mapping[str, Iterable[ProvisioningArtifact]]
) -> tuple[tuple[str, str], ...]:
    """(family, version) of each state in `versions` of what no product of the family has, nor will have.

    Versions below all that are published have been pruned, or come from before this target.
    """
    known: defaultdict[str, set[str]] = defaultdict(set)
    first: dict[str, str] = {}
    families = {it.name: it.family for it in desired if isinstance(it, Product)}
    for product, family in families.items():
        there = [it.version for it in published.get(product, ())]
        known[family].update(there)
        if there:
            first[family] = min(*there, first.get(family, there[0]), key=precedence)
    for it in desired:
        if isinstance(it, ProvisioningArtifact) and it.product in families:
            known[families[it.product]].add(it.version)
    return tuple(
        sorted(
            {
                (family, version)
                for product, family in families.items()
                if family in first and product in desired.retention
                for version in desired.retention[product].states
                if version not in known[family] and precedence(version) > precedence(first[family])
            }
        )
    )


def on_every_version(
    desired: Catalog, published: Mapping[str, Iterable[ProvisioningArtifact]], steps: Iterable[VersionStep]
) -> Catalog:
    """The desired catalog with its service actions on each version that a product has, or gets."""
    versions = defaultdict(
        list, {product: [it.version for it in some] for product, some in published.items()}
    )
    for step in steps:
        if step.observed is None:
            versions[step.desired.product].append(step.desired.version)
    resources = [
        it
        for resource in desired
        for it in (
            (replace(resource, version=version) for version in versions[resource.product])
            if isinstance(resource, ServiceActionAssociation)
            else (resource,)
        )
    ]
    return replace(desired, resources={it.key: it for it in resources})


def _aged(
    retention: Retention, published: tuple[ProvisioningArtifact, ...], step: VersionStep | None
) -> Iterator[VersionStep]:
    """The step, and what the retention of the product makes of all versions then; the oldest first."""
    before = {it.version: it for it in published}
    changed = {step.desired.version: step.desired} if step else {}
    for version in reversed(retention.applied((before | changed).values())):
        there = before.get(version.version)
        if version != there:
            yield VersionStep(observed=there, desired=version)


def _resolve_version(
    desired: ProvisioningArtifact, published: tuple[ProvisioningArtifact, ...], retention: Retention
) -> VersionStep | _Clash | None:
    """The newest version that people can launch decides: going back to older content is a new version."""
    if any(it.artifact_type != desired.artifact_type for it in published):
        message = f"a product cannot become one of the type {desired.artifact_type}"
        return _Clash(rule="P604", message=message, hint="make a new family; retire this one")
    if published and retention.retire:
        return None
    same = max((it for it in published if it.short_digest == desired.short_digest), key=_rank, default=None)
    current = max((it for it in published if it.launchable), key=_rank, default=None)
    if same is not None and (current is None or _rank(same) >= _rank(current)):
        wanted = replace(same, active=desired.active, guidance=desired.guidance)
        return None if same == wanted else VersionStep(observed=same, desired=wanted)
    newest = max(published, key=_rank, default=None)
    if len(published) >= _VERSIONS:
        message = f"there are {len(published)} versions, {_VERSIONS} are the most"
        return _Clash(
            rule="P603",
            message=message,
            hint="before new content: set retention, sync, then sync --prune takes old ones away",
        )
    if newest is None or _rank(desired) > _rank(newest):
        return VersionStep(observed=None, desired=desired)
    hint = f"a published version never changes; raise version above {newest.version}"
    if any(it.version == desired.version and it is not same for it in published):
        message = f"version '{desired.version}' is already published with other content"
        return _Clash(rule="P601", message=message, hint=hint)
    message = f"version '{desired.version}' goes back behind the published '{newest.version}'"
    return _Clash(rule="P602", message=message, hint=hint)


def _rank(artifact: ProvisioningArtifact) -> tuple[object, ...]:
    return precedence(artifact.version)


def _problem(where: Where, clash: _Clash, products: list[str]) -> Problem:
    first, *more = sorted(products)
    names = first if not more else f"{first} and {len(more)} more"
    return Problem(
        rule=clash.rule,
        where=where,
        message=f"{clash.message}: {names}",
        hint=clash.hint,
    )


def _product_file(desired: Catalog, product: str) -> Where:
    resource = desired.resources.get(("product", product))
    family = resource.family if isinstance(resource, Product) else product
    return Where(path=f"products/{family}/product.yaml")
