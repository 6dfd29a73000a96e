"""The endpoint's own pages: status, mail, confirmation links, weather, counted calls, content and state."""

from __future__ import annotations

import base64
import http
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from urllib.parse import parse_qs

from catalog_emulator.errors import EmulatorError
from catalog_emulator.faults import Faults
from catalog_emulator.faults.pages import calls_page, faults_page

PREFIX = "/_emulator/"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for a page."""

    method: str
    query: Mapping[str, str]
    body: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """An answer."""

    status: int = 200
    kind: str = "application/json"
    body: str

    @property
    def line(self) -> str:
        """The status line."""
        return f"{self.status} {http.HTTPStatus(self.status).phrase}"


def asked(method: str, query: str, body: str) -> Asked:
    """The request as pages take it."""
    values = {name: given[0] for name, given in parse_qs(query).items()}
    return Asked(method=method, query=values, body=body)


def pages(faults: Faults, dump: Callable[[], str]) -> dict[str, Callable[[Asked], Page]]:
    """The pages by path; `dump` tells the account's state."""
    return {
        f"{PREFIX}status": _status,
        f"{PREFIX}mail": _mail,
        f"{PREFIX}sns/confirm": _confirm,
        f"{PREFIX}content": _content,
        f"{PREFIX}state": lambda _: _state(dump),
        f"{PREFIX}faults": lambda request: _json(*faults_page(faults, request.method, request.body)),
        f"{PREFIX}calls": lambda request: _json(*calls_page(faults, request.method)),
    }


def _json(status: int, document: Mapping[str, object]) -> Page:
    return Page(status=status, body=json.dumps(document))


def _status(_: Asked) -> Page:
    return _json(200, {"pid": os.getpid()})


def _content(request: Asked) -> Page:
    """PUT puts objects into buckets: `[{"bucket": …, "key": …, "body": base64}]`."""
    from catalog_emulator.server import example

    if request.method != "PUT":
        return _json(405, {"error": {"message": "PUT"}})
    try:
        objects = [
            (str(one["bucket"]), str(one["key"]), base64.b64decode(one["body"], validate=True))
            for one in json.loads(request.body)
        ]
        example.put_objects(objects)
    except (LookupError, TypeError, ValueError):
        return _json(400, {"error": {"message": "not a list of objects of buckets that are there"}})
    return _json(200, {"objects": len(objects)})


def _state(dump: Callable[[], str]) -> Page:
    try:
        return Page(body=dump())
    except EmulatorError as error:
        return _json(409, {"error": error.document()})


def _mail(_: Asked) -> Page:
    from catalog_emulator.sns import mails

    documents = [
        {**asdict(mail), "received": mail.received.isoformat(timespec="seconds")} for mail in mails()
    ]
    return _json(200, {"mails": documents})


def _confirm(request: Asked) -> Page:
    from moto.core.exceptions import ServiceException

    from catalog_emulator import sns

    try:
        arn = sns.confirm(request.query.get("TopicArn", ""), request.query.get("Token", ""))
    except ServiceException as error:
        told = f"<h1>Not confirmed</h1>\n<p>{escape(str(error.message))}</p>\n"
        return Page(status=400, kind="text/html", body=told)
    return Page(kind="text/html", body=f"<h1>Subscription confirmed!</h1>\n<p>{escape(arn)}</p>\n")
