"""The versions of the products of the files: what git has of them, and what it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.planning.product_history import ProductHistory
from publisher.publishing.desired_catalog import portable
from publisher.publishing.file_histories import file_histories
from publisher.publishing.project import Project
from tests.conftest import write_files
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repository")


def histories(root: Path) -> dict[str, ProductHistory]:
    project = Project.read(root)
    return file_histories(root, project, portable(project.repository, project.rendered))


def shown(history: ProductHistory) -> list[tuple[str, ...]]:
    """Version, place, what it changed of which version, and the paths of that."""
    return [
        (it.name, it.place.partition(" ")[0])
        if it.changed is None
        else (
            it.name,
            it.place.partition(" ")[0],
            it.changed.before,
            it.changed.bump,
            *(change.path for change in it.changed.changes or ()),
        )
        for it in history.versions
    ]


def test_each_version_is_compared_with_the_one_before(history: History) -> None:
    first = history.commit(files=FILES)
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    second = history.version("1.0.0", "1.0.1")
    history.edit(PRODUCT_FILE, '"1.0.1"', '"2.0.0"')
    history.write(
        {"products/tools/CHANGELOG.md": "# Tools\n\n## 2.0.0\nBreaking.\n\n## [1.0.0] first\n- It.\n"}
    )
    history.edit(TEMPLATE_FILE, "QueueName: jobs, ", "")
    history.edit(PRODUCT_FILE, "size: {small: small,", "size: {tiny: tiny, small: small,")
    history.edit(PRODUCT_FILE, "[small, big]", "[tiny, small, big]")
    found = histories(history.root)
    assert found.keys() == {"tools-big", "tools-small", "tools-tiny"}
    big = found["tools-big"]
    assert shown(big) == [
        ("2.0.0", "files", "1.0.1", "major", "Queue.QueueName", "QueueUrl"),
        ("1.0.1", "revision", "1.0.0", "patch", "Queue.DelaySeconds"),
        ("1.0.0", "revision"),
    ]
    assert [it.place for it in big.versions] == ["files", f"revision {second[:7]}", f"revision {first[:7]}"]
    assert (big.current, big.notes) == ("2.0.0", ())
    assert [it.entry for it in big.versions] == ["Breaking.", "", "- It."]
    assert big.template is not None and "Queue" in big.template["Resources"]
    assert shown(found["tools-tiny"]) == [("2.0.0", "files", "", "minor")]
    assert big == histories(history.root)["tools-big"]


def test_states_are_those_that_the_files_give(history: History) -> None:
    history.commit(files=FILES)
    history.version("1.0.0", "1.1.0")
    history.version("1.1.0", "1.2.0")
    history.edit(
        PRODUCT_FILE, "owner: Platform", "owner: Platform\nversions: {1.1.0: deprecated, 1.0.0: inactive}"
    )
    versions = histories(history.root)["tools-big"].versions
    states = [(it.name, it.artifact.active, it.artifact.guidance) for it in versions]
    assert states == [
        ("1.2.0", True, "DEFAULT"),
        ("1.1.0", True, "DEPRECATED"),
        ("1.0.0", False, "DEFAULT"),
    ]
    assert [it.changed.same for it in versions if it.changed] == [True, True]


def test_edits_after_the_version_was_set_are_noted(history: History) -> None:
    set_ = history.commit(files=FILES)
    assert [it.notes for it in histories(history.root).values()] == [(), ()]
    history.edit(TEMPLATE_FILE, "Topic: {Type: AWS::SNS::Topic}", "Other: {Type: AWS::SNS::Topic}")
    found = histories(history.root)
    note = f"the files were edited after 1.0.0 (revision {set_[:7]}), which set their version"
    assert {key: it.notes for key, it in found.items()} == {"tools-big": (note,), "tools-small": ()}


def test_a_revision_that_cannot_be_rendered_is_a_note(history: History) -> None:
    history.commit(files=FILES)
    history.edit(TEMPLATE_FILE, "Days:", "{{ nothing }}:")
    broken = history.version("1.0.0", "1.1.0")
    history.edit(TEMPLATE_FILE, "{{ nothing }}:", "Days:")
    history.edit(PRODUCT_FILE, '"1.1.0"', '"1.2.0"')
    found = histories(history.root)["tools-big"]
    reason = f"revision {broken[:7]} cannot be rendered: {TEMPLATE_FILE}:2:1: T002 'nothing' is undefined"
    assert [(it.name, it.changed and it.changed.reason[: len(reason)]) for it in found.versions] == [
        ("1.2.0", reason),
        ("1.1.0", reason),
        ("1.0.0", None),
    ]
    assert [it[: len(reason)] for it in found.notes] == [reason]


def test_older_versions_that_git_cannot_give(tmp_path: Path, history: History) -> None:
    write_files(tmp_path / "plain", FILES)
    found = histories(tmp_path / "plain")["tools-big"]
    note = "older versions are unknown: the project is in no git repository"
    assert (shown(found), found.notes) == ([("1.0.0", "files")], (note,))
    history.commit(files=FILES)
    history.version("1.0.0", "1.1.0")
    (history.folder / ".git/shallow").write_text(f"{history.head}\n")
    shallow = histories(history.root)["tools-big"]
    assert shallow.notes == ("older versions may be missing: this clone is shallow",)


def test_only_the_newest_of_many_versions_are_compared(history: History) -> None:
    history.commit(files=FILES)
    for number in range(1, 13):
        history.version(f"1.{number - 1}.0", f"1.{number}.0")
    found = histories(history.root)["tools-small"]
    assert [it.name for it in found.versions] == [f"1.{number}.0" for number in range(12, 1, -1)]
    assert found.notes[0].startswith("2 older versions not shown: 1.1.0 (revision ")


def test_a_note_of_a_repository_that_cannot_be_read_names_no_place_of_this_machine(history: History) -> None:
    commit = history.commit(files=FILES)
    history.version("1.0.0", "1.1.0")
    blob = history.folder / ".git/objects" / commit[:2] / commit[2:]
    blob.unlink()
    blob.mkdir()
    (note,) = histories(history.root)["tools-big"].notes
    reason = "the git repository cannot be read: IsADirectoryError: Is a directory"
    assert note == f"older versions are unknown: {reason}"
