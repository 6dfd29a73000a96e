"""Shares: portfolios that the account offers to other accounts and to nodes of its organization.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolioShare.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog_emulator.servicecatalog.exceptions import (
    InvalidParametersException,
    InvalidStateException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.limits import SHARED_ACCOUNTS, under
from catalog_emulator.servicecatalog.organization import node_id
from catalog_emulator.servicecatalog.organizations import Organizations
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.state import present
from catalog_emulator.servicecatalog.values import Answer, Share, ShareKind, ShareOperation
from catalog_emulator.settings import settings

_NODES: Mapping[str, ShareKind] = {
    "ACCOUNT": "ORGANIZATION_MEMBER_ACCOUNT",
    "ORGANIZATION": "ORGANIZATION",
    "ORGANIZATIONAL_UNIT": "ORGANIZATIONAL_UNIT",
}
_WITH_PRINCIPALS = ("ORGANIZATION", "ORGANIZATIONAL_UNIT")
_Recipient = tuple[ShareKind, str]


class Shares(Organizations):
    """Operations on shares, for the account that owns the portfolio."""

    def create_portfolio_share(
        self,
        *,
        portfolio_id: str,
        account_id: str | None = None,
        organization_node: Mapping[str, str] | None = None,
        share_tag_options: bool = False,
        share_principals: bool = False,
    ) -> Answer:
        """CreatePortfolioShare: again changes nothing, its flags included."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        _check_principals(recipient, share_principals)
        if organization_node is not None and not self.own_organization().access_enabled:
            raise InvalidStateException("Access of Service Catalog to AWS Organizations is not enabled.")
        if any(key[0] == portfolio_id for key in self.sources):
            raise InvalidParametersException(
                f"Portfolio {portfolio_id} holds a product of another account and cannot be shared."
            )
        ready_at = self._begin()
        if self._share(portfolio_id, recipient) is None:
            under(
                SHARED_ACCOUNTS, len(self._sharing(portfolio_id)), "accounts that a portfolio is shared with"
            )
            share = Share(
                kind=recipient[0],
                recipient=recipient[1],
                tag_options=share_tag_options,
                principals=share_principals,
                ready_at=ready_at,
            )
            self.shares.setdefault(portfolio_id, []).append(share)
        operation = self._operation(portfolio_id, recipient, ready_at)
        return {} if organization_node is None else {"PortfolioShareToken": operation}

    def update_portfolio_share(
        self,
        *,
        portfolio_id: str,
        account_id: str | None = None,
        organization_node: Mapping[str, str] | None = None,
        share_tag_options: bool | None = None,
        share_principals: bool | None = None,
    ) -> Answer:
        """UpdatePortfolioShare: what is not given stays."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        share = self._present(portfolio_id, recipient)
        _check_principals(recipient, share_principals)
        if share.ready_at > settings.clock():
            raise InvalidStateException(f"The share of portfolio {portfolio_id} is still being created.")
        ready_at = self._begin()
        if share_tag_options is not None:
            share.tag_options = share_tag_options
        if share_principals is not None:
            share.principals = share_principals
        token = self._operation(portfolio_id, recipient, ready_at)
        return {"PortfolioShareToken": token, "Status": _status(self.share_operations[token])}

    def delete_portfolio_share(
        self,
        *,
        portfolio_id: str,
        account_id: str | None = None,
        organization_node: Mapping[str, str] | None = None,
    ) -> Answer:
        """DeletePortfolioShare: what was imported by it is gone."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        share = self._present(portfolio_id, recipient)
        ready_at = self._begin()
        token = self._operation(portfolio_id, recipient, ready_at)
        self.shares[portfolio_id].remove(share)
        return {} if organization_node is None else {"PortfolioShareToken": token}

    def describe_portfolio_shares(
        self, *, portfolio_id: str, type: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """DescribePortfolioShares: of one type."""
        self.portfolio(portfolio_id)
        kept = [share for share in self.shares_of(portfolio_id) if share.kind == type]
        of = f"shares {portfolio_id} {type}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"PortfolioShareDetails": [_share_detail(one) for one in found]}, following)

    def describe_portfolio_share_status(self, *, portfolio_share_token: str) -> Answer:
        """DescribePortfolioShareStatus: how far it is, and the accounts it failed for."""
        if not portfolio_share_token.startswith("share-"):
            raise InvalidParametersException(f"Not a token of a portfolio share: {portfolio_share_token}")
        operation = self._found(self.share_operations, "Portfolio share operation", portfolio_share_token)
        if operation.in_organization:
            self.own_organization()
        return {
            "PortfolioShareToken": portfolio_share_token,
            "PortfolioId": operation.portfolio_id,
            "OrganizationNodeValue": operation.recipient,
            "Status": _status(operation),
            "ShareDetails": {
                "SuccessfulShares": list(operation.successful),
                "ShareErrors": list(_share_errors(operation)),
            },
        }

    def list_portfolio_access(
        self,
        *,
        portfolio_id: str,
        organization_parent_id: str | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListPortfolioAccess: the accounts that it is shared with, or those under a node that inherit it."""
        self.portfolio(portfolio_id)
        accounts = self._sharing(portfolio_id)
        if organization_parent_id is not None:
            organization = self.organization
            if organization is None or not organization.knows(organization_parent_id):
                raise ResourceNotFoundException(f"Organization node {organization_parent_id} not found.")
            under_it = organization.members(organization_parent_id)
            accounts = [account for account in accounts if account in under_it]
        of = f"access {portfolio_id} {organization_parent_id}"
        found, following = page(accounts, of=of, size=page_size, token=page_token)
        return with_token({"AccountIds": found}, following)

    def list_organization_portfolio_access(
        self,
        *,
        portfolio_id: str,
        organization_node_type: str,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListOrganizationPortfolioAccess: the nodes of one type that it is shared with."""
        self.portfolio(portfolio_id)
        self.own_organization()
        kind = _NODES[organization_node_type]
        nodes = [
            {"Type": organization_node_type, "Value": share.recipient}
            for share in self.shares_of(portfolio_id)
            if share.kind == kind
        ]
        of = f"nodes {portfolio_id} {organization_node_type}"
        found, following = page(nodes, of=of, size=page_size, token=page_token)
        return with_token({"OrganizationNodes": found}, following)

    def _recipient(
        self, portfolio_id: str, account_id: str | None, node: Mapping[str, str] | None
    ) -> _Recipient:
        self.portfolio(portfolio_id)
        if (account_id is None) == (node is None):
            raise InvalidParametersException("Specify either AccountId or OrganizationNode.")
        if account_id is not None:
            if account_id == self.account_id and settings.strict:
                raise InvalidParametersException(
                    "A portfolio cannot be shared with the account that owns it."
                )
            return "ACCOUNT", account_id
        kind, value = (node or {}).get("Type"), (node or {}).get("Value")
        if kind is None or value is None:
            raise InvalidParametersException("An organization node has a Type and a Value.")
        identifier = node_id(value)
        if _node_type(identifier) != kind:
            raise InvalidParametersException(f"{value} is not of type {kind}.")
        if not self.own_organization().knows(identifier):
            raise ResourceNotFoundException(f"Organization node {value} not found.")
        return _NODES[kind], identifier

    def _begin(self) -> float:
        """Begins an action on a share, one at a time in an account; answers when it will be done."""
        now = settings.clock()
        if any(operation.ready_at > now for operation in self.share_operations.values()):
            raise InvalidStateException(
                f"Another action on a portfolio share of account {self.account_id} is in progress."
            )
        return now + settings.share_seconds

    def _share(self, portfolio_id: str, recipient: _Recipient) -> Share | None:
        held = self.shares_of(portfolio_id)
        return next((one for one in held if (one.kind, one.recipient) == recipient), None)

    def _present(self, portfolio_id: str, recipient: _Recipient) -> Share:
        share = self._share(portfolio_id, recipient)
        if share is None:
            raise ResourceNotFoundException(
                f"Portfolio {portfolio_id} is not shared with {recipient[0]} {recipient[1]}."
            )
        return share

    def _accounts(self, recipient: _Recipient) -> list[str]:
        kind, identifier = recipient
        if kind == "ACCOUNT":
            return [identifier]
        organization = self.organization
        members = [] if organization is None else organization.members(identifier)
        return [account for account in members if account != self.account_id]

    def _sharing(self, portfolio_id: str) -> list[str]:
        """The accounts that can see a portfolio, or could when they accepted."""
        found = [account for one in self.shares_of(portfolio_id) for account in self.recipients_of(one)]
        return list(dict.fromkeys(found))

    def _operation(self, portfolio_id: str, recipient: _Recipient, ready_at: float) -> str:
        accounts = self._accounts(recipient)
        others = {
            account
            for one in self.shares_of(portfolio_id)
            if (one.kind, one.recipient) != recipient
            for account in self._accounts((one.kind, one.recipient))
        }
        token = self.new_id("share")
        self.share_operations[token] = ShareOperation(
            portfolio_id=portfolio_id,
            recipient=recipient[1],
            in_organization=recipient[0] != "ACCOUNT",
            ready_at=ready_at,
            successful=tuple(account for account in accounts if account not in others),
            failed=tuple(account for account in accounts if account in others),
        )
        return token


def _check_principals(recipient: _Recipient, share_principals: bool | None) -> None:
    if share_principals and recipient[0] not in _WITH_PRINCIPALS:
        raise InvalidParametersException(
            f"Principals are shared with nodes of type {' or '.join(_WITH_PRINCIPALS)} only."
        )


def _node_type(identifier: str) -> str:
    if identifier.startswith("ou-"):
        return "ORGANIZATIONAL_UNIT"
    return "ORGANIZATION" if identifier.startswith("o-") else "ACCOUNT"


def _status(operation: ShareOperation) -> str:
    if operation.ready_at > settings.clock():
        return "IN_PROGRESS"
    if not operation.failed:
        return "COMPLETED"
    return "COMPLETED_WITH_ERRORS" if operation.successful else "ERROR"


def _share_errors(operation: ShareOperation) -> Iterable[Answer]:
    # Deployers meet it: share_portfolio_via_orgs_task
    # of https://github.com/awslabs/aws-service-catalog-puppet
    if operation.failed:
        yield {
            "Accounts": list(operation.failed),
            "Message": f"Portfolio {operation.portfolio_id} is shared with these accounts already.",
            "Error": "DuplicateResourceException",
        }


def _share_detail(share: Share) -> Answer:
    return present(
        PrincipalId=share.recipient,
        Type=share.kind,
        Accepted=share.accepted or share.kind != "ACCOUNT",
        ShareTagOptions=share.tag_options,
        SharePrincipals=share.principals,
    )
