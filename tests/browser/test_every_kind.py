"""A page of every kind, for every reader."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESKTOP, NARROW, PAPER, overflow, problems
from tests.browser.scene import every_kind

pytestmark = pytest.mark.whole
# Width, whether it is dark, and whether it is paper.
_READERS = ((DESKTOP, False, False), (DESKTOP, True, False), (NARROW, False, False), (PAPER, False, True))


def test_everybody_can_read_every_kind_of_page(browser: Browser) -> None:
    found = []
    with every_kind() as scene, closing(browser.new_context(bypass_csp=True)) as window:
        page = window.new_page()
        for name in scene.shown(page):
            for width, dark, paper in _READERS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(
                    color_scheme="dark" if dark else "light", media="print" if paper else "screen"
                )
                wrong = problems(page) + ([f"too wide by {overflow(page)}"] if overflow(page) else [])
                found += [f"{name}, {width} wide, {dark=}, {paper=}: {it}" for it in wrong]
            page.emulate_media(media="screen")
    assert found == []
