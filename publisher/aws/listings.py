"""Answers of any operation, page by page, as data asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jmespath


def pages_of(client: Any, operation: str, **request: Any) -> Iterator[Mapping[str, Any]]:
    """The pages of an operation's answer, `describe_vpcs`; one where it has no pages. Raises ClientError."""
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**request)
    else:
        yield getattr(client, operation)(**request)


def found_in(page: Mapping[str, Any], expression: str) -> Any:
    """What a JMESPath expression finds: https://jmespath.org/specification.html."""
    return jmespath.search(expression, page)
