"""What moto reads while it is imported, and few ever ask for: read when it is asked for.

For a process of ours, before moto is imported; where moto is there already, nothing happens.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from types import ModuleType
from typing import Any

_INSTANCE_TYPES = "moto.ec2.models.instance_types"
_API_GATEWAY = "moto.apigateway.models"
_VALIDATOR = "openapi_spec_validator"
_EXCEPTIONS = f"{_VALIDATOR}.validation.exceptions"


def install() -> None:
    """Puts off the instance types of EC2, and the validator of OpenAPI documents: half of a start."""
    if _INSTANCE_TYPES not in sys.modules:
        _defer_instance_types()
    if _API_GATEWAY not in sys.modules and _VALIDATOR not in sys.modules:
        _defer_validator()


class LaterMapping(Mapping[str, Any]):
    """A mapping that is made when somebody looks into it."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    def __getitem__(self, key: str) -> Any:
        return self._make()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())


class LaterSequence(Sequence[Any]):
    """A sequence that is made when somebody looks into it."""

    def __init__(self, make: Callable[[], Sequence[Any]]) -> None:
        self._make = make

    def __getitem__(self, index: Any) -> Any:
        return self._make()[index]

    def __len__(self) -> int:
        return len(self._make())


def _defer_instance_types() -> None:
    from moto.utilities import utils

    files: Any = utils
    read = files.load_resource
    files.load_resource = lambda path: {} if "ec2/resources/instance_type" in path else read(path)
    try:
        models: Any = importlib.import_module(_INSTANCE_TYPES)
    finally:
        files.load_resource = read
    whole = cache(partial(_again, models))
    # Other modules have this dictionary itself.
    for kind in models.INSTANCE_TYPE_OFFERINGS:
        offerings = partial(lambda kind: whole().INSTANCE_TYPE_OFFERINGS[kind], kind)
        models.INSTANCE_TYPE_OFFERINGS[kind] = LaterMapping(offerings)
    models.INSTANCE_TYPES = LaterMapping(lambda: whole().INSTANCE_TYPES)
    models.INSTANCE_FAMILIES = LaterSequence(lambda: whole().INSTANCE_FAMILIES)
    models.InstanceTypeBackend.instance_types = LaterSequence(
        lambda: whole().InstanceTypeBackend.instance_types
    )


def _again(module: ModuleType) -> Any:
    """The same module once more, this time with all that it reads."""
    spec = importlib.util.spec_from_file_location(module.__name__, module.__file__)
    assert spec is not None and spec.loader is not None, "it has been imported from there"
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    return again


def _defer_validator() -> None:
    def validate(document: Any) -> None:
        models.validate = importlib.import_module(_VALIDATOR).validate
        models.OpenAPIValidationError = importlib.import_module(_EXCEPTIONS).OpenAPIValidationError
        models.validate(document)

    names = (_VALIDATOR, f"{_VALIDATOR}.validation", _EXCEPTIONS)
    for name in names:
        sys.modules[name] = ModuleType(name)
    vars(sys.modules[_VALIDATOR])["validate"] = validate
    vars(sys.modules[_EXCEPTIONS])["OpenAPIValidationError"] = ValueError
    try:
        models: Any = importlib.import_module(_API_GATEWAY)
    finally:
        for name in names:
            del sys.modules[name]
