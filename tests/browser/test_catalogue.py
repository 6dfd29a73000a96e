"""The catalog that `report` writes, opened from its folder as people do."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from publisher.cli import main
from tests.bench.pages import project
from tests.browser.conftest import NARROW, PHONE, Open, overflow, problems
from tests.conftest import ROOT, cases
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE, History

HOSTILE = "<script>alert(1)</script>"
KINDS = {
    "catalog": "index.html",
    "portfolio": "portfolios/tools.html",
    "product": "products/tools-big.html",
    "version": "products/tools-big/1.1.0.html",
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of a family with two products and two versions, whose texts are hostile."""
    history = History(tmp_path_factory.mktemp("browser") / "repository")
    history.commit(files=FILES)
    history.edit(TEMPLATE_FILE, "Default: 30}", f"Default: 30, Description: 'How long. {HOSTILE}'}}")
    history.edit(TEMPLATE_FILE, "QueueName: jobs, ", "QueueName: jobs, VisibilityTimeout: 60, ")
    history.edit(TEMPLATE_FILE, "QueueUrl: {Value", "QueueUrl: {Description: Where to send, Value")
    history.edit(PRODUCT_FILE, "owner: Platform", f'owner: "{HOSTILE}"')
    history.edit(PRODUCT_FILE, '"Tools {size}"', f'"Tools {{size}} {HOSTILE}"')
    history.version("1.0.0", "1.1.0")
    assert main(["-C", str(history.root), "--quiet", "report", "-o", str(history.root / "pages")]) == 0
    return history.root / "pages"


def test_from_a_search_to_what_a_version_changed(folder: Path, opened: Open) -> None:
    page = opened(folder / "index.html")
    page.keyboard.press("/")
    page.keyboard.type("days")
    expect(page.get_by_role("status")).to_contain_text("1 parameter")
    page.get_by_role("searchbox").fill("big")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Tools big {HOSTILE}")
    expect(page.locator("#parameters")).to_contain_text("How long.")
    expect(page.locator("#parameters")).to_contain_text("30")
    picture = page.get_by_role("img").first
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("Queue")
    page.locator("#versions").get_by_role("link", name="1.1.0").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1.1.0")
    expect(page.get_by_role("main")).to_contain_text("Queue.VisibilityTimeout")


def test_a_search_finds_what_products_have(folder: Path, opened: Open) -> None:
    page = opened(folder / KINDS["version"])
    page.get_by_role("searchbox").fill("queueurl")
    results = page.get_by_role("region", name="Search results")
    results.get_by_role("link", name="Tools small").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tools small")
    expect(page.locator("#outputs").get_by_text("Where to send")).to_be_in_viewport()
    page.get_by_role("searchbox").fill("no such thing")
    expect(results).to_contain_text("Nothing found")
    page.keyboard.press("Escape")
    expect(results).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_filters_by_axis(folder: Path, opened: Open, scripts: bool) -> None:
    page = opened(folder / "index.html", scripts=scripts)
    cards = page.get_by_role("main").get_by_role("link", name="Tools ")
    assert cards.filter(visible=True).count() == 3
    page.get_by_role("checkbox", name="small").check()
    expect(cards.filter(has_text="big")).to_be_hidden()
    expect(cards.filter(has_text="small")).to_be_visible()
    assert page.get_by_role("searchbox").count() == scripts


@cases("path", KINDS)
def test_everybody_can_read_it(folder: Path, opened: Open, path: str) -> None:
    """Also narrow; test_every_kind.py looks at each form."""
    assert problems(opened(folder / path, dark=True)) == []
    narrow = opened(folder / path, width=NARROW)
    assert (problems(narrow), overflow(narrow)) == ([], 0)


def test_with_a_keyboard_only(folder: Path, opened: Open) -> None:
    page = opened(folder / "index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
    product = page.get_by_role("main").get_by_role("link", name="Tools big")
    for _ in range(20):
        page.keyboard.press("Tab")
        if product.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Tools big {HOSTILE}")


@cases("path", KINDS)
def test_hostile_texts_stay_text(folder: Path, opened: Open, path: str) -> None:
    page = opened(folder / path)
    assert HOSTILE in page.content().replace("<wbr>", "").replace("&lt;", "<").replace("&gt;", ">")
    assert page.locator("script").count() == page.locator("script[src]").count()
    page.emulate_media(media="print")
    assert problems(page) == []


@pytest.mark.whole
def test_every_page_of_our_own_catalog(opened: Open, tmp_path: Path) -> None:
    assert main(["-C", str(ROOT), "--quiet", "report", "-o", str(tmp_path)]) == 0
    pages = sorted(tmp_path.rglob("*.html"))
    page, phone = opened(pages[0]), opened(pages[0], width=PHONE)
    found = []
    for path in pages:
        assert path.stat().st_size < 300_000
        page.goto(path.as_uri())
        phone.goto(path.as_uri())
        found += [*problems(page), *problems(phone)]
        found += [f"{path.name} is too wide" for it in (page, phone) if overflow(it)]
    assert found == []


@pytest.mark.whole
def test_pages_of_hundreds_of_products(opened: Open, tmp_path: Path) -> None:
    """`make bench` says how long it takes to open one."""
    project(tmp_path)
    assert main(["-C", str(tmp_path), "--quiet", "report", "-o", str(tmp_path / "pages")]) == 0
    pages = sorted((tmp_path / "pages").rglob("*.html"))
    assert len([it for it in pages if it.parent.name == "products"]) == 350
    assert [it.name for it in pages if it.stat().st_size >= 300_000] == []
    page = opened(tmp_path / "pages" / "index.html", width=NARROW)
    assert (problems(page), overflow(page)) == ([], 0)
    page.get_by_role("searchbox").fill("kms enterprise a7")
    expect(page.get_by_role("region", name="Search results")).to_contain_text("in 12 products")
