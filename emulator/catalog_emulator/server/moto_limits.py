"""What moto may not do in a served endpoint: connect to others, and match one pattern for ever."""

import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any

import requests

from catalog_emulator.moto_lock import Application, Environ
from catalog_emulator.regular_expressions import Limit

# The modules that make regular expressions of what clients send.
_MATCHING = (
    *("moto.core.utils", "moto.ecr.models", "moto.events.models", "moto.glue.models"),
    *("moto.iot.models", "moto.s3.utils", "moto.sqs.models"),
)
_MATCHES = ("match", "fullmatch", "search")


def limited(application: Application) -> Application:
    """A WSGI application in which moto is limited, also the modules that it imports later."""
    _disconnect()

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in _MATCHING:
            module = sys.modules.get(name)
            if module is not None and vars(module)["re"] is re:
                vars(module)["re"] = _Expressions()
        return application(environ, start_response)

    return answer


def _disconnect() -> None:
    """All that moto sends it sends with `requests`: it is answered here, as a service that is down would."""
    sessions: Any = requests.Session
    send = sessions.request
    if hasattr(send, "of_moto_refused"):
        return

    def request(self: Any, method: str, url: str, **options: Any) -> requests.Response:
        return _undelivered(url) if _by_moto() else send(self, method, url, **options)

    vars(request)["of_moto_refused"] = True
    sessions.request = request


def _by_moto() -> bool:
    frame: Any = sys._getframe(2)
    while frame.f_globals["__name__"].startswith("requests."):
        frame = frame.f_back
    return bool(frame.f_globals["__name__"].startswith("moto."))


def _undelivered(url: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url = 503, url
    response.reason = "the endpoint makes no connections"
    response._content = b""
    return response


class _Expressions:
    """The module `re`, in which text that is matched with a pattern without flags is matched with a limit."""

    def __getattr__(self, name: str) -> Any:
        return partial(_matched, name) if name in _MATCHES else getattr(re, name)

    def compile(self, pattern: str, flags: int = 0) -> Any:
        limit = Limit()
        if flags:
            return re.compile(pattern, flags)
        return SimpleNamespace(**{how: partial(limit.find, how, pattern) for how in _MATCHES})


def _matched(how: str, pattern: Any, text: str, flags: int = 0) -> Any:
    if flags or not isinstance(pattern, str):
        return getattr(re, how)(pattern, text, flags)
    return Limit().find(how, pattern, text)
