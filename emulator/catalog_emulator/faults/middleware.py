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
    """A WSGI application with faults. A reply that is lost raises Dropped, which the server acts on.

    Calls that read meet no faults and are not counted if `is_own` says that the endpoint itself makes them.
    """

    def __init__(
        self,
        application: Application,
        faults: Faults,
        is_own: Callable[[Environ], bool] = lambda _: False,
    ) -> None:
        self._application = application
        self._faults = faults
        self._is_own = is_own

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = environ[CALL] = read_call(environ)
        if not call.writes and self._is_own(environ):
            return self._application(environ, start_response)
        if not self._faults.profile.rules:
            self._faults.count(call)
            return self._application(environ, start_response)

        def process() -> Reply:
            return Reply(*run_wsgi_app(self._application, environ, buffered=True))

        return self._faults.apply(call, process)(environ, start_response)
