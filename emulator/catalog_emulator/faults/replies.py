"""Replies that no service made: errors in each protocol's shape, and no reply at all.

https://smithy.io/2.0/aws/protocols/ has the shapes.
"""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from catalog_emulator.faults.called_operation import Call

REQUEST_ID = "00000000-0000-0000-0000-00000bad0ea7"

# Throttling errors of services that differ from the usual one of their protocol.
_THROTTLES = {
    "apigateway": (429, "TooManyRequestsException"),
    "lambda": (429, "TooManyRequestsException"),
    "organizations": (400, "TooManyRequestsException"),
    "s3": (503, "SlowDown"),
    "sqs": (403, "RequestThrottled"),
}
_USUAL = {
    "json": (400, "ThrottlingException"),
    "cbor": (400, "ThrottlingException"),
    "query": (400, "Throttling"),
    "ec2": (503, "RequestLimitExceeded"),
    "rest-json": (429, "ThrottlingException"),
    "rest-xml": (400, "Throttling"),
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply; `headers` are pairs."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 300


class Dropped(ConnectionError):
    """There is no reply: the connection is reset, or just closed."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("the connection was dropped on purpose")
        self.reset = reset


def throttled(call: Call) -> Reply:
    """The service's throttling error."""
    status, code = _THROTTLES.get(call.service, _USUAL[call.protocol])
    return refused(call, code, "Rate exceeded", status=status)


def refused(call: Call, code: str, message: str, *, status: int = 400) -> Reply:
    """An error in the shape of the call's protocol."""
    match call.protocol:
        case "json":
            kind, body = "application/x-amz-json-1.1", _json(code, message)
        case "rest-json":
            kind, body = "application/json", _json(code, message)
        case "cbor":
            kind, body = (
                "application/cbor",
                b"\xa2" + b"".join(map(_text, ("__type", code, "message", message))),
            )
        case "query":
            kind, body = (
                "text/xml",
                _xml("<ErrorResponse>{}<RequestId>{id}</RequestId></ErrorResponse>", code, message),
            )
        case "ec2":
            kind, body = (
                "text/xml",
                _xml("<Response><Errors>{}</Errors><RequestID>{id}</RequestID></Response>", code, message),
            )
        case "rest-xml":
            kind, body = "application/xml", _xml("{}", code, message)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-RequestId", REQUEST_ID)]
    if call.protocol in ("json", "rest-json"):
        headers.append(("x-amzn-ErrorType", code))
    if call.protocol == "cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return Reply(status=status, headers=tuple(headers), body=body)


def _json(code: str, message: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


def _text(text: str) -> bytes:
    content = text.encode()
    # https://www.rfc-editor.org/rfc/rfc8949#section-3: a text string with its length in two bytes
    return b"\x79" + len(content).to_bytes(2, "big") + content


def _xml(envelope: str, code: str, message: str) -> bytes:
    error = (
        f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    )
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + envelope.format(error, id=REQUEST_ID)).encode()
