"""Created accounts, and delegated administrators of services for which moto knows none, such as StackSets.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.iam.models import iam_backends
from moto.organizations.models import FakeDelegatedAdministrator, FakeServiceAccess, OrganizationsBackend

from catalog_emulator.cloudformation.types.moto_additions import add

_create_account = OrganizationsBackend.create_account
_supported = FakeDelegatedAdministrator.supported_service
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


def supported_service(service_principal: str) -> bool:
    """Those of moto, and all that an organization can trust."""
    return _supported(service_principal) or FakeServiceAccess.trusted_service(service_principal)


ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    FakeDelegatedAdministrator: (staticmethod(supported_service),),
    OrganizationsBackend: (create_account,),
}
