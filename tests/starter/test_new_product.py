"""`new product`: a family in a repository that people have written in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, cases, write_files

TEMPLATE: dict[str, Any] = {
    "Description": "A topic\n for <news>",
    "Parameters": {"Days": {"Type": "Number", "Default": 3}, "Vpc": {"Type": "AWS::EC2::VPC::Id"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Description": "Its ARN"}},
}
PORTFOLIO = """# Ours
display_name: Shop
provider_name: The shop
regions: [us-west-2]
products:
  # The first one
  - product: old
    constraints:
      - type: LAUNCH
# At the end
"""
OLD = {
    "portfolio/shop.yaml": PORTFOLIO,
    "products/old/product.yaml": 'family: old\nversion: "1.0.0"\ndisplay_name: Old\nowner: me\n'
    "template: main.yaml\n",
    "products/old/main.yaml": "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(write_files(tmp_path / "shop", OLD))
    write_files(tmp_path, {"news.json": json.dumps(TEMPLATE)})
    return tmp_path / "shop"


def test_template_of_others_is_taken_as_it_is(shop: Path, run: Run) -> None:
    ran = run("--json", "new", "product", "news", "--from", "../news.json")
    assert (ran.code, ran.document["written"], ran.document["missing"]) == (
        0,
        [
            "configs/news.yaml.example",
            "products/news/README.md",
            "products/news/product.yaml",
            "products/news/template.json",
        ],
        [],
    )
    assert (shop / "products/news/template.json").read_text() == json.dumps(TEMPLATE)
    assert (shop / "portfolio/shop.yaml").read_text() == PORTFOLIO.replace(
        "# At", "  - product: news\n    constraints:\n    - type: LAUNCH\n# At"
    )
    found = {(it["rule"], it["severity"], it["path"]) for it in ran.document["problems"]}
    assert ("T106", "warning", "products/news/template.json") in found
    page = (shop / "products/news/README.md").read_text()
    assert page.startswith("# news\nA topic for &#60;news&#62;\n")
    assert "| `Vpc` | `AWS::EC2::VPC::Id` |" in page and "| `Arn` | Its ARN |" in page
    assert "\n  Vpc: " in (shop / "configs/news.yaml.example").read_text()
    assert run("validate").code == 0
    assert run("docs", "--check").code == 0


def test_what_is_wrong_with_a_template_is_reported(shop: Path, run: Run) -> None:
    """SAM, macros and nested stacks too: by the same rules as in every other file."""
    template = TEMPLATE | {"Transform": "AWS::Serverless-2016-10-31"}
    Path("../news.json").write_text(json.dumps(template))
    ran = run("new", "product", "news", "--from", "../news.json")
    assert ran.code == 0
    assert "T109 warning: the template has a transform\n" in ran.out
    assert "T030 the launch policy of transform AWS::Serverless-2016-10-31 cannot be derived" in ran.out
    assert ran.out.endswith("next:\n  publisher validate\n")


def test_killed_run_is_finished_by_the_next(shop: Path, run: Run) -> None:
    """The family's folder comes last: without it all the rest may be there."""
    run("new", "product", "news", "--from", "../news.json")
    before = (shop / "portfolio/shop.yaml").read_text()
    moved = (shop / "products/news").rename(shop.parent / "moved")
    assert run("new", "product", "news", "--from", "../news.json").code == 0
    assert (shop / "portfolio/shop.yaml").read_text() == before
    assert {it.name for it in moved.iterdir()} == {it.name for it in (shop / "products/news").iterdir()}


@cases(
    ("files", "entries"),
    {
        "a glob of its own": ({}, ["news-*"]),
        "another product has its glob": (
            {"products/news-1/product.yaml": OLD["products/old/product.yaml"].replace("old", "news-1")}
            | {"products/news-1/main.yaml": OLD["products/old/main.yaml"]},
            ["news-kms", "news-s3"],
        ),
        "the portfolio has it": (
            {"portfolio/shop.yaml": PORTFOLIO.replace("product: old", "product: '*'")},
            [],
        ),
    },
)
def test_entries_of_an_example(files: Mapping[str, str], entries: list[str], shop: Path, run: Run) -> None:
    write_files(shop, files)
    before = (shop / "portfolio/shop.yaml").read_text()
    ran = run("--json", "new", "product", "news")
    assert ran.code == 0, ran.out
    added = [line for line in (shop / "portfolio/shop.yaml").read_text().splitlines() if "news" in line]
    assert added == [f"  - product: {it}" for it in entries]
    assert bool(entries) == ((shop / "portfolio/shop.yaml").read_text() != before)


def test_portfolio_in_flow_style_is_left_to_its_owner(shop: Path, run: Run) -> None:
    text = "display_name: Shop\nprovider_name: P\nregions: [us-west-2]\nproducts: [{product: old}]\n"
    write_files(shop, {"portfolio/shop.yaml": text})
    ran = run("new", "product", "news")
    assert ran.code == 0
    line = (
        'add to products in portfolio/shop.yaml: - {"product": "news-*", "constraints": [{"type": "LAUNCH"}]}'
    )
    assert line in ran.out.splitlines()
    assert (shop / "portfolio/shop.yaml").read_text() == text


def test_one_of_several_portfolios(shop: Path, run: Run) -> None:
    write_files(shop, {"portfolio/fair.yaml": PORTFOLIO})
    ran = run("new", "product", "news")
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        2,
        ["error: the repository has 2 portfolios (fair, shop)", "hint: choose one with --portfolio"],
    )
    assert run("--json", "new", "product", "news", "--portfolio", "fair").document["portfolio"] == "fair"
    assert (shop / "portfolio/shop.yaml").read_text() == PORTFOLIO


def test_nothing_is_written_through_a_symlink(shop: Path, run: Run) -> None:
    (shop / "products").rename(shop.parent / "outside")
    (shop / "products").symlink_to("../outside")
    ran = run("new", "product", "news")
    assert ran.code == 2, ran.out
    assert sorted(it.name for it in (shop.parent / "outside").iterdir()) == ["old"]
    assert not (shop / "configs").exists()


def test_config_of_a_product(shop: Path, run: Run) -> None:
    run("new", "product", "news", "--from", "../news.json")
    ran = run("new", "config", "news")
    assert (ran.code, ran.out) == (0, (shop / "configs/news.yaml.example").read_text())
    assert run("--json", "new", "config", "news").document == {"product": "news", "config": ran.out}
    many = run("new", "config", "*")
    assert (many.code, many.err) == (2, "error: '*' matches 2 products\nhint: name one of them\n")
