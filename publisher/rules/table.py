"""The table of all rules, for people."""

from __future__ import annotations

from publisher import documents
from publisher.declarations import findings
from publisher.rules import RULES

_INTRODUCTION = """# Rules
What `publisher` checks in your files, by the id that its messages carry.
Generated with `publisher validate --list-rules`.
"""


def table() -> list[dict[str, str]]:
    """Every rule: id, what holds when it finds nothing, and its source when AWS is one."""
    titles = {**documents.RULES, **findings.RULES}
    rows = [{"id": rule, "title": title, "source_url": ""} for rule, title in titles.items()]
    rows += [{"id": rule.id, "title": rule.title, "source_url": rule.source_url} for rule in RULES]
    return sorted(rows, key=lambda row: row["id"])


def markdown() -> str:
    """The table as docs/rules.md has it."""
    lines = [_INTRODUCTION, "| rule | what holds |", "|---|---|"]
    for row in table():
        source = f" ([source]({row['source_url']}))" if row["source_url"] else ""
        lines.append(f"| {row['id']} | {row['title']}{source} |")
    return "\n".join(lines) + "\n"
