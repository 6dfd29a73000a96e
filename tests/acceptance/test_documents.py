"""Pages of docs/ whose commands are run as a reader would run them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import DECLARATIONS, Local, Run, cases, copy_family, whole
from tests.documents_run import Session, steps

AXES = ("tier", "source_control", "vpc_mode", "vpc_source")
Axes = tuple[str, str, str, str]
# Title of a launch → the tier, source control, VPC mode and VPC source of the only products that it needs.
STARTER: Axes = ("starter", "codecommit", "none", "none")
PROFESSIONAL: Axes = ("professional", "codecommit", "none", "none")
ENTERPRISE: Axes = ("enterprise", "codecommit", "standalone", "ssm")
LIVES = {
    # The form names outputs that only enterprise has.
    "A starter project": [STARTER, ENTERPRISE],
    "A professional project": [PROFESSIONAL, ENTERPRISE],
    "An enterprise project": [ENTERPRISE],
    "A plain product": [],
}


def only(project: Path, products: Sequence[Axes]) -> None:
    """Leaves of a project what a page needs: to publish everything would take most of the time."""
    for kept, folder in (("ml-platform.yaml", "portfolio"), ("ml-project", "products")):
        for one in (project / folder).iterdir():
            if one.is_dir() and (one.name != kept or not products):
                shutil.rmtree(one)
            elif one.is_file() and (one.name != kept or not products):
                one.unlink()
    for path in (project / "configs").iterdir():
        text = path.read_text()
        if not any(
            f"tier: {tier}\n" in text
            and f"source_control: {source}\n" in text
            and (mode == "none" or f"mode: {mode}\n    vpc_source: {network}\n" in text)
            for tier, source, mode, network in products
        ):
            path.unlink()
    if not products:
        return
    limit(project, "ml-project", "ml-platform", [dict(zip(AXES, axes, strict=True)) for axes in products])


def limit(project: Path, family: str, portfolio: str, combinations: Sequence[dict[str, str]]) -> None:
    """Leaves of a family these products, and of its portfolio one Region."""
    lines = ""
    for axes in combinations:
        lines += f"  - {{{', '.join(f'{name}: [{value}]' for name, value in axes.items())}}}\n"
    for path, pattern, replacement in (
        (f"products/{family}/product.yaml", r"(combinations:\n)(  .*\n)+", rf"\1{lines}"),
        (f"portfolio/{portfolio}.yaml", r"\[us-west-2, us-east-1, eu-west-1\]", "[us-west-2]"),
    ):
        text = (project / path).read_text()
        (project / path).write_text(re.sub(pattern, replacement, text))


@cases("life", {life: life if life == "A plain product" else whole(life) for life in LIVES})
def test_life_of_a_launch(
    life: str, local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(local.project, LIVES[life])
    session = Session(local, run, monkeypatch, tmp_path / "programs")
    for step in steps("docs/life-of-a-launch.md", *(one for one in LIVES if one != life)):
        session.check(step)


@pytest.mark.whole
def test_from_ml_provisioner(local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(local.project, [("starter", "s3", "none", "none"), PROFESSIONAL, ENTERPRISE])
    session = Session(local, run, monkeypatch, tmp_path / "programs")
    for step in steps("docs/from-ml-provisioner.md"):
        session.check(step)


# Of each family the product that the walk launches.
WALK = {
    "ml-project": ("ml-platform", [dict(zip(AXES, ENTERPRISE, strict=True))]),
    "account-blueprint": ("account-blueprints", [{"workload": "workload", "stage": "nonprod"}]),
    "sagemaker-model-deploy": ("sagemaker-projects", [{"source_control": "codecommit", "target": "account"}]),
    "sagemaker-deploy-role": ("sagemaker-projects", []),
}


def test_from_account_to_endpoint(
    local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in DECLARATIONS:
        shutil.rmtree(local.project / folder)
    for family, (portfolio, combinations) in WALK.items():
        copy_family(local.project, family, portfolio, "-")
        limit(local.project, family, portfolio, combinations)
    session = Session(local, run, monkeypatch, tmp_path / "programs")
    for step in steps("docs/from-account-to-endpoint.md"):
        session.check(step)


@pytest.mark.whole
def test_sagemaker_projects(local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only(local.project, [])
    family, portfolio = "sagemaker-model-deploy", "sagemaker-projects"
    copy_family(local.project, family, portfolio, "churn-units-*.yaml")
    limit(local.project, family, portfolio, [{"source_control": "codecommit", "target": "organization"}])
    session = Session(local, run, monkeypatch, tmp_path / "programs")
    run("-C", local.project, "--local", "bootstrap", "--yes")
    run("-C", local.project, "--local", "sync", "--yes")
    for step in steps("docs/sagemaker-projects.md"):
        session.check(step)
