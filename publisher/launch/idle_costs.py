"""What a launch costs while nobody uses it: by resource and count, with a figure where prices are known.

Evaluates a template for some values. What it does not know it says, and never takes for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from publisher.documents import canonical_json
from publisher.errors import InputError
from publisher.impact.resolution import resolved
from publisher.launch.idle_charges import PRICING, Basis, Per, basis, charges, decides
from publisher.launch.idle_units import units_of
from publisher.templates.expression_parts import section
from publisher.templates.loops import LOOP

if TYPE_CHECKING:
    from publisher.declarations.form import Prices

# A twelfth of a year.
HOURS = 730
_CENT = Decimal("0.01")
_EXTENSIONS = "AWS::LanguageExtensions"


@dataclass(frozen=True, kw_only=True)
class IdleCost:
    """One resource, or a part of it that is charged by itself.

    `name` is what `prices` calls it. `count` is None where the template and the values do not say it, and
    `why` says why not. Under a `condition` that is not decided the resource may be missing.
    `each` is one unit for a month of 730 hours, without rounding; it is None without a price.
    """

    resource: str
    type: str
    what: str
    name: str
    per: Per
    count: int | None
    why: str = ""
    condition: str = ""
    each: Decimal | None = None
    source: str

    @property
    def monthly(self) -> Decimal | None:
        """What all units cost in a month."""
        return None if self.count is None or self.each is None else self.count * self.each

    @property
    def is_sure(self) -> bool:
        """Whether the figure is what it costs."""
        return self.monthly is not None and not self.condition


@dataclass(frozen=True, kw_only=True)
class IdleGroup:
    """The lines of what is called the same."""

    lines: tuple[IdleCost, ...]

    @property
    def first(self) -> IdleCost:
        """A line: what it is, its name, its source and one unit are those of all."""
        return self.lines[0]

    @property
    def count(self) -> int | None:
        """The count of all; None where that of a line is not known, or one may be missing."""
        counts = [None if it.condition else it.count for it in self.lines]
        return None if None in counts else sum(it or 0 for it in counts)

    @property
    def figures(self) -> tuple[str, str, str]:
        """All for a month, the count, and one for a month, as far as they are known."""
        monthly, each = _sum(self.lines), self.first.each
        return (
            "not known" if monthly is None else money(monthly),
            "not known" if self.count is None else str(self.count),
            "no price" if each is None else money(each),
        )

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources of the lines."""
        return tuple(dict.fromkeys(it.resource for it in self.lines))

    @property
    def notes(self) -> tuple[str, ...]:
        """Why something is not known of it."""
        found = [it.why for it in self.lines if it.why]
        found += [f"{it.resource} exists only if {it.condition}" for it in self.lines if it.condition]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True)
class Uncharged:
    """Resources of one type without a price by the hour or month."""

    type: str
    resources: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class IdleCosts:
    """All of a template. `stored` is charged by what it holds, `by_use` by its use, or not at all."""

    lines: tuple[IdleCost, ...]
    stored: tuple[Uncharged, ...]
    by_use: tuple[Uncharged, ...]
    unknown: tuple[Uncharged, ...]
    region: str
    currency: str
    checked: str

    @property
    def groups(self) -> tuple[IdleGroup, ...]:
        """The lines by what they are and their prices are called."""
        return tuple(
            IdleGroup(lines=tuple(some)) for _, some in groupby(sorted(self.lines, key=_called), key=_called)
        )

    @property
    def total(self) -> Decimal | None:
        """What is known of a month; None where nothing is."""
        return _sum(self.lines)

    @property
    def is_complete(self) -> bool:
        """Whether that is all."""
        return not self.unknown and all(it.is_sure for it in self.lines)

    @property
    def in_short(self) -> str:
        """The figure in words, and the price of each thing whose number is not known."""
        if self.total is None and not self._uncounted:
            return "not known" if self.lines or self.unknown else "nothing by the hour or month"
        amount = f"{self.currency} {money(self.total or Decimal())} a month"
        more = "".join(
            f", plus {self.currency} {money(each)} for each {what}" for what, each in self._uncounted
        )
        return amount if self.is_complete else f"at least {amount}{more}"

    @property
    def _uncounted(self) -> list[tuple[str, Decimal]]:
        found = {it.what: it.each for it in self.lines if it.count is None and it.each is not None}
        return list(found.items())

    def document(self) -> dict[str, Any]:
        """The JSON shape; amounts are texts."""
        return asdict(self) | {
            "lines": [
                asdict(it) | {"each": _text(it.each), "monthly": _text(it.monthly)} for it in self.lines
            ],
            "total": _text(self.total),
            "complete": self.is_complete,
        }


def money(amount: Decimal) -> str:
    """An amount for people: with thousands, and two digits after the point."""
    return f"{amount.quantize(_CENT):,}"


def idle_costs(
    template: Mapping[str, Any],
    values: Mapping[str, str] | None = None,
    *,
    region: str = "",
    prices: Prices | None = None,
) -> IdleCosts:
    """What the template (long form) costs while nobody uses it.

    `values` are the parameters of one launch, beside the template's defaults; without them what depends on
    a parameter is unknown. `prices` are those of a form, of which those of the Region count.
    """
    if values is not None and region:
        values = {"AWS::Region": region, **values}
    template = _without_rest(template)
    with suppress(InputError):  # its expressions are too large
        template = resolved(template, values)
    resources = section(template, "Resources")
    written = prices.regions.get(region, {}) if prices else {}
    here = {name: Decimal(price) for name, price in written.items()}
    lines: list[IdleCost] = []
    others: defaultdict[Basis, defaultdict[tuple[str, str], list[str]]]
    others = defaultdict(lambda: defaultdict(list))
    for name in sorted(resources):
        type_ = str(resources[name].get("Type", ""))
        found = list(_lines(name, type_, resources, here))
        lines += found
        kind, page = basis(type_)
        if not found or kind == "stored":
            others[kind][type_, page].append(name)
    for name in _unread(template):
        others["unknown"][name, PRICING].append(name)
    return IdleCosts(
        lines=tuple(sorted(lines, key=_called)),
        stored=_uncharged(others["stored"]),
        by_use=_uncharged(others["by use"]),
        unknown=_uncharged(others["unknown"]),
        region=region,
        currency=prices.currency if prices else "",
        checked=prices.checked if prices else "",
    )


def _without_rest(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template without what decides no cost, which takes time to evaluate."""
    found = {key: it for key, it in template.items() if key != "Outputs"}
    resources = template.get("Resources")
    found["Resources"] = {
        name: {key: it for key, it in resource.items() if key != "Properties"}
        if isinstance(resource, Mapping) and not decides(str(resource.get("Type", "")))
        else resource
        for name, resource in (resources.items() if isinstance(resources, Mapping) else ())
    }
    return found


def _lines(
    name: str, type_: str, resources: Mapping[str, Mapping[str, Any]], prices: Mapping[str, Decimal]
) -> Iterator[IdleCost]:
    for charge in charges(type_):
        for units in units_of(charge, name, resources):
            called = " ".join([type_, *units.variant])
            price = prices.get(called) if units.is_named else None
            yield IdleCost(
                resource=name,
                type=type_,
                what=charge.what,
                name=called,
                per=charge.per,
                count=units.count,
                why=units.why,
                condition=str(resources[name].get("Condition", "")),
                each=None if price is None else price * (HOURS if charge.per == "hour" else 1),
                source=charge.page,
            )


def _unread(template: Mapping[str, Any]) -> Iterator[str]:
    """What makes more resources than the template shows."""
    written = template.get("Resources")
    yield from sorted(str(it) for it in written or () if str(it).startswith(LOOP))
    transforms = template.get("Transform", ())
    for it in transforms if isinstance(transforms, list) else [transforms] if transforms else []:
        name = it if isinstance(it, str) else canonical_json(it)
        if name != _EXTENSIONS:
            yield f"Transform {name}"


def _uncharged(found: Mapping[tuple[str, str], list[str]]) -> tuple[Uncharged, ...]:
    return tuple(
        Uncharged(type=type_, resources=tuple(names), source=page)
        for (type_, page), names in sorted(found.items())
    )


def _called(line: IdleCost) -> tuple[str, ...]:
    return line.type, line.name, line.what


def _sum(lines: Iterable[IdleCost]) -> Decimal | None:
    known = [it.monthly for it in lines if it.is_sure and it.monthly is not None]
    return sum(known, start=Decimal()) if known else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
