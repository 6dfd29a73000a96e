"""Access of Service Catalog to AWS Organizations.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_EnableAWSOrganizationsAccess.html
"""

from __future__ import annotations

from typing import Any

from moto.servicecatalog.models import servicecatalog_backends

from catalog_emulator.servicecatalog.exceptions import (
    InvalidStateException,
    OperationNotSupportedException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.holdings import Holdings
from catalog_emulator.servicecatalog.organization import Organization, organization_of
from catalog_emulator.servicecatalog.values import Answer


class Organizations(Holdings):
    """Operations of an account that manages its organization, or administers Service Catalog for it."""

    @property
    def organization(self) -> Organization | None:
        """The organization of this account, if it is in one."""
        return organization_of(self.account_id, self.partition)

    def enable_aws_organizations_access(self) -> None:
        """EnableAWSOrganizationsAccess: again changes nothing."""
        organization = self._managed()
        if not organization.all_features:
            raise InvalidStateException("The organization has consolidated billing features only.")
        organization.enable_access()

    def disable_aws_organizations_access(self) -> None:
        """DisableAWSOrganizationsAccess: shares stay as they are, new ones cannot be made.

        They no longer follow the organization's structure:
        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisableAWSOrganizationsAccess.html
        """
        organization = self._managed()
        delegates = organization.delegates()
        if delegates:
            raise InvalidStateException(
                f"The organization has delegated administrators: {', '.join(delegates)}."
            )
        registry: Any = servicecatalog_backends
        for region in registry[self.account_id].values():
            for share in (one for shares in region.shares.values() for one in shares):
                if share.kind != "ACCOUNT":
                    share.members = tuple(organization.members(share.recipient))
        organization.disable_access()

    def get_aws_organizations_access_status(self) -> Answer:
        """GetAWSOrganizationsAccessStatus."""
        enabled = self.own_organization().access_enabled
        return {"AccessStatus": "ENABLED" if enabled else "DISABLED"}

    def own_organization(self) -> Organization:
        """The organization that this account administers Service Catalog for."""
        organization = self.organization
        if organization is None:
            raise ResourceNotFoundException(f"Account {self.account_id} is not in an organization.")
        if not organization.administered_by(self.account_id):
            raise OperationNotSupportedException(
                f"Account {self.account_id} is neither the management account of its organization "
                "nor a delegated administrator."
            )
        return organization

    def _managed(self) -> Organization:
        organization = self.own_organization()
        if organization.management_account != self.account_id:
            raise OperationNotSupportedException(
                f"Account {self.account_id} is not the management account of its organization."
            )
        return organization
