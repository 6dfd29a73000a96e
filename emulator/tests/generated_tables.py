"""The generated tables of the documents. `python -m tests.generated_tables` writes them."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from catalog_emulator.cloudformation.engine.stack import STACK_TYPE
from catalog_emulator.cloudformation.resources.moto_models import models
from catalog_emulator.cloudformation.resources.providers import STACK_ONLY
from catalog_emulator.cloudformation.resources.schema import type_names
from catalog_emulator.cloudformation.types import TABLE
from catalog_emulator.cloudformation.types.adapted import adapted
from catalog_emulator.faults.profile import KINDS
from tests.server import state_classes
from tests.servicecatalog.documented import operations

REGION = "us-west-2"
DOCS = Path(__file__).parents[1] / "docs"
_UNITS = {"share": "0 to 1", "count": "a number", "seconds": "seconds", "rate": "calls a second"}


def faults() -> str:
    """The kinds of faults."""
    rows = [f"| `{kind}` | {_UNITS[unit]} | {effect} |" for kind, (unit, effect) in KINDS.items()]
    return "\n".join(["| kind | value | effect |", "|---|---|---|", *rows])


def types() -> str:
    """How many resource types are real, and which: made by a handler, the adapter or a model of moto."""
    every = {name for name in type_names(REGION) if name not in (*STACK_ONLY, STACK_TYPE)}
    elsewhere = {name for region in ("us-east-1", "eu-west-1") for name in type_names(region)} - every
    ways = (TABLE, adapted(), models())
    real = {name for way in ways for name in way if name in every}
    counts = (
        f"Of the {len(every)} types of {REGION}, {len(real)} are real and {len(every - real)} are records. "
        f"{len(elsewhere)} types that only other Regions have are refused there."
    )
    services: dict[str, tuple[list[str], int]] = {}
    for name in sorted(every):
        service = name.rpartition("::")[0]
        kinds, records = services.get(service, ([], 0))
        made = [name.rpartition("::")[2]] if name in real else []
        services[service] = ([*kinds, *made], records + (not made))
    rows = [
        f"| `{service}::` | {', '.join(kinds)} | {records or ''} |"
        for service, (kinds, records) in services.items()
        if kinds
    ]
    none = sum(1 for kinds, _ in services.values() if not kinds)
    return "\n".join(
        [
            counts,
            "",
            "| service | real types | records |",
            "|---|---|---|",
            *rows,
            f"| {none} other services | | {sum(n for kinds, n in services.values() if not kinds)} |",
        ]
    )


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("cloudformation.md", "types"): types,
    ("faults.md", "faults"): faults,
    ("service-catalog-operations.md", "operations"): operations.table,
}


def pages() -> Iterator[tuple[Path, str, str]]:
    """(path, text, text with the current table) of each page."""
    for (page, name), table in TABLES.items():
        text = (DOCS / page).read_text(encoding="utf-8")
        start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        before, _, rest = text.partition(start)
        current = before + start + table() + end + rest.partition(end)[2]
        yield DOCS / page, text, current


if __name__ == "__main__":
    for path, _, current in pages():
        path.write_text(current, encoding="utf-8")
    state_classes.write()
