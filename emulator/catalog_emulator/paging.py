"""Pages of lists. Page tokens are opaque, and valid only for the list that they were made for."""

import base64
import json
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def page(
    items: Sequence[Item], size: int, token: str | None, request: str
) -> tuple[Sequence[Item], str | None]:
    """One page and the token of the next; raises ValueError for a token of another request."""
    start = 0 if token is None else _start(token, request)
    end = start + size
    following = base64.urlsafe_b64encode(json.dumps([request, end]).encode()).decode()
    return items[start:end], following if end < len(items) else None


def _start(token: str, request: str) -> int:
    match json.loads(base64.urlsafe_b64decode(token.encode())):
        case [str(name), int(start)] if name == request:
            return start
    raise ValueError("another request's token")
