"""Launch paths: the portfolios through which a caller can launch a product, and the tags of a launch.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog_emulator.servicecatalog.artifacts import artifact_by
from catalog_emulator.servicecatalog.caller import Caller, matches
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, NotFound
from catalog_emulator.servicecatalog.state import check_either
from catalog_emulator.servicecatalog.values import (
    Artifact,
    Constraint,
    Portfolio,
    Principal,
    Product,
    TagOption,
    Tags,
)
from catalog_emulator.servicecatalog.visible_portfolios import Association, Operations

IdOrName = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class LaunchPath:
    """A product in one portfolio, as it can be launched."""

    id: str
    portfolio: Portfolio
    product: Product
    constraints: tuple[Constraint, ...]
    portfolio_options: tuple[TagOption, ...] = ()
    product_options: tuple[TagOption, ...] = ()

    def constraint(self, kind: str) -> Constraint | None:
        """The constraint of a type that occurs only once."""
        return next((one for one in self.constraints if one.type == kind), None)


class LaunchPaths(Operations):
    """Finds what a caller has access to."""

    def products(self, caller: Caller) -> list[Product]:
        """The products in portfolios that the caller has access to, the account's own first."""
        access: dict[str, bool] = {}
        found: dict[str, Product] = {}
        for association in self._visible.associations():
            portfolio = association.portfolio
            if portfolio.id not in access:
                access[portfolio.id] = self._has_access(caller, portfolio)
            if access[portfolio.id]:
                found[association.product.id] = association.product
        own = [product for product in self._state.products.values() if product.id in found]
        return own + [product for product in found.values() if product.id not in self._state.products]

    def product(self, caller: Caller, identifier: str | None, name: str | None) -> Product:
        check_either("product", identifier, name)
        found = [
            product
            for product in self.products(caller)
            if (product.id == identifier if name is None else product.name == name)
        ]
        if not found:
            what = f"name {name}" if identifier is None else f"id {identifier}"
            raise NotFound(f"Product with {what} does not exist or access was denied.")
        if len(found) > 1:
            raise InvalidParameters(f"More than one product has the name {name}.")
        return found[0]

    def all(self, caller: Caller, product: Product) -> list[LaunchPath]:
        """The launch paths of a product, or ResourceNotFoundException."""
        found = [
            self._path(association)
            for association in self._visible.associations(product_id=product.id)
            if self._has_access(caller, association.portfolio)
        ]
        if not found:
            raise NotFound(f"No launch paths found for resource: {product.id}")
        return found

    def one(
        self, caller: Caller, product: Product, identifier: str | None = None, name: str | None = None
    ) -> LaunchPath:
        if identifier is not None and name is not None:
            raise InvalidParameters("Specify either the path's id or its name, not both.")
        paths = self.all(caller, product)
        chosen = [
            path
            for path in paths
            if identifier in (None, path.id) and name in (None, path.portfolio.display_name)
        ]
        if not chosen and identifier is not None:
            # Such as that of an association that was made again since:
            # https://github.com/hashicorp/terraform-provider-aws/issues/31705
            raise InvalidParameters(f"Invalid PathId: {identifier}")
        if not chosen:
            raise NotFound(f"No launch path {name} found for resource: {product.id}")
        if len(chosen) > 1:
            raise InvalidParameters("More than one launch path ids exist. Please specify the launch path id")
        return chosen[0]

    def select(
        self, caller: Caller, product: IdOrName, artifact: IdOrName, path: IdOrName
    ) -> tuple[LaunchPath, Artifact]:
        """The launch path and the active version of a request; each member is (id, name)."""
        identifier, name = product
        if identifier is not None and name is None:
            chosen = self._visible.product(identifier)
        else:
            chosen = self.product(caller, identifier, name)
        launch_path = self.one(caller, chosen, *path)
        version = artifact_by(chosen, *artifact)
        if not version.active:
            raise NotFound(f"Provisioning artifact {version.id} is not active.")
        return launch_path, version

    def _path(self, association: Association) -> LaunchPath:
        of_portfolio, of_product = self._visible.tag_options(association)
        return LaunchPath(
            id=association.path_id,
            portfolio=association.portfolio,
            product=association.product,
            constraints=tuple(self._visible.constraints(association)),
            portfolio_options=tuple(of_portfolio),
            product_options=tuple(of_product),
        )

    def _has_access(self, caller: Caller, portfolio: Portfolio) -> bool:
        return any(_is(principal, caller) for principal in self._visible.principals(portfolio))


def tag_choices(path: LaunchPath) -> dict[str, list[str]]:
    """TagOption values by key, of portfolio and product; for a key of both, the values that both allow."""
    of_portfolio = _active(path.portfolio_options)
    of_product = _active(path.product_options)
    choices = of_portfolio | of_product
    for key in of_portfolio.keys() & of_product.keys():
        choices[key] = [value for value in of_portfolio[key] if value in of_product[key]]
    return choices


def launch_tags(path: LaunchPath, user_tags: Mapping[str, str]) -> Tags:
    """The caller's tags, those of portfolio and product, and those that TagOptions add.

    A conflict is InvalidParametersException. What AWS does when portfolio and product have different values
    of a tag is not documented; its console was reported to refuse even equal values.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
    https://github.com/aws-samples/secure-data-science-reference-architecture/issues/2
    """
    above, below = path.portfolio.tags, path.product.tags
    if twice := {key for key in above.keys() & below.keys() if above[key] != below[key]}:
        raise InvalidParameters(
            f"Duplicate tag keys on portfolio {path.portfolio.id} and product {path.product.id}: "
            f"{', '.join(sorted(twice))}."
        )
    tags = above | below
    for key, value in user_tags.items():
        if tags.setdefault(key, value) != value:
            raise InvalidParameters(f"Tag {key} is {tags[key]} for this product, not {value}.")
    for key, values in tag_choices(path).items():
        if not values:
            raise InvalidParameters(
                f"The TagOptions of portfolio {path.portfolio.id} and product {path.product.id} "
                f"have no common value of {key}."
            )
        if key not in tags and len(values) > 1:
            raise InvalidParameters(f"Tag {key} must be one of {', '.join(values)}.")
        if tags.setdefault(key, values[0]) not in values:
            raise InvalidParameters(f"Tag {key} must be one of {', '.join(values)}, not {tags[key]}.")
    return tags


def _active(options: Iterable[TagOption]) -> dict[str, list[str]]:
    choices: dict[str, list[str]] = {}
    for option in options:
        values = choices.setdefault(option.key, []) if option.active else []
        if option.value not in values:
            values.append(option.value)
    return choices


def _is(principal: Principal, caller: Caller) -> bool:
    if principal.unique_id is not None:
        return any(one.unique_id == principal.unique_id for one in caller.identities)
    return any(matches(principal.arn, one.arn) for one in caller.identities)
