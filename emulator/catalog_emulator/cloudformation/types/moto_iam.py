"""Simulation of policies, AWS's managed policies, quotas, and policies on all of an account's IAM.

IAM accepts `arn:aws:iam::111111111111:*`. moto's own message for it says that the path of an IAM resource
"must either be "*" or start with user/, …".
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import LimitExceededException, NotFoundException
from moto.iam.models import AccountSummary, AWSManagedPolicy, IAMBackend
from moto.iam.policy_validation import BaseIAMPolicyValidator
from moto.iam.responses import IamResponse

from catalog_emulator.cloudformation.types.moto_servicequotas import applied
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
_QUOTAS = {"roles": "L-FE177D64", "policies": "L-E95E4862", "attached_policies_per_role": "L-0DA4ABF3"}
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


def _within(method: Any, quota: str, of: str, count: Callable[..., int]) -> Callable[..., Any]:
    """A method within the account's quota. The message is that of users' reports, not documented.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """

    @wraps(method)
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        most = _quota(self, quota)
        if count(self, *arguments, **named) >= most:
            raise LimitExceededException(f"Cannot exceed quota for {of}: {most}")
        return method(self, *arguments, **named)

    return call


def _quota(backend: Any, name: str) -> int:
    return applied(backend.account_id, backend.partition, f"iam/{_QUOTAS[name]}")


def _policies(backend: Any, *_: Any, **__: Any) -> int:
    return sum(":iam::aws:policy/" not in arn for arn in backend.managed_policies)


def _attached(backend: Any, policy_arn: str, role_name: str) -> int:
    """How many other policies a role has."""
    return len(backend.get_role(role_name).managed_policies.keys() - {policy_arn})


def get_account_summary(self: Any) -> AccountSummary:
    """moto's own, with the quotas that count."""
    summary: AccountSummary = self.account_summary
    for name in _QUOTAS:
        setattr(summary, f"_{name}_quota", _quota(self, name))
    return summary


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


_taking = {name: _with_policies_of_aws(name) for name in _TAKING_POLICIES}
_LIMITED = (
    _within(_taking["create_role"], "roles", "RolesPerAccount", lambda it, *_, **__: len(it.roles)),
    _within(IAMBackend.create_policy, "policies", "PoliciesPerAccount", _policies),
    _within(_taking["attach_role_policy"], "attached_policies_per_role", "PoliciesPerRole", _attached),
)
ADDITIONS = {
    BaseIAMPolicyValidator: (_validate_resource_format,),
    IAMBackend: (*_taking.values(), *_LIMITED, get_account_summary, remove_role_from_instance_profile),
    IamResponse: (simulate_custom_policy, simulate_principal_policy),
}
