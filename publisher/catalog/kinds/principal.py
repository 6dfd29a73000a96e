"""Principals of portfolios.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from typing_extensions import override

from publisher.catalog.engine import Answer, Request, found_or_none, list_all
from publisher.catalog.kind import Association
from publisher.model import Principal, Unmanaged

# What remains of the ARN of a deleted role or user.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{17}")


class PrincipalKind(Association[Principal]):
    """Disassociating with another PrincipalType answers "not found", which looks like success."""

    associate: ClassVar[str] = "associate_principal_with_portfolio"
    disassociate: ClassVar[str] = "disassociate_principal_from_portfolio"

    @override
    def request(self, resource: Principal) -> Request:
        return {
            "PortfolioId": self.engine.id_of("portfolio", resource.portfolio),
            "PrincipalARN": resource.principal_arn,
            "PrincipalType": resource.principal_type,
        }

    @override
    def read(self, resource: Principal) -> Principal | None:
        id_ = self.engine.id_of("portfolio", resource.portfolio)
        found = found_or_none(lambda: observed(self.engine.client, resource.portfolio, id_))
        return resource if resource in (found or ()) else None


def observed(client: Any, portfolio: str, id_: str) -> list[Principal | Unmanaged]:
    """The principals of a portfolio."""
    details = list_all(client, "list_principals_for_portfolio", "Principals", PortfolioId=id_)
    return [_principal(portfolio, it) for it in details]


def _principal(portfolio: str, detail: Answer) -> Principal | Unmanaged:
    """That of a deleted role or user is unmanaged, and its unique id."""
    arn = detail["PrincipalARN"]
    if _UNIQUE_ID.fullmatch(arn):
        return Unmanaged(portfolio=portfolio, kind="deleted principal", id=arn)
    return Principal(
        portfolio=portfolio, principal_arn=arn, principal_type=detail.get("PrincipalType", "IAM")
    )
