"""Serves the emulated AWS on 127.0.0.1: moto's application, and the endpoint's own pages."""

import hmac
import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from catalog_emulator import install, settings
from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.middleware import CALL, Middleware
from catalog_emulator.faults.replies import Dropped
from catalog_emulator.moto_lock import Environ, in_turn, turn
from catalog_emulator.server import endpoint_record, startup
from catalog_emulator.server.endpoint_record import CONFIRM_PATH, SECRET_HEADER, Endpoint, SiteOptions
from catalog_emulator.server.folder_lock import FolderLock
from catalog_emulator.server.moto_limits import limited
from catalog_emulator.server.pages import pages
from catalog_emulator.server.private_files import check_regular, write_private
from catalog_emulator.server.request_guard import guarded
from catalog_emulator.server.site import Site
from catalog_emulator.server.starting_account import StartingAccount

LOOPBACK = "127.0.0.1"
# How often, in seconds, the server checks whether it was stopped.
_POLL = 0.05
# How long, in seconds, a reset waits for operations on stacks.
_FINISH_SECONDS = 10.0
_BACKLOG = 128
_MOST_PORT = 65535
# Has the port of the last start.
_PORT = "port"
# How long, in seconds, a client may take to send or read its next bytes.
_CLIENT_SECONDS = 60
StartResponse = Callable[..., Any]


class LocalServer:
    """The endpoint of one folder; `start` serves from a thread, `stop` ends it.

    `account` is what a new account holds besides the administrator and the launching role.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        faults: Faults | None = None,
        state_file: Path | None = None,
        admin_profile: str = Endpoint.admin_profile,
        launcher_profile: str = Endpoint.launcher_profile,
        account: StartingAccount | None = None,
        site: SiteOptions | None = None,
    ) -> None:
        # Before anything that takes time: whoever asks for the endpoint finds the process.
        self.lock = FolderLock(folder)
        startup.prepare_import()
        install()
        # Any web page may send requests to loopback; none of another origin may read an answer.
        from moto.moto_server import werkzeug_app

        vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
        from catalog_emulator.server.error_replies import Dispatcher, with_error_replies

        self.faults = faults or Faults()
        self._account = account or StartingAccount()
        aws = with_error_replies(limited(in_turn(Dispatcher())))
        self._faulty = Middleware(aws, self.faults, self._is_own)
        self._revisions = count(1)
        self._revision = 0
        handler = _handler(werkzeug_app)
        with _listening(folder, port) as listening:
            self._server = make_server(
                LOOPBACK,
                0,
                guarded(self._application),
                threaded=True,
                request_handler=handler,
                fd=listening.fileno(),
            )
        self.endpoint = Endpoint(
            url=f"http://{LOOPBACK}:{self._server.port}",
            pid=os.getpid(),
            folder=folder.resolve(),
            admin_profile=admin_profile,
            launcher_profile=launcher_profile,
            state_file=str(state_file.absolute()) if state_file else "",
            refuse_records=settings.refuse_records,
            site=site.factory if site else "",
            secret=secrets.token_urlsafe(),
        )
        self._pages = pages(self.faults, self.dump, self.reset, self.endpoint.secret)
        self._site = Site(site, self.endpoint, self.revision) if site else None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)

    def start(self) -> Endpoint:
        self.prepare()
        self._thread.start()
        write_private(self.endpoint.folder / _PORT, str(self._server.port).encode())
        self.endpoint.write()
        return self.endpoint

    def prepare(self) -> None:
        """Loads the account from the state file, or makes a new one. Raises InvalidInputError."""
        from catalog_emulator import sns
        from catalog_emulator.server import account_state, profiles

        sns.settings.base_url = self.endpoint.url
        file = Path(self.endpoint.state_file)
        if self.endpoint.state_file and check_regular(file):
            account_state.load(file, self.endpoint.url)
        else:
            profiles.create(self.endpoint)
            self._account.create()
        profiles.write_config(self.endpoint)

    def dump(self) -> str:
        from catalog_emulator.server import account_state

        with turn:
            return account_state.dump(self.endpoint.url)

    def reset(self, account: StartingAccount | None = None) -> None:
        """Back to a new account, without faults; the keys and sessions of the profiles stay valid.

        Raises EmulatorError while operations on stacks take longer than a few seconds.
        """
        from moto.moto_api._internal.models import moto_api_backend

        from catalog_emulator.server import account_state, profiles

        self._account = account or self._account
        deadline = time.monotonic() + _FINISH_SECONDS
        while True:
            with turn:
                running = account_state.running_operation()
                if not running:
                    credentials = profiles.credentials(self.endpoint)
                    moto_api_backend.reset()
                    profiles.create(self.endpoint)
                    profiles.restore(self.endpoint, credentials)
                    break
            if time.monotonic() > deadline:
                raise EmulatorError(
                    f"the account cannot be reset while {running}", hint="try again when it has finished"
                )
            time.sleep(_POLL)
        self._account.create()
        profiles.write_config(self.endpoint)
        self.faults.change(FaultProfile())
        self.faults.reset_calls()

    def stop(self) -> None:
        if not self.lock.lost():
            endpoint_record.remove(self.endpoint.folder)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.lock.release()

    def revision(self) -> int | None:
        """A number that is another one after each change of the account; None while a stack changes it."""
        from catalog_emulator.server import account_state

        return None if account_state.running_operation() else self._revision

    def _application(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        page = self._pages.get(environ["PATH_INFO"])
        if page is None and self._site is not None and self._site.answers(environ):
            return self._site(environ, start_response)
        try:
            if page is not None:
                return page(Request(environ))(environ, start_response)
            return self._faulty(environ, start_response)
        finally:
            # Afterwards, so that nobody takes what was read before for what is there now.
            call = environ.get(CALL)
            confirms = environ["PATH_INFO"] == CONFIRM_PATH
            if call.writes if call else confirms or environ["REQUEST_METHOD"] != "GET":
                self._revision = next(self._revisions)

    def _is_own(self, environ: Environ) -> bool:
        said = environ.get(f"HTTP_{SECRET_HEADER.upper().replace('-', '_')}", "")
        return hmac.compare_digest(said.encode(errors="replace"), self.endpoint.secret.encode())


def _listening(folder: Path, port: int) -> socket.socket:
    """A socket at the port; for 0 at that of the last start, if it is free, or else at any."""
    tried = (port,) if port else (_last_port(folder), 0)
    for one in tried:
        try:
            return socket.create_server((LOOPBACK, one), backlog=_BACKLOG)
        except OSError as error:
            if one == tried[-1]:
                raise InvalidInputError(
                    f"port {one}: {error.strerror}", hint="name another port, or 0 for a free one"
                ) from error
    raise AssertionError("the last one returns or raises")


def _last_port(folder: Path) -> int:
    try:
        port = int((folder / _PORT).read_text(encoding="utf-8")[:6])
    except (OSError, ValueError):
        return 0
    return port if 0 <= port <= _MOST_PORT else 0


def _handler(werkzeug_app: Any) -> type:
    class Handler(werkzeug_app.MotoRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"
        timeout = _CLIENT_SECONDS

        def run_wsgi(self) -> None:
            try:
                super().run_wsgi()
            except ValueError:
                # The address of the request cannot be parsed.
                self.send_error(400)

        def log_request(self, *_: object) -> None:
            """Requests are not logged: they would fill the disk, and may hold secrets."""

        def connection_dropped(self, error: BaseException, environ: Environ | None = None) -> None:
            """Ends the connection: a fault, or the client has gone."""
            self.close_connection = True
            if isinstance(error, Dropped) and error.reset:
                # With no time to linger a socket is reset instead of closed.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

    return Handler
