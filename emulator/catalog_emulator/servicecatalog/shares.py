"""Portfolio shares, for the account that owns the portfolio and for those that receive it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolioShare.html and its siblings.
"""

from collections.abc import Iterable, Mapping

from catalog_emulator.servicecatalog.exceptions import InvalidParameters, InvalidState, NotFound, NotSupported
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.organizations import (
    Organizations,
    node_id,
    reaches,
    recipients_of,
    shares_of,
)
from catalog_emulator.servicecatalog.state import State, find, other_accounts, update
from catalog_emulator.servicecatalog.values import Answer, Members, Share, ShareKind, ShareOperation, Text
from catalog_emulator.servicecatalog.visible_portfolios import Operations
from catalog_emulator.settings import settings

_NODES: Mapping[str, ShareKind] = {
    "ACCOUNT": "ORGANIZATION_MEMBER_ACCOUNT",
    "ORGANIZATION": "ORGANIZATION",
    "ORGANIZATIONAL_UNIT": "ORGANIZATIONAL_UNIT",
}
_WITH_PRINCIPALS = ("ORGANIZATION", "ORGANIZATIONAL_UNIT")
_Recipient = tuple[ShareKind, str]


class Shares:
    """Operations on shares, for the account that owns the portfolio."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._organizations = Organizations(state)

    def create_portfolio_share(
        self,
        *,
        portfolio_id: str,
        account_id: str | None = None,
        organization_node: Mapping[str, str] | None = None,
        share_tag_options: bool = False,
        share_principals: bool = False,
    ) -> Answer:
        """CreatePortfolioShare: idempotent; an existing share keeps its flags."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        _check_principals(recipient, share_principals)
        if organization_node is not None and not self._organizations.administered().access_enabled:
            raise InvalidState("Access of Service Catalog to AWS Organizations is not enabled.")
        if any(key[0] == portfolio_id for key in self._state.sources):
            raise InvalidParameters(
                f"Portfolio {portfolio_id} contains a product of another account and cannot be shared."
            )
        ready_at = self._start()
        if self._share(portfolio_id, recipient) is None:
            self._state.quotas.check("shared_accounts", len(self._recipients(portfolio_id)))
            share = Share(
                kind=recipient[0],
                recipient=recipient[1],
                tag_options=share_tag_options,
                principals=share_principals,
                ready_at=ready_at,
            )
            self._state.shares.setdefault(portfolio_id, []).append(share)
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
        """UpdatePortfolioShare: members left out keep their value."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        share = self._existing(portfolio_id, recipient)
        _check_principals(recipient, share_principals)
        if share.ready_at > settings.clock():
            raise InvalidState(f"The share of portfolio {portfolio_id} is still being created.")
        ready_at = self._start()
        update(share, tag_options=share_tag_options, principals=share_principals)
        token = self._operation(portfolio_id, recipient, ready_at)
        return {"PortfolioShareToken": token, "Status": _status(self._state.share_operations[token])}

    def delete_portfolio_share(
        self, *, portfolio_id: str, account_id: Text = None, organization_node: Members | None = None
    ) -> Answer:
        """DeletePortfolioShare: the portfolio is no longer imported."""
        recipient = self._recipient(portfolio_id, account_id, organization_node)
        share = self._existing(portfolio_id, recipient)
        ready_at = self._start()
        token = self._operation(portfolio_id, recipient, ready_at)
        self._state.shares[portfolio_id].remove(share)
        return {} if organization_node is None else {"PortfolioShareToken": token}

    def describe_portfolio_shares(self, *, portfolio_id: str, type: str) -> Listing:
        self._state.portfolio(portfolio_id)
        kept = [share for share in shares_of(self._state, portfolio_id) if share.kind == type]
        return Listing("PortfolioShareDetails", kept, _share_detail)

    def describe_portfolio_share_status(self, *, portfolio_share_token: str) -> Answer:
        """DescribePortfolioShareStatus: the progress, and the accounts it failed for."""
        if not portfolio_share_token.startswith("share-"):
            raise InvalidParameters(f"Not a token of a portfolio share: {portfolio_share_token}")
        operation = find(self._state.share_operations, "Portfolio share operation", portfolio_share_token)
        if operation.in_organization:
            self._organizations.administered()
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
        self, *, portfolio_id: str, organization_parent_id: str | None = None
    ) -> Listing:
        """ListPortfolioAccess: the accounts it is shared with, or only those under a node."""
        self._state.portfolio(portfolio_id)
        accounts = self._recipients(portfolio_id)
        if organization_parent_id is not None:
            organization = self._organizations.organization
            if organization is None or not organization.has(organization_parent_id):
                raise NotFound(f"Organization node {organization_parent_id} not found.")
            members = organization.members(organization_parent_id)
            accounts = [account for account in accounts if account in members]
        return Listing("AccountIds", accounts)

    def list_organization_portfolio_access(
        self, *, portfolio_id: str, organization_node_type: str
    ) -> Listing:
        """ListOrganizationPortfolioAccess: the nodes of one type it is shared with."""
        self._state.portfolio(portfolio_id)
        self._organizations.administered()
        kind = _NODES[organization_node_type]
        nodes = [
            {"Type": organization_node_type, "Value": share.recipient}
            for share in shares_of(self._state, portfolio_id)
            if share.kind == kind
        ]
        return Listing("OrganizationNodes", nodes)

    def _recipient(
        self, portfolio_id: str, account_id: str | None, node: Mapping[str, str] | None
    ) -> _Recipient:
        self._state.portfolio(portfolio_id)
        if (account_id is None) == (node is None):
            raise InvalidParameters("Specify either AccountId or OrganizationNode.")
        if account_id is not None:
            if account_id == self._state.account_id:
                raise InvalidParameters("A portfolio cannot be shared with the account that owns it.")
            return "ACCOUNT", account_id
        kind, value = (node or {}).get("Type"), (node or {}).get("Value")
        if kind is None or value is None:
            raise InvalidParameters("An organization node must have a Type and a Value.")
        identifier = node_id(value)
        if _node_type(identifier) != kind:
            raise InvalidParameters(f"{value} is not of type {kind}.")
        if not self._organizations.administered().has(identifier):
            raise NotFound(f"Organization node {value} not found.")
        return _NODES[kind], identifier

    def _start(self) -> float:
        """Starts an action on a share, one at a time in an account; returns when it will be ready."""
        now = settings.clock()
        if any(operation.ready_at > now for operation in self._state.share_operations.values()):
            raise InvalidState(
                f"Another action on a portfolio share of account {self._state.account_id} is in progress."
            )
        return now + settings.share_seconds

    def _share(self, portfolio_id: str, recipient: _Recipient) -> Share | None:
        shares = shares_of(self._state, portfolio_id)
        return next((one for one in shares if (one.kind, one.recipient) == recipient), None)

    def _existing(self, portfolio_id: str, recipient: _Recipient) -> Share:
        share = self._share(portfolio_id, recipient)
        if share is None:
            raise NotFound(f"Portfolio {portfolio_id} is not shared with {recipient[0]} {recipient[1]}.")
        return share

    def _accounts(self, recipient: _Recipient) -> list[str]:
        kind, identifier = recipient
        if kind == "ACCOUNT":
            return [identifier]
        organization = self._organizations.organization
        members = [] if organization is None else organization.members(identifier)
        return [account for account in members if account != self._state.account_id]

    def _recipients(self, portfolio_id: str) -> list[str]:
        """The accounts that a portfolio is shared with, whether they accepted or not."""
        found = [
            account
            for one in shares_of(self._state, portfolio_id)
            for account in recipients_of(self._state, one)
        ]
        return list(dict.fromkeys(found))

    def _operation(self, portfolio_id: str, recipient: _Recipient, ready_at: float) -> str:
        accounts = self._accounts(recipient)
        others = {
            account
            for one in shares_of(self._state, portfolio_id)
            if (one.kind, one.recipient) != recipient
            for account in self._accounts((one.kind, one.recipient))
        }
        token = self._state.new_id("share")
        self._state.share_operations[token] = ShareOperation(
            portfolio_id=portfolio_id,
            recipient=recipient[1],
            in_organization=recipient[0] != "ACCOUNT",
            ready_at=ready_at,
            successful=tuple(account for account in accounts if account not in others),
            failed=tuple(account for account in accounts if account in others),
        )
        return token


class ReceivedShares(Operations):
    """Operations on shares, for an account that a portfolio is shared with."""

    def accept_portfolio_share(self, *, portfolio_id: str, portfolio_share_type: str = "IMPORTED") -> None:
        """AcceptPortfolioShare: idempotent; shares within an organization need it only after a rejection."""
        if portfolio_id in self._state.portfolios:
            raise InvalidParameters(f"Portfolio {portfolio_id} belongs to this account.")
        shares = self._shares(portfolio_id, portfolio_share_type)
        imported = {one.portfolio.id for one in self._visible.imported()}
        if portfolio_id not in imported:
            self._state.quotas.check("portfolios", len(imported) + len(self._state.portfolios))
        if portfolio_share_type == "AWS_ORGANIZATIONS":
            self._state.declined.discard(portfolio_id)
        for share in shares:
            share.accepted = True

    def reject_portfolio_share(self, *, portfolio_id: str, portfolio_share_type: str = "IMPORTED") -> None:
        """RejectPortfolioShare: the share stays, and can be accepted later."""
        shares = self._shares(portfolio_id, portfolio_share_type)
        if portfolio_share_type == "AWS_ORGANIZATIONS":
            self._state.declined.add(portfolio_id)
        for share in shares:
            share.accepted = False

    def list_accepted_portfolio_shares(self, *, portfolio_share_type: str = "IMPORTED") -> Listing:
        """ListAcceptedPortfolioShares: of one type; the deprecated type AWS_SERVICECATALOG has none."""
        if portfolio_share_type == "AWS_ORGANIZATIONS" and Organizations(self._state).organization is None:
            raise NotSupported(f"Account {self._state.account_id} is not in an organization.")
        kept = [one.portfolio for one in self._visible.imported() if portfolio_share_type in one.types]
        return Listing("PortfolioDetails", kept)

    def _shares(self, portfolio_id: str, share_type: str) -> list[Share]:
        shares = [
            share
            for owner in other_accounts(self._state)
            for share in shares_of(owner, portfolio_id)
            if share.type == share_type and reaches(owner, share, self._state.account_id)
        ]
        if not shares:
            raise NotFound(f"Portfolio {portfolio_id} not found.")
        return shares


def _check_principals(recipient: _Recipient, share_principals: bool | None) -> None:
    if share_principals and recipient[0] not in _WITH_PRINCIPALS:
        raise InvalidParameters(
            f"Principals can be shared only with nodes of type {' or '.join(_WITH_PRINCIPALS)}."
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
    # Reported by share_portfolio_via_orgs_task of https://github.com/awslabs/aws-service-catalog-puppet
    if operation.failed:
        yield {
            "Accounts": list(operation.failed),
            "Message": f"Portfolio {operation.portfolio_id} is already shared with these accounts.",
            "Error": "DuplicateResourceException",
        }


def _share_detail(share: Share) -> Answer:
    return {
        "PrincipalId": share.recipient,
        "Type": share.kind,
        "Accepted": share.accepted or share.kind != "ACCOUNT",
        "ShareTagOptions": share.tag_options,
        "SharePrincipals": share.principals,
    }
