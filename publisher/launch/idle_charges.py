"""What AWS charges for by the hour or month, by type: idle_costs.yaml. Knows no template, no price."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from publisher.errors import did_you_mean

Per = Literal["hour", "month"]
Basis = Literal["stored", "by use", "unknown"]
Wanted = Sequence[str] | str
PRICING = "https://aws.amazon.com/pricing/"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What one unit of a resource costs; idle_costs.yaml says what its fields mean."""

    what: str
    per: Per
    page: str
    count: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    times: str = ""
    otherwise: int | None = None
    each: str = ""
    variant: tuple[str, ...] = ()
    when: Mapping[str, Wanted]

    def has_price(self, type_: str, name: str) -> bool:
        """Whether a price of this name can be one of this charge, which is one of the type."""
        first, *words = name.split(" ")
        literal = [it.removeprefix("=") if it.startswith("=") else "" for it in self.variant]
        return (
            first == type_
            and len(words) == len(literal)
            and all(wanted in ("", word) for wanted, word in zip(literal, words, strict=True))
        )


def charges(type_: str) -> tuple[Charge, ...]:
    """What resources of the type are charged by, whatever holds of one."""
    return _facts().charged.get(type_, ())


def decides(type_: str) -> bool:
    """Whether the properties of such resources say what something costs."""
    return type_ in _facts().charged or type_ in _facts().followed


def basis(type_: str) -> tuple[Basis, str]:
    """How resources without a charge by the hour or month cost something, and the page that says so."""
    facts = _facts()
    service, _, kind = type_.removeprefix("AWS::").partition("::")
    page = facts.pages.get(service, PRICING)
    if type_.startswith("AWS::"):
        if kind in facts.stored.get(service, ()):
            return "stored", page
        if type_ in facts.charged or not {"*", kind}.isdisjoint(facts.by_use.get(service, ())):
            return "by use", page
    return "unknown", PRICING


def is_price_name(name: str) -> bool:
    """Whether something is charged by that name."""
    type_ = name.partition(" ")[0]
    return any(it.has_price(type_, name) for it in charges(type_))


def price_hint(name: str) -> str:
    """How the prices of a type are called, or a type that has some."""
    type_ = name.partition(" ")[0]
    names = dict.fromkeys(" ".join([type_, *map(_placeholder, it.variant)]) for it in charges(type_))
    return f"its prices are {', '.join(names)}" if names else did_you_mean(type_, sorted(_facts().charged))


def _placeholder(part: str) -> str:
    path, _, usual = part.partition("=")
    return f"<{re.split('[.>|]', path)[-1]}>" if path else usual


@dataclass(frozen=True, kw_only=True)
class _Facts:
    pages: Mapping[str, str]
    charged: Mapping[str, tuple[Charge, ...]]
    followed: Sequence[str]
    stored: Mapping[str, Sequence[str]]
    by_use: Mapping[str, Sequence[str]]


@cache
def _facts() -> _Facts:
    found = yaml.safe_load(Path(__file__).with_name("idle_costs.yaml").read_text(encoding="utf-8"))
    pages = found["pages"]
    charged = {
        type_: tuple(_charge(it, pages.get(type_.split("::")[1], PRICING)) for it in entries)
        for type_, entries in found["charged"].items()
    }
    return _Facts(**found | {"charged": charged})


def _charge(entry: Mapping[str, Any], page: str) -> Charge:
    lists = {name: tuple(entry.get(name, ())) for name in ("count", "entries", "variant")}
    named: dict[str, Any] = {"page": page, "when": {}, **entry, **lists}
    return Charge(**{"each" if name == "for" else name: it for name, it in named.items()})
