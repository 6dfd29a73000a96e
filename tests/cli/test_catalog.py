from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest

from publisher.cli.plan_text import plan_text, sync_text
from publisher.errors import AwsError
from publisher.model import TagOption, TagOptionAssociation, Unmanaged
from publisher.planning.apply import Outcome
from publisher.planning.changes import Change, Create, Delete, Finish, Update
from publisher.planning.plan import Plan
from publisher.planning.pruning import PruneCandidate
from tests.account import BUCKET
from tests.cli.conftest import Project, lines_of
from tests.conftest import cases
from tests.samples import association, launch, ml, pattern, product, template, version

TARGET = "123456789012/us-west-2"
NO_BUCKET = f"{TARGET} has no template bucket: no SSM parameter /publisher/bucket"
BOOTSTRAP = "run publisher bootstrap first"
FIRST = f"""portfolio ml -> {TARGET}
  create  StoredContent  content/SEED.zip  122 B
  create  StoredTemplate  templates/SMALL.yaml  193 B
  create  StoredTemplate  templates/BIG.yaml  229 B
  create  Portfolio  ml
  create  Product  studio-big  with 1.0.0 sha256:BIG
  create  Product  studio-small  with 1.0.0 sha256:SMALL
  create  ProductAssociation  ml / studio-big
  create  ProductAssociation  ml / studio-small
  create  Constraint  ml / studio-big LAUNCH  launch-studio-big
  create  Constraint  ml / studio-small LAUNCH  launch-studio-small
  create  Principal  ml / IAM_PATTERN arn:aws:iam:::role/ml-team-*
  update  Portfolio  ml  marked as finished
  warn  sync  stops before the first write  {NO_BUCKET}; {BOOTSTRAP}
12 changes: 11 to create, 1 to update. plan DIGEST
"""


def writes(calls: Mapping[str, Any]) -> dict[str, int]:
    """The calls that do more than read."""
    reads = ("Describe", "List", "Search", "Get", "Head")
    return {
        name: n for name, n in calls["by_operation"].items() if not name.partition(":")[2].startswith(reads)
    }


def masked(text: str, document: Mapping[str, Any]) -> str:
    """A plan's text with its digests named."""
    (planned,) = document["plans"]
    names = {planned["digest"][:12]: "DIGEST"}
    for change in planned["changes"]:
        for it in change["includes"]:
            digest = it["after"]["digest"].removeprefix("sha256:")[:12]
            names[f"{digest}…"] = it["after"]["product"].removeprefix("studio-").upper()
        if change["resource"] == "StoredContent":
            names[change["after"]["object_key"][8:20] + "…"] = "SEED"
    for digest, name in names.items():
        text = text.replace(digest, name)
    return "\n".join(re.sub("(?<=[^ ])  +", "  ", line) for line in text.split("\n"))


def test_a_first_plan_needs_no_bootstrap_and_writes_nothing(project: Project) -> None:
    document = project.run("--json", "plan").document
    run = project.run("plan")
    assert (run.code, run.err) == (0, f"reading the catalog of {TARGET}\n")
    assert masked(run.out, document) == FIRST
    assert document["plans"][0]["blocked"] == {"code": "refused", "message": NO_BUCKET, "hint": BOOTSTRAP}
    assert writes(document["calls"]) == {}


def test_plan_check(project: Project) -> None:
    run = project.run("plan", "--check")
    assert run.code == 4
    assert run.out.startswith(f"portfolio ml -> {TARGET}\n  create")
    assert run.err.endswith(
        f"error: {TARGET} differs from the files: 12 changes\nhint: run publisher sync to apply them\n"
    )


def test_plan_check_prints_one_document(project: Project) -> None:
    run = project.run("--json", "plan", "--check")
    assert run.code == 4
    assert len(run.document["plans"][0]["changes"]) == 12


@pytest.mark.parametrize("content", [True, False])
def test_sync_without_bootstrap_is_refused(project: Project, content: bool) -> None:
    if not content:
        project.drop_content()
    run = project.run("sync", "--yes")
    assert run.code == 3
    assert run.err.endswith(f"error: {NO_BUCKET}\nhint: {BOOTSTRAP}\n")
    assert project.run("plan", "--check").code == 4


def test_a_plan_that_stores_nothing_needs_no_bucket(project: Project) -> None:
    project.bootstrap()
    project.drop_content()
    assert project.run("sync", "--yes").code == 0
    boto3.client("ssm").delete_parameter(Name="/publisher/bucket")
    calls = project.run("--json", "plan").document["calls"]["by_operation"]
    assert {name for name in calls if not name.startswith("servicecatalog:")} == {
        "iam:GetAccountAuthorizationDetails",
        "sts:GetCallerIdentity",
    }
    assert project.run("sync", "--yes").code == 0


def test_sync_without_an_answer_is_refused_after_showing_the_plan(project: Project) -> None:
    project.bootstrap()
    run = project.run("sync")
    assert (run.code, run.out) == (3, "")
    assert "12 changes: 11 to create, 1 to update." in run.err
    assert "  create  StoredContent       content/" in run.err
    assert project.stored() == []


def test_sync(project: Project) -> None:
    project.bootstrap()
    run = project.run("--verbose", "sync", "--yes")
    assert run.code == 0
    lines = [" ".join(line.split()) for line in run.out.splitlines()[1:-1]]
    assert lines[0].startswith("create StoredContent content/")
    assert lines[1:] == [
        "create StoredTemplate 2 of them done",
        "create Portfolio ml done",
        "create Product 2 of them done",
        "create ProductAssociation 2 of them done",
        "create Constraint 2 of them done",
        "create Principal ml / IAM_PATTERN arn:aws:iam:::role/ml-team-* done",
        "update Portfolio ml marked as finished done",
    ]
    assert "12 changes: 12 done. plan " in run.out
    assert re.search(r"\[1/12\] create StoredContent content/[0-9a-f]{12}….zip: done\n", run.err)
    assert "   2 servicecatalog:CreateProduct\n" in run.err
    assert [key.partition("/")[0] for key in project.stored()] == ["content", "templates", "templates"]
    plan = project.run("plan", "--check")
    assert (plan.code, plan.out.splitlines()[1][:11]) == (0, "no changes.")


def test_a_second_sync_makes_no_writing_call(project: Project) -> None:
    project.bootstrap()
    first = project.run("--json", "sync", "--yes").document
    assert {outcome["status"] for outcome in first["outcomes"]} == {"done"}
    assert {outcome["target"] for outcome in first["outcomes"]} == {TARGET}
    assert writes(first["calls"])["servicecatalog:CreateProduct"] == 2
    second = project.run("--json", "sync")
    assert second.code == 0
    assert second.document["outcomes"] == []
    assert writes(second.document["calls"]) == {}
    assert second.document["calls"]["total"] == sum(second.document["calls"]["by_operation"].values())


def test_one_changed_template_is_one_new_version(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    project.edit("products/studio/template/main.yaml.j2", "  Second:", "  Other:")
    run = project.run("plan")
    assert run.code == 2
    assert run.err.endswith(
        "error: products/studio/product.yaml:3:10: P601"
        " version '1.0.0' is already published with other content: studio-big; impact high, "
        "needs a major version\n"
        "hint: a published version never changes: set version: 2.0.0, or let publisher release studio write "
        "the next version; publisher diff 'studio*' --from published shows the changes\n"
        "hint: 1 of 2 products is OK; --keep-going publishes it\n"
    )
    project.edit("products/studio/product.yaml", "1.0.0", "2.0.0")
    document = project.run("--json", "sync", "--yes").document
    assert [outcome["change"]["key"][:2] for outcome in document["outcomes"]] == [
        ["stored-object", f"templates/{document['outcomes'][1]['change']['after']['digest'][7:]}.yaml"],
        ["provisioning-artifact", "studio-big"],
    ]
    assert writes(document["calls"]) == {"s3:PutObject": 1, "servicecatalog:CreateProvisioningArtifact": 1}
    assert project.run("plan", "--check").code == 0


def test_deleted_content_is_stored_again(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    (key,) = [key for key in project.stored() if key.startswith("content/")]
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)
    assert project.run("plan", "--check").code == 4
    assert project.run("sync").code == 3
    run = project.run("--json", "sync", "--yes")
    assert writes(run.document["calls"]) == {"s3:PutObject": 1}
    assert key in project.stored()


def test_a_template_that_does_not_lint_is_found_before_the_first_write(project: Project) -> None:
    project.bootstrap()
    project.edit("products/studio/template/main.yaml.j2", "DisplayName:", "DisplayNam:")
    run = project.run("sync", "--yes")
    assert run.code == 2
    assert "error: studio-big.template.yaml:" in run.err
    assert "'DisplayNam'" in run.err
    assert project.stored() == []


def test_what_is_wrong_in_the_files_is_found_before_the_first_call(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.edit("portfolio/ml.yaml", "{partition}", "aws-cn")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    run = project.run("plan")
    assert run.code == 2
    assert run.err.startswith("error: portfolio/ml.yaml:6:")


def test_an_error_in_a_template_is_found_before_the_first_call(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.edit("products/studio/template/main.yaml.j2", "DisplayName:", "DisplayNam:")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    run = project.run("plan")
    assert run.code == 2
    assert run.err.startswith("error: studio-big.template.yaml:")
    assert "VF3002" in run.err and "'DisplayNam'" in run.err


def test_access_expansion_needs_to_be_allowed(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    project.account.role("another")
    project.edit("portfolio/ml.yaml", "- type: LAUNCH", "- {type: LAUNCH, local_role_name: another}")
    assert "needs --allow launch-role" in project.run("plan").out
    run = project.run("sync", "--yes")
    assert run.code == 3
    assert run.err.endswith(
        f"error: {TARGET}: Constraint ml / studio-big LAUNCH needs --allow launch-role, and 1 more\n"
        "hint: nothing was written; if this is intended, add --allow launch-role\n"
    )
    assert project.run("sync", "--yes", "--allow", "launch-role").code == 0
    assert project.run("plan", "--check").code == 0


def test_undeclared_resources_are_kept(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    project.edit("portfolio/ml.yaml", "studio-*", "studio-small")
    run = project.run("plan", "--check")
    assert run.code == 0
    assert run.out.splitlines()[1:-1] == [
        "  keep  Product  studio-big  not in the files (--prune deletes it)"
    ]


def test_changes_that_fail(project: Project) -> None:
    project.drop_content()
    boto3.client("ssm").put_parameter(Name="/publisher/bucket", Value="nowhere", Type="String")
    run = project.run("sync", "--yes")
    assert run.code == 1
    assert "11 changes: 2 done, 2 failed, 7 not attempted." in run.out
    reason = "cannot write to the template bucket nowhere: "
    assert f"error: 9 of 11 changes are not done; the first: {reason}" in run.err
    again = project.run("--json", "sync", "--yes")
    assert again.code == 1
    assert [outcome["status"] for outcome in again.document["outcomes"]] == [
        *["failed"] * 2,
        *["not attempted"] * 7,
    ]
    assert again.document["error"]["code"] == "aws"
    assert (
        again.document["error"]["hint"] == "fix this, then run publisher sync again: it continues from there"
    )


@cases(
    ("change", "line"),
    {
        "new version": (
            Create(version(letter="9")),
            "create  ProvisioningArtifact  studio 1.0.0  sha256:999999999999…",
        ),
        "role by ARN": (
            Create(replace(launch(), local_role_name="", role_arn="arn:aws:iam::1:role/r")),
            "create  Constraint  ml / studio LAUNCH  arn:aws:iam::1:role/r",
        ),
        "launch role": (
            Update(launch(role="a"), launch(role="b"), needs="launch-role"),
            "update  Constraint  ml / studio LAUNCH  local_role_name: a -> b  needs --allow launch-role",
        ),
        "tags, and a field that becomes empty": (
            Update(ml, replace(ml, description="", tags=(("a b", "c d"), ("team", "b")))),
            """update  Portfolio  ml  description: All. -> "", tags: {team=a} -> {a b='c d' team=b}""",
        ),
        "finished": (Finish(ml), "update  Portfolio  ml  marked as finished"),
        "TagOption with its last association": (
            Delete(
                TagOption(tag_key="a", value="b"),
                includes=(TagOptionAssociation(owner=("portfolio", "ml"), tag_key="a", value="b"),),
            ),
            "delete  TagOption  a=b  with TagOptionAssociation portfolio ml / a=b  needs --allow delete",
        ),
        "long text": (
            Update(product("studio"), replace(product("studio"), description="a\n  b " * 20)),
            f'update  Product  studio  description: "" -> {"a b " * 14}a b…',
        ),
        "rules": (
            Update(template(rules="{}"), template(rules='{"A":1}')),
            'update  Constraint  ml / studio TEMPLATE small-only  rules: {} -> {"A":1}',
        ),
        "delete": (Delete(association()), "delete  ProductAssociation  ml / studio    needs --allow delete"),
    },
)
def test_the_line_of_a_change(change: Change, line: str) -> None:
    plan = Plan(target=TARGET, changes=(change,))
    assert lines_of(plan_text(plan, ["ml"]))[1] == f"  {line}"


def test_the_text_of_a_plan_of_several_portfolios() -> None:
    plan = Plan(
        target=TARGET,
        changes=(Create(ml), Update(launch(), launch(role="b")), Delete(pattern)),
        kept=(PruneCandidate(resource=product("old")),),
        unmanaged=(Unmanaged(portfolio="ml", kind="product", id="prod-x", name="X\x1b[2J\n"),),
    )
    assert lines_of(plan_text(plan, ["ml", "studio"])) == [
        f"portfolios ml, studio -> {TARGET}",
        "  create  Portfolio   ml",
        "  update  Constraint  ml / studio LAUNCH"
        "                             local_role_name: launch-studio -> b",
        "  delete  Principal   ml / IAM_PATTERN arn:aws:iam:::role/ml-team-*"
        "                                       needs --allow delete",
        "  keep  Product  old                       not in the files (--prune deletes it)",
        "  note  product  ml / prod-x 'X\\x1b[2J\\n'  not managed by publisher, ignored",
        f"3 changes: 1 to create, 1 to update, 1 to delete. plan {plan.digest[:12]}",
    ]


def test_the_text_of_outcomes() -> None:
    plan = Plan(target=TARGET, changes=(Create(ml), Create(pattern)))
    outcomes = [
        Outcome(change=Create(ml), status="failed", error=AwsError("no")),
        Outcome(change=Create(product("x")), status="not attempted", error=AwsError("it needs y")),
    ]
    assert lines_of(sync_text(plan, outcomes, [])) == [
        f"portfolios - -> {TARGET}",
        "  create  Portfolio  ml    failed: no",
        "  create  Product    x     not attempted: it needs y",
        f"2 changes: 1 failed, 1 not attempted. plan {plan.digest[:12]}",
    ]
