"""What launching shares in its calls to AWS: errors that end with a remedy, and all pages of a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from publisher.aws.clients import ClientError, error_code, wrapped
from publisher.errors import AwsError

# Each service has its own word for it.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
)
_DENIED_HINT = "the policy of your role must allow this operation; or use another --profile"
_HINT = "mend that, then run the command again"
NOT_FOUND = "ResourceNotFoundException"
# From the widest view to the narrowest: which of them a caller may take is up to his policy.
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/permissions-examples.html
_LEVELS = ("Account", "Role", "User")
T = TypeVar("T")


@contextmanager
def asking(doing: str, *, hint: str = "") -> Iterator[None]:
    """Turns what AWS refuses into an AwsError; `hint` is the remedy where the caller may do it at all."""
    try:
        with wrapped(doing):
            yield
    except AwsError as error:
        denied = error.aws_code in DENIED
        error.hint = error.hint or (_DENIED_HINT if denied else hint or _HINT)
        raise


def pages(call: Callable[..., Any], result: str, **request: Any) -> Iterator[Any]:
    """The items of all pages of a listing of Service Catalog; botocore has paginators for a few only."""
    token = None
    while True:
        page = call(**request, **({"PageToken": token} if token else {}))
        yield from page.get(result, ())
        token = page.get("NextPageToken")
        if not token:
            return


def widest(read: Callable[[dict[str, str]], T]) -> T | None:
    """Reads with the widest AccessLevelFilter that the caller may use; None when he may use none."""
    for level in _LEVELS:
        try:
            return read({"Key": level, "Value": "self"})
        except ClientError as error:
            if error_code(error) not in DENIED:
                raise
    return None
