"""Simulation of policies, AWS's managed policies, and policies on all of an account's IAM.

IAM accepts `arn:aws:iam::111111111111:*`. moto's own message for it says that the path of an IAM resource
"must either be "*" or start with user/, …".
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import NotFoundException
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.iam.policy_validation import BaseIAMPolicyValidator
from moto.iam.responses import IamResponse

from catalog_emulator.iam.simulation import simulate_custom_policy, simulate_principal_policy

_validate = BaseIAMPolicyValidator._validate_resource_format
_remove_role = IAMBackend.remove_role_from_instance_profile
# moto gives users no boundary.
_TAKING_BOUNDARIES = ("create_role", "put_role_permissions_boundary")
_TAKING_POLICIES = (
    *("attach_group_policy", "attach_role_policy", "attach_user_policy", "create_user"),
    *_TAKING_BOUNDARIES,
    *("get_policy", "get_policy_version", "list_policy_versions"),
)
_POLICY = re.compile(r"arn:[^:\s]+:iam::[^:\s]+:policy/\S+")


def _validate_resource_format(self: BaseIAMPolicyValidator, resource: str) -> None:
    """moto's own, but for `*` as the whole path."""
    parts = resource.split(":", 5)
    if len(parts) != 6 or parts[2:4] != ["iam", ""] or parts[5] != "*":
        _validate(self, resource)


def remove_role_from_instance_profile(self: Any, profile_name: str, role_name: str) -> None:
    """moto's own, which fails for a role that is not in the profile."""
    if role_name not in {role.name for role in self.get_instance_profile(profile_name).roles}:
        raise NotFoundException(f"Role {role_name} in Instance Profile {profile_name} cannot be found.")
    _remove_role(self, profile_name, role_name)


def _with_policies_of_aws(name: str) -> Callable[..., Any]:
    """moto's own: AWS's policies are in every account, and moto has them only when it is set to read all.

    Policies that AWS has retired are not among them. A boundary must exist.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    method = getattr(IAMBackend, name)

    @wraps(method)
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        for value in (*arguments, *named.values()):
            if isinstance(value, str) and ":iam::aws:policy/" in value:
                _provide(self, value)
            if (
                name in _TAKING_BOUNDARIES
                and isinstance(value, str)
                and _POLICY.fullmatch(value)
                and value not in self.managed_policies
            ):
                raise NotFoundException(f"Scope ARN: {value} does not exist or is not attachable.")
        return method(self, *arguments, **named)

    return call


def _provide(backend: Any, arn: str) -> None:
    name = arn.rpartition("/")[2]
    if arn not in backend.managed_policies and name in _aws_policies():
        made = AWSManagedPolicy.from_data(
            name, backend.account_id, backend.region_name, _aws_policies()[name]
        )
        backend.managed_policies[made.arn] = made


@cache
def _aws_policies() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return found


ADDITIONS = {
    BaseIAMPolicyValidator: (_validate_resource_format,),
    IAMBackend: (*map(_with_policies_of_aws, _TAKING_POLICIES), remove_role_from_instance_profile),
    IamResponse: (simulate_custom_policy, simulate_principal_policy),
}
