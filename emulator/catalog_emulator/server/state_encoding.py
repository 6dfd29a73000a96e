"""From what moto's backends hold to plain JSON values: objects become numbered nodes."""

import base64
import math
import re
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cached_property
from tempfile import SpooledTemporaryFile
from types import MethodType
from typing import Any
from weakref import WeakValueDictionary

from catalog_emulator.server.state_kinds import TEXTS, StateError, factory_name, name_of

Node = list[Any]
# What is not state but wiring, by identity or class: the node that stands for it, or None.
Wired = Callable[[Any], Node | None]
# moto's security groups keep their own methods, for filters; workspaces keep one of their backend.
METHODS = ("filter_", "list_tags_for_resource")
# RDS keeps its dictionaries by the classes that they have.
CLASSES = "moto.rds.models:"
LOCKS = {"Lock": threading.Lock, "RLock": threading.RLock, "Condition": threading.Condition}
_LOCK_NAMES = {type(make()): name for name, make in LOCKS.items()}
_PLAIN: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", deque: "deque"}
_DICTS: dict[type, str] = {one: one.__name__ for one in (dict, OrderedDict, WeakValueDictionary)}


class Encoder:
    """Numbers objects in the order in which it finds them, as `nodes`; `left_out` is what cannot be saved."""

    def __init__(self, wired: Wired) -> None:
        self._wired = wired
        self._known: dict[int, int] = {}
        self._kept: list[Any] = []
        self._open: list[tuple[int, Any, str]] = []
        self.nodes: list[Node] = []
        self.left_out: list[str] = []

    def value(self, value: Any, path: str) -> Any:
        """The JSON value of anything; `path` is where it was found, for errors."""
        reference = self._reference(value, path)
        while self._open:
            index, held, where = self._open.pop()
            self.nodes[index] = self._node(held, where)
        return reference

    def attributes(self, holder: Any, names: Iterable[str], path: str) -> dict[str, Any]:
        """The JSON values of attributes; without those that contain what cannot be saved."""
        encoded = {}
        for name in names:
            before = len(self.nodes)
            try:
                encoded[name] = self.value(vars(holder)[name], f"{path}.{name}")
            except Exception as error:
                # One object that nobody expected must not cost the whole account.
                self.left_out.append(str(error) or f"{path}.{name}: {type(error).__name__}")
                self._open.clear()
                for value in self._kept[before:]:
                    del self._known[id(value)]
                del self.nodes[before:], self._kept[before:]
        return encoded

    def _reference(self, value: Any, path: str) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float and math.isfinite(value):
            return value
        index = self._known.get(id(value))
        if index is None:
            index = self._known[id(value)] = len(self.nodes)
            # Keeps its id its own.
            self._kept.append(value)
            self.nodes.append([])
            self._open.append((index, value, path))
        return [index]

    def _node(self, value: Any, path: str) -> Node:
        wired = self._wired(value)
        if wired is not None:
            return wired
        kind = type(value)
        if kind in _PLAIN:
            items = sorted(value, key=repr) if kind in (set, frozenset) else value
            return [_PLAIN[kind], [self._reference(item, f"{path}[]") for item in items]]
        if kind in _DICTS:
            return [_DICTS[kind], self._pairs(value, path)]
        if kind in TEXTS:
            return ["text", kind.__name__, TEXTS[kind][0](value)]
        return _simple(value) or self._object(value, path)

    def _object(self, value: Any, path: str) -> Node:
        kind = type(value)
        if kind is MethodType and value.__name__.startswith(METHODS):
            return ["method", self._reference(value.__self__, path), value.__name__]
        if isinstance(value, type) and f"{value.__module__}:".startswith(CLASSES):
            return ["class", name_of(value)]
        if (callable(value) and not hasattr(value, "__dict__")) or _is_code(value):
            raise StateError(f"{path} contains code: {value!r}")
        if kind is defaultdict:
            return ["defaultdict", _factory(value, path), self._pairs(value, path)]
        try:
            name = name_of(kind)
        except StateError as error:
            raise StateError(f"{path} cannot be saved: {error}") from None
        if isinstance(value, Enum):
            return ["enum", name, value.name]
        held = {
            key: self._reference(inner, f"{path}.{key}")
            for key, inner in list(getattr(value, "__dict__", {}).items())
            if not isinstance(getattr(kind, key, None), cached_property)
        }
        if isinstance(value, dict):
            return ["mapping", name, held, _factory(value, path), self._pairs(value, path)]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return ["named", name, [self._reference(item, f"{path}[]") for item in value]]
        if isinstance(value, (list, set)):
            return ["items", name, held, [self._reference(item, f"{path}[]") for item in value]]
        if isinstance(value, (str, int, float, tuple)):
            raise StateError(f"{path} cannot be saved: it is a {name}")
        return ["object", name, held]

    def _pairs(self, value: Any, path: str) -> list[Any]:
        # items() of S3's keys returns only their newest versions.
        items = dict.items(value) if isinstance(value, dict) else value.items()
        return [
            [self._reference(key, f"{path} key"), self._reference(inner, f"{path}[{key!r}]")]
            for key, inner in list(items)
        ]


def _factory(value: dict[Any, Any], path: str) -> str:
    """The type's name that makes a defaultdict's entries; "" for none, or for code of a backend."""
    name = factory_name(getattr(value, "default_factory", None))
    if name is not None:
        return name
    # Code is not saved; backends set it on their own attributes when they are made.
    if not re.fullmatch(r"[\w-]+\.\w+", path):
        raise StateError(f"{path} creates its entries with code")
    return ""


def _simple(value: Any) -> Node | None:
    match value:
        case bytes() | bytearray():
            return ["bytes", base64.b64encode(value).decode()]
        case float():
            return ["float", repr(value)]
        case SpooledTemporaryFile():
            # Parts of an upload that is complete are closed.
            if value.closed:
                return ["file", None]
            at = value.tell()
            value.seek(0)
            content = value.read()
            value.seek(at)
            return ["file", base64.b64encode(content).decode()]
    name = _LOCK_NAMES.get(type(value))
    return None if name is None else ["lock", name]


def _is_code(value: Any) -> bool:
    return isinstance(value, type) or hasattr(value, "__code__") or hasattr(value, "__func__")
