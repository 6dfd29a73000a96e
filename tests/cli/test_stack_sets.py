"""bootstrap --stack-set: the launch roles in other accounts of the organization."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from publisher.bootstrap.organization import Targets
from publisher.bootstrap.stack_sets import RoleStackSets
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch_role
from tests.cli.topics import PRODUCT, TEMPLATE, Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import cases, write_files

SET = "publisher-launch-roles"


class Spokes:
    """Two accounts in one unit of the organization."""

    def __init__(self, account: Account) -> None:
        self._organizations = account.client("organizations")
        self._organizations.create_organization(FeatureSet="ALL")
        self.root = self._organizations.list_roots()["Roots"][0]["Id"]
        self.unit = self.unit_of("ml")
        self.first, self.second = sorted(self.add(name) for name in ("one", "two"))

    def unit_of(self, name: str) -> str:
        made = self._organizations.create_organizational_unit(ParentId=self.root, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def add(self, name: str, unit: str = "") -> str:
        made = self._organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        ident: str = made["CreateAccountStatus"]["AccountId"]
        self._organizations.move_account(
            AccountId=ident, SourceParentId=self.root, DestinationParentId=unit or self.unit
        )
        return ident

    @staticmethod
    def client(service: Any, account: str, region: str = "us-west-2") -> Any:
        role = f"arn:aws:iam::{account}:role/any"
        keys = boto3.client("sts", "us-west-2").assume_role(RoleArn=role, RoleSessionName="test")[
            "Credentials"
        ]
        return boto3.client(
            service,
            region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def roles(self, account: str) -> list[str]:
        found = self.client("iam", account).list_roles()["Roles"]
        return sorted(it["RoleName"] for it in found if it["RoleName"].startswith("launch-"))


@pytest.fixture
def spokes(account: Account) -> Spokes:
    return Spokes(account)


def places(printed: Any) -> list[tuple[str, str]]:
    (only,) = printed["stack_sets"]
    return [(it["account"], it["region"]) for it in only["instances"]]


def actions(printed: Any) -> list[tuple[str, str, int]]:
    return [(it["stack_set"], it["action"], len(it["instances"])) for it in printed["stack_sets"]]


def test_roles_are_deployed_to_accounts_and_removed(run: Run, spokes: Spokes, account: Account) -> None:
    words = ("bootstrap", "--stack-set", "--accounts", f"{spokes.first},{spokes.second}")
    planned = run.json(*words, "--dry-run")
    assert (actions(planned), planned["accounts"]) == ([(SET, "create", 4)], [spokes.first, spokes.second])
    assert [it["state"] for it in planned["role_changes"]] == ["missing", "missing"]
    assert account.client("cloudformation").list_stack_sets()["Summaries"] == []
    assert run(*words)[0] == 3
    made = run.json(*words, "--yes")
    assert places(made) == [
        (one, region) for one in (spokes.first, spokes.second) for region in ("us-west-2", "eu-west-1")
    ]
    for spoke in (spokes.first, spokes.second):
        assert spokes.roles(spoke) == ["launch-topic-key", "launch-topic-plain"]
        for region in ("us-west-2", "eu-west-1"):
            value = spokes.client("ssm", spoke, region).get_parameter(Name="/publisher/bucket")
            assert value["Parameter"]["Value"] == f"publisher-{ACCOUNT}-{region}"
    assert actions(run.json(*words, "--check")) == [(SET, "unchanged", 0)]
    one = run.json("bootstrap", "--stack-set", "--remove", "--accounts", spokes.first, "--yes")
    assert (actions(one), spokes.roles(spokes.first)) == ([(SET, "delete", 2)], [])
    assert actions(run.json(*words, "--dry-run")) == [(SET, "update", 2)]
    assert actions(run.json("bootstrap", "--stack-set", "--remove", "--yes")) == [(SET, "delete", 2)]
    assert spokes.roles(spokes.second) == []
    assert run.json("bootstrap", "--stack-set", "--remove", "--yes")["stack_sets"] == []


def test_units_get_the_roles_and_so_do_accounts_that_join(
    run: Run, spokes: Spokes, project: Path, account: Account
) -> None:
    words = ("bootstrap", "--stack-set", "--organizational-units", spokes.root)
    code, out, _ = run(*words, "--yes")
    assert (code, out) == (0, f"created    {SET}  2 launch roles  4 instances\n")
    found = account.client("cloudformation").describe_stack_set(StackSetName=SET)["StackSet"]
    assert (found["PermissionModel"], found["AutoDeployment"]["Enabled"]) == ("SERVICE_MANAGED", True)
    joined = spokes.add("three")
    assert spokes.roles(joined) == ["launch-topic-key", "launch-topic-plain"]
    assert actions(run.json(*words, "--dry-run")) == [(SET, "unchanged", 0)]
    write_files(
        project, {"products/topic/template/main.yaml.j2": f"{TEMPLATE}  Queue: {{Type: AWS::SQS::Queue}}\n"}
    )
    code, _, err = run(*words, "--yes")
    assert (code, err.splitlines()[-2:]) == (
        3,
        [
            "error: stack sets: launch role launch-topic-key gets more permissions, which needs "
            "--allow launch-role, and 1 more",
            "hint: nothing was written; if this is intended, add --allow launch-role",
        ],
    )
    assert run(*words, "--yes", "--allow", "launch-role")[0] == 0
    write_files(project, {"products/topic/product.yaml": PRODUCT + "launch_role: mine\n"})
    code, _, err = run(*words, "--yes")
    assert (code, "launch role launch-topic-key of a removed product is deleted" in err) == (3, True)
    assert run(*words, "--yes", "--allow", "delete")[0] == 0
    assert spokes.roles(spokes.first) == []


def test_a_unit_may_be_empty_until_accounts_join(run: Run, spokes: Spokes) -> None:
    empty = spokes.unit_of("later")
    words = ("bootstrap", "--stack-set", "--organizational-units", empty, "--yes")
    assert run(*words)[:2] == (0, f"created    {SET}  2 launch roles  0 instances\n")
    assert actions(run.json(*words)) == [(SET, "unchanged", 0)]
    assert spokes.roles(spokes.add("three", empty)) == ["launch-topic-key", "launch-topic-plain"]


def test_an_account_that_fails_stops_no_other(run: Run, spokes: Spokes) -> None:
    spokes.client("iam", spokes.first).create_role(RoleName="launch-topic-key", AssumeRolePolicyDocument="{}")
    words = ("bootstrap", "--stack-set", "--accounts", f"{spokes.first},{spokes.second}", "--yes")
    code, out, _ = run("--json", *words)
    printed = json.loads(out)
    (failed,) = printed["stack_sets"][0]["failed"]
    assert (code, failed["account"], failed["region"]) == (1, spokes.first, "us-west-2")
    # CloudFormation refuses the stack before it makes anything, and only says which check did.
    assert "ResourceExistenceCheck" in failed["reason"]
    message = f"stack set {SET}: {spokes.first}/us-west-2: {failed['reason']}"
    assert printed["error"]["message"] == message
    assert spokes.roles(spokes.second) == ["launch-topic-key", "launch-topic-plain"]
    spokes.client("iam", spokes.first).delete_role(RoleName="launch-topic-key")
    assert run(*words)[0] == 0
    assert spokes.roles(spokes.first) == ["launch-topic-key", "launch-topic-plain"]


def test_the_management_account_is_out_of_reach(run: Run, spokes: Spokes) -> None:
    assert run("bootstrap", "--stack-set", "--accounts", f"{ACCOUNT},{spokes.first}", "--yes") == (
        3,
        "",
        f"error: stack sets cannot reach the management account {ACCOUNT}\n"
        "hint: leave it out of --accounts, and bootstrap that account by itself\n",
    )


def test_without_an_organization(run: Run, account: Account) -> None:
    assert run("bootstrap", "--stack-set", "--accounts", "222222222222") == (
        3,
        "",
        f"error: account {ACCOUNT} is in no organization\n"
        "hint: run this in the management account of an organization, or in a delegated administrator; for "
        "other accounts use --template\n",
    )


@cases(
    ("words", "message"),
    {
        "no targets": (["--stack-set"], "--stack-set requires either --accounts or --organizational-units"),
        "both": (
            ["--stack-set", "--accounts", "222222222222", "--organizational-units", "r-ab12"],
            "--stack-set requires either --accounts or --organizational-units",
        ),
        "no stack set": (
            ["--accounts", "222222222222"],
            "--accounts, --organizational-units and --hub-account are for stack sets",
        ),
        "no account": (["--stack-set", "--accounts", "222222222222,x"], "--accounts: 'x' is not valid"),
        "no unit": (
            ["--stack-set", "--organizational-units", "ml"],
            "--organizational-units: 'ml' is not valid",
        ),
        "no hub": (
            ["--stack-set", "--accounts", "222222222222", "--hub-account", "1"],
            "--hub-account: '1' is not valid",
        ),
        "templates": (
            ["--stack-set", "--accounts", "222222222222", "--template", "out"],
            "--stack-set cannot be combined with --template, --organization or --account",
        ),
    },
)
def test_options_that_are_wrong(run: Run, words: list[str], message: str) -> None:
    code, out, err = run("bootstrap", *words)
    assert (code, out, err.splitlines()[0]) == (2, "", f"error: {message}")


def test_a_delegated_administrator_calls_as_one(account: Account) -> None:
    organization = {"Organization": {"MasterAccountId": "999999999999"}}
    with Stubber(account.client("organizations")) as stub, Stubber(account.client("cloudformation")) as sets:
        stub.add_response("describe_organization", organization)
        found = {"Status": "ACTIVE", "TemplateBody": "{}"}
        asked = {"StackSetName": SET, "CallAs": "DELEGATED_ADMIN"}
        sets.add_response("describe_stack_set", {"StackSet": found}, asked)
        sets.add_response("list_stack_instances", {"Summaries": []}, asked)
        sets.add_client_error(
            "describe_stack_set",
            service_error_code="StackSetNotFoundException",
            expected_params={"StackSetName": f"{SET}-2", "CallAs": "DELEGATED_ADMIN"},
        )
        roles = RoleStackSets(
            account.aws,
            hub=ACCOUNT,
            regions=["us-west-2"],
            targets=Targets(accounts=("222222222222",)),
            note=account.notes.append,
            clock=account.ticks.clock(),
            upload=str,
        )
        (step,) = roles.plan([launch_role("ml-a")]).steps
    assert (step.action, step.instances) == ("update", (("222222222222", "us-west-2"),))
