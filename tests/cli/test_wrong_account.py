"""Every command in an account that is not the one named: it may ask STS who it is, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
from botocore.history import get_global_history_recorder
from botocore.stub import Stubber

from publisher.aws.clients import Aws, Expected
from publisher.cli.app import app
from publisher.errors import Refused
from tests.account import ACCOUNT
from tests.cli.conftest import Project
from tests.conftest import cases, raising

FAR = "333333333333"
TARGETS = f"""
targets:
  hub: {{account_id: "{ACCOUNT}", regions: [us-west-2]}}
  far: {{account_id: "{FAR}", regions: [us-west-2]}}
"""
CONFIG = 'product: studio-small\nname: churn\naccount_id: "{}"\nregion: us-west-2\n'
ME = f"arn:aws:iam::{ACCOUNT}:user/me"
MINE, THEIRS = "configs/mine.yaml", "configs/theirs.yaml"
# Commands and options that call no AWS. A new command is expected to ask STS until it is listed here.
OFFLINE = {
    "validate",
    "list",
    "schema",
    "render",
    "lint",
    "show",
    "docs",
    # It takes no --target: configs/pipeline.yaml says where it is.
    "pipeline",
    "policy",
    "collect",
    "github",
    "release",
    "init",
    "--template",
    "--factory",
    "--offline",
    # Of a saved plan alone, which is read first: tests/cli/test_shards.py.
    "--shard",
    "--plan",
}
# Values for every argument and option, by their names.
VALUES = {
    "account": "444444444444",
    "account_id": "444444444444",
    "accounts": "444444444444",
    "blueprint_access": "444444444444",
    "branch": "main",
    "bump": "minor",
    "console_role": "AWSReservedSSO_Admin_0123456789abcdef",
    "canary": "1",
    "environment": "production",
    "every": "studio-*",
    "expires": "14d",
    "family": "studio",
    "folder": "fresh",
    "from_": "1.0.0",
    "hub_account": "444444444444",
    "html": "plan.html",
    "organizational_units": "ou-abcd-12345678",
    "allow": "delete",
    "config": MINE,
    "explain": "sns:Publish",
    "factory": "factory.yaml",
    "for_": "person",
    "role_arn": "arn:aws:iam::444444444444:role/stacks",
    "format_": "json",
    "globs": "studio-*",
    "kind": "config",
    "max_failures": "1",
    "organization": "o-1234567890",
    "outcomes": "outcomes.json",
    "output": "out",
    "paths": "portfolio",
    "plan_file": "",
    "plan_of_many": "updates.json",
    "portfolio": "ml",
    "portfolio_id": "port-abcd1234abcd1",
    "product": "studio-*",
    "products": "studio-*",
    "repository": "octo/catalog",
    "sarif": "found.sarif",
    "shard": "1/2",
    "skip": "L302",
    "stop_at": "06:00",
    "subject": "churn",
    "summary": "summary.txt",
    "template": "out",
    "timeout": "1",
    "to": "1.0.0",
    "version": "1.0.0",
    "wave": "1",
}
# Options that are refused without another one.
TOGETHER = {
    "--console-role": ["--blueprint-access", "444444444444"],
    "--dead-principals": ["--prune"],
    "--stack-set": ["--accounts", "444444444444"],
    "--accounts": ["--stack-set"],
    "--organizational-units": ["--stack-set"],
    "--hub-account": ["--stack-set", "--accounts", "444444444444"],
    "--remove-after": ["--test"],
    "--role-arn": ["--deploy"],
    "--summary": ["--check"],
}
# Options of updates of many launches: these take no launch.
MANY = ("--all", "studio-*", "--to", "1.0.0")
OF_MANY = {"--all", "--to", "--canary", "--wave", "--max-failures", "--stop-at", "--retry-failed", "--output"}
# What does not end by itself.
ENDLESS = {("validate", "--watch")}
# Of the endpoint on this machine, whatever --target says; of files alone.
NOT_WALKED = {"local", "new"}


def commands() -> dict[str, Any]:
    root: Any = typer.main.get_command(app)
    return {name: it for name, it in root.commands.items() if name not in NOT_WALKED}


def command_lines(name: str) -> Iterator[list[str]]:
    """The command with whatever makes it write without asking, alone and with each of its options."""
    options = {it.opts[0]: it for it in commands()[name].params if it.opts[0].startswith("--")}
    arguments = [VALUES[it.name] for it in commands()[name].params if it.opts[0] not in options]
    first = [name, *(it for it in arguments if it), *({"--yes", "--force"} & options.keys())]
    first += [it for key, one in options.items() if one.required for it in (key, VALUES[one.name])]
    yield first
    for option, parameter in options.items():
        many = [name, *MANY, "--yes"] if name == "update" and option in OF_MANY else []
        if option not in (many or first) and (name, option) not in ENDLESS:
            words = [*(many or first), *TOGETHER.get(option, []), option]
            yield words if parameter.is_flag else [*words, VALUES[parameter.name]]
    if name == "update":
        yield [name, *MANY, "--yes"]


class Requests:
    """The hosts that botocore has sent requests to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def emit(self, event: str, payload: Any, source: str) -> None:
        if event == "HTTP_REQUEST":
            self.hosts.append(urlsplit(payload["url"]).netloc)

    def others(self) -> list[str]:
        return [host for host in self.hosts if not host.startswith("sts.")]


@pytest.fixture
def requests() -> Iterator[Requests]:
    recorder: Any = get_global_history_recorder()
    found = Requests()
    recorder.add_handler(found)
    recorder.enable()
    yield found
    recorder.disable()
    recorder._handlers.remove(found)


@pytest.fixture
def two(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the account that the caller is in, and another one; files are written to its folder."""
    monkeypatch.chdir(project.root)
    project.write("configs/targets.yaml", TARGETS)
    project.write(MINE, CONFIG.format(ACCOUNT))
    project.write(THEIRS, CONFIG.format(FAR))
    project.write("factory.yaml", "Portfolios: []\n")
    return project


@pytest.mark.parametrize("name", commands())
def test_a_target_in_another_account(two: Project, requests: Requests, name: str) -> None:
    for words in command_lines(name):
        asked = len(requests.hosts)
        run = two.run("--target", "far", *words)
        assert requests.others() == [], words
        if OFFLINE.isdisjoint(words):
            message = f"{FAR}/us-west-2: arn:aws:sts::{ACCOUNT}:user/moto belongs to another account"
            assert (run.code, message in run.err + run.out) == (3, True), (words, run.err)
        else:
            assert len(requests.hosts) == asked, words


@pytest.mark.parametrize("name", commands())
def test_a_target_in_another_region(two: Project, requests: Requests, name: str) -> None:
    for words in command_lines(name):
        run = two.run("--target", "hub", "--region", "eu-west-1", *words)
        assert requests.hosts == [], words
        if OFFLINE.isdisjoint(words):
            message = "no target in configs/targets.yaml is in eu-west-1"
            assert (run.code, message in run.err + run.out) == (2, True), (words, run.err)


@pytest.mark.parametrize("name", [name for name, it in commands().items() if "CONFIG" in str(it.params[:1])])
def test_a_config_of_another_account(two: Project, requests: Requests, name: str) -> None:
    for words in command_lines(name):
        words[1] = THEIRS
        run = two.run(*words)
        assert requests.others() == [], words
        message = f"error: {THEIRS}: the config is for account {FAR}, but you are"
        assert run.code == 0 if name in OFFLINE else (run.code, message in run.err) == (3, True), words


def test_without_a_target_a_command_for_one_does_not_choose(two: Project, requests: Requests) -> None:
    run = two.run("adopt", "port-abcd1234abcd1", "--yes")
    assert (run.code, requests.hosts) == (2, [])
    message = f"the project has 2 targets ({ACCOUNT}/us-west-2, {FAR}/us-west-2)"
    assert run.err.splitlines()[0] == f"error: {message}"


@cases(
    ("config", "code", "account_id"),
    {
        "of the target": (MINE, 0, ACCOUNT),
        "of another one": (THEIRS, 3, ""),
        "none": ("studio-small", 0, ACCOUNT),
    },
)
def test_policy_of_a_target(two: Project, config: str, code: int, account_id: str) -> None:
    run = two.run("--target", "hub", "policy", config)
    assert run.code == code
    assert f":{account_id}:stack/" in run.out or code == 3
    error = f"error: {config}: the config is for {FAR}/us-west-2, not {ACCOUNT}/us-west-2"
    assert (error in run.err.splitlines()) == (code == 3)


def other(kind: str) -> Aws:
    caller = Aws(region="us-west-2")
    if kind == "assumed":
        return caller.assuming(f"arn:aws:iam::{FAR}:role/publisher", region="us-west-2")
    named = caller.expecting(Expected(account_id=FAR, hint="choose"), region="us-west-2")
    return named if kind == "caller" else named.in_region("eu-west-1")


@cases(
    ("kind", "region", "hint"),
    {
        "the caller": ("caller", "us-west-2", "choose"),
        "in another Region": ("region", "eu-west-1", "choose"),
        "an assumed role": (
            "assumed",
            "us-west-2",
            f"check the role_arn 'arn:aws:iam::{FAR}:role/publisher'",
        ),
    },
)
def test_an_identity_that_turns_out_to_be_of_another_account(
    moto: None, requests: Requests, kind: str, region: str, hint: str
) -> None:
    aws = other(kind)
    with Stubber(aws.client("sts")) as stub:
        stub.add_response("get_caller_identity", {"Account": ACCOUNT, "Arn": ME})
        with raising(Refused, f"{FAR}/{region}: {ME} belongs to another account", hint):
            aws.client("iam").list_roles()
    assert requests.others() == []
