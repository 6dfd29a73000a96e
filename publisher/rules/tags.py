"""Tags and TagOptions of portfolios and products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from publisher.errors import Problem, quoted
from publisher.model import (
    Owner,
    Portfolio,
    Product,
    ProductAssociation,
    TagOption,
    TagOptionAssociation,
)
from publisher.rules.rule import Placed, Rule, Target

Offered = dict[Owner, dict[str, dict[str, Placed]]]


def _offered(placed: Sequence[Placed]) -> Offered:
    """The values that launches can take, by portfolio or product and by key."""
    inactive = {
        it.resource.key for it in placed if isinstance(it.resource, TagOption) and not it.resource.active
    }
    offered: Offered = defaultdict(lambda: defaultdict(dict))
    for each in placed:
        match each.resource:
            case TagOptionAssociation(owner=owner, tag_key=key, value=value):
                if ("tag-option", key, value) not in inactive:
                    offered[owner][key][value] = each
    return offered


@Rule.of("P208", "servicecatalog/latest/adminguide/tagoptions.html")
def option_state(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A TagOption has the same state in all files."""
    seen: dict[tuple[str, ...], tuple[TagOption, Placed]] = {}
    for each in placed:
        if isinstance(each.resource, TagOption):
            first, at = seen.setdefault(each.resource.key, (each.resource, each))
            if first.active != each.resource.active:
                message = (
                    f"TagOption {quoted(first.label)} is {_word(each.resource)} here but "
                    f"{_word(first)} at {at.where}"
                )
                yield rule.problem(each.where, message, "make both active or both inactive")


def _word(option: TagOption) -> str:
    return "active" if option.active else "inactive"


@Rule.of("P209", "servicecatalog/latest/adminguide/tagoptions-launching.html")
def common_value(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A TagOption key of both a portfolio and its product has a common value.

    A launch may take the values that portfolio and product have in common; with none it is refused.
    """
    offered = _offered(placed)
    reported = set()
    for each in placed:
        if not isinstance(each.resource, ProductAssociation):
            continue
        association = each.resource
        above = offered.get(("portfolio", association.portfolio), {})
        below = offered.get(("product", association.product), {})
        for key in sorted(above.keys() & below.keys()):
            first = next(iter(below[key].values()))
            if (
                above[key].keys().isdisjoint(below[key])
                and (first.where, association.portfolio) not in reported
            ):
                reported.add((first.where, association.portfolio))
                message = (
                    f"{quoted(association.product)} and portfolio {quoted(association.portfolio)} have no "
                    f"common value for TagOption {quoted(key)}, so launches would be refused"
                )
                yield rule.problem(first.where, message, "add a common value, or remove one of the keys")


@Rule.of("P210", "servicecatalog/latest/adminguide/tagoptions-launching.html", severity="warning")
def tag_and_option(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A key is a tag or a TagOption of a portfolio or product, not both."""
    offered = _offered(placed)
    reported = set()
    for each in placed:
        if not isinstance(each.resource, Portfolio | Product):
            continue
        resource = each.resource
        options = offered.get((resource.key[0], resource.name), {})
        for key, _ in resource.tags:
            if key not in options:
                continue
            where = next(iter(options[key].values())).where
            if where not in reported:
                reported.add(where)
                message = f"{quoted(key)} is both a tag and a TagOption of {quoted(resource.name)}"
                yield rule.problem(where, message, "remove the tag or the TagOption")


@Rule.of("P217", "servicecatalog/latest/dg/API_Tag.html", severity="warning")
def tag_twice(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A portfolio and its products have different tag keys.

    Launches get the tags of the portfolio and of the product; a key that comes twice can make them fail.

    AWS does not say when. All that is known is one report, of 2020, that the console refused even equal
    values; there are catalogs that work so, hence a warning. The local endpoint refuses other values, as a
    stack takes a key once: https://github.com/aws-samples/secure-data-science-reference-architecture/issues/2
    """
    tags = {it.resource.key: it.places for it in placed if isinstance(it.resource, Portfolio | Product)}
    reported = set()
    for each in placed:
        if not isinstance(each.resource, ProductAssociation):
            continue
        portfolio = each.resource.portfolio
        above, below = (tags.get(key, {}) for key in each.resource.requires)
        for key in sorted(above.keys() & below.keys()):
            if (below[key], portfolio) not in reported:
                reported.add((below[key], portfolio))
                message = (
                    f"{quoted(key)} is also a tag of portfolio {quoted(portfolio)}; launches get both, "
                    "and can fail"
                )
                yield rule.problem(below[key], message, "remove one of them")
