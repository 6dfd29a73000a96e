"""A bucket policy's Deny, which moto takes for unconditional: one that refuses plain HTTP refuses everybody.

moto knows no keys of a request, so of a policy only the statements without a Condition are looked at.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
    """What the bucket's policy says of an action, whoever asks."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = document["Statement"]
    every = statements if isinstance(statements, list) else [statements]
    plain = [statement for statement in every if "Condition" not in statement]
    return IAMPolicy(json.dumps({**document, "Statement": plain})).is_action_permitted(action, resource)


CALLS = [(FakeBucket, {"get_permission": get_permission})]
