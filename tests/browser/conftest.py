"""Pages in Debian's Chromium, which `make browser` installs; without one these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

# As root it has no sandbox of its own; and it asks hosts of its maker for nothing.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# In pixels. Paper is A4 without its margins, at 96 dots per inch.
NARROW, PHONE, PAPER, DESKTOP = 320, 390, 718, 1280
_HEIGHT = 900
Open = Callable[..., Page]


def chromium() -> str:
    """The program; "" if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), "")


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Chromium, until it ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not chromium():
        pytest.skip("no Chromium: make browser installs it")
    with launched_browser() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a file or an address in a window of its own.

    No page may write an error to the console, or ask for anything that is not on this machine.
    """
    contexts, wrong = [], []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.location.get('url')}: {message.text}")

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "file" and parts.hostname not in ("127.0.0.1", "localhost"):
            wrong.append(f"asked for {request.url}")

    def open_(place: str | Path, *, width: int = DESKTOP, scripts: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": _HEIGHT},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", told)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", asked)
        page.goto(place.as_uri() if isinstance(place, Path) else place)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


def problems(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical: rule, and the first place."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{page.url}: {it['id']}: {it['help']}: {it['nodes'][0]['html'][:200]}"
        for it in found
        if it["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
