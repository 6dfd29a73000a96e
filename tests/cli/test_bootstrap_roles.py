"""bootstrap of launch roles that are outdated, were changed by hand, or whose product is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch, publish, withdraw
from tests.cli.topics import BUCKET, Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import write_files


def test_a_dry_run_shows_actions_added_and_removed(run: Run, project: Path, account: Account) -> None:
    run.json("bootstrap", "--yes")
    assert run("bootstrap", "--check")[0] == 0
    product = publish(account, "topic-plain", role="launch-topic-plain")
    for number in range(7):
        launch(account, product, f"topic-{number}")
    queue = "Resources: {Queue: {Type: AWS::SQS::Queue}}\n{% if kind %}{% endif %}\n"
    write_files(project, {"products/topic/template/main.yaml.j2": queue})
    code, out, err = run("bootstrap", "--check")
    lines = out.splitlines()
    assert (code, lines[:3]) == (
        4,
        [
            f"account {ACCOUNT}",
            f"  unchanged  us-west-2/publisher-bootstrap  bucket {BUCKET}, SSM parameter /publisher/bucket",
            "  update     us-west-2/publisher-launch-roles  2 launch roles",
        ],
    )
    # What is published still needs it.
    keeps = "      keeps    what other published versions need: 1.0.0"
    assert ("      - sns:CreateTopic" in lines, lines.count(keeps)) == (True, 1)
    assert "lose what is removed" not in out
    withdraw(account, product)
    code, out, err = run("bootstrap", "--check")
    assert {
        "    update   launch-topic-plain  needs --allow launch-role",
        "      + sqs:CreateQueue",
        "      - sns:CreateTopic",
        "      note     7 launches use this role and lose what is removed: us-west-2/topic-0, "
        "us-west-2/topic-1, us-west-2/topic-2, us-west-2/topic-3, us-west-2/topic-4 and 2 more",
    } <= {*out.splitlines()}
    message = f"error: {ACCOUNT}/us-west-2: bootstrap has something to do"
    proposed = f"hint: run publisher -C {project} --region us-west-2 bootstrap"
    assert err.splitlines()[-2:] == [message, proposed]
    printed = run.json("bootstrap", "--dry-run")["targets"][0]["role_changes"]
    shown = [(it["name"], it["state"], it["changed_by_hand"]) for it in printed]
    assert shown == [("launch-topic-key", "outdated", []), ("launch-topic-plain", "outdated", [])]
    assert "sqs:CreateQueue" in printed[1]["added_actions"]
    assert "sns:CreateTopic" in printed[1]["removed_actions"]
    assert [len(it["losing_launches"]) for it in printed] == [0, 7]
    code, out, err = run("bootstrap", "--yes")
    assert (code, out, err.splitlines()[-2:]) == (
        3,
        "",
        [
            f"error: {ACCOUNT}: launch role launch-topic-key gets more permissions, which needs "
            "--allow launch-role, and 1 more",
            "hint: nothing was written; if this is intended, add --allow launch-role",
        ],
    )
    assert "      + sqs:CreateQueue" in err.splitlines()
    assert run("bootstrap", "--yes", "--allow", "launch-role")[0] == 0
    assert run("bootstrap", "--check")[0] == 0


def test_roles_that_were_changed_by_hand_are_repaired(run: Run, account: Account) -> None:
    run.json("bootstrap", "--yes")
    iam = account.client("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/launch-topic-plain-1"
    document: Any = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    for statement in document["Statement"]:
        if "sns:CreateTopic" in statement["Action"]:
            statement["Action"].remove("sns:CreateTopic")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    code, out, _ = run("bootstrap", "--check")
    assert (code, out.splitlines()[2:]) == (
        4,
        [
            "  repair     us-west-2/publisher-launch-roles  2 launch roles",
            "    repair   launch-topic-plain",
            "      ! policy changed: launch-topic-plain-1",
            "      + sns:CreateTopic",
        ],
    )
    code, out, err = run("bootstrap", "--yes")
    assert (code, out.splitlines()[2:]) == (
        0,
        ["  repaired   us-west-2/publisher-launch-roles  2 launch roles"],
    )
    assert "launch-topic-plain: repairing what was changed by hand" in err.splitlines()
    assert run("bootstrap", "--check")[0] == 0


def test_what_is_wrong_holds_up_its_own_role_only(run: Run, project: Path, account: Account) -> None:
    run.json("bootstrap", "--yes")
    broken = "Resources: {Topic: {Type: AWS::SNS::Topic}, X: {Type: 'A::B::C'}}\n"
    condition = (
        "{% if kind == 'key' %}" + broken + "{% else %}Resources: {Queue: {Type: AWS::SQS::Queue}}{% endif %}"
    )
    write_files(project, {"products/topic/template/main.yaml.j2": condition})
    code, _, err = run("bootstrap", "--yes")
    assert (code, "T030 the launch policy of A::B::C cannot be derived" in err) == (2, True)
    assert "--keep-going publishes" in err
    code, out, _ = run("--json", "bootstrap", "--yes", "--keep-going", "--allow", "launch-role")
    printed = json.loads(out)
    (target,) = printed["targets"]
    assert (code, [it["action"] for it in target["stacks"]]) == (1, ["unchanged", "update"])
    assert [it["name"] for it in target["role_changes"]] == ["launch-topic-plain"]
    assert [it.get("product") for it in printed["held_up"]] == ["topic-key"]
    assert printed["error"]["message"].startswith("held up: product topic-key (")
    assert account.client("iam").get_role(RoleName="launch-topic-key")
