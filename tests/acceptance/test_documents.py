"""Pages of docs/ whose commands are run as a reader would run them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import DECLARATIONS, Local, Run, cases, whole
from tests.documents_run import Session, steps

# Title of a launch → the tier, source control, VPC mode and VPC source of the only product that it needs.
LIVES = {
    "A starter project": ("starter", "codecommit", "none", "none"),
    "A professional project": ("professional", "codecommit", "none", "none"),
    "An enterprise project": ("enterprise", "codecommit", "standalone", "ssm"),
    "A plain product": (),
}


def only(project: Path, axes: Sequence[str]) -> None:
    """Leaves of a project what one launch needs: to publish everything would take most of the time."""
    if not axes:
        for name in DECLARATIONS:
            shutil.rmtree(project / name)
        return
    tier, source_control, *_ = axes
    (portfolio, *others) = sorted((project / "portfolio").iterdir(), key=lambda it: it.stem != "ml-platform")
    (family, *families) = sorted((project / "products").iterdir(), key=lambda it: it.name != "ml-project")
    for one in others:
        one.unlink()
    for one in families:
        shutil.rmtree(one)
    for one in (project / "configs").iterdir():
        if not re.search(f"tier: {tier}\n(.*\n)*  source_control: {source_control}\n", one.read_text()):
            one.unlink()
    text = portfolio.read_text().replace("[us-west-2, us-east-1, eu-west-1]", "[us-west-2]")
    if tier != "enterprise":
        text = text.partition("  - product: ml-project-enterprise-*")[0]
    portfolio.write_text(text)
    path, names = family / "product.yaml", ("tier", "source_control", "vpc_mode", "vpc_source")
    combination = ", ".join(f"{name}: [{value}]" for name, value in zip(names, axes, strict=True))
    path.write_text(
        re.sub(r"combinations:\n(  .*\n)+", f"combinations:\n  - {{{combination}}}\n", path.read_text())
    )


@cases("life", {life: life if life == "A plain product" else whole(life) for life in LIVES})
def test_life_of_a_launch(
    life: str, local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(local.project, LIVES[life])
    session = Session(local, run, monkeypatch, tmp_path / "programs")
    for step in steps("docs/life-of-a-launch.md", *(one for one in LIVES if one != life)):
        session.check(step)
