"""The table of all rules, for people."""

from __future__ import annotations

from publisher.rules import RULES, Rule
from publisher.templates.checks import CHECKS, Check

_INTRODUCTION = """# Rules
What `publisher` checks in your files, by the id that its messages carry.
Generated with `publisher validate --list-rules`.
"""

# Checks that are not values of their own; rules/ and templates/checks.py have the titles of theirs.
_TITLES = {
    "P001": "The file can be read: it is there, a plain file, inside the project, of a sane size, and UTF-8",
    "P002": "The file is YAML",
    "P003": "A key stands once in a mapping",
    "P004": "Nesting and aliases stay within bounds",
    "P005": "Plain YAML only: no tags, no merge keys, no keys that are not text",
    "P006": "A file holds exactly one document",
    "P101": "Every key is a known one",
    "P102": "Required keys are there",
    "P103": "A value is of its key's kind; text that looks like a number is quoted",
    "P104": "A value is one of its key's choices",
    "P105": "A text has the form of its key",
    "P106": "Texts, lists and mappings are as long as AWS allows",
    "P107": "A Region is one of AWS's",
    "P110": "A portfolio's file name is a portfolio's name",
    "P111": "A principal is an IAM ARN, or a pattern without account",
    "P112": "A principal stands once in a portfolio",
    "P113": "A LAUNCH constraint names its role in one way",
    "P115": "A product entry of a portfolio matches a product",
    "P116": "A product has one LAUNCH, STACKSET and RESOURCE_UPDATE constraint in a portfolio",
    "P117": "TEMPLATE and NOTIFICATION constraints of a product have different names",
    "P118": "A portfolio stays within Service Catalog's limits",
    "P119": "Rules are made of CloudFormation's rule functions",
    "P120": "Rules read parameters that the products' templates have",
    "P121": "Rules compare parameters with values that they can have",
    "P122": "A product has a LAUNCH or a STACKSET constraint in a portfolio, not both",
    "P123": "A share names an account or a node of the organization",
    "P124": "A share stands once in a portfolio",
    "P125": "Principals are shared with an organization or organizational unit",
    "P126": "A TagOption key stands once, with values that are active or inactive",
    "P127": "Rules read attributes that AWS knows of what a parameter names",
    "P128": "An EXTERNAL product has no constraint that only stacks know",
    "P129": "An EXTERNAL product has a LAUNCH constraint",
    "P130": "A family is called like its folder",
    "P131": "Template and content exist, inside the family's folder",
    "P132": "An axis is not called like something else that templates see",
    "P133": "Combinations name every axis, with values it has",
    "P134": "Placeholders of a display name are axes",
    "P135": "Products differ in key and display name",
    "P136": "Keys, launch roles and display names fit into AWS's names",
    "P137": "A folder of templates has templates whose names can be part of a product's key, and no axes",
    "P138": "An EXTERNAL product has an archive, an existing launch role, and no axes",
    "P139": "A product is in a portfolio",
    "P140": "A family's version is not behind one that it names as published",
    "P150": "A launch config has no field that its tier, source or network does not use",
    "P151": "A launch config has every field that its tier, source or network needs",
    "P152": "Logs of the tier enterprise are kept for a year or more",
    "P153": "The names that a launch config makes fit into AWS's names",
    "P154": "A launch config's file is called after its content",
    "P155": "A launch config is for a product that exists",
    "P156": "A launch config is for a product that is not being retired",
    "P160": "A target's role is of its account",
    "P161": "An account and Region is one target",
    "P162": "A variable of a portfolio is not a misspelt one of the targets",
    "P163": "A target's Regions and role are of one partition",
    "P164": "A target's Region is one that the portfolios' templates are linted for",
    "P165": "Of several accounts all but the caller's have a role",
    "P166": "A variable of the targets is read by a portfolio",
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
    rows = [{"id": rule, "title": title, "source_url": ""} for rule, title in _TITLES.items()]
    checks: tuple[Rule | Check, ...] = (*RULES, *CHECKS)
    rows += [{"id": it.id, "title": it.title, "source_url": it.source_url} for it in checks]
    return sorted(rows, key=lambda row: row["id"])


def markdown() -> str:
    """The table as docs/rules.md has it."""
    lines = [_INTRODUCTION, "| rule | what holds |", "|---|---|"]
    for row in table():
        source = f" ([source]({row['source_url']}))" if row["source_url"] else ""
        lines.append(f"| {row['id']} | {row['title']}{source} |")
    return "\n".join(lines) + "\n"
