"""AWS Organizations: an account's organization in moto, and Service Catalog's access to it.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_EnableAWSOrganizationsAccess.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from moto.organizations.models import organizations_backends

from catalog_emulator.servicecatalog.exceptions import InvalidState, NotFound, NotSupported
from catalog_emulator.servicecatalog.state import State, all_regions
from catalog_emulator.servicecatalog.values import Answer, Share
from catalog_emulator.settings import settings

_SERVICE = "servicecatalog.amazonaws.com"


class Organization:
    """An organization, in the backend of its management account."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    @property
    def management_account(self) -> str:
        return str(self._backend.org.master_account_id)

    @property
    def all_features(self) -> bool:
        """Whether it has more than the consolidated billing features."""
        return bool(self._backend.org.feature_set == "ALL")

    @property
    def access_enabled(self) -> bool:
        return any(service["ServicePrincipal"] == _SERVICE for service in self._backend.services)

    def enable_access(self) -> None:
        self._backend.enable_aws_service_access(ServicePrincipal=_SERVICE)

    def disable_access(self) -> None:
        self._backend.disable_aws_service_access(ServicePrincipal=_SERVICE)

    def delegates(self) -> list[str]:
        """The delegated administrators of Service Catalog."""
        return [str(admin.account.id) for admin in self._backend.admins if _SERVICE in admin.services]

    def administered_by(self, account_id: str) -> bool:
        """Whether an account may share with the organization."""
        return account_id == self.management_account or account_id in self.delegates()

    def has(self, node: str) -> bool:
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
    """The id of a node, from its id or ARN."""
    return re.split(r"[:/]", value)[-1]


def shares_of(state: State, portfolio_id: str) -> list[Share]:
    """The shares of a portfolio of this account's.

    An account that no longer administers the organization loses those within it.
    """
    shares = state.shares.get(portfolio_id, [])
    organization = organization_of(state.account_id, state.partition)
    if organization is None or not organization.administered_by(state.account_id):
        shares[:] = [share for share in shares if share.kind == "ACCOUNT"]
    return shares


def recipients_of(state: State, share: Share) -> Sequence[str]:
    """The accounts that a share of this account's is for; the account itself is none of them."""
    if share.kind == "ACCOUNT":
        return [share.recipient]
    organization = organization_of(state.account_id, state.partition)
    if organization is None:
        return []
    members = () if organization.access_enabled else share.members
    return [one for one in members or organization.members(share.recipient) if one != state.account_id]


def reaches(state: State, share: Share, account_id: str) -> bool:
    """Whether a share of this account's is visible in that one."""
    return share.ready_at <= settings.clock() and account_id in recipients_of(state, share)


class Organizations:
    """Operations of the account that manages an organization, or administers Service Catalog for it."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def organization(self) -> Organization | None:
        return organization_of(self._state.account_id, self._state.partition)

    def enable_aws_organizations_access(self) -> None:
        """EnableAWSOrganizationsAccess: idempotent."""
        organization = self._managed()
        if not organization.all_features:
            raise InvalidState("The organization has consolidated billing features only.")
        organization.enable_access()

    def disable_aws_organizations_access(self) -> None:
        """DisableAWSOrganizationsAccess: shares stay, and new ones cannot be created.

        They no longer follow the organization's structure:
        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisableAWSOrganizationsAccess.html
        """
        organization = self._managed()
        delegates = organization.delegates()
        if delegates:
            raise InvalidState(f"The organization has delegated administrators: {', '.join(delegates)}.")
        for region in all_regions(self._state.account_id):
            for share in (one for shares in region.shares.values() for one in shares):
                if share.kind != "ACCOUNT":
                    share.members = tuple(organization.members(share.recipient))
        organization.disable_access()

    def get_aws_organizations_access_status(self) -> Answer:
        enabled = self.administered().access_enabled
        return {"AccessStatus": "ENABLED" if enabled else "DISABLED"}

    def administered(self) -> Organization:
        """The organization that this account administers Service Catalog for."""
        organization = self.organization
        if organization is None:
            raise NotFound(f"Account {self._state.account_id} is not in an organization.")
        if not organization.administered_by(self._state.account_id):
            raise NotSupported(
                f"Account {self._state.account_id} is neither the management account of its organization "
                "nor a delegated administrator."
            )
        return organization

    def _managed(self) -> Organization:
        organization = self.administered()
        if organization.management_account != self._state.account_id:
            raise NotSupported(
                f"Account {self._state.account_id} is not the management account of its organization."
            )
        return organization
