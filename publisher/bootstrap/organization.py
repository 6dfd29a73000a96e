"""Which accounts of an organization stack sets reach, and as whom. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from publisher.aws.calls import aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Accounts, or all accounts below organizational units: of those one says which; the other is empty."""

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


class Organization:
    """The organization of the caller, who manages it or administers its stack sets."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        # The service has one endpoint a partition, which botocore finds from any Region.
        self._client = aws.client("organizations")

    @cached_property
    def manager(self) -> str:
        """The management account. Raises AwsError, Refused."""
        with aws_errors("cannot read the organization"):
            found = or_none(self._client.describe_organization, "AWSOrganizationsNotInUseException")
        if found is None:
            raise Refused(
                f"account {self._aws.account_id} is in no organization",
                hint="run this in the management account of an organization, or in a delegated "
                "administrator; for other accounts use --template",
            )
        return str(found["Organization"]["MasterAccountId"])

    def call_as(self) -> str:
        """CallAs of stack sets. Raises AwsError, Refused.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
        """
        return "SELF" if self.manager == self._aws.account_id else "DELEGATED_ADMIN"

    def accounts(self, targets: Targets) -> tuple[str, ...]:
        """The accounts of the targets, sorted; of units without the management account.

        Stack sets cannot reach that one. Raises AwsError, Refused.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
        """
        if self.manager in targets.accounts:
            raise Refused(
                f"stack sets cannot reach the management account {self.manager}",
                hint="leave it out of --accounts, and bootstrap that account by itself",
            )
        if not targets.units:
            return tuple(sorted(set(targets.accounts)))
        with aws_errors("cannot read the organization"):
            found = {it for unit in targets.units for it in self._below(unit)}
        return tuple(sorted(found - {self.manager}))

    def deployment_targets(self, targets: Targets) -> dict[str, Any]:
        """DeploymentTargets: service-managed stack sets take units, of which accounts are a part."""
        if targets.units:
            return {"OrganizationalUnitIds": list(targets.units)}
        with aws_errors("cannot read the organization"):
            roots = [it["Id"] for it in self._client.list_roots()["Roots"]]
        return {
            "OrganizationalUnitIds": roots,
            "Accounts": sorted(set(targets.accounts)),
            "AccountFilterType": "INTERSECTION",
        }

    def _below(self, unit: str) -> Iterator[str]:
        left = [unit]
        while left:
            parent = left.pop()
            for page in self._client.get_paginator("list_accounts_for_parent").paginate(ParentId=parent):
                yield from (it["Id"] for it in page["Accounts"])
            paginator = self._client.get_paginator("list_organizational_units_for_parent")
            for page in paginator.paginate(ParentId=parent):
                left += (it["Id"] for it in page["OrganizationalUnits"])
