"""The state of the local account as one JSON document: everything that moto's backends hold.

Ids, keys and times stay as they were. What is under way cannot be saved, and what is code is not.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.moto_api._internal.models import moto_api_backend

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.server.state_decoding import Decoder
from catalog_emulator.server.state_encoding import Encoder
from catalog_emulator.server.state_kinds import Unsuitable
from catalog_emulator.server.state_places import at, places, saved
from catalog_emulator.server.state_wiring import Wiring

FORMAT = "publisher-local-state"
VERSION = 1
_HINT = "make one with: publisher local save FILE"


def dump(base_url: str) -> str:
    """The state as text. Raises EmulatorError while a stack is being worked on."""
    _refuse_while_working()
    encoder = Encoder(Wiring().node)
    try:
        held = [
            [place, encoder.attributes(holder, saved(holder), place[0])] for place, holder in list(places())
        ]
    except Unsuitable as error:
        raise EmulatorError(f"the state cannot be saved: {error}") from error
    document = {
        "format": FORMAT,
        "version": VERSION,
        **_makers(),
        "base_url": base_url,
        "held": held,
        "nodes": encoder.nodes,
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def save(path: Path, base_url: str) -> None:
    """Writes the state to a file that only its owner reads: it holds keys and secrets."""
    text = dump(base_url)
    part = path.with_name(f".{path.name}.part")
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def load(path: Path, base_url: str) -> None:
    """Puts the state of a file in the place of what moto holds. Raises InvalidInputError in one line.

    What moto held is gone also when the file turns out to be none.
    """
    try:
        document = _document(path, base_url)
        moto_api_backend.reset()
        _restore(document)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInputError(
            f"{path} is not a state of the local endpoint: {reason}", hint=_HINT
        ) from error


def _document(path: Path, base_url: str) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", hint=_HINT) from error
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unsuitable("it does not say that it is one")
    if document.get("version") != VERSION:
        raise Unsuitable(f"its version is {document.get('version')}, not {VERSION}")
    for maker, here in _makers().items():
        if document.get(maker) != here:
            raise Unsuitable(f"it is of {maker} {document.get(maker, 'unknown')}, and here is {here}")
    # Links in mails, and other addresses of the endpoint, are those of the endpoint that runs now.
    renewed: dict[str, Any] = json.loads(text.replace(document["base_url"], base_url))
    return renewed


def _makers() -> dict[str, str]:
    """Whose classes a state is made of, each in its version."""
    return {name: version(name) for name in ("moto", "service-catalog-emulator")}


def _restore(document: dict[str, Any]) -> None:
    wiring = Wiring()
    decoder = Decoder(document["nodes"], wiring.made)
    held: list[tuple[Any, dict[str, Any]]] = [(at(place), told) for place, told in document["held"]]
    try:
        for holder, attributes in held:
            for name, told in attributes.items():
                decoder.stands_for(told, vars(holder).get(name))
        decoder.fill()
        wiring.connect()
        values = [{name: decoder.value(told) for name, told in attributes.items()} for _, attributes in held]
    except Exception:
        decoder.forget()
        raise
    for (holder, _), found in zip(held, values, strict=True):
        vars(holder).update(found)
    decoder.enlist()


def _refuse_while_working() -> None:
    for regions in list(cloudformation_backends.values()):
        for stacks in list(regions.values()):
            for stack in list(stacks.stacks.values()):
                if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                    raise EmulatorError(
                        f"the state cannot be saved while stack {stack.name} is {stack.status}",
                        hint="try again when it is done",
                    )
