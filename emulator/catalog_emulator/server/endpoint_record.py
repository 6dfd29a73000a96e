"""The record of a running endpoint, in its private folder: where it listens, and which profiles reach it."""

import hashlib
import hmac
import http.client
import json
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server.folder_lock import holder
from catalog_emulator.server.private_files import write_private

ACCOUNT_ID = "111111111111"
REGION = "us-west-2"
# With it a caller proves that it can read the endpoint's folder: other users can reach the port, too.
SECRET_HEADER = "X-Emulator-Secret"
# Where the endpoint confirms subscriptions of SNS.
CONFIRM_PATH = "/_emulator/sns/confirm"
# Where the pages of a site begin.
PAGES = "/_pages/"

_RECORD = "endpoint.json"
LOOPBACK_URL = re.compile(r"http://127\.0\.0\.1:\d{1,5}")
_SECONDS = 30
# The page of the status waits for nothing.
_STATUS_SECONDS = 5
START_SECONDS = 60.0
PAUSE = 0.05
# A certificate authority whose key nobody has: clients that trust no other reach no server with TLS.
NO_AUTHORITY = Path(__file__).with_name("no_authority.pem")
# A proxy of the environment must not stand between this machine and itself.
_opener = build_opener(ProxyHandler({}))


class NotAnsweringError(EmulatorError):
    """The process of an endpoint runs, but does not answer."""


@dataclass(frozen=True, kw_only=True)
class SiteOptions:
    """Pages of another package: `factory` is MODULE:NAME, `argument` what it gets.

    `command` prints the link with the key; people without it are told so.
    """

    factory: str
    argument: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A running endpoint: `url` on loopback, and the AWS config file with its two profiles.

    The profiles are named like the user and the role that they are. `state_file` is where the state goes
    when the endpoint is stopped; "" for nowhere. `site` is the factory of its pages; "" for none.
    """

    url: str
    pid: int
    folder: Path
    account_id: str = ACCOUNT_ID
    region: str = REGION
    admin_profile: str = "emulator-admin"
    launcher_profile: str = "emulator-launcher"
    state_file: str = ""
    refuse_records: bool = False
    site: str = ""
    secret: str = field(default="", repr=False)

    @property
    def config_file(self) -> Path:
        return self.folder / "config"

    def derived(self, purpose: str) -> str:
        """A word for one purpose that only who knows the secret can make."""
        return hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def pages_path(self) -> str:
        """The folder of the pages that a site has here."""
        return f"{PAGES}{self.derived('folder')}/"

    @property
    def pages_link(self) -> str:
        """The address that opens the pages in any browser: whoever has it can read them."""
        return f"{self.url}{self.pages_path}?key={self.derived('key')}"

    def write(self) -> None:
        document = asdict(self)
        del document["folder"]
        write_private(self.folder / _RECORD, json.dumps(document, indent=2).encode())

    def request(
        self, path: str, method: str = "GET", body: str = "", *, seconds: float = _SECONDS
    ) -> dict[str, Any]:
        """What one of the endpoint's own pages answers in JSON. Raises OSError."""
        document = json.loads(self.read(path, method, body, seconds=seconds))
        return document if isinstance(document, dict) else {}

    def read(self, path: str, method: str = "GET", body: str = "", *, seconds: float = _SECONDS) -> bytes:
        """What one of the endpoint's own pages answers. Raises OSError."""
        headers = {SECRET_HEADER: self.secret}
        request = Request(self.url + path, method=method, data=body.encode() or None, headers=headers)
        return _open(request, seconds)

    def confirm(self, link: str) -> None:
        """Follows a link of a mail, as its recipient does in a browser. Raises OSError."""
        if not link.startswith(f"{self.url}{CONFIRM_PATH}?"):
            raise OSError(f"not a confirmation link of {self.url}")
        _open(Request(link, headers={"Accept": "application/json"}), _SECONDS)


def left_out(state: bytes) -> list[str]:
    """What a state that the endpoint's page answered does not contain, and why."""
    head, _, _ = state.partition(b',"held":')
    reasons: list[str] = json.loads(head + b"}")["left_out"]
    return reasons


def remove(folder: Path) -> None:
    """Removes the record."""
    (folder / _RECORD).unlink(missing_ok=True)


def running(folder: Path) -> Endpoint | None:
    """The endpoint of this folder, also one that is about to start; None when there is none.

    Raises NotAnsweringError, and EmulatorError for a folder that others can change.
    """
    deadline = time.monotonic() + START_SECONDS
    while pid := holder(folder):
        endpoint = recorded(folder, pid)
        if endpoint is not None:
            with suppress(OSError, ValueError):
                if endpoint.request("/_emulator/status", seconds=_STATUS_SECONDS).get("pid") == pid:
                    return endpoint
        if holder(folder) == pid and (endpoint is not None or time.monotonic() > deadline):
            raise NotAnsweringError(f"the endpoint (process {pid}) does not answer", hint=f"kill {pid}")
        time.sleep(PAUSE)
    return None


def recorded(folder: Path, pid: int) -> Endpoint | None:
    """What the process that holds the folder wrote; None until it has."""
    try:
        document = json.loads((folder / _RECORD).read_bytes())
        endpoint = Endpoint(**{**document, "folder": folder.resolve()})
    except (OSError, ValueError, TypeError):
        return None
    return endpoint if endpoint.pid == pid and LOOPBACK_URL.fullmatch(endpoint.url) else None


def _open(request: Request, seconds: float) -> bytes:
    try:
        with _opener.open(request, timeout=seconds) as answer:
            content: bytes = answer.read()
    except HTTPError as error:
        reason = f"{error.code} {error.reason.title()}"
        with suppress(OSError, ValueError, KeyError, TypeError):
            reason = str(json.loads(error.read())["error"]["message"])
        raise OSError(reason) from error
    except URLError as error:
        raise OSError(str(error.reason)) from error
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {type(error).__name__}") from error
    return content
