"""Pages of lists. Page tokens are opaque, and valid only for the list that they were made for."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def page(
    items: Sequence[Item], size: int, token: str | None, request: str, *, newest_first: bool = False
) -> tuple[Sequence[Item], str | None]:
    """One page and the token of the next; raises ValueError for a token of another request.

    A list with its newest items first grows at its start: its tokens count from the end.
    """
    digest = hashlib.sha256(request.encode()).hexdigest()
    mark = 0 if token is None else _mark(token, digest)
    start = len(items) - mark if newest_first and token is not None else mark
    end = start + size
    mark = len(items) - end if newest_first else end
    following = base64.urlsafe_b64encode(json.dumps([digest, mark]).encode()).decode()
    return items[start:end], following if end < len(items) else None


def _mark(token: str, digest: str) -> int:
    match json.loads(base64.urlsafe_b64decode(token.encode())):
        case [str(name), int(mark)] if name == digest:
            return mark
    raise ValueError("another request's token")
