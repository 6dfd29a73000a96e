"""What roles are given to plan, sync and bootstrap is all that these ask for, whatever the files use."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session
from catalog_emulator.iam.actions import actions_of

import tests.account
from publisher.cli.catalog import Allow
from publisher.declarations import load
from publisher.permissions.known_types import read_data
from publisher.permissions.publishing import Reached, Step, publishing_policies
from tests.catalog.conftest import Account
from tests.catalog.test_everything import ACCOUNT, Tools
from tests.cli.test_sagemaker_templates import Door
from tests.conftest import ROOT, Run
from tests.pipeline.build_role import Role

ALLOWED = [word for it in Allow for word in ("--allow", it.value)]
SERVICES = (
    *("budgets", "cloudformation", "iam", "organizations", "s3", "sagemaker", "servicecatalog"),
    *("service-quotas", "sns", "ssm"),
)
# What other commands do: `bootstrap --stack-set`, `--remove` and `--blueprint-access`; STS needs no list.
OTHERS = {
    *("bootstrap/blueprint_access.py", "bootstrap/organization.py", "bootstrap/stack_sets.py"),
    *("aws/buckets.py", "publishing/desired_resources.py"),
}
# `describe` of a product is DescribeProductAsAdmin; checks of a launch read defaults.
ELSEWHERE = {"describe_product", "get_aws_default_service_quota"}
KINDS = ("Constraint", "Portfolio", "Product", "ServiceAction", "TagOption")
# Of a verb and a kind; what Service Catalog asks for as the caller; what is passed, not called.
UNNAMED = {
    *(f"servicecatalog:{verb}{kind}" for verb in ("Create", "Delete", "Update") for kind in KINDS),
    *(f"servicecatalog:Describe{kind}" for kind in KINDS if kind != "Product"),
    *("iam:GetGroup", "iam:GetUser"),
    *("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate", "iam:PassRole"),
    # What CloudFormation does with the stacks of bootstrap.
    *(name for row in read_data("publishing.yaml") if row["for"] == "bootstrap" for name in row["actions"]),
}


def operations() -> Mapping[str, list[set[str]]]:
    """The actions of operations that boto3 names so, of each service that has one."""
    found = defaultdict(list)
    for service in SERVICES:
        model = get_session().get_service_model(service)
        for name in model.operation_names:
            found[xform_name(name)].append(set(actions_of(model.operation_model(name))))
    return found


def named() -> Iterator[str]:
    """Every attribute and text in the code that plans, syncs and bootstraps."""
    code = ROOT / "publisher"
    for folder in ("aws", "bootstrap", "catalog", "planning", "publishing"):
        for path in sorted((code / folder).rglob("*.py")):
            if path.relative_to(code).as_posix() not in OTHERS:
                for node in ast.walk(ast.parse(path.read_bytes())):
                    match node:
                        case ast.Attribute(attr=str(name)) | ast.Constant(value=str(name)) if "_" in name:
                            yield name


def test_the_list_has_the_actions_of_all_calls_in_the_code_and_no_others() -> None:
    given = {name for row in read_data("publishing.yaml") for name in row["actions"]}
    known, names = operations(), set(named()) - ELSEWHERE
    calls = {name: known[name] for name in names if name in known}
    assert {name: it for name, it in calls.items() if not any(actions <= given for actions in it)} == {}
    asked = {action for it in calls.values() for actions in it for action in actions}
    assert (sorted(given - asked - UNNAMED), sorted(UNNAMED - given)) == ([], [])


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


def test_plan_and_sync_of_studio_templates(moto: None, tmp_path: Path, run: Run) -> None:
    door = Door(tests.account.Account(), tmp_path, run)
    run_as("plan", run, tmp_path, "plan")
    run_as("sync", run, tmp_path, "sync", "--yes", *ALLOWED)
    assert door.location()
    path = tmp_path / "products/studio/product.yaml"
    path.write_text(path.read_text().replace("1.0.0", "1.1.0"))
    run_as("plan", run, tmp_path, "plan", "--prune")
    run_as("sync", run, tmp_path, "sync", "--yes", "--prune", *ALLOWED)
