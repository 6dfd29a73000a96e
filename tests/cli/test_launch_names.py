"""A launch is found by its name, or by a config's file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import quoted
from tests.account import REGION
from tests.cli.launch_project import CONFIG, PUBLISHER, Publisher, clock
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Ran, Run, write_files
from tests.launch.account import NAME, PATH, PLACE, PRODUCT, STEM, Account, launch_request


def test_outputs_by_name(launched: Any, publisher: Publisher) -> None:
    assert publisher("--json", "outputs", NAME).document == launched


def test_outputs_by_an_alternative(launched: Any, publisher: Publisher, project: Path) -> None:
    path = "configs/edge-prod-b001-us-west-2-fraud-ml-codecommit.yaml"
    text = CONFIG.replace("source_control: s3", "source_control: codecommit").replace(
        "  s3_prefix: edge-source\n", ""
    )
    (project / path).write_text(text)
    ran = publisher("--json", "outputs", path)
    assert (ran.code, ran.document) == (0, launched)
    assert ran.err == f"{NAME}: launched from config '{STEM}'\n"
    assert publisher("terminate", path, "--force").err == (
        f"error: {NAME}: launched from config '{STEM}', not from {path}: "
        f"{PRODUCT} 1.0.0\nhint: run {PUBLISHER} terminate {NAME} to delete it by its name\n"
    )


def test_outputs_of_nothing(account: Account, publisher: Publisher) -> None:
    assert publisher("outputs", "nobody") == Ran(
        code=1,
        out="",
        err=f"error: nobody: no launch has this name in {PLACE}\n"
        f"hint: launch it with {PUBLISHER} launch CONFIG, or choose another --profile or --region\n",
    )


def test_the_hints_of_outputs_run_as_they_are(launched: Any, publisher: Publisher, run: Run) -> None:
    """From another folder, as the folder that was given is in them."""
    shown = publisher("outputs", NAME).out
    found = re.search(r"publisher (.*alerts \S+) --wait", shown)
    assert found is not None
    pasted = shlex.split(found[1])
    assert pasted == ["--region", REGION, "alerts", NAME]
    assert publisher(*pasted[2:], "--resend").code == 0


def test_a_config_by_its_path_from_here(
    account: Account, publisher: Publisher, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "configs")
    assert publisher("outputs", f"{STEM}.yaml").err.startswith(f"error: {NAME}: no launch has this name")


def test_a_config_of_the_project_goes_before_one_from_here(
    account: Account, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / "elsewhere", {PATH: "not: a config"})
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert publisher("outputs", PATH).err.startswith(f"error: {NAME}: no launch has this name")


def test_a_config_whose_path_begins_with_a_hyphen(launched: Any, project: Path, publisher: Publisher) -> None:
    (project / "-d").mkdir()
    (project / PATH).rename(project / f"-d/{STEM}.yaml")
    ran = publisher("terminate", "--", f"-d/{STEM}.yaml")
    proposed = f"hint: run {PUBLISHER} terminate ./-d/{STEM}.yaml --force"
    assert (ran.code, ran.err.splitlines()[-1]) == (3, proposed)
    assert publisher("terminate", f"./-d/{STEM}.yaml", "--force").code == 0


@pytest.mark.parametrize("command", ["outputs", "terminate"])
@pytest.mark.parametrize("word", ["", "a b", "n" * 129, "-x", "a\nb"])
def test_what_is_neither_a_config_nor_a_name(command: str, word: str, publisher: Publisher) -> None:
    assert publisher(command, "--", word) == Ran(
        code=2,
        out="",
        err=f"error: {quoted(word)} is neither a launch config's file nor a launch's name\n"
        "hint: use a file like configs/x.yaml, or the name of a launch\n",
    )


@pytest.mark.parametrize("name", ["theirs", "theirs.yaml"])
def test_a_launch_of_others_by_name_without_any_files(
    name: str, account: Account, run: Run, tmp_path: Path
) -> None:
    """Launched in the console, of a product of somebody else."""
    product_id = account.publish("Theirs", role="launch-" + PRODUCT)
    account.aws.client("servicecatalog").provision_product(
        ProductId=product_id,
        ProvisioningArtifactName="1.0.0",
        ProvisionedProductName=name,
        ProvisioningParameters=[
            {"Key": key, "Value": value} for key, value in launch_request().parameters.items()
        ],
    )
    connect = account.connect
    for command, code in (("outputs", 0), ("alerts", 0), ("terminate", 3)):
        assert run("-C", tmp_path, command, name, connect=connect).code == code
    done = run("-C", tmp_path, "terminate", name, "--force", connect=connect, clock=clock())
    assert (done.code, done.out.splitlines()[0].startswith(f"{name}: terminated")) == (0, True)
