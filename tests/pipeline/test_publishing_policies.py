"""What roles are given to plan and to sync is all that plan and sync ask for, whatever the files use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli.catalog import Allow
from publisher.declarations import load
from publisher.permissions.publishing import Reached, Step, publishing_policies
from tests.catalog.conftest import Account
from tests.catalog.test_everything import ACCOUNT, Tools
from tests.conftest import Run
from tests.pipeline.build_role import Role

ALLOWED = [word for it in Allow for word in ("--allow", it.value)]


@pytest.fixture
def tools(moto: None, tmp_path: Path) -> Tools:
    account = Account()
    made = Tools(account, tmp_path / "project")
    made.edit("products/engine/product.yaml", "retire: deprecate\n", "")
    (made.folder / "configs/targets.yaml").unlink()
    account.aws.client("sns").create_topic(Name="operations")
    for role in ("launch-tools", "launch-engine", "stack-sets"):
        account.role(role, service="servicecatalog.amazonaws.com")
    return made


def run_as(step: Step, run: Run, folder: Path, *words: str) -> None:
    """Runs a command as a role with only what the step needs. plan goes on where a read is denied."""
    reached = Reached.of(None, account_id=ACCOUNT, region="us-west-2")
    found = publishing_policies(step, load(folder), reached, prune=True)
    texts = [json.dumps(it.resolved(partition="aws", account_id=ACCOUNT)) for it in found]
    role = Role(arn=f"arn:aws:iam::{ACCOUNT}:role/{step}", policies=texts, boundary=[])
    ran = run("-C", folder, "--region", "us-west-2", *words, connect=role.identities())
    assert (ran.code, role.denied) == (0, []), ran.err


def test_plan_and_sync_of_everything(tools: Tools, run: Run) -> None:
    run_as("plan", run, tools.folder, "plan", "--prune")
    run_as("sync", run, tools.folder, "sync", "--yes", *ALLOWED)
    path, text = "portfolio/tools.yaml", tools.text("portfolio/tools.yaml")
    beginning, _, rest = text.partition("principals:\n")
    tools.write(path, beginning + "products:\n" + rest.partition("\nproducts:\n")[2])
    run_as("sync", run, tools.folder, "sync", "--yes", "--prune", *ALLOWED)
