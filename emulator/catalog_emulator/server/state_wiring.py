"""What is not state but leads from one thing to another, and keys, which are of classes of their own."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.cloudformation.models import cloudformation_backends

from catalog_emulator.cloudformation.engine.scheduler import notify
from catalog_emulator.cloudformation.template.scope import NO_VALUE, Environment
from catalog_emulator.server.startup import Later
from catalog_emulator.server.state_encoding import Node
from catalog_emulator.server.state_kinds import Unsuitable
from catalog_emulator.server.state_places import at, places

_SINGLE = {"no-value": NO_VALUE, "notify": notify}


class Wiring:
    """Backends that refer to each other, the surroundings of templates, things there is one of, keys."""

    def __init__(self) -> None:
        self._places = {id(held): place for place, held in places()}
        self._unconnected: list[tuple[Any, dict[str, Any]]] = []

    def node(self, value: Any) -> Node | None:
        """The node of something that is not state; None for everything else."""
        place = self._places.get(id(value))
        if place is not None:
            return ["place", *place]
        for name, one in _SINGLE.items():
            if value is one:
                return ["single", name]
        match value:
            case Environment():
                told = {one.name: getattr(value, one.name) for one in fields(value)}
                texts = {name: item for name, item in told.items() if isinstance(item, str)}
                return ["surroundings", texts]
            case Later():
                return ["later-key", value.spec]
            case RSAPrivateKey() | EllipticCurvePrivateKey():
                pem = value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                return ["private-key", pem.decode()]
        return None

    def made(self, node: Node) -> Any:
        """What such a node stands for. Raises Unsuitable for any other."""
        match node:
            case ["place", *place]:
                return at(place)
            case ["single", str(name)]:
                return _SINGLE[name]
            case ["surroundings", dict(told)]:
                made: Any = Environment.__new__(Environment)
                self._unconnected.append((made, told))
                return made
            case ["later-key", str(spec)]:
                return Later(spec)
            case ["private-key", str(pem)]:
                return load_pem_private_key(pem.encode(), None)
        raise Unsuitable(f"there is no kind of value '{node[0]}'")

    def connect(self) -> None:
        """Lets templates see what is around their stacks again."""
        for made, told in self._unconnected:
            stacks: Any = cloudformation_backends[told["account_id"]][told["region"]]
            vars(made).update(vars(stacks.environment(told["stack_id"], told["stack_name"])))
