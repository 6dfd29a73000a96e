"""What new versions change in their templates, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.cli.columns import Block, columns, listed
from publisher.errors import excerpt, excerpts
from publisher.model import TemplateChange
from publisher.planning.template_changes import TemplateChanges
from publisher.report.markdown import code, table

_LONGEST, _MOST = 60, 100
_PATH, _WIDEST = 2, 48
_SAME = "no differences in meaning"


def template_changes_text(groups: Iterable[TemplateChanges]) -> Iterator[Block]:
    """For the versions that alone have some changes in common a heading, and a line for each change."""
    for group in groups:
        products = [it.product for it in group.versions]
        more = f": {listed(products)}" if len(products) > 1 else ""
        yield _heading(group) + more
        rows = [(it.action, it.subject, it.path, _detail(it)) for it in group.changes[:_MOST]]
        yield from columns(rows, indent="  ", widest={_PATH: _WIDEST}) if rows else [f"  {_SAME}"]
        yield from (f"  {it}" for it in _more(group))


def template_changes_markdown(groups: Iterable[TemplateChanges]) -> Iterator[list[str]]:
    """The same for a pull request as sections, with the names of all products."""
    for group in groups:
        yield [f"#### {code(_heading(group))}"]
        if len(group.versions) > 1:
            yield [" ".join(code(it.product) for it in group.versions)]
        header = ("action", "subject", "path", "before", "after")
        rows = [(it.action, it.subject, it.path, it.before, it.after) for it in group.changes[:_MOST]]
        yield table(header, [[*map(code, row)] for row in rows]) if rows else [_SAME]
        yield list(_more(group))


def _heading(group: TemplateChanges) -> str:
    first, *others = group.versions
    who = f"{len(group.versions)} products" if others else first.product
    steps = {f", {it.published} -> {it.version}" for it in group.versions}
    return f"template changes of {who}{steps.pop() if len(steps) == 1 else ''}"


def _more(group: TemplateChanges) -> Iterator[str]:
    if len(group.changes) > _MOST:
        yield f"and {len(group.changes) - _MOST} more (--json shows all)"


def _detail(change: TemplateChange) -> str:
    match change.action:
        case "add":
            return excerpt(change.after, 2 * _LONGEST)
        case "remove":
            return excerpt(change.before, 2 * _LONGEST)
        case "change" | "reorder":
            return " -> ".join(excerpts(change.before, change.after, _LONGEST))
