"""Principals whose role, user or group was deleted: removed when asked, and only when that is certain."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.cli.conftest import Project

OPTIONS = ("--prune", "--dead-principals")


@pytest.fixture
def published(project: Project) -> Project:
    project.bootstrap()
    assert project.run("sync", "--yes").code == 0
    return project


def bury(project: Project) -> list[str]:
    """Makes a role, a user and a group principals, and deletes them; their unique ids."""
    iam, catalog = project.account.client("iam"), project.account.catalog
    made = [
        iam.create_role(RoleName="gone", Path="/a/", AssumeRolePolicyDocument="{}")["Role"],
        iam.create_user(UserName="gone")["User"],
        iam.create_group(GroupName="gone")["Group"],
    ]
    for it in made:
        catalog.associate_principal_with_portfolio(
            PortfolioId=portfolio(project), PrincipalARN=it["Arn"], PrincipalType="IAM"
        )
    iam.delete_role(RoleName="gone")
    iam.delete_user(UserName="gone")
    iam.delete_group(GroupName="gone")
    return [str(it.get("RoleId") or it.get("UserId") or it["GroupId"]) for it in made]


def portfolio(project: Project) -> str:
    (found,) = project.account.catalog.list_portfolios()["PortfolioDetails"]
    return str(found["Id"])


def principals(project: Project) -> list[str]:
    listed = project.account.catalog.list_principals_for_portfolio(PortfolioId=portfolio(project))
    return [it["PrincipalARN"] for it in listed["Principals"]]


def test_they_are_removed_when_asked(published: Project) -> None:
    dead = bury(published)
    plan = published.run("plan", "--prune")
    for id_ in dead:
        assert f"ml / {id_}" in plan.out
    assert "ignored (--prune --dead-principals removes it)" in plan.out
    assert published.run("sync", "--prune", "--yes", "--allow", "delete").code == 0
    assert principals(published) == ["arn:aws:iam:::role/ml-team-*", *dead]
    refused = published.run("sync", *OPTIONS, "--yes")
    assert (refused.code, "needs --allow delete" in refused.err) == (3, True)
    run = published.run("--json", "sync", *OPTIONS, "--yes", "--allow", "delete")
    changes = [(it["action"], it["key"][3:]) for it in run.document["plans"][0]["changes"]]
    assert (run.code, sorted(changes)) == (0, sorted(("delete", [id_]) for id_ in dead))
    assert principals(published) == ["arn:aws:iam:::role/ml-team-*"]
    assert published.run("plan", "--check", *OPTIONS).code == 0


def test_a_saved_plan_removes_them(published: Project) -> None:
    bury(published)
    assert published.run("plan", *OPTIONS, "-o", str(published.root / "plan.json")).code == 0
    saved = json.loads((published.root / "plan.json").read_text())
    assert saved["options"]["dead_principals"] is True
    assert published.run("sync", str(published.root / "plan.json"), "--yes", "--allow", "delete").code == 0
    assert principals(published) == ["arn:aws:iam:::role/ml-team-*"]


def test_a_portfolio_with_them_can_be_pruned(published: Project) -> None:
    bury(published)
    (published.root / "portfolio/ml.yaml").unlink()
    published.write("portfolio/other.yaml", "display_name: O\nprovider_name: P\nregions: [us-west-2]\n")
    assert published.run("sync", "--prune", "--yes", "--allow", "delete").code == 3
    assert published.run("sync", *OPTIONS, "--yes", "--allow", "delete").code == 0


def test_what_exists_is_not_dead(published: Project) -> None:
    (role, *_) = bury(published)
    made = published.account.client("iam").create_role(RoleName="alive", AssumeRolePolicyDocument="{}")
    alive = str(made["Role"]["RoleId"])
    published.account.catalog.meta.events.register(
        "after-call.service-catalog.ListPrincipalsForPortfolio",
        lambda parsed, **_: [
            it.update(PrincipalARN=alive) for it in parsed["Principals"] if it["PrincipalARN"] == role
        ],
    )
    run = published.run("plan", *OPTIONS, connect=lambda **_: published.account.aws)
    assert f"ml / {alive}" in run.out


def test_nothing_is_dead_when_iam_cannot_be_read(published: Project) -> None:
    dead = bury(published)

    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListUsers")

    published.account.client("iam").meta.events.register("before-call.iam.ListUsers", denied)
    run = published.run(
        "sync", *OPTIONS, "--yes", "--allow", "delete", connect=lambda **_: published.account.aws
    )
    assert run.code == 0
    assert principals(published) == ["arn:aws:iam:::role/ml-team-*", *dead]
    run = published.run("plan", *OPTIONS, connect=lambda **_: published.account.aws)
    assert "warn  Principal" in run.out
    assert "IAM cannot be read, none is removed" in run.out
