"""`validate` refuses a version that promises less than its templates change, compared with git."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Ran, Run, cases
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History


@pytest.fixture
def history(tmp_path: Path) -> History:
    history = History(tmp_path)
    history.commit(files=FILES)
    return history


def validated(run: Run, history: History) -> Ran:
    return run("-C", history.root, "validate")


RENAMED = ("QueueName: jobs", "QueueName: tasks")
SLOWER = ("DelaySeconds: 1", "DelaySeconds: 2")
ADDED = ("  Days:", "  Size: {Type: String, Default: a}\n  Days:")
SMALLER = ("size: [small, big]", "size: [small]")


@cases(
    ("path", "edit", "version", "problem"),
    {
        "a replacement": (
            TEMPLATE_FILE,
            RENAMED,
            "1.1.0",
            "version '1.1.0' is only a minor version after 1.0.0 (revision {first}); a major one is needed "
            "for: property Queue.QueueName: replacement, QueueName is create-only (tools-big and 1 more)",
        ),
        "a replacement in a major": (TEMPLATE_FILE, RENAMED, "2.0.0", ""),
        "a new parameter": (
            TEMPLATE_FILE,
            ADDED,
            "1.0.1",
            "version '1.0.1' is only a patch version after 1.0.0 (revision {first}); a minor one is needed "
            "for: parameter Size: added (tools-big and 1 more)",
        ),
        "a new parameter in a minor": (TEMPLATE_FILE, ADDED, "1.1.0", ""),
        "an update in place": (TEMPLATE_FILE, SLOWER, "1.0.1", ""),
        "a removed product": (
            PRODUCT_FILE,
            SMALLER,
            "1.1.0",
            "version '1.1.0' is only a minor version after 1.0.0 (revision {first}); a major one is needed "
            "for: product removed (tools-big)",
        ),
    },
)
def test_validate(
    path: str, edit: tuple[str, str], version: str, problem: str, run: Run, history: History
) -> None:
    """Also before it is committed."""
    with_first = problem.replace("{first}", history.head[:7])
    history.edit(path, *edit)
    history.edit(PRODUCT_FILE, '"1.0.0"', f'"{version}"')
    ran = validated(run, history)
    assert (ran.code, ran.err) == (2 if problem else 0, "")
    if problem:
        least = "2.0.0" if "major" in problem else "1.1.0"
        hint = f"set version: {least}, or let publisher release tools write the next version"
        assert ran.out == (
            f"{PRODUCT_FILE}:3:10: P608 {with_first}\n  hint: {hint}\n1 problem; 1 of 2 files OK\n"
        )
    history.commit()
    assert validated(run, history) == ran


def test_the_same_version_is_compared_with_the_one_before(run: Run, history: History) -> None:
    """What is not released yet is no problem of the files: `plan` and `release` look at that."""
    history.edit(TEMPLATE_FILE, *RENAMED)
    assert validated(run, history).code == 0


def test_edits_after_a_release_are_not_of_it(run: Run, history: History) -> None:
    """They were committed before the version that has them."""
    history.edit(TEMPLATE_FILE, *RENAMED)
    history.commit()
    history.version("1.0.0", "1.0.1")
    assert "Queue.QueueName: replacement" in validated(run, history).out


def test_without_git_nothing_is_compared(run: Run, history: History) -> None:
    history.remove(".git")
    history.edit(TEMPLATE_FILE, *RENAMED)
    history.edit(PRODUCT_FILE, "1.0.0", "1.0.1")
    assert (validated(run, history).code, validated(run, history).err) == (0, "")


def test_an_unreadable_repository_is_a_note(run: Run, history: History) -> None:
    history.break_object(history.head)
    ran = validated(run, history)
    note = "versions are not compared with git: the git repository cannot be read: "
    assert (ran.code, ran.err[: len(note)]) == (0, note)


def test_a_shallow_clone_is_a_note(run: Run, history: History) -> None:
    history.write({".git/shallow": f"{history.head}\n"})
    ran = validated(run, history)
    note = "versions of tools are not compared with git: this clone is shallow\n"
    assert (ran.code, ran.err) == (0, note)


def test_an_older_revision_that_does_not_render_is_a_note(run: Run, tmp_path: Path) -> None:
    history = History(tmp_path)
    broken = history.commit(files=FILES | {TEMPLATE_FILE: "Resources: {{ nothing }}"})
    history.write({TEMPLATE_FILE: FILES[TEMPLATE_FILE]})
    history.edit(PRODUCT_FILE, "1.0.0", "1.0.1")
    ran = validated(run, history)
    note = f"tools is not compared with 1.0.0: revision {broken[:7]} cannot be rendered: {TEMPLATE_FILE}"
    assert (ran.code, ran.err[: len(note)]) == (0, note)
