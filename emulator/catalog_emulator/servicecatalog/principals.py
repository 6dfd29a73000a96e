"""Principals: who sees and launches what a portfolio holds.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
"""

from __future__ import annotations

import re
from typing import Literal

from catalog_emulator.servicecatalog.caller import find_identity, is_pattern
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.holdings import Holdings
from catalog_emulator.servicecatalog.limits import PATTERNS_PER_PORTFOLIO, PRINCIPALS_PER_PORTFOLIO, under
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.values import Answer, Principal

PrincipalType = Literal["IAM", "IAM_PATTERN"]


class Principals(Holdings):
    """Operations on the principals of a portfolio."""

    def associate_principal_with_portfolio(
        self, *, portfolio_id: str, principal_arn: str, principal_type: PrincipalType
    ) -> None:
        """AssociatePrincipalWithPortfolio: again changes nothing."""
        self.any_portfolio(portfolio_id)
        principal = self._principal(principal_arn, principal_type)
        principals = self.principals.setdefault(portfolio_id, [])
        if principal in principals:
            return
        under(PRINCIPALS_PER_PORTFOLIO, len(principals), "principals of a portfolio")
        if principal_type == "IAM_PATTERN":
            patterns = sum(one.type == "IAM_PATTERN" for one in principals)
            under(PATTERNS_PER_PORTFOLIO, patterns, "IAM_PATTERN principals of a portfolio")
        principals.append(principal)

    def disassociate_principal_from_portfolio(
        self, *, portfolio_id: str, principal_arn: str, principal_type: PrincipalType = "IAM"
    ) -> None:
        """DisassociatePrincipalFromPortfolio: the type must be the one it was associated with."""
        self.any_portfolio(portfolio_id)
        principals = self.principals.get(portfolio_id, [])
        kept = [one for one in principals if (self._shown(one), one.type) != (principal_arn, principal_type)]
        if len(kept) == len(principals):
            raise ResourceNotFoundException(
                f"Principal {principal_arn} of type {principal_type} is not associated with {portfolio_id}."
            )
        self.principals[portfolio_id] = kept

    def list_principals_for_portfolio(
        self, *, portfolio_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """ListPrincipalsForPortfolio."""
        principals = self.principals_of(self.any_portfolio(portfolio_id))
        found, following = page(principals, of=f"principals {portfolio_id}", size=page_size, token=page_token)
        listed = [{"PrincipalARN": self._shown(one), "PrincipalType": one.type} for one in found]
        return with_token({"Principals": listed}, following)

    def _principal(self, arn: str, kind: PrincipalType) -> Principal:
        if kind == "IAM_PATTERN":
            if not is_pattern(arn):
                raise InvalidParametersException(f"Invalid principal pattern: {arn}")
            return Principal(arn=arn, type=kind, unique_id=None)
        if not re.fullmatch(r"arn:[a-z0-9-]+:iam::\d{12}:(role|user|group)/[\w+=,.@/-]+", arn):
            raise InvalidParametersException(f"Invalid principal ARN: {arn}")
        # "must already exist": API_AssociatePrincipalWithPortfolio
        identity = find_identity(arn, self.account_id, self.partition)
        if identity is None:
            raise InvalidParametersException(f"Principal {arn} does not exist in account {self.account_id}.")
        return Principal(arn=arn, type=kind, unique_id=identity.unique_id)

    def _shown(self, principal: Principal) -> str:
        """The ARN; of a user, group or role that was deleted since, the unique id, as IAM shows it."""
        if principal.unique_id is None:
            return principal.arn
        identity = find_identity(principal.arn, self.account_id, self.partition)
        exists = identity is not None and identity.unique_id == principal.unique_id
        return principal.arn if exists else principal.unique_id
