"""What the backend of one account and Region holds, and how it is found again. It knows no request."""

from __future__ import annotations

import copy
import string
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from moto.core.base_backend import BaseBackend
from moto.moto_api._internal import mock_random

from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.values import (
    Answer,
    Constraint,
    CopiedProduct,
    Plan,
    Portfolio,
    Principal,
    Product,
    ProvisionedProduct,
    Record,
    Remembered,
    ServiceAction,
    Share,
    ShareOperation,
    TagOption,
    Tags,
)
from catalog_emulator.settings import settings

T = TypeVar("T")


class State(BaseBackend):
    """The resources of one account in one Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.portfolios: dict[str, Portfolio] = {}
        self.products: dict[str, Product] = {}
        # (portfolio id, product id) → id of the launch path; a dict keeps the order
        self.associations: dict[tuple[str, str], str] = {}
        # the same key → the imported portfolio that the product of another account comes from
        self.sources: dict[tuple[str, str], str] = {}
        self.constraints: dict[str, Constraint] = {}
        self.principals: dict[str, list[Principal]] = {}
        self.tag_options: dict[str, TagOption] = {}
        self.provisioned: dict[str, ProvisionedProduct] = {}
        self.records: dict[str, Record] = {}
        self.plans: dict[str, Plan] = {}
        self.tokens: dict[tuple[str, str], Remembered] = {}
        # what this account shares, by portfolio; and the shared portfolios that it wants no more
        self.shares: dict[str, list[Share]] = {}
        self.share_operations: dict[str, ShareOperation] = {}
        self.declined: set[str] = set()
        self.service_actions: dict[str, ServiceAction] = {}
        # names of budgets, by portfolio or product
        self.budgets: dict[str, list[str]] = {}
        self.copies: dict[str, CopiedProduct] = {}

    def once(
        self, operation: str, token: str, params: Mapping[str, Any], run: Callable[[], Answer]
    ) -> Answer:
        """Runs a call, or answers what it answered when the token came before.

        How long AWS remembers a token is not documented: here for ever, so that a token whose thing has
        been deleted since neither brings it back nor makes another.
        """
        remembered = self.tokens.get((operation, token))
        if remembered is None:
            answer = run()
            self.tokens[operation, token] = Remembered(
                params=copy.deepcopy(dict(params)), answer=copy.deepcopy(answer)
            )
            return answer
        if remembered.params != params and settings.strict:
            raise InvalidParametersException(
                f"The idempotency token {token} was used before with other parameters"
            )
        return self.replayed(copy.deepcopy(remembered.answer))

    def replayed(self, answer: Answer) -> Answer:
        """What a call with a token of before answers."""
        return answer

    def new_id(self, prefix: str) -> str:
        """An id of the form that AWS makes: thirteen small letters and digits."""
        letters = string.ascii_lowercase + "234567"
        return f"{prefix}-{''.join(mock_random.choice(letters) for _ in range(13))}"

    def arn(self, kind: str, identifier: str) -> str:
        """An ARN of the catalog."""
        return f"arn:{self.partition}:catalog:{self.region_name}:{self.account_id}:{kind}/{identifier}"

    def portfolio(self, identifier: str) -> Portfolio:
        """The portfolio, or ResourceNotFoundException."""
        return self._found(self.portfolios, "Portfolio", identifier)

    def product(self, identifier: str) -> Product:
        """The product, or ResourceNotFoundException."""
        return self._found(self.products, "Product", identifier)

    def constraint(self, identifier: str) -> Constraint:
        """The constraint, or ResourceNotFoundException."""
        return self._found(self.constraints, "Constraint", identifier)

    def tag_option(self, identifier: str) -> TagOption:
        """The TagOption, or ResourceNotFoundException."""
        return self._found(self.tag_options, "TagOption", identifier)

    def constraints_of(self, portfolio_id: str, product_id: str | None = None) -> list[Constraint]:
        """A portfolio's constraints, or those of one product in it."""
        return [
            one
            for one in self.constraints.values()
            if one.portfolio_id == portfolio_id and product_id in (None, one.product_id)
        ]

    def tag_options_of(self, resource_id: str) -> list[TagOption]:
        """The TagOptions associated with a portfolio or a product."""
        return [one for one in self.tag_options.values() if resource_id in one.resources]

    def budgets_of(self, resource_id: str) -> list[dict[str, str]]:
        """The budgets of a portfolio or a product."""
        return [{"BudgetName": name} for name in self.budgets.get(resource_id, [])]

    @staticmethod
    def _found(held: Mapping[str, T], kind: str, identifier: str) -> T:
        found = held.get(identifier)
        if found is None:
            raise ResourceNotFoundException(f"{kind} {identifier} not found.")
        return found


def new_tags(tags: Iterable[Mapping[str, str]]) -> Tags:
    """The tags of a request; a key twice or AWS's own prefix is InvalidParametersException."""
    found: Tags = {}
    for tag in tags:
        key = tag["Key"]
        if key in found:
            raise InvalidParametersException(f"Duplicate tag key: {key}")
        if key.lower().startswith("aws:"):
            raise InvalidParametersException(f"Tag keys that start with aws: are reserved: {key}")
        found[key] = tag["Value"]
    return found


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def present(**members: Any) -> Answer:
    """An answer without the members that have no value."""
    return {name: value for name, value in members.items() if value is not None}
