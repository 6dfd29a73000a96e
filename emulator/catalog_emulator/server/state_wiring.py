"""What is not state but refers from one object to another, and keys and certificates."""

import importlib
from dataclasses import fields
from typing import Any

from cryptography.hazmat.primitives import serialization as keys
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate, load_pem_x509_certificate
from moto.cloudformation.models import cloudformation_backends

from catalog_emulator.cloudformation.engine.scheduler import notify
from catalog_emulator.cloudformation.template.scope import NO_VALUE, Environment
from catalog_emulator.server.state_encoding import Node
from catalog_emulator.server.state_kinds import StateError
from catalog_emulator.server.state_places import at, places

_WEB_KEYS = "joserfc._rfc7518.rsa_key"
_SINGLE = {"no-value": NO_VALUE, "notify": notify}


class Wiring:
    """Backends that refer to each other, environments of templates, singletons, keys."""

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
                values = {one.name: getattr(value, one.name) for one in fields(value)}
                return ["environment", {name: text for name, text in values.items() if isinstance(text, str)}]
            case Certificate():
                return ["certificate", value.public_bytes(keys.Encoding.PEM).decode()]
            case RSAPrivateKey() | EllipticCurvePrivateKey():
                pem = value.private_bytes(keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.NoEncryption())
                return ["private-key", pem.decode()]
        # A module that only Cognito's pools need.
        if type(value).__module__ == _WEB_KEYS:
            return ["web-key", value.as_dict(private=True)]
        return None

    def made(self, node: Node) -> Any:
        """What such a node stands for. Raises StateError for any other."""
        match node:
            case ["place", *place]:
                return at(place)
            case ["single", str(name)]:
                return _SINGLE[name]
            case ["environment", dict(texts)]:
                made: Any = Environment.__new__(Environment)
                self._unconnected.append((made, texts))
                return made
            case ["private-key", str(pem)]:
                return keys.load_pem_private_key(pem.encode(), None)
            case ["certificate", str(pem)]:
                return load_pem_x509_certificate(pem.encode())
            case ["web-key", dict(key)]:
                return importlib.import_module(_WEB_KEYS).RSAKey.import_key(key)
        raise StateError(f"unknown kind of value '{node[0]}'")

    def connect(self) -> None:
        """Gives templates the environments of their stacks again."""
        for made, texts in self._unconnected:
            stacks: Any = cloudformation_backends[texts["account_id"]][texts["region"]]
            vars(made).update(vars(stacks.environment(texts["stack_id"], texts["stack_name"])))
