"""Accounts that an organization creates: what moto's role for the management account lacks.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
"""

from typing import Any

from moto.iam.models import iam_backends
from moto.organizations.models import OrganizationsBackend

from catalog_emulator.cloudformation.types.moto_additions import add

_create_account = OrganizationsBackend.create_account
_ROLE = "OrganizationAccountAccessRole"


def create_account(self: Any, **request: Any) -> dict[str, Any]:
    """moto's own; its role has no path and no permissions, where AWS's may do everything."""
    # Which has the policies of AWS.
    add("iam")
    created: dict[str, Any] = _create_account(self, **request)
    iam: Any = iam_backends[created["CreateAccountStatus"]["AccountId"]][self.partition]
    role = iam.get_role(request.get("RoleName") or _ROLE)
    role.path = "/"
    iam.attach_role_policy(f"arn:{self.partition}:iam::aws:policy/AdministratorAccess", role.name)
    return created


ADDITIONS = {OrganizationsBackend: (create_account,)}
