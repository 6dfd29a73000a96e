"""What moto lacks and what goes wrong inside it, told as AWS tells errors: a code, the operation's name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from catalog_emulator.faults.calls import Call, needs_body, read_call
from catalog_emulator.faults.middleware import headers_of, url_of
from catalog_emulator.faults.replies import Reply, refused

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_log = logging.getLogger(__name__)


def told(application: Application) -> Application:
    """A WSGI application that answers with an error instead of raising one.

    Without it the server would answer a page of HTML, of which clients make nothing.
    """

    def telling(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except Exception as error:
            reply = _reply(_call(environ), error)
            start_response(f"{reply.status} Refused", list(reply.headers))
            return [reply.body]

    return telling


def _reply(call: Call, error: Exception) -> Reply:
    if isinstance(error, NotImplementedError):
        return refused(call, "NotImplemented", f"{call.name} is not implemented by this endpoint", status=501)
    _log.error("%s failed", call.name, exc_info=error)
    reason = f"{call.name} failed: {type(error).__name__}: {error}"
    return refused(call, "InternalFailure", reason, status=500)


def _call(environ: Environ) -> Call:
    headers, stream = headers_of(environ), environ["wsgi.input"]
    body = b""
    if needs_body(headers) and stream.seekable():
        stream.seek(0)
        body = stream.read()
    return read_call(environ["REQUEST_METHOD"], url_of(environ), headers, body)
