"""What comes over the network, taken with care: a proxy may answer anything, and members may be missing.

An answer that cannot be used is an AwsError that names the operation, never an exception of a parser.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from publisher.errors import AwsError, PublisherError, quoted

_HINT = "run the command again; if it fails again, check what is between this machine and AWS, e.g. a proxy"
# What botocore's parsers raise for bodies that do not have the shape of the model.
_MALFORMED = (
    ResponseParserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_SUCCESS = range(200, 300)
# AWS refuses requests whose time is further from its own.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
_SKEW = timedelta(minutes=5)
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


class Answer(dict[str, Any]):
    """A mapping in an answer. Reading a member that is missing raises AwsError; `get` is as always."""

    operation = ""

    def __missing__(self, key: str) -> Any:
        raise unusable(self.operation, f"without {quoted(key)}")


def unusable(operation: str, what: str) -> AwsError:
    """The error of an answer that cannot be used."""
    return AwsError(f"{operation} answered {what}", hint=_HINT)


def answered(
    call: Callable[[str, Mapping[str, Any]], Any], operation: str, request: Mapping[str, Any]
) -> Any:
    """The answer of a client's call, which raises AwsError when it is malformed or a member is missing."""
    try:
        answer = call(operation, request)
    except (BotoCoreError, ClientError, PublisherError):
        raise
    except _MALFORMED as error:
        raise unusable(operation, f"what is not of its form ({type(error).__name__})") from error
    return _guarded(answer, operation)


def _guarded(value: Any, operation: str) -> Any:
    match value:
        case dict():
            answer = Answer({key: _guarded(it, operation) for key, it in value.items()})
            answer.operation = operation
            return answer
        case list():
            return [_guarded(it, operation) for it in value]
        case _:
            return value


def refuse_foreign(http_response: Any, parsed: Mapping[str, Any], model: Any, **_: object) -> None:
    """Refuses, as a handler of `after-call`, a success that is not the service's, such as a login page.

    botocore takes a body that it cannot read for one without members: a listing would look empty.
    """
    content = getattr(http_response, "content", None) if not model.has_streaming_output else None
    if http_response.status_code not in _SUCCESS or not model.output_shape or not isinstance(content, bytes):
        return
    members = model.output_shape.members
    protocol = model.service_model.resolved_protocol
    if protocol == "query" and f"<{model.name}Response".encode() not in content:
        raise unusable(model.name, "what is not of its form (no response element)")
    if protocol == "json" and members and not parsed.keys() & members.keys():
        body = _json(content)
        if not isinstance(body, dict) or (body and not body.keys() & members.keys()):
            raise unusable(model.name, "what is not of its form (no JSON of the service)")


def json_object(text: object, operation: str) -> Mapping[str, Any]:
    """The JSON object in a text of an answer. Raises AwsError when it holds something else."""
    body = _json(text)
    if not isinstance(body, dict):
        raise unusable(operation, f"no JSON object: {quoted(text)}")
    return body


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, TypeError, ValueError):
        return None


def server_time(answer: Mapping[str, Any], *, now: Callable[[], float] = time.time) -> datetime | None:
    """The time of an answer by its Date header; None without one that is well-formed and about right.

    https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
    """
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    if not _DATE.fullmatch(date):
        return None
    try:
        found = parsedate_to_datetime(date)
        return found if abs(found - datetime.fromtimestamp(now(), UTC)) <= _SKEW else None
    except (OverflowError, TypeError, ValueError):
        return None
