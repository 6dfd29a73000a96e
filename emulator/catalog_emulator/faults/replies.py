"""Replies that no service made: errors in each protocol's shape, and no reply at all.

https://smithy.io/2.0/aws/protocols/ has the shapes.
"""

import json
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

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
_JSON = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}
_XML = {
    "query": ("text/xml", "<ErrorResponse>{}<RequestId>{id}</RequestId></ErrorResponse>"),
    "ec2": ("text/xml", "<Response><Errors>{}</Errors><RequestID>{id}</RequestID></Response>"),
    "rest-xml": ("application/xml", "{}"),
}


class Reply(Response):
    """A reply with the headers that it is made with; the length is that of its body."""

    default_mimetype = None

    @property
    def ok(self) -> bool:
        return self.status_code < 300


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
    headers = {"x-amzn-RequestId": REQUEST_ID}
    if call.protocol in _JSON:
        headers |= {"Content-Type": _JSON[call.protocol], "x-amzn-ErrorType": code}
        body = json.dumps({"__type": code, "message": message}).encode()
    elif call.protocol == "cbor":
        headers |= {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        body = b"\xa2" + b"".join(map(_text, ("__type", code, "message", message)))
    else:
        headers["Content-Type"], envelope = _XML[call.protocol]
        error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        error = f"<Error><Type>Sender</Type>{error}</Error>"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{envelope.format(error, id=REQUEST_ID)}'.encode()
    return Reply(body, status, headers)


def _text(text: str) -> bytes:
    content = text.encode()
    # https://www.rfc-editor.org/rfc/rfc8949#section-3: a text string with its length in two bytes
    return b"\x79" + len(content).to_bytes(2, "big") + content
