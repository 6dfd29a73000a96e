"""Who may launch from a portfolio, and with whom it is shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from publisher.model.protocol import Key, OfPortfolio

PrincipalType = Literal["IAM", "IAM_PATTERN"]
ShareType = Literal["ACCOUNT", "ORGANIZATION", "ORGANIZATIONAL_UNIT", "ORGANIZATION_MEMBER_ACCOUNT"]


@dataclass(frozen=True, kw_only=True)
class Principal(OfPortfolio):
    """Who may launch from a portfolio. In a pattern the ARN has no account id."""

    kind: ClassVar[str] = "Principal"
    # After the constraints: nobody can launch a product before they exist.
    step: ClassVar[int] = 8
    portfolio: str
    principal_arn: str
    principal_type: PrincipalType

    @property
    @override
    def key(self) -> Key:
        return ("principal", self.portfolio, self.principal_type, self.principal_arn)

    @property
    @override
    def label(self) -> str:
        return f"{self.portfolio} / {self.principal_type} {self.principal_arn}"


@dataclass(frozen=True, kw_only=True)
class PortfolioShare(OfPortfolio):
    """A portfolio shared with an account, which must accept it, or with a node of the organization.

    `share_type` is that of DescribePortfolioShares: an ORGANIZATION_MEMBER_ACCOUNT need not accept.
    """

    kind: ClassVar[str] = "PortfolioShare"
    step: ClassVar[int] = 9
    portfolio: str
    share_type: ShareType
    principal_id: str
    share_principals: bool = False
    share_tag_options: bool = False

    @property
    @override
    def key(self) -> Key:
        return ("portfolio-share", self.portfolio, self.share_type, self.principal_id)

    @property
    @override
    def label(self) -> str:
        return f"{self.portfolio} / {self.share_type} {self.principal_id}"

    @property
    @override
    def lane(self) -> Key:
        """An account accepts one action on shares at a time."""
        return ("portfolio-share",)
