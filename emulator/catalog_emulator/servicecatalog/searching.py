"""Filters and orders of product searches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog.values import Product

_TEXT_FIELDS = ("Name", "Owner", "Description", "Distributor")

_ORDERS: Mapping[str, Callable[[Product], Any]] = {
    "Title": lambda product: (product.name.lower(), product.id),
    "VersionCount": lambda product: len(product.artifacts),
    "CreationDate": lambda product: product.created,
}


def matching(products: Iterable[Product], filters: Mapping[str, Sequence[str]]) -> list[Product]:
    """The products that fit one value of every filter."""
    return [
        product
        for product in products
        if all(
            any(_fits(product, name, value) for value in values) for name, values in filters.items() if values
        )
    ]


def ordered(products: list[Product], sort_by: str | None, sort_order: str | None) -> list[Product]:
    """Sorted as asked; otherwise as they were made."""
    if sort_by is None:
        return products
    return sorted(products, key=_ORDERS[sort_by], reverse=sort_order == "DESCENDING")


def _fits(product: Product, name: str, value: str) -> bool:
    match name:
        case "FullTextSearch":
            # Fuzzy in AWS too: any word of the search in any text of the product.
            text = " ".join(product.fields.get(field, "") for field in _TEXT_FIELDS).lower()
            return any(word in text for word in re.findall(r"\w+", value.lower()))
        case "Owner":
            return product.fields["Owner"] == value
        case "ProductType":
            return product.type == value
        case _:
            return product.source_id == value


def aggregated(products: Iterable[Product]) -> dict[str, list[dict[str, Any]]]:
    """ProductViewAggregations: how many products have each owner and type."""
    counts: dict[str, dict[str, int]] = {"Owner": {}, "ProductType": {}}
    for product in products:
        for name, value in (("Owner", product.fields["Owner"]), ("ProductType", product.type)):
            counts[name][value] = counts[name].get(value, 0) + 1
    return {
        name: [{"Value": value, "ApproximateCount": count} for value, count in sorted(values.items())]
        for name, values in counts.items()
    }
