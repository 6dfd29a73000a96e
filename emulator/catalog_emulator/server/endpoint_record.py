"""The record of a running endpoint, in its folder: where it listens, and which profiles reach it."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

ACCOUNT_ID = "111111111111"
REGION = "us-west-2"

_RECORD = "endpoint.json"
_SECONDS = 30
# A proxy of the environment must not stand between this machine and itself.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A running endpoint: `url` on loopback, and the AWS config file with its two profiles.

    The profiles are named like the user and the role that they are. `state_file` is where the state goes
    when the endpoint is stopped; "" for nowhere.
    """

    url: str
    pid: int
    folder: Path
    account_id: str = ACCOUNT_ID
    region: str = REGION
    admin_profile: str = "emulator-admin"
    launcher_profile: str = "emulator-launcher"
    state_file: str = ""

    @property
    def config_file(self) -> Path:
        return self.folder / "config"

    def write(self) -> None:
        document = {**asdict(self), "folder": str(self.folder)}
        part = self.folder / f"{_RECORD}.{self.pid}"
        part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        part.replace(self.folder / _RECORD)

    def request(self, path: str, method: str = "GET", body: str = "") -> dict[str, Any]:
        """What one of the endpoint's own pages answers in JSON. Raises OSError."""
        document = json.loads(_open(Request(self.url + path, method=method, data=body.encode() or None)))
        return document if isinstance(document, dict) else {}

    def follow(self, link: str) -> bytes:
        """A GET of a link to this endpoint. Raises OSError."""
        if not link.startswith(self.url + "/"):
            raise OSError(f"not a link to {self.url}")
        return _open(Request(link))


def remove(folder: Path) -> None:
    """Removes the record."""
    (folder / _RECORD).unlink(missing_ok=True)


def running(folder: Path) -> Endpoint | None:
    """The endpoint of this folder if it answers, else None."""
    try:
        document = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        endpoint = Endpoint(**{**document, "folder": Path(document["folder"])})
        status = endpoint.request("/_emulator/status")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if status.get("pid") == endpoint.pid else None


def _open(request: Request) -> bytes:
    try:
        with _opener.open(request, timeout=_SECONDS) as answer:
            content: bytes = answer.read()
    except HTTPError as error:
        reason = f"{error.code} {error.reason}"
        with suppress(ValueError, KeyError, TypeError):
            reason = str(json.loads(error.read())["error"]["message"])
        raise OSError(reason) from error
    except URLError as error:
        raise OSError(str(error.reason)) from error
    return content
