"""The starting content runs its own tests, and reads only variables that the builds set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.products.family import resources

CONTENT = ROOT / "products/ml-project/content"
FOLDERS = [pytest.param(CONTENT / name, id=name) for name in ("model-build", "model-deploy")]
OF_CODEBUILD = {"AWS_REGION", "CODEBUILD_BUILD_ID"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_own_tests_pass(folder: Path) -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error", "-m", "unittest"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Ran [1-9]\d* tests", done.stderr)


@pytest.mark.parametrize("folder", FOLDERS)
def test_files(folder: Path) -> None:
    buildspec = yaml.safe_load((folder / "buildspec.yml").read_text())
    assert buildspec["version"] == 0.2
    assert "python -m unittest" in buildspec["phases"]["pre_build"]["commands"]
    pinned = (folder / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in pinned)
    assert (folder / "README.md").is_file()


@pytest.mark.parametrize(
    ("folder", "project"), [("model-build", "BuildProject"), ("model-deploy", "DeployProject")]
)
def test_every_variable_that_is_read_is_set(folder: str, project: str) -> None:
    source = "".join(path.read_text() for path in sorted((CONTENT / folder).glob("*.py")))
    read = set(re.findall(r"environ(?:ment)?(?:\[|\.get\()['\"]([A-Z_]+)['\"]", source))
    projects = resources("ml-project-enterprise-codecommit-standalone-ssm", "AWS::CodeBuild::Project")
    set_ = {variable["Name"] for variable in projects[project]["Environment"]["EnvironmentVariables"]}
    assert read - OF_CODEBUILD <= set_
    assert {"KMS_KEY_ARN", "SUBNET_IDS", "SECURITY_GROUP_ID"} <= read
