"""Client tokens: a request that comes again with its token is answered again, and done once.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, ClientRequestToken
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from moto.cloudformation.exceptions import CloudFormationError

Answer = TypeVar("Answer")


class TokenAlreadyExists(CloudFormationError):
    """AWS's refusal of a token that came with another request."""

    code = "TokenAlreadyExistsException"


@dataclass(frozen=True, kw_only=True)
class _Done:
    request: str
    answer: Any


class Tokens:
    """The requests that came with a token, and their answers."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str, str], _Done] = {}

    def once(
        self,
        action: str,
        subject: str,
        token: str | None,
        request: Mapping[str, Any],
        do: Callable[[], Answer],
    ) -> Answer:
        """The answer of `do`, or the one it gave when the token came first. What fails may be tried again."""
        if token is None:
            return do()
        key, told = (action, subject, token), json.dumps(request, sort_keys=True, default=str)
        known = self._done.get(key)
        if known is None:
            answer = do()
            self._done[key] = _Done(request=told, answer=answer)
            return answer
        if known.request != told:
            raise TokenAlreadyExists(f"A client request token {token} already exists with other parameters")
        found: Answer = known.answer
        return found
