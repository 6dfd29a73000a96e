"""The targets of a stack set: accounts of organizational units, and the roles that must exist."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.organizations.models import organizations_backends

from catalog_emulator.cloudformation.stack_sets.model import StackSet
from catalog_emulator.iam import trusted_services

Targets = Mapping[str, Any]

_SERVICE = "member.org.stacksets.cloudformation.amazonaws.com"


def accounts_of(
    stack_set: StackSet, owner: str, partition: str, accounts: Sequence[str], targets: Targets | None
) -> dict[str, str | None]:
    """The accounts that an operation is for, each with its organizational unit."""
    named = [*accounts, *(targets or {}).get("Accounts", [])]
    units = (targets or {}).get("OrganizationalUnitIds", [])
    if stack_set.permission_model == "SELF_MANAGED":
        if units:
            raise ValidationError(
                message="StackSets with SELF_MANAGED permission model can only have accounts as target"
            )
        return dict.fromkeys(named)
    if not targets:
        raise ValidationError(
            message="StackSets with SERVICE_MANAGED permission model "
            "can only have OrganizationalUnit as target"
        )
    if not units:
        raise ValidationError(message="OrganizationalUnitIds are required")
    found = accounts_under(owner, partition, units)
    match targets.get("AccountFilterType", "NONE"):
        case "INTERSECTION":
            return {account: unit for account, unit in found.items() if account in named}
        case "DIFFERENCE":
            return {account: unit for account, unit in found.items() if account not in named}
        case "UNION":
            return dict.fromkeys(named) | found
    return found


def check_organization(owner: str, partition: str) -> None:
    """Raise ValidationError unless the account manages an organization."""
    organization = organizations_backends[owner][partition].org
    if organization is None or organization.master_account_id != owner:
        raise ValidationError(
            message="You must be the management account or delegated admin account of an organization "
            "before operating a SERVICE_MANAGED stack set"
        )


def administered_by(delegate: str, partition: str) -> str:
    """The management account for which an account administers stack sets; ValidationError if for none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
    """
    manager, where = organizations_backends.master_accounts.get(delegate, (delegate, partition))
    for one in organizations_backends[manager][where].admins:
        if one.account.id == delegate and _SERVICE in one.services:
            return manager
    raise ValidationError(message="Account used is not a delegated administrator")


def suspended(owner: str, partition: str) -> set[str]:
    """The closed accounts of an organization, which stack sets skip."""
    accounts = organizations_backends[owner][partition].accounts
    return {str(one.id) for one in accounts if one.status == "SUSPENDED"}


def check_administration(stack_set: StackSet, owner: str) -> None:
    """Raise ValidationError unless the administration role can be assumed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
    """
    role = stack_set.administration_role_arn
    if "cloudformation.amazonaws.com" not in (trusted_services(role) or ()):
        raise ValidationError(
            message=f"Account {owner} should have '{role.rpartition('/')[2]}' role "
            "with trust relationship to CloudFormation service."
        )


def check_execution(stack_set: StackSet, role_arn: str, owner: str) -> None:
    """Raise ValidationError unless the administration role can assume the execution role of an account."""
    administration = stack_set.administration_role_arn
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    trusted = {administration, f"arn:{partition}:iam::{owner}:root", owner, "*"}
    if not trusted & {*(trusted_services(role_arn, "AWS") or ())}:
        raise ValidationError(
            message=f"Account {account} should have '{stack_set.execution_role_name}' role with trust "
            f"relationship to Role '{administration.rpartition('/')[2]}'."
        )


def accounts_under(owner: str, partition: str, units: Sequence[str]) -> dict[str, str | None]:
    """The accounts in units and in units below them; stack sets skip the management account."""
    backend = organizations_backends[owner][partition]
    found: dict[str, str | None] = {}
    for unit in units:
        below = [unit]
        for parent in below:
            below += [one.id for one in backend.ou if one.parent_id == parent]
        members = [one.id for parent in below for one in backend.accounts if one.parent_id == parent]
        found |= {account: unit for account in members if account != owner and account not in found}
    return found
