"""Where `diff` finds templates: in the files, in a git revision, among what a target has published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from publisher.catalog import ServiceCatalog
from publisher.declarations import Variant
from publisher.errors import InputError, quoted
from publisher.model import Catalog, Product, ProvisioningArtifact, precedence, step_between
from publisher.planning.versions import compared_with
from publisher.publishing.family_changes import Side
from publisher.publishing.project import render_products
from publisher.publishing.revisions import SHORT, Revisions
from publisher.stopping import Pool

TREE, PUBLISHED = "tree", "published"


class DiffSources:
    """The templates of the products that match the globs. `connect` opens a target, when it is needed.

    With an `account` a version is one that is published there, without one that of a git revision.
    """

    def __init__(
        self,
        root: Path,
        globs: Sequence[str],
        revisions: Revisions,
        *,
        connect: Callable[[], ServiceCatalog],
        account: bool,
    ) -> None:
        self._root, self._globs, self._revisions = root, globs, revisions
        self._connect, self._account = connect, account

    def sides(self, name: str) -> tuple[Side, ...]:
        """`tree`, `published`, a version, or a git revision. Raises InputError for what is none of these."""
        if name == TREE:
            return self.tree
        if name == PUBLISHED:
            return self._published(compared_with)
        if self._account:
            chosen = self._published(lambda some: next((it for it in some if it.version == name), None))
            if chosen:
                return chosen
        elif step_between(name, name) and (released := self._released(name)):
            return released
        try:
            commit = self._revisions.commit(name)
        except InputError as error:
            where = "published here" if self._account else "in the git history"
            if step_between(name, name):
                raise InputError(f"version {quoted(name)} is not {where}", hint=self._hint()) from error
            raise
        return self._at(commit, self._families)

    def earlier(self, after: Iterable[Side]) -> tuple[Side, ...]:
        """What these are compared with: the newest version below, published at the account or in git.

        In git it is the revision that set their own version, if the content has changed since or none is
        below.
        """
        after = tuple(after)
        versions = {it.family: it.version for it in after}
        if self._account:
            own = {it.product: it for it in after if it.place == PUBLISHED}

            def below(some: Sequence[ProvisioningArtifact]) -> ProvisioningArtifact | None:
                to = own.get(some[0].product) if some else None
                rank = precedence(to.version) if to else None
                return compared_with([it for it in some if rank is None or precedence(it.version) < rank])

            return self._published(below)
        releases = self._revisions.below(versions)
        before = {family: self._at(it.commit, (family,)) for family, it in releases.found.items()}
        for family, it in self._revisions.of(versions).found.items():
            setting, mine = self._at(it.commit, (family,)), [side for side in after if side.family == family]
            is_itself = {side.place for side in setting} == {side.place for side in mine}
            if not is_itself and (family not in before or _contents(setting) != _contents(mine)):
                before[family] = setting
        if not before:
            lower = ", ".join(f"{family} below {version}" for family, version in sorted(versions.items()))
            shallow = "; this clone is shallow" if releases.shallow else ""
            raise InputError(
                f"git has no revision of {lower}{shallow}",
                hint="pass --from REVISION, or --from published to compare with what is published",
            )
        return tuple(side for some in before.values() for side in some)

    @cached_property
    def tree(self) -> tuple[Side, ...]:
        """The files. Raises InputError when no product matches."""
        _, rendered = render_products(self._root, of=lambda them: filter(self._matches, them), then=tuple)
        return tuple(Side.of(it, "files") for it in rendered)

    @cached_property
    def _families(self) -> tuple[str, ...]:
        """Those in the files that have such products; a revision may have others, if there are none."""
        return tuple(sorted({it.family for it in self.tree}))

    def _matches(self, variant: Variant) -> bool:
        return self._selects(variant.key)

    def _selects(self, product: str) -> bool:
        return any(fnmatchcase(product, glob) for glob in self._globs)

    def _released(self, version: str) -> tuple[Side, ...]:
        """The revisions that set this version of the families in the files, as far as there are any."""
        releases = self._revisions.of(dict.fromkeys(self._families, version)).found
        return tuple(side for family, it in releases.items() for side in self._at(it.commit, (family,)))

    def _at(self, commit: str, families: tuple[str, ...]) -> tuple[Side, ...]:
        rendered = self._revisions.rendered(commit, families, self._matches)
        return tuple(Side.of(it, f"revision {commit[:SHORT]}") for it in rendered)

    @cached_property
    def _catalog(self) -> ServiceCatalog:
        return self._connect()

    @cached_property
    def _observed(self) -> Catalog:
        return self._catalog.observe()

    @cached_property
    def _versions(self) -> Mapping[str, list[ProvisioningArtifact]]:
        found: dict[str, list[ProvisioningArtifact]] = {}
        for it in self._observed:
            if isinstance(it, ProvisioningArtifact) and self._selects(it.product):
                found.setdefault(it.product, []).append(it)
        return found

    def _published(
        self, choose: Callable[[Sequence[ProvisioningArtifact]], ProvisioningArtifact | None]
    ) -> tuple[Side, ...]:
        """The chosen version of each product, with the text of its template."""
        families = {it.name: it.family for it in self._observed if isinstance(it, Product)}
        chosen = [it for some in self._versions.values() if (it := choose(some)) is not None]
        different = {it.digest or it.product: it for it in chosen}
        with Pool() as pool:
            texts = dict(zip(different, pool.map(self._text, different.values()), strict=True))
        return tuple(
            Side(
                product=it.product,
                family=families.get(it.product) or it.product,
                version=it.version,
                place=PUBLISHED,
                digest=it.digest,
                template=texts[it.digest or it.product],
            )
            for it in chosen
        )

    def _text(self, version: ProvisioningArtifact) -> str | None:
        if version.artifact_type != "CLOUD_FORMATION_TEMPLATE":
            return None
        return self._catalog.template(version.product, version.version)

    def _hint(self) -> str:
        if not self._account:
            return "pass a git revision, or an account (--local, --profile, --target) for published versions"
        names = sorted({it.version for some in self._versions.values() for it in some}, key=precedence)
        return f"versions are {', '.join(names)}" if names else "none of these products is published"


def _contents(sides: Iterable[Side]) -> dict[str, str]:
    return {it.product: it.digest for it in sides}
