"""bootstrap --blueprint-access: the role that account vending assumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.account import ACCOUNT
from tests.bootstrap.account import Account
from tests.cli.topics import Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import cases

ROLE, STACK = "AWSControlTowerBlueprintAccess", "publisher-blueprint-access"
TOPIC = {"Type": "AWS::SNS::Topic"}
MANAGEMENT, OTHER = "999999999999", "888888888888"
WORDS = ("bootstrap", "--blueprint-access", MANAGEMENT)
NOTE = (
    "note: in an account that is enrolled in Control Tower a service control policy refuses "
    f"{ROLE}: assume AWSControlTowerExecution for it, or deploy the template of --template as a "
    "service-managed StackSet\n"
)


def trusted(account: Account) -> Any:
    return account.client("iam").get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]["Statement"]


def action(printed: Any) -> str:
    (stack,) = printed["stacks"]
    assert (stack["stack"], stack["region"]) == (STACK, "us-west-2")
    return str(stack["action"])


def test_it_is_planned_made_checked_and_removed(run: Run, account: Account) -> None:
    line = f"us-west-2/{STACK}  role {ROLE}, for account {MANAGEMENT}\n"
    assert run(*WORDS, "--dry-run") == (0, f"account {ACCOUNT}\n  create     {line}", NOTE)
    assert run(*WORDS, "--check")[0] == 4
    assert run(*WORDS)[0] == 3
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []
    assert run(*WORDS, "--yes")[:2] == (0, f"account {ACCOUNT}\n  created    {line}")
    iam = account.client("iam")
    attached = iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    assert sorted(it["PolicyName"] for it in attached) == [
        "AWSServiceCatalogAdminFullAccess",
        "AmazonS3ReadOnlyAccess",
    ]
    assert iam.get_role(RoleName=ROLE)["Role"]["Path"] == "/"
    admin, console = trusted(account)
    assert admin["Principal"] == {"AWS": f"arn:aws:iam::{MANAGEMENT}:role/service-role/AWSControlTowerAdmin"}
    assert console["Principal"] == {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
    reserved = f"arn:aws:iam::{MANAGEMENT}:role/aws-reserved/sso.amazonaws.com"
    name = f"AWSReservedSSO_AWSAdministratorAccess_{'?' * 16}"
    assert console["Condition"]["ArnLike"]["aws:PrincipalArn"] == [
        f"arn:aws:iam::{MANAGEMENT}:role/AWSAdministratorAccess",
        f"{reserved}/{name}",
        f"{reserved}/*/{name}",
    ]
    assert run(*WORDS, "--check") == (0, f"account {ACCOUNT}\n  unchanged  {line}", "")
    assert action(run.json(*WORDS, "--remove", "--dry-run")) == "delete"
    code, _, err = run("bootstrap", "--remove", "--blueprint-access", OTHER, "--yes")
    assert (code, err.splitlines()[0]) == (
        3,
        f"error: {ROLE} is for management account {MANAGEMENT}, not {OTHER}",
    )
    assert action(run.json(*WORDS, "--remove", "--yes")) == "delete"
    assert action(run.json(*WORDS, "--remove", "--yes")) == "absent"
    assert [it for it in iam.list_roles()["Roles"] if it["RoleName"] == ROLE] == []


def test_other_people_and_another_account(run: Run, account: Account) -> None:
    run.json(*WORDS, "--console-role", "Vending", "--yes")
    assert action(run.json(*WORDS, "--check")) == "unchanged"
    moved = run.json("bootstrap", "--blueprint-access", OTHER, "--yes")
    assert (moved["trusted_before"], moved["management_account"]) == (MANAGEMENT, OTHER)
    patterns = trusted(account)[1]["Condition"]["ArnLike"]["aws:PrincipalArn"]
    assert patterns[0] == f"arn:aws:iam::{OTHER}:role/Vending"


def test_bootstrap_leaves_it_alone(run: Run, account: Account) -> None:
    run.json(*WORDS, "--yes")
    run.json("bootstrap", "--yes")
    run.json("bootstrap", "--remove", "--yes")
    assert trusted(account)


def test_a_role_of_others(run: Run, account: Account) -> None:
    account.role(ROLE)
    code, _, err = run(*WORDS, "--yes")
    assert (code, err) == (
        3,
        f"error: role '{ROLE}' already exists and was not created in us-west-2\n"
        "hint: account vending can use it as it is; or delete it first\n",
    )


@cases("more", {"made": (), "removed": ("--remove",)})
def test_a_stack_of_others(more: tuple[str, ...], run: Run, account: Account) -> None:
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": {"R": TOPIC}}))
    code, _, err = run(*WORDS, *more, "--yes")
    assert (code, err.splitlines()[0]) == (3, f"error: stack {STACK} was not created by bootstrap")
    (left,) = cloudformation.describe_stacks()["Stacks"]
    assert (left["StackName"], left["StackStatus"]) == (STACK, "CREATE_COMPLETE")


def test_its_stack_is_in_one_region(run: Run, account: Account) -> None:
    run.json(*WORDS, "--yes")
    code, _, err = run(*WORDS, "--yes", region="eu-west-1")
    assert (code, err.splitlines()[1]) == (3, "hint: use the Region of its stack: us-west-2")


def test_a_stranger_is_not_trusted(run: Run, account: Account) -> None:
    account.client("organizations").create_organization(FeatureSet="ALL")
    code, _, err = run(*WORDS, "--yes")
    assert (code, err) == (
        3,
        f"error: the management account of the organization of {ACCOUNT} is {ACCOUNT}, not {MANAGEMENT}\n"
        f"hint: use --blueprint-access {ACCOUNT}\n",
    )


def test_a_role_that_somebody_deleted(run: Run, account: Account) -> None:
    run.json(*WORDS, "--yes")
    iam = account.client("iam")
    for policy in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=ROLE)
    code, _, err = run(*WORDS, "--check")
    assert (code, f"but somebody deleted its role {ROLE}" in err) == (3, True)
    run.json(*WORDS, "--remove", "--yes")
    assert action(run.json(*WORDS, "--yes")) == "create"


def test_a_failure_says_what_to_do_in_an_enrolled_account(run: Run, account: Account) -> None:
    """The role is refused, here because it exists."""
    topic = json.dumps({"Parameters": {"ManagementAccountId": {"Type": "String"}}, "Resources": {"R": TOPIC}})
    account.client("cloudformation").create_stack(
        StackName=STACK,
        TemplateBody=topic,
        Parameters=[{"ParameterKey": "ManagementAccountId", "ParameterValue": MANAGEMENT}],
        Tags=[{"Key": "publisher:stack", "Value": "bootstrap"}],
    )
    account.role(ROLE)
    code, _, err = run(*WORDS, "--yes")
    message, hint = err.splitlines()[-2:]
    assert (code, message.startswith(f"error: stack {STACK} is UPDATE_ROLLBACK_COMPLETE")) == (1, True)
    assert hint.endswith(f"; {NOTE.removeprefix('note: ').strip()}")


def test_as_a_template(run: Run, account: Account, tmp_path: Path) -> None:
    (written,) = run.json(*WORDS, "--template", str(tmp_path))["templates"]
    template = json.loads(Path(written).read_text())
    assert list(template["Parameters"]) == ["ManagementAccountId", "ConsoleRole"]
    account.client("cloudformation").create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "ManagementAccountId", "ParameterValue": MANAGEMENT}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert action(run.json(*WORDS, "--check")) == "unchanged"


@cases(
    ("words", "message"),
    {
        "no account": (
            ("--blueprint-access", "hub"),
            "error: --blueprint-access: 'hub' is not an account id\n"
            "hint: use the twelve digits of Control Tower's management account\n",
        ),
        "no name": (
            ("--blueprint-access", MANAGEMENT, "--console-role", "a/b"),
            "error: --console-role: 'a/b' is not a name\n"
            "hint: use the name of a permission set, such as AWSAdministratorAccess, or of a role\n",
        ),
        "with others": (
            ("--blueprint-access", MANAGEMENT, "--stack-set", "--keep-going"),
            "error: --blueprint-access cannot be combined with --keep-going and --stack-set\n"
            "hint: it is only about one role\n",
        ),
        "without it": (
            ("--console-role", "a"),
            "error: --console-role requires --blueprint-access\n"
            "hint: add --blueprint-access MANAGEMENT_ACCOUNT\n",
        ),
        "an empty account": (
            ("--blueprint-access", ""),
            "error: --blueprint-access: '' is not an account id\n"
            "hint: use the twelve digits of Control Tower's management account\n",
        ),
    },
)
def test_wrong_options(run: Run, words: tuple[str, ...], message: str) -> None:
    assert run("bootstrap", *words) == (2, "", message)
