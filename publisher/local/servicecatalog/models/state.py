"""What the backend of one account and Region holds, and how it is found again. It knows no request."""

from __future__ import annotations

import copy
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar

from moto.core.base_backend import BaseBackend
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from publisher.local.servicecatalog.caller import Caller
from publisher.local.servicecatalog.exceptions import (
    InvalidParametersException,
    LimitExceededException,
    ResourceNotFoundException,
)

T = TypeVar("T")

Answer = dict[str, Any]
Tags = dict[str, str]

# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
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


@dataclass(kw_only=True)
class Portfolio:
    """A portfolio."""

    id: str
    arn: str
    display_name: str
    provider_name: str
    description: str | None
    created: datetime = field(default_factory=utcnow)
    tags: Tags = field(default_factory=dict)


@dataclass(kw_only=True)
class Artifact:
    """A provisioning artifact: one version of a product. Its template never changes."""

    id: str
    name: str
    description: str | None
    type: str
    template: str
    source: Mapping[str, str]
    active: bool = True
    guidance: str = "DEFAULT"
    created: datetime = field(default_factory=utcnow)


@dataclass(kw_only=True)
class Product:
    """A product with its versions in the order they were made. `fields` are as the API names them."""

    id: str
    view_id: str
    arn: str
    type: str
    fields: dict[str, str]
    created: datetime = field(default_factory=utcnow)
    tags: Tags = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.fields["Name"]


@dataclass(kw_only=True)
class Constraint:
    """A constraint of a product in a portfolio; `parameters` is the text that was given."""

    id: str
    type: str
    portfolio_id: str
    product_id: str
    owner: str
    parameters: str
    description: str | None


@dataclass(kw_only=True)
class Principal:
    """Who may launch what a portfolio holds. `unique_id` is IAM's id of a principal of type IAM."""

    arn: str
    type: Literal["IAM", "IAM_PATTERN"]
    unique_id: str | None


@dataclass(kw_only=True)
class TagOption:
    """A tag that launches take; `resources` are the ids of portfolios and products."""

    id: str
    key: str
    value: str
    owner: str
    active: bool = True
    resources: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Record:
    """One operation on a provisioned product.

    `errors` are codes with descriptions, `change` what success makes of the provisioned product.
    """

    id: str
    type: Literal["PROVISION_PRODUCT", "UPDATE_PROVISIONED_PRODUCT", "TERMINATE_PROVISIONED_PRODUCT"]
    provisioned_product_id: str
    provisioned_product_name: str
    product_id: str
    artifact_id: str
    path_id: str | None
    launch_role_arn: str | None
    caller: Caller
    tags: Tags
    status: str = "CREATED"
    stack_id: str | None = None
    first_event: int = 0
    ignore_errors: bool = False
    change: Mapping[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[dict[str, str]] = field(default_factory=list)
    created: datetime = field(default_factory=utcnow)
    updated: datetime = field(default_factory=utcnow)

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.status not in ("SUCCEEDED", "FAILED")


@dataclass(kw_only=True)
class ProvisionedProduct:
    """Something launched; it lives until a termination succeeds.

    `parameters` are as given, `tags` the stack's, `stack_id` is None when no stack came to be.
    """

    id: str
    name: str
    arn: str
    token: str
    caller: Caller
    product_id: str
    product_name: str
    artifact_id: str
    artifact_name: str
    path_id: str
    launch_role_arn: str | None
    parameters: dict[str, str]
    user_tags: Tags
    tags: Tags
    status: str = "UNDER_CHANGE"
    status_message: str | None = None
    stack_id: str | None = None
    outputs: list[dict[str, str]] = field(default_factory=list)
    last_record_id: str | None = None
    last_provisioning_record_id: str | None = None
    last_successful_record_id: str | None = None
    created: datetime = field(default_factory=utcnow)


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What a call with an idempotency token was asked and answered."""

    params: Mapping[str, Any]
    answer: Answer


class State(BaseBackend):
    """The resources of one account in one Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.portfolios: dict[str, Portfolio] = {}
        self.products: dict[str, Product] = {}
        # (portfolio id, product id) → id of the launch path; a dict keeps the order
        self.associations: dict[tuple[str, str], str] = {}
        self.constraints: dict[str, Constraint] = {}
        self.principals: dict[str, list[Principal]] = {}
        self.tag_options: dict[str, TagOption] = {}
        self.provisioned: dict[str, ProvisionedProduct] = {}
        self.records: dict[str, Record] = {}
        self.tokens: dict[tuple[str, str], Remembered] = {}

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
        if remembered.params != params:
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

    @staticmethod
    def _found(held: Mapping[str, T], kind: str, identifier: str) -> T:
        found = held.get(identifier)
        if found is None:
            raise ResourceNotFoundException(f"{kind} {identifier} not found.")
        return found


def under(limit: int, present: int, what: str) -> None:
    """Raises LimitExceededException when there is no room for one more."""
    if present >= limit:
        raise LimitExceededException(f"You have reached the limit of {limit} {what}.")


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
