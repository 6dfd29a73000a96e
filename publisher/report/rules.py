"""The table of all rules, for people."""

from __future__ import annotations

from publisher import documents
from publisher.declarations import findings
from publisher.rules import RULES
from publisher.templates.checks import CHECKS

_INTRODUCTION = """# Rules
What `publisher` checks in your files, by the id that its messages carry.
Generated with `publisher validate --list-rules`.
"""

# Found while templates are rendered, and while versions are compared with what is published.
_FOUND_AT_WORK = {
    "P601": "A published version keeps its content",
    "P602": "A version does not go back behind a published one",
    "P603": "A product has at most 100 versions",
    "P604": "A product keeps its type",
    "P605": "A published product keeps a support_url, when it has one",
    "R001": "Generated regions of Markdown files have a known name",
    "R002": "Generated regions of Markdown files end",
    "R003": "Markdown files with generated regions are inside the project, and UTF-8",
    "T001": "A template is Jinja2",
    "T002": "A template uses variables that are defined",
    "T003": "A template does only what its sandbox allows",
    "T004": "A template stays small while it is rendered",
    "T005": "Includes are files of the template's folder",
    "T006": "A template renders without an error",
    "T010": "What a template renders to is YAML, without anchors and aliases",
    "T011": "A key stands once in a mapping of a template",
    "T012": "Tags of a template are CloudFormation's",
    "T013": "A printed value is a whole text, never a part of one",
    "T014": "A template has no empty values",
    "T015": "What a template renders to is a template with resources",
    "T016": "Keys of a template are text, and merge keys are not used",
    "T020": "A content folder holds files",
    "T021": "Content has no symbolic links",
    "T022": "Content is files and folders",
    "T023": "File names of content are good on every system",
    "T024": "Content has at most 20 MB",
}


def table() -> list[dict[str, str]]:
    """Every rule: id, what holds when it finds nothing, and its source when AWS is one."""
    titles = {**documents.RULES, **findings.RULES, **_FOUND_AT_WORK}
    rows = [{"id": rule, "title": title, "source_url": ""} for rule, title in titles.items()]
    rows += [{"id": it.id, "title": it.title, "source_url": it.source_url} for it in RULES]
    rows += [{"id": it.id, "title": it.title, "source_url": it.source_url} for it in CHECKS]
    return sorted(rows, key=lambda row: row["id"])


def markdown() -> str:
    """The table as docs/rules.md has it."""
    lines = [_INTRODUCTION, "| rule | what holds |", "|---|---|"]
    for row in table():
        source = f" ([source]({row['source_url']}))" if row["source_url"] else ""
        lines.append(f"| {row['id']} | {row['title']}{source} |")
    return "\n".join(lines) + "\n"
