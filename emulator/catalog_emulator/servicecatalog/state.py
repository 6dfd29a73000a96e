"""The data of Service Catalog in one account and Region, and how to find the data of another.

It knows no requests. Only here is moto's registry of accounts and Regions used.
"""

import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from moto.moto_api._internal import mock_random
from moto.servicecatalog.models import servicecatalog_backends
from moto.utilities.utils import get_partition

from catalog_emulator.client_tokens import ClientTokens
from catalog_emulator.servicecatalog import values
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, NotFound
from catalog_emulator.servicecatalog.quotas import Quotas

T = TypeVar("T")


class State:
    """The resources of one account in one Region."""

    def __init__(self, account_id: str, region_name: str) -> None:
        self.account_id = account_id
        self.region_name = region_name
        self.partition = get_partition(region_name)
        self.quotas = Quotas(account_id=account_id, region_name=region_name)
        self.portfolios: dict[str, values.Portfolio] = {}
        self.products: dict[str, values.Product] = {}
        # (portfolio id, product id) → id of the launch path; a dict keeps the order
        self.associations: dict[tuple[str, str], str] = {}
        # the same key → the imported portfolio that another account's product is from
        self.sources: dict[tuple[str, str], str] = {}
        self.constraints: dict[str, values.Constraint] = {}
        self.principals: dict[str, list[values.Principal]] = {}
        self.tag_options: dict[str, values.TagOption] = {}
        self.provisioned: dict[str, values.ProvisionedProduct] = {}
        self.records: dict[str, values.Record] = {}
        self.plans: dict[str, values.Plan] = {}
        # (operation, idempotency token)
        self.tokens = ClientTokens()
        # the shares of this account's portfolios, by portfolio
        self.shares: dict[str, list[values.Share]] = {}
        self.share_operations: dict[str, values.ShareOperation] = {}
        # portfolios shared within the organization that this account rejected
        self.declined: set[str] = set()
        self.service_actions: dict[str, values.ServiceAction] = {}
        # names of budgets, by portfolio or product
        self.budgets: dict[str, list[str]] = {}
        self.copies: dict[str, values.CopiedProduct] = {}

    def new_id(self, prefix: str) -> str:
        """An id as AWS makes them: thirteen lowercase letters and digits after the prefix."""
        letters = string.ascii_lowercase + "234567"
        return f"{prefix}-{''.join(mock_random.choice(letters) for _ in range(13))}"

    def arn(self, kind: str, identifier: str, service: str = "catalog") -> str:
        return f"arn:{self.partition}:{service}:{self.region_name}:{self.account_id}:{kind}/{identifier}"

    def provisioned_product_arn(self, name: str, identifier: str) -> str:
        return self.arn(f"stack/{name}", identifier, "servicecatalog")

    def portfolio(self, identifier: str) -> values.Portfolio:
        """The account's own portfolio, or ResourceNotFoundException."""
        return find(self.portfolios, "Portfolio", identifier)

    def product(self, identifier: str) -> values.Product:
        """The account's own product, or ResourceNotFoundException."""
        return find(self.products, "Product", identifier)

    def constraint(self, identifier: str) -> values.Constraint:
        return find(self.constraints, "Constraint", identifier)

    def tag_option(self, identifier: str) -> values.TagOption:
        return find(self.tag_options, "TagOption", identifier)

    def service_action(self, identifier: str) -> values.ServiceAction:
        return find(self.service_actions, "Service action", identifier)

    def constraints_of(self, portfolio_id: str, product_id: str | None = None) -> list[values.Constraint]:
        """A portfolio's constraints, or those of one product in it."""
        return [
            one
            for one in self.constraints.values()
            if one.portfolio_id == portfolio_id and product_id in (None, one.product_id)
        ]

    def tag_options_of(self, resource_id: str) -> list[values.TagOption]:
        return [one for one in self.tag_options.values() if resource_id in one.resources]

    def budgets_of(self, resource_id: str) -> list[dict[str, str]]:
        return [{"BudgetName": name} for name in self.budgets.get(resource_id, [])]


def state_of(account_id: str, region_name: str) -> State:
    """The state of any account and Region."""
    backend: Any = servicecatalog_backends[account_id][region_name]
    state: State = backend.state
    return state


def all_regions(account_id: str) -> list[State]:
    """The states of an account's Regions."""
    return [state_of(account_id, region) for region in list(servicecatalog_backends[account_id])]


def other_accounts(state: State) -> Iterator[State]:
    """The states of the other accounts in the same Region."""
    for account_id, regions in list(servicecatalog_backends.items()):
        if account_id != state.account_id and state.region_name in regions:
            yield state_of(account_id, state.region_name)


def find(resources: Mapping[str, T], kind: str, identifier: str) -> T:
    """The resource with this id, or ResourceNotFoundException."""
    resource = resources.get(identifier)
    if resource is None:
        raise NotFound(f"{kind} {identifier} not found.")
    return resource


def check_either(kind: str, identifier: str | None, name: str | None) -> None:
    """Raises InvalidParametersException unless a request has exactly one of an id and a name."""
    if (identifier is None) == (name is None):
        raise InvalidParameters(f"Specify either the {kind}'s id or its name.")


def by_name(resources: Iterable[T], kind: str, name: str) -> T:
    """The only resource of this name; none or more than one is an error."""
    named: list[Any] = [one for one in resources if getattr(one, "name", None) == name]
    if not named:
        raise NotFound(f"{kind} with name {name} not found.")
    if len(named) > 1:
        raise InvalidParameters(f"More than one {kind.lower()} has the name {name}.")
    only: T = named[0]
    return only


def new_tags(tags: Iterable[Mapping[str, str]]) -> values.Tags:
    """The tags of a request; a duplicate key or the prefix aws: is InvalidParametersException."""
    result: values.Tags = {}
    for tag in tags:
        key = tag["Key"]
        if key in result:
            raise InvalidParameters(f"Duplicate tag key: {key}")
        if key.lower().startswith("aws:"):
            raise InvalidParameters(f"Tag keys that start with aws: are reserved: {key}")
        result[key] = tag["Value"]
    return result


def changed_tags(tags: values.Tags, add: Iterable[Mapping[str, str]], remove: Iterable[str]) -> values.Tags:
    """Tags after an update: some are removed, then others added."""
    return {key: value for key, value in tags.items() if key not in set(remove)} | new_tags(add)


def present(**members: Any) -> values.Answer:
    """An answer without the members that have no value."""
    return {name: value for name, value in members.items() if value is not None}


def update(resource: Any, **members: Any) -> None:
    """Sets attributes: members that a request leaves out keep their value."""
    for name, value in present(**members).items():
        setattr(resource, name, value)
