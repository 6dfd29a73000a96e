"""Who gets to the pages of another package, and what these are allowed."""

from __future__ import annotations

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from catalog_emulator.server import process
from catalog_emulator.server.endpoint_record import SECRET_HEADER, Endpoint, SiteOptions
from tests.conftest import Local, cases

Answer = tuple[int, str, dict[str, str]]
BROWSER = {"Accept": "text/html,*/*", "Sec-Fetch-Site": "none"}


def ask(local: Local, path: str, method: str = "GET", **headers: str) -> Answer:
    """(status, body, headers) of a request of a browser."""
    connection = HTTPConnection(urlsplit(local.endpoint.url).netloc)
    connection.request(method, path, headers=BROWSER | headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())


def entered(local: Local) -> str:
    """The cookie that the link gives."""
    path = local.endpoint.pages_link.removeprefix(local.endpoint.url)
    status, body, headers = ask(local, path)
    assert (status, body, headers["Location"]) == (303, "", local.endpoint.pages_path)
    cookie, _, attributes = headers["Set-Cookie"].partition("; ")
    assert attributes == f"HttpOnly; Path={local.endpoint.pages_path}; SameSite=Strict"
    assert cookie.startswith(f"pages-{urlsplit(local.endpoint.url).port}=")
    assert local.endpoint.secret not in cookie + path
    return cookie


def test_the_link_opens_the_pages(local: Local) -> None:
    cookie = entered(local)
    status, body, headers = ask(local, f"{local.endpoint.pages_path}products/a%20b.html?x=1", Cookie=cookie)
    folder = local.endpoint.pages_path
    found: Any = json.loads(body)
    assert (status, found.pop("revision") >= 0) == (200, True)
    assert found == {
        "SCRIPT_NAME": folder.rstrip("/"),
        "PATH_INFO": "/products/a b.html",
        "REQUEST_METHOD": "GET",
        "url": local.endpoint.url,
        "argument": "an argument",
    }
    own = local.endpoint.url + folder
    assert {name: headers[name] for name in headers if name not in ("Server", "Date", "Content-Length")} == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"default-src 'none'; script-src {own}; style-src {own} 'unsafe-inline';"
        f" connect-src {own}; img-src {own} data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    assert ask(local, folder, "HEAD", Cookie=cookie)[:2] == (200, "")
    # Another server of this machine may have set cookies of the same name.
    assert ask(local, folder, Cookie=f"{cookie[:12]}x; a; {cookie}; b=c")[0] == 200


@cases(
    ("path", "headers"),
    {
        "no cookie": ("{folder}", {}),
        "a wrong cookie": ("{folder}", {"Cookie": "pages-{port}=x"}),
        "the key as a cookie": ("{folder}", {"Cookie": "pages-{port}={key}"}),
        "the cookie of another port": ("{folder}", {"Cookie": "pages-1={cookie}"}),
        "a wrong key": ("{folder}?key=x", {}),
        "a key that is no ASCII": ("{folder}?key=%ff%00", {}),
        "the cookie as a key": ("{folder}?key={cookie}", {}),
        "an empty key": ("{folder}?key=", {}),
        "no folder": ("/_pages/", {"Cookie": "pages-{port}={cookie}"}),
        "another folder": ("/_pages/x/", {"Cookie": "pages-{port}={cookie}"}),
        "a key elsewhere": ("/_pages/?key={key}", {}),
        "a way out": ("/_pages/x/..{folder}", {"Cookie": "pages-{port}={cookie}"}),
    },
)
def test_no_page_without_the_key(local: Local, path: str, headers: dict[str, str]) -> None:
    """Nor does the answer say where the pages are, or in which folder the project is."""
    words = {
        "folder": local.endpoint.pages_path,
        "port": str(urlsplit(local.endpoint.url).port),
        "key": local.endpoint.derived("key"),
        "cookie": local.endpoint.derived("cookie"),
    }
    status, body, answered = ask(
        local, path.format(**words), **{name: text.format(**words) for name, text in headers.items()}
    )
    assert (status, body.splitlines()[1:]) == (
        403,
        ["<h1>These pages need a key</h1>", "<p>Open the link that this command prints: my open</p>"],
    )
    assert "Set-Cookie" not in answered and local.endpoint.derived("folder") not in body
    assert (answered["Content-Security-Policy"], answered["Cache-Control"]) == ("sandbox", "no-store")


@cases(
    "headers",
    {
        "another site": {"Sec-Fetch-Site": "cross-site"},
        "another port": {"Sec-Fetch-Site": "same-site"},
        "a foreign origin": {"Origin": "http://127.0.0.1:1"},
        "a page without an origin": {"Origin": "null"},
        "a name that leads here": {"Host": "rebound.example.com"},
    },
)
def test_no_page_for_other_pages(local: Local, headers: dict[str, str]) -> None:
    cookie = entered(local)
    link = local.endpoint.pages_link.removeprefix(local.endpoint.url)
    for path in (local.endpoint.pages_path, link, "/"):
        status, body, answered = ask(local, path, Cookie=cookie, **headers)
        assert (status, body.splitlines()[0][:13]) == (403, "this endpoint")
        assert "Set-Cookie" not in answered


@cases("method", {it: it for it in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")})
def test_pages_are_read_only(local: Local, method: str) -> None:
    assert ask(local, local.endpoint.pages_path, method, Cookie=entered(local))[0] == 405


def test_a_page_that_fails_says_nothing(local: Local) -> None:
    status, body, _ = ask(local, f"{local.endpoint.pages_path}broken", Cookie=entered(local))
    assert (status, "RuntimeError" in body, "secret" in body) == (500, True, False)


@cases(
    "path",
    {
        "a line break": "%0d%0aSet-Cookie:%20a=b",
        "another host": "/evil.example.com/",
        "no ASCII": "%c3%a9",
    },
)
def test_the_link_leads_nowhere_else(local: Local, path: str) -> None:
    folder, key = local.endpoint.pages_path, local.endpoint.derived("key")
    status, _, headers = ask(local, f"{folder}{path}?key={key}")
    assert (status, headers["Location"].startswith(folder), "a=b" in headers["Set-Cookie"]) == (
        303,
        True,
        False,
    )


@cases(
    ("headers", "status"),
    {
        "a browser": ({}, 303),
        "a client of S3": ({"Accept": "*/*"}, 403),
        "a signed request": (
            {"Authorization": "AWS4-HMAC-SHA256 Credential=A/2/us-west-2/s3/aws4_request"},
            403,
        ),
    },
)
def test_a_browser_is_led_from_the_root(local: Local, headers: dict[str, str], status: int) -> None:
    answered = ask(local, "/", **headers)
    assert (answered[0], answered[2].get("Location")) == (status, "/_pages/" if status == 303 else None)


def test_the_key_is_another_after_each_start_and_the_same_after_a_reset(local: Local, _served: Any) -> None:
    cookie = entered(local)
    _served.reset()
    assert ask(local, local.endpoint.pages_path, Cookie=cookie)[0] == 200
    endpoint = Endpoint(url=local.endpoint.url, pid=1, folder=Path(), secret="another")
    assert not {endpoint.pages_path, endpoint.pages_link} & {
        local.endpoint.pages_path,
        local.endpoint.pages_link,
    }


def test_the_revision_changes_with_the_account(local: Local) -> None:
    cookie = entered(local)

    def revision() -> int | None:
        found: Any = json.loads(ask(local, local.endpoint.pages_path, Cookie=cookie)[1])["revision"]
        return None if found is None else int(found)

    catalog = local.client("servicecatalog")
    before = revision()
    catalog.list_portfolios()
    local.endpoint.request("/_emulator/mail")
    assert revision() == before
    catalog.create_portfolio(DisplayName="p", ProviderName="us")
    after = revision()
    assert after != before
    local.endpoint.request("/_emulator/reset", "POST")
    assert revision() not in (before, after)


def test_accounts_where_the_catalog_is_in_use(local: Local) -> None:
    assert local.endpoint.request("/_emulator/accounts") == {"accounts": []}
    local.client("servicecatalog").create_portfolio(DisplayName="p", ProviderName="us")
    place = {"account_id": "111111111111", "region": "us-west-2"}
    assert local.endpoint.request("/_emulator/accounts") == {"accounts": [place]}


def own_client(local: Local, service: str, secret: str) -> Any:
    """A client whose calls have the header."""
    session: Any = boto3.Session(profile_name=local.endpoint.admin_profile)
    client = session.client(service)
    client.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header(SECRET_HEADER, secret)
    )
    return client


def test_reads_of_the_endpoint_itself_meet_no_faults_and_are_not_counted(local: Local) -> None:
    """Its writes do, and so does everything of who does not know the secret."""
    local.endpoint.request("/_emulator/faults", "PUT", "latency=0.001,unseen=9")
    own = own_client(local, "servicecatalog", local.endpoint.secret)
    portfolio = own.create_portfolio(DisplayName="p", ProviderName="us")["PortfolioDetail"]
    local.endpoint.request("/_emulator/calls", "DELETE")
    assert own.list_portfolios()["PortfolioDetails"] == [portfolio]
    assert own_client(local, "servicecatalog", "x\xff").list_portfolios()["PortfolioDetails"] == []
    assert local.endpoint.request("/_emulator/calls")["calls"] == {"servicecatalog.ListPortfolios": 1}
    own.create_tag_option(Key="k", Value="v")
    assert local.endpoint.request("/_emulator/calls")["total"] == 2


def test_a_process_with_pages_imports_them_when_somebody_comes(tmp_path: Path) -> None:
    options = SiteOptions(factory="a_module_that_is_not_there:site", command="my open")
    endpoint, _ = process.start(tmp_path / "local", site=options)
    local = Local(endpoint=endpoint)
    try:
        assert endpoint.site == options.factory
        assert ask(local, "/_pages/")[0] == 403
        assert ask(local, endpoint.pages_path, Cookie=entered(local))[0] == 500
    finally:
        process.stop(tmp_path / "local")
    assert "ModuleNotFoundError" in (tmp_path / "local" / "log").read_text()


def test_without_pages_the_root_is_that_of_s3(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, http.client; from catalog_emulator.server.local_server import LocalServer;"
        "server = LocalServer(pathlib.Path(sys.argv[1])); server.start();"
        "link = http.client.HTTPConnection(server.endpoint.url[7:]);"
        "link.request('GET', '/', headers={'Accept': 'text/html'}); print(link.getresponse().status);"
        "server.stop()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "local"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "403"
