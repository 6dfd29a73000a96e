"""Who may launch from a portfolio, and with whom it is shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from publisher.model.values import Key

PrincipalType = Literal["IAM", "IAM_PATTERN"]
ShareType = Literal["ACCOUNT", "ORGANIZATION", "ORGANIZATIONAL_UNIT", "ORGANIZATION_MEMBER_ACCOUNT"]


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who may launch from a portfolio. In a pattern the ARN has no account id."""

    kind: ClassVar[str] = "Principal"
    portfolio: str
    principal_arn: str
    principal_type: PrincipalType

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("principal", self.portfolio, self.principal_type, self.principal_arn)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.principal_type} {self.principal_arn}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (("portfolio", self.portfolio),)


@dataclass(frozen=True, kw_only=True)
class PortfolioShare:
    """A portfolio handed to an account, which accepts it, or to a node of the organization.

    `share_type` is the API's word when it lists shares: ORGANIZATION_MEMBER_ACCOUNT is one account of
    the organization that needs not accept.
    """

    kind: ClassVar[str] = "PortfolioShare"
    portfolio: str
    share_type: ShareType
    principal_id: str
    share_principals: bool = False
    share_tag_options: bool = False

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("portfolio-share", self.portfolio, self.share_type, self.principal_id)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.share_type} {self.principal_id}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (("portfolio", self.portfolio),)
