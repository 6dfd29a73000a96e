"""Shares of portfolios: one action at a time per account, errors read back from the action's status.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribePortfolioShareStatus.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from typing_extensions import override

from publisher.aws.waiting import poll
from publisher.catalog.engine import NOT_YET, Answer, Request, found_or_none, list_all
from publisher.catalog.kind import Includes, Kind, to_wire
from publisher.errors import AwsError, command
from publisher.model import PortfolioShare, ShareType

SHARE_TYPES: tuple[ShareType, ...] = (
    "ACCOUNT",
    "ORGANIZATION",
    "ORGANIZATIONAL_UNIT",
    "ORGANIZATION_MEMBER_ACCOUNT",
)
_FLAGS = {"share_principals": "SharePrincipals", "share_tag_options": "ShareTagOptions"}
_OTHER_ACTION = frozenset({"InvalidStateException"})
_BUSY = NOT_YET | _OTHER_ACTION
_SECONDS = 300
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribePortfolioShares.html
_PAGE = 100
_ATTEMPTS = 3
_FAILED = frozenset({"COMPLETED_WITH_ERRORS", "ERROR"})
# An account that already has the portfolio from another share, such as that of its organizational unit.
_HAS_IT = "DuplicateResourceException"


class PortfolioShareKind(Kind[PortfolioShare]):
    """Failures of single accounts are retried, then reported."""

    @override
    def create(self, desired: PortfolioShare, includes: Includes = ()) -> None:
        self._require_access(desired)
        request = self._request(desired) | _flags(desired)
        self._acted(desired, lambda: self.engine.client.create_portfolio_share(**request))
        self.engine.exists(desired, self.read)
        # Creating an existing share does not change its options.
        if self.read(desired) != desired:
            self.update(desired, desired)

    @override
    def read(self, resource: PortfolioShare) -> PortfolioShare | None:
        id_ = self.engine.id_of("portfolio", resource.portfolio)
        found = found_or_none(
            lambda: observed(self.engine.client, resource.portfolio, id_, resource.share_type)
        )
        return next((it for it in found or () if it.key == resource.key), None)

    @override
    def update(self, observed: PortfolioShare, desired: PortfolioShare) -> None:
        request = self._request(desired) | _flags(desired)
        self._acted(desired, lambda: self.engine.client.update_portfolio_share(**request))
        self.engine.equals(desired, self.read)

    @override
    def remove(self, observed: PortfolioShare) -> None:
        """Deletes the share, and with it what was imported from it."""
        request, client = self._request(observed), self.engine.client
        self._acted(observed, lambda: client.delete_portfolio_share(**request), codes=_OTHER_ACTION)

    def _require_access(self, desired: PortfolioShare) -> None:
        """Without access to the organization the error is that of another action in progress."""
        if desired.share_type == "ACCOUNT":
            return
        answer = self.engine.client.get_aws_organizations_access_status()
        if answer["AccessStatus"] == "DISABLED":
            raise AwsError(
                f"{desired.kind} {desired.label} needs Service Catalog's access to the organization",
                hint="in the organization's management account, run "
                "aws servicecatalog enable-aws-organizations-access",
            )

    def _request(self, resource: PortfolioShare) -> Request:
        return {"PortfolioId": self.engine.id_of("portfolio", resource.portfolio), **_recipient(resource)}

    def _acted(
        self, resource: PortfolioShare, act: Callable[[], Answer], *, codes: Collection[str] = _BUSY
    ) -> None:
        """Acts, and waits until the action has finished. Raises AwsError with the errors of accounts."""
        for _ in range(_ATTEMPTS):
            token = self.engine.retry_until(act, codes=codes, seconds=_SECONDS).get("PortfolioShareToken")
            # Only actions on nodes of an organization continue after the answer.
            if not token or resource.share_type == "ACCOUNT":
                return
            answer = self._ended(resource, token)
            if answer["Status"] not in _FAILED or not (failures := _failures(answer)):
                return
        raise AwsError(
            f"{resource.kind} {resource.label} ended with {answer['Status']}: {'; '.join(failures)}",
            hint=f"fix these errors, then run {command('sync')} again",
        )

    def _ended(self, resource: PortfolioShare, token: str) -> Answer:
        def read() -> Answer | None:
            answer: Answer = self.engine.retry_until(
                lambda: self.engine.client.describe_portfolio_share_status(PortfolioShareToken=token)
            )
            return answer if answer["Status"] in {*_FAILED, "COMPLETED"} else None

        answer = poll(read, clock=self.engine.clock, seconds=_SECONDS)
        if answer is None:
            raise AwsError(
                f"{resource.kind} {resource.label} has not finished after {_SECONDS} s",
                hint=f"run {command('sync')} again: it continues from there",
            )
        return answer


def observed(client: Any, portfolio: str, id_: str, share_type: ShareType) -> list[PortfolioShare]:
    """The shares of a portfolio of one type."""
    listing, place = "describe_portfolio_shares", {"PortfolioId": id_, "Type": share_type, "PageSize": _PAGE}
    return [
        PortfolioShare(
            portfolio=portfolio,
            share_type=detail["Type"],
            principal_id=detail["PrincipalId"].rpartition("/")[2],
            **{field: detail.get(wire, False) for field, wire in _FLAGS.items()},
        )
        for detail in list_all(client, listing, "PortfolioShareDetails", **place)
    ]


def _recipient(resource: PortfolioShare) -> Request:
    if resource.share_type == "ACCOUNT":
        return {"AccountId": resource.principal_id}
    member = resource.share_type == "ORGANIZATION_MEMBER_ACCOUNT"
    type_ = "ACCOUNT" if member else resource.share_type
    return {"OrganizationNode": {"Type": type_, "Value": resource.principal_id}}


def _flags(resource: PortfolioShare) -> Request:
    """The options of a share. SharePrincipals is for nodes of an organization only."""
    flags = to_wire(resource, _FLAGS)
    if resource.share_type == "ACCOUNT":
        del flags["SharePrincipals"]
    return flags


def _failures(answer: Answer) -> list[str]:
    """The errors of accounts that lack the portfolio; those with another share of it do not."""
    errors = answer.get("ShareDetails", {}).get("ShareErrors") or ()
    return [
        f"{', '.join(it.get('Accounts') or ['?'])}: {it.get('Error', '')} {it.get('Message', '')}".strip()
        for it in errors
        if it.get("Error") != _HAS_IT
    ] or ([] if errors else ["no reason given"])
