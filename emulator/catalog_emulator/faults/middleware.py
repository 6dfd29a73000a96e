"""Faults in front of a WSGI application, such as moto's server."""

import http
from collections.abc import Callable, Iterable
from typing import Any

from catalog_emulator.faults.called_operation import read_call
from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.replies import Reply
from catalog_emulator.moto_lock import Application, Environ

# Where the call of a request is in its WSGI environment.
CALL = "catalog_emulator.call"


class Middleware:
    """A WSGI application with faults. A reply that is lost raises Dropped, which the server acts on."""

    def __init__(self, application: Application, faults: Faults) -> None:
        self._application = application
        self._faults = faults

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = environ[CALL] = read_call(environ)
        if not self._faults.profile.rules:
            self._faults.count(call)
            return self._application(environ, start_response)
        reply = self._faults.apply(call, lambda: _reply(self._application, environ))
        start_response(f"{reply.status} {_phrase(reply.status)}", list(reply.headers))
        return [reply.body]


def _reply(application: Application, environ: Environ) -> Reply:
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
        started[:] = [status, headers]
        return written.append

    written: list[bytes] = []
    answer = application(environ, start)
    try:
        written.extend(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    status, headers = started
    return Reply(status=int(status.partition(" ")[0]), headers=tuple(headers), body=b"".join(written))


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
