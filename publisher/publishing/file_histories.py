"""The versions of the products of the files, with what each changed: those before them are in git."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from publisher.declarations.form import PRODUCTS
from publisher.declarations.product import Family
from publisher.errors import InputError, counted, excerpt
from publisher.model import Catalog, Product, ProvisioningArtifact, Retention
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.publishing.family_changes import Side, changes_of
from publisher.publishing.git_objects import FamilyRevision, History
from publisher.publishing.project import Project
from publisher.publishing.release import CHANGELOG, entry_of, present_text
from publisher.publishing.revisions import SHORT, Revisions, named
from publisher.templates.render import Rendered

FILES = "files"
# The newest of a family that are compared: each renders all of its products.
_COMPARED = 10
_LONGEST, _LONGEST_ENTRY = 300, 20_000


def file_histories(root: Path, project: Project, catalog: Catalog) -> dict[str, ProductHistory]:
    """The histories of the products in a catalog of the files.

    What git does not have, or what cannot be rendered any more, is a note, and no error.
    """
    products = [it.name for it in catalog if isinstance(it, Product)]
    families = {it.family.name: it.family for it in project.repository.variants if it.key in set(products)}
    with Revisions(root) as revisions:
        try:
            past = revisions.history({name: it.version for name, it in families.items()})
            note = "older versions may be missing: this clone is shallow" if past.shallow else ""
        except InputError as error:
            past, note = History(), excerpt(f"older versions are unknown: {error}", _LONGEST)
        lines = [
            _Line(
                family=family,
                rendered={
                    key: it
                    for key, it in project.rendered.items()
                    if it.family == family.name and key in set(products)
                },
                releases=past.found.get(family.name, ()),
                revisions=revisions,
                changelog=_changelog(root, family),
                notes=[note] if note else [],
            )
            for family in families.values()
        ]
        pairs = (pair for line in lines for pair in line.pairs())
        expected = sum(len(it.rendered) * min(len(it.releases), _COMPARED) for it in lines)
        changed = {(it.product, it.after): it for it in changes_of(pairs, expected=expected)}
    return {
        product: ProductHistory(
            product=product,
            versions=tuple(
                ProductVersion(
                    artifact=it,
                    place=place,
                    changed=changed.get((product, it.version)),
                    entry=excerpt(entry_of(line.changelog, it.version), _LONGEST_ENTRY),
                )
                for it, place in line.versions(catalog, product)
            ),
            current=line.family.version,
            template=one.template if one.archive is None else None,
            notes=(*([line.edited[product]] if product in line.edited else []), *line.notes),
        )
        for line in lines
        for product, one in line.rendered.items()
    }


def _changelog(root: Path, family: Family) -> str:
    """The family's changelog; nothing where it cannot be read: `release` says why."""
    try:
        return present_text(root, f"{PRODUCTS}/{family.folder.name}/{CHANGELOG}")
    except InputError:
        return ""


@dataclass(kw_only=True)
class _Line:
    """A family's releases, the newest first, and what has been found of its products while they were read."""

    family: Family
    rendered: Mapping[str, Rendered]
    releases: Sequence[FamilyRevision]
    revisions: Revisions
    changelog: str
    notes: list[str]
    older: dict[str, list[Side]] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)

    def pairs(self) -> Iterator[tuple[Side | None, Side | None]]:
        """Each product's version before and after each release. Only two releases are held at a time."""
        after: Mapping[str, Side] = {key: Side.of(it, FILES) for key, it in self.rendered.items()}
        older = [it for it in self.releases if it.version != self.family.version]
        for own in (it for it in self.releases if it not in older):
            words = f"the files were edited after {named(own)}, which set their version"
            self.edited = dict.fromkeys(self._edited_since(own), words)
        for release in older[:_COMPARED]:
            before = self._sides(release)
            yield from ((before.get(key), side) for key, side in after.items())
            after = before
        if len(older) > _COMPARED:
            count = counted(len(older) - _COMPARED, "older version")
            self.notes.append(f"{count} not shown: {named(older[_COMPARED])} and before")

    def versions(self, catalog: Catalog, product: str) -> Iterator[tuple[ProvisioningArtifact, str]]:
        """The versions of a product in the states that the files give them, with the place of each."""
        own = catalog.resources["provisioning-artifact", product, self.family.version]
        assert isinstance(own, ProvisioningArtifact)
        found = {own.version: (own, FILES)}
        for it in self.older.get(product, ()):
            found[it.version] = replace(own, version=it.version, digest=it.digest, description=""), it.place
        retention = catalog.retention.get(product, Retention())
        for state in retention.applied(it for it, _ in found.values()):
            yield state, found[state.version][1]

    def _edited_since(self, release: FamilyRevision) -> Iterator[str]:
        """The products that the files have with another content than the revision that set their version."""
        try:
            if not self.revisions.changed_files(self.family.folder.name, release.commit):
                return
            there = self.revisions.rendered(release.commit, [self.family.name])
        except InputError:
            return
        digests = {it.product: it.digest for it in there}
        yield from (key for key, it in self.rendered.items() if digests.get(key) != it.digest)

    def _sides(self, release: FamilyRevision) -> Mapping[str, Side]:
        """The products of a release, which are remembered without their templates."""
        place = f"revision {release.commit[:SHORT]}"
        try:
            rendered = self.revisions.rendered(release.commit, [self.family.name])
        except InputError as error:
            reason = excerpt(str(error), _LONGEST)
            self.notes.append(reason)
            sides = [
                Side(
                    product=key,
                    family=self.family.name,
                    version=release.version,
                    place=place,
                    digest="",
                    template=None,
                    unknown=reason,
                )
                for key in self.rendered
            ]
        else:
            sides = [Side.of(it, place) for it in rendered]
        for side in sides:
            self.older.setdefault(side.product, []).append(replace(side, template=None))
        return {it.product: it for it in sides}
