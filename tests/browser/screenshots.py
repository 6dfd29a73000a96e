"""Draws a page of every kind as a phone, a wide screen and paper show it: `make screenshots`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import DESKTOP, PAPER, PHONE, launched_browser
from tests.browser.scene import Scene, every_kind
from tests.conftest import ROOT

_FOLDER = Path(".publisher/screenshots")
# Each form of a page: its width, whether it is dark, and whether it is paper.
_FORMS = {
    "phone": (PHONE, False, False),
    "phone-dark": (PHONE, True, False),
    "desktop": (DESKTOP, False, False),
    "desktop-dark": (DESKTOP, True, False),
    "print": (PAPER, False, True),
}
# What the README shows in a window: kinds of pages, and what is seen of each.
_README = {"catalog": "body", "catalog-product": "#resources"}
_IMAGES = ROOT / "docs" / "images"


def main(folder: Path) -> None:
    """Writes `<kind>-<form>.png` to a folder, of paper also `<kind>.pdf`; and the pictures of the README."""
    folder.mkdir(parents=True, exist_ok=True)
    _IMAGES.mkdir(exist_ok=True)
    with every_kind() as scene, launched_browser() as browser:
        for form, (width, dark, paper) in _FORMS.items():
            for name, page in _pages(browser, scene, width=width, dark=dark):
                if paper:
                    page.emulate_media(media="print")
                    page.pdf(path=folder / f"{name}.pdf", format="A4", prefer_css_page_size=True)
                page.screenshot(path=folder / f"{name}-{form}.png", full_page=True)
                if form == "desktop" and name in _README:
                    _for_readme(page, name)
                sys.stdout.write(f"{folder / name}-{form}.png\n")


def _for_readme(page: Page, name: str) -> None:
    page.locator(_README[name]).first.evaluate("it => it.scrollIntoView({block: 'start'})")
    page.screenshot(path=_IMAGES / f"{name}.png")


def _pages(browser: Browser, scene: Scene, *, width: int, dark: bool) -> Iterator[tuple[str, Page]]:
    size = ViewportSize(width=width, height=900)
    with closing(browser.new_context(viewport=size, color_scheme="dark" if dark else "light")) as window:
        page = window.new_page()
        for name in scene.shown(page):
            yield name, page
            page.emulate_media(media="screen")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER)
