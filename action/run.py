"""The steps of the GitHub Action, with Python's own modules only: `run.py check|plan|comment|sync`.

What publisher prints starts no workflow command, but for the annotations that it makes.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

# https://docs.github.com/en/rest/issues/comments: "Body is too long (maximum is 65536 characters)"; and
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
COMMENT_LIMIT, SUMMARY_LIMIT = 65_536, 1_000_000
FOLDER = Path(os.environ.get("RUNNER_TEMP", "")) / "publisher"
_COMMENTS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    id
    comments(first: 100, after: $after) {
      nodes { id body viewerDidAuthor } pageInfo { hasNextPage endCursor }
    }
  } }
}"""
_ADD = """
mutation($id: ID!, $body: String!) {
  addComment(input: {subjectId: $id, body: $body}) { clientMutationId }
}"""
_UPDATE = """
mutation($id: ID!, $body: String!) {
  updateIssueComment(input: {id: $id, body: $body}) { clientMutationId }
}"""


class Failed(Exception):
    """The step cannot go on."""


def check() -> None:
    """The findings as annotations and SARIF; whether the run may ask AWS."""
    command = os.environ["COMMAND"]
    if command not in ("validate", "lint", "plan", "sync"):
        raise Failed(f"command is '{command}', not validate, lint, plan or sync")
    if os.environ["GITHUB_EVENT_NAME"] == "pull_request_target":
        raise Failed("pull_request_target hands secrets to files under review: trigger it by pull_request")
    _output("publishing", str(command in ("plan", "sync") and _may_publish()).lower())
    if command == "sync":
        return
    sarif = FOLDER / "findings.sarif"
    _output("sarif", str(sarif))
    first, options = ("validate", []) if command == "plan" else (command, _lines("OPTIONS"))
    _publisher(first, "--format", "github", "--sarif", str(sarif), *options, annotations=True)


def _may_publish() -> bool:
    """Not for a fork: it gets no token for AWS, and must not use credentials that the runner has."""
    pull = _event().get("pull_request") or {}
    source = ((pull.get("head") or {}).get("repo") or {}).get("full_name")
    if pull and source != os.environ["GITHUB_REPOSITORY"]:
        print(
            "::notice title=publisher::pull request of a fork: the files are checked, without a plan",
            flush=True,
        )
        return False
    if os.environ["ROLE"] and not os.environ["REGION"]:
        raise Failed("role-to-assume needs region")
    if os.environ["ROLE"] and "ACTIONS_ID_TOKEN_REQUEST_URL" not in os.environ:
        raise Failed("role-to-assume needs a token: add 'id-token: write' to the permissions of the job")
    return True


def plan() -> None:
    """Saves the plan as JSON, as a page and as Markdown, which is also the summary of the job."""
    saved, page = FOLDER / "plan.json", FOLDER / "plan.html"
    options = ["-o", str(saved), "--html", str(page), "--format", "markdown", *_lines("OPTIONS")]
    text = _publisher("plan", *options)
    (FOLDER / "plan.md").write_text(text, encoding="utf-8")
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(fitting("## publisher plan", text, "the artifact of this run", SUMMARY_LIMIT))
    _output("plan", str(saved))


def sync() -> None:
    """Publishes; a saved plan exactly."""
    saved = os.environ["PLAN"]
    _publisher("sync", *([str(Path(saved).absolute())] if saved else []), "--yes", *_lines("OPTIONS"))


def comment() -> None:
    """Writes the plan into the one comment of this project and these targets on the pull request."""
    pull = _event()["pull_request"]
    key = json.dumps([os.environ["DIRECTORY"], _lines("TARGETS")])
    mark = f"<!-- publisher-plan {hashlib.sha256(key.encode()).hexdigest()[:12]} -->"
    places = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_RUN_ID"]
    run, artifact = "{}/{}/actions/runs/{}".format(*places), os.environ["ARTIFACT"]
    about = f"{mark}\n## publisher plan\nof {pull['head']['sha'][:12]}, by [this run]({run})"
    saved = f"[the artifact]({artifact or run})"
    text = (FOLDER / "plan.md").read_text(encoding="utf-8")
    body = fitting(f"{about}; plan.json and plan.html are in {saved}", text, saved, COMMENT_LIMIT)
    owner, name = os.environ["GITHUB_REPOSITORY"].split("/")
    asked = {"owner": owner, "name": name, "number": pull["number"], "after": None}
    while True:
        found = _graphql(_COMMENTS, asked)["repository"]["pullRequest"]
        # Somebody else's comment with the mark could be changed by its author.
        mine = [
            it["id"]
            for it in found["comments"]["nodes"]
            if it["viewerDidAuthor"] and it["body"].startswith(mark)
        ]
        following = found["comments"]["pageInfo"]
        if mine or not following["hasNextPage"]:
            break
        asked["after"] = following["endCursor"]
    _graphql(_UPDATE if mine else _ADD, {"id": mine[0] if mine else found["id"], "body": body})
    print(f"comment {'updated' if mine else 'added'}")


def fitting(head: str, text: str, elsewhere: str, limit: int) -> str:
    """The head, and as many lines of the text as fit; the text's last line is its summary and stays."""
    lines = text.rstrip().split("\n")
    whole = f"{head}\n\n{text.rstrip()}\n"
    if len(whole.encode()) <= limit:
        return whole
    end = f"lines are left out here: all are in {elsewhere}.\n\n{lines[-1][:1000]}\n"
    room = limit - len(f"{head}\n\n\n… 1000000000 {end}".encode())
    kept = 0
    while room >= (size := len(lines[kept].encode()) + 1):
        room, kept = room - size, kept + 1
    return "\n".join([head, "", *lines[:kept], "", f"… {len(lines) - kept - 1} {end}"])


def _publisher(command: str, *options: str, annotations: bool = False) -> str:
    """Runs it; its output. What it prints is shown, as text unless it is annotations."""
    region, directory = os.environ.get("REGION"), os.environ["DIRECTORY"]
    words = [str(FOLDER / "venv/bin/publisher"), "-C", directory, *(["--region", region] if region else [])]
    words += [it for target in _lines("TARGETS") for it in ("--target", target)]
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    # Both of its streams in one: the runner reads ours side by side, and might be late with one.
    done = subprocess.run(
        [*words, command, *options],
        stdout=subprocess.PIPE,
        stderr=sys.stdout.fileno(),
        encoding="utf-8",
        errors="replace",
    )
    end = f"\n::{token}::\n"
    print(f"{end}{done.stdout}" if annotations else f"{done.stdout}{end}", flush=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout


def _lines(name: str) -> list[str]:
    return [it.strip() for it in os.environ.get(name, "").splitlines() if it.strip()]


def _event() -> dict[str, Any]:
    event: dict[str, Any] = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    return event


def _output(name: str, value: str) -> None:
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"{name}={value}\n")


def _graphql(query: str, variables: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        os.environ["GITHUB_GRAPHQL_URL"],
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise Failed(f"GitHub answers {error.code} {error.reason}") from error
    except OSError as error:
        raise Failed(f"GitHub cannot be reached: {error}") from error
    if answer.get("errors"):
        raise Failed(
            f"GitHub answers: {answer['errors'][0].get('message')}; a comment needs 'pull-requests: write' in"
            " the permissions of the job"
        )
    return answer["data"]


if __name__ == "__main__":
    try:
        {"check": check, "plan": plan, "comment": comment, "sync": sync}[sys.argv[1]]()
    except Failed as failure:
        words = str(failure).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        raise SystemExit(f"::error title=publisher::{words}") from None
