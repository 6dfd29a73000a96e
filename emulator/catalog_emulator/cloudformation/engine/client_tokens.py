"""Client tokens: a request that is repeated with its token runs once and gets the same answer.

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
    """AWS's refusal of a token that was used for another request."""

    code = "TokenAlreadyExistsException"


@dataclass(frozen=True, kw_only=True)
class _Done:
    request: str
    answer: Any


class ClientTokens:
    """The requests with a token that ran, and their answers."""

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
        """The answer of `do`, or the earlier one for the token; a request that failed can be repeated."""
        if token is None:
            return do()
        key, text = (action, subject, token), json.dumps(request, sort_keys=True, default=str)
        known = self._done.get(key)
        if known is None:
            answer = do()
            self._done[key] = _Done(request=text, answer=answer)
            return answer
        if known.request != text:
            raise TokenAlreadyExists(f"A client request token {token} already exists with other parameters")
        found: Answer = known.answer
        return found
