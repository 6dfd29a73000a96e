"""One run for many accounts and Regions."""

from __future__ import annotations

import io
import re
from pathlib import Path

import boto3
import pytest

from publisher.aws.calls import ClientError
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.cli.shell import Shell
from publisher.planning.changes import subject
from publisher.publishing.project import Project as Declared
from publisher.publishing.rollout import Rollout
from publisher.publishing.targets import PublishingTarget
from publisher.stopping import Stop
from tests.account import ACCOUNT, BUCKET, Account
from tests.cli.conftest import ROLES, Project
from tests.conftest import ROOT, cases, write_files
from tests.policies import allowing

HUB, WEST, SPOKE = "123456789012/us-west-2", "123456789012/eu-west-1", "222222222222/us-west-2"
TARGETS = """
variables: {events: "arn:{partition}:sns:{region}:{account_id}:events"}
targets:
  hub:
    account_id: "123456789012"
    regions: [us-west-2, eu-west-1]
  spoke:
    account_id: "222222222222"
    regions: [us-west-2]
    role_arn: arn:aws:iam::222222222222:role/publisher
    variables: {events: "arn:aws:sns:us-west-2:222222222222:theirs"}
"""


def bootstrap(account: str, region: str) -> None:
    keys = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/publisher", RoleSessionName="tests"
    )["Credentials"]
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=region,
    )
    bucket = f"publisher-{account}-{region}"
    session.client("s3").create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
    )
    session.client("ssm").put_parameter(Name="/publisher/bucket", Value=bucket, Type="String")
    for name in ("events", "theirs"):
        session.client("sns").create_topic(Name=name)
    for role in ROLES if account != ACCOUNT else ():
        iam = session.client("iam")
        iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
        iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=allowing("*"))


@pytest.fixture
def everywhere(project: Project) -> Project:
    project.write("configs/targets.yaml", TARGETS)
    for target in (HUB, WEST, SPOKE):
        bootstrap(*target.split("/"))
    return project


def test_all_targets_in_one_run(everywhere: Project) -> None:
    everywhere.edit(
        "portfolio/ml.yaml",
        "- type: LAUNCH",
        '- type: LAUNCH\n      - {type: NOTIFICATION, name: ops, notification_arns: ["{variables.events}"]}',
    )
    run = everywhere.run("--json", "sync", "--yes")
    assert run.code == 0
    document = run.document
    assert [it["target"] for it in document["plans"]] == [HUB, WEST, SPOKE]
    assert len({it["digest"] for it in document["plans"]}) == 3
    topics = {
        (it["target"], *change["after"]["notification_arns"])
        for it in document["plans"]
        for change in it["changes"]
        if "notification_arns" in change["after"]
    }
    assert topics == {
        (HUB, "arn:aws:sns:us-west-2:123456789012:events"),
        (WEST, "arn:aws:sns:eu-west-1:123456789012:events"),
        (SPOKE, "arn:aws:sns:us-west-2:222222222222:theirs"),
    }
    assert document["calls"]["by_operation"]["servicecatalog:CreateProduct"] == 6
    check = everywhere.run("plan", "--check")
    assert check.code == 0
    assert check.out.splitlines()[-1] == f"3 of 3 targets planned. content {document['content'][:12]}"


def test_content_digest_is_the_same_at_all_targets(everywhere: Project) -> None:
    contents = {
        everywhere.run("--json", "--target", name, "plan").document["content"] for name in ("hub", "spoke")
    }
    assert len(contents) == 1
    everywhere.edit("portfolio/ml.yaml", "display_name: ML", "# A comment.\ndisplay_name: ML")
    assert {everywhere.run("--json", "--target", "spoke", "plan").document["content"]} == contents
    everywhere.edit("portfolio/ml.yaml", "display_name: ML", "display_name: Other")
    assert {everywhere.run("--json", "--target", "spoke", "plan").document["content"]} != contents


@cases(
    ("patterns", "targets"),
    {
        "a name": (["hub"], [HUB, WEST]),
        "a name and a Region": (["hub/eu-west-1"], [WEST]),
        "an account and a Region": ([SPOKE], [SPOKE]),
        "a glob": (["222222222222/*"], [SPOKE]),
        "a Region": (["us-west-2"], [HUB, SPOKE]),
        "several": (["spoke", "hub/us-*"], [HUB, SPOKE]),
    },
)
def test_target_option_selects(everywhere: Project, patterns: list[str], targets: list[str]) -> None:
    words = [word for name in patterns for word in ("--target", name)]
    assert [it["target"] for it in everywhere.run("--json", *words, "plan").document["plans"]] == targets


@cases(
    ("words", "message"),
    {
        "unknown": (["--target", "hubb", "plan"], "target 'hubb' not found in configs/targets.yaml"),
        "Region": (["--region", "us-east-1", "plan"], "no target in configs/targets.yaml is in us-east-1"),
        "one only": (
            ["--target", "hub", "bootstrap", "--remove", "--yes"],
            f"--target matches 2 targets ({HUB}, {WEST})",
        ),
    },
)
def test_unknown_or_ambiguous_targets(everywhere: Project, words: list[str], message: str) -> None:
    run = everywhere.run(*words)
    assert run.code == 2
    assert f"error: {message}" in run.err


def test_target_option_without_targets_file(project: Project) -> None:
    run = project.run("--target", "hub", "plan")
    assert run.code == 2
    assert "target 'hub' not found: the project has no configs/targets.yaml" in run.err


def test_another_account_needs_a_role(everywhere: Project) -> None:
    everywhere.edit("configs/targets.yaml", "    role_arn: arn:aws:iam::222222222222:role/publisher\n", "")
    run = everywhere.run("--target", "spoke", "plan")
    assert run.code == 3
    assert f"error: {SPOKE}: arn:aws:sts::123456789012:user/moto belongs to another account" in run.err


def test_a_failed_target_stops_no_other(everywhere: Project) -> None:
    boto3.client("ssm", region_name="eu-west-1").put_parameter(
        Name="/publisher/bucket", Value="nowhere", Type="String", Overwrite=True
    )
    run = everywhere.run("--json", "sync", "--yes")
    assert run.code == 1
    outcomes = run.document["outcomes"]
    assert {(it["target"], it["status"]) for it in outcomes} == {
        (HUB, "done"),
        (WEST, "not attempted"),
        (SPOKE, "done"),
    }
    (failure,) = run.document["failures"]
    assert failure["target"] == WEST
    theirs = [it for it in outcomes if it["target"] == WEST]
    assert {it["error"]["message"] for it in theirs} == {failure["error"]["message"]}
    message = run.document["error"]["message"]
    assert message == (
        f"{len(theirs)} of {len(outcomes)} changes are not done; the first: {failure['error']['message']}"
    )


def test_a_page_of_a_plan_names_the_target_that_stops_it(
    everywhere: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(everywhere.root)
    boto3.client("ssm", region_name="eu-west-1").put_parameter(
        Name="/publisher/bucket", Value="nowhere", Type="String", Overwrite=True
    )
    assert everywhere.run("plan", "--html", "plan.html").code == 0
    text = (everywhere.root / "plan.html").read_text().replace("<wbr>", "")
    stops, _, rest = text.partition('id="stops"')[2].partition("</section>")
    assert re.findall(r'<p class="quiet">(.*?)</p>', stops) == [WEST]
    assert "cannot read the template bucket nowhere" in stops
    assert "cannot read the template bucket nowhere" not in rest


def test_a_refusal_at_one_target_stops_all(everywhere: Project) -> None:
    boto3.client("ssm", region_name="eu-west-1").delete_parameter(Name="/publisher/bucket")
    run = everywhere.run("sync", "--yes")
    assert run.code == 3
    assert f"error: {WEST} has no template bucket" in run.err
    assert boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("KeyCount", 0) == 0
    assert boto3.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []


def test_proposed_commands_name_the_same_target(everywhere: Project) -> None:
    boto3.client("ssm", region_name="eu-west-1").delete_parameter(Name="/publisher/bucket")
    run = everywhere.run("--target", "hub/eu-west-1", "sync", "--yes")
    assert run.code == 3
    assert "hint: run publisher --target hub/eu-west-1 bootstrap first" in run.err


def denying(project: Project, operation: str, code: str) -> Rollout:
    """A run with two targets; at the first S3 denies an operation."""

    def deny(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    targets = [PublishingTarget(aws=Aws(region=it)) for it in ("us-west-2", "eu-west-1")]
    targets[0].aws.client("s3").meta.events.register(f"before-call.s3.{operation}", deny)
    return Rollout.of(Declared.read(project.root), targets)


def test_who_cannot_look_into_the_bucket_can_plan_but_not_sync(everywhere: Project) -> None:
    rollout = denying(everywhere, "HeadObject", "403")
    ready = rollout.plan(prune=False, fast=False)
    hub, west = (one.plan for one in ready)
    assert [subject(it).kind for it in west.changes if it not in hub.changes] == ["StoredContent"]
    message = f"cannot read the template bucket {BUCKET}: HeadObject answered 403: no"
    assert (str(hub.blocked), west.blocked) == (message, None)
    rollout.check(ready, [], lambda text, done, total: None)
    outcomes = [(one.plan.target, outcome) for one, outcome in rollout.sync(ready, Stop())]
    assert {(name, it.status) for name, it in outcomes} == {(HUB, "not attempted"), (WEST, "done")}
    assert {str(it.error) for _, it in outcomes if it.error} == {message}
    assert [(it.target, str(it.error)) for it in rollout.failures] == [(HUB, message)]


def test_content_that_cannot_be_stored_stops_what_needs_it(everywhere: Project) -> None:
    rollout = denying(everywhere, "PutObject", "AccessDenied")
    ready = rollout.plan(prune=False, fast=False)
    rollout.check(ready, [], lambda text, done, total: None)
    outcomes = [(one.plan.target, outcome) for one, outcome in rollout.sync(ready, Stop())]
    done = {(name, subject(it.change).kind) for name, it in outcomes if it.status == "done"}
    assert {kind for name, kind in done if name == HUB} == {"Portfolio", "Principal"}
    assert {it.status for name, it in outcomes if name == WEST} == {"done"}
    (message,) = {str(it.error) for _, it in outcomes if it.status == "failed"}
    assert message == f"cannot write to the template bucket {BUCKET}: PutObject answered AccessDenied: no"


def test_a_saved_plan_of_some_targets(everywhere: Project) -> None:
    file = str(everywhere.root / "plan.json")
    assert everywhere.run("--target", "hub", "plan", "-o", file).code == 0
    run = everywhere.run("--json", "sync", file, "--yes")
    assert run.code == 0
    assert {it["target"] for it in run.document["outcomes"]} == {HUB, WEST}


def test_the_example_of_the_documentation(project: Project) -> None:
    text = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
    project.write("configs/targets.yaml", text.split("```yaml\n")[1].split("```")[0])
    assert project.run("validate").code == 0


@cases(
    ("edit", "region", "denied", "note"),
    {
        "an operations role": (("", ""), "us-west-2", "", ""),
        "none for the Region": (("", ""), "eu-west-1", "", None),
        "no operations role": (("    operations_role: {role}", ""), "us-west-2", "", None),
        "no targets": (("targets:", "others:"), "us-west-2", "", None),
        "a role that the caller may not assume": (
            ("", ""),
            "us-west-2",
            "AccessDenied",
            "operations role {role} not used: you are not allowed to assume it\n",
        ),
    },
)
def test_operations_role_of_an_account_and_region(
    account: Account,
    tmp_path: Path,
    edit: tuple[str, str],
    region: str,
    denied: str,
    note: str | None,
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/operations"
    hub = f"account_id: '{ACCOUNT}'\n    regions: [us-west-2]\n    operations_role: {role}"
    text = f"targets:\n  hub:\n    {hub}\n"
    if edit[0] != "targets:":
        write_files(tmp_path, {"configs/targets.yaml": text.replace(edit[0].format(role=role), edit[1])})
    out, err = io.StringIO(), io.StringIO()
    shell = Shell(environment={}, stdin=io.StringIO(), stdout=out, stderr=err, connect=None, clock=Clock())
    shell.directory = tmp_path
    caller = Aws(region="us-west-2")

    def deny(**_: object) -> None:
        raise ClientError({"Error": {"Code": denied, "Message": "no"}}, "AssumeRole")

    if denied:
        caller.client("sts").meta.events.register("before-call.sts.AssumeRole", deny)
    found = shell.operations(caller, ACCOUNT, region)
    assert err.getvalue() == (note or "").format(role=role)
    assert (found is not None) == (note == "")
    if found:
        assert found.identity[1].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/operations/")
