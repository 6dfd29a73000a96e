"""The quotas of Service Catalog: in a Region, of a portfolio or product, of a TagOption key, of an action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from publisher.errors import Problem, Where, command, page_of, quoted
from publisher.model import (
    QUOTAS,
    Key,
    Owner,
    ServiceAction,
    TagOption,
    TagOptionAssociation,
    quota_of,
)
from publisher.rules.rule import Placed, Rule, Target

_QUOTAS = "general/latest/gr/servicecatalog.html"
_SOURCE = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html"
_PER_RESOURCE, _VALUES, _DEFINITION, _ACTIONS = 25, 25, 1024, 200


def _adjustable(id_: str, name: str, title: str) -> Rule:
    """Beyond AWS's default is a warning, as only the account knows its quota; beyond a file's an error."""
    quota = QUOTAS[name]

    def check(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
        own = dict(target.quotas).get(name)
        most = quota.default if own is None else own
        found: defaultdict[str, dict[Key, Placed]] = defaultdict(dict)
        for it in placed:
            if (use := quota_of(it.resource)) and use[0] == name:
                found[use[1]].setdefault(it.resource.key, it)
        for owner, some in found.items():
            if len(some) > most:
                where = [*some.values()][most].where
                count = quota.counted(len(some), owner)
                yield _beyond(rule, where, count, name, most, target if own is not None else None)

    title = f"{title} are within the account's quota, by default {quota.default}"
    return Rule(id=id_, title=title, source_url=page_of(_QUOTAS), check=check, per_target=True)


def _beyond(rule: Rule, where: Where, count: str, name: str, most: int, target: Target | None) -> Problem:
    if target is not None:
        message = f"{count}, at most {most} are allowed at {target} by quotas.{name} in configs/targets.yaml"
        return rule.problem(where, message, "remove some of them, or raise it if the account has more")
    message = f"{count}, but AWS's default quota ({QUOTAS[name].code}) is {most}"
    hint = (
        f"if the account has more, which {command('plan')} looks up, write quotas: {{{name}: <number>}} in "
        "configs/targets.yaml; else request an increase in Service Quotas"
    )
    return replace(rule.problem(where, message, hint), severity="warning")


portfolios = _adjustable("P201", "portfolios", "The portfolios of a Region")
products = _adjustable("P202", "products", "The products of a Region")
products_of_portfolio = _adjustable("P223", "products_per_portfolio", "The products of a portfolio")
principals_of_portfolio = _adjustable("P224", "principals_per_portfolio", "The principals of a portfolio")
QUOTA_RULES = (portfolios, products, products_of_portfolio, principals_of_portfolio)


@Rule.of("P211", _SOURCE)
def actions(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A Region has at most 200 service actions."""
    found = {it.resource.key: it for it in placed if isinstance(it.resource, ServiceAction)}
    if len(found) > _ACTIONS:
        message = f"{len(found)} service actions, at most {_ACTIONS} are allowed in a Region"
        hint = "remove some of them, or publish them to another account or Region"
        yield rule.problem([*found.values()][_ACTIONS].where, message, hint)


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
