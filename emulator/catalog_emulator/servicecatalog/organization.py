"""The organization that an account belongs to, from moto's AWS Organizations.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.organizations.models import organizations_backends

SERVICE = "servicecatalog.amazonaws.com"


class Organization:
    """An organization, as its management account's backend holds it."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    @property
    def management_account(self) -> str:
        """Its management account."""
        return str(self._backend.org.master_account_id)

    @property
    def all_features(self) -> bool:
        """Whether more than its bills are consolidated."""
        return bool(self._backend.org.feature_set == "ALL")

    @property
    def access_enabled(self) -> bool:
        """Whether Service Catalog has access."""
        return any(service["ServicePrincipal"] == SERVICE for service in self._backend.services)

    def enable_access(self) -> None:
        """Gives Service Catalog access."""
        self._backend.enable_aws_service_access(ServicePrincipal=SERVICE)

    def disable_access(self) -> None:
        """Takes it back."""
        self._backend.disable_aws_service_access(ServicePrincipal=SERVICE)

    def delegates(self) -> list[str]:
        """The accounts that administer Service Catalog beside the management account."""
        return [str(admin.account.id) for admin in self._backend.admins if SERVICE in admin.services]

    def administered_by(self, account_id: str) -> bool:
        """Whether an account may share with the organization."""
        return account_id == self.management_account or account_id in self.delegates()

    def knows(self, node: str) -> bool:
        """Whether there is such an account, organizational unit, root or organization."""
        units = {str(unit.id) for unit in self._backend.ou}
        return node == self._backend.org.id or node in units or node in self._accounts()

    def members(self, node: str) -> list[str]:
        """The accounts under a node, or the account itself."""
        return [
            account
            for account in self._accounts()
            if node in (account, self._backend.org.id) or node in self._above(account)
        ]

    def _accounts(self) -> list[str]:
        return [str(one.id) for one in self._backend.accounts if one.status == "ACTIVE"]

    def _above(self, account_id: str) -> Iterator[str]:
        units = {str(unit.id): unit for unit in self._backend.ou}
        parent = next(str(one.parent_id) for one in self._backend.accounts if one.id == account_id)
        while parent in units:
            yield parent
            parent = str(units[parent].parent_id)


def organization_of(account_id: str, partition: str) -> Organization | None:
    """The organization of an account, if it is in one."""
    manager, where = organizations_backends.master_accounts.get(account_id, (account_id, partition))
    backend: Any = organizations_backends[manager][where]
    return None if backend.org is None else Organization(backend)


def node_id(value: str) -> str:
    """The id of a node that is given by id or ARN."""
    return re.split(r"[:/]", value)[-1]
