"""Versions that clash with what is published: reported by plan, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.account import REGION, Account
from tests.broken.case import Case, broken, make
from tests.conftest import Run

PRODUCT, TEMPLATE = "products/studio/product.yaml", "products/studio/main.yaml"
FILES = (
    (
        "portfolio/ml.yaml",
        "display_name: ML\nprovider_name: P\nregions: [us-west-2]\nproducts: [{product: studio}]\n",
    ),
    (
        PRODUCT,
        'family: studio\nversion: "1.1.0"\ndisplay_name: Studio\nowner: P\ntemplate: main.yaml\n'
        "support_url: https://example.com/help\n",
    ),
    (TEMPLATE, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"),
)
CHANGED = (TEMPLATE, "Topic: {Type", "Other: {Type")


CASES = (
    broken("version-with-other-content", CHANGED),
    broken("version-raised-too-little", CHANGED, (PRODUCT, "1.1.0", "1.2.0")),
    broken("version-goes-back", CHANGED, (PRODUCT, "1.1.0", "1.0.0")),
    broken(
        "version-of-another-type",
        (PRODUCT, "template: main.yaml", "template: main.yaml\nproduct_type: EXTERNAL\nlaunch_role: x"),
    ),
    broken("support-url-taken-away", (PRODUCT, "support_url: https://example.com/help\n", "")),
)
HELD_UP = (
    broken("budget-that-does-not-exist", (PRODUCT, "owner: P", "owner: P\nbudget: ml")),
    broken(
        "launch-role-that-does-not-exist",
        ("portfolio/ml.yaml", "{product: studio}", "{product: studio, constraints: [{type: LAUNCH}]}"),
    ),
)


@pytest.fixture
def published(tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """A small project, as it is published."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for file in FILES:
        make(tmp_path, file)
    account.build.bucket()
    assert run("-C", tmp_path, "sync", "--yes").code == 0
    return tmp_path


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_output(case: Case, published: Path, run: Run) -> None:
    for edit in case.edits:
        make(published, edit)
    ran = run("-C", published, "plan")
    assert (ran.code, ran.out + ran.err) == (2, case.expected)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in HELD_UP])
def test_output_of_what_is_held_up(case: Case, published: Path, run: Run) -> None:
    for edit in case.edits:
        make(published, edit)
    ran = run("-C", published, "sync", "--yes", "--keep-going")
    assert (ran.code, ran.out + ran.err) == (1, case.expected)
