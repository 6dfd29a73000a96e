"""The EventBridge switch of a bucket, which moto keeps but does not show.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
"""

from __future__ import annotations

from typing import Any

from moto.s3.responses import S3Response

from catalog_emulator.cloudformation.types.gaps import bucket_policies

CLOSING = "</NotificationConfiguration>"

_get = S3Response.get_bucket_notification


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


CALLS = [(S3Response, {"get_bucket_notification": get_bucket_notification}), *bucket_policies.CALLS]
