"""Principals: who has access to a portfolio.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
"""

import re
from typing import Literal

from catalog_emulator.servicecatalog.caller import find_identity, is_pattern
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, NotFound
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.values import Answer, Principal
from catalog_emulator.servicecatalog.visible_portfolios import Operations

PrincipalType = Literal["IAM", "IAM_PATTERN"]


class Principals(Operations):
    """Operations on the principals of a portfolio."""

    def associate_principal_with_portfolio(
        self, *, portfolio_id: str, principal_arn: str, principal_type: PrincipalType
    ) -> None:
        """AssociatePrincipalWithPortfolio: idempotent."""
        self._visible.portfolio(portfolio_id)
        principal = self._principal(principal_arn, principal_type)
        principals = self._state.principals.setdefault(portfolio_id, [])
        if principal in principals:
            return
        self._state.quotas.check("principals_per_portfolio", len(principals))
        if principal_type == "IAM_PATTERN":
            patterns = sum(one.type == "IAM_PATTERN" for one in principals)
            self._state.quotas.check("patterns_per_portfolio", patterns)
        principals.append(principal)

    def disassociate_principal_from_portfolio(
        self, *, portfolio_id: str, principal_arn: str, principal_type: PrincipalType = "IAM"
    ) -> None:
        """DisassociatePrincipalFromPortfolio: the type must be the one it was associated with."""
        self._visible.portfolio(portfolio_id)
        principals = self._state.principals.get(portfolio_id, [])
        kept = [one for one in principals if (self._shown(one), one.type) != (principal_arn, principal_type)]
        if len(kept) == len(principals):
            raise NotFound(
                f"Principal {principal_arn} of type {principal_type} is not associated with {portfolio_id}."
            )
        self._state.principals[portfolio_id] = kept

    def list_principals_for_portfolio(self, *, portfolio_id: str) -> Listing:
        principals = self._visible.principals(self._visible.portfolio(portfolio_id))
        return Listing("Principals", principals, self._detail)

    def _detail(self, principal: Principal) -> Answer:
        return {"PrincipalARN": self._shown(principal), "PrincipalType": principal.type}

    def _principal(self, arn: str, kind: PrincipalType) -> Principal:
        if kind == "IAM_PATTERN":
            if not is_pattern(arn):
                raise InvalidParameters(f"Invalid principal pattern: {arn}")
            return Principal(arn=arn, type=kind, unique_id=None)
        if not re.fullmatch(r"arn:[a-z0-9-]+:iam::\d{12}:(role|user|group)/[\w+=,.@/-]+", arn):
            raise InvalidParameters(f"Invalid principal ARN: {arn}")
        # "must already exist": API_AssociatePrincipalWithPortfolio
        identity = find_identity(arn, self._state.account_id, self._state.partition)
        if identity is None:
            raise InvalidParameters(f"Principal {arn} does not exist in account {self._state.account_id}.")
        return Principal(arn=arn, type=kind, unique_id=identity.unique_id)

    def _shown(self, principal: Principal) -> str:
        """The ARN, or the unique id of a deleted user, group or role, as IAM shows it."""
        if principal.unique_id is None:
            return principal.arn
        identity = find_identity(principal.arn, self._state.account_id, self._state.partition)
        exists = identity is not None and identity.unique_id == principal.unique_id
        return principal.arn if exists else principal.unique_id
