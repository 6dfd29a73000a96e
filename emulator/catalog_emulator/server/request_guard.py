"""Refuses what no AWS client of this machine sends: requests of web pages, and malformed ones.

Any page that a browser shows may send requests to loopback; other users of the machine may, too.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

from catalog_emulator.moto_lock import Application, Environ, body_of
from catalog_emulator.server.site import HEADERS

_HOST = re.compile(r"(127\.0\.0\.1|([\w-]+\.)*localhost)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
# Sent by browsers: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
# What tests that were written for moto's server call between them.
RESET_PATH = "/moto-api/reset"
_SITES = ("", "none", "same-origin")
# S3's limit of an upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
_MOST = 5 * 1024**3
# An object that is a web page runs no script here, and is of no use to other pages.
_HEADERS = (
    ("Content-Security-Policy", "sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


def guarded(application: Application) -> Application:
    """A WSGI application that gets only requests that clients of this machine can mean."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *environ.get(HEADERS, _HEADERS)], *rest)

        status, reason = _refusal(environ)
        if status:
            return Response(f"{reason}\n", status)(environ, start)
        return application(environ, start)

    return answer


def _refusal(environ: Environ) -> tuple[int, str]:
    host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
    if not _HOST.fullmatch(host):
        return 403, "this endpoint answers on loopback only"
    foreign = origin is not None and origin.lower() != f"http://{host}".lower()
    if foreign or environ.get("HTTP_SEC_FETCH_SITE", "").lower() not in _SITES:
        return 403, "this endpoint does not answer to web pages of other origins"
    # moto's own: a recorder that writes files, and calls that change or show the whole account.
    if environ["PATH_INFO"].lstrip("/").startswith("moto-api") and environ["PATH_INFO"] != RESET_PATH:
        return 404, "this endpoint does not serve moto's own pages"
    length = environ.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch("[0-9]{1,20}", length):
        return 400, "Content-Length must be a number"
    if int(length) > _MOST:
        return 413, f"the body must not be longer than {_MOST} bytes"
    try:
        body = body_of(environ)
    except (ConnectionError, TimeoutError):
        raise
    except (OSError, ValueError):
        return 400, "the body does not consist of chunks"
    if len(body) < int(length):
        return 400, "the body is shorter than its Content-Length"
    return 0, ""
