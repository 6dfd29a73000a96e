"""Pages of another package, for tests: they say what they were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

from catalog_emulator.moto_lock import Application, Environ
from catalog_emulator.server.endpoint_record import Endpoint
from catalog_emulator.server.site import Revision


def site(endpoint: Endpoint, argument: str, revision: Revision) -> Application:
    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("a <secret>")
        names = ("SCRIPT_NAME", "PATH_INFO", "REQUEST_METHOD")
        said = {"url": endpoint.url, "argument": argument, "revision": revision()}
        return Response(json.dumps({name: environ[name] for name in names} | said), mimetype="text/html")(
            environ, start_response
        )

    return answer
