"""Pages of a list: opaque tokens that are good for the same request only."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from catalog_emulator.servicecatalog.exceptions import InvalidParametersException

T = TypeVar("T")


def page(
    items: Sequence[T], *, of: str, size: int | None, token: str | None, default: int = 20
) -> tuple[list[T], str | None]:
    """One page and the token of the next. `of` names the list, so that another list's token is refused."""
    start = 0 if token is None else _start(token, of)
    # PageSize 0 is allowed by the model and means the default.
    end = start + (size or default)
    following = _token(of, end) if end < len(items) else None
    return list(items[start:end]), following


def with_token(answer: dict[str, Any], token: str | None, name: str = "NextPageToken") -> dict[str, Any]:
    """The answer, with the next page's token where there is one."""
    return answer if token is None else {**answer, name: token}


def _token(of: str, start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([of, start]).encode()).decode()


def _start(token: str, of: str) -> int:
    try:
        match json.loads(base64.urlsafe_b64decode(token.encode())):
            case [str(name), int(start)] if name == of:
                return start
            case _:
                pass
    except (binascii.Error, ValueError):
        pass
    raise InvalidParametersException(f"The page token is not valid: {token}")
