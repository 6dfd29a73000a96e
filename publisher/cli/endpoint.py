"""Starts the local endpoint of a project folder, and puts what the example configs read into it."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.errors import InputError, PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from catalog_emulator.server.record import Endpoint

# The environment's forecast for endpoints that are started.
FAULTS = "PUBLISHER_LOCAL_FAULTS"

Archive = tuple[str, str, bytes]


@contextmanager
def emulator_errors() -> Iterator[None]:
    """Turns the emulator's errors into the publisher's."""
    from catalog_emulator.errors import EmulatorError, InvalidInputError

    try:
        yield
    except EmulatorError as error:
        kind = InputError if isinstance(error, InvalidInputError) else PublisherError
        raise kind(error.message, hint=error.hint) from error


@emulator_errors()
def start_endpoint(
    directory: Path,
    *,
    note: Callable[[str], None],
    port: int = 0,
    state_file: Path | None = None,
    profile: str = "",
) -> tuple[Endpoint, bool]:
    """The endpoint of this project, and whether it had to be started; `note` gets what was prepared."""
    from catalog_emulator.faults import FaultProfile
    from catalog_emulator.server import process
    from catalog_emulator.server import record as state

    FaultProfile.parse(profile)
    folder = state.folder_of(directory)
    found = state.running(folder)
    if found is not None:
        return found, False
    restored = state_file is not None and state_file.is_file()
    # The archives are packed while the endpoint starts, which takes as long.
    with ThreadPoolExecutor(1) as beside:
        archives = beside.submit(_archives, directory)
        endpoint, started = process.start(folder, port=port, faults=profile, state_file=state_file)
        if started:
            note(f"local AWS started at {endpoint.url}: account {endpoint.account_id}, {endpoint.region}")
        if started and restored:
            note(f"  restored {state_file}")
        elif started:
            _prepare(endpoint, archives.result(), note)
    return endpoint, started


def _prepare(endpoint: Endpoint, archives: Sequence[Archive], note: Callable[[str], None]) -> None:
    """Says what stands ready, and puts the project's starting content where the S3 configs look for it."""
    from catalog_emulator.server import example
    from catalog_emulator.server import record as state

    for line in example.contents():
        note(f"  prepared {line.what} {line.name}")
    objects = [
        {"bucket": bucket, "key": key, "body": base64.b64encode(body).decode()}
        for bucket, key, body in archives
    ]
    # On a page of its own: a client of S3 takes a second to make, and would meet the weather.
    state.ask(endpoint, "PUT", "/_emulator/content", json.dumps(objects))
    for one in objects:
        note(f"  prepared source s3://{one['bucket']}/{one['key']}")


def _archives(directory: Path) -> list[Archive]:
    """(bucket, key, zip) for every example source that a config of this project names."""
    from catalog_emulator.server.example import SOURCE_BUCKETS

    from publisher.declarations import load
    from publisher.templates.content import pack

    try:
        repository = load(directory)
    except InputError:
        # Whatever is wrong with the files, the command that needs them says so.
        return []
    sources = {config.source: config.product for config in repository.configs}
    packed: list[Archive] = []
    for (bucket, prefix), product in sorted(sources.items()):
        if bucket not in SOURCE_BUCKETS:
            continue
        for name, folder in sorted(repository.select(product)[0].family.content.items()):
            key = f"{prefix}/{name}.zip".removeprefix("/")
            packed.append((bucket, key, pack(name, folder, shown=name).body))
    return packed
