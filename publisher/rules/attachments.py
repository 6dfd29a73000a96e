"""TagOptions and service actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from publisher.errors import Problem, quoted
from publisher.model import (
    Owner,
    Portfolio,
    Product,
    ProductAssociation,
    ServiceAction,
    TagOption,
    TagOptionAssociation,
)
from publisher.rules.rule import Placed, Rule, Target

_LIMITS = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"
_OPTIONS = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions.html"
_PER_RESOURCE, _VALUES, _ACTIONS, _DEFINITION = 25, 25, 200, 1024
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


def _per_resource(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found: defaultdict[Owner, list[Placed]] = defaultdict(list)
    for each in placed:
        if isinstance(each.resource, TagOptionAssociation):
            found[each.resource.owner].append(each)
    for owner, some in found.items():
        if len(some) > _PER_RESOURCE:
            message = (
                f"the {owner[0]} {quoted(owner[1])} has {len(some)} TagOptions, {_PER_RESOURCE} are the most"
            )
            yield rule.problem(some[_PER_RESOURCE].where, message, "take values or keys out")


def _values_per_key(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found: defaultdict[str, dict[str, Placed]] = defaultdict(dict)
    for each in placed:
        if isinstance(each.resource, TagOption):
            found[each.resource.tag_key].setdefault(each.resource.value, each)
    for key, values in found.items():
        if len(values) > _VALUES:
            count = f"{len(values)} values in all files, {_VALUES} are the most"
            message = f"the TagOption key {quoted(key)} has {count}"
            yield rule.problem([*values.values()][_VALUES].where, message, "take values out")


def _state(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], tuple[TagOption, Placed]] = {}
    for each in placed:
        if isinstance(each.resource, TagOption):
            first, at = seen.setdefault(each.resource.key, (each.resource, each))
            if first.active != each.resource.active:
                message = (
                    f"the TagOption {quoted(first.label)} is {_word(each.resource)} here and "
                    f"{_word(first)} at {at.where}: an account has it once"
                )
                yield rule.problem(each.where, message, "make both active or both inactive")


def _word(option: TagOption) -> str:
    return "active" if option.active else "inactive"


def _common_value(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A launch may take the values that portfolio and product have in common; with none it is refused."""
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
                    f"the TagOption {quoted(key)} of {quoted(association.product)} has no value in common "
                    f"with that of the portfolio {quoted(association.portfolio)}: nobody could launch it"
                )
                yield rule.problem(
                    first.where, message, "give both a common value, or take one of the two keys out"
                )


def _tag_and_option(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
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
                message = f"{quoted(key)} is a tag of {quoted(resource.name)} too"
                yield rule.problem(where, message, "take the tag or the TagOption out")


def _tag_twice(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Launches get the tags of the portfolio and of the product; a key that comes twice can make them fail.

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
                    f"{quoted(key)} is a tag of the portfolio {quoted(portfolio)} too: launches get both, "
                    "which can make them fail"
                )
                yield rule.problem(below[key], message, "take one of the two out")


def _actions(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found = {it.resource.key: it for it in placed if isinstance(it.resource, ServiceAction)}
    if len(found) > _ACTIONS:
        message = f"there are {len(found)} service actions, {_ACTIONS} are the most in a Region"
        yield rule.problem([*found.values()][_ACTIONS].where, message, "take some of them out")


def _action_size(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    for each in placed:
        match each.resource:
            case ServiceAction(definition=definition):
                for name, value in definition:
                    if len(value) > _DEFINITION:
                        message = (
                            f"its {name} have {len(value)} characters as JSON, {_DEFINITION} are the most"
                        )
                        yield rule.problem(each.at(name), message, "name fewer parameters, or shorter ones")


OPTIONS_PER_RESOURCE = Rule(
    id="P206",
    title="A portfolio or product has at most 25 TagOptions",
    source_url=_LIMITS,
    check=_per_resource,
)
VALUES_PER_KEY = Rule(
    id="P207", title="A TagOption key has at most 25 values", source_url=_LIMITS, check=_values_per_key
)
OPTION_STATE = Rule(
    id="P208", title="A TagOption is active or inactive, in all files", source_url=_OPTIONS, check=_state
)
COMMON_VALUE = Rule(
    id="P209",
    title="A TagOption key of a portfolio and of a product in it has a common value",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html",
    check=_common_value,
)
TAG_AND_OPTION = Rule(
    id="P210",
    title="A key is a tag or a TagOption of a portfolio or product, not both",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions-launching.html",
    check=_tag_and_option,
    severity="warning",
)
TAG_TWICE = Rule(
    id="P217",
    title="No key is a tag of a portfolio and of a product in it",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html",
    check=_tag_twice,
    severity="warning",
)
ACTION_SIZE = Rule(
    id="P219",
    title="What a service action is made of has at most 1024 characters",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html",
    check=_action_size,
)
ACTIONS = Rule(
    id="P211", title="A Region holds at most 200 service actions", source_url=_LIMITS, check=_actions
)
