"""What is published of each product, beside what the files declare. Compares and changes nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from publisher.model import (
    Catalog,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    precedence,
    short_digest,
)
from publisher.planning.versions import compared_with

State = Literal[
    "up to date",
    "not published",
    "not launchable",
    "files are newer",
    "files are older",
    "content differs",
    "retired",
    "in no portfolio",
    "not in the files",
]


@dataclass(frozen=True, kw_only=True)
class PublishedVersion:
    """A version at the target. `state` is that of `versions` in product.yaml."""

    version: str
    state: Literal["available", "deprecated", "inactive"]

    @classmethod
    def of(cls, artifact: ProvisioningArtifact) -> PublishedVersion:
        """The version of an observed artifact."""
        if not artifact.active:
            return cls(version=artifact.version, state="inactive")
        return cls(version=artifact.version, state="available" if artifact.launchable else "deprecated")


@dataclass(frozen=True, kw_only=True)
class ProductStatus:
    """One product in the files and at the target.

    `version` and `digest` are those of the files, empty when they do not have it; `published` the versions at
    the target, newest first; `current` the one that users launch, or else the newest. `portfolios` have the
    product at the target; `missing` are those that lack it, and `extra` those whose files do not name it.
    """

    product: str
    state: State
    version: str = ""
    digest: str = ""
    current: str = ""
    current_digest: str = ""
    published: tuple[PublishedVersion, ...] = ()
    portfolios: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    templates: tuple[ProjectTemplate, ...] = ()

    def document(self) -> dict[str, Any]:
        """Its JSON shape, of docs/sync.md."""
        return {
            "product": self.product,
            "state": self.state,
            "files": {"version": self.version, "digest": self.digest} if self.version else None,
            "current": {"version": self.current, "digest": self.current_digest} if self.current else None,
            "published": [{"version": it.version, "state": it.state} for it in self.published],
            "portfolios": list(self.portfolios),
            "missing_portfolios": list(self.missing),
            "extra_portfolios": list(self.extra),
            "project_templates": [
                {"url": it.label, "version": it.version, "visible": it.visible} for it in self.templates
            ],
        }


def product_status(
    desired: Catalog, observed: Catalog, *, declared: Collection[str] = ()
) -> Iterator[ProductStatus]:
    """The products of both catalogs, by key; `declared` are those of the files, in a portfolio or not."""
    ours, theirs = _contents(desired), _contents(observed)
    retired = {name for name, it in desired.retention.items() if it.retire}
    for name in sorted(ours.keys() | theirs.keys()):
        mine, there = ours.get(name, _Contents()), theirs.get(name, _Contents())
        version = next(iter(mine.versions), None)
        current = compared_with(there.versions)
        state = _state(version, current)
        if version is None and name in declared:
            state = "in no portfolio"
        yield ProductStatus(
            product=name,
            state="retired" if name in retired else state,
            version=version.version if version else "",
            digest=short_digest(version.digest) if version else "",
            current=current.version if current else "",
            current_digest=current.short_digest if current else "",
            published=tuple(PublishedVersion.of(it) for it in there.versions),
            portfolios=tuple(sorted(there.portfolios)),
            missing=tuple(sorted(mine.portfolios - there.portfolios)) if name in theirs else (),
            extra=tuple(sorted(there.portfolios - mine.portfolios)),
            templates=tuple(there.templates),
        )


@dataclass(frozen=True)
class _Contents:
    """What a catalog has of a product, its versions newest first."""

    versions: list[ProvisioningArtifact] = field(default_factory=list)
    portfolios: set[str] = field(default_factory=set)
    templates: list[ProjectTemplate] = field(default_factory=list)


def _contents(catalog: Catalog) -> dict[str, _Contents]:
    found = {it.name: _Contents() for it in catalog if isinstance(it, Product)}
    for it in catalog:
        if isinstance(it, ProvisioningArtifact):
            found[it.product].versions.append(it)
        elif isinstance(it, ProductAssociation) and it.product in found:
            found[it.product].portfolios.add(it.portfolio)
        elif isinstance(it, ProjectTemplate) and it.product in found:
            found[it.product].templates.append(it)
    for contents in found.values():
        contents.versions.sort(key=lambda it: precedence(it.version), reverse=True)
        contents.templates.sort(key=lambda it: (it.location.prefix, precedence(it.version)), reverse=True)
    return found


def _state(version: ProvisioningArtifact | None, current: ProvisioningArtifact | None) -> State:
    if version is None:
        return "not in the files"
    if current is None:
        return "not published"
    if current.short_digest == short_digest(version.digest):
        return "up to date" if current.launchable else "not launchable"
    ours, theirs = precedence(version.version), precedence(current.version)
    if ours == theirs:
        return "content differs"
    return "files are newer" if ours > theirs else "files are older"
