"""The publishing build: its commands run against the local endpoint, in a copy of the project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Local, Run

BUILDSPEC: Any = yaml.safe_load((ROOT / "buildspec.yml").read_text(encoding="utf-8"))
PORTFOLIO = """\
display_name: ML
provider_name: ML
regions: [us-west-2]
products:
  - product: ml-project-starter-s3
    constraints:
      - type: LAUNCH
principals:
  - {principal_arn: "arn:aws:iam:::role/ml-team-*", principal_type: IAM_PATTERN}
"""
ONE_PRODUCT = """\
combinations:
  - {tier: [starter], source_control: [s3], vpc_mode: [none], vpc_source: [none]}
"""


class Build:
    """Runs the `build` phase in a project folder, as CodeBuild would."""

    def __init__(self, local: Local) -> None:
        self.folder, self._local = local.project, local
        program = self.folder / ".venv/bin/publisher"
        program.parent.mkdir(parents=True)
        program.write_text(
            f"#!/bin/sh\nexec {sys.executable} -c 'from publisher.cli import run; run()' \"$@\"\n"
        )
        program.chmod(0o755)

    def __call__(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            # None of the keys that moto puts there while it stands in for AWS in this process.
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_CONFIG_FILE": os.environ["AWS_CONFIG_FILE"],
            **BUILDSPEC["env"]["variables"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "AWS_ENDPOINT_URL": self._local.endpoint.url,
            "AWS_PROFILE": self._local.endpoint.admin_profile,
            **variables,
        }
        script = "\n".join(BUILDSPEC["phases"]["build"]["commands"])
        return subprocess.run(
            [BUILDSPEC["env"]["shell"], "-e", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )

    def review(self) -> Path:
        """The folder of the review's artifacts, as the publishing run gets them."""
        done = self()
        assert done.returncode == 0, done.stderr
        folder = self.folder.parent / "artifact"
        folder.mkdir()
        for pattern in BUILDSPEC["artifacts"]["files"]:
            for file in self.folder.glob(pattern):
                file.rename(folder / file.name)
        return folder


@pytest.fixture
def build(local: Local, run: Run) -> Build:
    for file in [*local.project.glob("configs/*"), *local.project.glob("portfolio/*")]:
        file.unlink()
    (local.project / "portfolio/ml.yaml").write_text(PORTFOLIO)
    # Each build reads all products, of which the portfolio has one.
    family = local.project / "products/ml-project"
    (family / "launch.yaml").unlink()
    before, _, rest = (family / "product.yaml").read_text().partition("combinations:")
    (family / "product.yaml").write_text(f"{before}{ONE_PRODUCT}template:{rest.partition('template:')[2]}")
    assert run("-C", local.project, "--local", "bootstrap", "--yes").code == 0
    return Build(local)


def products(local: Local) -> list[str]:
    found = local.client("servicecatalog").search_products_as_admin()["ProductViewDetails"]
    return [it["ProductViewSummary"]["Name"] for it in found]


def test_it_is_a_buildspec() -> None:
    assert BUILDSPEC["version"] == 0.2
    assert set(BUILDSPEC) <= {
        "version",
        "run-as",
        "env",
        "proxy",
        "batch",
        "phases",
        "reports",
        "artifacts",
        "cache",
    }
    assert set(BUILDSPEC["phases"]) <= {"install", "pre_build", "build", "post_build"}
    commands = [it for phase in BUILDSPEC["phases"].values() for it in phase["commands"]]
    assert {type(it) for it in commands} == {str}
    assert commands[:2] == ["make install", 'if [ -z "$PUBLISH_PLAN" ]; then make check; fi']


def test_exactly_the_reviewed_plan_is_published(build: Build, local: Local) -> None:
    artifact = build.review()
    assert sorted(it.name for it in artifact.iterdir()) == ["plan.html", "plan.json", "plan.md"]
    assert "7 changes: 6 to create, 1 to update" in (artifact / "plan.md").read_text()
    publishing = {"PUBLISH_PLAN": "plan.json", "CODEBUILD_SRC_DIR_plan": str(artifact)}

    reviewed = (artifact / "plan.json").read_text()
    (artifact / "plan.json").write_text(reviewed.replace("role/ml-team-*", "role/*"))
    done = build(**publishing)
    assert (done.returncode, products(local)) == (2, [])
    assert "was modified after it was saved (digest mismatch)" in done.stderr
    (artifact / "plan.json").write_text(reviewed)

    portfolio = build.folder / "portfolio/ml.yaml"
    portfolio.write_text(PORTFOLIO.replace("ml-team-*", "*"))
    done = build(**publishing)
    assert (done.returncode, products(local)) == (3, [])
    assert "the files have changed since the plan was made" in done.stderr
    portfolio.write_text(PORTFOLIO)

    done = build(**publishing)
    assert (done.returncode, products(local)) == (0, ["ML project: starter, S3"]), done.stderr
    assert (build.folder / "sync.txt").read_text() == done.stdout

    done = build(**publishing)
    assert done.returncode == 3
    assert "the account has changed since the plan was made" in done.stderr
