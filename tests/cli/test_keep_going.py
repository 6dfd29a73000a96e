"""plan and sync with --keep-going: what is wrong is left out and reported, the rest is published."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.cli.conftest import Project
from tests.cli.test_catalog import TARGET

FAULT = "{% if size == 'big' %}{{ nothing }}{% endif %}"
PLACE = "products/studio/template/main.yaml.j2:3:30: T002 'nothing' is undefined"


@pytest.fixture
def wrong(project: Project) -> Project:
    """One of two products cannot be rendered."""
    project.bootstrap()
    project.edit("products/studio/template/main.yaml.j2", "Resources:", f"{FAULT}\nResources:")
    return project


def published() -> list[str]:
    found = boto3.client("servicecatalog").search_products_as_admin()["ProductViewDetails"]
    return sorted(it["ProductViewSummary"]["Name"] for it in found)


def test_by_default_nothing_is_written(wrong: Project) -> None:
    ran = wrong.run("sync", "--yes")
    assert (ran.code, published()) == (2, [])
    assert ran.err.endswith("hint: 1 of 2 products is OK; --keep-going publishes it\n")
    document = wrong.run("--json", "plan").document
    assert document["error"]["hint"] == "1 of 2 products is OK; --keep-going publishes it"


def test_the_rest_is_published(wrong: Project) -> None:
    ran = wrong.run("sync", "--yes", "--keep-going")
    assert (ran.code, published()) == (1, ["Studio small"])
    row = next(line for line in ran.out.splitlines() if line.startswith("  hold"))
    assert row.split()[:3] == ["hold", "Product", "studio-big"]
    problem = row.partition("studio-big  ")[2].strip().rpartition("; ")[0]
    assert ran.err.splitlines()[-2:] == [
        f"error: held up: product studio-big ({problem})",
        "hint: fix these problems, then run publisher sync again",
    ]
    wrong.edit("products/studio/template/main.yaml.j2", FAULT, "")
    assert (wrong.run("sync", "--yes").code, published()) == (0, ["Studio big", "Studio small"])


def test_a_published_product_stays_in_spite_of_prune(wrong: Project) -> None:
    wrong.edit("products/studio/template/main.yaml.j2", FAULT, "")
    wrong.run("sync", "--yes")
    wrong.edit("products/studio/template/main.yaml.j2", "Resources:", f"{FAULT}\nResources:")
    ran = wrong.run("--json", "sync", "--yes", "--prune", "--allow", "delete", "--keep-going")
    assert (ran.code, ran.document["outcomes"], published()) == (1, [], ["Studio big", "Studio small"])
    (entry,) = ran.document["plans"][0]["held_up"]
    assert (entry["product"], entry["problems"][0]["rule"]) == ("studio-big", "T002")
    assert ran.document["error"]["message"].startswith("held up: product studio-big (products/studio/")
    text = wrong.run("plan", "--keep-going", "--format", "markdown")
    assert text.code == 1
    assert (
        "- <code>hold</code> <code>Product</code> <code>studio-big</code> <code>products/studio/" in text.out
    )


def test_a_saved_plan_applies_the_same_part(wrong: Project) -> None:
    file = str(wrong.root / "plan.json")
    saved = wrong.run("plan", "--keep-going", "-o", file)
    assert saved.code == 1
    assert json.loads((wrong.root / "plan.json").read_text())["options"]["keep_going"] is True
    refused = wrong.run("sync", file, "--keep-going")
    assert (refused.code, refused.err) == (
        2,
        "error: --keep-going cannot be combined with a saved plan\n"
        "hint: save the plan with publisher plan --keep-going -o FILE\n",
    )
    assert (wrong.run("sync", file, "--yes").code, published()) == (1, ["Studio small"])
    fixed = wrong.run("plan", "--keep-going", "-o", file)
    wrong.edit("products/studio/template/main.yaml.j2", FAULT, "")
    ran = wrong.run("sync", file, "--yes")
    assert (fixed.code, ran.code) == (1, 3)
    assert "error: the files have changed since the plan was made\n" in ran.err


def test_a_template_that_lint_refuses_is_left_out(project: Project) -> None:
    project.bootstrap()
    project.edit(
        "products/studio/template/main.yaml.j2",
        "  Second:\n    Type: AWS::SNS::Topic",
        "  Second:\n    Type: AWS::SNS::Topic\n    Properties: {Nope: x}",
    )
    ran = project.run("sync", "--yes")
    assert (ran.code, published()) == (2, [])
    assert ran.err.endswith("hint: 1 of 2 products is OK; --keep-going publishes it\n")
    ran = project.run("sync", "--yes", "--keep-going")
    assert (ran.code, published()) == (1, ["Studio small"])
    assert "error: held up: product studio-big (studio-big.template.yaml:" in ran.err


def test_what_may_concern_everything_stops_everything(project: Project) -> None:
    project.bootstrap()
    project.write("configs/targets.yaml", "{")
    ran = project.run("sync", "--yes", "--keep-going")
    assert (ran.code, published()) == (2, [])
    assert ran.err.startswith("error: configs/targets.yaml:")


def test_a_wrong_config_holds_up_nothing(project: Project) -> None:
    project.bootstrap()
    project.write("configs/wrong.yaml", "{")
    ran = project.run("sync", "--yes", "--keep-going")
    assert (ran.code, published()) == (0, ["Studio big", "Studio small"])
    assert TARGET in ran.out
