"""boto3 clients that talk to moto inside this process: no network, no signature, no global mock."""

import os
import re
from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.endpoint import convert_to_response_dict
from botocore.handlers import base64_encode_user_data
from botocore.session import Session
from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import MockRawResponse
from moto.core.request import Request
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from catalog_emulator.moto_lock import turn

_ACCESS_KEY = "STACKENGINE"
_ANONYMOUS_ENVIRONMENT = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_OPTIONS: dict[str, Any] = {
    "signature_version": UNSIGNED,
    "ignore_configured_endpoint_urls": True,
    "retries": {"total_max_attempts": 1, "mode": "standard"},
    # Otherwise botocore describes the machine in every request.
    "user_agent": "stacks",
}
_creating = Lock()

Handler = Callable[..., tuple[int, Any, Any]]


def clients(account_id: str, region: str) -> Callable[[str], Any]:
    """The clients of one account and Region, by service name; each is made once per process."""

    def client(service: str) -> Any:
        with _creating:
            return _client(service, account_id, region)

    return client


@cache
def _client(service: str, account_id: str, region: str) -> Any:
    made: Any = _session().client(service, region_name=region, config=Config(**_OPTIONS))
    # Templates have user data in base64 already.
    for operation in ("ec2.RunInstances", "autoscaling.CreateLaunchConfiguration"):
        made.meta.events.unregister(f"before-parameter-build.{operation}", base64_encode_user_data)
    made.meta.events.register_last("before-call.*.*", _Caller(made, service, account_id, region))
    return made


@cache
def _session() -> Any:
    """One session: a second one on the same botocore session adds boto3's methods to clients twice."""
    return boto3.Session(botocore_session=Session(session_vars=_ANONYMOUS_ENVIRONMENT))


class _Caller:
    """Answers a client's calls from moto, for the account, before botocore signs and sends them.

    moto takes the account from its own header, and S3 refuses requests that carry no Authorization at all.
    """

    def __init__(self, client: Any, service: str, account_id: str, region: str) -> None:
        self._parser = client._response_parser
        self._place = account_id, region
        scope = f"{_ACCESS_KEY}/20200101/{region}/{service}/aws4_request"
        self._headers = {
            "x-moto-account-id": account_id,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }

    def __call__(self, *, model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, Any]:
        url: str = params["url"]
        headers = {**params["headers"], **self._headers}
        request = Request.from_primitives(params["method"], url, headers, _body(params["body"]))
        parts = urlsplit(url)
        handler = _handler(parts.netloc, parts.path, *self._place)
        status, response_headers, body = _answer(handler, request)
        response = AWSResponse(url, status, response_headers, MockRawResponse(body))
        parsed = self._parser.parse(convert_to_response_dict(response, model), model.output_shape)
        return response, parsed


def _answer(handler: Handler, request: Request) -> tuple[int, Any, Any]:
    try:
        with turn:
            return handler(request, request.raw_url, request.headers)
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), error.get_body()


def _body(body: Any) -> bytes:
    match body:
        case dict():
            return urlencode(body, doseq=True).encode()
        case str():
            return body.encode()
        case bytes() | bytearray():
            return bytes(body)
        case None:
            return b""
    read: bytes = body.read()
    return read


@lru_cache(maxsize=4096)
def _handler(host: str, path: str, account_id: str, region: str) -> Handler:
    """moto's function for a URL. (moto's own BotocoreStubber searches for it in every request.)"""
    url = f"https://{host}{path}"
    for service, pattern in backend_url_patterns:
        if pattern.match(url):
            for route, handler in _routes(service, account_id, region):
                if route.match(url):
                    return handler
    raise LookupError(f"moto has nothing at {url}")


@cache
def _routes(service: str, account_id: str, region: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    backends: Any = get_backend(service)  # type: ignore[call-overload]
    if isinstance(backends, BackendDict):
        account: Any = backends[account_id]
        backend = account[region if region in account else get_partition(region)]
    else:
        backend = backends["global"]
    return tuple((re.compile(route), handler) for route, handler in backend.urls.items())
