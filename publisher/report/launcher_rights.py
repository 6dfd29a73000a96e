"""What whoever launches a product needs himself; the table is launcher_rights.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from publisher.declarations.form import Form
from publisher.report.markdown import plain, span, table


@dataclass(frozen=True, kw_only=True)
class Right:
    """Actions, or a managed policy of AWS, and what they are for. `of`: which launches, empty for all."""

    what: str
    actions: tuple[str, ...]
    of: str = ""
    note: str = ""
    source: str = ""


def rights(form: Form | None, *, placed: bool) -> Iterator[Right]:
    """Those for launches by this form; `placed`: the product's template is in S3, too."""
    kinds = {"", *_kinds(form)} | ({"s3", "project"} if placed else set())
    return (it for it in all_rights() if it.of in kinds)


def _kinds(form: Form | None) -> Iterator[str]:
    if form is None:
        return
    named = {
        "alerts": form.file.outputs.alerts,
        "empties": form.file.outputs.empties,
        "registry": form.file.outputs.registry,
        "endpoints": form.file.outputs.endpoints,
        "content": form.file.content,
        "project": form.file.sagemaker_project,
    }
    yield from (kind for kind, value in named.items() if value)


@cache
def all_rights() -> tuple[Right, ...]:
    """The whole table."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return tuple(
        Right(
            what=row["what"],
            actions=tuple(row["actions"]),
            of=row.get("for", ""),
            note=row.get("note", ""),
            source=row.get("source", ""),
        )
        for row in yaml.safe_load(text)
    )


def markdown() -> str:
    """The table as docs/launching.md has it."""
    rows = [
        (
            plain(it.what),
            ", ".join(map(span, it.actions)),
            plain(it.note) + (f" ([source]({it.source}))" if it.source else ""),
        )
        for it in all_rights()
    ]
    return "\n".join(table(("for what", "needed", "besides"), rows))
