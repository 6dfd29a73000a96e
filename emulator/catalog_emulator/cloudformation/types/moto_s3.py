"""The EventBridge switch of a bucket, which moto does not show; conditions of a bucket policy's Deny; CORS.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

CLOSING = "</NotificationConfiguration>"

_get, _set_cors = S3Response.get_bucket_notification, FakeBucket.set_cors
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


ADDITIONS = {S3Response: (get_bucket_notification,), FakeBucket: (get_permission, set_cors)}
