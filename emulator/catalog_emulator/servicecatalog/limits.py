"""How many of each thing there may be.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
"""

from __future__ import annotations

from catalog_emulator.servicecatalog.exceptions import LimitExceededException

PORTFOLIOS = 100
PRODUCTS = 350
PRODUCTS_PER_PORTFOLIO = 150
PRINCIPALS_PER_PORTFOLIO = 100
PATTERNS_PER_PORTFOLIO = 10
VERSIONS_PER_PRODUCT = 100
CONSTRAINTS_PER_PRODUCT = 100
TAGS_PER_RESOURCE = 20
TAG_OPTIONS_PER_RESOURCE = 25
VALUES_PER_TAG_OPTION = 25
TAGS_PER_LAUNCH = 50
SHARED_ACCOUNTS = 5000
SERVICE_ACTIONS = 200
SERVICE_ACTIONS_PER_VERSION = 25
# Not among the documented quotas: the console offers to associate one.
BUDGETS_PER_RESOURCE = 1


def under(limit: int, present: int, what: str) -> None:
    """Raises LimitExceededException when there is no room for one more."""
    if present >= limit:
        raise LimitExceededException(f"You have reached the limit of {limit} {what}.")
