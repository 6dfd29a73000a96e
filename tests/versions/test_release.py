"""`release` writes the version that the changes need, and an entry that people understand."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.documents import parse
from publisher.errors import InputError
from publisher.publishing.release import with_entry, with_version
from tests.conftest import Ran, Run, cases
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History

LOG = "products/tools/CHANGELOG.md"
TOP = """\
# Changelog of tools

What each version changes for launches, newest first. `publisher release` adds entries; edit them.

"""
FIRST = f"{TOP}## 1.0.0\nThe first version.\n"


@pytest.fixture
def history(tmp_path: Path) -> History:
    history = History(tmp_path)
    history.commit(files=FILES | {LOG: FIRST})
    return history


def released(run: Run, history: History, *words: str) -> Ran:
    return run("-C", history.root, "release", "tools", *words)


def text(history: History, path: str) -> str:
    return (history.root / path).read_bytes().decode()


PATCH = "Launches can be updated as they are.\n- Changed in place: `Queue`.\n"
SLOWER = ("DelaySeconds: 1", "DelaySeconds: 2")


@cases(
    ("edit", "words", "version", "entry"),
    {
        "a patch": (SLOWER, (), "1.0.1", PATCH),
        "more than is needed": (SLOWER, ("--bump", "minor"), "1.1.0", PATCH),
        "something new": (
            ("  Days:", "  Size: {Type: String, Default: a}\n  Days:"),
            (),
            "1.1.0",
            "Launches can be updated as they are.\n- New: parameter `Size` (String, default a).\n",
        ),
        "a required parameter": (
            ("  Days:", "  Size: {Type: String}\n  Days:"),
            (),
            "2.0.0",
            "**Breaking**: read this before you update a launch.\n"
            "- Every launch must set: parameter `Size` (it has no default).\n",
        ),
        "a replacement": (
            ("QueueName: jobs", "QueueName: tasks"),
            (),
            "2.0.0",
            "**Breaking, with data or names at stake**: read this before you update a launch.\n"
            "- Replaced by new ones; all data in the old ones is lost: "
            "`Queue` (its QueueName changes).\n"
            "- Outputs with another value: `QueueUrl` (because of Queue).\n",
        ),
        "all products, and some": (
            (
                '{% if size == "big" %}\n',
                "  News: {Type: AWS::SNS::Topic}\n"
                '{% if size == "big" %}\n'
                "  Alarms: {Type: AWS::SNS::Topic}\n",
            ),
            (),
            "1.1.0",
            "Launches can be updated as they are.\n"
            "- New:\n"
            "  - all products: `News` (AWS::SNS::Topic)\n"
            "  - `size` `big`: `Alarms` (AWS::SNS::Topic)\n",
        ),
        "some products": (
            ("  Topic: {Type: AWS::SNS::Topic}\n", "  Alarms: {Type: AWS::SNS::Topic}\n"),
            (),
            "2.0.0",
            "**Breaking**: read this before you update a launch.\n"
            "- Deleted (only `size` `big`): `Topic`.\n"
            "- New (only `size` `big`): `Alarms` (AWS::SNS::Topic).\n",
        ),
    },
)
def test_release(
    edit: tuple[str, str], words: tuple[str, ...], version: str, entry: str, run: Run, history: History
) -> None:
    """Comments and quotes of product.yaml stay."""
    history.edit(TEMPLATE_FILE, *edit)
    history.commit()
    ran = released(run, history, *words)
    assert (ran.code, ran.err) == (0, "")
    assert text(history, PRODUCT_FILE) == FILES[PRODUCT_FILE].replace('"1.0.0"', f'"{version}"')
    assert text(history, LOG) == FIRST.replace("## 1.0.0", f"## {version}\n{entry}\n## 1.0.0")
    history.commit()
    assert run("-C", history.root, "validate").code == 0


def test_json_and_what_is_next(run: Run, history: History) -> None:
    first = history.head
    history.edit(TEMPLATE_FILE, *SLOWER)
    history.commit()
    document = released(run, history, "--json").document
    assert document == {
        "family": "tools",
        "before": "1.0.0",
        "after": "1.0.1",
        "since": f"1.0.0 (revision {first[:7]})",
        "bump": "patch",
        "level": "safe",
        "written": [LOG, PRODUCT_FILE],
        "entry": "## 1.0.1\nLaunches can be updated as they are.\n- Changed in place: `Queue`.\n",
    }


def test_products_that_come_and_go(run: Run, history: History) -> None:
    history.edit(PRODUCT_FILE, "small: small", "huge: huge")
    history.edit(PRODUCT_FILE, "[small, big]", "[huge, big]")
    history.commit()
    document = released(run, history, "--json").document
    assert (document["after"], document["entry"].splitlines()[2:]) == (
        "2.0.0",
        ["- Removed products: `tools-small`.", "- New products: `tools-huge`."],
    )


def test_the_entry_of_a_version_that_was_set_by_hand(run: Run, history: History) -> None:
    history.edit(TEMPLATE_FILE, *SLOWER)
    history.version("1.0.0", "1.3.0")
    document = released(run, history, "--json").document
    assert (document["before"], document["after"], document["written"]) == ("1.0.0", "1.3.0", [LOG])
    assert "## 1.3.0\n" in text(history, LOG)


def test_the_entry_of_the_first_version(run: Run, tmp_path: Path) -> None:
    history = History(tmp_path)
    history.commit(files=FILES)
    ran = released(run, history)
    assert (ran.code, text(history, LOG)) == (0, FIRST)


def refused(ran: Ran, code: int, message: str, hint: str) -> bool:
    return (ran.code, ran.err) == (code, f"error: {message}\nhint: {hint}\n")


def test_what_is_not_committed_is_refused(run: Run, history: History) -> None:
    history.edit(TEMPLATE_FILE, *SLOWER)
    history.write({"products/tools/new.md": "", "README.md": "does not matter"})
    message = "tools has changes that are not committed: 'products/tools/new.md' and 1 other file"
    hint = "commit them first: the version is that of the committed files"
    assert refused(released(run, history), 3, message, hint)


def test_no_change_is_refused(run: Run, history: History) -> None:
    first = history.head
    history.commit(files={"products/tools/README.md": "words"})
    message = f"no product of tools has changed since 1.0.0 (revision {first[:7]})"
    for words in ((), ("--bump", "major")):
        ran = released(run, history, *words)
        assert refused(ran, 3, message, "edit its template or content, and commit that")


def test_a_smaller_bump_is_refused(run: Run, history: History) -> None:
    history.edit(TEMPLATE_FILE, "QueueName: jobs", "QueueName: tasks")
    history.commit()
    message = (
        "a minor version is too small; a major one is needed for: property Queue.QueueName: replacement, "
        "QueueName is create-only (tools-big and 1 more)"
    )
    ran = released(run, history, "--bump", "minor")
    assert refused(ran, 3, message, "run publisher release tools without --bump")


def test_other_input(run: Run, history: History) -> None:
    ran = run("-C", history.root, "release", "tolls")
    assert refused(ran, 2, "no family 'tolls'", "did you mean 'tools'? (families are tools)")
    history.remove(".git")
    ran = released(run, history)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: the project is in no git repository")


def test_a_changelog_that_leads_elsewhere_is_not_written(run: Run, history: History) -> None:
    """Nothing is written then."""
    (history.folder / "outside").mkdir()
    (history.root / LOG).unlink()
    (history.root / LOG).symlink_to("/etc/hostname")
    history.edit(TEMPLATE_FILE, *SLOWER)
    history.commit()
    ran = released(run, history)
    assert (ran.code, "a symlink pointing outside its folder" in ran.err) == (2, True)
    assert text(history, PRODUCT_FILE) == FILES[PRODUCT_FILE]


def test_the_changelog_is_no_content(run: Run, history: History) -> None:
    """A version that is released twice is not released again for its own entry."""
    history.edit(TEMPLATE_FILE, *SLOWER)
    history.commit()
    assert released(run, history).code == 0
    history.commit()
    assert released(run, history).code == 3


@cases(
    ("before", "after"),
    {
        "in double quotes": ('version: "1.0.0" # why', 'version: "2.0.0" # why'),
        "in single quotes": ("version: '1.0.0'", "version: '2.0.0'"),
        "plain": ("version:   1.0.0", "version:   2.0.0"),
        "after another one": ('note: 1.0.0\nversion: "1.0.0"\n', 'note: 1.0.0\nversion: "2.0.0"\n'),
        "on one line": ('{note: 1.0.0, version: "1.0.0"}', '{note: 1.0.0, version: "2.0.0"}'),
        "line ends of Windows": ("version: 1.0.0\r\nnote: x\r\n", "version: 2.0.0\r\nnote: x\r\n"),
        "after letters of all sizes": ('{"ö𝄞": 1, version: 1.0.0}', '{"ö𝄞": 1, version: 2.0.0}'),
    },
)
def test_only_the_version_changes(before: str, after: str) -> None:
    assert with_version(before, parse(before, path="p"), "2.0.0") == after


@cases(
    "written",
    {
        "escaped": 'version: "1\\u002e0.0"',
        "on the next line": "version: >-\n  1.0.0\n",
        "an alias": "note: &v 1.0.0\nversion: *v\n",
    },
)
def test_a_version_that_cannot_be_edited(written: str) -> None:
    with pytest.raises(InputError, match="version cannot be edited as it is written"):
        with_version(written, parse(written, path="p"), "2.0.0")


@cases(
    ("before", "after"),
    {
        "nothing": ("", f"{TOP}## 2.0.0\nNew.\n"),
        "no entry": ("# Log\n", "# Log\n\n## 2.0.0\nNew.\n"),
        "an older entry": ("# Log\n\n## 1.0.0\nOld.\n", "# Log\n\n## 2.0.0\nNew.\n\n## 1.0.0\nOld.\n"),
        "an entry of its own": ("# Log\n\n## [2.0.0] by hand\n", "# Log\n\n## [2.0.0] by hand\n"),
        "a prerelease": ("## 2.0.0-rc.1\nOld.\n", "## 2.0.0\nNew.\n\n## 2.0.0-rc.1\nOld.\n"),
        "line ends of Windows": ("## 1.0.0\r\nOld.\r\n", "## 2.0.0\r\nNew.\r\n\r\n## 1.0.0\r\nOld.\r\n"),
    },
)
def test_entries_are_put_above_the_others(before: str, after: str) -> None:
    assert with_entry(before, "tools", "2.0.0", "## 2.0.0\nNew.\n") == after
