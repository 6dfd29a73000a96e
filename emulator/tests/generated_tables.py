"""The generated tables of the documents. `python -m tests.generated_tables` writes them."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from catalog_emulator.cloudformation.types import TABLE
from catalog_emulator.faults.profile import KINDS
from tests.server import state_classes
from tests.servicecatalog.documented import operations

DOCS = Path(__file__).parents[1] / "docs"
_UNITS = {"share": "0 to 1", "count": "a number", "seconds": "seconds", "rate": "calls a second"}


def faults() -> str:
    """The kinds of faults."""
    rows = [f"| `{kind}` | {_UNITS[unit]} | {effect} |" for kind, (unit, effect) in KINDS.items()]
    return "\n".join(["| kind | value | effect |", "|---|---|---|", *rows])


def types() -> str:
    """The resource types with a handler, by service."""
    services: dict[str, list[str]] = {}
    for name in sorted(TABLE):
        _, service, kind = name.split("::")
        services.setdefault(service, []).append(kind)
    rows = [f"| `AWS::{service}::` | {', '.join(kinds)} |" for service, kinds in services.items()]
    return "\n".join(["| service | types |", "|---|---|", *rows])


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
