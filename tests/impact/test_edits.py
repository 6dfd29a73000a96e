"""Edits of templates, and what each does to launches as AWS documents it: the rows of two tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from publisher.impact import judge, needed_bump, worst
from publisher.templates.cloudformation import parse
from tests.conftest import cases

HERE = Path(__file__).parent
PROPERTIES: list[dict[str, Any]] = yaml.safe_load((HERE / "property_edits.yaml").read_text(encoding="utf-8"))
# Read as a template, for its short forms.
EDITS = parse((HERE / "template_edits.yaml").read_text(encoding="utf-8"), "template_edits.yaml").value
del EDITS["Resources"]
# What the words of AWS's reference allow us to say.
MEANING = {
    "No interruption": {"in place"},
    "Some interruptions": {"in place", "possible replacement"},
    "Replacement": {"replacement"},
    "Updates are not supported": {"refused"},
    "the update request fails": {"refused"},
}


def merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    found = {**before}
    for section, entries in after.items():
        if isinstance(entries, Mapping) and section != "Metadata":
            entries = {**before.get(section, {}), **entries}
            entries = {name: it for name, it in entries.items() if it != "gone"}
        found[section] = entries
    return found


@cases("row", {f"{it['type']} {it['property']}": it for it in PROPERTIES})
def test_a_property_is_updated_as_the_reference_says(row: dict[str, Any]) -> None:
    before, after = (
        {"Resources": {"It": {"Type": row["type"], "Properties": {row["property"]: row[it]}}}}
        for it in ("before", "after")
    )
    changes = judge(before, after)
    (effect,) = {it.effect for it in changes}
    found = {"effect": effect, "level": worst(changes), "bump": needed_bump(changes)}
    assert found | {"at_stake": changes[0].at_stake} == {
        "effect": row["effect"],
        "level": row["level"],
        "bump": row["bump"],
        "at_stake": row.get("at_stake", ""),
    }
    assert effect in MEANING[row["says"]]


@cases("row", EDITS)
def test_a_template_is_updated_as_documented(row: dict[str, Any]) -> None:
    changes = judge(row["before"], merged(row["before"], row["after"]))
    assert [[it.effect, it.path, it.level] for it in changes] == row["changes"]
    assert needed_bump(changes) == row["bump"]


def test_every_edit_cites_the_page_that_says_it() -> None:
    own = {it["source"] for it in PROPERTIES}
    assert all(it.startswith("aws-") and ".html#" in it for it in own) and len(own) == len(PROPERTIES)
    pages = [it["source"].split("/")[2] for it in EDITS.values()]
    assert {it: pages.count(it) for it in pages} == {"docs.aws.amazon.com": len(EDITS) - 1, "github.com": 1}
