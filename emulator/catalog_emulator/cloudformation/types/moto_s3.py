"""The EventBridge switch of a bucket, which moto does not show; conditions of a Deny; CORS; expected owners.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import S3AccessDeniedError, S3ClientError
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response

CLOSING = "</NotificationConfiguration>"

_get, _set_cors = S3Response.get_bucket_notification, FakeBucket.set_cors
_of_bucket, _of_key = S3Response._bucket_response, S3Response._key_response
# Members that may have one *: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
_ONE_WILDCARD = ("AllowedOrigin", "AllowedHeader")


def get_bucket_notification(self: S3Response) -> Any:
    """moto's answer, with EventBridgeConfiguration where the bucket has it."""
    status, headers, body = _get(self)
    held = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if held is None or held.event_bridge is None:
        return status, headers, body
    text = body.decode() if isinstance(body, bytes) else body
    opened = f"{text.removesuffix('/>')}>{CLOSING}" if text.endswith("/>") else text
    shown = opened.replace(CLOSING, f"<EventBridgeConfiguration/>{CLOSING}")
    return status, {**headers, "Content-Length": str(len(shown))}, shown


def _bucket_response(self: S3Response, request: Any, full_url: str) -> Any:
    """moto's answer, for the owner that the request expects."""
    _check_owner(self, request, full_url)
    return _of_bucket(self, request, full_url)


def _key_response(self: S3Response, request: Any, full_url: str) -> Any:
    """moto's answer, for the owner that the request expects."""
    _check_owner(self, request, full_url)
    return _of_key(self, request, full_url)


def _check_owner(response: S3Response, request: Any, full_url: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"""
    expected = request.headers.get("x-amz-expected-bucket-owner")
    owner = s3_backends.bucket_accounts.get(response.parse_bucket_name_from_url(request, full_url))
    if expected and owner and owner[1] != _text(expected):
        raise S3AccessDeniedError


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header


def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
    """Whether the bucket's policy permits an action, by its statements without a Condition.

    moto knows no keys of a request: a Deny of plain HTTP would refuse everybody.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = document["Statement"]
    every = statements if isinstance(statements, list) else [statements]
    plain = [statement for statement in every if "Condition" not in statement]
    return IAMPolicy(json.dumps({**document, "Statement": plain})).is_action_permitted(action, resource)


def set_cors(self: FakeBucket, rules: list[dict[str, Any]]) -> None:
    """Refuses origins and headers with more than one *."""
    for rule in rules:
        for member in _ONE_WILDCARD:
            values = rule.get(member) or ()
            for value in [values] if isinstance(values, str) else values:
                if value.count("*") > 1:
                    message = f'{member} "{value}" can not have more than one wildcard.'
                    raise S3ClientError("InvalidRequest", message)
    _set_cors(self, rules)


ADDITIONS = {
    S3Response: (get_bucket_notification, _bucket_response, _key_response),
    FakeBucket: (get_permission, set_cors),
}
