"""Delegated administrators of services for which moto knows none, such as StackSets.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.organizations.models import FakeDelegatedAdministrator, FakeServiceAccess

_supported = FakeDelegatedAdministrator.supported_service


def supported_service(service_principal: str) -> bool:
    """Those of moto, and all that an organization can trust."""
    return _supported(service_principal) or FakeServiceAccess.trusted_service(service_principal)


ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    FakeDelegatedAdministrator: (staticmethod(supported_service),)
}
