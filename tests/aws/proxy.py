"""An HTTP proxy before the local endpoint that changes what is answered, as proxies of companies do."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from typing_extensions import override


@dataclass(frozen=True)
class Reply:
    """An answer; `promised` bytes of its body are announced, all by default."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    promised: int | None = None

    def header(self, name: str, *values: str) -> Reply:
        """With these values of a header, and no others."""
        kept = [it for it in self.headers if it[0].lower() != name.lower()]
        return replace(self, headers=[*kept, *((name, value) for value in values)])


Change = Callable[[Reply], Reply]


@dataclass
class Proxy:
    """The changes by operation; the name "" is for all that have none."""

    url: str
    changes: dict[str, Change] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def changed(self, operation: str, reply: Reply) -> Reply:
        """The answer that the client gets."""
        self.seen.append(operation)
        change = self.changes.get(operation) or self.changes.get("")
        return change(reply) if change else reply


@contextmanager
def proxy_of(endpoint: str) -> Iterator[Proxy]:
    """A running proxy."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read())
            upstream.close()
            action = re.search(rb"(?:^|&)Action=(\w+)", body)
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            self._send(proxy.changed(target or (action[1].decode() if action else self.command), reply))

        def _send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            length = len(reply.body) if reply.promised is None else reply.promised
            self.send_header("Content-Length", str(length))
            if length != len(reply.body):
                self.close_connection = True
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _forward

        @override
        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = Proxy(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
