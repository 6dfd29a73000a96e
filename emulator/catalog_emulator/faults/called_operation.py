"""The service and operation that a request calls, read from the request alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from catalog_emulator.faults.operations import rest_operation

Protocol = Literal["json", "cbor", "query", "ec2", "rest-json", "rest-xml"]

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]+)/([^/,\s]+)/aws4_request")
_READS = re.compile(
    r"Assume|BatchGet|Decode|Describe|Detect|Estimate|Get|Head|List|Lookup|Query|Read|Scan|Search|Select"
    r"|Simulate|Test|Validate"
)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: `service` is the name that it was signed for, `params` the content of a JSON body."""

    service: str
    operation: str
    protocol: Protocol
    access_key: str = ""
    account_id: str = ""
    region: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def writes(self) -> bool:
        return _READS.match(self.operation) is None


def read_call(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call that a request makes. Header names are lowercase; `body` may be empty for REST services."""
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    access_key, region, service = _scope(headers.get("authorization", ""), query)
    identity: dict[str, Any] = {
        "access_key": access_key,
        "region": region,
        "account_id": _account(headers, access_key),
    }
    target = headers.get("x-amz-target", "")
    if target:
        operation = target.rpartition(".")[2]
        service = service or target.partition(".")[0].lower()
        return Call(service=service, operation=operation, protocol="json", params=_document(body), **identity)
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return Call(service=service, operation=parts.path.rpartition("/")[2], protocol="cbor", **identity)
    if headers.get("content-type", "").startswith(_FORM):
        query = query | parse_qs(body.decode(errors="replace"))
    if "Action" in query:
        protocol: Protocol = "ec2" if service == "ec2" else "query"
        return Call(service=service, operation=query["Action"][0], protocol=protocol, **identity)
    known = rest_operation(service, method, _path(service, parts.netloc, parts.path), set(query), headers)
    return Call(
        service=service or "unsigned",
        operation=known.name if known else method.upper(),
        protocol="rest-xml" if known and known.xml else "rest-json",
        **identity,
    )


def needs_body(headers: Mapping[str, str]) -> bool:
    """Whether `read_call` needs the request's body."""
    return "x-amz-target" in headers or headers.get("content-type", "").startswith(_FORM)


def _scope(authorization: str, query: Mapping[str, list[str]]) -> tuple[str, str, str]:
    presigned = query.get("X-Amz-Credential", [""])[0]
    found = _CREDENTIAL.search(authorization or f"Credential={unquote(presigned)}")
    return (found[1], found[2], found[3].lower()) if found else ("", "", "")


def _account(headers: Mapping[str, str], access_key: str) -> str:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import get_account_id_from

    if "x-moto-account-id" in headers:
        return headers["x-moto-account-id"]
    return str(get_account_id_from(access_key)) if access_key else str(DEFAULT_ACCOUNT_ID)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (RecursionError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _path(service: str, host: str, path: str) -> str:
    """S3 accepts the bucket in the host name; its operations' paths begin with it."""
    bucket = re.match(r"(.+)\.s3[.-]", host) if service == "s3" else None
    return f"/{bucket[1]}{path}" if bucket else path
