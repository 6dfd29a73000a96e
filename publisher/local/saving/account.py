"""The state of the local account as one JSON document: everything that moto's backends hold.

Ids, keys and times stay as they were. What is under way cannot be saved, and what is code is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from publisher.errors import InputError, PublisherError
from publisher.local.cloudformation.backend import StackBackend
from publisher.local.cloudformation.scope import NO_VALUE, Surroundings
from publisher.local.cloudformation.work import notify
from publisher.local.saving.decoding import Decoder
from publisher.local.saving.encoding import Encoder, Node
from publisher.local.saving.kinds import Unsuitable
from publisher.local.tuning import Later

FORMAT = "publisher-local-state"
VERSION = 1
_HINT = "make one with: publisher local save FILE"
# moto's own bookkeeping, and what the stack engine is made of rather than what it holds.
_NOT_STATE = ("moto_api",)
_SINGLE = {"no-value": NO_VALUE, "notify": notify}
_ENGINE = ("_work", "providers")
_STORES = ("generic", "objects")
_REGISTRY = ("backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id")


def dump(base_url: str) -> str:
    """The state as text. Raises PublisherError while a stack is being worked on."""
    _refuse_while_working()
    wiring = _Wiring()
    encoder = Encoder(wiring.node)
    try:
        backends = [
            [service, account, region, encoder.attributes(held, _names(held), service)]
            for service, account, region, held in _backends()
        ]
        stores = [
            [account, region, encoder.attributes(held.providers, _STORES, "cloudformation")]
            for service, account, region, held in _backends()
            if service == "cloudformation"
        ]
        registries = {
            one.service_name: encoder.attributes(
                one, [name for name in vars(one) if name not in _REGISTRY], one.service_name
            )
            for one in _registries()
        }
    except Unsuitable as error:
        raise PublisherError(f"the state cannot be saved: {error}") from error
    document = {
        "format": FORMAT,
        "version": VERSION,
        "base_url": base_url,
        "backends": backends,
        "stores": stores,
        "registries": registries,
        "nodes": encoder.nodes,
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=False) + "\n"


def save(path: Path, base_url: str) -> None:
    """Writes the state to a file that only its owner reads: it holds keys and secrets."""
    part = path.with_name(f".{path.name}.part")
    part.touch(mode=0o600)
    part.write_text(dump(base_url), encoding="utf-8")
    part.replace(path)


def load(path: Path, base_url: str) -> None:
    """Puts the state of a file in the place of what moto holds. Raises InputError in one line."""
    from moto.moto_api._internal.models import moto_api_backend

    try:
        document = _document(path, base_url)
        _restore(document)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        moto_api_backend.reset()
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} is not a state of the local endpoint: {reason}", hint=_HINT) from error


def _document(path: Path, base_url: str) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint=_HINT) from error
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unsuitable("it does not say that it is one")
    if document.get("version") != VERSION:
        raise Unsuitable(f"its version is {document.get('version')}, not {VERSION}")
    # Links in mails, and other addresses of the endpoint, are those of the endpoint that runs now.
    renewed: dict[str, Any] = json.loads(text.replace(document["base_url"], base_url))
    return renewed


def _restore(document: dict[str, Any]) -> None:
    from moto.backends import get_backend
    from moto.cloudformation.models import cloudformation_backends

    wiring = _Wiring()
    decoder = Decoder(document["nodes"], wiring.made)
    held: list[tuple[Any, dict[str, Any]]] = []
    for service, account, region, attributes in document["backends"]:
        registry: Any = get_backend(_known(service))
        held.append((registry[account][region], attributes))
    for account, region, attributes in document["stores"]:
        stacks: Any = cloudformation_backends[account][region]
        held.append((stacks.providers, {name: attributes[name] for name in _STORES}))
    for service, attributes in document["registries"].items():
        held.append((get_backend(_known(service)), attributes))
    for holder, attributes in held:
        for name, told in attributes.items():
            decoder.stands_for(told, vars(holder).get(name))
    decoder.fill()
    for holder, attributes in held:
        vars(holder).update({name: decoder.value(told) for name, told in attributes.items()})
    wiring.connect()


class _Wiring:
    """What leads from one backend to another, and from a stack's template to its surroundings."""

    def __init__(self) -> None:
        self._places = {id(held): (service, *at) for service, *at, held in _backends()}
        self._places |= {id(one): (one.service_name,) for one in _registries()}
        self._unconnected: list[tuple[Any, dict[str, Any]]] = []

    def node(self, value: Any) -> Node | None:
        """The node of something that is not state."""
        place = self._places.get(id(value))
        if place is not None:
            return ["place", *place]
        if isinstance(value, Surroundings):
            told = {one.name: getattr(value, one.name) for one in fields(value)}
            return ["surroundings", {name: item for name, item in told.items() if not callable(item)}]
        for name, one in _SINGLE.items():
            if value is one:
                return ["single", name]
        return _key_node(value)

    def made(self, node: Node) -> Any:
        """What such a node stands for."""
        from moto.backends import get_backend

        match node:
            case ["place", str(service)]:
                return get_backend(_known(service))
            case ["place", str(service), str(account), str(region)]:
                registry: Any = get_backend(_known(service))
                return registry[account][region]
            case ["single", str(name)]:
                return _SINGLE[name]
            case ["surroundings", dict(told)]:
                made: Any = Surroundings.__new__(Surroundings)
                self._unconnected.append((made, told))
                return made
        return _key(node)

    def connect(self) -> None:
        """Lets templates see what is around their stacks again."""
        from moto.cloudformation.models import cloudformation_backends

        for made, told in self._unconnected:
            stacks: Any = cloudformation_backends[told["account_id"]][told["region"]]
            vars(made).update(vars(stacks.surroundings(told["stack_id"], told["stack_name"])))


def _backends() -> Iterator[tuple[str, str, str, Any]]:
    """(service, account, Region, backend) of everything that was ever asked for."""
    for one in _registries():
        for account, region, held in list(one.iter_backends()):
            yield one.service_name, account, region, held


def _registries() -> list[Any]:
    from moto.core.base_backend import BackendDict

    registries: Any = BackendDict
    return [one for one in registries._instances if one.service_name not in _NOT_STATE]


def _known(service: str) -> Any:
    """A service of moto's, by the name that `get_backend` takes."""
    from moto.backends import ALT_SERVICE_NAMES, list_of_moto_modules

    safe = service.replace("-", "")
    if safe not in ALT_SERVICE_NAMES and safe not in set(list_of_moto_modules()):
        raise Unsuitable(f"this moto has no service '{service}'")
    return service


def _names(held: Any) -> list[str]:
    return [name for name in vars(held) if not (isinstance(held, StackBackend) and name in _ENGINE)]


def _refuse_while_working() -> None:
    for service, _, _, held in _backends():
        if service == "cloudformation":
            for stack in list(held.stacks.values()):
                if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                    raise PublisherError(
                        f"the state cannot be saved while stack {stack.name} is {stack.status}",
                        hint="try again when it is done",
                    )


def _key_node(value: Any) -> Node | None:
    """Keys of KMS and certificates: those of nobody yet, and those made."""
    if isinstance(value, Later):
        return ["later-key", value.spec]
    if isinstance(value, (RSAPrivateKey, EllipticCurvePrivateKey)):
        pem = value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return ["private-key", pem.decode()]
    return None


def _key(node: Node) -> Any:
    match node:
        case ["later-key", str(spec)]:
            return Later(spec)
        case ["private-key", str(pem)]:
            return load_pem_private_key(pem.encode(), None)
    raise Unsuitable(f"there is no kind of value '{node[0] if node else ''}'")
