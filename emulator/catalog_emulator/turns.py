"""One at a time at moto: its dictionaries are not made for several threads, and stacks work beside requests.

Whatever may wait for somebody else to call takes no turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import RLock
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

turn = RLock()

# Services whose calls run somebody's code, or wait for a message.
_WAITING = re.compile(r"/(lambda|sqs|states|swf)/aws4_request")


def in_turn(application: Application) -> Application:
    """A WSGI application whose requests take turns with the stacks' work."""

    def taking(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _waits(environ):
            return application(environ, start_response)
        _receive(environ)
        with turn:
            return application(environ, start_response)

    return taking


def _waits(environ: Environ) -> bool:
    # A custom resource's function answers at this path, and its stack must take note meanwhile.
    answers = str(environ.get("PATH_INFO", "")).endswith("/cfnresponse")
    return answers or _WAITING.search(environ.get("HTTP_AUTHORIZATION", "")) is not None


def _receive(environ: Environ) -> None:
    """Reads the request whole: a client that is slow to send must not keep others waiting."""
    stream = environ["wsgi.input"]
    chunked = environ.get("wsgi.input_terminated")
    body: bytes = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
