"""The state of the account as one JSON document: everything that moto's backends hold.

Ids and times are kept; access keys and sessions get others, so that no file decides what is a key here.
Operations in progress cannot be saved, and code is never saved.
"""

import json
import re
import secrets
import string
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.moto_api._internal.models import moto_api_backend

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.server.endpoint_record import LOOPBACK_URL
from catalog_emulator.server.private_files import read_regular
from catalog_emulator.server.state_decoding import Decoder
from catalog_emulator.server.state_encoding import Encoder
from catalog_emulator.server.state_kinds import StateError
from catalog_emulator.server.state_places import at, places, saved
from catalog_emulator.server.state_wiring import Wiring

FORMAT = "catalog-emulator-state"
# The largest file that is read, in bytes.
_MOST = 1 << 30
_KEY_ID = re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b")
_RANDOM = 7
_SECRETS = frozenset({"secret_access_key", "session_token"})
_HINT = "use a file that a running endpoint saved with this version"


def dump(base_url: str) -> str:
    """The state as text. Raises EmulatorError while a stack operation is in progress."""
    running = running_operation()
    if running:
        raise EmulatorError(
            f"the state cannot be saved while {running}", hint="try again when it has finished"
        )
    encoder = Encoder(Wiring().node)
    held = [[place, encoder.attributes(holder, saved(holder), place[0])] for place, holder in list(places())]
    head = {"format": FORMAT, **_versions(), "base_url": base_url, "left_out": encoder.left_out}
    document = {**head, "held": held, "nodes": encoder.nodes}
    return json.dumps(document, separators=(",", ":")) + "\n"


def load(path: Path, base_url: str) -> None:
    """Replaces what moto holds by the state of a file. Raises InvalidInputError in one line.

    What moto held is gone even when the file turns out to be wrong.
    """
    try:
        document = _document(path, base_url)
        moto_api_backend.reset()
        _restore(document)
    except InvalidInputError:
        raise
    except Exception as error:
        # What moto and parsers raise for values that nobody expects.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        reason = "nested too deeply" if isinstance(error, RecursionError) else reason
        raise InvalidInputError(f"{path} is not a valid state file: {reason}", hint=_HINT) from error


def _document(path: Path, base_url: str) -> dict[str, Any]:
    document = json.loads(read_regular(path, _MOST).decode(), parse_constant=_no_number)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StateError(f"'format' is not '{FORMAT}'")
    for package, installed in _versions().items():
        if document.get(package) != installed:
            saved_by = document.get(package, "unknown")
            raise StateError(f"saved with {package} {saved_by}, but {installed} is installed")
    if not LOOPBACK_URL.fullmatch(document["base_url"]):
        raise StateError(f"'base_url' is {document['base_url']!r}")
    new = {key["access_key_id"]: _key_id(key["access_key_id"]) for key in _keys(document)}
    # Written anew: escapes in the file could hide a key. Links in mails lead to the endpoint that runs now.
    text = json.dumps(document).replace(document["base_url"], base_url)
    text = _KEY_ID.sub(lambda found: new.get(found[0], found[0]), text)
    renewed: dict[str, Any] = json.loads(text)
    for key in _keys(renewed):
        key.update({name: secrets.token_hex(20) for name in _SECRETS.intersection(key)})
    return renewed


def _keys(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The attributes of access keys, and of sessions."""
    for node in document["nodes"]:
        match node:
            case ["object", "moto.iam.models:AccessKey" | "moto.sts.models:AssumedRole", dict(key)]:
                yield key


def _key_id(old: str) -> str:
    """Another id of the same length and kind. It says whose key it is: the account."""
    if not _KEY_ID.fullmatch(old):
        raise StateError(f"{old!r} is not the id of an access key")
    return old[:-_RANDOM] + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(_RANDOM))


def _no_number(name: str) -> None:
    raise StateError(f"{name} is not a number")


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


def running_operation() -> str:
    """Which stack's operation is in progress; "" for none."""
    for regions in list(cloudformation_backends.values()):
        for stacks in list(regions.values()):
            for stack in list(stacks.stacks.values()):
                if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                    return f"stack {stack.name} is {stack.status}"
    return ""
