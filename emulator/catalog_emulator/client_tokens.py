"""Client tokens: a request that is repeated with its token runs once and gets the same answer.

How long AWS remembers a token is not documented. Here it never expires, so that a token of something deleted
neither restores it nor creates another.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class TokenReused(Exception):
    """A token was used before with another request."""


class ClientTokens:
    """The requests with a token that succeeded, and their answers."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[str, Any]] = {}

    def once(
        self, key: tuple[str, ...], request: Mapping[str, Any], run: Callable[[], Answer]
    ) -> tuple[Answer, bool]:
        """The answer, and whether it is an earlier one; the key ends with the token. Raises TokenReused."""
        text = json.dumps(request, sort_keys=True, default=str)
        if key not in self._known:
            answer = run()
            self._known[key] = text, answer
            return answer, False
        before, answer = self._known[key]
        if before != text:
            raise TokenReused(key[-1])
        return answer, True
