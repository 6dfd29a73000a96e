from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import boto3
import pytest
from catalog_emulator.server import process
from catalog_emulator.server.endpoint_record import NO_AUTHORITY, Endpoint
from moto.cloudformation.models import cloudformation_backends
from moto.s3.models import s3_backends

from publisher.aws.clients import Aws
from publisher.cli.endpoint import FAULTS, folder_of, running_endpoint
from tests.conftest import ROOT, Local, Run, cases

# Some start an endpoint in a process of its own.
pytestmark = pytest.mark.account


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """An empty project; an endpoint that a test leaves running is stopped."""
    folder = tmp_path / "project"
    folder.mkdir()
    yield folder
    process.stop(folder_of(folder))


@cases(
    "command",
    {
        "env": (["env"]),
        "mail": (["mail"]),
        "faults": (["faults"]),
        "calls": (["calls"]),
        "save": (["save", "state.json"]),
        "open": (["open"]),
    },
)
def test_not_running(run: Run, project: Path, command: list[str]) -> None:
    ran = run("-C", project, "local", *command)
    expected = "error: the local endpoint is not running\nhint: run publisher local start\n"
    assert (ran.code, ran.out, ran.err) == (1, "", expected)


def test_nothing_to_stop_or_show(run: Run, project: Path) -> None:
    assert run("-C", project, "local", "stop").out == "not running\n"
    assert run("-C", project, "local", "status").out == "not running; start it with: publisher local start\n"
    assert run("-C", project, "--json", "local", "status").document == {"running": False}


def test_status(run: Run, local: Local) -> None:
    document = run("-C", local.project, "--json", "local", "status").document
    assert document == {
        "running": True,
        "url": local.endpoint.url,
        "pid": os.getpid(),
        "account_id": "111111111111",
        "region": "us-west-2",
        "config_file": str(local.endpoint.config_file),
        "state_file": "",
        "profiles": ["publisher-local-admin", "ml-team-local"],
    }


def opened(link: str) -> str:
    """What a browser without cookies shows of the link."""
    # Not by a proxy of the environment.
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor())
    with browser.open(link, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_open(run: Run, local: Local) -> None:
    """Who has the link sees the pages; without the key a page names the command."""
    link = run("-C", local.project, "local", "open").out.strip()
    assert run("-C", local.project, "--json", "local", "open").document == {"link": link}
    assert link == local.endpoint.pages_link
    assert "111111111111 in us-west-2" in opened(link)
    with pytest.raises(HTTPError, match="403") as raised:
        opened(link.partition("?")[0])
    assert "this command prints: publisher local open" in raised.value.read().decode()


def test_an_endpoint_without_pages(run: Run, local: Local) -> None:
    replace(local.endpoint, site="").write()
    ran = run("-C", local.project, "local", "open")
    hint = "run publisher local stop, then publisher local start"
    expected = f"error: the endpoint has no pages: an older version started it\nhint: {hint}\n"
    assert (ran.code, ran.out, ran.err) == (3, "", expected)


@cases(
    ("role", "profile"),
    {
        "administrator": ([], "publisher-local-admin"),
        "launcher": (["--role", "ml-team-local"], "ml-team-local"),
    },
)
def test_env(run: Run, local: Local, role: list[str], profile: str) -> None:
    ran = run("-C", local.project, "local", "env", *role)
    assert ran.out.splitlines() == [
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        f"export AWS_ENDPOINT_URL={local.endpoint.url}",
        f"export AWS_CONFIG_FILE={local.endpoint.config_file}",
        f"export AWS_PROFILE={profile}",
        "export AWS_REGION=us-west-2",
        "export AWS_DEFAULT_REGION=us-west-2",
        f"export AWS_CA_BUNDLE={NO_AUTHORITY}",
        "unalias aws 2>/dev/null || :",
        f'aws() {{ command aws --endpoint-url {local.endpoint.url} "$@"; }}',
    ]


def test_env_keeps_calls_from_a_proxy(run: Run, local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as environment:
        environment.setenv("HTTP_PROXY", "http://proxy.example.com")
        environment.setenv("no_proxy", "example.com,localhost")
        lines = run("-C", local.project, "local", "env").out.splitlines()
    assert [line for line in lines if "proxy" in line.lower()] == [
        "export NO_PROXY=example.com,localhost,127.0.0.1",
        "export no_proxy=example.com,localhost,127.0.0.1",
    ]


def test_the_aws_cli_calls_the_endpoint_for_every_service(run: Run, local: Local) -> None:
    """Version 1 has other addresses for SQS and EMR, whatever AWS_ENDPOINT_URL is."""
    local.client("sqs").create_queue(QueueName="q")
    script = (
        run("-C", local.project, "local", "env").out
        + "aws sqs list-queues --output text && aws emr list-clusters"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr, "/q\n" in ran.stdout) == (0, "", True)


def test_clients_with_tls_trust_one_authority() -> None:
    """They fail to load an empty file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(NO_AUTHORITY)
    (found,) = context.get_ca_certs()
    assert found["subject"] == ((("commonName", "nobody: the local AWS has no TLS"),),)


def test_env_unsets_other_endpoints(run: Run, local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_S3", "https://example.com")
        environment.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        ran = run("-C", local.project, "local", "env")
    assert ran.out.splitlines()[0].endswith(" AWS_ENDPOINT_URL_S3 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


def test_a_role_is_assumed_at_the_endpoint(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = local.endpoint
    with monkeypatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
        aws = Aws(
            profile=endpoint.launcher_profile,
            region=endpoint.region,
            endpoint_url=endpoint.url,
            config_file=endpoint.config_file,
        )
        arn = aws.client("sts").get_caller_identity()["Arn"]
    assert f":assumed-role/{endpoint.launcher_profile}/" in arn


def test_env_of_an_unknown_role(run: Run, local: Local) -> None:
    ran = run("-C", local.project, "local", "env", "--role", "ada")
    assert (ran.code, ran.err) == (
        2,
        "error: unknown role 'ada'\nhint: use --role ml-team-local, or omit it\n",
    )


def subscribe(local: Local, *addresses: str) -> str:
    sns = local.client("sns")
    topic = str(sns.create_topic(Name="alerts")["TopicArn"])
    for address in addresses:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    return topic


def test_mail(run: Run, local: Local) -> None:
    topic = subscribe(local, "ada@example.com", "bob@example.com")
    ran = run("-C", local.project, "local", "mail", "--to", "bob@example.com")
    assert ran.out.startswith("To: bob@example.com\nDate: ")
    assert topic in ran.out and "ada@example.com" not in ran.out
    assert run("-C", local.project, "local", "mail", "--to", "eve@example.com").out == "no mail\n"


def test_mail_is_confirmed(run: Run, local: Local) -> None:
    topic = subscribe(local, "ada@example.com")
    ran = run("-C", local.project, "local", "mail", "--confirm")
    assert ran.err.startswith(f"GET {local.endpoint.url}/_emulator/sns/confirm?")
    (found,) = local.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["SubscriptionArn"].startswith(topic)


def test_mail_of_a_deleted_topic(run: Run, local: Local) -> None:
    topic = subscribe(local, "ada@example.com")
    local.client("sns").delete_topic(TopicArn=topic)
    ran = run("-C", local.project, "local", "mail", "--confirm")
    assert ran.code == 1
    assert ran.err.endswith(
        "not confirmed: Topic does not exist\nhint: send a new link: publisher alerts CONFIG --resend\n"
    )


def test_faults_are_shown_and_changed(run: Run, local: Local) -> None:
    assert run("-C", local.project, "local", "faults").out.startswith(
        "none\nkinds, each as kind=value or kind:operations=value:\n  latency "
    )
    assert run("-C", local.project, "local", "faults", "throttle=1,seed=7").out == "throttle=1,seed=7\n"
    with pytest.raises(Exception, match="Rate exceeded"):
        local.client("servicecatalog").list_portfolios()
    document = run("-C", local.project, "--json", "local", "faults").document
    assert document["happened"]["throttle"] >= 1
    assert run("-C", local.project, "local", "faults", "none").out == "none\n"
    assert local.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []


def test_a_wrong_profile(run: Run, local: Local) -> None:
    ran = run("-C", local.project, "local", "faults", "throttle=2")
    assert (ran.code, ran.err) == (
        2,
        "error: faults: 'throttle=2' must be between 0 and 1\n"
        "hint: write items like throttle=0.3,lost-reply:Create*=0.1,unseen=2,seed=7\n",
    )


def test_calls(run: Run, local: Local) -> None:
    catalog = local.client("servicecatalog")
    catalog.list_portfolios()
    catalog.list_portfolios()
    expected = "     2 servicecatalog.ListPortfolios\n     2 in total\n"
    assert run("-C", local.project, "local", "calls").out == expected
    assert run("-C", local.project, "local", "calls", "--reset").out == expected
    assert run("-C", local.project, "--json", "local", "calls").document == {"calls": {}, "total": 0}


def test_save(run: Run, local: Local, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    ran = run("-C", local.project, "local", "save", file)
    assert (ran.code, ran.out) == (0, f"saved {file}\n")
    assert json.loads(file.read_text())["format"] == "catalog-emulator-state"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_saved_is_named(run: Run, local: Local, tmp_path: Path) -> None:
    backend: Any = s3_backends["111111111111"]["aws"]
    backend.odd = [print]
    ran = run("-C", local.project, "local", "save", tmp_path / "state.json")
    del backend.odd
    reason = "not saved: s3.odd[] contains code: <built-in function print>\n"
    assert (ran.code, ran.err) == (0, reason)


def test_reset(run: Run, local: Local) -> None:
    catalog = local.client("servicecatalog")
    catalog.create_portfolio(DisplayName="p", ProviderName="us")
    ran = run("-C", local.project, "local", "reset")
    assert (ran.code, ran.out) == (0, f"{local.endpoint.url}  reset\n")
    assert catalog.list_portfolios()["PortfolioDetails"] == []


def test_no_reset_while_a_stack_is_made(run: Run, local: Local) -> None:
    stacks: Any = cloudformation_backends["111111111111"]["us-west-2"]
    stack = stacks.create_stack("slow", json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}))
    stack.status = "CREATE_IN_PROGRESS"
    ran = run("-C", local.project, "local", "reset")
    stack.status = "CREATE_COMPLETE"
    message = "the account cannot be reset while stack slow is CREATE_IN_PROGRESS"
    assert (ran.code, ran.err) == (1, f"error: {message}\nhint: try again later\n")


@cases(
    ("make", "place", "message"),
    {
        "a folder": (Path.mkdir, "state", "{file} is not a regular file"),
        "a pipe": (os.mkfifo, "state", "{file} is not a regular file"),
        "a missing folder": (Path.touch, "none/state", "cannot write to folder '{file.parent}'"),
        "a folder of the kernel": (Path.touch, "/proc/state", "cannot write to folder '/proc'"),
    },
)
def test_files_that_cannot_be_saved_to(
    run: Run, local: Local, tmp_path: Path, make: Callable[[Path], None], place: str, message: str
) -> None:
    make(tmp_path / "state")
    file = tmp_path / place
    ran = run("-C", local.project, "local", "save", file)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"error: {message.format(file=file)}")


def test_a_link_is_replaced(run: Run, local: Local, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    (tmp_path / "state").symlink_to(tmp_path / "other")
    assert run("-C", local.project, "local", "save", tmp_path / "state").code == 0
    assert not (tmp_path / "state").is_symlink()
    assert (tmp_path / "other").read_text() == "mine"


@pytest.mark.slow
def test_an_endpoint_that_does_not_answer(run: Run, project: Path) -> None:
    file = project / "state.json"
    pid = run("-C", project, "--json", "local", "start", "--state", file).document["pid"]
    (project / "portfolio").mkdir()
    os.kill(pid, signal.SIGSTOP)
    message = f"error: the endpoint (process {pid}) does not answer"
    for words in (["local", "status"], ["--local", "plan"]):
        ran = run("-C", project, *words)
        assert (ran.code, ran.out, ran.err) == (
            1,
            "",
            f"{message}\nhint: stop it with: publisher local stop\n",
        )
    ran = run("-C", project, "local", "stop")
    discard = "hint: publisher local stop --discard\n"
    assert (ran.code, ran.err) == (1, f"{message}: its state cannot be saved to '{file}'\n{discard}")
    ran = run("-C", project, "local", "stop", "--discard")
    assert (ran.code, ran.out) == (0, f"stopped (pid {pid})\n")
    assert run("-C", project, "local", "stop").out == "not running\n"
    assert not file.exists()


@cases(
    ("variables", "expected"),
    {
        "no home": (
            {"HOME": ""},
            ("no folder for the local endpoint: HOME is not set", "set HOME, or XDG_STATE_HOME"),
        ),
        "a home in the project": (
            {"HOME": "."},
            ("no folder for the local endpoint: HOME is not set", "set HOME, or XDG_STATE_HOME"),
        ),
        "no folder": (
            {"XDG_STATE_HOME": "/dev/null"},
            (
                "cannot read folder '{folder}': Not a directory",
                "make it a folder that you can write to, or set XDG_STATE_HOME",
            ),
        ),
    },
)
def test_no_folder_for_the_endpoint(
    run: Run,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    expected: tuple[str, str],
) -> None:
    with monkeypatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", "relative")
        for name, value in variables.items():
            environment.setenv(name, value)
        ran = run("-C", project, "local", "start")
        folder = folder_of(project) if "XDG_STATE_HOME" in variables else ""
    message, hint = expected
    assert (ran.code, ran.err) == (1, f"error: {message.format(folder=folder)}\nhint: {hint}\n")
    assert list(project.iterdir()) == []


@cases("place", {"a missing folder": "none/state.json", "a folder of the kernel": "/proc/state.json"})
def test_a_state_file_that_cannot_be_written_starts_nothing(run: Run, project: Path, place: str) -> None:
    file = project / place
    ran = run("-C", project, "local", "start", "--state", file)
    message = f"error: cannot write to folder '{file.parent}'\nhint: choose another file\n"
    assert (ran.code, ran.err) == (2, message)
    assert running_endpoint(project) is None


def test_a_wrong_profile_starts_nothing(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("-C", project, "local", "start", "--faults", "rain=1")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: faults: unknown kind 'rain'")
    monkeypatch.setenv("PUBLISHER_LOCAL_FAULTS", "hail=1")
    ran = run("-C", project, "local", "start")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: faults: unknown kind 'hail'")
    assert running_endpoint(project) is None


def test_a_wrong_state_file_starts_nothing(run: Run, project: Path) -> None:
    file = project / "state.json"
    file.write_text("{}")
    ran = run("-C", project, "local", "start", "--state", file)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"error: the endpoint did not start: {file} is not a valid state file: "
        "'format' is not 'catalog-emulator-state'\n"
        "hint: use a file that a running endpoint saved with this version\n"
    )


def client(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, service: str) -> Any:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(endpoint.config_file))
    session: Any = boto3.Session(profile_name=endpoint.admin_profile)
    return session.client(service)


def test_a_saved_account_is_restored_in_another_project(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started with a file that does not exist yet, stopped, and started elsewhere."""
    file = project / "state.json"
    first = run("-C", project, "--json", "local", "start", "--state", file, "--faults", "latency=0.001")
    assert first.code == 0, first.err
    assert first.document["state_file"] == str(file)
    endpoint = running_endpoint(project)
    assert endpoint is not None
    first_path = endpoint.pages_path
    made = client(endpoint, monkeypatch, "servicecatalog").create_portfolio(
        DisplayName="ml", ProviderName="us"
    )["PortfolioDetail"]
    again = run("-C", project, "local", "start", "--state", file)
    assert "(already running, " in again.out
    assert run("-C", project, "local", "faults").out.startswith("latency=0.001\n")
    records = run("-C", project, "local", "start", "--refuse-records")
    assert (records.code, records.err.splitlines()[0]) == (
        3,
        "error: already running without --refuse-records",
    )
    refused = run("-C", project, "local", "start", "--state", project / "other.json")
    assert refused.code == 3
    assert refused.err.startswith("error: already running without the state ")
    refused = run("-C", project, "local", "start", "--port", "1")
    message = f"already running at {endpoint.url}, not at port 1"
    assert (refused.code, refused.err) == (3, f"error: {message}\nhint: run publisher local stop first\n")
    assert run("-C", project, "local", "start", "--port", endpoint.url.rpartition(":")[2]).code == 0
    stopped = run("-C", project, "local", "stop")
    assert (stopped.code, stopped.out) == (0, f"{endpoint.url}  stopped\n")
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    with monkeypatch.context() as environment:
        # Nothing listens there, and nothing may: the pages read the account with the secret.
        environment.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        ran = run("-C", elsewhere, "local", "start", "--state", file)
    try:
        assert f"restored {file}" in ran.err
        endpoint = running_endpoint(elsewhere)
        assert endpoint is not None
        found = client(endpoint, monkeypatch, "servicecatalog").list_portfolios()["PortfolioDetails"]
        assert found == [made]
        assert run("-C", elsewhere, "local", "open").out == f"{endpoint.pages_link}\n"
        assert "<h1>Service Catalog</h1>" in opened(endpoint.pages_link)
        assert endpoint.pages_path != first_path
        before = file.read_text()
        client(endpoint, monkeypatch, "servicecatalog").delete_portfolio(Id=made["Id"])
        assert run("-C", elsewhere, "local", "stop", "--discard").code == 0
        assert file.read_text() == before
    finally:
        process.stop(folder_of(elsewhere))


def test_local_starts_the_endpoint_when_needed(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHER_LOCAL_FAULTS", "reset:Nothing*=1")
    (project / "portfolio").mkdir()
    ran = run("-C", project, "--local", "plan")
    assert "local AWS started at " in ran.err
    shown = run("-C", project, "local", "faults").out
    assert shown.startswith("reset:Nothing*=1\n")


def test_the_files_of_families_are_put_into_the_account(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(project, "a", "buckets:\n- name: first\n")
    declare(project, "b", "buckets:\n- name: second\n  versioning: true\n")
    ran = run("-C", project, "local", "start")
    assert ran.err.splitlines()[1:] == ["  prepared S3 bucket first", "  prepared S3 bucket second"]
    endpoint = running_endpoint(project)
    assert endpoint is not None
    found = client(endpoint, monkeypatch, "s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in found] == ["first", "second"]


@cases(
    ("text", "expected"),
    {
        "unknown key": ("bucket: []\n", "1:1: P101 unknown key; keys are "),
        "missing": ("buckets:\n- {}\n", "2:3: P102 'name' is required"),
        "number": ("buckets:\n- name: 7\n", "2:9: P103 must be text"),
        "no YAML": ("vpcs: [\n", "2:1: P002 "),
    },
)
def test_a_wrong_file_of_a_family_starts_nothing(run: Run, project: Path, text: str, expected: str) -> None:
    declare(project, "widget", text)
    ran = run("-C", project, "local", "start")
    assert ran.code == 2
    assert ran.err.startswith(f"error: products/widget/local.yaml:{expected}")
    assert not folder_of(project).exists()


def test_two_families_declare_the_same(run: Run, project: Path) -> None:
    for family in ("a", "b"):
        declare(project, family, "buckets:\n- name: data\n")
    ran = run("-C", project, "local", "start")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: S3 bucket 'data' is declared twice")


def declare(project: Path, family: str, text: str) -> None:
    folder = project / "products" / family
    folder.mkdir(parents=True)
    (folder / "local.yaml").write_text(text)


def test_without_the_emulator(project: Path) -> None:
    code = "import sys; sys.modules['catalog_emulator'] = None; from publisher.cli import main;" + (
        f"sys.exit(main(['-C', {str(project)!r}, 'local', 'status']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "",
        "error: the local endpoint is not installed\nhint: install the wheel of "
        "service-catalog-emulator, or emulator/ of a clone\n",
    )


def test_the_page_names_every_command_and_variable() -> None:
    page = (ROOT / "docs" / "local.md").read_text(encoding="utf-8")
    for command in ("start", "stop", "status", "open", "env", "mail", "save", "faults", "calls"):
        assert f"publisher local {command}" in page
    assert FAULTS in page
