"""The difference between the catalog the files ask for and the one a target holds. Pure: no I/O, no ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from publisher.documents import sha256_of
from publisher.errors import InputError, Problem, Refused, Where
from publisher.model import Catalog, Launch, Product, ProvisioningArtifact, TagOptionAssociation, Unmanaged
from publisher.planning.access import widening
from publisher.planning.changes import (
    Change,
    Create,
    Delete,
    Update,
    change_document,
    order,
    resource_document,
    subject,
)
from publisher.planning.pruning import Surplus, past_retention, recipients, surplus, unseen
from publisher.planning.retirement import retired, without_gone
from publisher.planning.versions import VersionStep, on_every_version, resolve_versions, unpublished

_NOWHERE: Mapping[str, Where] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do at one target, in order. `left_alone` is ours but not in the files; nothing touches it.

    `strangers` are in our portfolios and not ours. `unpublished` has (family, version) of states that the
    files give to what was never published. `asked` and `found` are the digests of what the plan was
    made from: the desired and the observed catalog.
    """

    target: str
    changes: tuple[Change, ...] = ()
    left_alone: tuple[Surplus, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    unpublished: tuple[tuple[str, str], ...] = ()
    asked: str = ""
    found: str = ""

    @cached_property
    def digest(self) -> str:
        """64 hex digits over the target and every change, with all that they hold."""
        return sha256_of(self._content())

    def document(self) -> dict[str, Any]:
        """The JSON shape of cli.md."""
        return self._content() | {
            "digest": self.digest,
            "asked": self.asked,
            "found": self.found,
            "left_alone": [
                {"resource": it.resource.kind, "key": list(it.resource.key), "used_by": list(it.used_by)}
                for it in self.left_alone
            ],
            "strangers": [asdict(it) for it in self.unmanaged],
            "unpublished": [{"family": family, "version": version} for family, version in self.unpublished],
        }

    def _content(self) -> dict[str, Any]:
        return {"target": self.target, "changes": [change_document(change) for change in self.changes]}

    def refuse_unallowed(self, allowed: Collection[str]) -> None:
        """Raises Refused when a change widens access, or removes, in a way that was not allowed by name."""
        unallowed = [change for change in self.changes if change.needs and change.needs not in allowed]
        if unallowed:
            kinds = sorted({change.needs for change in unallowed if change.needs})
            first = subject(unallowed[0])
            more = f", and {len(unallowed) - 1} more" if len(unallowed) > 1 else ""
            raise Refused(
                f"{self.target}: {first.kind} {first.label} needs --allow {unallowed[0].needs}{more}",
                hint="nothing was written; if it is meant, add " + " ".join(f"--allow {it}" for it in kinds),
            )

    def refuse_used(self) -> None:
        """Raises Refused when something is to be deleted that is in use."""
        used = [change for change in self.changes if isinstance(change, Delete) and change.used_by]
        if used:
            # What goes last holds the others.
            *more, last = used
            others = sum(type(it.observed) is type(last.observed) for it in more)
            about = f"{last.observed.kind} {last.observed.label} is used by {', '.join(last.used_by)}"
            raise Refused(
                f"{self.target}: {about}" + (f", and {others} more" if others else ""),
                hint="nothing was written; terminate or move these first, or take back what deletes it: "
                "--prune, or retire in product.yaml",
            )


def plan(
    desired: Catalog,
    observed: Catalog,
    *,
    target: str,
    version_lines: Mapping[str, Where] = _NOWHERE,
    prune: bool = False,
    launches: Collection[Launch] = (),
) -> Plan:
    """What turns observed into desired. `version_lines` has, by product, where its version is written.

    With `prune` also what deletes all else that is ours, but for versions that `launches` use; what is
    retired goes without it.
    Raises InputError when a version name that is already published would get other content.
    """
    wanted = without_gone(desired, observed)
    _check_every_product_has_a_version(wanted)
    _check_addresses_stay(wanted, observed, version_lines)
    published = _published(observed)
    versions = [it for it in wanted if isinstance(it, ProvisioningArtifact)]
    steps = tuple(resolve_versions(wanted, versions, published, version_lines))
    wanted = on_every_version(wanted, published, steps)
    leaving = {it.resource.key: it for it in retired(desired, observed, launches)}
    changes = [*_diff(wanted, observed), *_version_changes(steps)]
    changes += [Delete(it.resource, used_by=it.used_by) for it in leaving.values()]
    undesired = [it for it in surplus(wanted, observed, launches) if it.resource.key not in leaving]
    old: list[Surplus] = []
    if prune:
        old = list(past_retention(desired, observed, {it.desired.key for it in steps}, launches))
        unused = [it for it in old if not it.used_by]
        changes += [Delete(it.resource, used_by=it.used_by) for it in (*undesired, *unused)]
        undesired, old = [], [it for it in old if it.used_by]
    gone = {it.resource.key for it in undesired}
    left_alone = [it for it in (*undesired, *old) if gone.isdisjoint(it.resource.requires)]
    return Plan(
        target=target,
        changes=tuple(sorted(_completed(changes, observed), key=order)),
        left_alone=tuple(sorted(left_alone, key=lambda it: it.resource.key)),
        unmanaged=observed.unmanaged,
        unpublished=unpublished(desired, published),
        asked=catalog_digest(desired),
        found=catalog_digest(observed),
    )


def _completed(changes: Collection[Change], observed: Catalog) -> Iterator[Change]:
    """The changes; deletes know of whom nothing is seen, and of TagOptions which association is the last."""
    shared = recipients(observed)
    leaving = {it.observed.key for it in changes if isinstance(it, Delete)}
    last = {
        it.observed.requires[1]: it.observed.key
        for it in sorted(changes, key=order)
        if isinstance(it, Delete) and isinstance(it.observed, TagOptionAssociation)
    }
    for change in changes:
        match change:
            case Delete(TagOptionAssociation() as association) if (
                association.requires[1] in leaving and last[association.requires[1]] == association.key
            ):
                yield replace(change, observed=replace(association, last=True))
            case Delete(resource):
                yield replace(change, unseen_in=unseen(resource, shared))
            case _:
                yield change


def catalog_digest(catalog: Catalog) -> str:
    """64 hex digits over all that a catalog holds, in whatever order."""
    resources = [(it.kind, it.key, resource_document(it)) for _, it in sorted(catalog.resources.items())]
    retention = {product: asdict(it) for product, it in catalog.retention.items()}
    return sha256_of([resources, retention, [asdict(it) for it in catalog.unmanaged]])


def document_digest(document: Mapping[str, Any]) -> str:
    """The digest of a plan that has been written as a document."""
    return sha256_of({name: document[name] for name in ("target", "changes")})


def _check_every_product_has_a_version(desired: Catalog) -> None:
    """CreateProduct takes the first version with it; there is no placeholder."""
    versioned = {it.product for it in desired if isinstance(it, ProvisioningArtifact)}
    for resource in desired:
        if isinstance(resource, Product) and resource.name not in versioned:
            raise InputError(f"product '{resource.name}' has no version", hint="give it a template")


def _check_addresses_stay(desired: Catalog, observed: Catalog, lines: Mapping[str, Where]) -> None:
    """UpdateProduct takes no SupportUrl that is empty: only another one.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
    """
    problems = [
        Problem(
            rule="P605",
            where=lines.get(resource.name) or Where(path=f"products/{resource.family}/product.yaml"),
            message=f"the published product '{resource.name}' cannot lose its support_url",
            hint=f"write support_url: {there.support_url}, or another",
        )
        for resource in desired
        if isinstance(resource, Product) and not resource.support_url
        for there in (observed.resources.get(resource.key),)
        if isinstance(there, Product) and there.support_url
    ]
    if problems:
        raise InputError.of(problems)


def _published(observed: Catalog) -> Mapping[str, list[ProvisioningArtifact]]:
    published: defaultdict[str, list[ProvisioningArtifact]] = defaultdict(list)
    for resource in observed:
        if isinstance(resource, ProvisioningArtifact):
            published[resource.product].append(resource)
    return published


def _diff(desired: Catalog, observed: Catalog) -> Iterator[Change]:
    """The changes of all but versions."""
    for resource in desired:
        if isinstance(resource, ProvisioningArtifact):
            continue
        there = observed.resources.get(resource.key)
        if there is None:
            yield Create(resource, widening(resource, None, observed))
        elif there != resource:
            yield Update(there, resource, widening(resource, there, observed))


def _version_changes(steps: Iterable[VersionStep]) -> Iterator[Change]:
    for step in steps:
        yield Create(step.desired) if step.observed is None else Update(step.observed, step.desired)
