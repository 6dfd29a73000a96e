"""The service and operation that a request calls, read from the request alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from catalog_emulator.faults.operations import called_operation
from catalog_emulator.moto_lock import Environ, body_of

if TYPE_CHECKING:
    from moto.core.request import Request

Protocol = Literal["json", "cbor", "query", "ec2", "rest-json", "rest-xml"]

_CREDENTIAL = re.compile(r"(?:Credential=|^)([^/,\s]+)/[^/,\s]*/([^/,\s]+)/([^/,\s]+)/aws4_request")
# Where others than S3 are called without a signature.
_NOT_S3 = re.compile(r"/(_user_request_|cfnresponse|\.well-known)(/|$)")
_VERSION_2 = re.compile(r"AWS ([^:\s]+):")
_READS = re.compile(
    r"Assume|BatchGet|Decode|Describe|Detect|Estimate|Get|Head|List|Lookup|Query|Read|Scan|Search|Select"
    r"|Simulate|Test|Validate"
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: `service` is the name that it was signed for, `model` botocore's of the operation.

    `params` is the content of a JSON body.
    """

    service: str
    operation: str
    protocol: Protocol
    access_key: str = ""
    account_id: str = ""
    region: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    model: Any = None

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def writes(self) -> bool:
        return _READS.match(self.operation) is None


def read_call(environ: Environ) -> Call:
    """The call that a request makes; its body stays readable."""
    # Importing moto at the top would be before startup.prepare_import, which makes it quicker.
    from moto.core.request import Request

    body = body_of(environ)
    request = Request({**environ, "wsgi.input": BytesIO(body)})
    scope = _CREDENTIAL.search(request.headers.get("Authorization", request.args.get("X-Amz-Credential", "")))
    access_key, region, service = scope.groups() if scope else _signed_before(request)
    service = service.lower()
    protocol, name = _named(service, request)
    if not service and protocol is None and not _NOT_S3.search(request.path):
        service = "s3"
    known = called_operation(service, name, request)
    if protocol is None:
        xml = known.service_model.protocol == "rest-xml" if known else service == "s3"
        protocol = "rest-xml" if xml else "rest-json"
        if known is None and service not in ("", "s3") and request.mimetype.endswith("form-urlencoded"):
            protocol = "query"
    target = request.headers.get("X-Amz-Target", "").partition(".")[0].lower()
    return Call(
        service=service or target or "unsigned",
        operation=known.name if known else name or request.method,
        protocol=protocol,
        access_key=access_key,
        account_id=_account(request.headers, access_key),
        region=region,
        params=_document(body) if protocol == "json" else {},
        model=known,
    )


def read_sent(request: Any) -> Call:
    """The call of a request that botocore is about to send."""
    from moto.core.request import Request

    body = request.body
    body = body if isinstance(body, (str, bytes, bytearray)) else b""
    return read_call(Request.from_primitives(request.method, request.url, request.headers, body).environ)


def _named(service: str, request: Request) -> tuple[Protocol | None, str]:
    """The protocol and the operation that a request names; None and "" of the REST protocols."""
    if "X-Amz-Target" in request.headers:
        return "json", request.headers["X-Amz-Target"].rpartition(".")[2]
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor", request.path.rpartition("/")[2]
    if service != "s3" and request.method in ("GET", "POST") and "Action" in request.values:
        return ("ec2" if service == "ec2" else "query"), request.values["Action"]
    return None, ""


def _signed_before(request: Request) -> tuple[str, str, str]:
    """The scope of a request with the older signature, which has no Region and is of S3 or a query.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    """
    found = _VERSION_2.match(request.headers.get("Authorization", ""))
    key = found[1] if found else request.args.get("AWSAccessKeyId", "")
    return key, "", "s3" if key and "Action" not in request.args else ""


def _account(headers: Any, access_key: str) -> str:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import get_account_id_from

    if "x-moto-account-id" in headers:
        return str(headers["x-moto-account-id"])
    return str(get_account_id_from(access_key)) if access_key else str(DEFAULT_ACCOUNT_ID)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (RecursionError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
