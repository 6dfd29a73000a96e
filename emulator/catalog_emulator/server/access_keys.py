"""Refuses requests without a valid access key, as AWS does; signatures are not checked."""

import re
from collections.abc import Iterator
from typing import Any, Final

from catalog_emulator.faults.called_operation import Call

_INVALID: Final = "The security token included in the request is invalid."
_EXPIRED: Final = "The security token included in the request is expired"
_MISSING: Final = "Request is missing Authentication Token"
# What anybody may call: operations that prove who calls in other ways, and links in mails of SNS.
_UNSIGNED: Final = re.compile(
    r"awscognitoidentity.*|.*\.(AssumeRoleWith(SAML|WebIdentity)|ConfirmSubscription|Unsubscribe)"
    # Whether an object is public moto knows; a form has its signature in its fields.
    r"|s3\.(GetObject|HeadObject|OPTIONS|PostObject)"
)
# JSON services that kept the codes of the protocol that they had before:
# https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
_QUERY_CODES: Final = ("monitoring", "sqs")
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_OWN: Final = {
    ("s3", "invalid"): (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    ("s3", "missing"): ("AccessDenied", "Access Denied", 403),
    ("s3", "expired"): ("ExpiredToken", "The provided token has expired.", 400),
    ("ec2", "invalid"): ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    ("ec2", "expired"): ("RequestExpired", "Request has expired.", 400),
}


class RefusedKeyError(Exception):
    """A request whose access key is unknown, inactive, expired, or missing."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def check_key(call: Call) -> None:
    """Raises RefusedKeyError unless an account has the call's access key, or the call needs none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html
    """
    problem = _problem_of(call.access_key)
    elsewhere = call.service == "unsigned" and call.protocol.startswith("rest-")
    if problem == "missing" and (elsewhere or _UNSIGNED.fullmatch(call.name)):
        return
    if problem:
        raise RefusedKeyError(*_OWN.get((call.service, problem)) or _usual(call, problem))


def _usual(call: Call, problem: str) -> tuple[str, str, int]:
    json = call.protocol in ("json", "cbor", "rest-json") and call.service not in _QUERY_CODES
    status = 400 if json and call.protocol != "rest-json" else 403
    match problem:
        case "missing":
            return f"MissingAuthenticationToken{'Exception' if json else ''}", _MISSING, status
        case "expired":
            return f"ExpiredToken{'Exception' if json else ''}", _EXPIRED, status
    return "UnrecognizedClientException" if json else "InvalidClientTokenId", _INVALID, status


def _problem_of(name: str) -> str:
    from moto.core.utils import utcnow
    from moto.sts.models import sts_backends

    if not name:
        return "missing"
    for account_id, partition, key in _keys(name):
        session = sts_backends[account_id][partition].get_assumed_role_from_access_key(name)
        if session is not None and session.expiration < utcnow():
            return "expired"
        return "" if key.status == "Active" else "invalid"
    return "invalid"


def _keys(name: str) -> Iterator[tuple[str, str, Any]]:
    from moto.iam.models import iam_backends

    for account_id, backends in list(iam_backends.items()):
        for partition, backend in list(backends.items()):
            if name in backend.access_keys:
                yield account_id, partition, backend.access_keys[name]
