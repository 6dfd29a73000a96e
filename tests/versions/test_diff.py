"""`diff` between the files, git revisions and published versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.account import REGION, Account
from tests.conftest import Ran, Run, cases
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History

NAMED = ("QueueName: jobs", "QueueName: tasks")
HEAD = "template changes of 2 products, {} -> {} (impact {}, needs a {} version): tools-big tools-small\n"
IMPACT = """\
  critical  replacement     property  Queue.QueueName  jobs -> tasks  data at stake; QueueName is create-only
  high      output changed  output    QueueUrl                        follows Queue; it is another Queue
"""


@pytest.fixture
def history(tmp_path: Path) -> History:
    """1.0.0, 1.1.0 with another delay, and files with another name for the queue."""
    history = History(tmp_path)
    history.commit(files=FILES)
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    history.version("1.0.0", "1.1.0")
    history.edit(TEMPLATE_FILE, *NAMED)
    history.edit(PRODUCT_FILE, "1.1.0", "1.2.0")
    return history


def diffed(run: Run, history: History, *words: str) -> Ran:
    return run("-C", history.root, "diff", "tools-*", *words)


def test_the_files_are_compared_with_the_last_lower_version_in_git(run: Run, history: History) -> None:
    ran = diffed(run, history)
    place = f"1.1.0 (revision {history.head[:7]})"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        HEAD.format(place, "1.2.0 (files)", "critical", "major")
        + IMPACT
        + "tools, 2 products: impact critical, needs a major version after 1.1.0; 1.2.0 is a minor one, "
        "too small\n"
    )


@cases(
    ("words", "steps", "paths"),
    {
        "a version of git": (("--from", "1.0.0"), ("1.0.0", "1.2.0"), {"DelaySeconds", "QueueName"}),
        "two versions of git": (("--from", "1.0.0", "--to", "1.1.0"), ("1.0.0", "1.1.0"), {"DelaySeconds"}),
        "the version before one": (("--to", "1.1.0"), ("1.0.0", "1.1.0"), {"DelaySeconds"}),
        "a revision": (("--from", "HEAD~1"), ("1.0.0", "1.2.0"), {"DelaySeconds", "QueueName"}),
        "two revisions": (("--from", "HEAD^", "--to", "master"), ("1.0.0", "1.1.0"), {"DelaySeconds"}),
        "backwards": (("--from", "tree", "--to", "HEAD"), ("1.2.0", "1.1.0"), {"QueueName"}),
        "nothing": (("--from", "tree"), ("1.2.0", "1.2.0"), set()),
    },
)
def test_sides(
    words: tuple[str, ...], steps: tuple[str, str], paths: set[str], run: Run, history: History
) -> None:
    document = diffed(run, history, *words, "--format", "json").document
    assert {(it["before"], it["after"]) for it in document["products"]} == {steps}
    changed = {it["path"].removeprefix("Queue.") for it in document["changes"] if not it["follows"]}
    assert changed == paths
    assert all(it["products"] == ["tools-big", "tools-small"] for it in document["changes"])


@cases(
    ("edits", "place", "expected"),
    {
        "edited": (
            [(TEMPLATE_FILE, "Seconds: 2", "Seconds: 3")],
            "1.1.0",
            "needs a patch version",
        ),
        "as committed": ([], "1.0.0", "1.1.0 is a minor one"),
    },
)
def test_an_edit_is_compared_with_the_revision_that_set_the_version(
    edits: list[tuple[str, str, str]], place: str, expected: str, run: Run, history: History
) -> None:
    history.edit(PRODUCT_FILE, "1.2.0", "1.1.0")
    history.edit(TEMPLATE_FILE, *reversed(NAMED))
    for edit in edits:
        history.edit(*edit)
    ran = diffed(run, history)
    assert (ran.code, ran.err) == (0, "")
    assert f"2 products, {place} (revision" in ran.out
    assert expected in ran.out.splitlines()[-1]


def test_an_edit_of_the_first_version(run: Run, tmp_path: Path) -> None:
    history = History(tmp_path)
    commit = history.commit(files=FILES)
    assert diffed(run, history).out == "same content: tools-big tools-small\n"
    history.edit(TEMPLATE_FILE, *NAMED)
    ran = diffed(run, history)
    assert ran.out.startswith(
        HEAD.format(f"1.0.0 (revision {commit[:7]})", "1.0.0 (files)", "critical", "major")
    )


def test_json(run: Run, history: History) -> None:
    document = diffed(run, history, "--from", "HEAD", "--format", "json").document
    revision = f"1.1.0 (revision {history.head[:7]})"
    assert (document["level"], document["bump"]) == ("critical", "major")
    assert document["products"][0] == {
        "product": "tools-big",
        "family": "tools",
        "before": "1.1.0",
        "after": "1.2.0",
        "places": [revision, "1.2.0 (files)"],
        "bump": "major",
        "same": False,
        "presence": "both",
        "unknown": None,
    }
    fields = ("effect", "level", "at_stake", "bump", "before", "after", "resource_type", "follows")
    assert [[it[field] for field in fields] for it in document["changes"]] == [
        ["replacement", "critical", "data", "major", "jobs", "tasks", "AWS::SQS::Queue", ""],
        ["output changed", "high", "", "patch", "", "", "", "Queue"],
    ]


def test_markdown(run: Run, history: History) -> None:
    out = diffed(run, history, "--format", "markdown").out
    assert out.startswith("#### <code>template changes of 2 products, 1.1.0 ")
    assert "| <code>critical</code> | <code>replacement</code> | <code>property</code> |" in out
    assert out.endswith("needs a major version after 1.1.0; 1.2.0 is a minor one, too small\n")


def test_products_come_and_go(run: Run, history: History) -> None:
    history.write({TEMPLATE_FILE: FILES[TEMPLATE_FILE].replace("Seconds: 1", "Seconds: 2")})
    history.edit(PRODUCT_FILE, "small: small", "huge: huge")
    history.edit(PRODUCT_FILE, "[small, big]", "[huge, big]")
    ran = diffed(run, history, "--from", "HEAD")
    assert ran.out == "added: tools-huge\nremoved: tools-small\nsame content: tools-big\n"


@cases(
    ("words", "message", "hint"),
    {
        "an unknown product": (
            ("tolls-*",),
            "no product matches 'tolls-*'",
            "run publisher list to see the products",
        ),
        "an unknown revision": (
            ("tools-*", "--from", "nowhere"),
            "git revision 'nowhere' not found",
            "use a branch, a tag or a commit of this repository, e.g. HEAD~1",
        ),
        "an unknown version": (
            ("tools-*", "--from", "9.0.0"),
            "version '9.0.0' is not in the git history",
            "pass a git revision, or an account (--local, --profile, --target) for published versions",
        ),
        "nothing before": (
            ("tools-*", "--to", "1.0.0"),
            "git has no revision of tools below 1.0.0",
            "pass --from REVISION, or --from published to compare with what is published",
        ),
    },
)
def test_what_is_not_there(
    words: tuple[str, ...], message: str, hint: str, run: Run, history: History
) -> None:
    ran = run("-C", history.root, "diff", *words)
    assert (ran.code, ran.err) == (2, f"error: {message}\nhint: {hint}\n")


def test_published_versions(
    run: Run, history: History, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version is one that is published, where the account is named."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.build.bucket()
    account.role("launch-tools", service="servicecatalog.amazonaws.com")
    history.write({TEMPLATE_FILE: FILES[TEMPLATE_FILE], PRODUCT_FILE: FILES[PRODUCT_FILE]})
    for version, delay in (("1.0.0", 1), ("1.0.1", 5)):
        history.edit(TEMPLATE_FILE, "DelaySeconds: 1", f"DelaySeconds: {delay}")
        history.edit(PRODUCT_FILE, '"1.0.0"', f'"{version}"')
        assert run("-C", history.root, "sync", "--yes").code == 0
    history.edit(TEMPLATE_FILE, *NAMED)
    ran = diffed(run, history, "--from", "published")
    assert ran.err == f"reading the catalog of 123456789012/{REGION}\n"
    assert ran.out == (
        HEAD.format("1.0.1 (published)", "1.0.1 (files)", "critical", "major")
        + IMPACT
        + "tools, 2 products: impact critical, needs a major version after 1.0.1\n"
    )
    both = diffed(run, history, "--to", "published", "--format", "json").document
    assert {tuple(it["places"]) for it in both["products"]} == {("1.0.0 (published)", "1.0.1 (published)")}
    assert [it["path"] for it in both["changes"]] == ["Queue.DelaySeconds"]
    unknown = diffed(run, history, "--from", "published", "--to", "7.0.0")
    assert unknown.err.endswith(
        "error: version '7.0.0' is not published here\nhint: versions are 1.0.0, 1.0.1\n"
    )
