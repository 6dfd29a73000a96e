"""The difference between the desired and the observed catalog of a target. Pure: no I/O, no ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from publisher.documents import sha256_of
from publisher.errors import InputError, Problem, PublisherError, Refused, Where, and_more, command
from publisher.model import (
    Catalog,
    Key,
    Launch,
    Portfolio,
    Product,
    ProvisioningArtifact,
    Resource,
    ServiceActionAssociation,
    StoredTemplate,
    Unmanaged,
    plain_name,
)
from publisher.planning.access_expansion import access_expansion
from publisher.planning.changes import (
    LEFT_TO_OTHERS,
    Change,
    Create,
    Delete,
    Finish,
    Update,
    change_document,
    order,
    resource_document,
    subject,
    subjects,
)
from publisher.planning.held_up import HeldUp
from publisher.planning.project_templates import with_project_templates
from publisher.planning.pruning import (
    PruneCandidate,
    past_retention,
    prune_candidates,
    recipients,
    tag_option_holders,
    unseen,
)
from publisher.planning.quota_uses import QuotaUse, quota_uses
from publisher.planning.retirement import retired, without_absent
from publisher.planning.template_changes import (
    ComparedVersion,
    TemplateChanges,
    UncomparedVersion,
    compared,
)
from publisher.planning.unfit_roles import UnfitRole
from publisher.planning.versions import (
    VersionStep,
    on_every_version,
    resolve_versions,
    unpublished,
    versions_of,
)

_NOWHERE: Mapping[str, Where] = MappingProxyType({})
_NOTHING = HeldUp()
# What the digest of a plan covers.
_COVERED = ("target", "changes", "template_changes", "uncompared")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something outside the catalog that does not exist; the resources of the changes that name it."""

    message: str
    hint: str
    resources: tuple[Resource, ...]

    @property
    def label(self) -> tuple[str, str]:
        """The kind and the label of the first resource."""
        return self.resources[0].kind, self.resources[0].label

    def document(self) -> dict[str, str]:
        """Its JSON shape."""
        kind, label = self.label
        return {"kind": kind, "label": label, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The changes of one target, in order. `kept` are managed resources that the files do not declare,
    `duplicates` versions that have the name of a younger one of their product. `iam_unread`: IAM could not
    say which principals are dead.

    `unpublished` has the (family, version) of states in the files for versions that were never published.
    `compared` are the new versions of published products; each is in `template_changes`, which has what they
    change, or in `uncompared`, once the published templates are read.
    The digests are those of the catalogs that the plan was made from. It changes nothing that is `held_up`.
    When it is `blocked`, or something is `missing`, a sync cannot apply it. `unknown` is what could not be
    looked up.
    `roles` are launch roles that are not as they should be. `left` are changes of what is somebody else's
    that a run does not make, as nobody allowed them. `uses` are the quotas that the changes add to.
    """

    target: str
    changes: tuple[Change, ...] = ()
    kept: tuple[PruneCandidate, ...] = ()
    duplicates: tuple[ProvisioningArtifact, ...] = ()
    iam_unread: bool = False
    unmanaged: tuple[Unmanaged, ...] = ()
    unpublished: tuple[tuple[str, str], ...] = ()
    compared: tuple[ComparedVersion, ...] = ()
    template_changes: tuple[TemplateChanges, ...] = ()
    uncompared: tuple[UncomparedVersion, ...] = ()
    desired_digest: str = ""
    observed_digest: str = ""
    held_up: HeldUp = _NOTHING
    blocked: PublisherError | None = None
    missing: tuple[Missing, ...] = ()
    unknown: tuple[str, ...] = ()
    roles: tuple[UnfitRole, ...] = ()
    left: tuple[Change, ...] = ()
    uses: tuple[QuotaUse, ...] = ()

    @cached_property
    def digest(self) -> str:
        """64 hex digits over the target and the contents of every change, with what templates change."""
        return sha256_of(self._content())

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/sync.md."""
        return self._content() | {
            "digest": self.digest,
            "desired_digest": self.desired_digest,
            "observed_digest": self.observed_digest,
            "kept": [
                {"resource": it.resource.kind, "key": list(it.resource.key), "used_by": list(it.used_by)}
                for it in self.kept
            ],
            "iam_unread": self.iam_unread,
            "duplicates": [{"product": it.product, "version": it.version} for it in self.duplicates],
            "unmanaged": [asdict(it) for it in self.unmanaged],
            "unpublished": [{"family": family, "version": version} for family, version in self.unpublished],
            "held_up": self.held_up.document(),
            "blocked": self.blocked.document() if self.blocked else None,
            "missing": [it.document() for it in self.missing],
            "unknown": list(self.unknown),
            "roles": [it.document() for it in self.roles],
            "left": [change_document(it) for it in self.left],
        }

    def _content(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "changes": [change_document(it) for it in sorted((*self.changes, *self.left), key=order)],
            "template_changes": [it.document() for it in self.template_changes],
            "uncompared": [it.document() for it in self.uncompared],
        }

    def refuse_unallowed(self, allowed: Collection[str]) -> None:
        """Raises Refused when a change needs an --allow kind that is not `allowed`."""
        permitted = {None, *allowed, *LEFT_TO_OTHERS}
        unallowed = [change for change in self.changes if change.needs not in permitted]
        if unallowed:
            kinds = sorted({change.needs for change in unallowed if change.needs})
            first = subject(unallowed[0])
            more = f", and {len(unallowed) - 1} more" if len(unallowed) > 1 else ""
            options = " ".join(f"--allow {it}" for it in kinds)
            raise Refused(
                f"{self.target}: {first.kind} {first.label} needs --allow {unallowed[0].needs}{more}",
                hint=f"nothing was written; if this is intended, add {options}",
            )

    def leaving(self, allowed: Collection[str]) -> Plan:
        """The plan as a run applies it: without what it leaves to others, unless that is `allowed`."""
        left = tuple(it for it in self.changes if it.needs in LEFT_TO_OTHERS.difference(allowed))
        return replace(self, changes=tuple(it for it in self.changes if it not in left), left=left)

    def refuse_missing(self) -> None:
        """Raises Refused when a change names something that does not exist."""
        for it in self.missing[:1]:
            more = f", and {len(self.missing) - 1} more" if len(self.missing) > 1 else ""
            raise Refused(
                f"{self.target}: {' '.join(it.label)}: {it.message}{more}",
                hint=f"nothing was written; {it.hint}",
            )

    @property
    def unlaunchable(self) -> list[UnfitRole]:
        """The roles because of which launches of what is published would fail."""
        return [role for role in self.roles if role.published and role.stops_launches]

    def refuse_unlaunchable(self) -> None:
        """Raises Refused when a new version, or a product with a new role, could not be launched."""
        if found := self.unlaunchable:
            first, more = found[0], f", and {len(found) - 1} more" if len(found) > 1 else ""
            raise Refused(
                f"{self.target}: launch role {first.name} of {and_more(first.published)} {first}{more}",
                hint=f"nothing was written; run {command('bootstrap')} first, or "
                f"{command('sync', '--bootstrap')}",
            )

    def refuse_used(self) -> None:
        """Raises Refused when a resource to delete is in use."""
        used = [change for change in self.changes if isinstance(change, Delete) and change.used_by]
        if used:
            # The last one contains the others.
            *more, last = used
            others = sum(type(it.observed) is type(last.observed) for it in more)
            about = f"{last.observed.kind} {last.observed.label} is used by {', '.join(last.used_by)}"
            raise Refused(
                f"{self.target}: {about}" + (f", and {others} more" if others else ""),
                hint="nothing was written; terminate or move these first, or do not delete it "
                "(--prune, or retire in product.yaml)",
            )


def plan(
    desired: Catalog,
    observed: Catalog,
    *,
    target: str,
    version_lines: Mapping[str, Where] = _NOWHERE,
    prune: bool = False,
    launches: Collection[Launch] = (),
    held_up: HeldUp = _NOTHING,
) -> Plan:
    """The changes that turn observed into desired. `version_lines`: where each product's version is set.

    With `prune` also deletes everything else that is managed, except versions that `launches` use; retired
    products are deleted without it. What is `held_up`, which is not in desired, stays as it is. Raises
    InputError when a published version would get other content.
    """
    observed_digest = catalog_digest(observed)
    observed = held_up.undisturbed(observed)
    present = without_absent(desired, observed)
    _check_every_product_has_a_version(present)
    _check_support_urls(present, observed, version_lines)
    published = versions_of(observed)
    steps = tuple(resolve_versions(present, published, version_lines))
    complete = on_every_version(present, published, steps)
    complete = with_project_templates(complete, observed, published, steps)
    staying = held_up.resources(complete, observed)
    complete = replace(complete, resources={**complete.resources, **staying})
    held_up, complete = held_up.without_more_access(complete, observed)
    retiring = {it.resource.key: it for it in retired(desired, observed, launches)}
    new = [it.desired for it in steps if it.observed is None]
    changes = [*_diff(complete, _without_pending_tags(observed, present), new)]
    changes += _version_changes(steps, observed)
    kept = [it for it in prune_candidates(complete, observed, launches) if it.resource.key not in retiring]
    deleted = [*retiring.values()]
    if prune:
        old = list(past_retention(desired, observed, {it.desired.key for it in steps}, launches))
        deleted += [*kept, *(it for it in old if not it.used_by)]
        kept = [it for it in old if it.used_by]
    changes += _deletes(deleted, observed)
    # What a kept resource contains is not listed.
    keys = {it.resource.key for it in kept}
    kept = [it for it in kept if keys.isdisjoint(it.resource.requires)]
    return Plan(
        target=target,
        changes=tuple(sorted(changes, key=order)),
        kept=tuple(sorted(kept, key=lambda it: it.resource.key)),
        duplicates=tuple(_duplicates(observed, changes)),
        unmanaged=observed.unmanaged,
        unpublished=unpublished(desired, published),
        compared=compared(steps, published),
        desired_digest=catalog_digest(desired),
        observed_digest=observed_digest,
        held_up=held_up,
        uses=tuple(quota_uses(observed, sorted(changes, key=order))),
    )


def _deletes(candidates: Collection[PruneCandidate], observed: Catalog) -> Iterator[Delete]:
    """The deletions, each with what it deletes, too.

    A TagOption includes its last association, a version its service actions, a product its versions.
    """
    shared = recipients(observed)
    deleted = {it.resource.key for it in candidates}
    last = {key: some[-1] for key, some in tag_option_holders(observed).items() if key in deleted}
    includes: defaultdict[Key, list[Resource]] = defaultdict(list, {key: [it] for key, it in last.items()})
    for resource in observed:
        if isinstance(resource, ProvisioningArtifact | ServiceActionAssociation):
            includes[resource.requires[0]] += [resource] if resource.key not in deleted else []
    included = {it.key for it in last.values()}
    for it in candidates:
        if it.resource.key not in included:
            yield Delete(
                it.resource,
                used_by=it.used_by,
                unseen_in=unseen(it.resource, shared),
                includes=tuple(sorted(includes[it.resource.key], key=lambda each: each.key)),
            )


def _duplicates(observed: Catalog, changes: Iterable[Change]) -> Iterator[ProvisioningArtifact]:
    deleted = {it.key for change in changes if isinstance(change, Delete) for it in subjects(change)}
    for key, resource in sorted(observed.resources.items()):
        if not isinstance(resource, ProvisioningArtifact) or key in deleted:
            continue
        if plain_name(resource.version) != resource.version:
            yield resource


def _without_pending_tags(observed: Catalog, desired: Catalog) -> Catalog:
    """The observed catalog without the tags of interrupted deletions that are still to be done."""
    resources = dict(observed.resources)
    for option, (owner, tag) in observed.interrupted.items():
        match resources.get(owner):
            case (Portfolio() | Product()) as resource if option not in desired:
                tags = tuple(it for it in resource.tags if it[0] != tag)
                resources[owner] = replace(resource, tags=tags)
    return replace(observed, resources=resources)


def catalog_digest(catalog: Catalog) -> str:
    """64 hex digits over the contents of a catalog, whatever their order."""
    resources = [(it.kind, it.key, resource_document(it)) for _, it in sorted(catalog.resources.items())]
    retention = {product: asdict(it) for product, it in catalog.retention.items()}
    runs = [sorted(it) for it in (catalog.unfinished, catalog.used_elsewhere, catalog.interrupted.items())]
    return sha256_of([resources, retention, [asdict(it) for it in catalog.unmanaged], *runs])


def document_digest(document: Mapping[str, Any]) -> str:
    """The digest of a plan document."""
    return sha256_of({name: document[name] for name in _COVERED})


def _check_every_product_has_a_version(desired: Catalog) -> None:
    """CreateProduct requires a first version."""
    versioned = {it.product for it in desired if isinstance(it, ProvisioningArtifact)}
    for resource in desired:
        if isinstance(resource, Product) and resource.name not in versioned:
            raise InputError(f"product '{resource.name}' has no version", hint="add a template")


def _check_support_urls(desired: Catalog, observed: Catalog, lines: Mapping[str, Where]) -> None:
    """UpdateProduct rejects an empty SupportUrl.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
    """
    problems = [
        Problem(
            rule="P605",
            where=lines.get(resource.name) or Where(path=f"products/{resource.family}/product.yaml"),
            message=f"support_url of the published product '{resource.name}' cannot be removed",
            hint=f"set support_url: {before.support_url}, or another URL",
            products=(resource.name,),
        )
        for resource in desired
        if isinstance(resource, Product) and not resource.support_url
        for before in (observed.resources.get(resource.key),)
        if isinstance(before, Product) and before.support_url
    ]
    if problems:
        raise InputError.of(problems)


def _diff(desired: Catalog, observed: Catalog, new: Collection[ProvisioningArtifact]) -> Iterator[Change]:
    """The changes of everything but published products' versions. `new` versions need their templates."""
    first = {it.product: it for it in new if ("product", it.product) not in observed}
    needed = {key for it in new for key in it.requires}
    for resource in desired:
        before = observed.resources.get(resource.key)
        if isinstance(resource, Portfolio) and (before is None or resource.key in observed.unfinished):
            yield Finish(resource)
        match resource:
            case ProvisioningArtifact():
                continue
            case StoredTemplate() if resource.key not in needed:
                continue
            case Product() if before is None:
                yield Create(resource, includes=(first[resource.name],))
            case _ if before is None:
                yield Create(resource, access_expansion(resource, None, observed))
            case _ if before != resource:
                yield Update(before, resource, access_expansion(resource, before, observed))


def _version_changes(steps: Iterable[VersionStep], observed: Catalog) -> Iterator[Change]:
    """The changes of published products' versions."""
    for step in steps:
        if step.observed is not None:
            yield Update(step.observed, step.desired)
        elif ("product", step.desired.product) in observed:
            yield Create(step.desired)
