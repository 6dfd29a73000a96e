"""The operations that requests call, as botocore's models have them: matched by moto's router."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from moto.core.request import Request

_SIGNED = (re.compile(rb'"signingName":\s*"([^"]+)'), re.compile(rb'"endpointPrefix":\s*"([^"]+)'))
# A model begins with its metadata.
_HEAD = 4096


def called_operation(service: str, name: str, request: Request) -> Any:
    """botocore's OperationModel of a request signed for a service; None if no model has the operation.

    `name` is what the request says; "" for a request whose method and path say it.
    """
    for model, router in filter(None, map(_model, _models(service))):
        if name:
            if name in model.operation_names and _meant(model, request):
                return model.operation_model(name)
        elif router is not None:
            with suppress(NotFound):
                return router.match(request)[0]
    return None


def _meant(model: Any, request: Request) -> bool:
    """Whether a request is of this one of several models with the same signing name."""
    target = request.headers.get("X-Amz-Target", "").rpartition(".")[0]
    metadata = model.metadata
    version = request.values.get("Version") if metadata["protocol"] == "query" else None
    return target in ("", metadata.get("targetPrefix")) and version in (None, metadata["apiVersion"])


def _models(service: str) -> Iterator[str]:
    """The models of services that sign with a name: first the one that has it itself."""
    if service:
        yield service
        yield from _signing_names().get(service, ())


@cache
def _model(name: str) -> tuple[Any, Any] | None:
    """The model of a service, and the router of its paths, if they say what is called."""
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model

    try:
        model: Any = get_service_model(name)
    except (UnknownServiceError, ValueError):
        return None
    protocols = model.metadata.get("protocols", [model.protocol])
    rest = next((one for one in protocols if one.startswith("rest-")), None)
    router: Any = get_service_router(name)
    return model, router._get_router(rest) if rest else None


@cache
def _signing_names() -> Mapping[str, list[str]]:
    import botocore

    names: dict[str, list[str]] = defaultdict(list)
    for file in sorted(Path(botocore.__file__).parent.glob("data/*/*/service-2.json.gz")):
        with gzip.open(file) as opened:
            head = opened.read(_HEAD)
        signed = next(found[1].decode() for one in _SIGNED if (found := one.search(head)))
        if (name := file.parts[-3]) not in (signed, *names[signed]):
            names[signed].append(name)
    return names
