"""bootstrap of several targets: in one run, or one after the other."""

from __future__ import annotations

import json
from pathlib import Path

from tests.account import ACCOUNT
from tests.bootstrap.account import Account
from tests.cli.topics import Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import write_files

SPOKE = "222222222222"
TWO_REGIONS = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [us-west-2, eu-west-1]}}}}\n'


def test_a_second_region_of_a_target_leaves_the_roles_where_they_are(
    run: Run, project: Path, account: Account
) -> None:
    write_files(project, {"configs/targets.yaml": TWO_REGIONS})
    run.json("--target", "hub/us-west-2", "bootstrap", "--yes")
    second = run.json("--target", "hub/eu-west-1", "bootstrap", "--yes", region="eu-west-1")
    assert second["targets"][0]["stacks"] == [
        {"stack": "publisher-bootstrap", "region": "eu-west-1", "action": "create"},
        {"stack": "publisher-launch-roles", "region": "us-west-2", "action": "unchanged"},
    ]


def test_a_removal_names_the_target_that_is_in_its_way(run: Run, project: Path, account: Account) -> None:
    write_files(project, {"configs/targets.yaml": TWO_REGIONS})
    for region in ("us-west-2", "eu-west-1"):
        run.json("--target", f"hub/{region}", "bootstrap", "--yes", region=region)
    code, _, err = run("--target", "hub/us-west-2", "bootstrap", "--remove", "--yes")
    hint = f"hint: run publisher -C {project} --target {ACCOUNT}/eu-west-1 bootstrap --remove first"
    assert (code, err.splitlines()[-1]) == (3, hint)
    assert run("--target", f"{ACCOUNT}/eu-west-1", "bootstrap", "--remove", "--yes", region="")[0] == 0


def test_all_targets_in_one_run(run: Run, project: Path, account: Account) -> None:
    targets = f"""
targets:
  hub: {{account_id: "{ACCOUNT}", regions: [us-west-2, eu-west-1]}}
  spoke: {{account_id: "{SPOKE}", regions: [us-west-2], role_arn: "arn:aws:iam::{SPOKE}:role/publisher"}}
"""
    write_files(project, {"configs/targets.yaml": targets})
    printed = run.json("bootstrap", "--yes", region="")
    stacks = {
        it["target"]: [(stack["stack"], stack["region"], stack["action"]) for stack in it["stacks"]]
        for it in printed["targets"]
    }
    assert stacks == {
        f"{ACCOUNT}/us-west-2": [
            ("publisher-bootstrap", "us-west-2", "create"),
            ("publisher-launch-roles", "us-west-2", "create"),
        ],
        f"{ACCOUNT}/eu-west-1": [("publisher-bootstrap", "eu-west-1", "create")],
        f"{SPOKE}/us-west-2": [
            ("publisher-bootstrap", "us-west-2", "create"),
            ("publisher-launch-roles", "us-west-2", "create"),
        ],
    }
    assert run("bootstrap", "--check", region="")[0] == 0
    code, _, err = run("--target", "hub/*", "bootstrap", "--remove", "--yes", region="")
    assert (code, err.splitlines()[1]) == (2, "hint: choose one with --target: this command needs one")


def test_a_failing_target_stops_no_other(run: Run, project: Path, account: Account) -> None:
    write_files(project, {"configs/targets.yaml": TWO_REGIONS})
    account.client("s3", "eu-west-1").create_bucket(
        Bucket=f"publisher-{ACCOUNT}-eu-west-1",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    code, out, _ = run("--json", "bootstrap", "--yes", region="")
    printed = json.loads(out)
    assert (code, [it["target"] for it in printed["targets"]]) == (1, [f"{ACCOUNT}/us-west-2"])
    (failure,) = printed["failures"]
    assert failure["target"] == f"{ACCOUNT}/eu-west-1"
    reason = "stack publisher-bootstrap is ROLLBACK_COMPLETE: Bucket (AWS::S3::Bucket): "
    assert failure["error"]["message"].startswith(reason)
    assert printed["error"]["message"] == f"{failure['target']}: {failure['error']['message']}"
