"""Created and moved accounts; delegated administrators, also of StackSets, for which moto knows none.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.cloudformation.models import cloudformation_backends
from moto.core.responses import ActionResult, BaseResponse
from moto.iam.models import iam_backends
from moto.organizations.exceptions import OrganizationsClientError
from moto.organizations.models import (
    FakeDelegatedAdministrator,
    FakeServiceAccess,
    OrganizationsBackend,
    organizations_backends,
)
from moto.organizations.responses import OrganizationsResponse

from catalog_emulator.cloudformation.types.moto_additions import add

_create_account = OrganizationsBackend.create_account
_move_account = OrganizationsBackend.move_account
_supported = FakeDelegatedAdministrator.supported_service
_ROLE = "OrganizationAccountAccessRole"
# Which every member may call.
_OF_MEMBERS = frozenset({"DescribeOrganization", "DescribeHandshake", "ListHandshakesForAccount"})


def create_account(self: Any, **request: Any) -> dict[str, Any]:
    """moto's own; its role has no path and no permissions, where AWS's may do everything."""
    # Which has the policies of AWS.
    add("iam")
    created: dict[str, Any] = _create_account(self, **request)
    account = created["CreateAccountStatus"]["AccountId"]
    iam: Any = iam_backends[account][self.partition]
    role = iam.get_role(request.get("RoleName") or _ROLE)
    role.path = "/"
    iam.attach_role_policy(f"arn:{self.partition}:iam::aws:policy/AdministratorAccess", role.name)
    _followed(self, account)
    return created


def move_account(self: Any, **request: Any) -> None:
    """moto's own; then stack sets follow the account, if they deploy automatically."""
    _move_account(self, **request)
    _followed(self, request["AccountId"])


def _followed(organization: Any, account: str) -> None:
    # Those of the Regions that have been used.
    used: Any = cloudformation_backends[organization.account_id]
    for stacks in used.values():
        stacks.stack_sets.follow(account)


def supported_service(service_principal: str) -> bool:
    """Those of moto, and all that an organization can trust."""
    return _supported(service_principal) or FakeServiceAccess.trusted_service(service_principal)


def call_action(self: Any) -> Any:
    """As the management account where a delegated administrator reads; other members may not.

    moto looks into an organization of the member's own, which it does not have.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html
    """
    manager, partition = organizations_backends.master_accounts.get(self.current_account, ("", ""))
    action = self._get_action()
    if manager and action.startswith(("Describe", "List")) and action not in _OF_MEMBERS:
        admins: Any = organizations_backends[manager][partition].admins
        if all(admin.account.id != self.current_account for admin in admins):
            denied = OrganizationsClientError(
                "AccessDeniedException", "You don't have permissions to access this resource."
            )
            return self.serialized(ActionResult(denied))
        self.current_account = manager
    return BaseResponse.call_action(self)


ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    FakeDelegatedAdministrator: (staticmethod(supported_service),),
    OrganizationsBackend: (create_account, move_account),
    OrganizationsResponse: (call_action,),
}
