"""Resources that tests of several kinds write."""

from __future__ import annotations

from publisher.model import (
    Catalog,
    PortfolioShare,
    ShareType,
    TagOption,
    TagOptionAssociation,
)
from tests.catalog.conftest import Account
from tests.catalog.test_target import READS

STUDIO, PORTFOLIO = ("product", "studio"), ("portfolio", "ml")


def option(value: str = "dev", *, active: bool = True) -> TagOption:
    return TagOption(tag_key="stage", value=value, active=active)


def tagged(value: str = "dev", owner: tuple[str, str] = PORTFOLIO) -> TagOptionAssociation:
    return TagOptionAssociation(owner=owner, tag_key="stage", value=value)


def share(share_type: ShareType, principal_id: str, **flags: bool) -> PortfolioShare:
    return PortfolioShare(portfolio="ml", share_type=share_type, principal_id=principal_id, **flags)


def writes(account: Account, desired: Catalog, *, prune: bool = False) -> dict[str, int]:
    calls = account.calls(lambda: account.converge(desired, prune=prune))
    return {name: n for name, n in calls.items() if not name.startswith(READS)}
