"""What is wrong with a folder of pages: links that lead nowhere, and what every page must have."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from publisher.documents import MANIFEST
from publisher.report.site import INDEX

# Those that have no end.
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.levels: list[int] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.wrong += [f"<{tag}> does not end" for tag in self._open]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.levels.append(int(tag[1]))
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" and "href" in values else []
        self.loaded += [values[it] for it in ("src", "href") if it in values and tag in {"link", "script"}]
        self.wrong += [f"{tag} has {it}" for it in values if it == "style" or it.startswith("on")]

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> inside <{self._open[-1] if self._open else ''}>")
        if tag in self._open:
            while self._open.pop() != tag:
                pass


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by path, its manifest aside."""
    paths = [it for it in sorted(folder.rglob("*")) if it.is_file() and it.name != MANIFEST]
    return {it.relative_to(folder).as_posix(): it.read_bytes() for it in paths}


def wrong(files: Mapping[str, bytes]) -> Iterator[str]:
    """Each as `path: what`."""
    pages = {path: _Page(content.decode()) for path, content in files.items() if path.endswith(".html")}
    for path, page in pages.items():
        found = list(page.wrong)
        found += [f"{it} has an id twice" for it in {*page.ids} if page.ids.count(it) > 1]
        found += (
            []
            if page.levels[:1] == [1] and page.levels.count(1) == 1
            else ["its headings do not begin with one h1"]
        )
        found += [
            f"h{a} is followed by h{b}"
            for a, b in zip(page.levels, page.levels[1:], strict=False)
            if b > a + 1
        ]
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            if parts.scheme in {"http", "https", "mailto"} and link not in page.loaded:
                continue
            to = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
            target = to if parts.path else path
            if parts.scheme or parts.netloc or target not in files:
                found.append(f"{link} leads nowhere")
            elif parts.fragment and unquote(parts.fragment) not in pages[target].ids:
                found.append(f"{link} has no such id")
        yield from (f"{path}: {it}" for it in found)
    yield from _not_found(files.get(INDEX, b""), pages)


def _not_found(content: bytes, pages: Mapping[str, _Page]) -> Iterator[str]:
    """What the search leads to, and is not there."""
    if not content:
        return
    index = json.loads(content.decode().partition(" = ")[2].removesuffix(";\n"))
    for kind, entries in index["entries"].items():
        for name, _, having, *where in entries:
            fragment = where[0] if where else f"{kind}-{name}"
            for run in index["sets"][having].split(","):
                first, _, last = run.partition("-")
                for key, file, *_ in index["products"][int(first) : int(last or first) + 1]:
                    if fragment not in pages[f"products/{file}.html"].ids:
                        yield f"{INDEX}: {kind} {name} of {key}: no {fragment}"
