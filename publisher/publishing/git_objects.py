"""What worker processes read of a git repository: objects and refs, and nothing else of it.

No configuration, attribute, filter, hook or program of a repository has any effect: it may be hostile.
"""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, Tree
from dulwich.objectspec import parse_commit
from dulwich.refs import DiskRefsContainer
from dulwich.repo import BaseRepo
from typing_extensions import override

from publisher.documents import UnfitFileError, contents, parse, walk, write_all
from publisher.errors import InputError, PublisherError, quoted
from publisher.model import precedence
from publisher.templates.content import is_ignored
from publisher.templates.worker_process import TimeLimitError

_SECONDS, _AGAIN_SECONDS = 10, 0.5
_COMMITS, _FILES, _DEPTH = 20_000, 20_000, 64
_BYTES = 128 << 20
_POINTER = 4096
_REVISION = re.compile(r"(?P<name>.*?)(?P<steps>(?:~\d{0,6}|\^1?)*)", re.DOTALL)
_STEP = re.compile(r"~(\d*)|\^")


@dataclass(frozen=True, kw_only=True)
class FamilyRevision:
    """A commit, in hex, and the version that a family has there."""

    commit: str
    version: str


@dataclass(frozen=True, kw_only=True)
class ReleaseQuery:
    """Which commit released a version: for each folder that version itself, or the newest one `below` it.

    `file` is what has the version, in each of the folders, which are in the folder `products`.
    """

    root: Path
    products: str
    file: str
    versions: Mapping[str, str]
    below: bool


@dataclass(frozen=True, kw_only=True)
class Releases:
    """The commits that were found, by family. A `shallow` history does not have all."""

    found: Mapping[str, FamilyRevision] = field(default_factory=dict)
    shallow: bool = False


@dataclass(frozen=True, kw_only=True)
class History:
    """The commits that set the versions of each family, newest first. A `shallow` one does not have all."""

    found: Mapping[str, tuple[FamilyRevision, ...]] = field(default_factory=dict)
    shallow: bool = False


@dataclass(frozen=True, kw_only=True)
class RevisionQuery:
    """Which commit a revision is: a branch, a tag or a commit, with `~2` or `^`."""

    root: Path
    revision: str


@dataclass(frozen=True, kw_only=True)
class FilesQuery:
    """What the folder `products` of a commit has in these folders, or all; to be written below `folder`."""

    root: Path
    products: str
    commit: str
    families: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, kw_only=True)
class FolderQuery:
    """Whether a folder is as a commit has it, or the last one."""

    root: Path
    path: PurePosixPath
    commit: str = "HEAD"


def find_releases(query: ReleaseQuery) -> Releases:
    """Of the commits with the version, in a row along the first parents, the oldest: it set the version.

    What came after it was written for the next one. Without a repository nothing is found.
    """
    found: dict[str, FamilyRevision] = {}
    left = dict(query.versions)
    with _repository(query.root) as repository:
        for family, it, is_first in _rows(repository, query):
            wanted = query.versions[family]
            matches = _lower(it.version, wanted) if query.below else it.version == wanted
            if family not in found and matches:
                found[family] = it
                if is_first:
                    del left[family]
            if not left:
                break
        return Releases(found=found, shallow=bool(left and repository and repository.is_shallow))


def find_history(query: ReleaseQuery) -> History:
    """The commits that set each lower version of the families, and their own, newest first.

    Of a version that came back it is the last one. Raises InputError without a repository, or a commit.
    """
    found: dict[str, dict[str, FamilyRevision]] = {it: {} for it in query.versions}
    with _required(query.root) as repository:
        if repository.head is None:
            raise InputError("the git repository has no commit", hint="commit the project")
        for family, it, _ in _rows(repository, query):
            if not _lower(query.versions[family], it.version):
                found[family].setdefault(it.version, it)
        return History(
            found={
                family: tuple(sorted(some.values(), key=lambda it: precedence(it.version), reverse=True))
                for family, some in found.items()
            },
            shallow=repository.is_shallow,
        )


def _rows(repository: _Repository | None, query: ReleaseQuery) -> Iterator[tuple[str, FamilyRevision, bool]]:
    """The oldest commit of each row with one version, by family, the newest row first.

    And whether a commit before it has another version: without that it may not be the one that set it.
    """
    if repository is None or (head := repository.head) is None:
        return
    rows: dict[str, FamilyRevision] = {}
    for commit, versions in repository.history(head, query):
        for family, version in versions.items():
            if version is None:
                continue
            row = rows.get(family)
            if row is not None and row.version != version:
                yield family, row, True
            rows[family] = FamilyRevision(commit=commit, version=version)
    yield from ((family, row, False) for family, row in rows.items())


def find_commit(query: RevisionQuery) -> str:
    """The commit, in hex. Raises InputError."""
    with _required(query.root) as repository:
        return repository.commit(query.revision).id.decode()


def write_products(query: FilesQuery) -> tuple[str, ...]:
    """Writes them; the names of all folders of the commit. Raises InputError for what is no plain tree."""
    with _required(query.root) as repository:
        products = repository.subtree(repository.commit(query.commit), (query.products,))
        if products is None:
            return ()
        families = tuple(_name(name) for name, mode, _ in products.iteritems() if stat.S_ISDIR(mode))
        files: dict[str, bytes] = {}
        links: dict[str, str] = {}
        for family in query.families or families:
            if family in families:
                repository.read(products[family.encode()][1], f"{query.products}/{family}", files, links)
        write_all(query.folder, files)
        for name, target in links.items():
            _link(query.folder, name, target)
        return families


def changed_files(query: FolderQuery) -> tuple[str, ...]:
    """The files of the folder that are not committed as they are, with it. Raises InputError."""
    with _required(query.root) as repository:
        commit = repository.commit(query.commit) if repository.head else None
        tree = repository.subtree(commit, query.path.parts) if commit else None
        committed: dict[str, bytes] = {}
        if tree is not None:
            repository.list(tree.id, "", committed)
        folder = query.root / query.path
        present = {it.relative_to(folder).as_posix(): it for it in walk(folder, skip=is_ignored)}
        changed = {it for it in committed if it not in present and not is_ignored(it.rpartition("/")[2])}
        changed |= {name for name, path in present.items() if committed.get(name) != _blob_id(path)}
        return tuple(f"{query.path}/{it}" for it in sorted(changed))


class _Refs(DiskRefsContainer):
    """References in plain files: a device has no end."""

    @override
    def read_loose_ref(self, name: Any) -> Any:
        _check_plain(Path(os.fsdecode(self.refpath(name))))
        return super().read_loose_ref(name)


class _Repository:
    """A repository, and where the project is in it."""

    def __init__(self, folder: Path, common: Path, prefix: tuple[str, ...]) -> None:
        self._folder, self._common, self._prefix = folder, common, prefix
        self._store: Any = DiskObjectStore(str(common / "objects"))
        _check_plain(common / "packed-refs")
        self._refs = _Refs(str(common), str(folder))

    def close(self) -> None:
        self._store.close()

    @property
    def is_shallow(self) -> bool:
        return (self._common / "shallow").exists()

    @cached_property
    def head(self) -> Commit | None:
        """The last commit, if there is any."""
        with suppress(InputError):
            return self.commit("HEAD")
        return None

    def commit(self, revision: str) -> Commit:
        match = _REVISION.fullmatch(revision)
        assert match is not None
        try:
            name = (match["name"] or "HEAD").encode()
            found = parse_commit(BaseRepo(self._store, self._refs), b"HEAD" if name == b"@" else name)
            for step in _STEP.finditer(match["steps"]):
                for _ in range(int(step[1] or 1) if step[0][0] == "~" else 1):
                    found = self._commit(found.parents[0])
        except (KeyError, ValueError, IndexError, OSError):
            hint = "use a branch, a tag or a commit of this repository, e.g. HEAD~1"
            raise InputError(f"git revision {quoted(revision)} not found", hint=hint) from None
        return found

    def history(self, head: Commit, query: ReleaseQuery) -> Iterator[tuple[str, Mapping[str, str | None]]]:
        """A commit and its first parents, with the version of each family there."""
        commit: Commit | None = head
        known: dict[bytes, dict[str, str | None]] = {}
        for _ in range(_COMMITS):
            if commit is None:
                return
            products = self.subtree(commit, (query.products,))
            key = products.id if products else b""
            if key not in known:
                known[key] = {it: self._version(products, it, query.file) for it in query.versions}
            yield commit.id.decode(), known[key]
            # A shallow history ends with commits whose parents are not there.
            with_parent = commit.parents and commit.parents[0] in self._store
            commit = self._commit(commit.parents[0]) if with_parent else None

    def subtree(self, commit: Commit, path: tuple[str, ...]) -> Tree | None:
        """A folder of the project."""
        tree = self._store[commit.tree]
        for name in (*self._prefix, *path):
            tree = self._entry(tree, name)
        return tree if isinstance(tree, Tree) else None

    def read(self, tree: bytes, path: str, files: dict[str, bytes], links: dict[str, str]) -> None:
        """Adds the files and links of a tree by their paths."""
        blobs: dict[str, bytes] = {}
        modes: dict[str, int] = {}
        self.list(tree, path, blobs, modes)
        size = sum(map(len, files.values()))
        for name, id_ in blobs.items():
            body = self._store[id_].as_raw_string()
            size += len(body)
            if size > _BYTES or len(files) + len(links) >= _FILES:
                raise InputError(f"products of the git revision have too many files: {quoted(path)}")
            if stat.S_ISLNK(modes[name]):
                links[name] = os.fsdecode(body)
            else:
                files[name] = body

    def list(
        self, tree: bytes, path: str, blobs: dict[str, bytes], modes: dict[str, int] | None = None
    ) -> None:
        """Adds the ids of the files and links of a tree by their paths."""
        waiting = [(tree, path, 0)]
        while waiting:
            id_, above, depth = waiting.pop()
            for name, mode, inner in self._store[id_].iteritems():
                below = f"{above}/{_name(name)}".lstrip("/")
                if stat.S_ISDIR(mode):
                    waiting.append((inner, below, depth + 1))
                elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                    blobs[below] = inner
                    if modes is not None:
                        modes[below] = mode
            if depth > _DEPTH or len(blobs) > _FILES:
                raise InputError(f"products of the git revision have too many files: {quoted(path)}")

    def _version(self, products: Tree | None, family: str, file: str) -> str | None:
        folder = self._entry(products, family)
        blob = self._entry(folder, file) if isinstance(folder, Tree) else None
        if not isinstance(blob, Blob):
            return None
        try:
            version = parse(blob.data.decode("utf-8-sig"), path=file).get("version")
        except (InputError, UnicodeDecodeError):
            return None
        return version if isinstance(version, str) else None

    def _entry(self, tree: Any, name: str) -> Any:
        try:
            return self._store[tree[name.encode()][1]] if isinstance(tree, Tree) else None
        except KeyError:
            return None

    def _commit(self, id_: bytes) -> Commit:
        found = self._store[id_]
        if not isinstance(found, Commit):
            raise ValueError(id_)
        return found


@contextmanager
def _repository(root: Path) -> Iterator[_Repository | None]:
    """The repository that the project is in. Raises InputError when it cannot be read."""
    repository = None
    with _limited():
        try:
            repository = _opened(root)
            yield repository
        except (PublisherError, TimeLimitError, MemoryError):
            raise
        except Exception as error:
            # Without the path of a file, which is that of this machine.
            why = (isinstance(error, OSError) and error.strerror) or error
            message = f"the git repository cannot be read: {type(error).__name__}: {why}"
            raise InputError(message, hint="run git fsck") from error
        finally:
            if repository is not None:
                repository.close()


@contextmanager
def _required(root: Path) -> Iterator[_Repository]:
    with _repository(root) as repository:
        if repository is None:
            hint = "run git init and commit the project, or compare with a published version"
            raise InputError("the project is in no git repository", hint=hint)
        yield repository


@contextmanager
def _limited() -> Iterator[None]:
    """What waits for a pipe takes no CPU time, so that it needs a limit of its own."""

    def expired(*_: object) -> None:
        raise TimeLimitError(f"takes more than {_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _opened(root: Path) -> _Repository | None:
    real = root.resolve()
    for folder in (real, *real.parents):
        entry = folder / ".git"
        if not entry.exists():
            continue
        own = entry if entry.is_dir() else _pointed(entry, "gitdir: ")
        common = _pointed(own / "commondir", "") if (own / "commondir").exists() else own
        return _Repository(own, common, real.relative_to(folder).parts)
    return None


def _check_plain(file: Path) -> None:
    """Raises RuntimeError for what is there and no plain file, whatever leads to it."""
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise RuntimeError(f"{file.name} is no plain file")


def _pointed(file: Path, start: str) -> Path:
    """The folder that a file names: of a work tree, or of a submodule."""
    try:
        text = contents(file, limit=_POINTER).decode().strip()
    except UnfitFileError as error:
        raise ValueError(f"{file.name}: {error.reason}") from error
    if not text.startswith(start):
        raise ValueError(f"{file.name} names no folder")
    return (file.parent / text.removeprefix(start)).resolve()


def _lower(version: str, other: str) -> bool:
    return precedence(version) < precedence(other)


def _name(name: bytes) -> str:
    """The name of an entry, which git itself would take."""
    text = name.decode()
    if text.lower() in {"", ".", "..", ".git"} or {"/", "\\", "\0"} & set(text):
        raise InputError(f"the git revision has a file with the name {quoted(text)}")
    return text


def _link(folder: Path, name: str, target: str) -> None:
    """A symlink that stays in the folder; another one is left out, as it would be refused."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        path.unlink()


def _blob_id(path: Path) -> bytes:
    if path.is_symlink():
        return Blob.from_string(os.fsencode(path.readlink())).id
    try:
        return Blob.from_string(contents(path, limit=_BYTES)).id
    except UnfitFileError:
        return b""
