"""Requests that AWS refuses to read: they have not the syntax of the protocol, or the operation's types."""

import json
import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from botocore.parsers import BaseCBORParser, ResponseParserError
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.moto_lock import Environ, body_of
from catalog_emulator.request_validation import InvalidRequest, missing, refuse, validate

# The errors of each protocol, https://smithy.io/2.0/aws/protocols/ and
# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (which has 404 for a query string).
_CODES = {"query": "MalformedQueryString", "ec2": "MalformedQueryString", "rest-xml": "MalformedInput"}
# For a number or a time that is none, and for what is not there. S3 has codes of its own:
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_VALUES = {"query": "MalformedInput", "ec2": "InvalidParameterValue", "rest-xml": "InvalidArgument"}
_MISSING = {"query": "ValidationError", "ec2": "MissingParameter"}
_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,12})(;[^\r\n]*)?\r\n")
_cbor: Any = BaseCBORParser()


def malformed(call: Call) -> str:
    """The code of the error for a body without the syntax of the call's protocol."""
    return "MalformedXML" if call.service == "s3" else _CODES.get(call.protocol, "SerializationException")


def check_body(call: Call, environ: Environ) -> None:
    """Raises ServiceException."""
    body = body_of(environ)
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-"):
        _check_chunks(body, environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH", ""))
    elif "HTTP_CONTENT_ENCODING" not in environ:
        try:
            _check_syntax(call, Request({**environ, "wsgi.input": BytesIO(body)}), body)
        except InvalidRequest as error:
            raise ServiceException(_missing_code(call), error.message) from error
        except (
            ElementTree.ParseError,
            RequestParserError,
            ResponseParserError,
            RecursionError,
            ValueError,
        ) as error:
            raise ServiceException(malformed(call), f"the body cannot be read: {error}") from error


def _missing_code(call: Call) -> str:
    usual = malformed(call) if call.protocol == "rest-xml" else "ValidationException"
    return _MISSING.get(call.protocol, usual)


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


def _check_syntax(call: Call, request: Request, body: bytes) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    if call.name == "s3.PostObject" and "key" not in request.form:
        raise ServiceException("InvalidArgument", "Bucket POST must contain a field named 'key'.")
    shape = call.model.input_shape if call.model is not None else None
    if call.protocol in ("query", "ec2"):
        _check_form(call, shape, request, body)
    elif shape is not None:
        if call.protocol.startswith("rest-"):
            _check_address(call, request)
        payload = shape.serialization.get("payload")
        if payload is not None:
            shape = shape.members[payload]
            if not body or shape.type_name in ("blob", "string") or shape.serialization.get("eventstream"):
                return
        elif call.protocol.startswith("rest-") and all(map(_outside, shape.members.values())):
            return
        _check_document(call, shape, body)


def _check_document(call: Call, shape: Any, body: bytes) -> None:
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
        case "rest-xml":
            root = ElementTree.fromstring(body) if body else ElementTree.Element("")
            name = shape.serialization.get("name")
            if body and name and root.tag.rpartition("}")[2] != name:
                raise ValueError(f"it is no {name}")
            parser: Any = PROTOCOL_PARSERS["rest-xml"](call.model)
            refuse(list(missing(shape, parser._parse_shape(shape, root))))


def _check_form(call: Call, shape: Any, request: Request, body: bytes) -> None:
    body.decode()
    if call.model is None and call.operation in ("GET", "POST"):
        raise ServiceException("MissingAction", "The request must contain the parameter Action")
    if shape is None:
        return
    parser: Any = PROTOCOL_PARSERS[call.protocol](call.model)
    try:
        parsed = parser.parse({"values": request.values})
    except ValueError as error:
        raise ServiceException(_VALUES[call.protocol], str(error)) from error
    refuse(list(missing(shape, parsed, structures=False)))
    if call.service == "sts":
        # moto checks no limits of names and times here.
        validate(shape, parsed)


def _check_address(call: Call, request: Request) -> None:
    """Whether the numbers in the address of a REST request are some."""
    for name, member in call.model.input_shape.members.items():
        read = _NUMBERS.get(member.type_name)
        if read is None or member.serialization.get("location") != "querystring":
            continue
        for text in request.args.getlist(member.serialization.get("name", name)):
            try:
                read(text)
            except ValueError as error:
                code = _VALUES.get(call.protocol, malformed(call))
                raise ServiceException(code, f"{name}: {error}") from error


def _outside(member: Any) -> bool:
    """Whether a member of a request is not in its body."""
    return not {"location", "hostLabel"}.isdisjoint(member.serialization)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")
