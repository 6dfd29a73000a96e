"""The endpoint's own pages: status, mail, confirmation links, faults, counted calls, objects, state."""

import base64
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from html import escape
from urllib.parse import parse_qs

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.profile import KINDS
from catalog_emulator.moto_lock import turn
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, CONFIRM_PATH, SECRET_HEADER
from catalog_emulator.server.request_guard import RESET_PATH, Page
from catalog_emulator.server.starting_account import StartingAccount

PREFIX = "/_emulator/"


@dataclass(frozen=True)
class PageRequest:
    """A request for a page."""

    method: str
    query: str
    body: str
    secret: str


def pages(
    faults: Faults, dump: Callable[[], str], reset: Callable[[StartingAccount | None], None], secret: str
) -> dict[str, Callable[[PageRequest], Page]]:
    """The pages by path; `dump` returns the account's state, and `reset` makes a new account.

    What people can open needs no secret, nor does what other programs know of moto's server.
    """
    public: dict[str, Callable[[PageRequest], Page]] = {
        f"{PREFIX}status": lambda _: _json({"pid": os.getpid()}),
        CONFIRM_PATH: _confirm,
        RESET_PATH: lambda request: _reset(reset, replace(request, body="")),
    }
    private: dict[str, Callable[[PageRequest], Page]] = {
        f"{PREFIX}mail": lambda _: _mail(),
        f"{PREFIX}objects": _objects,
        f"{PREFIX}state": lambda _: _state(dump),
        f"{PREFIX}reset": lambda request: _reset(reset, request),
        f"{PREFIX}faults": lambda request: _faults(faults, request),
        f"{PREFIX}calls": lambda request: _calls(faults, request),
    }
    return public | {path: _with_secret(secret, page) for path, page in private.items()}


def _with_secret(secret: str, page: Callable[[PageRequest], Page]) -> Callable[[PageRequest], Page]:
    def answer(request: PageRequest) -> Page:
        if not hmac.compare_digest(request.secret.encode(), secret.encode()):
            return _error(f"{SECRET_HEADER} must be the secret in the record of the endpoint", 403)
        return page(request)

    return answer


def _json(document: Mapping[str, object], status: int = 200) -> Page:
    return Page(status=status, body=json.dumps(document))


def _error(message: str, status: int) -> Page:
    return _json({"error": {"message": message}}, status)


def _faults(faults: Faults, request: PageRequest) -> Page:
    """GET shows the profile and what happened, PUT replaces the profile, DELETE removes it."""
    match request.method:
        case "GET":
            pass
        case "PUT":
            try:
                faults.change(FaultProfile.parse(request.body))
            except InvalidInputError as error:
                return _error(error.message, 400)
        case "DELETE":
            faults.change(FaultProfile())
        case _:
            return _error("use GET, PUT or DELETE", 405)
    kinds = {name: effect for name, (_, effect) in KINDS.items()}
    return _json({"faults": str(faults.profile), "happened": faults.happened(), "kinds": kinds})


def _calls(faults: Faults, request: PageRequest) -> Page:
    """GET shows how many calls came, by operation; DELETE also counts from zero afterwards."""
    if request.method not in ("GET", "DELETE"):
        return _error("use GET or DELETE", 405)
    calls = faults.calls()
    if request.method == "DELETE":
        faults.reset_calls()
    return _json({"calls": calls, "total": sum(calls.values())})


def _objects(request: PageRequest) -> Page:
    """PUT puts objects into buckets, without faults: `[{"bucket": …, "key": …, "body": base64}]`."""
    from moto.s3.models import s3_backends

    if request.method != "PUT":
        return _error("use PUT", 405)
    s3 = s3_backends[ACCOUNT_ID]["aws"]
    try:
        objects = [
            (str(one["bucket"]), str(one["key"]), base64.b64decode(one["body"], validate=True))
            for one in json.loads(request.body)
        ]
        with turn:
            for bucket in {bucket for bucket, _, _ in objects}:
                s3.buckets[bucket]
            for bucket, key, content in objects:
                s3.put_object(bucket, key, content)
    except (LookupError, RecursionError, TypeError, ValueError):
        return _error("must be a list of objects in existing buckets", 400)
    return _json({"objects": len(objects)})


def _state(dump: Callable[[], str]) -> Page:
    try:
        return Page(body=dump())
    except EmulatorError as error:
        return _error(error.message, 409)


def _reset(reset: Callable[[StartingAccount | None], None], request: PageRequest) -> Page:
    """POST makes a new account: with what the body says it holds, or what it held at the start."""
    if request.method != "POST":
        return _error("use POST", 405)
    try:
        reset(StartingAccount.parse(json.loads(request.body)) if request.body else None)
    except (InvalidInputError, RecursionError, ValueError) as error:
        return _error(str(error), 400)
    except EmulatorError as error:
        return _error(error.message, 409)
    return _json({"status": "ok"})


def _mail() -> Page:
    from catalog_emulator.sns import mails

    # Of a state file they may be anything; callers rely on texts.
    documents = [
        {name: value if value is None else str(value) for name, value in asdict(mail).items()}
        | {"received": mail.received.isoformat(timespec="seconds")}
        for mail in mails()
    ]
    return _json({"mails": documents})


def _confirm(request: PageRequest) -> Page:
    from moto.core.exceptions import ServiceException

    from catalog_emulator import sns

    query = {name: values[0] for name, values in parse_qs(request.query).items()}
    try:
        arn = sns.confirm(query.get("TopicArn", ""), query.get("Token", ""))
    except ServiceException as error:
        body = f"<h1>Not confirmed</h1>\n<p>{escape(str(error.message))}</p>\n"
        return Page(status=400, kind="text/html", body=body)
    return Page(kind="text/html", body=f"<h1>Subscription confirmed!</h1>\n<p>{escape(arn)}</p>\n")
