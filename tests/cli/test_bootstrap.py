from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from publisher.bootstrap.templates import body, bucket_template
from publisher.cli import main
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch, publish
from tests.cli.conftest import signalling
from tests.conftest import cases, write_files

PRODUCT = """
family: topic
version: "1.0.0"
display_name: "Topic {kind}"
owner: ML
axes:
  kind: {plain: plain, key: with a key}
combinations:
  - {kind: [plain, key]}
template: template/main.yaml.j2
"""
EXISTING = """
family: theirs
version: "1.0.0"
display_name: Theirs
owner: ML
template: template/main.yaml.j2
launch_role: their-role
"""
TEMPLATE = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
{% if kind == "key" %}
    Properties:
      KmsMasterKeyId: alias/mine
{% endif %}
"""
PORTFOLIO = """
display_name: ML
provider_name: ML
regions: [us-west-2, eu-west-1]
products:
  - product: topic-*
    constraints:
      - type: LAUNCH
"""
SPOKE = "222222222222"
TWO_REGIONS = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [us-west-2, eu-west-1]}}}}\n'
BUCKET = f"publisher-{ACCOUNT}-us-west-2"


@pytest.fixture
def account(moto: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            "products/topic/product.yaml": PRODUCT,
            "products/topic/template/main.yaml.j2": TEMPLATE,
            "products/theirs/product.yaml": EXISTING,
            "products/theirs/template/main.yaml.j2": TEMPLATE.partition("{%")[0],
            "portfolio/ml.yaml": PORTFOLIO,
        },
    )


class Run:
    """Runs command lines on a project."""

    def __init__(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.project, self._capsys = project, capsys

    def __call__(self, *words: str, region: str = "us-west-2", **injected: Any) -> tuple[int, str, str]:
        """(exit code, result, progress)"""
        code = main(["-C", str(self.project), "--region", region, *words], **injected)
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *words: str, region: str = "us-west-2") -> Any:
        code, out, err = self("--json", *words, region=region)
        assert code == 0, out + err
        return json.loads(out)


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(project, capsys)


def document(*actions: str, dry_run: bool = False) -> dict[str, Any]:
    names = ("publisher-bootstrap", "publisher-launch-roles")
    target = {
        "target": f"{ACCOUNT}/us-west-2",
        "account": ACCOUNT,
        "region": "us-west-2",
        "bucket": BUCKET,
        "parameter": "/publisher/bucket",
        "roles": ["launch-topic-key", "launch-topic-plain"],
        "stacks": [
            {"stack": name, "region": "us-west-2", "action": action}
            for name, action in zip(names, actions, strict=True)
        ],
        "unread": "",
    }
    return {"dry_run": dry_run, "targets": [target], "failures": [], "held_up": []}


def without_roles(printed: Any) -> Any:
    """What bootstrap printed, without the actions of roles."""
    for target in printed["targets"]:
        del target["role_changes"]
    return printed


@cases(
    ("words", "operation", "actions"),
    {
        "deploy": ([], "CreateStack", ["create", "not attempted"]),
        "remove": (["--remove"], "DeleteStack", ["delete", "not attempted"]),
    },
)
def test_a_signal_lets_the_stack_under_way_be_finished(
    words: list[str], operation: str, actions: list[str], run: Run, account: Account
) -> None:
    if words:
        run("bootstrap", "--yes")
    connect = signalling(operation, signal.SIGTERM)
    code, out, err = run("--json", "bootstrap", "--yes", *words, connect=connect)
    printed = json.loads(out)
    assert (code, [it["action"] for it in printed["targets"][0]["stacks"]]) == (143, actions)
    assert printed["error"]["code"] == "interrupted"
    assert "interrupted: waiting for stack us-west-2/publisher-" in err
    code, out, _ = run("bootstrap", "--yes", *words)
    assert (code, "not attempted" in out) == (0, False)


def test_bootstrap_twice(run: Run, account: Account) -> None:
    assert without_roles(run.json("bootstrap", "--dry-run")) == document("create", "create", dry_run=True)
    assert account.client("s3").list_buckets()["Buckets"] == []
    printed = run.json("bootstrap", "--yes")
    states = [(it["name"], it["state"]) for it in printed["targets"][0]["role_changes"]]
    assert states == [("launch-topic-key", "missing"), ("launch-topic-plain", "missing")]
    assert without_roles(printed) == document("create", "create")
    again = run.json("bootstrap")
    assert again["targets"][0]["role_changes"] == []
    assert without_roles(again) == document("unchanged", "unchanged")


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


def test_a_dry_run_shows_actions_added_and_removed(run: Run, project: Path, account: Account) -> None:
    run.json("bootstrap", "--yes")
    assert run("bootstrap", "--check")[0] == 0
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
    assert {"    update   launch-topic-plain", "      + sqs:CreateQueue", "      - sns:CreateTopic"} <= {
        *lines
    }
    message = f"error: {ACCOUNT}/us-west-2: bootstrap has something to do"
    proposed = f"hint: run publisher -C {project} --region us-west-2 bootstrap"
    assert err.splitlines()[-2:] == [message, proposed]
    printed = run.json("bootstrap", "--dry-run")["targets"][0]["role_changes"]
    shown = [(it["name"], it["state"], it["changed_by_hand"]) for it in printed]
    assert shown == [("launch-topic-key", "outdated", []), ("launch-topic-plain", "outdated", [])]
    assert "sqs:CreateQueue" in printed[1]["added_actions"]
    assert "sns:CreateTopic" in printed[1]["removed_actions"]


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
    code, out, _ = run("--json", "bootstrap", "--yes", "--keep-going")
    printed = json.loads(out)
    (target,) = printed["targets"]
    assert (code, [it["action"] for it in target["stacks"]]) == (1, ["unchanged", "update"])
    assert [it["name"] for it in target["role_changes"]] == ["launch-topic-plain"]
    assert [it.get("product") for it in printed["held_up"]] == ["topic-key"]
    assert printed["error"]["message"].startswith("held up: product topic-key (")
    assert account.client("iam").get_role(RoleName="launch-topic-key")


def test_bootstrap_for_people(run: Run, account: Account) -> None:
    code, out, err = run("bootstrap", "--yes", "--organization", "o-1234567890")
    assert (code, out.splitlines()) == (
        0,
        [
            f"account {ACCOUNT}",
            f"  created    us-west-2/publisher-bootstrap  bucket {BUCKET}, SSM parameter /publisher/bucket",
            "  created    us-west-2/publisher-launch-roles  2 launch roles",
        ],
    )
    assert "publisher-launch-roles: CREATE_COMPLETE" in err


def test_bootstrap_asks_first(run: Run, account: Account) -> None:
    code, out, err = run("bootstrap")
    assert (code, out) == (3, "")
    assert err.splitlines()[-2:] == [
        "error: not confirmed: cannot prompt without a terminal",
        "hint: add --yes",
    ]
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_the_policy_of_a_role_is_deployed(run: Run, account: Account) -> None:
    run.json("bootstrap", "--yes")
    (shown,) = run.json("policy", "topic-key")["policies"]
    iam = account.client("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{shown['name']}"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert json.loads(json.dumps(version).replace(ACCOUNT, "*")) == shown["document"]


@cases(
    ("words", "message", "hint"),
    {
        "organization": (
            ("--organization", "mine"),
            "--organization: 'mine' is not an organization id",
            "use the id that aws organizations describe-organization prints, or 'none' to revoke",
        ),
        "account": (
            ("--account", "222222222222", "--account", "12"),
            "--account: '12' is not an account id",
            "use twelve digits, or 'none' to revoke all",
        ),
    },
)
def test_readers_that_are_wrong(run: Run, words: tuple[str, ...], message: str, hint: str) -> None:
    assert run("bootstrap", "--yes", *words) == (2, "", f"error: {message}\nhint: {hint}\n")


def test_readers_are_added_and_removed(run: Run, account: Account) -> None:
    def sids() -> list[str]:
        policy = json.loads(account.client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
        return [statement["Sid"] for statement in policy["Statement"]]

    run.json("bootstrap", "--yes", "--organization", "o-1234567890", "--account", "222222222222")
    assert sids() == ["OnlyTls", "OrganizationReadsContent", "AccountsReadContent"]
    run.json("bootstrap", "--yes", "--organization", "none", "--account", "none")
    assert sids() == ["OnlyTls"]


def test_templates_are_written_without_aws(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("bootstrap", "--template", str(tmp_path / "out"))
    bucket = tmp_path / "out" / "publisher-bootstrap.template.json"
    roles = tmp_path / "out" / "publisher-launch-roles.template.json"
    assert (code, out) == (0, f"{bucket}\n{roles}\n")
    assert bucket.read_text() == body(bucket_template()) + "\n"
    assert [name for name in json.loads(roles.read_text())["Resources"] if name.endswith("Role")] == [
        "TopicKeyRole",
        "TopicPlainRole",
    ]


def test_remove(run: Run, account: Account) -> None:
    run.json("bootstrap", "--yes")
    code, out, err = run("bootstrap", "--remove")
    assert (code, out) == (3, "")
    assert "  delete     us-west-2/publisher-launch-roles  2 launch roles" in err.splitlines()
    code, out, err = run("bootstrap", "--remove", "--yes")
    assert (code, out.splitlines()) == (
        0,
        [
            f"account {ACCOUNT}",
            "  deleted    us-west-2/publisher-launch-roles  2 launch roles",
            f"  deleted    us-west-2/publisher-bootstrap  bucket {BUCKET}, SSM parameter /publisher/bucket",
        ],
    )
    stacks = run.json("bootstrap", "--remove")["targets"][0]["stacks"]
    assert [stack["action"] for stack in stacks] == ["absent", "absent"]


def test_remove_is_refused_while_in_use(run: Run, account: Account) -> None:
    run.json("bootstrap", "--yes")
    launch(account, publish(account, "topic-plain", role="launch-topic-plain"), "churn")
    assert run("bootstrap", "--remove", "--yes") == (
        3,
        "",
        "error: the bucket contains templates of published products: topic-plain\n"
        "hint: delete these products first\n",
    )


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
    assert stacks["Resource"] == f"arn:{partition}:cloudformation:*:*:stack/SC-*"


def test_policy_for_people_is_the_same_json(run: Run) -> None:
    code, out, _ = run("policy", "topic-*")
    assert (code, json.loads(out)) == (0, run.json("policy", "topic-*"))


def test_policy_explained(run: Run) -> None:
    code, out, _ = run("policy", "topic-*", "--explain", "kms:creategrant")
    source = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
    reason = (
        "Topic (AWS::SNS::Topic) uses a key as KmsMasterKeyId: services make grants for their resources "
        f"({source}#conditions-kms-grant-is-for-aws-resource)"
    )
    assert (code, out.splitlines()) == (
        0,
        [
            "topic-key:",
            f"  {'kms:CreateGrant':<40}  {reason}",
            "topic-plain: the launch role does not need kms:creategrant",
        ],
    )
    assert run.json("policy", "topic-*", "--explain", "kms:creategrant") == {
        "needs": [{"product": "topic-key", "action": "kms:CreateGrant", "reason": reason, "resources": ["*"]}]
    }


def test_policy_of_an_existing_role(run: Run) -> None:
    assert run("policy", "theirs") == (
        2,
        "",
        "error: theirs: the launch role is not derived; it is the existing role 'their-role'\n"
        "hint: set launch_role: derived in the family's product.yaml to derive it\n",
    )


def test_policy_of_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the project itself: configs name its products."""
    config = "techcorp-prod-a001-us-west-2-customer-churn-ml-s3.yaml"
    root = Path(__file__).parents[2]
    run = Run(root, capsys)
    shown = run.json("policy", f"configs/{config}")["policies"]
    assert {entry["product"] for entry in shown} == {"ml-project-starter-s3"}
    resources = [
        statement["Resource"]
        for entry in shown
        for statement in entry["document"]["Statement"]
        if statement["Sid"] == "OnlyCloudformation"
    ]
    assert resources == ["arn:aws:cloudformation:*:111111111111:stack/SC-*"]
