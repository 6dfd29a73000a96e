"""Saved plans, plans in Markdown, fast plans, and prune."""

from __future__ import annotations

import json
import shutil
from typing import Any

import boto3
import pytest

from publisher.cli.plan_text import plan_markdown, plan_text
from publisher.model import Unmanaged
from publisher.planning.changes import Create, Update
from publisher.planning.plan import Plan, document_digest
from publisher.planning.pruning import PruneCandidate
from tests.cli.conftest import Project, lines_of
from tests.cli.test_catalog import TARGET, writes
from tests.conftest import Run, cases
from tests.samples import launch, ml, product

EMPTY = Plan(target=TARGET).document() | {"target": [TARGET]}
NO_TARGET = {
    "format": "publisher plan 5",
    "options": {"prune": False, "fast": False, "keep_going": False, "dead_principals": False},
    "content": "",
    "plans": [EMPTY | {"digest": document_digest(EMPTY)}],
}


def test_a_saved_plan_is_applied_once(project: Project) -> None:
    project.bootstrap()
    run = project.run("plan", "-o", str(project.root / "plan.json"))
    assert (run.code, run.err.splitlines()[-1]) == (0, f"saved to {project.root}/plan.json")
    saved = json.loads((project.root / "plan.json").read_text())
    done = project.run("--json", "sync", str(project.root / "plan.json"), "--yes")
    assert done.code == 0
    assert done.document["plans"][0]["digest"] == saved["plans"][0]["digest"]
    assert project.run("plan", "--check").code == 0
    again = project.run("sync", str(project.root / "plan.json"), "--yes")
    assert again.code == 3
    assert again.err.endswith(
        f"error: {TARGET}: the account has changed since the plan was made\n"
        "hint: plan and review again: publisher plan -o FILE\n"
    )


def test_a_saved_plan_of_other_files_is_refused(project: Project) -> None:
    project.bootstrap()
    file = str(project.root / "plan.json")
    project.run("plan", "-o", file)
    project.edit("portfolio/ml.yaml", "display_name: ML", "display_name: Other")
    run = project.run("sync", file, "--yes")
    assert run.code == 3
    assert "error: the files have changed since the plan was made\n" in run.err
    assert project.stored() == []


def test_a_page_of_a_plan_has_what_the_plan_has(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.bootstrap()
    monkeypatch.chdir(project.root)
    run = project.run("plan", "-o", "plan.json", "--html", "plan.html", "--check", "--format", "json")
    assert (run.code, run.err.splitlines()[-4:-2]) == (
        4,
        ["page written to plan.html", "saved to plan.json"],
    )
    text = (project.root / "plan.html").read_text()
    assert run.document["plans"][0]["digest"] in text.replace("<wbr>", "")
    assert "sync plan.json" in text
    project.run("plan", "-o", "plan.json", "--html", "plan.html")
    assert (project.root / "plan.html").read_text() == text


def test_a_page_of_a_plan_is_the_same_wherever_the_project_is(project: Project, run: Run) -> None:
    """With what stops it, which proposes commands."""
    for old, new in (("size: {small: small, big: big}", "size: {s: s, l: l}"), ("[small, big]", "[s, l]")):
        project.edit("products/studio/product.yaml", old, new)
    pages = []
    for name in ("one", "other"):
        folder = project.root / name
        for part in ("portfolio", "products"):
            shutil.copytree(project.root / part, folder / part)
        run("-C", folder, "plan", "-o", folder / "plan.json", "--html", folder / "plan.html")
        pages.append((folder / "plan.html").read_text().replace("<wbr>", ""))
        run("-C", folder, "plan", "-o", project.root / "plan.json", "--html", folder / "plan.html")
        pages.append((folder / "plan.html").read_text().replace("<wbr>", ""))
    assert str(project.root) not in pages[0]
    assert "LaunchRole launch-studio-l, launch-studio-s: does not exist; run publisher boot" in pages[0]
    assert "<code>publisher sync plan.json" in pages[0]
    assert pages == [pages[0]] * 4


@cases(
    ("words", "message"),
    {
        "a folder": (["--html", "products"], "'products': a folder"),
        "no folder": (["--html", "portfolio/ml.yaml/plan.html"], "'portfolio/ml.yaml': not a folder"),
        "a new folder": (["-o", "new/plan.json"], "'new': folder not found"),
        "a link": (["--html", "link.html"], "'link.html': a symlink pointing outside its folder"),
        "the plan itself": (["-o", "x", "--html", "x"], "--output and --html name the same file"),
    },
)
def test_a_page_is_not_written_over_anything_else(
    project: Project, words: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    (project.root / "link.html").symlink_to("../elsewhere.html")
    run = project.run("plan", *words)
    assert (run.code, run.err.splitlines()[0].removeprefix("error: ")[: len(message)]) == (2, message)


@cases(
    ("place", "value", "message"),
    {
        "changes": (
            ("plans", 0, "changes"),
            [],
            "'plan.json' was modified after it was saved (digest mismatch)",
        ),
        "a field": (
            ("plans", 0, "changes", 0, "after", "display_name"),
            "Other",
            "was modified after it was saved",
        ),
        "digest": (
            ("plans", 0, "digest"),
            "0" * 64,
            "'plan.json' was modified after it was saved (digest mismatch)",
        ),
        "no target": (("plans",), [], "'plan.json' is not a plan"),
        "option": (("options", "prune"), "yes", "'plan.json' is not a plan"),
    },
)
def test_a_plan_that_was_tampered_with_is_refused(
    project: Project, place: tuple[Any, ...], value: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    project.run("plan", "-o", "plan.json")
    document = json.loads((project.root / "plan.json").read_text())
    *way, last = place
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = value
    project.write("plan.json", json.dumps(document))
    run = project.run("sync", "plan.json", "--yes")
    assert run.code == 2
    assert message in run.err


@cases(
    ("text", "message"),
    {
        "no JSON": ("{", "'plan.json' is not a plan"),
        "something else": ("[]", "'plan.json' is not a plan"),
        "too deep": ("[" * 100_000, "'plan.json' is not a plan"),
        "no text as target": (json.dumps(NO_TARGET), "'plan.json' is not a plan"),
        "an earlier version": ('{"format": "publisher plan 3"}', "was saved by another version of publisher"),
        "another version": ('{"format": "publisher plan 9"}', "was saved by another version of publisher"),
    },
)
def test_a_file_that_is_no_plan(
    project: Project, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    project.write("plan.json", text)
    run = project.run("sync", "plan.json")
    assert run.code == 2
    assert message in run.err
    assert run.err.endswith("hint: run publisher plan -o FILE\n")


def test_a_plan_that_is_not_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    run = project.run("sync", "plan.json")
    assert (run.code, run.err.splitlines()[0]) == (2, "error: 'plan.json': file not found")


def test_a_plan_for_another_target_is_refused(project: Project) -> None:
    file = str(project.root / "plan.json")
    project.run("plan", "-o", file)
    run = project.run("--region", "eu-west-1", "sync", file)
    assert run.code == 3
    assert f"error: the plan is for {TARGET}, which this run does not publish to" in run.err


def test_prune_belongs_to_the_plan(project: Project) -> None:
    assert "--prune cannot be combined with a saved plan" in project.run("sync", "plan.json", "--prune").err
    assert "--prune and --fast cannot be combined" in project.run("plan", "--prune", "--fast").err
    assert "--dead-principals requires --prune" in project.run("sync", "--dead-principals").err


def test_a_fast_plan_sees_versions_and_names_what_it_ignores(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    full = project.run("--json", "plan").document["calls"]["by_operation"]
    fast = project.run("--json", "plan", "--fast").document["calls"]["by_operation"]
    assert full["servicecatalog:ListProvisioningArtifacts"] == 2
    assert full["servicecatalog:DescribeConstraint"] == 2
    assert not {"servicecatalog:ListProvisioningArtifacts", "servicecatalog:DescribeConstraint"} & fast.keys()
    project.edit("portfolio/ml.yaml", "- type: LAUNCH", "- {type: LAUNCH, local_role_name: another}")
    run = project.run("plan", "--fast")
    assert "no changes" in run.out
    assert run.out.endswith(
        "a fast plan ignores Active, Guidance, the parameters of constraints and what templates change\n"
    )
    assert "2 changes" in project.run("plan").out


def test_prune(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    project.edit("portfolio/ml.yaml", "studio-*", "studio-small")
    project.edit("products/studio/product.yaml", "[small, big]", "[small]")
    assert "keep  Product  studio-big" in project.run("plan").out
    refused = project.run("sync", "--prune", "--yes")
    assert refused.code == 3
    assert (
        f"error: {TARGET}: Constraint ml / studio-big LAUNCH needs --allow delete, and 2 more" in refused.err
    )
    run = project.run("--json", "sync", "--prune", "--yes", "--allow", "delete")
    assert run.code == 0
    assert writes(run.document["calls"]) == {
        "servicecatalog:DeleteConstraint": 1,
        "servicecatalog:DeleteProduct": 1,
        "servicecatalog:DisassociateProductFromPortfolio": 1,
        "servicecatalog:ScanProvisionedProducts": 1,
    }
    assert project.run("plan", "--check", "--prune").code == 0


def test_prune_of_what_is_launched_is_refused(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    boto3.client("iam").create_role(RoleName="ml-team-a", AssumeRolePolicyDocument="{}")
    client = boto3.client("servicecatalog")
    (found,) = [
        it["ProductViewSummary"]
        for it in client.search_products_as_admin()["ProductViewDetails"]
        if it["ProductViewSummary"]["Name"] == "Studio big"
    ]
    for portfolio in client.list_portfolios()["PortfolioDetails"]:
        for constraint in client.list_constraints_for_portfolio(PortfolioId=portfolio["Id"])[
            "ConstraintDetails"
        ]:
            client.delete_constraint(Id=constraint["ConstraintId"])
    keys = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/ml-team-a", RoleSessionName="tests"
    )["Credentials"]
    team: Any = boto3.client(
        "servicecatalog",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    team.provision_product(
        ProductId=found["ProductId"], ProvisioningArtifactName="1.0.0", ProvisionedProductName="churn"
    )
    project.edit("portfolio/ml.yaml", "studio-*", "studio-small")
    project.edit("products/studio/product.yaml", "[small, big]", "[small]")
    (line,) = [it for it in project.run("plan", "--prune").out.splitlines() if " Product " in it]
    assert line.endswith("used by churn")
    run = project.run("sync", "--prune", "--yes", "--allow", "delete")
    assert run.code == 3
    assert f"error: {TARGET}: Product studio-big is used by churn\n" in run.err


def test_markdown(project: Project) -> None:
    run = project.run("plan", "--format", "markdown")
    lines = run.out.splitlines()
    assert lines[0] == f"### <code>portfolio ml -&#62; {TARGET}</code>"
    assert lines[2:4] == ["| action | resource | name | change | needs |", "|---|---|---|---|---|"]
    assert lines[7] == "| <code>create</code> | <code>Portfolio</code> | <code>ml</code> |  |  |"
    assert lines[-1].startswith("12 changes: 11 to create, 1 to update. plan ")


def test_format_json_is_json(project: Project) -> None:
    run = project.run("plan", "--format", "json")
    assert len(run.document["plans"][0]["changes"]) == 12


NASTY = (
    "a|b `c` <img src=x> @team #77 [x](https://x.example) ![y](z) *b* _i_ \\| www.example.com \u202e\n| c |"
)


def test_nothing_in_a_text_leaves_its_cell_of_the_markdown() -> None:
    plan = Plan(
        target=TARGET,
        changes=(Update(ml, type(ml)(name="ml", display_name=NASTY, provider_name="P")), Create(launch())),
        kept=(PruneCandidate(resource=product("old")),),
        unmanaged=(Unmanaged(portfolio="ml", kind="product", id="prod-x", name="`"),),
    )
    lines = lines_of(plan_markdown(plan, ["ml"]))
    rows = [line for line in lines if line.startswith("| <code>")]
    assert [row.count("|") for row in rows] == [6, 6]
    cells = "".join(rows).replace("<code>", "").replace("</code>", "")
    assert not set("`<>@*_[]!\\") & set(cells)
    assert "://" not in cells and "www." not in cells
    assert "#77" not in cells
    note = "- <code>note</code> <code>product</code> <code>ml / prod-x '&#96;'</code>"
    assert any(line.startswith(note) for line in lines)


def test_a_state_of_what_was_never_published_is_a_warning() -> None:
    plan = Plan(target=TARGET, unpublished=(("studio", "9.3.0"),))
    assert lines_of(plan_text(plan, ["ml"]))[1:-1] == [
        "  warn  ProvisioningArtifact  studio 9.3.0  has a state in 'versions', but was never published"
    ]
    assert plan.document()["unpublished"] == [{"family": "studio", "version": "9.3.0"}]
