"""The state of the account as one JSON document: everything that moto's backends hold.

Ids, keys and times are kept. Operations in progress cannot be saved, and code is never saved.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.moto_api._internal.models import moto_api_backend

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.server.state_decoding import Decoder
from catalog_emulator.server.state_encoding import Encoder
from catalog_emulator.server.state_kinds import StateError
from catalog_emulator.server.state_places import at, places, saved
from catalog_emulator.server.state_wiring import Wiring

FORMAT = "catalog-emulator-state"
_HINT = "use a file that a running endpoint saved with this version"


def dump(base_url: str) -> str:
    """The state as text. Raises EmulatorError while a stack operation is in progress."""
    _check_stacks()
    encoder = Encoder(Wiring().node)
    try:
        held = [
            [place, encoder.attributes(holder, saved(holder), place[0])] for place, holder in list(places())
        ]
    except StateError as error:
        raise EmulatorError(f"the state cannot be saved: {error}") from error
    document = {"format": FORMAT, **_versions(), "base_url": base_url, "held": held, "nodes": encoder.nodes}
    return json.dumps(document, separators=(",", ":")) + "\n"


def load(path: Path, base_url: str) -> None:
    """Replaces what moto holds by the state of a file. Raises InvalidInputError in one line.

    What moto held is gone even when the file turns out to be wrong.
    """
    try:
        document = _document(path, base_url)
        moto_api_backend.reset()
        _restore(document)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInputError(f"{path} is not a valid state file: {reason}", hint=_HINT) from error


def _document(path: Path, base_url: str) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", hint=_HINT) from error
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StateError(f"'format' is not '{FORMAT}'")
    for package, installed in _versions().items():
        if document.get(package) != installed:
            saved_by = document.get(package, "unknown")
            raise StateError(f"saved with {package} {saved_by}, but {installed} is installed")
    # Links in mails, and other addresses of the endpoint, lead to the one that runs now.
    renewed: dict[str, Any] = json.loads(text.replace(document["base_url"], base_url))
    return renewed


def _versions() -> dict[str, str]:
    """The packages whose classes a state holds."""
    return {name: version(name) for name in ("moto", "service-catalog-emulator")}


def _restore(document: dict[str, Any]) -> None:
    wiring = Wiring()
    decoder = Decoder(document["nodes"], wiring.made)
    held: list[tuple[Any, dict[str, Any]]] = [(at(place), nodes) for place, nodes in document["held"]]
    try:
        for holder, attributes in held:
            for name, reference in attributes.items():
                decoder.reuse(reference, vars(holder).get(name))
        decoder.fill()
        wiring.connect()
        values = [{name: decoder.value(one) for name, one in attributes.items()} for _, attributes in held]
    except Exception:
        decoder.clear_reused()
        raise
    for (holder, _), found in zip(held, values, strict=True):
        vars(holder).update(found)
    decoder.track_instances()


def _check_stacks() -> None:
    for regions in list(cloudformation_backends.values()):
        for stacks in list(regions.values()):
            for stack in list(stacks.stacks.values()):
                if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                    raise EmulatorError(
                        f"the state cannot be saved while stack {stack.name} is {stack.status}",
                        hint="try again when it has finished",
                    )
