"""The endpoint's own pages: status, mail, confirmation links, faults, counted calls, objects, state."""

import base64
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.profile import KINDS
from catalog_emulator.moto_lock import turn
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, CONFIRM_PATH, SECRET_HEADER
from catalog_emulator.server.request_guard import RESET_PATH
from catalog_emulator.server.site import document
from catalog_emulator.server.starting_account import StartingAccount

PREFIX = "/_emulator/"
Page = Callable[[Request], Response]
Reset = Callable[[StartingAccount | None], None]


def pages(faults: Faults, dump: Callable[[], str], reset: Reset, secret: str) -> dict[str, Page]:
    """The pages by path; `dump` returns the account's state, and `reset` makes a new account.

    What people can open needs no secret, nor does what other programs know of moto's server.
    """
    public: dict[str, tuple[str, Callable[[Request], Any]]] = {
        f"{PREFIX}status": ("", lambda _: {"pid": os.getpid()}),
        CONFIRM_PATH: ("", _confirm),
        RESET_PATH: ("POST", lambda _: _reset(reset, "")),
    }
    private: dict[str, tuple[str, Callable[[Request], Any]]] = {
        f"{PREFIX}mail": ("", lambda _: _mail()),
        f"{PREFIX}objects": ("PUT", _objects),
        f"{PREFIX}state": ("", lambda _: Response(dump(), mimetype="application/json")),
        f"{PREFIX}reset": ("POST", lambda request: _reset(reset, _text(request))),
        f"{PREFIX}faults": ("GET PUT DELETE", lambda request: _faults(faults, request)),
        f"{PREFIX}calls": ("GET DELETE", lambda request: _calls(faults, request)),
        f"{PREFIX}accounts": ("GET", lambda _: _accounts()),
    }
    return {path: _page(page, methods, "") for path, (methods, page) in public.items()} | {
        path: _page(page, methods, secret) for path, (methods, page) in private.items()
    }


def _page(page: Callable[[Request], Any], methods: str, secret: str) -> Page:
    """The page, for these methods (all if ""), and for who knows the secret."""

    def answer(request: Request) -> Response:
        said = request.headers.get(SECRET_HEADER, "") if secret else ""
        if not hmac.compare_digest(said.encode(), secret.encode()):
            return _error(f"{SECRET_HEADER} must be the secret in the record of the endpoint", 403)
        if methods and request.method not in methods.split():
            return _error(f"use {' or '.join(methods.split())}", 405)
        try:
            answered = page(request)
        except (InvalidInputError, RecursionError, ValueError) as error:
            return _error(str(error), 400)
        except EmulatorError as error:
            return _error(error.message, 409)
        return answered if isinstance(answered, Response) else _json(answered)

    return answer


def _json(document: object, status: int = 200) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")


def _error(message: str, status: int) -> Response:
    return _json({"error": {"message": message}}, status)


def _text(request: Request) -> str:
    return request.get_data().decode(errors="replace")


def _faults(faults: Faults, request: Request) -> dict[str, Any]:
    """GET shows the profile and what happened, PUT replaces the profile, DELETE removes it."""
    if request.method != "GET":
        faults.change(FaultProfile.parse(_text(request) if request.method == "PUT" else ""))
    kinds = {name: effect for name, (_, effect) in KINDS.items()}
    return {"faults": str(faults.profile), "happened": faults.happened(), "kinds": kinds}


def _calls(faults: Faults, request: Request) -> dict[str, Any]:
    """GET shows how many calls came, by operation; DELETE also counts from zero afterwards."""
    calls = faults.calls()
    if request.method == "DELETE":
        faults.reset_calls()
    return {"calls": calls, "total": sum(calls.values())}


def _objects(request: Request) -> dict[str, Any]:
    """PUT puts objects into buckets, without faults: `[{"bucket": …, "key": …, "body": base64}]`."""
    from moto.s3.models import s3_backends

    s3 = s3_backends[ACCOUNT_ID]["aws"]
    try:
        objects = [
            (str(one["bucket"]), str(one["key"]), base64.b64decode(one["body"], validate=True))
            for one in json.loads(_text(request))
        ]
        with turn:
            for bucket in {bucket for bucket, _, _ in objects}:
                s3.buckets[bucket]
            for bucket, key, content in objects:
                s3.put_object(bucket, key, content)
    except (LookupError, RecursionError, TypeError, ValueError):
        raise InvalidInputError("must be a list of objects in existing buckets") from None
    return {"objects": len(objects)}


def _reset(reset: Reset, body: str) -> dict[str, Any]:
    """POST makes a new account: with what the body says it holds, or what it held at the start."""
    reset(StartingAccount.parse(json.loads(body)) if body else None)
    return {"status": "ok"}


def _accounts() -> dict[str, Any]:
    """The accounts and Regions where Service Catalog has something."""
    from moto.servicecatalog import models

    held: Any = models.servicecatalog_backends
    with turn:
        places = [
            {"account_id": account, "region": region}
            for account, regions in held.items()
            for region, backend in regions.items()
            if backend.state.portfolios or backend.state.provisioned
        ]
    return {"accounts": sorted(places, key=lambda one: (one["account_id"], one["region"]))}


def _mail() -> dict[str, Any]:
    from catalog_emulator.sns import mails

    # Of a state file they may be anything; callers rely on texts.
    documents = [
        {name: value if value is None else str(value) for name, value in asdict(mail).items()}
        | {"received": mail.received.isoformat(timespec="seconds")}
        for mail in mails()
    ]
    return {"mails": documents}


def _confirm(request: Request) -> Response:
    from moto.core.exceptions import ServiceException

    from catalog_emulator import sns

    try:
        arn = sns.confirm(request.args.get("TopicArn", ""), request.args.get("Token", ""))
    except ServiceException as error:
        if "application/json" in request.headers.get("Accept", ""):
            raise InvalidInputError(str(error.message)) from error
        return document("Not confirmed", str(error.message), 400)
    return document("Subscription confirmed!", arn)
