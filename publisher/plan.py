"""The difference between the catalog the files ask for and the one a target holds. Pure: no I/O, no ids."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, assert_never

from publisher.errors import InputError, Problem, Refused, Where
from publisher.model import (
    BudgetAssociation,
    Catalog,
    Constraint,
    Key,
    Launch,
    LaunchConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    StackSetConstraint,
    Stranger,
    TagOption,
    TagOptionAssociation,
    precedence,
)
from publisher.pruning import Surplus, outlived, recipients, surplus, unseen
from publisher.retirement import retired, without_gone
from publisher.versions import VersionStep, on_every_version, settle

Widening = Literal["delete", "launch-role", "principal-pattern", "share"]
Phase = tuple[int, int]
_NOWHERE: Mapping[str, Where] = MappingProxyType({})


@dataclass(frozen=True)
class Create:
    """Something the files ask for and the target lacks. `needs` is the --allow kind that permits it."""

    desired: Resource
    needs: Widening | None = None


@dataclass(frozen=True)
class Update:
    """Something that is there, and differs."""

    observed: Resource
    desired: Resource
    needs: Widening | None = None


@dataclass(frozen=True)
class Delete:
    """Something of ours that the files do not ask for. What is `used_by` anybody is refused.

    `unseen_in` has with whom it is shared: launches there are not to be seen from here.
    """

    observed: Resource
    needs: Widening | None = "delete"
    used_by: tuple[str, ...] = ()
    unseen_in: tuple[str, ...] = ()


Change = Create | Update | Delete


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do at one target, in order. `left_alone` is ours but not in the files; nothing touches it.

    `strangers` are in our portfolios and not ours. `asked` and `found` are the digests of what the plan was
    made from: the desired and the observed catalog.
    """

    target: str
    changes: tuple[Change, ...] = ()
    left_alone: tuple[Surplus, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    asked: str = ""
    found: str = ""

    @cached_property
    def digest(self) -> str:
        """64 hex digits over the target and every change, with all that they hold."""
        return _digest(self._content())

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
            "strangers": [asdict(it) for it in self.strangers],
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
    steps = tuple(settle(wanted, versions, published, version_lines))
    wanted = on_every_version(wanted, published, steps)
    leaving = {it.resource.key: it for it in retired(desired, observed, launches)}
    changes = [*_diff(wanted, observed), *_version_changes(steps)]
    changes += [Delete(it.resource, used_by=it.used_by) for it in leaving.values()]
    undesired = [it for it in surplus(wanted, observed, launches) if it.resource.key not in leaving]
    old: list[Surplus] = []
    if prune:
        old = list(outlived(desired, observed, {it.desired.key for it in steps}, launches))
        unused = [it for it in old if not it.used_by]
        changes += [Delete(it.resource, used_by=it.used_by) for it in (*undesired, *unused)]
        undesired, old = [], [it for it in old if it.used_by]
    gone = {it.resource.key for it in undesired}
    left_alone = [it for it in (*undesired, *old) if gone.isdisjoint(it.resource.requires)]
    return Plan(
        target=target,
        changes=tuple(sorted(_completed(changes, observed), key=_order)),
        left_alone=tuple(sorted(left_alone, key=lambda it: it.resource.key)),
        strangers=observed.strangers,
        asked=catalog_digest(desired),
        found=catalog_digest(observed),
    )


def _completed(changes: Collection[Change], observed: Catalog) -> Iterator[Change]:
    """The changes; deletes know of whom nothing is seen, and of TagOptions which association is the last."""
    shared = recipients(observed)
    leaving = {it.observed.key for it in changes if isinstance(it, Delete)}
    last = {
        it.observed.requires[1]: it.observed.key
        for it in sorted(changes, key=_order)
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
    resources = [(it.kind, it.key, _document(it)) for _, it in sorted(catalog.resources.items())]
    retention = {product: asdict(it) for product, it in catalog.retention.items()}
    return _digest([resources, retention, [asdict(it) for it in catalog.strangers]])


def document_digest(document: Mapping[str, Any]) -> str:
    """The digest of a plan that has been written as a document."""
    return _digest({name: document[name] for name in ("target", "changes")})


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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
            yield Create(resource, _widening(resource, None, observed))
        elif there != resource:
            yield Update(there, resource, _widening(resource, there, observed))


def _version_changes(steps: Iterable[VersionStep]) -> Iterator[Change]:
    for step in steps:
        yield Create(step.desired) if step.observed is None else Update(step.observed, step.desired)


def _widening(resource: Resource, there: Resource | None, observed: Catalog) -> Widening | None:
    """The kind of permission a change needs; none inside a portfolio that is itself still new."""
    match resource:
        case LaunchConstraint() | StackSetConstraint() if there is not None:
            new = _is_new(resource.portfolio, observed)
            return None if new or not _reaches_further(resource, there) else "launch-role"
        case Principal(principal_type="IAM_PATTERN"):
            return None if _is_new(resource.portfolio, observed) else "principal-pattern"
        case PortfolioShare():
            return (
                "share"
                if _shares_more(resource, there) and not _is_new(resource.portfolio, observed)
                else None
            )
        case _:
            return None


def _reaches_further(resource: LaunchConstraint | StackSetConstraint, there: Resource) -> bool:
    """Whether launches run as another role than before, or get to places where they did not."""
    match resource, there:
        case LaunchConstraint(), LaunchConstraint():
            return (there.role_arn, there.local_role_name) != (resource.role_arn, resource.local_role_name)
        case StackSetConstraint(), StackSetConstraint():
            roles = (there.admin_role, there.execution_role) != (resource.admin_role, resource.execution_role)
            places = {*resource.account_list} - {*there.account_list} or (
                {*resource.region_list} - {*there.region_list}
            )
            control = (there.stack_instance_control, resource.stack_instance_control)
            return roles or bool(places) or control == ("NOT_ALLOWED", "ALLOWED")
        case _:
            return True


def _shares_more(share: PortfolioShare, there: Resource | None) -> bool:
    if not isinstance(there, PortfolioShare):
        return True
    return (share.share_principals and not there.share_principals) or (
        share.share_tag_options and not there.share_tag_options
    )


def _is_new(portfolio: str, observed: Catalog) -> bool:
    there = observed.resources.get(("portfolio", portfolio))
    return not isinstance(there, Portfolio) or there.unfinished


def subject(change: Change) -> Resource:
    """What a change is about: the resource as it is meant to be, or as it was."""
    match change:
        case Create(desired) | Update(_, desired):
            return desired
        case Delete(observed):
            return observed
        case _:
            assert_never(change)


def phase(change: Change) -> Phase:
    """Changes of one phase may run in parallel; a phase begins when the one before it has ended."""
    match change:
        case Update(Portfolio(unfinished=True), _):
            return (1, 0)
        case Create(desired) | Update(_, desired):
            return (0, _step(desired))
        case Delete(TagOption()):
            # Right after what has it: what comes later takes away the mark that it is to go.
            return (2, -4)
        case Delete(observed):
            return (2, -_step(observed))
        case _:
            assert_never(change)


def _step(resource: Resource) -> int:
    """Principals and shares come last: nobody can launch a product before its constraints hold."""
    match resource:
        case TagOption() | ServiceAction():
            return 0
        case Portfolio():
            return 1
        case Product() | ProvisioningArtifact():
            return 2
        case ProductAssociation() | ServiceActionAssociation():
            return 3
        case TagOptionAssociation() | BudgetAssociation():
            return 5
        case Constraint():
            return 6
        case Principal():
            return 7
        case PortfolioShare():
            return 8
        case _:
            assert_never(resource)


def lane(change: Change) -> Key:
    """Changes of one lane run one after the other.

    Several versions of one product in parallel get lost; an account takes one action on shares at a time.
    """
    match subject(change):
        case ProvisioningArtifact() as version:
            return ("product", version.product)
        case PortfolioShare():
            return ("portfolio-share",)
        case resource:
            return resource.key


def _order(change: Change) -> tuple[Phase, Key, tuple[object, ...]]:
    match subject(change):
        case ProvisioningArtifact() as version:
            within = precedence(version.version)
        case PortfolioShare() as share:
            within = share.key
        case _:
            within = ()
    return phase(change), lane(change), within


def differences(change: Update) -> Iterator[tuple[str, object, object]]:
    """(field, observed value, desired value) of every field that an update changes."""
    for name in _document(change.desired):
        before, after = getattr(change.observed, name, ""), getattr(change.desired, name)
        if before != after:
            yield name, before, after


def change_document(change: Change) -> dict[str, Any]:
    """The JSON shape of one change."""
    match change:
        case Create(desired):
            action, before, after = "create", {}, _document(desired)
        case Update(observed, desired):
            action, before, after = "update", _document(observed), _document(desired)
        case Delete(observed):
            action, before, after = "delete", _document(observed), {}
        case _:
            assert_never(change)
    about = subject(change)
    document = {"action": action, "resource": about.kind, "key": list(about.key)}
    used = (
        {"used_by": list(change.used_by), "unseen_in": list(change.unseen_in)}
        if isinstance(change, Delete)
        else {}
    )
    return document | {"before": before, "after": after, "needs": change.needs} | used


def _document(resource: Resource) -> dict[str, Any]:
    values = {field.name: getattr(resource, field.name) for field in fields(resource)}
    typed = {"type": resource.type} if isinstance(resource, Constraint) else {}
    return typed | values | ({"tags": dict(values["tags"])} if "tags" in values else {})
