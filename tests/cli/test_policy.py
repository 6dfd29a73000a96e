from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.account import ACCOUNT
from tests.bootstrap.account import Account
from tests.cli.topics import Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import ROOT, cases, write_files


@pytest.mark.parametrize(
    ("region", "partition"), [("us-west-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_policy_in_a_partition(run: Run, region: str, partition: str) -> None:
    (shown,) = run.json("policy", "topic-plain", region=region)["policies"]
    assert (shown["product"], shown["role"], shown["name"]) == (
        "topic-plain",
        "launch-topic-plain",
        "launch-topic-plain-1",
    )
    (stacks,) = [entry for entry in shown["document"]["Statement"] if entry["Sid"] == "OnlyCloudformation"]
    begin = f"arn:{partition}:cloudformation:*:*"
    assert stacks["Resource"] == [f"{begin}:changeSet/SC-*/*", f"{begin}:stack/SC-*-pp-*/*"]


def test_policy_for_people_is_the_same_json(run: Run) -> None:
    code, out, _ = run("policy", "topic-*")
    assert (code, json.loads(out)) == (0, run.json("policy", "topic-*"))


def test_policy_explained(run: Run) -> None:
    code, out, _ = run("policy", "topic-*", "--explain", "kms:creategrant")
    source = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
    key = "arn:${AWS::Partition}:kms:*:*:key/*"
    reason = (
        "Topic (AWS::SNS::Topic) uses a key as KmsMasterKeyId: services make grants for their resources "
        f"({source}#conditions-kms-grant-is-for-aws-resource)"
    )
    assert (code, out.splitlines()) == (
        0,
        [
            "topic-key:",
            f"  {'kms:CreateGrant':<40}  {reason}",
            f"    on {key}",
            "topic-plain: the launch role does not need kms:creategrant",
        ],
    )
    assert run.json("policy", "topic-*", "--explain", "kms:creategrant") == {
        "needs": [
            {
                "product": "topic-key",
                "action": "kms:CreateGrant",
                "reason": reason,
                "resources": [key],
                "why_wide": "",
            }
        ]
    }


def test_policy_explained_for_others(run: Run) -> None:
    assert run("policy", "topic-plain", "--for", "person", "--explain", "athena:*") == (
        0,
        "topic-plain: not needed for person: athena:*\n",
        "",
    )


@cases("action", {"nothing": "", "no action": "nope", "control characters": "kms:\x1b[2J"})
def test_policy_explained_without_an_action(run: Run, action: str) -> None:
    code, out, err = run("policy", "topic-plain", "--explain", action)
    assert (code, out) == (2, "")
    assert err.startswith("error: --explain ")
    assert err.endswith(" is not an action\nhint: write service:Action, e.g. kms:CreateGrant\n")
    assert "\x1b" not in err


def test_policy_of_every_account_compares_accounts_by_pattern(run: Run, project: Path) -> None:
    """StringEquals takes * literally, so that the policy would allow nothing."""
    own = "{Action: s3:GetObject, Condition: {StringEquals: {aws:ResourceAccount: !Ref AWS::AccountId}}"
    role = (
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {}\n"
        "      PermissionsBoundary: !Sub {{ permissions_boundary }}\n"
        "      Policies:\n      - PolicyName: own\n"
        f"        PolicyDocument: {{Statement: [{own}, Effect: Allow, Resource: '*'}}]}}\n"
        "{% if kind %}{% endif %}\n"
    )
    write_files(project, {"products/topic/template/main.yaml.j2": role})
    boundary = run.json("policy", "topic-plain")["policies"][-1]
    (statement,) = boundary["document"]["Statement"]
    assert boundary["name"] == "launch-topic-plain-boundary"
    assert statement["Condition"] == {"StringLike": {"aws:ResourceAccount": ["*"]}}


def test_policy_of_an_existing_role(run: Run) -> None:
    assert run("policy", "theirs") == (
        2,
        "",
        "error: theirs: the launch role is not derived; it is the existing role 'their-role'\n"
        "hint: set launch_role: derived in the family's product.yaml to derive it\n",
    )


_ARN = "arn:aws:cloudformation:*:*"
STACKS = {
    "service-catalog": ["SC-*-pp-*"],
    "cloudformation": [],
    "person": ["*"],
    "stackset": ["StackSet-*"],
    "blueprint": [],
}


@cases(
    ("for_", "role", "principal"),
    {
        "a launch role": (
            "service-catalog",
            "launch-topic-plain",
            {"Service": "servicecatalog.amazonaws.com"},
        ),
        "CloudFormation": (
            "cloudformation",
            "deploy-topic-plain",
            {"Service": "cloudformation.amazonaws.com"},
        ),
        "a person": ("person", "", None),
        "stack sets": (
            "stackset",
            "AWSCloudFormationStackSetExecutionRole",
            {"AWS": "arn:aws:iam::<administrator account>:role/AWSCloudFormationStackSetAdministrationRole"},
        ),
        "an account blueprint": ("blueprint", "", None),
    },
)
def test_policy_for(run: Run, for_: str, role: str, principal: Any) -> None:
    shown = run.json("policy", "topic-plain", "--for", for_)
    (policy,) = shown["policies"]
    assert (shown["for"], policy["role"], policy["name"]) == (
        for_,
        role,
        f"{role or f'{for_}-topic-plain'}-1",
    )
    assert (shown["trust"] and shown["trust"]["Statement"][0]["Principal"]) == principal
    statements = policy["document"]["Statement"]
    stacks = [it["Resource"] for it in statements if "cloudformation:CreateStack" in it["Action"]]
    changes = [f"{_ARN}:changeSet/SC-*/*"] if for_ == "service-catalog" else []
    assert [it if isinstance(it, list) else [it] for it in stacks] == [
        [*changes, f"{_ARN}:stack/{name}/*"] for name in STACKS[for_]
    ]


def test_the_statement_that_account_vending_requires(run: Run) -> None:
    (policy,) = run.json("policy", "topic-plain", "--for", "blueprint")["policies"]
    (statement,) = (it for it in policy["document"]["Statement"] if it["Sid"].startswith("Allow"))
    assert statement == {
        "Sid": "AllowCloudFormationActionsOnStacks",
        "Effect": "Allow",
        "Action": ["cloudformation:*"],
        "Resource": f"{_ARN}:stack/*",
    }


@pytest.mark.slow
def test_policies_of_blueprints_fit_one_document_each(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(ROOT, capsys)
    shown = run.json("policy", "account-blueprint-*", "--for", "blueprint")["policies"]
    sizes = {it["product"]: len(json.dumps(it["document"], separators=(",", ":"))) for it in shown}
    assert (len(sizes), len(shown)) == (4, 4)
    assert max(sizes.values()) <= 6144


def test_policy_of_a_product_that_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(ROOT, capsys)
    code, out, err = run("policy", "ml-project-starter-s3", "--for", "blueprint")
    assert (code, out, err.partition("T030 ")[2]) == (
        2,
        "",
        "the policy for blueprint has 2 documents of at most 6144 characters; there can be 1: "
        "ml-project-starter-s3\nhint: split the template\n",
    )


def test_policy_for_nobody(run: Run) -> None:
    assert run("policy", "topic-plain", "--for", "everybody") == (
        2,
        "",
        "error: --for 'everybody' is unknown\n"
        "hint: choose one of service-catalog, cloudformation, person, stackset, blueprint\n",
    )


def test_policy_of_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the project itself: configs name its products."""
    config = "techcorp-prod-a001-us-west-2-customer-churn-ml-s3.yaml"
    run = Run(ROOT, capsys)
    shown = run.json("policy", f"configs/{config}")["policies"]
    assert {entry["product"] for entry in shown} == {"ml-project-starter-s3"}
    resources = [
        statement["Resource"]
        for entry in shown
        for statement in entry["document"]["Statement"]
        if statement.get("Sid") == "OnlyCloudformation"
    ]
    begin = "arn:aws:cloudformation:us-west-2:111111111111"
    assert resources == [[f"{begin}:changeSet/SC-*/*", f"{begin}:stack/SC-111111111111-pp-*/*"]]


def test_the_policy_of_a_role_is_deployed(run: Run, account: Account) -> None:
    run.json("bootstrap", "--yes")
    (shown,) = run.json("policy", "topic-key")["policies"]
    iam = account.client("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{shown['name']}"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert json.loads(json.dumps(version).replace(ACCOUNT, "*")) == shown["document"]
