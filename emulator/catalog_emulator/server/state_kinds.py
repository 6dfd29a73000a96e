"""What a state file may contain: plain values, and objects of the classes that moto's backends use.

A class is named in the file and looked up in a list; nothing named in a file is ever called.
"""

import importlib
import ipaddress
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

# Of DynamoDB's numbers, which have the most: 38 digits, up to 1e126.
_DIGITS = 400


class StateError(ValueError):
    """Something that a state file cannot or must not contain."""


def _decimal(text: str) -> Decimal:
    """Of a size that services have: computing with others takes hours."""
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
        raise StateError(f"'{text[:20]}' is not a number of at most {_DIGITS} digits")
    return value


# Values that are written as text: how to write and how to read them.
TEXTS: Mapping[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    timedelta: (lambda value: repr(value.total_seconds()), lambda text: timedelta(seconds=float(text))),
    Decimal: (str, _decimal),
    uuid.UUID: (str, uuid.UUID),
    complex: (repr, complex),
    ipaddress.IPv4Address: (str, ipaddress.IPv4Address),
    ipaddress.IPv4Network: (str, ipaddress.IPv4Network),
    ipaddress.IPv6Address: (str, ipaddress.IPv6Address),
    ipaddress.IPv6Network: (str, ipaddress.IPv6Network),
}
TEXT_NAMES = {kind.__name__: kind for kind in TEXTS}
_FACTORIES: Mapping[str, Any] = {kind.__name__: kind for kind in (dict, list, set, str, int, float, bool)}

# Answers for a method without an integration.
_UNKNOWN = "moto.apigateway.integration_parsers.unknown_parser:TypeUnknownParser"


def factory_name(factory: Any) -> str | None:
    """What makes the entries of a defaultdict: a type's name, "" for none, None for other code."""
    if factory is None:
        return ""
    known = f"{factory.__module__}:{factory.__qualname__}" == _UNKNOWN
    name: str = _UNKNOWN if known else factory.__name__
    return name if factory_of(name) is factory else None


def factory_of(name: str) -> Any:
    """What has this name; None for any other."""
    return class_of(name) if name == _UNKNOWN else _FACTORIES.get(name)


def name_of(kind: type) -> str:
    """The name that `class_of` finds again."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    if class_of(name) is not kind:
        raise StateError(f"class {name} not found by its name")
    return name


def is_value(kind: type) -> bool:
    """Whether its instances may be saved."""
    return f"{kind.__module__}:{kind.__qualname__}" in _allowed()


@cache
def class_of(name: str) -> type:
    """The class that has this name, of those in state_classes.txt. Raises StateError for any other."""
    if name not in _allowed():
        raise StateError(f"class '{name}' is not allowed")
    module, _, path = name.partition(":")
    try:
        found: Any = sys.modules.get(module) or importlib.import_module(module)
    except ImportError:
        raise StateError(f"module '{module}' not found") from None
    for part in path.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type) or found.__module__ != module:
        raise StateError(f"class '{name}' not found")
    return found


@cache
def _allowed() -> frozenset[str]:
    """`python -m tests.generated_tables` writes the file."""
    lines = files(__package__).joinpath("state_classes.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(f"{module}:{name}" for module, *names in map(str.split, lines) for name in names)
