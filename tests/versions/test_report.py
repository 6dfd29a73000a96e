"""`report`: versions on the pages, of the files and git, and of an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.account import ACCOUNT, REGION, Account
from tests.conftest import Run
from tests.report.pages import files_of, wrong
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History

TARGETS = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [{REGION}]}}}}\n'
SMALL, OLDER = "products/tools-small.html", "products/tools-small/1.0.0.html"


def pages(folder: Path) -> dict[str, str]:
    """The texts of a folder by path, after looking at its links."""
    files = files_of(folder)
    assert list(wrong(files)) == []
    return {path: content.decode() for path, content in files.items()}


def test_the_pages_of_the_files_and_of_an_account(
    run: Run, tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.build.bucket()
    account.role("launch-tools", service="servicecatalog.amazonaws.com")
    history = History(tmp_path / "project")
    history.commit(files={**FILES, "configs/targets.yaml": TARGETS})
    assert run("-C", history.root, "sync", "--yes").code == 0
    history.edit(TEMPLATE_FILE, "DelaySeconds: 1", "DelaySeconds: 2")
    history.version("1.0.0", "1.1.0")
    history.edit(PRODUCT_FILE, "1.1.0", "1.2.0")

    files, published = tmp_path / "files", tmp_path / "published"
    assert run("-C", history.root, "report", "-o", files).err == "writing pages\n[2/2] tools-big\n"
    of_files = pages(files)
    assert {it for it in of_files if it.startswith("products/tools-small")} == {
        SMALL, OLDER, "products/tools-small/1.1.0.html", "products/tools-small/1.2.0.html",
    }  # fmt: skip
    assert "What the files of the project declare." in of_files[SMALL]
    assert "DelaySeconds" in of_files["products/tools-small/1.1.0.html"]

    ran = run("-C", history.root, "--target", "hub", "report", "-o", published)
    assert (ran.code, ran.err.splitlines()[0]) == (0, f"reading the catalog of {ACCOUNT}/{REGION}")
    of_account = pages(published)
    assert {it for it in of_account if it.startswith("products/tools-small")} == {SMALL, OLDER}
    assert f"What is published in {ACCOUNT}/{REGION}." in of_account[SMALL]
    first = files_of(published)
    assert run("-C", history.root, "--target", "hub", "report", "-o", published).code == 0
    assert first == files_of(published)
