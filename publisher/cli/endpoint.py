"""The local endpoint of a project folder: starts it, with what the project's families need in an account."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from publisher.errors import InputError, Problem, PublisherError, command
from publisher.stopping import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from catalog_emulator.server.endpoint_record import Endpoint
    from catalog_emulator.server.starting_account import StartingAccount

# The fault profile of endpoints that are started without one.
FAULTS = "PUBLISHER_LOCAL_FAULTS"
ADMIN_PROFILE = "publisher-local-admin"
LAUNCHER_PROFILE = "ml-team-local"
ACCOUNT_FILE = "local.yaml"

# What makes the endpoint's pages, and the command that prints their link.
PAGES = "publisher.cli.live_site:application"
_OPEN = " ".join(("publisher", "local", "open"))
_RULES = {"unknown": "P101", "missing": "P102", "value": "P103"}


@contextmanager
def emulator_errors() -> Iterator[None]:
    """Turns the emulator's errors into the publisher's, also that it is not installed."""
    try:
        from catalog_emulator.errors import EmulatorError, InvalidInputError
    except ModuleNotFoundError:
        raise PublisherError(
            "the local endpoint is not installed",
            hint="install the wheel of service-catalog-emulator, or emulator/ of a clone",
        ) from None
    from catalog_emulator.server.endpoint_record import NotAnsweringError
    from catalog_emulator.server.private_files import FolderError

    try:
        yield
    except NotAnsweringError as error:
        raise PublisherError(error.message, hint=f"stop it with: {command('local', 'stop')}") from error
    except FolderError as error:
        raise PublisherError(error.message, hint=f"{error.hint}, or set XDG_STATE_HOME") from error
    except EmulatorError as error:
        kind = InputError if isinstance(error, InvalidInputError) else PublisherError
        raise kind(error.message, hint=error.hint) from error


def folder_of(project: Path) -> Path:
    """The folder where the endpoint of a project keeps its record, log and AWS config.

    Outside the project: what a cloned repository holds is not believed. Raises PublisherError.
    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path(os.environ.get("HOME", "")) / ".local" / "state"
    if not state.is_absolute():
        raise PublisherError(
            "no folder for the local endpoint: HOME is not set", hint="set HOME, or XDG_STATE_HOME"
        )
    return state / "publisher" / hashlib.sha256(os.fsencode(project.resolve())).hexdigest()


@emulator_errors()
def running_endpoint(directory: Path) -> Endpoint | None:
    """The running endpoint of this project. Raises PublisherError when it does not answer."""
    from catalog_emulator.server import endpoint_record

    return endpoint_record.running(folder_of(directory))


@emulator_errors()
def stop_endpoint(directory: Path) -> int:
    """Ends the endpoint of this project, also one that does not answer. Its process; 0 for none."""
    from catalog_emulator.server import process

    return process.stop(folder_of(directory))


@emulator_errors()
def state_file_of(directory: Path) -> str:
    """The state file that the endpoint of this project was started with, also one that does not answer."""
    from catalog_emulator.server import endpoint_record
    from catalog_emulator.server.folder_lock import holder

    folder = folder_of(directory)
    endpoint = endpoint_record.recorded(folder, holder(folder))
    return endpoint.state_file if endpoint else ""


def read_account(directory: Path) -> tuple[dict[str, list[Any]], StartingAccount]:
    """What `products/*/local.yaml` put into a new account, as data and parsed. Raises InputError."""
    from catalog_emulator.server.starting_account import StartingAccount, StartingAccountError

    from publisher.documents import read

    together: dict[str, list[Any]] = {}
    for path in sorted((directory / "products").glob(f"*/{ACCOUNT_FILE}")):
        document = read(path, root=directory)
        try:
            StartingAccount.parse(document.value)
        except StartingAccountError as error:
            where = document.where(*error.path, key=error.problem == "unknown")
            rule = _RULES[error.problem]
            hint = "docs/local.md describes the keys and values"
            raise InputError.of([Problem(rule=rule, where=where, message=error.text, hint=hint)]) from error
        for key, items in document.value.items():
            together[key] = together.get(key, []) + items
    return together, StartingAccount.parse(together)


@emulator_errors()
def start_endpoint(
    directory: Path,
    *,
    note: Callable[[str], None],
    port: int = 0,
    state_file: Path | None = None,
    profile: str = "",
    refuse_records: bool = False,
) -> tuple[Endpoint, bool]:
    """The endpoint of this project, and whether it had to be started; `note` gets what was prepared."""
    from catalog_emulator.faults import FaultProfile
    from catalog_emulator.server import process
    from catalog_emulator.server.endpoint_record import SiteOptions

    FaultProfile.parse(profile)
    if state_file is not None:
        check_state_file(state_file)
    found = running_endpoint(directory)
    if found is not None:
        return found, False
    account, parsed = read_account(directory)
    restored = state_file is not None and state_file.exists()
    # The archives are packed while the endpoint starts, which takes as long.
    with Pool(1) as pool:
        archives = pool.submit(_archives, directory, {bucket.name for bucket in parsed.buckets})
        endpoint, started = process.start(
            folder_of(directory),
            port=port,
            faults=profile,
            state_file=state_file,
            admin_profile=ADMIN_PROFILE,
            launcher_profile=LAUNCHER_PROFILE,
            account=account,
            refuse_records=refuse_records,
            site=SiteOptions(
                factory=PAGES, argument=str(directory.resolve()), command=f"{_OPEN} (in the project's folder)"
            ),
        )
        if not started:
            return endpoint, False
        note(f"local AWS started at {endpoint.url}: account {endpoint.account_id}, {endpoint.region}")
        if restored:
            note(f"  restored {state_file}")
        else:
            _prepare(endpoint, parsed, archives.result(), note)
    return endpoint, True


def reset_endpoint(directory: Path, endpoint: Endpoint, *, note: Callable[[str], None]) -> None:
    """Makes a new account, with what the project's files put into one; the profiles keep their keys."""
    account, parsed = read_account(directory)
    try:
        endpoint.request("/_emulator/reset", "POST", json.dumps(account))
    except OSError as error:
        raise PublisherError(str(error), hint="try again later") from error
    _prepare(endpoint, parsed, _archives(directory, {bucket.name for bucket in parsed.buckets}), note)


def _prepare(
    endpoint: Endpoint, account: StartingAccount, objects: list[dict[str, str]], note: Callable[[str], None]
) -> None:
    for kind, name in account.contents():
        note(f"  prepared {kind} {name}")
    # By its own page: a client of S3 takes a second to make, and would meet faults.
    endpoint.request("/_emulator/objects", "PUT", json.dumps(objects))
    for one in objects:
        note(f"  prepared source s3://{one['bucket']}/{one['key']}")


def check_state_file(file: Path) -> None:
    """Raises InputError for what is no file, and for a file that could not be written."""
    from catalog_emulator.server.private_files import check_regular

    check_regular(file)
    folder = file.absolute().parent
    try:
        # Tried, because file systems refuse what permissions allow.
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"cannot write to folder '{folder}'", hint="choose another file") from error


def _archives(directory: Path, buckets: Collection[str]) -> list[dict[str, str]]:
    """The zipped starting content for every source in these buckets that a config of this project names."""
    from publisher.declarations import load
    from publisher.launch.by_form import check_requests
    from publisher.launch.source_bucket import archives_of

    try:
        repository = load(directory)
    except InputError:
        # The commands that need the files report what is wrong with them.
        return []
    requests, _ = check_requests(repository)
    sources = {request.content: request.product for request in requests.values()}
    packed: list[dict[str, str]] = []
    for (bucket, prefix), product in sorted(sources.items()):
        families = [variant.family for variant in repository.variants if variant.key == product]
        if bucket not in buckets or not families:
            continue
        for key, body in archives_of(families[0], prefix).items():
            packed.append({"bucket": bucket, "key": key, "body": base64.b64encode(body).decode()})
    return packed
