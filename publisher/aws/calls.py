"""Shared by all AWS calls: translation of errors, pages of listings, idempotency tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from publisher.aws.translations import translation
from publisher.errors import AwsError, excerpt

__all__ = ["DENIED", "ClientError", "aws_errors", "error_code", "is_denied", "or_none", "pages", "token"]

T = TypeVar("T")
# Services differ in the code.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
)
# An error of a proxy may be a page of HTML.
_LONGEST = 600
_HINT = "fix this, then run the command again"
_UNSET: dict[type[Exception], str] = {
    NoCredentialsError: "choose a profile with --profile or AWS_PROFILE, or use --local",
    NoRegionError: "add --region, or set AWS_REGION",
}
_DENIED_HINT = "allow this operation in your role's policy, or choose another --profile"


def error_code(error: ClientError) -> str:
    """The service's error code; never read the message text."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: ClientError | AwsError) -> bool:
    """Whether the caller lacks the permission."""
    code = error.aws_code if isinstance(error, AwsError) else error_code(error)
    return code in DENIED


def or_none(read: Callable[[], T], *codes: str) -> T | None:
    """What a read answers; None where AWS refuses it with one of these codes. Raises ClientError."""
    try:
        return read()
    except ClientError as error:
        if error_code(error) in codes:
            return None
        raise


@contextmanager
def aws_errors(doing: str, *, hint: str = _HINT) -> Iterator[None]:
    """Turns what botocore raises into an AwsError, e.g. `cannot read x: GetX answered Code: message`.

    `hint` is the remedy where the caller has the permission.
    """
    try:
        yield
    except ClientError as error:
        detail = error.response.get("Error", {})
        text = excerpt(" ".join(str(detail.get("Message")).split()), _LONGEST)
        message = f"{doing}: {error.operation_name} answered {detail.get('Code')}: {text}"
        known = translation(code=error_code(error), text=text)
        hint = _DENIED_HINT if is_denied(error) else known.explained() if known else hint
        raise AwsError(message, hint=hint, aws_code=error_code(error)) from error
    except BotoCoreError as error:
        raise AwsError(f"{doing}: {error}", hint=_UNSET.get(type(error), hint)) from error


def pages(call: Callable[..., Any], result: str, **request: Any) -> Iterator[Any]:
    """The items on all pages of a Service Catalog listing; botocore has no paginator for some of them."""
    token = None
    while True:
        page = call(**request, **({"PageToken": token} if token else {}))
        yield from page.get(result, ())
        # ListTagOptions and ListResourcesForTagOption name the next token PageToken.
        last, token = token, page.get("NextPageToken") or page.get("PageToken")
        if not token:
            return
        if token == last:
            raise AwsError(f"a listing of {result} answered the same page token twice", hint=_HINT)


def token(*parts: str) -> str:
    """A deterministic idempotency token from the parts of an identity.

    1-128 characters of [a-zA-Z0-9_-], starting with a letter or digit.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
