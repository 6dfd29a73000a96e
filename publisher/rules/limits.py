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
from publisher.rules.rule import Placed, Rule, Target

_SOURCE = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"
_PER_RESOURCE, _VALUES, _DEFINITION = 25, 25, 1024


def _per_region(id_: str, kind: type[Resource], noun: str, most: int) -> Rule:
    def check(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
        found = {it.resource.key: it for it in placed if isinstance(it.resource, kind)}
        if len(found) > most:
            message = f"{len(found)} {noun}, at most {most} are allowed in a Region"
            hint = "remove some of them, or publish them to another account or Region"
            yield rule.problem([*found.values()][most].where, message, hint)

    return Rule(id=id_, title=f"A Region has at most {most} {noun}", source_url=_SOURCE, check=check)


portfolios = _per_region("P201", Portfolio, "portfolios", 100)
products = _per_region("P202", Product, "products", 350)
actions = _per_region("P211", ServiceAction, "service actions", 200)


@Rule.of("P206", _SOURCE)
def options_per_resource(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A portfolio or product has at most 25 TagOptions."""
    found: defaultdict[Owner, list[Placed]] = defaultdict(list)
    for each in placed:
        if isinstance(each.resource, TagOptionAssociation):
            found[each.resource.owner].append(each)
    for (kind, name), some in found.items():
        if len(some) > _PER_RESOURCE:
            message = f"{kind} {quoted(name)} has {len(some)} TagOptions, at most {_PER_RESOURCE} are allowed"
            yield rule.problem(some[_PER_RESOURCE].where, message, "remove values or keys")


@Rule.of("P207", _SOURCE)
def values_per_key(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A TagOption key has at most 25 values."""
    found: defaultdict[str, dict[str, Placed]] = defaultdict(dict)
    for each in placed:
        if isinstance(each.resource, TagOption):
            found[each.resource.tag_key].setdefault(each.resource.value, each)
    for key, values in found.items():
        if len(values) > _VALUES:
            count = f"{len(values)} values in all files, at most {_VALUES} are allowed"
            message = f"TagOption key {quoted(key)} has {count}"
            yield rule.problem([*values.values()][_VALUES].where, message, "remove values")


@Rule.of("P219", "servicecatalog/latest/dg/API_CreateServiceAction.html")
def action_size(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Each part of a service action has at most 1024 characters."""
    for each in placed:
        for name, value in each.resource.definition if isinstance(each.resource, ServiceAction) else ():
            if len(value) > _DEFINITION:
                message = f"{name} has {len(value)} characters as JSON, at most {_DEFINITION} are allowed"
                yield rule.problem(each.at(name), message, "use fewer or shorter parameters")
