"""Lists that come in pages: operations return all items, and a request gets one page of them.

Page tokens are opaque and valid for the same request only.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_emulator.servicecatalog.exceptions import InvalidParameters

_SIZE = 20


def _as_is(item: Any) -> Any:
    return item


@dataclass(frozen=True)
class Listing:
    """An answer whose `member` is a list. `show` makes an item's JSON value, for the items of a page only.

    `rest` are the other members of the answer.
    """

    member: str
    items: Sequence[Any]
    show: Callable[[Any], Any] = _as_is
    rest: Mapping[str, Any] = field(default_factory=dict)

    def page(
        self, request: str, *, size: int | None, token: str | None, token_member: str = "NextPageToken"
    ) -> dict[str, Any]:
        """The answer with one page, and the token of the next. `request` is what a token is valid for."""
        start = 0 if token is None else _start(token, request)
        # PageSize 0 is allowed by the model and means the default.
        end = start + (size or _SIZE)
        answer = {**self.rest, self.member: [self.show(item) for item in self.items[start:end]]}
        if end < len(self.items):
            answer[token_member] = base64.urlsafe_b64encode(json.dumps([request, end]).encode()).decode()
        return answer


def _start(token: str, request: str) -> int:
    try:
        match json.loads(base64.urlsafe_b64decode(token.encode())):
            case [str(name), int(start)] if name == request:
                return start
            case _:
                pass
    except (binascii.Error, ValueError):
        pass
    raise InvalidParameters(f"The page token is not valid: {token}")
