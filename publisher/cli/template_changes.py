"""What new versions change in their templates and do to launches, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.cli.columns import Block
from publisher.cli.impact_text import impact_markdown, impact_summary, impact_text
from publisher.errors import listed
from publisher.planning.template_changes import TemplateChanges
from publisher.report.markdown import code

_MOST = 100


def template_changes_text(groups: Iterable[TemplateChanges]) -> Iterator[Block]:
    """For the versions that alone have some changes in common a heading, and a line for each change."""
    for group in groups:
        more = f": {listed(group.products)}" if len(group.products) > 1 else ""
        yield _heading(group) + more
        yield from impact_text(group.changes, most=_MOST)


def template_changes_markdown(groups: Iterable[TemplateChanges]) -> Iterator[list[str]]:
    """The same for a pull request as sections, with the names of all products."""
    for group in groups:
        yield [f"#### {code(_heading(group))}"]
        if len(group.products) > 1:
            yield [" ".join(map(code, group.products))]
        yield impact_markdown(group.changes, most=_MOST)


def _heading(group: TemplateChanges) -> str:
    summary = f" ({impact_summary(group.changes)})" if group.changes else ""
    return f"template changes of {group.title('->')}{summary}"
