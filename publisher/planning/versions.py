"""The version of a product's content. The content of a published version never changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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

# The rule of new content under the name of a published version.
SAME_VERSION = "P601"


@dataclass(frozen=True, kw_only=True)
class VersionStep:
    """A version to publish (`observed` is None), or one whose Active and Guidance change."""

    observed: ProvisioningArtifact | None
    desired: ProvisioningArtifact


@dataclass(frozen=True, kw_only=True)
class _Conflict:
    rule: str
    message: str
    hint: str


def resolve_versions(
    desired: Catalog,
    published: Mapping[str, Iterable[ProvisioningArtifact]],
    version_lines: Mapping[str, Where],
) -> Iterator[VersionStep]:
    """The steps for each desired version, from all published ones by product.

    Raises InputError with every conflict before anything is yielded.
    """
    steps: list[VersionStep] = []
    unlimited = Retention()
    conflicts: defaultdict[tuple[Where, _Conflict], list[str]] = defaultdict(list)
    for version in (it for it in desired if isinstance(it, ProvisioningArtifact)):
        there = tuple(published.get(version.product, ()))
        retention = desired.retention.get(version.product, unlimited)
        match _resolve_version(version, there, retention):
            case _Conflict() as conflict:
                where = version_lines.get(version.product) or _product_file(desired, version.product)
                conflicts[where, conflict].append(version.product)
            case step:
                steps += _aged(retention, there, step)
    if conflicts:
        raise InputError.of(
            _problem(where, conflict, names) for (where, conflict), names in conflicts.items()
        )
    yield from steps


def unpublished(
    desired: Catalog, published: Mapping[str, Iterable[ProvisioningArtifact]]
) -> tuple[tuple[str, str], ...]:
    """(family, version) of each state in `versions` that no product of the family has, or will have.

    Versions lower than all published ones are pruned, or older than this target.
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
    """The desired catalog with each service action on every version that its product has, or will have."""
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


def compared_with(published: Collection[ProvisioningArtifact]) -> ProvisioningArtifact | None:
    """What new content of a product is compared with: the newest launchable version, else the newest."""
    return _newest(it for it in published if it.launchable) or _newest(published)


def versions_of(observed: Catalog) -> Mapping[str, list[ProvisioningArtifact]]:
    """The published versions by product."""
    published: defaultdict[str, list[ProvisioningArtifact]] = defaultdict(list)
    for resource in observed:
        if isinstance(resource, ProvisioningArtifact):
            published[resource.product].append(resource)
    return published


def _aged(
    retention: Retention, published: tuple[ProvisioningArtifact, ...], step: VersionStep | None
) -> Iterator[VersionStep]:
    """The step, and the states that retention gives to all versions after it; the oldest first."""
    before = {it.version: it for it in published}
    changed = {step.desired.version: step.desired} if step else {}
    for version in reversed(retention.applied((before | changed).values())):
        there = before.get(version.version)
        if version != there:
            yield VersionStep(observed=there, desired=version)


def _resolve_version(
    desired: ProvisioningArtifact, published: tuple[ProvisioningArtifact, ...], retention: Retention
) -> VersionStep | _Conflict | None:
    """Compares with the newest launchable version: older content needs a new version, too."""
    if any(it.artifact_type != desired.artifact_type for it in published):
        message = f"the type of a published product cannot become {desired.artifact_type}"
        return _Conflict(rule="P604", message=message, hint="create a new family, and retire this one")
    if published and retention.retire:
        return None
    same = _newest(it for it in published if it.short_digest == desired.short_digest)
    current = _newest(it for it in published if it.launchable)
    if same is not None and (current is None or _rank(same) >= _rank(current)):
        restored = replace(same, active=desired.active, guidance=desired.guidance)
        return None if same == restored else VersionStep(observed=same, desired=restored)
    newest = _newest(published)
    if newest is None or _rank(desired) > _rank(newest):
        return VersionStep(observed=None, desired=desired)
    hint = f"a published version never changes; raise version above {newest.version}"
    if any(it.version == desired.version and it is not same for it in published):
        message = f"version '{desired.version}' is already published with other content"
        return _Conflict(rule=SAME_VERSION, message=message, hint=hint)
    message = f"version '{desired.version}' is lower than the published '{newest.version}'"
    return _Conflict(rule="P602", message=message, hint=hint)


def _newest(versions: Iterable[ProvisioningArtifact]) -> ProvisioningArtifact | None:
    return max(versions, key=_rank, default=None)


def _rank(artifact: ProvisioningArtifact) -> tuple[object, ...]:
    return precedence(artifact.version)


def _problem(where: Where, conflict: _Conflict, products: list[str]) -> Problem:
    first, *more = sorted(products)
    names = first if not more else f"{first} and {len(more)} more"
    return Problem(
        rule=conflict.rule,
        where=where,
        message=f"{conflict.message}: {names}",
        hint=conflict.hint,
        products=(first, *more),
    )


def _product_file(desired: Catalog, product: str) -> Where:
    resource = desired.resources.get(("product", product))
    family = resource.family if isinstance(resource, Product) else product
    return Where(path=f"products/{family}/product.yaml")
