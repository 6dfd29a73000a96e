"""From a state file's nodes back to objects. No constructor is called, no code of a file is run.

Objects are made empty first, then filled: lists and attributes before whatever is found by hash.
"""

import base64
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from tempfile import SpooledTemporaryFile
from types import MethodType
from typing import Any
from weakref import WeakValueDictionary

from catalog_emulator.server.state_encoding import CLASSES, LOCKS, METHODS, Node
from catalog_emulator.server.state_kinds import TEXT_NAMES, TEXTS, StateError, class_of, factory_of

Rewire = Callable[[Node], Any]
_PLAIN: Mapping[str, type] = {
    kind.__name__: kind for kind in (list, set, deque, dict, OrderedDict, defaultdict, WeakValueDictionary)
}
_FILE_IN_MEMORY = 512 * 1024


class Decoder:
    """Makes the objects of a list of nodes; `rewire` makes those that stand for wiring."""

    def __init__(self, nodes: list[Node], rewire: Rewire) -> None:
        self._nodes = nodes
        self._rewire = rewire
        self._made: dict[int, Any] = {}
        self._live: list[Any] = []
        self._pending: set[int] = set()

    def reuse(self, reference: Any, live: Any) -> None:
        """Empties a container that exists already; `fill` then puts into it what the file has for it."""
        if isinstance(reference, list) and isinstance(live, (dict, list, set)):
            (index,) = reference
            kind, *rest = self._node(index)
            name = rest[0] if kind in ("mapping", "items") else ""
            if index not in self._made and type(live) is (class_of(name) if name else _PLAIN.get(kind)):
                live.clear()
                self._made[index] = live
                self._live.append(live)

    def fill(self) -> None:
        for index in range(len(self._nodes)):
            self._object(index)
        hashed = []
        for index, node in enumerate(self._nodes):
            if node[0] in ("dict", "OrderedDict", "WeakValueDictionary", "set", "defaultdict", "mapping"):
                hashed.append((index, node))
            if node[0] in ("object", "mapping", "items"):
                self._set_attributes(self._made[index], node[2])
            if node[0] in ("list", "deque", "items"):
                self._made[index].extend(map(self.value, node[-1]))
        for index, node in hashed:
            self._fill_hashed(self._made[index], node)

    def clear_reused(self) -> None:
        for live in self._live:
            live.clear()

    def value(self, encoded: Any) -> Any:
        """What a JSON value stands for: itself, or the object that it refers to."""
        if not isinstance(encoded, list):
            if isinstance(encoded, dict):
                raise StateError("a value is neither plain nor a reference")
            if isinstance(encoded, str):
                # Half of a surrogate pair could not be answered.
                encoded.encode()
            return encoded
        (index,) = encoded
        return self._object(index)

    def _object(self, index: int) -> Any:
        if index in self._made:
            return self._made[index]
        node = self._node(index)
        if index in self._pending:
            raise StateError(f"node {index} contains itself")
        self._pending.add(index)
        made = self._made[index] = self._empty(node)
        self._pending.discard(index)
        return made

    def _node(self, index: Any) -> Node:
        if type(index) is not int or not 0 <= index < len(self._nodes):
            raise StateError(f"node {index!r} not found")
        node = self._nodes[index]
        if not isinstance(node, list) or not node:
            raise StateError(f"node {index} is not a node")
        return node

    def _empty(self, node: Node) -> Any:
        """The object: complete if immutable, else without its content."""
        match node:
            case [
                ("list" | "set" | "deque" | "dict" | "OrderedDict" | "WeakValueDictionary") as kind,
                list(),
            ]:
                return _PLAIN[kind]()
            case ["tuple" | "frozenset" as kind, list(items)]:
                return (tuple if kind == "tuple" else frozenset)(map(self.value, items))
            case ["named", str(name), list(items)] if issubclass(class_of(name), tuple):
                return tuple.__new__(class_of(name), map(self.value, items))
            case ["defaultdict", str(factory), list()]:
                return defaultdict(factory_of(factory))
            case ["mapping", str(name), dict(), str(factory), list()]:
                made = _bare(class_of(name), node[0])
                if isinstance(made, defaultdict):
                    made.default_factory = factory_of(factory)
                return made
            case ["object", str(name), dict()] | ["items", str(name), dict(), list()]:
                return _bare(class_of(name), node[0])
            case ["method", [int()] as reference, str(name)] if name.startswith(METHODS):
                owner = self.value(reference)
                return MethodType(vars(type(owner))[name], owner)
            case ["class", str(name)] if name.startswith(CLASSES):
                return class_of(name)
            case ["enum", str(name), str(member)]:
                return class_of(name).__members__[member]  # type: ignore[attr-defined]
        plain = _plain(node)
        return self._rewire(node) if plain is None else plain

    def _set_attributes(self, made: Any, held: Mapping[str, Any]) -> None:
        kind: type = type(made)
        missing = sorted(_needed(kind) - set(held))
        if missing:
            raise StateError(f"{kind.__name__} has no '{missing[0]}'")
        # Bypasses frozen dataclasses and properties.
        vars(made).update({name: self.value(encoded) for name, encoded in held.items()})

    def _fill_hashed(self, made: Any, node: Node) -> None:
        if node[0] == "set":
            made.update(map(self.value, node[1]))
            return
        insert: Any = type(made).__setitem__ if node[0] == "WeakValueDictionary" else dict.__setitem__
        if isinstance(made, OrderedDict):
            insert = OrderedDict.__setitem__
        for key, value in node[-1]:
            insert(made, self.value(key), self.value(value))


@cache
def _needed(kind: type) -> frozenset[str]:
    """The required attributes of this package's classes."""
    if not is_dataclass(kind) or not kind.__module__.startswith("catalog_emulator."):
        return frozenset()
    return frozenset(one.name for one in fields(kind) if not hasattr(kind, one.name))


def _plain(node: Node) -> Any:
    match node:
        case ["text", str(name), str(text)]:
            return TEXTS[TEXT_NAMES[name]][1](text)
        case ["bytes", str(text)]:
            return base64.b64decode(text, validate=True)
        case ["float", str(text)]:
            return float(text)
        case ["lock", str(name)]:
            return LOCKS[name]()
        case ["file", str() | None as text]:
            file: Any = SpooledTemporaryFile(max_size=_FILE_IN_MEMORY)  # noqa: SIM115
            file.write(base64.b64decode(text or "", validate=True))
            file.seek(0)
            if text is None:
                file.close()
            return file
    return None


def _bare(kind: type, shape: str) -> Any:
    """An instance made without its class's own `__new__` and `__init__`."""
    base = next((one for one in (OrderedDict, defaultdict, dict, list, set) if issubclass(kind, one)), object)
    fits = {"object": base is object, "mapping": issubclass(base, dict)}
    if not fits.get(shape, base in (list, set)):
        raise StateError(f"{kind.__qualname__} is not of the shape '{shape}'")
    maker: Any = base
    return maker.__new__(kind)
