"""The weather over `moto.mock_aws()`, for tests that have no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

from catalog_emulator.faults.calls import needs_body, read_call
from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.replies import Dropped, Reply

Answer = tuple[int, Mapping[str, str], str | bytes]


@contextmanager
def over_moto(faults: Faults) -> Iterator[Faults]:
    """Lets every boto3 client of this process that moto answers meet the weather, while it lasts.

    Stacks make their resources in fine faults: what AWS does inside itself is not the caller's to see.
    """
    stubber: Any = botocore_stubber
    process = stubber.process_request

    def faulty(request: Any) -> Answer | None:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = _bytes(request.body) if needs_body(headers) else b""
        call = read_call(request.method, request.url, headers, body)
        missed: list[None] = []

        def work() -> Reply:
            answer = _answer(process(request))
            if answer is None:
                missed.append(None)
                return Reply(status=599, headers=(), body=b"")
            status, given, content = answer
            return Reply(status=status, headers=tuple(given.items()), body=_bytes(content))

        try:
            reply = faults.around(call, work)
        except Dropped as error:
            raise ConnectionClosedError(endpoint_url=request.url, error=error) from error
        return None if missed else (reply.status, dict(reply.headers), reply.body)

    stubber.process_request = faulty
    try:
        yield faults
    finally:
        stubber.process_request = process


def _answer(answer: Any) -> Answer | None:
    found: Answer | None = answer
    return found


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(content: Any) -> bytes:
    match content:
        case None:
            return b""
        case str():
            return content.encode()
        case bytes() | bytearray():
            return bytes(content)
    return b""
