"""Principals of portfolios.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from publisher.catalog.engine import Answer, Request, found_or_none, list_all
from publisher.catalog.kind import Association
from publisher.catalog.together import Shows
from publisher.model import Key, Principal, Unmanaged

# How the unique ids begin that remain of the ARNs of deleted roles, users and groups, and what lists these.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_IDENTITIES = {
    "AROA": ("list_roles", "Roles", "RoleId"),
    "AIDA": ("list_users", "Users", "UserId"),
    "AGPA": ("list_groups", "Groups", "GroupId"),
}


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
    def place(self, resource: Principal) -> Key:
        return ("portfolio", resource.portfolio)

    @override
    def look(self, some: Sequence[Principal]) -> Shows[Principal]:
        portfolio = some[0].portfolio
        id_ = self.engine.id_of("portfolio", portfolio)
        details = found_or_none(lambda: _listed(self.engine.client, id_)) or ()
        there = {_principal(portfolio, it) for it in details}
        return lambda it: it in there


def observed(client: Any, portfolio: str, id_: str) -> list[Principal | Unmanaged]:
    """The principals of a portfolio. That of a deleted role or user is unmanaged, and its unique id.

    https://github.com/aws/aws-sdk-go/issues/3920
    """
    found = [_principal(portfolio, it) for it in _listed(client, id_)]
    return [
        Unmanaged(portfolio=portfolio, kind="deleted principal", id=it.principal_arn)
        if not it.principal_arn.startswith("arn:")
        else it
        for it in found
    ]


def existing(iam: Any, ids: Collection[str]) -> set[str]:
    """Those of the unique ids that a role, user or group of the account has."""
    found = set[str]()
    for prefix, (operation, member, key) in _IDENTITIES.items():
        if any(it.startswith(prefix) or it[:4] not in _IDENTITIES for it in ids):
            pages = iam.get_paginator(operation).paginate()
            found.update(str(it[key]) for page in pages for it in page[member])
    return found & set(ids)


def _listed(client: Any, id_: str) -> list[Answer]:
    return list_all(client, "list_principals_for_portfolio", "Principals", PortfolioId=id_)


def _principal(portfolio: str, detail: Answer) -> Principal:
    arn, type_ = detail.get("PrincipalARN", ""), detail.get("PrincipalType", "IAM")
    return Principal(portfolio=portfolio, principal_arn=arn, principal_type=type_)
