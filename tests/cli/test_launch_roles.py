"""Launch roles and what is published belong together: plan looks at them, sync can bootstrap first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from publisher.aws.calls import ClientError
from publisher.aws.clients import Aws
from tests.account import ACCOUNT, BUCKET, Account
from tests.cli.conftest import Project
from tests.policies import trusting

ROLE = "launch-studio-small"
TARGET = f"{ACCOUNT}/us-west-2"
DENIED = "GetAccountAuthorizationDetails"


@pytest.fixture
def bare(project: Project) -> Project:
    """Without launch roles."""
    iam = project.account.client("iam")
    for role in iam.list_roles()["Roles"]:
        iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="all")
        iam.delete_role(RoleName=role["RoleName"])
    return project


def roles(run: Any) -> list[tuple[str, str]]:
    (plan,) = run.document["plans"]
    return [(it["name"], it["state"]) for it in plan["roles"]]


def versions(run: Any) -> set[str]:
    """The products that get a new version."""
    (plan,) = run.document["plans"]
    return {it["key"][1] for it in plan["changes"] if it["resource"] == "ProvisioningArtifact"}


def catalog_is_empty(account: Account) -> bool:
    return not account.catalog.list_portfolios()["PortfolioDetails"]


def test_a_product_without_its_role_is_not_published(bare: Project) -> None:
    bare.bootstrap()
    assert roles(bare.run("--json", "plan")) == [("launch-studio-big", "missing"), (ROLE, "missing")]
    lines = [it.split() for it in bare.run("plan").out.splitlines() if " LaunchRole " in it]
    assert [" ".join(it) for it in lines] == [
        f"warn LaunchRole launch-studio-big {ROLE} does not exist; run publisher bootstrap"
    ]
    run = bare.run("sync", "--yes")
    assert (run.code, run.err.splitlines()[-2:]) == (
        3,
        [
            f"error: {TARGET}: launch role launch-studio-big of studio-big does not exist, and 1 more",
            "hint: nothing was written; run publisher bootstrap first, or publisher sync --bootstrap",
        ],
    )
    assert catalog_is_empty(bare.account)


def test_sync_bootstraps_first(bare: Project) -> None:
    run = bare.run("--json", "sync", "--bootstrap")
    assert (run.code, run.document["error"]["message"]) == (
        3,
        "not confirmed: cannot prompt without a terminal",
    )
    assert "    create   launch-studio-small" in run.err
    assert bare.account.client("s3").list_buckets()["Buckets"] == []
    run = bare.run("--json", "sync", "--bootstrap", "--yes")
    assert run.code == 0, run.err
    (first,) = run.document["bootstrap"]
    assert [it["action"] for it in first["stacks"]] == ["create", "create"]
    assert {it["status"] for it in run.document["outcomes"]} == {"done"}
    assert bare.account.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] > 0
    again = bare.run("--json", "sync", "--bootstrap")
    assert (again.code, again.document["outcomes"]) == (0, [])
    more = "  Queue:\n    Type: AWS::SQS::Queue\n"
    condition = '{% if size == "big" %}'
    bare.edit("products/studio/template/main.yaml.j2", condition, more + condition)
    bare.edit("products/studio/product.yaml", 'version: "1.0.0"', 'version: "1.1.0"')
    run = bare.run("sync", "--yes")
    message = "launch role launch-studio-big of studio-big is out of date, lacks sqs:CreateQueue and "
    assert (run.code, message in run.err) == (3, True)
    run = bare.run("sync", "--yes", "--bootstrap")
    assert (run.code, run.err.splitlines()[-2:]) == (
        3,
        [
            f"error: {ACCOUNT}: launch role launch-studio-big gets more permissions, which needs "
            "--allow launch-role, and 1 more",
            "hint: nothing was written; if this is intended, add --allow launch-role",
        ],
    )
    assert "    update   launch-studio-big  needs --allow launch-role" in run.err
    assert bare.run("sync", "--yes", "--bootstrap", "--allow", "launch-role").code == 0
    check = bare.run("--json", "plan", "--check")
    assert (check.code, roles(check)) == (0, [])


def test_a_role_that_was_changed_by_hand(bare: Project) -> None:
    assert bare.run("sync", "--yes", "--bootstrap").code == 0
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-1"
    bare.account.client("iam").detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    check = bare.run("--json", "plan", "--check")
    (role,) = check.document["plans"][0]["roles"]
    assert (check.code, role["state"], role["changed_by_hand"]) == (
        0,
        "changed",
        [f"policy detached: {ROLE}-1"],
    )
    assert "sns:CreateTopic" in role["missing_actions"]
    # Nothing is published, so nothing is refused.
    assert bare.run("sync", "--yes").code == 0
    assert check.document["calls"]["by_operation"]["iam:GetAccountAuthorizationDetails"] == 1
    assert bare.run("--json", "plan", "--fast").document["plans"][0]["roles"] == []


def test_a_product_does_not_get_a_role_that_does_not_exist(bare: Project) -> None:
    bare.bootstrap()
    bare.account.role("team", service="servicecatalog.amazonaws.com")
    bare.edit("products/studio/product.yaml", "owner:", "launch_role: team\nowner:")
    assert bare.run("sync", "--yes").code == 0
    bare.edit("products/studio/product.yaml", "launch_role: team\n", "")
    run = bare.run("sync", "--yes", "--allow", "launch-role")
    assert (run.code, run.err.splitlines()[-2]) == (
        3,
        f"error: {TARGET}: launch role launch-studio-big of studio-big does not exist, and 1 more",
    )


def test_a_role_holds_up_only_its_product(bare: Project, tmp_path: Path) -> None:
    assert bare.run("sync", "--yes", "--bootstrap").code == 0
    iam = bare.account.client("iam")
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-1")
    iam.delete_role(RoleName=ROLE)
    bare.edit("products/studio/product.yaml", 'version: "1.0.0"', 'version: "1.1.0"')
    bare.edit("products/studio/template/main.yaml.j2", "Resources:", "Description: New.\nResources:")
    saved = str(tmp_path / "saved.plan")
    plan = bare.run("--json", "plan", "--keep-going", "-o", saved)
    (held,) = plan.document["plans"][0]["held_up"]
    assert (plan.code, held["product"], held["problems"][0]["rule"]) == (1, "studio-small", "P607")
    assert held["problems"][0]["message"] == f"launch role {ROLE} does not exist"
    assert versions(plan) == {"studio-big"}
    run = bare.run("--json", "sync", saved, "--yes")
    assert (run.code, {it["status"] for it in run.document["outcomes"]}) == (1, {"done"})
    again = bare.run("--json", "sync", "--yes", "--keep-going", "--bootstrap")
    assert (again.code, versions(again)) == (0, {"studio-small"})


def test_nothing_is_published_for_a_role_that_trusts_others(bare: Project) -> None:
    assert bare.run("sync", "--yes", "--bootstrap").code == 0
    trust = trusting(AWS=ACCOUNT)
    bare.account.client("iam").update_assume_role_policy(RoleName="launch-studio-big", PolicyDocument=trust)
    bare.edit("products/studio/product.yaml", 'version: "1.0.0"', 'version: "1.1.0"')
    bare.edit("products/studio/template/main.yaml.j2", "Resources:", "Description: New.\nResources:")
    run = bare.run("sync", "--yes")
    message = "launch role launch-studio-big of studio-big was changed by hand (trust policy changed)"
    assert (run.code, run.err.splitlines()[-2]) == (3, f"error: {TARGET}: {message}")


def test_a_role_without_its_tags_does_not_hide_what_was_changed_by_hand(bare: Project) -> None:
    assert bare.run("sync", "--yes", "--bootstrap").code == 0
    iam = bare.account.client("iam")
    iam.untag_role(RoleName="launch-studio-big", TagKeys=["publisher:region"])
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-1")
    assert roles(bare.run("--json", "plan")) == [("launch-studio-big", "changed"), (ROLE, "changed")]


def test_what_is_held_up_keeps_its_role(bare: Project) -> None:
    assert bare.run("sync", "--yes", "--bootstrap").code == 0
    arn = f"arn:aws:iam::{ACCOUNT}:policy/launch-studio-big-1"
    before = bare.account.client("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    # Other content under a published version.
    more = "  Second:\n    Type: AWS::SNS::Topic"
    bare.edit("products/studio/template/main.yaml.j2", more, "  Second:\n    Type: AWS::SQS::Queue")
    run = bare.run("--json", "sync", "--yes", "--bootstrap", "--keep-going")
    assert (run.code, run.document["plans"][0]["held_up"][0]["product"]) == (1, "studio-big")
    assert bare.account.client("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == before
    assert run.document["bootstrap"][0]["role_changes"] == []


def without_iam(**arguments: Any) -> Aws:
    """An identity that may not list roles."""

    def deny(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, DENIED)

    aws = Aws(**arguments)
    aws.client("iam").meta.events.register(f"before-call.iam.{DENIED}", deny)
    return aws


def test_who_may_not_read_iam_can_plan_and_sync(bare: Project) -> None:
    bare.bootstrap()
    (plan,) = bare.run("--json", "plan", connect=without_iam).document["plans"]
    said = f"launch roles (cannot read the roles of the account: {DENIED} answered AccessDenied: no)"
    assert (plan["roles"], plan["unknown"]) == ([], [said])
    assert f"note  sync  {said}" in "  ".join(bare.run("plan", connect=without_iam).out.split("  "))
    assert bare.run("sync", "--yes", connect=without_iam).code == 0
