"""Pages in HTML: the environment of their templates, their file names, a folder of them, or a single file.

Knows nothing of what the pages show. No value becomes markup, no page loads anything from elsewhere, and the
same values give the same bytes.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from publisher.errors import printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# What every file system and every server takes as it is. The suffix is what a folder beside must not have.
_PLAIN = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")
_ANCHOR = re.compile(r"[A-Za-z0-9._-]{1,200}")
_LONG = re.compile(r"\S{16,}")
# Up to a separator; where there is none for long also up to a capital, or so many characters.
_PIECE = re.compile(
    r"(?<![^-_./:,=@]).{1,15}?(?:[-_./:,=@](?![-_./:,=@])|$)"
    r"|.{1,23}?(?:[-_./:,=@](?![-_./:,=@])|(?<=[a-z0-9])(?=[A-Z])|$)|.{1,24}",
    re.DOTALL,
)
STYLE, SCRIPT, INDEX = "style.css", "search.js", "search-index.js"


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the pages of one folder have in common: its name, what they were made from, and its navigation.

    `links`: path and text, in order. `search`: whether search.js and search-index.js are beside the pages.
    """

    name: str = "Service Catalog"
    source: str = ""
    links: tuple[tuple[str, str], ...] = (("index.html", "Catalog"),)
    search: bool = True


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its path in the folder, and its Content-Security-Policy, which the content states too."""

    path: str
    title: str
    content: bytes
    policy: str


def page(template: str, path: str, title: str, *, site: Site, style: str = "", **view: Any) -> Page:
    """A page of a folder. The template extends base.html, and also has `site`, `title`, `path` and `to`.

    `to(path, fragment)` is the relative link to another page. `style`: CSS rules of this page alone.
    """
    scripts = "script-src 'self'; " if site.search else ""
    policy = f"default-src 'none'; {scripts}style-src 'self'{_allowed(style)}; {_REST}"
    return _page(template, path, title, policy=policy, site=site, style=style, whole=False, **view)


def single(template: str, title: str, *, site: Site | None = None, **view: Any) -> bytes:
    """A page that is one file: CSS inside, no script, no link to another page. `to` has no meaning in it."""
    style = asset(STYLE)
    policy = f"default-src 'none'; style-src{_allowed(style)}; {_REST}"
    none = site or Site(links=(), search=False)
    return _page(template, "", title, policy=policy, site=none, style=style, whole=True, **view).content


_REST = "base-uri 'none'; form-action 'none'"


def _page(template: str, path: str, title: str, *, policy: str, style: str, **view: Any) -> Page:
    from markupsafe import Markup

    def to(other: str, fragment: str = "") -> str:
        link = (
            quote(posixpath.relpath(f"/{other}", posixpath.dirname(f"/{path}")))
            if other != path or not fragment
            else ""
        )
        return f"{link}#{quote(fragment)}" if fragment else link

    text = _environment().get_template(template)
    # Only our own rules: nothing in them may end the element.
    rules = Markup(style) if "<" not in style else ""
    shown = text.render(path=path, title=title, policy=policy, style=rules, to=to, **view)
    return Page(path=path, title=title, content=shown.encode(), policy=policy)


def folder(pages: Iterable[Page], index: str = "") -> dict[str, bytes]:
    """The files of a folder of pages, by path; `index`: the text of search-index.js, if there is a search."""
    files = {each.path: each.content for each in pages}
    files[STYLE] = asset(STYLE).encode()
    return files | ({SCRIPT: asset(SCRIPT).encode(), INDEX: index.encode()} if index else {})


def path(*names: str) -> str:
    """The path of a page: `path("products", key, version)` is `products/<key>/<version>.html`."""
    return "/".join(map(file_name, names)) + ".html"


def file_name(name: str) -> str:
    """A name that is safe as a file's or folder's, in any case and on any system; different ones differ."""
    if _PLAIN.fullmatch(name) and not name.endswith(".html"):
        return name
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return f"{words}~{_short(name)}"


def anchor(*names: str) -> str:
    """The id of an element, for links to it: `anchor("parameter", "VpcId")` is `parameter-VpcId`."""
    return "-".join(name if _ANCHOR.fullmatch(name) else f"~{_short(name)}" for name in names)


def breakable(text: str) -> Markup:
    """A text whose long words may break: after separators, before capitals, or anywhere."""
    from markupsafe import Markup, escape

    def broken(word: re.Match[str]) -> str:
        return "<wbr>".join(str(escape(piece)) for piece in _PIECE.findall(word[0]))

    shown, parts, done = _shown(text), [], 0
    for word in _LONG.finditer(shown):
        parts += [str(escape(shown[done : word.start()])), broken(word)]
        done = word.end()
    return Markup("".join([*parts, str(escape(shown[done:]))]))


@cache
def asset(name: str) -> str:
    """A file of the package that pages use as it is."""
    loader, environment = _environment().loader, _environment()
    assert loader is not None
    return loader.get_source(environment, name)[0]


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _allowed(style: str) -> str:
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f" 'sha256-{digest}'" if style else ""


def _shown(text: str) -> str:
    """A text as pages print it: line breaks stay, and nothing turns or hides the text around it."""
    return "\n".join(map(printable, text.split("\n")))


def _printed(value: object) -> object:
    if value is None:
        return ""
    return _shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"url": path, "anchor": anchor}
    environment.filters["breakable"] = breakable
    return environment
