"""The starting content runs its own tests, and reads only variables that the builds set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore import xform_name
from moto.core.utils import get_service_model
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from publisher.templates.render import render_all
from tests.conftest import ROOT, cases
from tests.products.family import repository


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


PRODUCTS = ROOT / "products"
FOLDERS = [
    pytest.param(folder, id=f"{folder.parent.parent.name}-{folder.name}")
    for folder in sorted(PRODUCTS.glob("*/content/*"))
]
ML_PROJECT, MODEL_DEPLOY = "ml-project/content/", "sagemaker-model-deploy/content/model-deploy/"
ENTERPRISE = "ml-project-enterprise-codecommit-standalone-ssm"
ORGANIZATION, ACCOUNT = (f"sagemaker-model-deploy-codecommit-{it}" for it in ("organization", "account"))
OF_CODEBUILD = {"AWS_REGION", "CODEBUILD_BUILD_ID"}


def sources(files: str) -> str:
    return "".join(path.read_text() for path in sorted(PRODUCTS.glob(files)))


def resources(product: str) -> Any:
    (found,) = render_all(repository().select(product))
    return found.template["Resources"]


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


@cases(
    ("folder", "command"),
    {
        "ml-project": (f"{ML_PROJECT}model-deploy", 'python deploy.py "$STAGE"'),
        "sagemaker-model-deploy": (MODEL_DEPLOY, "python build.py"),
    },
)
def test_the_deploy_build_says_whether_a_model_is_approved(folder: str, command: str) -> None:
    """CodeBuild hands exported variables to the pipeline, whose approval is skipped when it says none."""
    buildspec = yaml.safe_load((PRODUCTS / folder / "buildspec.yml").read_text())
    assert buildspec["env"] == {"exported-variables": ["MODEL_PACKAGE_ARN"]}
    assert buildspec["phases"]["build"]["commands"] == [
        command,
        'export MODEL_PACKAGE_ARN="$(cat release.txt)"',
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_empty_file(folder: Path) -> None:
    """CodeCommit's first commit refuses an archive with one."""
    assert [path for path in folder.rglob("*") if path.is_file() and not path.stat().st_size] == []


@cases(
    ("product", "project", "files", "some"),
    {
        "model-build": (ENTERPRISE, "BuildProject", f"{ML_PROJECT}model-build/*.py", {"SUBNET_IDS"}),
        "model-deploy": (ENTERPRISE, "DeployProject", f"{ML_PROJECT}model-deploy/*.py", {"KMS_KEY_ARN"}),
        "build": (ORGANIZATION, "BuildProject", f"{MODEL_DEPLOY}build.py", {"EXPORT_TEMPLATE_NAME"}),
        "deploy": (ORGANIZATION, "DeployProject", f"{MODEL_DEPLOY}deploy.py", {"STACK_SET_NAME", "CALL_AS"}),
        "test": (ORGANIZATION, "TestProject", f"{MODEL_DEPLOY}call_endpoint.py", {"STACK_SET_NAME"}),
        "test in an account": (ACCOUNT, "TestProject", f"{MODEL_DEPLOY}call_endpoint.py", {"BUILD_CONFIG"}),
    },
)
def test_every_variable_that_is_read_is_set(product: str, project: str, files: str, some: set[str]) -> None:
    """By the build project, or by the pipeline's action."""
    read = set(re.findall(r"environ(?:ment)?(?:\[|\.get\()['\"]([A-Z_]+)['\"]", sources(files)))
    found = resources(product)
    properties = found[project]["Properties"]
    set_ = {variable["Name"] for variable in properties["Environment"]["EnvironmentVariables"]}
    for pipeline in (
        it["Properties"] for it in found.values() if it["Type"].endswith("CodePipeline::Pipeline")
    ):
        for action in (it for stage in pipeline["Stages"] for it in stage["Actions"]):
            if action["Configuration"].get("ProjectName") == {"Ref": project}:
                set_ |= {*re.findall(r'"name": ?"([A-Z_]+)"', str(action["Configuration"]))}
    of_other_target = {"STAGING_ACCOUNT_ID"} if product == ORGANIZATION else set()
    of_other_target |= {"STACK_SET_NAME", "CALL_AS"} if product == ACCOUNT else set()
    assert read - OF_CODEBUILD - of_other_target - {"CODEBUILD_SRC_DIR_BuildArtifact"} <= set_
    assert some <= read


@cases(
    ("product", "role", "service", "files", "least"),
    {
        "model-build": (
            "ml-project-starter-s3",
            "BuildRole",
            "sagemaker",
            f"{ML_PROJECT}model-build/*.py",
            6,
        ),
        "model-deploy": (
            "ml-project-starter-s3",
            "DeployRole",
            "sagemaker",
            f"{ML_PROJECT}model-deploy/*.py",
            6,
        ),
        "build": (ORGANIZATION, "BuildRole", "sagemaker", f"{MODEL_DEPLOY}build.py", 2),
        "deploy": (ORGANIZATION, "DeployRole", "cloudformation", f"{MODEL_DEPLOY}stack_set.py", 9),
        "test": (ORGANIZATION, "TestRole", "sts", f"{MODEL_DEPLOY}call_endpoint.py", 1),
        "test there": (
            "sagemaker-deploy-role",
            "DeployRole",
            "sagemaker",
            f"{MODEL_DEPLOY}call_endpoint.py",
            1,
        ),
    },
)
def test_the_role_allows_what_the_code_calls(
    product: str, role: str, service: str, files: str, least: int
) -> None:
    """GetCallerIdentity needs no permission."""
    source = sources(files)
    called = {
        f"{service}:{name}"
        for name in get_service_model(service).operation_names
        if re.search(rf"[.\"]{xform_name(name)}\b", source)
    } - {"sts:GetCallerIdentity"}
    (policy,) = resources(product)[role]["Properties"]["Policies"]
    statements = [it for it in policy["PolicyDocument"]["Statement"] if "Action" in it]
    allowed = {action for it in statements for action in listed(it["Action"])}
    assert called - allowed == set()
    assert len(called) >= least
