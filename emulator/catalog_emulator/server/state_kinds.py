"""What a state file may contain: plain values, and objects of the classes that moto's backends use.

A class is named in the file and looked up here; nothing named in a file is ever called.
"""

import importlib
import ipaddress
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

# Values that are written as text: how to write and how to read them.
TEXTS: Mapping[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    timedelta: (lambda value: repr(value.total_seconds()), lambda text: timedelta(seconds=float(text))),
    Decimal: (str, Decimal),
    uuid.UUID: (str, uuid.UUID),
    complex: (repr, complex),
    ipaddress.IPv4Address: (str, ipaddress.IPv4Address),
    ipaddress.IPv4Network: (str, ipaddress.IPv4Network),
    ipaddress.IPv6Address: (str, ipaddress.IPv6Address),
    ipaddress.IPv6Network: (str, ipaddress.IPv6Network),
}
TEXT_NAMES = {kind.__name__: kind for kind in TEXTS}
FACTORIES: Mapping[str, Any] = {kind.__name__: kind for kind in (dict, list, set, str, int, float, bool)}
# Classes with a finalizer, which acts only on what the instance itself holds.
_WITH_FINALIZER = ("moto.ec2.models.instances:Instance", "moto.s3.models:FakeKey")


class StateError(ValueError):
    """Something that a state file cannot or must not contain."""


def name_of(kind: type) -> str:
    """The name that `class_of` finds again."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    if class_of(name) is not kind:
        raise StateError(f"class {name} not found by its name")
    return name


@cache
def class_of(name: str) -> type:
    """The class of moto or of this package that has this name. Raises StateError for any other."""
    module, _, path = name.partition(":")
    found: Any = _module(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type) or found.__module__ != module:
        raise StateError(f"class '{name}' is not allowed")
    if hasattr(found, "__del__") and name not in _WITH_FINALIZER:
        raise StateError(f"class '{name}' is not allowed: it has a finalizer")
    return found


def _module(name: str) -> Any:
    if re.fullmatch(r"catalog_emulator(\.\w+)+", name) and name in sys.modules:
        return sys.modules[name]
    found = re.fullmatch(r"moto\.(\w+)\.\w+(\.\w+)*", name)
    if found is None or found[1] not in _services():
        raise StateError(f"module '{name}' is not allowed")
    try:
        return sys.modules.get(name) or importlib.import_module(name)
    except ImportError:
        raise StateError(f"moto has no module '{name}'") from None


@cache
def _services() -> frozenset[str]:
    from moto.backends import list_of_moto_modules

    return frozenset((*list_of_moto_modules(), "core", "utilities")) - {"moto_server", "moto_proxy"}
