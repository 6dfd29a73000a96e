"""What moto lacks, and what fails inside it, as AWS reports errors: a code, and the operation's name."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from catalog_emulator.faults.called_operation import Call, needs_body, read_call
from catalog_emulator.faults.middleware import headers_of, url_of
from catalog_emulator.faults.replies import Reply, refused
from catalog_emulator.moto_lock import Application, Environ
from catalog_emulator.regular_expressions import SlowPatternError

_log = logging.getLogger(__name__)


def with_error_replies(application: Application) -> Application:
    """A WSGI application that answers with an error in place of raising one.

    Otherwise the server would answer a page of HTML, which clients cannot read.
    """

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except Exception as error:
            reply = _reply(_call(environ), error)
            start_response(f"{reply.status} Refused", list(reply.headers))
            return [reply.body]

    return answer


def _reply(call: Call, error: Exception) -> Reply:
    if isinstance(error, NotImplementedError):
        return refused(call, "NotImplemented", f"{call.name} is not implemented by this endpoint", status=501)
    if isinstance(error, SlowPatternError):
        return refused(call, "ValidationException", str(error), status=400)
    _log.error("%s failed", call.name, exc_info=error)
    reason = f"{call.name} failed: {type(error).__name__}: {error}"
    return refused(call, "InternalFailure", reason, status=500)


def _call(environ: Environ) -> Call:
    headers, stream = headers_of(environ), environ["wsgi.input"]
    body = b""
    if needs_body(headers) and stream.seekable():
        stream.seek(0)
        body = stream.read()
    return read_call(environ["REQUEST_METHOD"], url_of(environ), headers, body)
