"""Shares of portfolios: one action at a time per account, errors read back from the action's status.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribePortfolioShareStatus.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from publisher.aws.waiting import Clock, poll
from publisher.catalog.attachment_shapes import share_flags, share_recipient
from publisher.catalog.confirmation import NOT_YET, Confirmer
from publisher.errors import AwsError
from publisher.model import PortfolioShare

_OTHER_ACTION = frozenset({"InvalidStateException"})
_BUSY = NOT_YET | _OTHER_ACTION
_SECONDS = 300
_ATTEMPTS = 3
_FAILED = frozenset({"COMPLETED_WITH_ERRORS", "ERROR"})
# An account that already has the portfolio from another share, such as that of its organizational unit.
_HAS_IT = "DuplicateResourceException"


class Sharing:
    """The shares of one target."""

    def __init__(self, client: Any, confirmer: Confirmer, clock: Clock) -> None:
        self._client, self._confirmer, self._clock = client, confirmer, clock

    def create(self, desired: PortfolioShare) -> None:
        """Shares; failures of single accounts are retried, then reported."""
        self._require_access(desired)
        request = self._request(desired) | share_flags(desired)
        self._acted(desired, lambda: self._client.create_portfolio_share(**request))
        self._confirmer.exists(desired)
        # Creating an existing share does not change its options.
        if not self._confirmer.shows(desired):
            self.update(desired)

    def update(self, desired: PortfolioShare) -> None:
        """Changes the options of a share."""
        request = self._request(desired) | share_flags(desired)
        self._acted(desired, lambda: self._client.update_portfolio_share(**request))
        self._confirmer.equals(desired)

    def delete(self, observed: PortfolioShare) -> None:
        """Deletes the share, and with it what was imported from it."""
        request = self._request(observed)
        self._acted(observed, lambda: self._client.delete_portfolio_share(**request), codes=_OTHER_ACTION)

    def _require_access(self, desired: PortfolioShare) -> None:
        """Without access to the organization the error is that of another action in progress."""
        if desired.share_type == "ACCOUNT":
            return
        answer = self._client.get_aws_organizations_access_status()
        if answer["AccessStatus"] == "DISABLED":
            raise AwsError(
                f"{desired.kind} {desired.label} needs Service Catalog's access to the organization",
                hint="in the organization's management account, run "
                "aws servicecatalog enable-aws-organizations-access",
            )

    def _request(self, resource: PortfolioShare) -> dict[str, Any]:
        portfolio_id = self._confirmer.id_of("portfolio", resource.portfolio)
        return {"PortfolioId": portfolio_id, **share_recipient(resource)}

    def _acted(
        self,
        resource: PortfolioShare,
        act: Callable[[], Mapping[str, Any]],
        *,
        codes: Collection[str] = _BUSY,
    ) -> None:
        """Acts, and waits until the action has finished. Raises AwsError with the errors of accounts."""
        for _ in range(_ATTEMPTS):
            token = self._confirmer.retry_until(act, codes=codes, seconds=_SECONDS).get("PortfolioShareToken")
            # Only actions on nodes of an organization continue after the answer.
            if not token or resource.share_type == "ACCOUNT":
                return
            answer = self._ended(resource, token)
            if answer["Status"] not in _FAILED or not _refused(answer):
                return
        raise AwsError(
            f"{resource.kind} {resource.label} ended with {answer['Status']}: {_reasons(answer)}",
            hint="fix these errors, then run sync again",
        )

    def _ended(self, resource: PortfolioShare, token: str) -> Mapping[str, Any]:
        def read() -> Mapping[str, Any] | None:
            answer = self._confirmer.retry_until(
                lambda: self._client.describe_portfolio_share_status(PortfolioShareToken=token)
            )
            return answer if answer["Status"] in {*_FAILED, "COMPLETED"} else None

        answer = poll(read, clock=self._clock, seconds=_SECONDS)
        if answer is None:
            raise AwsError(
                f"{resource.kind} {resource.label} has not finished after {_SECONDS} s",
                hint="run sync again: it continues from there",
            )
        return answer


def _refused(answer: Mapping[str, Any]) -> bool:
    """Whether an account lacks the portfolio; those with another share of it do not."""
    errors = answer.get("ShareDetails", {}).get("ShareErrors") or ()
    return not errors or any(it.get("Error") != _HAS_IT for it in errors)


def _reasons(answer: Mapping[str, Any]) -> str:
    errors = answer.get("ShareDetails", {}).get("ShareErrors") or ()
    reasons = (
        f"{', '.join(it.get('Accounts') or ['?'])}: {it.get('Error', '')} {it.get('Message', '')}".strip()
        for it in errors
        if it.get("Error") != _HAS_IT
    )
    return "; ".join(reasons) or "no reason given"
