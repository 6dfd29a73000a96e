"""Launch paths: through which portfolios a caller reaches a product, and the tags that a launch must take.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog_emulator.servicecatalog.artifacts import Artifacts
from catalog_emulator.servicecatalog.caller import Caller, matches
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.holdings import Offer
from catalog_emulator.servicecatalog.values import Constraint, Portfolio, Principal, Product, TagOption, Tags


@dataclass(frozen=True, kw_only=True)
class LaunchPath:
    """A product as one portfolio offers it."""

    id: str
    portfolio: Portfolio
    product: Product
    constraints: tuple[Constraint, ...]
    portfolio_options: tuple[TagOption, ...] = ()
    product_options: tuple[TagOption, ...] = ()

    def constraint(self, kind: str) -> Constraint | None:
        """The constraint of a kind that there can be one of."""
        return next((one for one in self.constraints if one.type == kind), None)


class Paths(Artifacts):
    """What a caller may see and launch."""

    def visible_products(self, caller: Caller) -> list[Product]:
        """The products in portfolios that admit the caller, the account's own first, as they were made."""
        admitted: dict[str, bool] = {}
        held: dict[str, Product] = {}
        for offer in self.offers():
            portfolio = offer.portfolio
            if portfolio.id not in admitted:
                admitted[portfolio.id] = self._admits(portfolio, caller)
            if admitted[portfolio.id]:
                held[offer.product.id] = offer.product
        own = [product for product in self.products.values() if product.id in held]
        return own + [product for product in held.values() if product.id not in self.products]

    def visible_product(self, caller: Caller, identifier: str | None, name: str | None) -> Product:
        """A product by id or by name among those the caller sees."""
        if (identifier is None) == (name is None):
            raise InvalidParametersException("Specify either the product's id or its name.")
        found = [
            product
            for product in self.visible_products(caller)
            if (product.id == identifier if name is None else product.name == name)
        ]
        if not found:
            what = f"name {name}" if identifier is None else f"id {identifier}"
            raise ResourceNotFoundException(f"Product with {what} does not exist or access was denied.")
        if len(found) > 1:
            raise InvalidParametersException(f"More than one product has the name {name}.")
        return found[0]

    def launch_paths(self, caller: Caller, product: Product) -> list[LaunchPath]:
        """Every way to the product, or ResourceNotFoundException."""
        found = [
            self._path(offer)
            for offer in self.offers(product_id=product.id)
            if self._admits(offer.portfolio, caller)
        ]
        if not found:
            raise ResourceNotFoundException(f"No launch paths found for resource: {product.id}")
        return found

    def launch_path(
        self, caller: Caller, product: Product, identifier: str | None = None, name: str | None = None
    ) -> LaunchPath:
        """The way that was named, or the only one."""
        if identifier is not None and name is not None:
            raise InvalidParametersException("Specify either the path's id or its name, not both.")
        paths = self.launch_paths(caller, product)
        chosen = [
            path
            for path in paths
            if identifier in (None, path.id) and name in (None, path.portfolio.display_name)
        ]
        if not chosen:
            raise ResourceNotFoundException(
                f"No launch path {identifier or name} found for resource: {product.id}"
            )
        if len(chosen) > 1:
            raise InvalidParametersException(
                "More than one launch path ids exist. Please specify the launch path id"
            )
        return chosen[0]

    def tag_choices(self, path: LaunchPath) -> dict[str, list[str]]:
        """TagOption values by key: of portfolio and product, what both allow where both name a key."""
        of_portfolio = _active(path.portfolio_options)
        of_product = _active(path.product_options)
        choices = of_portfolio | of_product
        for key in of_portfolio.keys() & of_product.keys():
            choices[key] = [value for value in of_portfolio[key] if value in of_product[key]]
        return choices

    def chosen_tags(self, path: LaunchPath, given: Mapping[str, str]) -> Tags:
        """The caller's tags, those of portfolio and product, and those that TagOptions add.

        InvalidParametersException on a conflict: of portfolio and product a key that both have with other
        values. What AWS does then is not documented; its console refused even equal values, once.
        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
        https://github.com/aws-samples/secure-data-science-reference-architecture/issues/2
        """
        above, below = path.portfolio.tags, path.product.tags
        if twice := {key for key in above.keys() & below.keys() if above[key] != below[key]}:
            raise InvalidParametersException(
                f"Duplicate tag keys on portfolio {path.portfolio.id} and product {path.product.id}: "
                f"{', '.join(sorted(twice))}."
            )
        tags = above | below
        for key, value in given.items():
            if tags.setdefault(key, value) != value:
                raise InvalidParametersException(f"Tag {key} is {tags[key]} for this product, not {value}.")
        for key, values in self.tag_choices(path).items():
            if not values:
                raise InvalidParametersException(
                    f"The TagOptions of portfolio {path.portfolio.id} and product {path.product.id} "
                    f"have no common value of {key}."
                )
            if key not in tags and len(values) > 1:
                raise InvalidParametersException(f"Tag {key} must be one of {', '.join(values)}.")
            if tags.setdefault(key, values[0]) not in values:
                raise InvalidParametersException(
                    f"Tag {key} must be one of {', '.join(values)}, not {tags[key]}."
                )
        return tags

    def _path(self, offer: Offer) -> LaunchPath:
        of_portfolio, of_product = self.options_on(offer)
        return LaunchPath(
            id=offer.path_id,
            portfolio=offer.portfolio,
            product=offer.product,
            constraints=tuple(self.constraints_on(offer)),
            portfolio_options=tuple(of_portfolio),
            product_options=tuple(of_product),
        )

    def _admits(self, portfolio: Portfolio, caller: Caller) -> bool:
        return any(_is(principal, caller) for principal in self.principals_of(portfolio))


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
