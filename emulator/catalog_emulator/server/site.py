"""Pages for people that another package makes, below one folder, for whoever has the key of the endpoint.

The folder's name and the cookie are derived from the endpoint's secret. Cookies know no ports, and another
user's server on this machine could ask a browser for those of its own paths: it does not know this folder.
https://www.rfc-editor.org/rfc/rfc6265#section-8.5
"""

import hmac
import importlib
import logging
from collections.abc import Callable, Iterable
from html import escape
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

from werkzeug.wrappers import Request, Response

from catalog_emulator.moto_lock import Application, Environ
from catalog_emulator.server.endpoint_record import PAGES, Endpoint, SiteOptions

# Where a request's own security headers are, in place of those of other answers, in its WSGI environment.
HEADERS = "catalog_emulator.headers"
Revision = Callable[[], int | None]
_METHODS = ("GET", "HEAD")
_log = logging.getLogger(__name__)


class Site:
    """A WSGI application: `PAGES` and below, and a browser's way there from the root.

    The option's factory gets the endpoint, its argument and the revision of the account, and returns the WSGI
    application of the pages. It is imported for the first request with the key, never for others.
    """

    def __init__(self, options: SiteOptions, endpoint: Endpoint, revision: Revision) -> None:
        self._options, self._endpoint, self._revision = options, endpoint, revision
        self._name = f"pages-{urlsplit(endpoint.url).port}"
        self._cookie, self._key = endpoint.derived("cookie"), endpoint.derived("key")
        self._made: Application | None = None
        self._lock = Lock()

    def answers(self, environ: Environ) -> bool:
        """Whether a request is for the pages. No bucket has their name, so that S3 loses nothing."""
        return environ["PATH_INFO"].startswith(PAGES) or _is_browser(environ)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request, folder = Request(environ), self._endpoint.pages_path
        if not environ["PATH_INFO"].startswith(PAGES):
            return _led(PAGES)(environ, start_response)
        if request.method not in _METHODS:
            return document("Not allowed", "These pages are read only.", 405)(environ, start_response)
        if not environ["PATH_INFO"].startswith(folder):
            return self._door()(environ, start_response)
        if _same(request.args.get("key", ""), self._key):
            answer = _led(quote(environ["PATH_INFO"].encode("latin-1")))
            answer.set_cookie(self._name, self._cookie, path=folder, httponly=True, samesite="Strict")
            return answer(environ, start_response)
        if not self._has_cookie(environ):
            return self._door()(environ, start_response)
        within = f"http://{environ['HTTP_HOST']}{folder}"
        environ[HEADERS] = _headers(within)
        environ["SCRIPT_NAME"] = folder.rstrip("/")
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(environ["SCRIPT_NAME"])
        try:
            return self._pages()(environ, start_response)
        except Exception as error:
            _log.exception("a page could not be made")
            answer = document("This page could not be made", type(error).__name__, 500)
            return answer(environ, start_response)

    def _pages(self) -> Application:
        with self._lock:
            if self._made is None:
                module, _, name = self._options.factory.partition(":")
                factory = getattr(importlib.import_module(module), name)
                self._made = factory(self._endpoint, self._options.argument, self._revision)
            return self._made

    def _door(self) -> Response:
        text = f"Open the link that this command prints: {self._options.command}"
        return document("These pages need a key", text, 403)

    def _has_cookie(self, environ: Environ) -> bool:
        """Whether one of the cookies of our name is right: another server may have added others."""
        for one in environ.get("HTTP_COOKIE", "").split(";"):
            name, _, value = one.strip().partition("=")
            if name == self._name and _same(value, self._cookie):
                return True
        return False


def document(title: str, text: str, status: int = 200) -> Response:
    """A page of the endpoint itself, for people."""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    head += (
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    )
    style = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}"
    body = f"<style>{style}</style>\n<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n"
    return Response(head + body, status, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _is_browser(environ: Environ) -> bool:
    signed = "HTTP_AUTHORIZATION" in environ or environ.get("QUERY_STRING")
    root = environ["PATH_INFO"] == "/" and environ["REQUEST_METHOD"] in _METHODS
    return bool(root and not signed and "text/html" in environ.get("HTTP_ACCEPT", ""))


def _led(path: str) -> Response:
    return Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def _same(said: str, right: str) -> bool:
    return hmac.compare_digest(said.encode(errors="replace"), right.encode())


def _headers(within: str) -> tuple[tuple[str, str], ...]:
    """What the pages may load: files of their own folder. Nothing may show them in a frame, or read them.

    The application may state a policy that is stricter: browsers apply both.
    """
    policy = (
        f"default-src 'none'; script-src {within}; style-src {within} 'unsafe-inline'; connect-src {within};"
        f" img-src {within} data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cache-Control", "no-store"),
    )
