"""Bodies that AWS refuses to read: they have not the syntax of the protocol, or the operation's types."""

import json
import re
from typing import Any
from xml.etree import ElementTree

from botocore.parsers import BaseCBORParser, ResponseParserError
from moto.core.exceptions import ServiceException

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.moto_lock import Environ, body_of
from catalog_emulator.request_validation import validate

# The error of each protocol, https://smithy.io/2.0/aws/protocols/ and
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (which has 404 for a query string).
_CODES = {"query": "MalformedQueryString", "ec2": "MalformedQueryString", "rest-xml": "MalformedInput"}
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,12})(;[^\r\n]*)?\r\n")
_cbor: Any = BaseCBORParser()


def malformed(call: Call) -> str:
    """The code of the error for a body without the syntax of the call's protocol."""
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return "MalformedXML" if call.service == "s3" else _CODES.get(call.protocol, "SerializationException")


def check_body(call: Call, environ: Environ) -> None:
    """Raises ServiceException."""
    body = body_of(environ)
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-"):
        _check_chunks(body, environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH", ""))
    elif "HTTP_CONTENT_ENCODING" not in environ:
        try:
            _check_syntax(call, body)
        except (ElementTree.ParseError, ResponseParserError, RecursionError, ValueError) as error:
            raise ServiceException(malformed(call), f"the body cannot be read: {error}") from error


def _check_chunks(body: bytes, length: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html#sigv4-chunked-body-definition"""
    at = decoded = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        at, decoded = found.end() + size + 2, decoded + size
        if size == 0 and length in ("", str(decoded)):
            return
        if body[at - 2 : at] != b"\r\n":
            break
    raise ServiceException("IncompleteBody", "The request body terminated unexpectedly")


def _check_syntax(call: Call, body: bytes) -> None:
    if call.protocol in ("query", "ec2"):
        body.decode()
        if call.model is None and call.operation in ("GET", "POST"):
            raise ServiceException("MissingAction", "The request must contain the parameter Action")
    if call.model is None or call.model.input_shape is None:
        return
    shape = call.model.input_shape
    payload = shape.serialization.get("payload")
    if payload is not None:
        shape = shape.members[payload]
        if not body or shape.type_name in ("blob", "string") or shape.serialization.get("eventstream"):
            return
    elif call.protocol.startswith("rest-") and all(map(_outside, shape.members.values())):
        return
    match call.protocol:
        case "json" | "rest-json":
            document = json.loads(body or b"{}", parse_constant=_no_number)
            # Service Catalog checks its requests itself, also without a server.
            if call.model.service_model.service_name != "servicecatalog":
                validate(shape, document, limits=False)
        case "cbor":
            if body and not isinstance(
                _cbor.parse_data_item(_cbor.get_peekable_stream_from_bytes(body)), dict
            ):
                raise ValueError("it is no map")
        case "rest-xml" if body:
            ElementTree.fromstring(body)


def _outside(member: Any) -> bool:
    """Whether a member of a request is not in its body."""
    return not {"location", "hostLabel"}.isdisjoint(member.serialization)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")
