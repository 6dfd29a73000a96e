"""The products of a project as a git revision has them. Workers read them, and only from objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self, TypeVar

from publisher.declarations import Variant
from publisher.declarations.form import PRODUCTS
from publisher.declarations.repository import PRODUCT_FILE
from publisher.errors import InputError, PublisherError
from publisher.publishing.git_objects import (
    FamilyRevision,
    FilesQuery,
    FolderQuery,
    History,
    ReleaseQuery,
    Releases,
    RevisionQuery,
    changed_files,
    find_commit,
    find_history,
    find_releases,
    write_products,
)
from publisher.publishing.project import render_products
from publisher.templates.render import Rendered
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers, workers

T = TypeVar("T")
R = TypeVar("R")
SHORT = 7
# Packs are mapped into memory, which counts as such.
_READING = Limits(seconds=10, memory=4 << 30)


class Revisions:
    """The revisions of the repository that a project is in; what is written of them is gone at the end."""

    def __init__(self, root: Path, *, pool: Workers | None = None) -> None:
        self._root = root.absolute()
        self._pool = pool or workers()
        self._temporary: TemporaryDirectory[str] | None = None
        self._written: dict[tuple[str, tuple[str, ...]], Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()

    def below(self, versions: Mapping[str, str]) -> Releases:
        """For each family the commit that set the newest version lower than this one. Raises InputError."""
        return self._run(find_releases, self._query(versions, below=True))

    def of(self, versions: Mapping[str, str]) -> Releases:
        """For each family the commit that set this version. Raises InputError."""
        return self._run(find_releases, self._query(versions))

    def history(self, versions: Mapping[str, str]) -> History:
        """For each family the commits that set this version, and each lower one. Raises InputError."""
        return self._run(find_history, self._query(versions))

    def commit(self, revision: str) -> str:
        """The commit that a revision is, in hex. Raises InputError."""
        return self._run(find_commit, RevisionQuery(root=self._root, revision=revision))

    def changed_files(self, family: str, commit: str = "HEAD") -> tuple[str, ...]:
        """The files of a family that are not committed there as they are. Raises InputError."""
        path = PurePosixPath(PRODUCTS, family)
        return self._run(changed_files, FolderQuery(root=self._root, path=path, commit=commit))

    def rendered(
        self, commit: str, families: Iterable[str], select: Callable[[Variant], bool] = lambda _: True
    ) -> tuple[Rendered, ...]:
        """The selected products of these families as a commit has them, or of all. Raises InputError.

        Messages name the commit: their paths are those of its files.
        """
        folder = self._folder(commit, tuple(sorted(families)))
        if not (folder / PRODUCTS).is_dir():
            return ()
        try:
            _, rendered = render_products(folder, of=lambda them: filter(select, them), then=tuple)
        except InputError as error:
            raise InputError(
                f"revision {commit[:SHORT]} cannot be rendered: {error}",
                hint="compare with another revision",
            ) from error
        return rendered

    def _folder(self, commit: str, families: tuple[str, ...]) -> Path:
        """Where the files of these families are, or of all."""
        key = commit, families
        if key not in self._written:
            if self._temporary is None:
                self._temporary = TemporaryDirectory(prefix="publisher-")
            folder = Path(self._temporary.name) / str(len(self._written))
            folder.mkdir()
            query = FilesQuery(
                root=self._root, products=PRODUCTS, commit=commit, families=families, folder=folder
            )
            self._run(write_products, query)
            self._written[key] = folder
        return self._written[key]

    def _query(self, versions: Mapping[str, str], *, below: bool = False) -> ReleaseQuery:
        return ReleaseQuery(
            root=self._root, products=PRODUCTS, file=PRODUCT_FILE, versions=versions, below=below
        )

    def _run(self, function: Callable[[T], R], query: T) -> R:
        """Raises InputError, also when it takes too long."""
        ((_, result),) = self._pool.run(function, [query], _READING)
        if isinstance(result, PublisherError):
            if isinstance(result, InputError) and not result.hint:
                raise InputError(f"reading the git repository {result}", hint="run git gc")
            raise result
        return result


def named(release: FamilyRevision) -> str:
    """A version and its revision, as messages name them: `1.4.0 (revision 1a2b3c4)`."""
    return f"{release.version} (revision {release.commit[:SHORT]})"
