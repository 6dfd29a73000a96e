"""The log of a run, `--log FILE`: one JSON object a line, and nothing that should not be in a ticket.

It gets what is printed as progress, and of each AWS call its name and outcome, never its request or answer.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from io import FileIO
from threading import RLock
from typing import Any

from publisher.errors import DISTRIBUTION, printable

# Keys, tokens, passwords in URLs, and what signs a URL or confirms a subscription, wherever a text has them.
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|\beyJ[\w-]{8,300}\.[\w-]+\.[\w-]*"
    r"|(?<=://)[^\s:/@]*:[^\s/@]+(?=@)"
    r"|(?:(?<=[?&;])|(?<=%3F)|(?<=%26))"
    r"(?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|(?:Signin)?Token)(?:=|%3D)[^&\s'\"]+"
    r"|\b(?:aws_?|x-amz-)?(?:secret_?access_?key|(?:session|security)[_-]?token)"
    r"[\"']?\s*[=:]\s*[\"']?[^\s\"',&]{8,}",
    re.IGNORECASE,
)


class RunLog:
    """A file that runs append to, also at once: each line is one write. `failure`: why it took none."""

    def __init__(self, stream: FileIO, date: Callable[[], datetime]) -> None:
        self._stream, self._date = stream, date
        # A signal may come in the middle of a line.
        self._lock = RLock()
        self.failure: OSError | None = None

    def write(self, event: str, **fields: object) -> None:
        """Appends `{"time": …, "event": …, **fields}`; texts without secrets."""
        time = f"{self._date():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        line = json.dumps({"time": time, "event": event} | _cleaned(fields))
        with self._lock:
            self._append(line.replace("\x7f", "\\u007f").encode() + b"\n")

    def call(self, call: Mapping[str, object]) -> None:
        """Appends what `publisher.aws` reports of a call."""
        self.write("call", **call)

    def _append(self, rest: bytes) -> None:
        try:
            while rest and self.failure is None:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            self.failure = error

    def close(self) -> None:
        """Closes the file."""
        try:
            self._stream.close()
        except OSError as error:
            self.failure = error


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return _SECRET.sub("[removed]", printable(value))
        case dict():
            return {key: _cleaned(it) for key, it in value.items()}
        case list() | tuple():
            return [_cleaned(it) for it in value]
    return value


def installed_versions() -> dict[str, str]:
    """The versions of our distributions and of Python, by name."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name, pip in {
        "publisher": DISTRIBUTION,
        "service-catalog-emulator": "service-catalog-emulator",
    }.items():
        try:
            found[name] = version(pip)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found | {"python": platform.python_version()}
