from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from publisher.bootstrap.templates import body, bucket_template, role_resources
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch, launch_role, publish
from tests.cli.conftest import signalling
from tests.cli.topics import BUCKET, PRODUCT, Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import cases, write_files

SECOND = "publisher-launch-roles-2.template.json"


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
        "moved_roles": [],
        "unread": "",
        "kept_versions": {},
        "left_out_versions": [],
        "unread_versions": [],
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


def test_templates_keep_their_roles_and_are_not_fewer(run: Run, project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    template = {"Resources": role_resources(launch_role("topic-key"))}
    second = write_files(folder, {"publisher-launch-roles.template.json": "{}"}) / SECOND
    second.write_text(json.dumps(template))
    assert run("bootstrap", "--template", str(folder))[0] == 0
    assert [it for it in json.loads(second.read_text())["Resources"] if it.endswith("Role")] == [
        "TopicKeyRole"
    ]
    first = json.loads((folder / "publisher-launch-roles.template.json").read_text())
    assert [it for it in first["Resources"] if it.endswith("Role")] == ["TopicPlainRole"]
    write_files(project, {"products/topic/product.yaml": PRODUCT + "launch_role: mine\n"})
    assert run("bootstrap", "--template", str(folder))[0] == 0
    assert list(json.loads(second.read_text())["Resources"]) == ["Nothing"]


@cases(
    "content",
    {"no JSON": "{", "a list": "[]", "no resources": '{"Resources": []}', "too deep": "[" * 100_000},
)
def test_a_folder_with_another_file(run: Run, tmp_path: Path, content: str) -> None:
    folder = write_files(tmp_path / "out", {"publisher-launch-roles.template.json": content})
    path = folder / "publisher-launch-roles.template.json"
    assert run("bootstrap", "--template", str(folder)) == (
        2,
        "",
        f"error: '{path}': not a template of bootstrap\nhint: remove it, or write elsewhere\n",
    )


@cases(
    "option",
    {
        it: it.split()
        for it in ("--dry-run", "--check", "--remove", "--keep-going", "--allow delete", "--account none")
    },
)
def test_only_writing_templates(run: Run, tmp_path: Path, option: list[str]) -> None:
    assert run("bootstrap", "--template", str(tmp_path / "out"), *option) == (
        2,
        "",
        f"error: --template cannot be combined with {option[0]}\nhint: --template only writes files\n",
    )
    assert not (tmp_path / "out").exists()


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
