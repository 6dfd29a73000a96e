import base64
import json
import os
import re
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.server import endpoint_record
from catalog_emulator.server.endpoint_record import SECRET_HEADER, Endpoint
from catalog_emulator.server.local_server import LocalServer
from tests.conftest import ACCOUNT, Local, cases


def asked(
    endpoint: Endpoint, method: str, path: str, body: str | bytes = "", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """(status, body, headers) of a request that no AWS client would make."""
    connection = HTTPConnection(urlsplit(endpoint.url).netloc)
    connection.request(method, path, body=body, headers={SECRET_HEADER: endpoint.secret, **headers})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace"), dict(answer.getheaders())


def access_key(local: Local) -> str:
    session: Any = boto3.Session(profile_name=local.endpoint.admin_profile)
    return str(session.get_credentials().access_key)


def test_the_record_leads_to_the_endpoint(local: Local) -> None:
    assert endpoint_record.running(local.endpoint.folder) == local.endpoint
    assert local.endpoint.request("/_emulator/status") == {"pid": os.getpid()}


def test_the_two_profiles(local: Local) -> None:
    arns = [local.client("sts", role=role).get_caller_identity()["Arn"] for role in ("", "emulator-launcher")]
    assert [arn.partition("emulator-launcher-")[0] for arn in arns] == [
        "arn:aws:iam::111111111111:user/emulator-admin",
        "arn:aws:sts::111111111111:assumed-role/emulator-launcher/",
    ]
    assert local.endpoint.config_file.stat().st_mode & 0o777 == 0o600


def test_sessions_of_another_account_have_another_name(local: Local, _served: Any) -> None:
    """The AWS CLI caches sessions by their name. An account whose administrator has no key gets another."""
    before = local.endpoint.config_file.read_text()
    iam = local.client("iam")
    (key,) = iam.list_access_keys()["AccessKeyMetadata"]
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    _served.reset()
    after = local.endpoint.config_file.read_text()
    (old,), (new,) = (
        re.findall(r"role_session_name = (emulator-launcher-\w{6})\n", text) for text in (before, after)
    )
    assert old != new


def test_objects_are_put_into_buckets(local: Local, _served: Any) -> None:
    local.endpoint.request("/_emulator/faults", "PUT", "throttle=1")
    body = base64.b64encode(b"\x00zip").decode()
    objects = [{"bucket": bucket, "key": "a/b.zip", "body": body} for bucket in ("source", "plain")]
    assert local.endpoint.request("/_emulator/objects", "PUT", json.dumps(objects)) == {"objects": 2}
    assert local.endpoint.request("/_emulator/faults", "DELETE")["happened"] == {}
    assert local.endpoint.request("/_emulator/calls")["total"] == 0
    found = local.client("s3").get_object(Bucket="source", Key="a/b.zip")
    assert (found["Body"].read(), "VersionId" in found) == (b"\x00zip", True)


@cases(
    "body",
    {
        "no JSON": "no",
        "no list": "3",
        "no such bucket": '[{"bucket": "none", "key": "k", "body": ""}]',
        "no body": '[{"bucket": "source", "key": "k"}]',
        "no base64": '[{"bucket": "source", "key": "k", "body": "%"}]',
    },
)
def test_wrong_objects_are_refused(local: Local, body: str) -> None:
    status, answer, _ = asked(local.endpoint, "PUT", "/_emulator/objects", body)
    message = "must be a list of objects in existing buckets"
    assert (status, json.loads(answer)) == (400, {"error": {"message": message}})


@cases(
    ("host", "status"),
    {
        "its address": ("127.0.0.1:1", 200),
        "localhost": ("localhost", 200),
        "below localhost": ("bucket.localhost:80", 200),
        "another name": ("evil.example.com", 403),
    },
)
def test_only_loopback_names(local: Local, host: str, status: int) -> None:
    assert asked(local.endpoint, "GET", "/_emulator/status", Host=host)[0] == status


ORIGIN = "this endpoint does not answer to web pages of other origins\n"
MOTO = "this endpoint does not serve moto's own pages\n"
LOOPBACK = "this endpoint answers on loopback only\n"
EVIL = {"Origin": "https://evil.example"}


@cases(
    ("method", "path", "headers", "answer"),
    {
        "a form": ("POST", "/plain", EVIL, (403, ORIGIN)),
        "a preflight": ("OPTIONS", "/_emulator/faults", EVIL, (403, ORIGIN)),
        "HEAD": ("HEAD", "/plain", EVIL, (403, "")),
        "an image": ("GET", "/plain/a.png", {"Sec-Fetch-Site": "cross-site"}, (403, ORIGIN)),
        "another port": ("GET", "/", {"Origin": "http://127.0.0.1:1"}, (403, ORIGIN)),
        "another port, as the browser sees it": ("GET", "/", {"Sec-Fetch-Site": "same-site"}, (403, ORIGIN)),
        "a sandbox": ("GET", "/_emulator/sns/confirm", {"Origin": "null"}, (403, ORIGIN)),
        "an empty origin": ("GET", "/", {"Origin": ""}, (403, ORIGIN)),
        "a websocket": (
            "GET",
            "/",
            {"Connection": "Upgrade", "Upgrade": "websocket", **EVIL},
            (403, ORIGIN),
        ),
        "the recorder": ("POST", "/moto-api/recorder/start-recording", EVIL, (403, ORIGIN)),
        "the recorder, from here": (
            "POST",
            "/moto-api/recorder/start-recording",
            {},
            (404, MOTO),
        ),
        "reset": ("POST", "/moto-api/reset", EVIL, (403, ORIGIN)),
        "reset, as a browser sends it": (
            "POST",
            "/moto-api/reset",
            {"Sec-Fetch-Site": "cross-site"},
            (403, ORIGIN),
        ),
        "the data": ("GET", "/moto-api/data.json", {}, (404, MOTO)),
        "doubled slashes": ("POST", "//moto-api//reset", {}, (404, MOTO)),
        "percent-encoded": ("POST", "/%6doto-api/reset-auth", {}, (404, MOTO)),
        "an absolute address": ("POST", "http://localhost/moto-api/seed?a=1", {}, (404, MOTO)),
        "the address of another host": (
            "GET",
            "http://evil.example/",
            {},
            (403, LOOPBACK),
        ),
        "two hosts": ("GET", "/", {"Host": "127.0.0.1:1,evil.example"}, (403, LOOPBACK)),
        "no length": (
            "PUT",
            "/plain/a",
            {"Content-Length": "many"},
            (400, "Content-Length must be a number\n"),
        ),
        "a negative length": (
            "PUT",
            "/plain/a",
            {"Content-Length": "-1"},
            (400, "Content-Length must be a number\n"),
        ),
        "a huge length": (
            "PUT",
            "/plain/a",
            {"Content-Length": "9" * 12},
            (413, "the body must not be longer than 5368709120 bytes\n"),
        ),
    },
)
def test_refused_before_anything_else(
    local: Local, method: str, path: str, headers: dict[str, str], answer: tuple[int, str]
) -> None:
    assert asked(local.endpoint, method, path, **headers)[:2] == answer
    assert local.endpoint.request("/_emulator/calls")["total"] == 0


@cases(
    ("sent", "status"),
    {
        "no HTTP": ("\x16\x03\x01\r\n\r\n", ""),
        "an address that is none": ("GET http://[::1 HTTP/1.1\r\n\r\n", "400"),
        "a long line": (f"GET /{'a' * 70_000} HTTP/1.1\r\n\r\n", "414"),
        "a long header": (f"GET / HTTP/1.1\r\nX: {'a' * 70_000}\r\n\r\n", "431"),
        "many headers": ("GET / HTTP/1.1\r\n" + "X: a\r\n" * 200 + "\r\n", "431"),
        "no host": ("GET / HTTP/1.1\r\n\r\n", "403"),
        "two origins": (
            "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil\r\n\r\n",
            "403",
        ),
        "two sites": (
            "GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n\r\n",
            "403",
        ),
        "no chunk": (
            "PUT /plain/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "400",
        ),
        "deep JSON": (
            "POST / HTTP/1.1\r\nHost: localhost\r\n"
            "X-Amz-Target: AWS242ServiceCatalogService.ListPortfolios\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=A/20200101/us-west-2/servicecatalog/aws4_request\r\n"
            f"Content-Length: 100000\r\n\r\n{'[' * 100_000}",
            "400",
        ),
    },
)
def test_malformed_requests(local: Local, sent: str, status: str) -> None:
    address = urlsplit(local.endpoint.url)
    sent = sent.replace("Credential=A/", f"Credential={access_key(local)}/")
    # One that sends less than it announced holds up nobody.
    with (
        socket.create_connection((address.hostname, address.port)) as slow,
        socket.create_connection((address.hostname, address.port)) as caller,
    ):
        slow.sendall(b"PUT /plain/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
        caller.sendall(sent.encode())
        answer = caller.makefile("rb").read().decode()
        assert answer.split()[1:2] == [status] or not status
        assert "Traceback" not in answer
        assert local.client("s3").list_buckets()["Buckets"]


@cases(
    "headers",
    {
        "an address bar": {"Sec-Fetch-Site": "none"},
        "a page of the endpoint": {"Sec-Fetch-Site": "same-origin", "Origin": "{url}"},
    },
)
def test_what_a_browser_may_ask(local: Local, headers: dict[str, str]) -> None:
    headers = {name: value.format(url=local.endpoint.url) for name, value in headers.items()}
    status, body, answered = asked(
        local.endpoint, "GET", "/_emulator/sns/confirm?TopicArn=x&Token=x", **headers
    )
    assert (status, body.splitlines()[1]) == (400, "<h1>Not confirmed</h1>")
    # An object that is a web page runs no script, which could act as a page of the endpoint.
    assert answered["Content-Security-Policy"] == "sandbox"


@cases("path", {page: f"/_emulator/{page}" for page in ("state", "mail", "objects", "faults", "calls")})
def test_pages_need_the_secret_of_the_record(local: Local, path: str) -> None:
    for secret in ("", "x" * 43, "\xff"):
        status, body, _ = asked(local.endpoint, "GET", path, **{SECRET_HEADER: secret})
        message = "X-Emulator-Secret must be the secret in the record of the endpoint"
        assert (status, json.loads(body)) == (403, {"error": {"message": message}})


@cases(
    ("method", "path", "status"),
    {
        "faults": ("POST", "/_emulator/faults", 405),
        "objects": ("GET", "/_emulator/objects", 405),
        "calls": ("PUT", "/_emulator/calls", 405),
        "state by OPTIONS": ("OPTIONS", "/_emulator/faults", 405),
    },
)
def test_methods_of_pages(local: Local, method: str, path: str, status: int) -> None:
    assert asked(local.endpoint, method, path)[0] == status


def test_a_wrong_confirmation_link(local: Local) -> None:
    status, body, _ = asked(local.endpoint, "GET", "/_emulator/sns/confirm?TopicArn=<b>&Token=x")
    assert (status, body.splitlines()[1]) == (400, "<h1>Not confirmed</h1>")
    assert "<b>" not in body


def test_a_mail_is_confirmed(local: Local) -> None:
    sns = local.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")
    mails: Any = local.endpoint.request("/_emulator/mail")["mails"]
    assert [(one["to"], one["subject"]) for one in mails] == [
        ("team@example.com", "AWS Notification - Subscription Confirmation")
    ]
    local.endpoint.confirm(mails[0]["link"])
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["SubscriptionArn"].startswith(topic)


@cases("link", {"another host": "http://127.0.0.1.example.com/", "another page": "{url}/_emulator/faults"})
def test_only_confirmation_links_are_followed(local: Local, link: str) -> None:
    with pytest.raises(OSError, match="not a confirmation link"):
        local.endpoint.confirm(link.format(url=local.endpoint.url))


@cases("path", {"the endpoint's": "/_emulator/reset", "moto's": "/moto-api/reset"})
def test_a_reset_empties_the_account_and_keeps_the_profiles_working(local: Local, path: str) -> None:
    """Also clients that were made before."""
    clients = [local.client("sts", role=role) for role in ("", "emulator-launcher")]
    before = [client.get_caller_identity()["Arn"] for client in clients]
    role = local.client("sts").assume_role(RoleArn="arn:aws:iam::222222222222:role/r", RoleSessionName="ada")
    keys = role["Credentials"]
    local.client("servicecatalog").create_portfolio(DisplayName="p", ProviderName="us")
    local.client("iam").delete_user_policy(UserName="emulator-admin", PolicyName="administrator")
    status, body, _ = asked(local.endpoint, "POST", path)
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    clients += [local.client("sts", role=role) for role in ("", "emulator-launcher")]
    assert [client.get_caller_identity()["Arn"] for client in clients] == before * 2
    assert local.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []
    assert local.client("cloudformation").describe_stacks()["Stacks"][0]["StackName"] == "alerts"
    session: Any = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        session.client("sts", endpoint_url=local.endpoint.url, region_name="us-west-2").get_caller_identity()


def test_a_reset_to_another_account(local: Local) -> None:
    local.endpoint.request("/_emulator/reset", "POST", json.dumps({"buckets": [{"name": "mine"}]}))
    assert [one["Name"] for one in local.client("s3").list_buckets()["Buckets"]] == ["mine"]
    local.endpoint.request("/_emulator/reset", "POST", json.dumps(ACCOUNT))


@cases("body", {"no JSON": "no", "unknown": '{"vpc": []}', "deep": "[" * 99999})
def test_a_reset_to_a_wrong_account_is_refused(local: Local, body: str) -> None:
    assert asked(local.endpoint, "POST", "/_emulator/reset", body)[0] == 400
    assert asked(local.endpoint, "GET", "/_emulator/reset")[0] == 405
    assert len(local.client("s3").list_buckets()["Buckets"]) == 2


def port_of(folder: Path, port: int = 0) -> int:
    """Of an endpoint that is made, and not started."""
    server = LocalServer(folder, port=port)
    server.lock.release()
    server._server.server_close()
    return urlsplit(server.endpoint.url).port or 0


def test_the_port_of_the_last_start_is_used_again_if_it_is_free(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    port = port_of(folder)
    for recorded in ("70000", "-1", "x", ""):
        (folder / "port").write_text(recorded)
        assert port_of(folder) != 0
    (folder / "port").write_text(f"{port}\n")
    assert (port_of(folder), port_of(folder)) == (port, port)
    with socket.create_server(("127.0.0.1", port)):
        assert port_of(folder) != port
        with pytest.raises(InvalidInputError, match=f"port {port}: Address already in use"):
            port_of(folder, port)


def test_reset_is_a_new_account_without_faults(local: Local, _served: Any) -> None:
    local.client("s3").create_bucket(
        Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    local.endpoint.request("/_emulator/faults", "PUT", "throttle=1")
    _served.reset()
    names = {one["Name"] for one in local.client("s3").list_buckets()["Buckets"]}
    assert names == {"source", "plain"}


def test_a_start_imports_only_what_it_needs() -> None:
    """cfn-lint alone would take longer than all the rest."""
    code = (
        "import sys, tempfile, pathlib; from catalog_emulator.server.local_server import LocalServer;"
        "LocalServer(pathlib.Path(tempfile.mkdtemp())).prepare();"
        "print([name for name in ('cfnlint', 'docker', 'jinja2.sandbox')"
        " if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_wrong_state_file_is_reported_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"format": "a pickle"}))
    server = [sys.executable, "-m", "catalog_emulator.server", str(tmp_path / "local"), "--state", str(file)]
    ran = subprocess.run(server, capture_output=True, text=True, check=False)
    expected = (
        f"error: {file} is not a valid state file: 'format' is not 'catalog-emulator-state'\n"
        "hint: use a file that a running endpoint saved with this version\n"
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", expected)


def test_the_profile_has_a_region(local: Local) -> None:
    session: Any = boto3.Session(profile_name=local.endpoint.admin_profile)
    assert session.region_name == "us-west-2"
