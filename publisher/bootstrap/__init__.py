"""What an account needs before products are published and launched: template bucket, launch roles, as stacks.

Knows CloudFormation; refuses to know declarations: it is handed launch roles.
"""

from __future__ import annotations

from publisher.bootstrap.bodies import (
    BUCKET_PARAMETER,
    LaunchRole,
    body,
    bucket_name,
    bucket_template,
    roles_template,
)
from publisher.bootstrap.deployment import BUCKET_STACK, ROLES_STACK, Bootstrap, Readers, Result

__all__ = [
    "BUCKET_PARAMETER",
    "BUCKET_STACK",
    "ROLES_STACK",
    "Bootstrap",
    "LaunchRole",
    "Readers",
    "Result",
    "body",
    "bucket_name",
    "bucket_template",
    "roles_template",
]
