"""The operations of REST services, recognized by method and path, from botocore's models."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

# Services whose name in signatures is not that of botocore's model.
_MODELS = {"elasticfilesystem": "efs", "execute-api": "apigatewaymanagementapi", "es": "opensearch"}
_LABEL = re.compile(r"\\\{([^}]+?)(\\\+)?\\\}")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a request for the operation looks like; `exact` is the length of the fixed part of the path."""

    name: str
    xml: bool
    method: str
    path: re.Pattern[str]
    exact: int
    query: frozenset[str]
    headers: frozenset[str]

    def fits(self, method: str, path: str, query: Set[str], headers: Mapping[str, str]) -> bool:
        """Whether a request can be for this operation."""
        return (
            method == self.method
            and self.query <= query
            and all(name in headers for name in self.headers)
            and self.path.fullmatch(path) is not None
        )

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Of several operations that fit, the most specific is meant."""
        return len(self.query), len(self.headers), self.exact


def rest_operation(
    service: str, method: str, path: str, query: Set[str], headers: Mapping[str, str]
) -> Operation | None:
    """The operation of a REST service; None if its model has no such operation."""
    fitting = [one for one in _operations(service) if one.fits(method.upper(), path, query, headers)]
    return max(fitting, key=lambda one: one.specificity, default=None)


@cache
def _operations(service: str) -> tuple[Operation, ...]:
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        model: Any = get_service_model(_MODELS.get(service, service))
    except (UnknownServiceError, ValueError):
        return ()
    if not model.protocol.startswith("rest-"):
        return ()
    return tuple(_operation(model.operation_model(name), model.protocol) for name in model.operation_names)


def _operation(model: Any, protocol: str) -> Operation:
    path, _, query = model.http["requestUri"].partition("?")
    members = model.input_shape.members.values() if model.input_shape else ()
    required = set(model.input_shape.required_members) if model.input_shape else set()
    needed = {"querystring": set(parse_qs(query, keep_blank_values=True)), "header": set()}
    for name, shape in zip(model.input_shape.members if members else (), members, strict=False):
        location = shape.serialization.get("location")
        if name in required and location in needed:
            needed[location].add(shape.serialization["name"])
    pattern = _LABEL.sub(lambda label: ".+" if label[2] else "[^/]+", re.escape(path))
    return Operation(
        name=model.name,
        xml=protocol == "rest-xml",
        method=model.http["method"],
        path=re.compile(f"{pattern}/?" if pattern != "/" else pattern, re.DOTALL),
        exact=len(_LABEL.sub("", re.escape(path))),
        query=frozenset(needed["querystring"]),
        headers=frozenset(name.lower() for name in needed["header"]),
    )
