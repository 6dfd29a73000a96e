"""Simulation of policies; and policies on all of an account's IAM (`arn:aws:iam::111111111111:*`).

IAM accepts these. moto's own message for them says that the path of an IAM resource "must either be "*" or
start with user/, …".
"""

from moto.iam.policy_validation import BaseIAMPolicyValidator
from moto.iam.responses import IamResponse

from catalog_emulator.iam.simulation import simulate_custom_policy, simulate_principal_policy

_validate = BaseIAMPolicyValidator._validate_resource_format


def _validate_resource_format(self: BaseIAMPolicyValidator, resource: str) -> None:
    """moto's own, but for `*` as the whole path."""
    parts = resource.split(":", 5)
    if len(parts) != 6 or parts[2:4] != ["iam", ""] or parts[5] != "*":
        _validate(self, resource)


ADDITIONS = {
    BaseIAMPolicyValidator: (_validate_resource_format,),
    IamResponse: (simulate_custom_policy, simulate_principal_policy),
}
