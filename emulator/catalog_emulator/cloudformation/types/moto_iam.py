"""Policies on all of an account's IAM (`arn:aws:iam::111111111111:*`), which moto refuses and IAM accepts.

moto's own message says that the path of an IAM resource "must either be "*" or start with user/, …".
"""

from moto.iam.policy_validation import BaseIAMPolicyValidator

_validate = BaseIAMPolicyValidator._validate_resource_format


def _validate_resource_format(self: BaseIAMPolicyValidator, resource: str) -> None:
    """moto's own, but for `*` as the whole path."""
    parts = resource.split(":", 5)
    if len(parts) != 6 or parts[2:4] != ["iam", ""] or parts[5] != "*":
        _validate(self, resource)


ADDITIONS = {BaseIAMPolicyValidator: (_validate_resource_format,)}
