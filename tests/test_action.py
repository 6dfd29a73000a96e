"""The GitHub Action: its steps run as by a runner, with the local endpoint and a stand-in for GitHub."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.cli.conftest import FAMILY, PORTFOLIO, TEMPLATE
from tests.conftest import ROOT, Local, Run, cases, write_files

ACTION: Any = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
# Stands for setup-python's: makes folders like a venv, whose publisher is the one of the tests.
PYTHON = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" >> "$RUNNER_TEMP/python.txt"
case "$*" in
  "-I -m venv "*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; cp "$(dirname "$0")/publisher" "$4/bin/" ;;
  "-I -m pip "*) ;;
  *) exec {python} "$@" ;;
esac
"""
PUBLISHER = """\
#!/usr/bin/env bash
PYTHONPATH={path} exec {python} -P -c 'from publisher.cli import run; run()' "$@"
"""
# Says what it was asked for, and that there is a plan.
RECORDER = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" >> "$RUNNER_TEMP/asked.txt"
echo "::error::of a hostile name ##[add-mask]x" >&2
echo "no changes. plan 0123"
"""


class GitHub:
    """GitHub's GraphQL API as far as comments on one pull request: author and text; others made 150."""

    def __init__(self) -> None:
        self.comments = [["another", f"comment {n}"] for n in range(150)]
        self.answers: list[dict[str, Any]] = []
        self.tokens: set[str] = set()

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if self.answers:
            return self.answers.pop()
        if "addComment" in query:
            assert variables["id"] == "PR"
            self.comments.append(["bot", variables["body"]])
        elif "updateIssueComment" in query:
            self.comments[int(variables["id"])][1] = variables["body"]
        else:
            assert (variables["owner"], variables["name"], variables["number"]) == ("octo", "catalog", 7)
            start = int(variables["after"] or 0)
            nodes = [
                {"id": str(n), "body": body, "viewerDidAuthor": author == "bot"}
                for n, (author, body) in enumerate(self.comments)
            ]
            page = {"hasNextPage": start + 100 < len(nodes), "endCursor": str(start + 100)}
            comments = {"nodes": nodes[start : start + 100], "pageInfo": page}
            return {"data": {"repository": {"pullRequest": {"id": "PR", "comments": comments}}}}
        return {"data": {}}

    @property
    def plans(self) -> list[str]:
        return [body for author, body in self.comments if author == "bot"]


@pytest.fixture
def github() -> Iterator[tuple[GitHub, str]]:
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            github.tokens.add(self.headers["Authorization"])
            body = json.dumps(github.answer(asked["query"], asked["variables"])).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield github, f"http://127.0.0.1:{server.server_port}/graphql"
    server.shutdown()
    server.server_close()


class Runner:
    """Runs the shell steps in a workspace, as expressions say; `used` are the actions of the other steps."""

    def __init__(self, workspace: Path, temp: Path, publisher: str = RECORDER, **variables: str) -> None:
        self.workspace, self.temp = workspace, temp
        self.used: list[str] = []
        (temp / "bin").mkdir(parents=True)
        for name, text in (("python", PYTHON), ("publisher", publisher)):
            program = text.replace("{python}", sys.executable).replace("{path}", os.pathsep.join(sys.path))
            (temp / "bin" / name).write_text(program)
            (temp / "bin" / name).chmod(0o755)
        self.variables = {
            "PATH": f"{temp / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(temp),
            "RUNNER_TEMP": str(temp),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(temp / "event.json"),
            "GITHUB_OUTPUT": str(temp / "output"),
            "GITHUB_REPOSITORY": "octo/catalog",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STEP_SUMMARY": str(temp / "summary.md"),
            **variables,
        }
        self.event("octo/catalog")

    def event(self, repository: str) -> None:
        pull = {"number": 7, "head": {"sha": "0123456789abcdef", "repo": {"full_name": repository}}}
        (self.temp / "event.json").write_text(json.dumps({"pull_request": pull}))

    def __call__(self, **inputs: str) -> tuple[int, str]:
        """The exit code, and what the log shows."""
        values = {name: str(it.get("default", "")) for name, it in ACTION["inputs"].items()}
        values["github-token"] = "secret-token"
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        known = {f"inputs.{name}": value for name, value in values.items()}
        known |= {"runner.temp": str(self.temp), "github.run_id": "1", "github.event_name": "pull_request"}
        log = ""
        self.used = []
        for step in STEPS:
            if "if" in step and not self._holds(step["if"], known):
                continue
            if "uses" in step:
                self.used.append(step["uses"].partition("@")[0])
                known[f"steps.{step.get('id')}.outputs.artifact-url"] = "https://github.com/artifacts/5"
                continue
            (self.temp / "output").write_text("")
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=self.workspace,
                env=self.variables
                | {name: self._filled(it, known) for name, it in step.get("env", {}).items()},
                capture_output=True,
                text=True,
            )
            # The runner reads both, and may come to either first.
            log += done.stderr + done.stdout
            for line in (self.temp / "output").read_text().splitlines():
                name, _, value = line.partition("=")
                known[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                return done.returncode, log
        return 0, log

    @property
    def asked(self) -> list[str]:
        """The words of all commands of publisher."""
        return (self.temp / "asked.txt").read_text().splitlines()

    def _filled(self, text: str, known: dict[str, str]) -> str:
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known.get(match[1], ""), text)

    def _holds(self, condition: str, known: dict[str, str]) -> bool:
        for part in condition.split(" && "):
            name, operator, value = part.split(" ")
            if (known.get(name, "") == value.strip("'")) is not (operator == "=="):
                return False
        return True


def commands(log: str) -> list[str]:
    """The workflow commands that the runner obeys, without those that stop and resume them."""
    stopped, found = "", []
    for line in log.splitlines():
        text = line.lstrip()
        if stopped:
            stopped = "" if text == f"::{stopped}::" else stopped
        elif text.startswith("::stop-commands::"):
            stopped = text.removeprefix("::stop-commands::")
        elif text.startswith("::") or "##[" in text:
            found.append(text)
    assert not stopped
    return found


@pytest.fixture
def workspace(local: Local, run: Run) -> Path:
    for name in ("portfolio", "products", "configs"):
        shutil.rmtree(local.project / name)
    files = {
        "portfolio/ml.yaml": PORTFOLIO,
        "products/studio/product.yaml": FAMILY,
        "products/studio/template/main.yaml.j2": TEMPLATE,
        "products/studio/content/seed/README.md": "hello\n",
        # Modules of the repository, which nothing may import.
        **{f"{name}.py": "raise SystemExit('imported')" for name in ("venv", "pip", "json", "publisher")},
    }
    write_files(local.project, files)
    assert run("-C", local.project, "--local", "bootstrap", "--yes").code == 0
    return local.project


@pytest.fixture
def runner(workspace: Path, local: Local, tmp_path: Path, github: tuple[GitHub, str]) -> Runner:
    return Runner(
        workspace,
        tmp_path / "temp",
        PUBLISHER,
        GITHUB_GRAPHQL_URL=github[1],
        AWS_CONFIG_FILE=os.environ["AWS_CONFIG_FILE"],
        AWS_ENDPOINT_URL=local.endpoint.url,
        AWS_PROFILE=local.endpoint.admin_profile,
        ACTIONS_ID_TOKEN_REQUEST_URL="https://token",
    )


@pytest.fixture
def recorder(tmp_path: Path, github: tuple[GitHub, str]) -> Runner:
    """With a program that only records what it is asked for in the place of publisher."""
    token = "https://token"
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Runner(folder, tmp_path / "temp", GITHUB_GRAPHQL_URL=github[1], ACTIONS_ID_TOKEN_REQUEST_URL=token)


def test_it_is_an_action() -> None:
    schema = json.loads((ROOT / "tests/schemas/github-action.json").read_text(encoding="utf-8"))
    assert [*Draft7Validator(schema).iter_errors(ACTION)] == []


def test_the_workflow_gives_each_job_what_it_needs() -> None:
    schema = json.loads((ROOT / "tests/schemas/github-workflow.json").read_text(encoding="utf-8"))
    path = ROOT / "publisher/starter/repository/.github/workflows/publisher.yml.example"
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    # YAML 1.1 reads the key `on` as true.
    document = {"on" if key is True else key: it for key, it in document.items()}
    assert [*Draft7Validator(schema).iter_errors(document)] == []
    assert document["on"] == {"pull_request": None, "push": {"branches": ["main"]}}
    assert document["permissions"] == {}
    reading = {"contents": "read", "id-token": "write"}
    jobs = document["jobs"]
    assert {name: it["permissions"] for name, it in jobs.items()} == {
        "plan": reading | {"pull-requests": "write"},
        "publish": reading,
    }
    assert (jobs["publish"]["if"], jobs["publish"]["environment"]) == (
        "github.event_name == 'push'",
        "production",
    )
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(re.search(r"@([0-9a-f]{40}|COMMIT)$", step["uses"]) for step in steps)
    own = [step["with"] for step in steps if step["uses"].startswith("OWNER/publisher@")]
    assert [*own[0], *own[1]] == [it for it in [*own[0], *own[1]] if it in ACTION["inputs"]]
    assert "secrets." not in text


def test_inputs_reach_scripts_only_through_the_environment_and_actions_are_pinned() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
    lines = (ROOT / "action.yml").read_text(encoding="utf-8").splitlines()
    assert all(re.search(r" # v\d+\.\d+\.\d+$", it) for it in lines if " uses: " in it)


def test_the_plan_is_one_comment_that_is_updated(
    runner: Runner, workspace: Path, github: tuple[GitHub, str], local: Local
) -> None:
    comments, _ = github
    code, log = runner(targets="", version="", role_to_assume="arn:aws:iam::1:role/x", region="us-west-2")
    assert (code, commands(log)) == (0, []), log
    assert runner.used == [
        "actions/setup-python",
        "aws-actions/configure-aws-credentials",
        "actions/upload-artifact",
    ]
    assert sorted(it.name for it in (runner.temp / "publisher").glob("plan.*")) == [
        "plan.html",
        "plan.json",
        "plan.md",
    ]
    (first,) = comments.plans
    assert first.startswith("<!-- publisher-plan ")
    assert "of 0123456789ab, by [this run](https://github.com/octo/catalog/actions/runs/1)" in first
    assert "[the artifact](https://github.com/artifacts/5)" in first
    assert re.search(r"\n\d+ changes: .* to create", first)
    assert first.partition("\n\n")[2] in (runner.temp / "summary.md").read_text()
    assert comments.tokens == {"Bearer secret-token"}
    assert "secret-token" not in log

    # Somebody puts the mark into a comment of theirs, which they could change later.
    comments.comments.insert(0, ["another", first])
    saved = runner.temp / "publisher/plan.json"
    plan = str(shutil.copy(saved, runner.temp / "plan.json"))
    path = workspace / "portfolio/ml.yaml"
    path.write_text(PORTFOLIO.replace("Platform", "Somebody"))
    assert runner()[0] == 0
    (second,) = comments.plans
    assert (first != second, comments.comments[0]) == (True, ["another", first])

    path.write_text(PORTFOLIO)
    code, log = runner(command="sync", plan=plan)
    assert (code, commands(log)) == (0, []), log
    found = local.client("servicecatalog").search_products_as_admin()["ProductViewDetails"]
    assert len(found) == 2


def test_findings_are_annotations_and_stop_the_run(runner: Runner, workspace: Path) -> None:
    hostile = "::error::boom ##[add-mask]x"
    (workspace / "portfolio/ml.yaml").write_text(f"{PORTFOLIO}{json.dumps(hostile)}: 1\n")
    code, log = runner()
    (annotation,) = commands(log)
    assert (code, annotation.partition("::P101")[0].partition(",title")[0]) == (
        2,
        "::error file=portfolio/ml.yaml,line=11,col=1",
    ), log
    sarif = json.loads((runner.temp / "publisher/findings.sarif").read_text())
    assert [it["ruleId"] for it in sarif["runs"][0]["results"]] == ["P101"]
    assert runner.used == ["actions/setup-python"]


def test_forks_get_no_plan(recorder: Runner, github: tuple[GitHub, str]) -> None:
    recorder.event("stranger/catalog")
    code, log = recorder(role_to_assume="arn:aws:iam::1:role/x", region="us-west-2")
    assert (code, recorder.used, github[0].plans) == (0, ["actions/setup-python"], [])
    assert commands(log) == [
        "::notice title=publisher::pull request of a fork: the files are checked, without a plan"
    ]
    assert recorder.asked[:3] == ["-C", ".", "--region"]
    assert "plan" not in recorder.asked


def test_inputs_are_no_shell(recorder: Runner) -> None:
    """Each is one word of a program, whatever it says."""
    words = "x; touch made $(touch made) `touch made` \" ' ${{ github.token }} --yes"
    for name in ("directory", "targets", "options", "version", "plan", "region"):
        code, _ = recorder(**{"command": "sync" if name == "plan" else "plan"} | {name: words})
        assert code == 0
        found = (
            (recorder.temp / "python.txt").read_text().split("\n") if name == "version" else recorder.asked
        )
        assert any(it.endswith(words) for it in found), name
    assert not [*recorder.temp.parent.rglob("made")]


@cases(
    ("variables", "inputs", "message"),
    {
        "command": ({}, {"command": "launch"}, "command is 'launch', not validate, lint, plan or sync"),
        "no region": ({}, {"role_to_assume": "arn:x"}, "role-to-assume needs region"),
        "no token": (
            {"ACTIONS_ID_TOKEN_REQUEST_URL": None},
            {"role_to_assume": "arn:x", "region": "us-west-2"},
            "role-to-assume needs a token: add 'id-token: write' to the permissions of the job",
        ),
        "secrets for everybody": (
            {"GITHUB_EVENT_NAME": "pull_request_target"},
            {},
            "pull_request_target hands secrets to files under review: trigger it by pull_request",
        ),
    },
)
def test_what_is_wrong_with_the_workflow(
    variables: dict[str, str | None], inputs: dict[str, str], message: str, recorder: Runner
) -> None:
    changed = recorder.variables | variables
    recorder.variables = {name: value for name, value in changed.items() if value is not None}
    code, log = recorder(**inputs)
    assert (code, commands(log)) == (1, [f"::error title=publisher::{message}"]), log


def test_a_token_that_may_not_comment(recorder: Runner, github: tuple[GitHub, str]) -> None:
    github[0].answers = [{"errors": [{"message": "Resource not accessible by integration\n::debug::x"}]}]
    code, log = recorder()
    assert (code, commands(log)) == (
        1,
        [
            "::error title=publisher::GitHub answers: Resource not accessible by integration%0A::debug::x;"
            " a comment needs 'pull-requests: write' in the permissions of the job"
        ],
    )


def test_a_long_plan_fits_with_its_summary() -> None:
    fitting = runpy.run_path(str(ROOT / "action/run.py"))["fitting"]
    assert fitting("head", "a\nb\n", "the artifact", 100) == "head\n\na\nb\n"
    rows = [f"| create {{}} ü {n} |" for n in range(10_000)]
    text = fitting("head", "\n".join([*rows, "10000 changes. plan 0123"]), "the artifact", 65_536)
    assert 65_400 < len(text.encode()) <= 65_536
    kept = text.count("create")
    assert text.startswith("head\n\n| create {} ü 0 |\n")
    assert text.endswith(
        f"… {10_000 - kept} lines are left out here: all are in the artifact.\n\n10000 changes. plan 0123\n"
    )
    assert len(fitting("head", "x" * 100_000, "the artifact", 65_536).encode()) <= 65_536
