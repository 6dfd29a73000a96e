"""boto3 clients that talk to moto inside this process: no network, no signature, no global mock."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.session import Session
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber

ACCESS_KEY = "STACKENGINE"
_ANONYMOUS_ENVIRONMENT = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_OPTIONS: dict[str, Any] = {
    "signature_version": UNSIGNED,
    "ignore_configured_endpoint_urls": True,
    "retries": {"total_max_attempts": 1, "mode": "standard"},
}
_creating = Lock()


def clients(account_id: str, region: str) -> Callable[[str], Any]:
    """The clients of one account and Region, by service name; each is made once per process."""

    def client(service: str) -> Any:
        with _creating:
            return _client(service, account_id, region)

    return client


@cache
def _client(service: str, account_id: str, region: str) -> Any:
    made = _session().client(service, region_name=region, config=Config(**_OPTIONS))
    made.meta.events.register_first("before-send.*.*", _Sender(service, account_id, region))
    return made


@cache
def _session() -> Any:
    """One for all: a second one on the same botocore session adds boto3's methods to clients twice."""
    return boto3.Session(botocore_session=Session(session_vars=_ANONYMOUS_ENVIRONMENT))


class _Sender:
    """Hands a client's requests to moto as a caller of the account.

    moto takes the account from its own header, and S3 refuses requests that carry no Authorization at all.
    """

    def __init__(self, service: str, account_id: str, region: str) -> None:
        self._moto = BotocoreStubber()
        self._moto.enabled = True
        self._account_id = account_id
        scope = f"{ACCESS_KEY}/20200101/{region}/{service}/aws4_request"
        self._authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"

    def __call__(self, event_name: str, request: AWSPreparedRequest, **arguments: Any) -> AWSResponse | None:
        request.headers["x-moto-account-id"] = self._account_id
        request.headers["Authorization"] = self._authorization
        if botocore_stubber.enabled:
            # Inside mock_aws() moto's own listener answers: botocore calls every listener, whoever answered.
            return None
        response: AWSResponse | None = self._moto(event_name, request, **arguments)
        return response
