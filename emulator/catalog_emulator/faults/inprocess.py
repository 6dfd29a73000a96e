"""Faults under `moto.mock_aws()`, for tests without a server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

from catalog_emulator.faults.called_operation import read_sent
from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.replies import Dropped, Reply

Answer = tuple[int, Mapping[str, str], str | bytes] | None


@contextmanager
def over_moto(faults: Faults) -> Iterator[Faults]:
    """Applies the faults to every call of boto3 clients that moto answers in this process.

    The calls that stacks make for their resources meet no faults: they happen inside AWS.
    """
    stubber: Any = botocore_stubber
    process_request = stubber.process_request

    def with_faults(request: Any) -> Answer:
        call = read_sent(request)
        not_moto = False

        def process() -> Reply:
            nonlocal not_moto
            answer: Answer = process_request(request)
            not_moto = answer is None
            status, sent, content = answer or (599, {}, b"")
            return Reply(content or b"", status, sent)

        try:
            reply = faults.apply(call, process)
        except Dropped as error:
            raise ConnectionClosedError(endpoint_url=request.url, error=error) from error
        return None if not_moto else (reply.status_code, dict(reply.headers), reply.get_data())

    stubber.process_request = with_faults
    try:
        yield faults
    finally:
        stubber.process_request = process_request
