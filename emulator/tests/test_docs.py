"""docs/cloudformation.md has the table of types with a handler of our own."""

from __future__ import annotations

from pathlib import Path

from catalog_emulator.cloudformation.types import TABLE

PAGE = Path(__file__).parents[1] / "docs" / "cloudformation.md"


def test_the_types_with_a_handler_of_our_own() -> None:
    page = PAGE.read_text(encoding="utf-8")
    services: dict[str, list[str]] = {}
    for name in sorted(TABLE):
        _, service, kind = name.split("::")
        services.setdefault(service, []).append(kind)
    rows = [f"| `AWS::{service}::` | {', '.join(kinds)} |" for service, kinds in services.items()]
    table = "\n".join(["| service | types |", "|---|---|", *rows])
    assert f"<!-- types -->\n{table}\n<!-- /types -->" in page
