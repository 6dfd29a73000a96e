"""The pages of the local endpoint, as a WSGI application: the catalog of its account, and what happens there.

The endpoint decides who may see them, and what they may load. Nothing here writes, but for the confirmation
links of mails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from catalog_emulator.server.endpoint_record import Endpoint

from publisher.cli.live_account import LiveAccount
from publisher.errors import PublisherError, command
from publisher.launch.denial import remedy
from publisher.report import site
from publisher.report.catalogue import catalogue
from publisher.report.catalogue_pages import catalogue_pages
from publisher.report.live_launches import LiveLaunch, Place
from publisher.report.search import catalogue_index

_NAVIGATION = (
    ("index.html", "Catalog"),
    ("launches.html", "Launches"),
    ("mail.html", "Mail"),
    ("faults.html", "Faults"),
    ("calls.html", "Calls"),
)
# The page of a launch that is changing is read again so often, in seconds.
_REFRESH = 3
# The catalog while a stack is changing, which may change it: read again after so many seconds.
_FRESH = 5.0
_STATUS = {200: "200 OK", 400: "400 Bad Request", 404: "404 Not Found", 502: "502 Bad Gateway"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request is answered with."""

    content: bytes
    kind: str = "text/html"
    status: int = 200
    more: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Its headers."""
        kind = ("Content-Type", f"{self.kind}; charset=utf-8")
        return [kind, ("Content-Length", str(len(self.content))), *self.more]


def application(endpoint: Endpoint, argument: str, revision: Callable[[], int | None]) -> LiveSite:
    """The pages of an endpoint, for its --site; `argument` is the project's folder."""
    return LiveSite(endpoint, Path(argument), revision)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The pages of the catalog by path, and the text of its search, each made when it is asked for.

    `at` is when it was read, by the clock that only goes on.
    """

    at: float = -_FRESH
    pages: Mapping[str, Callable[[], site.Page]] = field(default_factory=dict)
    index: Callable[[], bytes] = bytes


class LiveSite:
    """`revision` is a number that is another one after each change of the account, None while it changes."""

    def __init__(self, endpoint: Endpoint, directory: Path, revision: Callable[[], int | None]) -> None:
        self._account = LiveAccount(endpoint, directory)
        self._revision = revision
        self._about = site.Site(
            source=f"The account {endpoint.account_id} in {endpoint.region}, at {endpoint.url}.",
            links=_NAVIGATION,
        )
        self._lock = Lock()
        self._kept: dict[str, Any] = {}
        self._kept_at: int | None = None
        self._reading = Lock()
        self._read = Catalog()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers GET and HEAD."""
        path, query = environ["PATH_INFO"].lstrip("/") or "index.html", environ.get("QUERY_STRING", "")
        reads = environ["REQUEST_METHOD"] == "HEAD"
        try:
            with command.repeating(account=("--local",)):
                answer = self._answer(path, "" if reads and path == "confirm.html" else query)
        except (PublisherError, OSError) as error:
            hint = error.hint if isinstance(error, PublisherError) else ""
            answer = self._message(502, path, "Cannot be read", str(error), hint)
        start_response(_STATUS[answer.status], answer.headers)
        return [] if reads else [answer.content]

    def _answer(self, path: str, query: str) -> Answer:
        match path:
            case site.STYLE:
                return Answer(content=site.asset(path).encode(), kind="text/css")
            case site.SCRIPT:
                return Answer(content=site.asset(path).encode(), kind="text/javascript")
            case site.INDEX:
                return Answer(content=self._catalog().index(), kind="text/javascript")
            case "confirm.html" if query:
                return self._confirmed(path, query)
            case "launches.html":
                return _shown(self._page("launches", path, "Launches", places=self._places()))
            case "mail.html":
                return _shown(self._page("mail", path, "Mail", letters=self._account.letters()))
            case "faults.html" | "calls.html":
                name = path.removesuffix(".html")
                return _shown(self._page(name, path, name.title(), **self._account.told(name)))
        if path.startswith("launches/"):
            launches = (one for place in self._places() for one in place.launches)
            view = next((it for it in launches if it.path == path), None)
            return self._launch(view, still=query == "still") if view else self._missing(path)
        make = self._catalog().pages.get(path)
        return _shown(self._cached(path, make)) if make else self._missing(path)

    def _launch(self, view: LiveLaunch, *, still: bool) -> Answer:
        def made() -> site.Page:
            details, events, cause = self._account.details(view)
            found = view.launch.provisioned
            why = "" if view.level in ("good", "note") else cause or found.reason
            return self._page(
                "launch",
                view.path,
                found.name,
                view=view,
                details=details,
                events=events,
                why=why,
                remedy=remedy(why, found.launch_role) if why else "",
                hint=found.meaning.hint(found.name) if found.meaning else "",
                still=still,
            )

        page = self._cached(f"{view.path} {still}", made)
        return _shown(page, refresh=_REFRESH if view.changing and not still else 0)

    def _confirmed(self, path: str, query: str) -> Answer:
        try:
            self._account.confirm(query)
        except OSError as error:
            hint = f"For a new link run {command('alerts', 'CONFIG', '--resend')}"
            return self._message(400, path, "Not confirmed", str(error), hint)
        text = "Alerts are delivered to this address from now on."
        return self._message(200, path, "Subscription confirmed", text)

    def _missing(self, path: str) -> Answer:
        return self._message(404, path, "Not found", "There is no such page, or no longer.")

    def _message(self, status: int, path: str, title: str, text: str, hint: str = "") -> Answer:
        level = "good" if status == 200 else "critical"
        return _shown(self._page("message", path, title, text=text, level=level, hint=hint), status)

    def _page(self, name: str, path: str, title: str, **view: Any) -> site.Page:
        return site.page(f"live_{name}.html", path, title, site=self._about, **view)

    def _places(self) -> list[Place]:
        found: list[Place] = self._cached("places", self._account.places)
        return found

    def _catalog(self) -> Catalog:
        """While a stack is changing, which may change the catalog, that of some seconds ago."""
        if self._revision() is None and time.monotonic() < self._read.at + _FRESH:
            return self._read
        found: Catalog = self._cached("catalog", self._read_catalog)
        return found

    def _read_catalog(self) -> Catalog:
        with self._reading:
            at = time.monotonic()
            view = catalogue(self._account.catalogue())
        index = cache(lambda: catalogue_index(view, {}).encode())
        self._read = Catalog(at=at, pages=catalogue_pages(view, self._about), index=index)
        return self._read

    def _cached(self, key: str, make: Callable[[], Any]) -> Any:
        """What was made before, unless the account has changed since, or is changing."""
        now = self._revision()
        if now is None:
            return make()
        with self._lock:
            if self._kept_at != now:
                self._kept, self._kept_at = {}, now
            kept = self._kept
        if key not in kept:
            kept[key] = make()
        return kept[key]


def _shown(page: site.Page, status: int = 200, *, refresh: int = 0) -> Answer:
    policy = ("Content-Security-Policy", page.policy)
    more = (policy, ("Refresh", str(refresh))) if refresh else (policy,)
    return Answer(status=status, content=page.content, more=more)
