"""The starting content runs its own tests, and reads only variables that the builds set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from botocore import xform_name
from moto.core.utils import get_service_model
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.products.family import resources


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


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
    assert (
        "python -m pip install --quiet --no-deps --requirement requirements.txt"
        in (buildspec["phases"]["install"]["commands"])
    )
    assert (folder / "README.md").is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_dependencies_are_pinned_whole(folder: Path) -> None:
    """What these need is among them, as far as it is installed here."""
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert lines == sorted(lines)
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]+", line) for line in lines)
    pinned = {line.partition("==")[0] for line in lines}
    known: set[str] = set()
    for name in pinned:
        with suppress(PackageNotFoundError):
            needs = [Requirement(text) for text in requires(name) or ()]
            known |= {canonicalize_name(it.name) for it in needs if not it.marker or it.marker.evaluate()}
    assert known >= {"botocore", "s3transfer", "jmespath", "urllib3", "six"}
    assert known <= pinned


def test_the_deploy_build_says_whether_a_model_is_approved() -> None:
    """CodeBuild hands exported variables to the pipeline, whose approval is skipped when it says none."""
    buildspec = yaml.safe_load((CONTENT / "model-deploy/buildspec.yml").read_text())
    assert buildspec["env"] == {"exported-variables": ["MODEL_PACKAGE_ARN"]}
    assert buildspec["phases"]["build"]["commands"] == [
        'python deploy.py "$STAGE"',
        'export MODEL_PACKAGE_ARN="$(cat release.txt)"',
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_empty_file(folder: Path) -> None:
    """CodeCommit's first commit refuses an archive with one."""
    assert [path for path in folder.rglob("*") if path.is_file() and not path.stat().st_size] == []


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


@pytest.mark.parametrize(("folder", "role"), [("model-build", "BuildRole"), ("model-deploy", "DeployRole")])
def test_the_role_allows_what_the_code_calls(folder: str, role: str) -> None:
    source = "".join(path.read_text() for path in sorted((CONTENT / folder).glob("*.py")))
    operations = get_service_model("sagemaker").operation_names
    called = {
        f"sagemaker:{name}" for name in operations if re.search(rf"sagemaker\.{xform_name(name)}\b", source)
    }
    (policy,) = resources("ml-project-starter-s3", "AWS::IAM::Role")[role]["Policies"]
    allowed = {action for it in policy["PolicyDocument"]["Statement"] for action in listed(it["Action"])}
    assert called - allowed == set()
    assert len(called) >= 6
