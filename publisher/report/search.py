"""The index that search.js reads: every name in the catalog once, with the products that have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.errors import excerpt, printable
from publisher.report.catalogue import CatalogueView
from publisher.report.site import anchor, file_name
from publisher.templates.interface import Interface

# A page shall stay under 300 KB, and so shall this.
MOST_BYTES = 290_000
# How much of a text the index keeps, and which kinds it leaves out, least needed first: the first that fits.
_KINDS = ("action", "output", "resource", "SSM parameter", "parameter")
_STEPS = (
    *((length, 0) for length in (400, 120, 40)),
    *((40, left_out) for left_out in (1, 2)),
    *((0, left_out) for left_out in range(2, len(_KINDS) + 1)),
)


@dataclass(frozen=True, kw_only=True)
class Searched:
    """A product or portfolio as search finds it; `actions` are those of a product's launch role."""

    key: str
    name: str = ""
    description: str = ""
    interface: Interface | None = None
    actions: Iterable[str] = ()

    def entries(self) -> Iterator[tuple[str, str, str]]:
        """Kind, name and text of everything in it."""
        if self.interface is not None:
            for each in self.interface.parameters.values():
                yield "parameter", each.name, ": ".join(filter(None, (each.label, each.description)))
            for name, type_name in self.interface.resources.items():
                yield "resource", name, type_name
            for name, text in self.interface.outputs.items():
                yield "output", name, text
            for name in self.interface.ssm_parameters:
                yield "SSM parameter", name, ""
        for action in self.actions:
            yield "action", action, ""


def search_index(products: Sequence[Searched], portfolios: Sequence[Searched] = ()) -> str:
    """The text of search-index.js. What does not fit is left out, and search says so."""
    having: dict[tuple[str, str, str], list[int]] = {}
    for number, product in enumerate(products):
        for entry in dict.fromkeys(product.entries()):
            having.setdefault(entry, []).append(number)
    entries = sorted(having.items())
    for length, left_out in _STEPS:
        text = _text(products, portfolios, entries, length, _KINDS[:left_out])
        if len(text) <= MOST_BYTES:
            break
    return text


def catalogue_index(view: CatalogueView, actions: Mapping[str, Iterable[str]]) -> str:
    """The text of search-index.js for a catalogue; `actions`: those of the roles of each product, by key."""
    return search_index(
        [
            Searched(
                key=key,
                name=it.product.display_name,
                description=it.product.description,
                interface=it.interface,
                actions=actions.get(key, ()),
            )
            for key, it in view.products.items()
        ],
        [
            Searched(key=it.name, name=it.portfolio.display_name, description=it.portfolio.description)
            for it in view.portfolios
        ],
    )


def _text(
    products: Sequence[Searched],
    portfolios: Sequence[Searched],
    entries: Iterable[tuple[tuple[str, str, str], Sequence[int]]],
    length: int,
    left_out: Sequence[str],
) -> str:
    texts, sets = _Numbers(), _Numbers()
    found: dict[str, list[list[Any]]] = {}
    for (kind, name, words), numbers in entries:
        if kind not in left_out:
            entry = [printable(name), texts.of(_shortened(words, length)), sets.of(_runs(numbers))]
            found.setdefault(kind, []).append(entry + _target(kind, name))

    def listed(some: Iterable[Searched]) -> list[list[Any]]:
        return [
            [it.key, file_name(it.key), printable(it.name), texts.of(_shortened(it.description, length))]
            for it in some
        ]

    index = {
        "products": listed(products),
        "portfolios": listed(portfolios),
        "entries": found,
        "texts": texts.values,
        "sets": sets.values,
        "left_out": [*left_out, *(() if length else ("description",))],
    }
    return f"const SEARCH = {json.dumps(index, separators=(',', ':'))};\n"


class _Numbers:
    """Values by number, each once; the first is empty."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}

    def of(self, value: str) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[str]:
        return list(self._numbers)


def _shortened(text: str, length: int) -> str:
    return excerpt(printable(" ".join(text.split())), length) if length else ""


def _target(kind: str, name: str) -> list[str]:
    """The fragment, where it is not the kind and the name."""
    if kind == "action":
        return ["policy"]
    where = anchor("ssm" if kind == "SSM parameter" else kind, name)
    return [] if where == f"{kind}-{name}" else [where]


def _runs(numbers: Sequence[int]) -> str:
    """Sorted numbers as `0-2,5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)
