"""Serves the local AWS on 127.0.0.1: moto's application, and pages of our own for mail and status."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from publisher.local import install, state
from publisher.local.state import Endpoint

LOOPBACK = "127.0.0.1"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class LocalServer:
    """The endpoint of one folder; `start` serves from a thread, `stop` ends it."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        install()
        # Any page in a browser may send requests to loopback; no other origin shall read an answer.
        from moto.moto_server import werkzeug_app

        vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
        from werkzeug.serving import make_server

        folder.mkdir(parents=True, exist_ok=True)
        self._moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
        self._server = make_server(
            LOOPBACK, port, self._application, threaded=True, request_handler=_handler(werkzeug_app)
        )
        self.endpoint = Endpoint(
            url=f"http://{LOOPBACK}:{self._server.server_port}", pid=os.getpid(), folder=folder.resolve()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> Endpoint:
        """Prepares the account, serves, and writes the record that tells clients where."""
        self.prepare()
        self._thread.start()
        state.record(self.endpoint)
        return self.endpoint

    def prepare(self) -> None:
        """Makes the administrator, the launching role and the example network."""
        from publisher.local import accounts, example, sns

        sns.settings.base_url = self.endpoint.url
        accounts.prepare(self.endpoint.url, self.endpoint.config_file)
        example.prepare()

    def reset(self) -> None:
        """Back to a new account."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        self.prepare()

    def stop(self) -> None:
        """Stops serving, and removes the record."""
        state.forget(self.endpoint.folder)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Until the server stops."""
        self._thread.join()

    def _application(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_loopback(environ.get("HTTP_HOST", "")):
            return _answer(
                start_response, "403 Forbidden", "text/plain", "this endpoint answers on loopback only\n"
            )
        page = _PAGES.get(environ.get("PATH_INFO", ""))
        if page is not None:
            query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
            return _answer(start_response, *page(query))
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: a page elsewhere must not reach us by a name of its own."""
    name = host.rsplit(":", 1)[0].lower()
    return name in {LOOPBACK, "localhost"} or name.endswith(".localhost")


def _answer(start_response: StartResponse, status: str, kind: str, body: str) -> list[bytes]:
    content = body.encode()
    headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(content)))]
    start_response(status, headers)
    return [content]


def _status(_: Mapping[str, str]) -> tuple[str, str, str]:
    return "200 OK", "application/json", json.dumps({"pid": os.getpid()})


def _mail(_: Mapping[str, str]) -> tuple[str, str, str]:
    from publisher.local.sns import mails

    documents = [
        {**asdict(mail), "received": mail.received.isoformat(timespec="seconds")} for mail in mails()
    ]
    return "200 OK", "application/json", json.dumps({"mails": documents})


def _confirm(query: Mapping[str, str]) -> tuple[str, str, str]:
    from moto.core.exceptions import ServiceException

    from publisher.local import sns

    try:
        arn = sns.confirm(query.get("TopicArn", ""), query.get("Token", ""))
    except ServiceException as error:
        return (
            "400 Bad Request",
            "text/html",
            f"<h1>Not confirmed</h1>\n<p>{escape(str(error.message))}</p>\n",
        )
    return "200 OK", "text/html", f"<h1>Subscription confirmed!</h1>\n<p>{escape(arn)}</p>\n"


_PAGES = {"/_publisher/status": _status, "/_publisher/mail": _mail, "/_publisher/sns/confirm": _confirm}


def _handler(werkzeug_app: Any) -> type:
    class Handler(werkzeug_app.MotoRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object) -> None:
            """Requests are not logged: they would fill the disk, and may hold secrets."""

    return Handler


def serve(folder: Path, port: int) -> None:
    """Serves until the process is asked to end."""
    logging.basicConfig(level=logging.WARNING)
    from publisher.local.cloudformation import settings

    settings.background = settings.strict = True
    server = LocalServer(folder, port=port)
    server.start()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done.wait()
    server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serves the local AWS of one project folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    serve(arguments.folder, arguments.port)
