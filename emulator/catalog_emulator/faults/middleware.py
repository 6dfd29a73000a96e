"""Faults in front of a WSGI application, such as moto's server."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.test import run_wsgi_app

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

        def process() -> Reply:
            return Reply(*run_wsgi_app(self._application, environ, buffered=True))

        return self._faults.apply(call, process)(environ, start_response)
