"""Turns: one thread at a time uses moto, whose dictionaries are not made for several.

Operations on stacks run in threads next to requests. What may wait for another call takes no turn.
"""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import RLock
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

turn = RLock()

# Services whose calls run functions, or wait for a message.
_WAITING = re.compile(r"/(lambda|sqs|states|swf)/aws4_request")


def in_turn(application: Application) -> Application:
    """A WSGI application whose requests take turns with the operations on stacks."""

    def take_turn(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _waits(environ):
            return application(environ, start_response)
        # Before the turn, so that a slow client does not keep others waiting.
        body_of(environ)
        with turn:
            return application(environ, start_response)

    return take_turn


def _waits(environ: Environ) -> bool:
    # The function of a custom resource answers at this path while its stack waits.
    answers = str(environ.get("PATH_INFO", "")).endswith("/cfnresponse")
    return answers or _WAITING.search(environ.get("HTTP_AUTHORIZATION", "")) is not None


def body_of(environ: Environ) -> bytes:
    """The body of a request, which stays readable."""
    stream = environ["wsgi.input"]
    chunked = environ.get("wsgi.input_terminated")
    body: bytes = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body
