"""Bodies that were rendered before, by all that a template can read: its folder's files, its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from publisher.documents import UnfitFileError, contents, walk
from publisher.templates.cloudformation import SOURCE_LIMIT
from publisher.templates.jobs import Body, TemplateJob, digest_of
from publisher.templates.result_cache import key_of, results

_KIND = "rendering"
# In a folder of more files, nothing is kept.
_MOST_FILES = 500


class KeptBodies:
    """The kept bodies of products that are rendered together: each folder is read once."""

    def __init__(self) -> None:
        self._files: dict[Path, Mapping[str, str] | None] = {}
        self._keys: dict[str, str] = {}

    def body(self, job: TemplateJob) -> Body | None:
        """The body that equal files and variables gave before."""
        key = self._key(job)
        try:
            digest, json, text = ((key and results.get(_KIND, key)) or b"").decode().split("\n", 2)
        except ValueError:
            return None
        del self._keys[job.product]
        return Body(json=json, text=text, digest=digest, read={})

    def keep(self, job: TemplateJob, body: Body) -> None:
        """Keeps a new body, if the files it was made of are those that its key was made of."""
        key = self._keys.pop(job.product, "")
        files = self._files.get(job.entry.parent) or {}
        if key and all(files.get(name) == digest for name, digest in body.read.items()):
            results.put(_KIND, key, f"{body.digest}\n{body.json}\n{body.text}".encode())

    def _key(self, job: TemplateJob) -> str:
        """Empty where nothing is kept."""
        folder = job.entry.parent
        if results.folder is not None and folder not in self._files:
            self._files[folder] = _digests(folder)
        files = self._files.get(folder)
        if files is None:
            return ""
        variables = {name: _plain(value) for name, value in job.variables.items()}
        self._keys[job.product] = key_of(job.entry.name, job.shown, files, variables)
        return self._keys[job.product]


def _digests(folder: Path) -> Mapping[str, str] | None:
    """The digests of a folder's files by name; None with a symlink in it, which may lead to anything."""
    found: dict[str, str] = {}
    try:
        for path in walk(folder):
            if path.is_symlink() or len(found) == _MOST_FILES:
                return None
            content = contents(path, limit=SOURCE_LIMIT)
            found[path.relative_to(folder).as_posix()] = digest_of(content)
    except (UnfitFileError, OSError):
        return None
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(it) for name, it in value.items()}
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
