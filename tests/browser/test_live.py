"""The pages of the local endpoint, followed as their reader does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import NARROW, PHONE, Open, overflow, problems
from tests.cli.test_live_site import NAME, launch, publish
from tests.conftest import Local

ROOMS = ("index.html", "launches.html", "mail.html", "faults.html", "calls.html")


@pytest.fixture(scope="module")
def launched(shared_local: Local) -> Local:
    launch(shared_local, *publish(shared_local))
    return shared_local


def room(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


def test_a_confirmation_link_changes_the_state_of_a_launch(launched: Local, opened: Open) -> None:
    page = opened(launched.endpoint.pages_link)
    room(page, "Launches")
    row = page.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("AVAILABLE")
    expect(row).to_contain_text("not confirmed")
    room(page, "Mail")
    page.get_by_role("link", name="Confirm this subscription").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscription confirmed")
    room(page, "Launches")
    expect(row).to_contain_text("confirmed")
    expect(row).not_to_contain_text("not confirmed")
    row.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("main")).to_contain_text("team@example.com confirmed")


def test_everybody_can_read_the_pages(launched: Local, opened: Open) -> None:
    found = []
    page = opened(launched.endpoint.pages_link, width=NARROW)
    folder = page.url.rpartition("/")[0]
    page.goto(f"{folder}/launches.html")
    launch = page.get_by_role("link", name=NAME).get_attribute("href")
    for path in (*ROOMS, launch):
        page.goto(f"{folder}/{path}")
        found += [*problems(page), *([f"{path}: too wide by {overflow(page)}"] if overflow(page) else [])]
    assert found == []


def test_a_phone_shows_all_of_a_launch_and_its_events(launched: Local, opened: Open) -> None:
    """Nothing of a row is beside the window, and the table stays one."""
    page = opened(launched.endpoint.pages_link, width=PHONE)
    room(page, "Launches")
    row = page.get_by_role("row").filter(has_text=NAME)
    expect(row.get_by_role("cell")).to_have_count(6)
    link = row.get_by_role("rowheader").get_by_role("link", name=NAME)
    for place in (row.get_by_text("AVAILABLE"), row.get_by_text("confirmed"), row.get_by_text("publisher-")):
        expect(place.first).to_be_in_viewport(ratio=1)
    link.click()
    assert page.get_by_role("row").count() > 1
    for tall in page.get_by_role("region", name="Events").all():
        assert tall.evaluate("it => it.scrollWidth - it.clientWidth") == 0


@contextmanager
def served(content: str) -> Iterator[str]:
    """The address of a page that somebody else's server on this machine has."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Not to stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_page_of_somebody_else_sees_nothing_and_confirms_nothing(launched: Local, browser: Browser) -> None:
    with closing(browser.new_context()) as reader:
        page = reader.new_page()
        page.goto(launched.endpoint.pages_link)
        folder = page.url.rpartition("/")[0]
        content = f"""<iframe src="{folder}/mail.html"></iframe><img src="{folder}/style.css" alt="">
            <a href="{folder}/launches.html">there</a><h1></h1><script>
            const told = (text) => {{ document.querySelector("h1").textContent = text; }};
            fetch("{folder}/mail.html", {{credentials: "include"}})
                .then(() => told("read"), () => told("refused"));
            </script>"""
        answers: list[Response] = []
        page.on("response", lambda it: answers.append(it) if it.url.startswith(folder) else None)
        with served(content) as foreign:
            page.goto(foreign)
            expect(page.get_by_role("heading")).to_have_text("refused")
            # The page there is asked nothing: no script runs in it, not even that of the driver.
            with page.expect_response(f"{folder}/launches.html") as led:
                page.get_by_role("link", name="there").click()
        assert {it.status for it in (*answers, led.value)} == {403}
