"""The quotas of Service Catalog: in a Region, of a portfolio or product, of a TagOption key, of an action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from publisher.errors import Problem, quoted
from publisher.model import (
    Owner,
    Portfolio,
    Product,
    Resource,
    ServiceAction,
    TagOption,
    TagOptionAssociation,
)
from publisher.rules.rule import Check, Placed, Rule, Target

_SOURCE = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"
_PORTFOLIOS, _PRODUCTS, _ACTIONS = 100, 350, 200
_PER_RESOURCE, _VALUES, _DEFINITION = 25, 25, 1024


def _per_region(kind: type[Resource], noun: str, most: int) -> Check:
    def check(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
        found = {it.resource.key: it for it in placed if isinstance(it.resource, kind)}
        if len(found) > most:
            message = f"{len(found)} {noun}, at most {most} are allowed in a Region"
            hint = "remove some of them, or publish them to another account or Region"
            yield rule.problem([*found.values()][most].where, message, hint)

    return check


def _options_per_resource(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found: defaultdict[Owner, list[Placed]] = defaultdict(list)
    for each in placed:
        if isinstance(each.resource, TagOptionAssociation):
            found[each.resource.owner].append(each)
    for (kind, name), some in found.items():
        if len(some) > _PER_RESOURCE:
            message = f"{kind} {quoted(name)} has {len(some)} TagOptions, at most {_PER_RESOURCE} are allowed"
            yield rule.problem(some[_PER_RESOURCE].where, message, "remove values or keys")


def _values_per_key(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    found: defaultdict[str, dict[str, Placed]] = defaultdict(dict)
    for each in placed:
        if isinstance(each.resource, TagOption):
            found[each.resource.tag_key].setdefault(each.resource.value, each)
    for key, values in found.items():
        if len(values) > _VALUES:
            count = f"{len(values)} values in all files, at most {_VALUES} are allowed"
            message = f"TagOption key {quoted(key)} has {count}"
            yield rule.problem([*values.values()][_VALUES].where, message, "remove values")


def _action_size(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    for each in placed:
        for name, value in each.resource.definition if isinstance(each.resource, ServiceAction) else ():
            if len(value) > _DEFINITION:
                message = f"{name} has {len(value)} characters as JSON, at most {_DEFINITION} are allowed"
                yield rule.problem(each.at(name), message, "use fewer or shorter parameters")


PORTFOLIOS = Rule(
    id="P201",
    title="A Region has at most 100 portfolios",
    source_url=_SOURCE,
    check=_per_region(Portfolio, "portfolios", _PORTFOLIOS),
)
PRODUCTS = Rule(
    id="P202",
    title="A Region has at most 350 products",
    source_url=_SOURCE,
    check=_per_region(Product, "products", _PRODUCTS),
)
OPTIONS_PER_RESOURCE = Rule(
    id="P206",
    title="A portfolio or product has at most 25 TagOptions",
    source_url=_SOURCE,
    check=_options_per_resource,
)
VALUES_PER_KEY = Rule(
    id="P207", title="A TagOption key has at most 25 values", source_url=_SOURCE, check=_values_per_key
)
ACTIONS = Rule(
    id="P211",
    title="A Region has at most 200 service actions",
    source_url=_SOURCE,
    check=_per_region(ServiceAction, "service actions", _ACTIONS),
)
ACTION_SIZE = Rule(
    id="P219",
    title="Each part of a service action has at most 1024 characters",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html",
    check=_action_size,
)
