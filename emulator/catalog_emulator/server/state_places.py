"""Where state lives in this process: moto's registries, their backends, and parts of backends.

A place is ("s3",), ("s3", account, Region), or ("cloudformation", account, Region, "providers") for a part:
an object that a backend creates with itself. A part is not saved, but the containers in it are.
"""

import re
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

from moto import backends
from moto.backends import ALT_SERVICE_NAMES, get_backend
from moto.core.base_backend import BackendDict, BaseBackend

from catalog_emulator.server.state_kinds import StateError, is_value

Place = tuple[str, ...]

_PACKAGE = "catalog_emulator."
# moto's own bookkeeping.
_NOT_STATE = ("moto_api",)
# moto's parts of backends.
_MOTO_PARTS = ("LambdaStorage", "LayerStorage", "SegmentCollection")
# A model, which a backend reads when it needs it, and listings in progress.
_NOT_SAVED = ("config_schema", "_pages")
_REGISTRY = ("backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id")


def places() -> Iterator[tuple[Place, Any]]:
    """Every place that is in use, with what is there."""
    registries: Any = BackendDict
    for registry in list(registries._instances):
        if registry.service_name in _NOT_STATE:
            continue
        yield (registry.service_name,), registry
        for account, region, backend in list(registry.iter_backends()):
            place = (registry.service_name, account, region)
            yield place, backend
            for path, part in _parts(backend, "", set()):
                yield (*place, path), part


def at(place: list[Any]) -> Any:
    """What is at a place of a file, created if not in use yet. Raises StateError."""
    match place:
        case [str(service)]:
            return _registry(service)
        case [str(service), str(account), str(region)]:
            return _registry(service)[account][region]
        case [str(service), str(account), str(region), str(path)]:
            found = _registry(service)[account][region]
            for name in path.split("."):
                found = vars(found).get(name)
                if not _is_part(found):
                    raise StateError(f"{service} has no part '{path}'")
            return found
    raise StateError(f"{place!r} is not a place")


def saved(holder: Any) -> list[str]:
    """Names of the attributes that are saved."""
    held = vars(holder).items()
    if isinstance(holder, BackendDict):
        return [name for name, _ in held if name not in _REGISTRY]
    if isinstance(holder, BaseBackend):
        return [
            name
            for name, value in held
            if name not in _NOT_SAVED and not _is_part(value) and not isinstance(value, re.Pattern)
        ]
    return [name for name, value in held if isinstance(value, (dict, list, set, WeakValueDictionary))]


def _parts(holder: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    for name, value in vars(holder).items():
        if _is_part(value) and id(value) not in seen:
            seen.add(id(value))
            here = f"{path}.{name}".removeprefix(".")
            yield here, value
            yield from _parts(value, here, seen)


def _is_part(value: Any) -> bool:
    kind = type(value)
    return kind.__name__ in _MOTO_PARTS or (
        kind.__module__.startswith(_PACKAGE)
        and hasattr(value, "__dict__")
        and not is_value(kind)
        and not isinstance(value, (BaseBackend, dict, list, set))
    )


def _registry(service: str) -> Any:
    safe = service.replace("-", "")
    if safe not in ALT_SERVICE_NAMES and safe not in set(backends.list_of_moto_modules()):
        raise StateError(f"moto has no service '{service}'")
    name: Any = service
    return get_backend(name)
