"""`report`: the catalog as a folder of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli import main
from tests.account import ACCOUNT
from tests.bootstrap.account import Account
from tests.cli.topics import Run
from tests.cli.topics import account as account
from tests.cli.topics import project as project
from tests.cli.topics import run as run
from tests.conftest import ROOT, write_files
from tests.report.pages import files_of, wrong

FOLDER = ".publisher/report"


def test_a_folder_of_pages_that_link_to_each_other(project: Path, run: Run) -> None:
    code, out, _ = run("report")
    folder = project / FOLDER
    files = files_of(folder)
    assert (code, out.splitlines()) == (
        0,
        [f"{len(files)} files written to {folder}", f"open {(folder / 'index.html').as_uri()}"],
    )
    assert [it for it in files if not it.startswith("products/")] == [
        "index.html", "portfolios/ml.html", "search-index.js", "search.js", "style.css",
    ]  # fmt: skip
    assert {f"products/{it}.html" for it in ("topic-key", "topic-plain")} <= files.keys()
    assert list(wrong(files)) == []
    # What decides for many is above, not on the tenth screen.
    assert b'<a href="#costs">Nothing by the hour or month</a>' in files["products/topic-plain.html"]


def test_the_same_files_give_the_same_bytes_anywhere(project: Path, run: Run, tmp_path: Path) -> None:
    first = run.json("report", "-o", str(tmp_path / "one"))
    second = run.json("report", "-o", str(tmp_path / "two"))
    assert first["files"] == second["files"] == sorted(files_of(tmp_path / "one"))
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert not [it for it, content in files_of(tmp_path / "one").items() if str(tmp_path).encode() in content]


def test_the_pages_of_many_products_are_made_by_processes(project: Path, run: Run) -> None:
    numbers = [f"n{number}" for number in range(30)]
    family = project / "products/topic/product.yaml"
    text = family.read_text().replace(
        "{plain: plain, key: with a key}", f"{{{', '.join(f'{it}: {it}' for it in numbers)}}}"
    )
    family.write_text(text.replace("[plain, key]", f"[{', '.join(numbers)}]"))
    _, _, err = run("report")
    files = files_of(project / FOLDER)
    assert (err.count("/30] "), "[30/30] " in err) == (3, True)
    assert {f"products/topic-{it}.html" for it in numbers} <= files.keys()
    assert list(wrong(files)) == []


def test_pages_of_what_is_no_more_are_removed_and_what_others_put_there_stays(
    project: Path, run: Run
) -> None:
    run.json("report")
    write_files(project, {f"{FOLDER}/notes.html": "mine"})
    family = project / "products/topic/product.yaml"
    family.write_text(family.read_text().replace("[plain, key]", "[plain]"))
    run.json("report")
    files = files_of(project / FOLDER)
    assert files["notes.html"] == b"mine"
    assert ("products/topic-plain.html" in files, "products/topic-key.html" in files) == (True, False)


def test_what_no_report_wrote_is_not_overwritten(project: Path, run: Run) -> None:
    write_files(project, {"site/index.html": "mine"})
    code, _, err = run("report", "-o", str(project / "site"))
    assert code == 2
    assert f"error: '{project / 'site/index.html'}': not written by this command" in err
    assert files_of(project / "site") == {"index.html": b"mine"}


def test_a_file_in_the_place_of_the_folder_is_found_before_the_work(project: Path, run: Run) -> None:
    write_files(project, {"site": "mine"})
    place = project / "site"
    code, _, err = run("report", "-o", str(place))
    assert (code, err) == (2, f"error: '{place}': not a folder\nhint: choose another place\n")


def test_a_symlink_of_a_clone_leads_nowhere(
    project: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / ".publisher").symlink_to(outside)
    code, _, err = run("report")
    place = project / FOLDER / "index.html"
    assert (code, list(outside.iterdir())) == (2, [])
    assert f"error: '{place}': a symlink pointing outside its folder" in err


TARGETS = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [us-west-2]}}}}'


def test_what_an_account_publishes_with_products_that_the_files_lack(
    account: Account, project: Path, run: Run
) -> None:
    write_files(project, {"configs/targets.yaml": TARGETS})
    at = ("--target", "hub/us-west-2")
    run.json(*at, "bootstrap", "--yes")
    run.json(*at, "sync", "--yes")
    family = project / "products/topic/product.yaml"
    family.write_text(family.read_text().replace("[plain, key]", "[plain]"))
    run.json(*at, "report")
    files = files_of(project / FOLDER)
    assert list(wrong(files)) == []
    index, gone = (files[it].decode() for it in ("index.html", "products/topic-key.html"))
    assert f"What is published in {ACCOUNT}/us-west-2." in index
    assert index.count("not in the files") == 1
    assert "only the account has it" in gone
    assert 'id="resource-Topic"' in gone


@pytest.mark.whole
def test_our_own_pages_link_to_each_other(tmp_path: Path) -> None:
    assert main(["-C", str(ROOT), "report", "-o", str(tmp_path / "pages")]) == 0
    assert list(wrong(files_of(tmp_path / "pages"))) == []
