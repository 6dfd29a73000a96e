"""Serves the local AWS on 127.0.0.1: moto's application, and pages of our own for mail and status."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from catalog_emulator import install, settings
from catalog_emulator.errors import EmulatorError
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.middleware import Middleware
from catalog_emulator.faults.replies import Dropped
from catalog_emulator.server import deferred_imports as deferred
from catalog_emulator.server import record as state
from catalog_emulator.server import startup as tuning
from catalog_emulator.server.error_replies import told
from catalog_emulator.server.pages import Page, asked, pages
from catalog_emulator.server.record import Endpoint
from catalog_emulator.turns import in_turn

LOOPBACK = "127.0.0.1"
# How often, in seconds, the server looks whether it shall stop.
_POLL = 0.05
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class LocalServer:
    """The endpoint of one folder; `start` serves from a thread, `stop` ends it."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        faults: Faults | None = None,
        state_file: Path | None = None,
    ) -> None:
        tuning.share_models()
        deferred.install()
        install()
        # Any page in a browser may send requests to loopback; no other origin shall read an answer.
        from moto.moto_server import werkzeug_app

        vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
        from werkzeug.serving import make_server

        folder.mkdir(parents=True, exist_ok=True)
        moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
        self.faults = faults or Faults()
        self._faulty = Middleware(told(in_turn(moto)), self.faults)
        self._pages = pages(self.faults, self.dump)
        self._server = make_server(
            LOOPBACK, port, self._application, threaded=True, request_handler=_handler(werkzeug_app)
        )
        self.endpoint = Endpoint(
            url=f"http://{LOOPBACK}:{self._server.server_port}",
            pid=os.getpid(),
            folder=folder.resolve(),
            state_file=str(state_file.absolute()) if state_file else "",
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)

    def start(self) -> Endpoint:
        """Prepares the account, serves, and writes the record that tells clients where."""
        self.prepare()
        self._thread.start()
        state.record(self.endpoint)
        return self.endpoint

    def prepare(self) -> None:
        """Takes the account from the state file, or makes administrator, launching role and network."""
        from catalog_emulator import sns
        from catalog_emulator.server import account_state as saving
        from catalog_emulator.server import accounts, example

        sns.settings.base_url = self.endpoint.url
        file = Path(self.endpoint.state_file)
        if file.is_file():
            saving.load(file, self.endpoint.url)
        else:
            accounts.prepare()
            example.prepare()
        accounts.connect(self.endpoint.url, self.endpoint.config_file)

    def dump(self) -> str:
        """The state of the account, as a state file holds it."""
        from catalog_emulator.server import account_state as saving

        return saving.dump(self.endpoint.url)

    def reset(self) -> None:
        """Back to a new account, in fine weather."""
        self.faults.change(FaultProfile())
        self.faults.reset_calls()
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
            refusal = Page(status=403, kind="text/plain", body="this endpoint answers on loopback only\n")
            return _answer(start_response, refusal)
        page = self._pages.get(environ.get("PATH_INFO", ""))
        if page is None:
            return self._faulty(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode(errors="replace")
        request = asked(environ["REQUEST_METHOD"], environ.get("QUERY_STRING", ""), body)
        return _answer(start_response, page(request))


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: a page elsewhere must not reach us by a name of its own."""
    name = host.rsplit(":", 1)[0].lower()
    return name in {LOOPBACK, "localhost"} or name.endswith(".localhost")


def _answer(start_response: StartResponse, page: Page) -> list[bytes]:
    content = page.body.encode()
    headers = [("Content-Type", f"{page.kind}; charset=utf-8"), ("Content-Length", str(len(content)))]
    start_response(page.line, headers)
    return [content]


def _handler(werkzeug_app: Any) -> type:
    class Handler(werkzeug_app.MotoRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object) -> None:
            """Requests are not logged: they would fill the disk, and may hold secrets."""

        def connection_dropped(self, error: BaseException, environ: Environ | None = None) -> None:
            """Ends the connection: the weather's way to answer nothing, or the client has gone itself."""
            self.close_connection = True
            if isinstance(error, Dropped) and error.reset:
                # A socket that lingers for no time is reset, not closed.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

    return Handler


def serve(server: LocalServer) -> None:
    """Serves until the process is asked to end."""
    ends = {signal.SIGTERM, signal.SIGINT}
    # Blocked, also in every thread, and waited for: a handler could run in the middle of anything.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    server.start()
    signal.sigwait(ends)
    server.stop()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Serves the local AWS of one project folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", default="")
    parser.add_argument("--state", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    try:
        faults = Faults(FaultProfile.parse(arguments.faults))
        server = LocalServer(arguments.folder, port=arguments.port, faults=faults, state_file=arguments.state)
        settings.background = settings.authorize = True
        serve(server)
    except EmulatorError as error:
        sys.stderr.write(error.message + "\n")
        _end(1)
    _end(0)


def _end(code: int) -> None:
    """Ends the process at once: Python would spend seconds on taking the account apart, object by object."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
