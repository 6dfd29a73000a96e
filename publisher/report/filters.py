"""Filters by axis that work without a script: checkboxes, and CSS rules that hide what is not chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value of an axis, and how many products have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Facet:
    """An axis on which products differ. Families that have the same axis share it."""

    axis: str
    choices: tuple[Choice, ...]


def filter_rules(facets: Sequence[Facet], families: Sequence[Collection[str]] = ()) -> str:
    """CSS for the checkboxes of filters.html: inside an axis any of the chosen, and of each axis one.

    A product has the class `f<axis>-<choice>` for each axis that it has, by their places. `families` has for
    each the classes of its products: its element has the class `family-<place>`, and is hidden if no product
    can be left.
    """
    rules = [
        f"main:has(.f{n}:checked):not(:has(#f{n}-{m}:checked)) .product.f{n}-{m}{{display:none}}"
        for n, facet in enumerate(facets)
        for m, _ in enumerate(facet.choices)
    ]
    for n, facet in enumerate(facets):
        names = [f"f{n}-{m}" for m, _ in enumerate(facet.choices)]
        without = "".join(f":not(.{name})" for name in names)
        rules.append(f"main:has(.f{n}:checked) .product{without}{{display:none}}")
        for place, classes in enumerate(families):
            chosen = "".join(f":not(:has(#{name}:checked))" for name in names if name in classes)
            rules.append(f"main:has(.f{n}:checked){chosen} .family-{place}{{display:none}}")
    return "\n".join(rules)
