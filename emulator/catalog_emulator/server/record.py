"""The record of a project folder's local endpoint: where it listens and which profiles reach it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

ACCOUNT_ID = "111111111111"
REGION = "us-west-2"
ADMIN_PROFILE = "publisher-local-admin"
LAUNCHER_PROFILE = "ml-team-local"

_FOLDER = Path(".publisher", "local")
_RECORD = "endpoint.json"
_SECONDS = 30
# A proxy of the environment must not stand between this machine and itself.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A running endpoint: `url` on loopback, and the AWS config file that holds its two profiles.

    `state_file` is where its state goes when it is stopped; "" for nowhere.
    """

    url: str
    pid: int
    folder: Path
    account_id: str = ACCOUNT_ID
    region: str = REGION
    admin_profile: str = ADMIN_PROFILE
    launcher_profile: str = LAUNCHER_PROFILE
    state_file: str = ""

    @property
    def config_file(self) -> Path:
        """The AWS config file with the two profiles."""
        return self.folder / "config"

    @property
    def log_file(self) -> Path:
        """What the endpoint has to say."""
        return self.folder / "log"


def folder_of(project: Path) -> Path:
    """The folder, ignored by git, where the endpoint of a project keeps its record."""
    return project.resolve() / _FOLDER


def record(endpoint: Endpoint) -> None:
    """Writes the record; whoever reads it sees a whole one or none."""
    document = {**asdict(endpoint), "folder": str(endpoint.folder)}
    part = endpoint.folder / f"{_RECORD}.{endpoint.pid}"
    part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    part.replace(endpoint.folder / _RECORD)


def forget(folder: Path) -> None:
    """Removes the record."""
    (folder / _RECORD).unlink(missing_ok=True)


def running(folder: Path) -> Endpoint | None:
    """The endpoint of this folder if it answers, else None."""
    try:
        document = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        endpoint = Endpoint(**{**document, "folder": Path(document["folder"])})
        status = get(endpoint, "/_emulator/status")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if status.get("pid") == endpoint.pid else None


def get(endpoint: Endpoint, path: str) -> dict[str, object]:
    """A GET of one of the endpoint's own pages that answer JSON. Raises OSError."""
    return ask(endpoint, "GET", path)


def ask(endpoint: Endpoint, method: str, path: str, body: str = "") -> dict[str, object]:
    """A request to one of the endpoint's own pages that answer JSON. Raises OSError."""
    document = json.loads(_opened(Request(endpoint.url + path, method=method, data=body.encode() or None)))
    return document if isinstance(document, dict) else {}


def follow(endpoint: Endpoint, link: str) -> bytes:
    """A GET of a link of this endpoint's. Raises OSError."""
    if not link.startswith(endpoint.url + "/"):
        raise OSError(f"not a link of {endpoint.url}")
    return _opened(Request(link))


def _opened(request: Request) -> bytes:
    try:
        with _opener.open(request, timeout=_SECONDS) as answer:
            content: bytes = answer.read()
    except HTTPError as error:
        raise OSError(_refusal(error)) from error
    except URLError as error:
        raise OSError(str(error.reason)) from error
    return content


def _refusal(error: HTTPError) -> str:
    """What the page said, if it said it in JSON."""
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def alive(pid: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
