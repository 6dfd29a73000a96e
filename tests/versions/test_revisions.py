"""Git revisions: which commit set a version, what its products render to; nothing else is read or runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from publisher.errors import InputError
from publisher.publishing.git_objects import FamilyRevision
from publisher.publishing.revisions import Revisions
from tests.conftest import cases, raising
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repository")


@pytest.fixture
def revisions(history: History) -> Iterator[Revisions]:
    with Revisions(history.root) as opened:
        yield opened


def found(revisions: Revisions, version: str, *, below: bool) -> FamilyRevision | None:
    look = revisions.below if below else revisions.of
    return look({"tools": version}).found.get("tools")


def test_the_commit_that_set_a_version_released_it(history: History, revisions: Revisions) -> None:
    first = history.commit(files=FILES)
    history.commit(files={"README.md": "more\n"})
    second = history.version("1.0.0", "1.1.0")
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    history.commit("What comes after it is for the next version")
    assert found(revisions, "1.1.0", below=False) == FamilyRevision(commit=second, version="1.1.0")
    assert found(revisions, "1.1.0", below=True) == FamilyRevision(commit=first, version="1.0.0")
    assert found(revisions, "1.2.0", below=True) == FamilyRevision(commit=second, version="1.1.0")
    assert found(revisions, "0.9.0", below=True) is None
    assert found(revisions, "1.3.0", below=False) is None


def test_a_version_that_came_back_is_that_of_its_last_commit(history: History, revisions: Revisions) -> None:
    history.commit(files=FILES)
    history.version("1.0.0", "2.0.0")
    back = history.version("2.0.0", "1.0.0")
    again = history.version("1.0.0", "2.0.0")
    assert found(revisions, "2.0.0", below=False) == FamilyRevision(commit=again, version="2.0.0")
    assert found(revisions, "2.0.0", below=True) == FamilyRevision(commit=back, version="1.0.0")


def test_a_broken_product_file_in_between_does_not_count(history: History, revisions: Revisions) -> None:
    first = history.commit(files=FILES)
    history.commit(files={PRODUCT_FILE: "version: ["})
    history.commit(files={PRODUCT_FILE: FILES[PRODUCT_FILE].replace("Platform", "Others")})
    assert found(revisions, "1.0.0", below=False) == FamilyRevision(commit=first, version="1.0.0")


def test_products_are_rendered_as_a_commit_has_them(tmp_path: Path) -> None:
    history = History(tmp_path, within="deep/project")
    first = history.commit(files=FILES)
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    history.edit(TEMPLATE_FILE, "QueueName: jobs", "QueueName: edited, not committed")
    with Revisions(history.root) as revisions:
        then = revisions.rendered(first, ["tools"])
        assert [it.product for it in then] == ["tools-big", "tools-small"]
        assert [it.product for it in revisions.rendered(first, [], lambda it: it.key == "tools-big")] == [
            "tools-big"
        ]
        assert then[0].template["Resources"]["Queue"]["Properties"]["DelaySeconds"] == 1
        assert revisions.rendered(first, ["nothing"]) == ()


def test_what_cannot_be_rendered_names_the_revision(history: History, revisions: Revisions) -> None:
    broken = history.commit(files=FILES | {TEMPLATE_FILE: "Resources: {{ nothing }}"})
    message = (
        f"revision {broken[:7]} cannot be rendered: {TEMPLATE_FILE}:1:1: T002 'nothing' is undefined: "
        "tools-big and 1 more"
    )
    with raising(InputError, message, "compare with another revision"):
        revisions.rendered(broken, ["tools"])


@cases("revision", {"a branch": "master", "HEAD": "HEAD", "@": "@", "a tag": "v1", "steps": "HEAD~0"})
def test_revisions_that_name_the_last_commit(revision: str, history: History, revisions: Revisions) -> None:
    last = history.commit(files=FILES)
    with Repo(str(history.folder)) as repo:
        repo.refs[Ref(b"refs/tags/v1")] = ObjectID(last.encode())
    assert revisions.commit(revision) == revisions.commit(last) == revisions.commit(last[:8]) == last


def test_parents_of_a_commit(history: History, revisions: Revisions) -> None:
    commits = [history.commit(files=FILES), *(history.commit(files={"a": f"{n}"}) for n in range(3))]
    assert [revisions.commit(it) for it in ("HEAD^", "HEAD~2", "master~1^~")] == [
        commits[2],
        commits[1],
        commits[0],
    ]


@cases(
    "revision",
    {
        "unknown": "nowhere",
        "before the first": "HEAD~9",
        "a path": "../../../../etc/passwd",
        "a range": "HEAD..master",
        "empty steps": "~~~~",
        "an option": "--upload-pack=touch x",
        "control characters": "a\x1b[2Jb\n",
    },
)
def test_revisions_that_do_not_exist(revision: str, history: History, revisions: Revisions) -> None:
    history.commit(files=FILES)
    with pytest.raises(InputError, match=r"git revision .* not found") as raised:
        revisions.commit(revision)
    assert raised.value.message.isprintable()


def test_changed_files(history: History, revisions: Revisions) -> None:
    history.commit(files=FILES | {"products/tools/old.md": "old"})
    assert revisions.changed_files("tools") == ()
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    history.write({"products/tools/new.md": "", "products/tools/.DS_Store": "", "products/other.md": ""})
    (history.root / "products/tools/old.md").unlink()
    assert revisions.changed_files("tools") == (
        "products/tools/new.md",
        "products/tools/old.md",
        TEMPLATE_FILE,
    )


def test_no_repository(tmp_path: Path) -> None:
    with Revisions(tmp_path) as revisions:
        assert found(revisions, "1.0.0", below=True) is None
        with raising(InputError, "the project is in no git repository"):
            revisions.commit("HEAD")


def test_a_repository_without_a_commit(revisions: Revisions) -> None:
    assert found(revisions, "1.0.0", below=True) is None
    with raising(InputError, "git revision 'HEAD' not found"):
        revisions.commit("HEAD")


def test_a_work_tree_has_the_objects_of_its_repository(history: History, tmp_path: Path) -> None:
    last = history.commit(files=FILES)
    own = history.folder / ".git/worktrees/other"
    own.mkdir(parents=True)
    (own / "HEAD").write_text(f"{last}\n")
    (own / "commondir").write_text("../..\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {own}\n")
    with Revisions(other) as revisions:
        assert (revisions.commit("HEAD"), revisions.commit("master")) == (last, last)


def test_a_shallow_history_says_that_it_lacks_something(history: History, revisions: Revisions) -> None:
    first = history.commit(files=FILES)
    second = history.version("1.0.0", "1.1.0")
    (history.folder / ".git/shallow").write_text(f"{second}\n")
    (history.folder / f".git/objects/{first[:2]}/{first[2:]}").unlink()
    answer = revisions.below({"tools": "1.1.0"})
    assert (answer.found, answer.shallow) == ({}, True)


HOSTILE_CONFIG = """\
[core]
  fsmonitor = touch {marker}
  sshCommand = touch {marker}
  hooksPath = {folder}
  worktree = /
  attributesFile = {folder}/attributes
[filter "evil"]
  smudge = touch {marker}
  clean = touch {marker}
  process = touch {marker}
  required = true
[diff "evil"]
  textconv = touch {marker}
  command = touch {marker}
[include]
  path = {folder}/pipe
[alias]
  log = !touch {marker}
[extensions]
  objectFormat = nonsense
  partialClone = origin
[remote "origin"]
  promisor = true
  url = ext::sh -c touch% {marker}
"""


def test_nothing_of_a_hostile_repository_runs_or_is_read(
    history: History, revisions: Revisions, tmp_path: Path
) -> None:
    """The config waits for a pipe, so whoever reads it hangs."""
    last = history.commit(files=FILES | {".gitattributes": "* filter=evil diff=evil export-subst\n"})
    marker, git = tmp_path / "marker", history.folder / ".git"
    os.mkfifo(git / "pipe")
    (git / "config").write_text(HOSTILE_CONFIG.format(marker=marker, folder=git))
    (git / "attributes").write_text("* filter=evil\n")
    for name in ("post-checkout", "reference-transaction", "fsmonitor-watchman", "pre-commit"):
        hook = git / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
        hook.chmod(0o755)
    assert found(revisions, "1.0.0", below=False) == FamilyRevision(commit=last, version="1.0.0")
    assert len(revisions.rendered(revisions.commit("HEAD"), ["tools"])) == 2
    assert revisions.changed_files("tools") == ()
    assert not marker.exists()


def plant(history: History, entries: dict[bytes, tuple[int, bytes]]) -> str:
    """A commit whose family has these entries, as git itself would not write them; what files hold."""
    with Repo(str(history.folder)) as repo:
        family, products, top = Tree(), Tree(), Tree()
        for name, (mode, body) in entries.items():
            blob = Blob.from_string(body)
            repo.object_store.add_object(blob)
            family.add(name, mode, blob.id)
        products.add(b"tools", 0o40000, family.id)
        top.add(b"products", 0o40000, products.id)
        commit = Commit()
        commit.tree = top.id
        commit.author = commit.committer = b"Somebody <>"
        commit.author_time = commit.commit_time = commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"hostile"
        for it in (family, products, top, commit):
            repo.object_store.add_object(it)
        return str(commit.id.decode())


VALID: dict[bytes, tuple[int, bytes]] = {
    b"product.yaml": (0o100644, FILES[PRODUCT_FILE].encode()),
    b"template.yaml.j2": (0o100644, FILES[TEMPLATE_FILE].encode()),
}


@cases(
    "name",
    {"above": b"..", "git's own": b".GIT", "a path": b"a\\b", "nothing": b""},
)
def test_names_that_git_refuses_are_refused(name: bytes, history: History, revisions: Revisions) -> None:
    commit = plant(history, VALID | {name: (0o100644, b"x")})
    with pytest.raises(InputError, match="the git revision has a file with the name"):
        revisions.rendered(commit, ["tools"])


def test_links_that_leave_the_project_are_left_out(
    history: History, revisions: Revisions, tmp_path: Path
) -> None:
    (tmp_path / "secret.yaml.j2").write_text(FILES[TEMPLATE_FILE])
    entries = VALID | {b"template.yaml.j2": (0o120000, str(tmp_path / "secret.yaml.j2").encode())}
    with pytest.raises(InputError, match=r"cannot be rendered: .* not found"):
        revisions.rendered(plant(history, entries), ["tools"])
    inside = VALID | {
        b"template.yaml.j2": (0o120000, b"real.j2"),
        b"real.j2": (0o100644, FILES[TEMPLATE_FILE].encode()),
    }
    assert len(revisions.rendered(plant(history, inside), ["tools"])) == 2


def test_a_broken_object_is_one_line(history: History, revisions: Revisions) -> None:
    history.break_object(history.commit(files=FILES))
    with pytest.raises(InputError, match="the git repository cannot be read"):
        revisions.below({"tools": "1.1.0"})


@cases(
    ("place", "device"),
    {
        "a pipe": ("HEAD", ""),
        "a device": ("HEAD", "/dev/zero"),
        "a device with references": ("packed-refs", "/dev/zero"),
    },
)
def test_what_is_no_file_in_the_place_of_a_ref_is_not_read(
    place: str, device: str, history: History, revisions: Revisions
) -> None:
    """It has no end."""
    history.commit(files=FILES)
    file = history.folder / ".git" / place
    file.unlink(missing_ok=True)
    file.symlink_to(device) if device else os.mkfifo(file)
    message = f"the git repository cannot be read: RuntimeError: {place} is no plain file"
    for read in (lambda: revisions.commit("HEAD"), lambda: revisions.changed_files("tools")):
        with raising(InputError, message, "run git fsck"):
            read()


def test_an_unfit_pointer_to_the_repository_is_named_without_its_folder(
    history: History, revisions: Revisions
) -> None:
    (history.folder / ".git/commondir").write_text("x" * 5000)
    message = "the git repository cannot be read: ValueError: commondir: larger than 4,096 bytes"
    with raising(InputError, message, "run git fsck"):
        revisions.commit("HEAD")
