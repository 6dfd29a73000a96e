"""What faults in the files hold up: it stays as it is, everything else is planned. Pure: no I/O, no ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from publisher.errors import Problem, and_more
from publisher.model import (
    Catalog,
    Key,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    Resource,
    ServiceAction,
)

# The first holds up the second.
Edge = tuple[Key, Key]


@dataclass(frozen=True, kw_only=True)
class HeldUp:
    """Portfolios, products and families that are held up, by key, each with the problems that do it.

    A family, `("family", name)`, holds up all its products, those of the account included. `("access", name)`
    is more access to a portfolio.
    """

    problems: Mapping[Key, tuple[Problem, ...]] = field(default_factory=dict)

    def names(self, kind: str) -> frozenset[str]:
        """The names of those of a kind: `portfolio`, `product`, `family` or `access`."""
        return frozenset(key[1] for key in self.problems if key[0] == kind)

    def adding(self, found: Iterable[tuple[Key, Problem]]) -> HeldUp:
        """With these, too."""
        problems = {key: dict.fromkeys(some) for key, some in self.problems.items()}
        for key, problem in found:
            problems.setdefault(key, {})[problem] = None
        return replace(self, problems={key: tuple(problems[key]) for key in sorted(problems)})

    def extended(self, edges: Collection[Edge]) -> HeldUp:
        """With all that these hold up in turn."""
        held = self
        while True:
            wider = held.adding(
                (effect, it) for cause, effect in edges for it in held.problems.get(cause, ())
            )
            if wider == held:
                return held
            held = wider

    def undisturbed(self, observed: Catalog) -> Catalog:
        """The observed catalog without what earlier runs have left to do in what is held up."""
        interrupted = {key: it for key, it in observed.interrupted.items() if it[0] not in self.problems}
        unfinished = observed.unfinished - self.problems.keys()
        return replace(observed, interrupted=interrupted, unfinished=unfinished)

    def resources(self, desired: Catalog, observed: Catalog) -> Mapping[Key, Resource]:
        """What stays as it is observed: what is held up, and what that requires and is not desired."""
        families = self.names("family") | {
            it.family for it in observed if isinstance(it, Product) and it.key in self.problems
        }
        kept: dict[Key, Resource] = {}
        waiting = [it for it in observed if self._holds(it, families)]
        while waiting:
            resource = waiting.pop()
            if resource.key not in desired and resource.key not in kept:
                kept[resource.key] = resource
                waiting += [observed.resources[key] for key in resource.requires if key in observed]
        return kept

    def without_more_access(self, desired: Catalog, observed: Catalog) -> tuple[HeldUp, Catalog]:
        """With the access that these hold up, and the desired catalog without it.

        Whoever gets into a portfolio can launch what is in it, which may lack the constraints of its file.
        """
        access = [
            it
            for it in desired
            if isinstance(it, Principal | PortfolioShare) and observed.resources.get(it.key) != it
        ]
        held = self.extended(
            [
                (("product", it.product), ("access", it.portfolio))
                for it in observed
                if isinstance(it, ProductAssociation) and it.portfolio in {each.portfolio for each in access}
            ]
        )
        resources = dict(desired.resources)
        for it in access:
            if ("access", it.portfolio) in held.problems:
                del resources[it.key]
                resources |= {it.key: observed.resources[it.key]} if it.key in observed else {}
        return held, replace(desired, resources=resources)

    def _holds(self, resource: Resource, families: Collection[str]) -> bool:
        if isinstance(resource, ServiceAction):
            return resource.name.partition("/")[0] in families
        return any(key in self.problems for key in resource.owners)

    def groups(self) -> Iterator[tuple[str, tuple[str, ...], tuple[Problem, ...]]]:
        """(kind, names, problems) of all that have the same problems, without families of known products."""
        shown = {key: some for key, some in self.problems.items() if not self._is_shown_by_products(key)}

        def alike(key: Key) -> tuple[str, list[tuple[str, int, int, str, str]]]:
            return key[0], [it.sort_key for it in shown[key]]

        for (kind, _), keys in groupby(sorted(shown, key=lambda it: (alike(it), it)), key=alike):
            names = tuple(key[1] for key in keys)
            yield kind, names, shown[kind, names[0]]

    def _is_shown_by_products(self, key: Key) -> bool:
        some = {*self.problems[key]}
        return key[0] == "family" and any(
            it[0] == "product" and some.issubset(problems) for it, problems in self.problems.items()
        )

    def document(self) -> list[dict[str, Any]]:
        """Its JSON shape."""
        return [
            {kind: name, "problems": [it.document() for it in problems]}
            for kind, names, problems in self.groups()
            for name in names
        ]

    def __str__(self) -> str:
        """The names, with the first problem of each group."""
        return "; ".join(
            f"{kind} {and_more(names)} ({problems[0]}{_others(problems)})"
            for kind, names, problems in self.groups()
        )


def _others(problems: Collection[Problem]) -> str:
    return f" and {len(problems) - 1} more" if len(problems) > 1 else ""


def observed_edges(observed: Catalog, declared: Collection[str]) -> Iterator[Edge]:
    """What holds up what in the account; `declared` are the portfolios of the files that are right.

    A portfolio that is not in the files, or not finished, is held up by a product in it: deleting the one, or
    letting users into the other, would change what they can do with the product.
    """
    for it in observed:
        match it:
            case Product(name=name, family=family):
                yield ("family", family), ("product", name)
            case ProductAssociation(portfolio=portfolio, product=product):
                yield ("portfolio", portfolio), ("product", product)
                if portfolio not in declared or ("portfolio", portfolio) in observed.unfinished:
                    yield ("product", product), ("portfolio", portfolio)
