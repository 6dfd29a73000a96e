from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from catalog_emulator.server import example
from catalog_emulator.server import record as state
from catalog_emulator.server.record import Endpoint
from tests.conftest import Local


def asked(
    endpoint: Endpoint, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """(status, body, headers) of a request that no AWS client would make."""
    connection = HTTPConnection(urlsplit(endpoint.url).netloc)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())


def test_the_record_leads_to_the_endpoint(local: Local) -> None:
    assert state.running(local.endpoint.folder) == local.endpoint
    assert state.get(local.endpoint, "/_emulator/status") == {"pid": os.getpid()}


def test_the_two_profiles(local: Local) -> None:
    arns = [local.client("sts", role=role).get_caller_identity()["Arn"] for role in ("", "ml-team-local")]
    assert [arn.partition("ml-team-local-")[0] for arn in arns] == [
        "arn:aws:iam::111111111111:user/publisher-local-admin",
        "arn:aws:sts::111111111111:assumed-role/ml-team-local/",
    ]
    assert local.endpoint.config_file.stat().st_mode & 0o777 == 0o600


def test_another_account_has_sessions_of_another_name(local: Local, _served: Any) -> None:
    """The AWS CLI takes up sessions that it had before, by their name."""
    before = local.endpoint.config_file.read_text()
    _served.reset()
    after = local.endpoint.config_file.read_text()
    (old,), (new,) = (
        re.findall(r"role_session_name = (ml-team-local-\w{6})\n", text) for text in (before, after)
    )
    assert old != new


def test_the_example_network(local: Local) -> None:
    ec2, ssm = local.client("ec2"), local.client("ssm")
    (vpc,) = ec2.describe_vpcs(VpcIds=[example.VPC_ID])["Vpcs"]
    assert vpc["CidrBlock"] == "10.20.0.0/16"
    dns = ec2.describe_vpc_attribute(VpcId=example.VPC_ID, Attribute="enableDnsHostnames")
    assert dns["EnableDnsHostnames"] == {"Value": True}
    (routes,) = ec2.describe_route_tables(RouteTableIds=[example.ROUTE_TABLE_ID])["RouteTables"]
    assert {one["SubnetId"] for one in routes["Associations"]} == set(example.SUBNET_IDS)
    named = ssm.get_parameters(Names=[example.VPC_PARAMETER, example.SUBNETS_PARAMETER])["Parameters"]
    assert {one["Name"]: (one["Type"], one["Value"]) for one in named} == {
        example.VPC_PARAMETER: ("String", example.VPC_ID),
        example.SUBNETS_PARAMETER: ("StringList", ",".join(example.SUBNET_IDS)),
    }
    group = ssm.get_parameter(Name=example.SECURITY_GROUP_PARAMETER)["Parameter"]["Value"]
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert found["VpcId"] == example.VPC_ID


def test_the_source_buckets(local: Local) -> None:
    s3 = local.client("s3")
    for bucket in example.SOURCE_BUCKETS:
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(blocked.values()) == {True}
        assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_content_is_put_into_buckets(local: Local, _served: Any) -> None:
    state.ask(local.endpoint, "PUT", "/_emulator/faults", "throttle=1")
    body = base64.b64encode(b"\x00zip").decode()
    objects = [{"bucket": bucket, "key": "a/b.zip", "body": body} for bucket in example.SOURCE_BUCKETS]
    assert state.ask(local.endpoint, "PUT", "/_emulator/content", json.dumps(objects)) == {"objects": 3}
    assert state.ask(local.endpoint, "DELETE", "/_emulator/faults")["happened"] == {}
    assert state.get(local.endpoint, "/_emulator/calls")["total"] == 0
    found = local.client("s3").get_object(Bucket=example.SOURCE_BUCKETS[1], Key="a/b.zip")
    assert (found["Body"].read(), "VersionId" in found) == (b"\x00zip", True)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("no", id="no JSON"),
        pytest.param("3", id="no list"),
        pytest.param('[{"bucket": "none", "key": "k", "body": ""}]', id="no such bucket"),
        pytest.param('[{"bucket": "techcorp-a001-ml-source", "key": "k"}]', id="no body"),
        pytest.param('[{"bucket": "techcorp-a001-ml-source", "key": "k", "body": "%"}]', id="no base64"),
    ],
)
def test_what_is_no_content_is_refused(local: Local, body: str) -> None:
    status, answer, _ = asked(local.endpoint, "PUT", "/_emulator/content", body)
    message = "not a list of objects of buckets that are there"
    assert (status, json.loads(answer)) == (400, {"error": {"message": message}})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("127.0.0.1:1", 200, id="its address"),
        pytest.param("localhost", 200, id="localhost"),
        pytest.param("bucket.localhost:80", 200, id="below localhost"),
        pytest.param("evil.example.com", 403, id="another name"),
    ],
)
def test_only_loopback_names(local: Local, host: str, status: int) -> None:
    assert asked(local.endpoint, "GET", "/_emulator/status", Host=host)[0] == status


def test_no_other_origin_may_read(local: Local) -> None:
    origin = "http://evil.example.com"
    for path in ("/_emulator/state", "/"):
        assert "Access-Control-Allow-Origin" not in asked(local.endpoint, "GET", path, Origin=origin)[2]
    assert asked(local.endpoint, "OPTIONS", "/_emulator/faults", Origin=origin)[0] == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/_emulator/faults", 405, id="faults"),
        pytest.param("GET", "/_emulator/content", 405, id="content"),
        pytest.param("PUT", "/_emulator/calls", 405, id="calls"),
    ],
)
def test_methods_of_pages(local: Local, method: str, path: str, status: int) -> None:
    assert asked(local.endpoint, method, path)[0] == status


def test_a_confirmation_that_leads_nowhere(local: Local) -> None:
    status, body, _ = asked(local.endpoint, "GET", "/_emulator/sns/confirm?TopicArn=<b>&Token=x")
    assert (status, body.splitlines()[0]) == (400, "<h1>Not confirmed</h1>")
    assert "<b>" not in body


def test_a_mail_is_confirmed(local: Local) -> None:
    sns = local.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")
    mails: Any = state.get(local.endpoint, "/_emulator/mail")["mails"]
    assert [(one["to"], one["subject"]) for one in mails] == [
        ("team@example.com", "AWS Notification - Subscription Confirmation")
    ]
    assert state.follow(local.endpoint, mails[0]["link"]).startswith(b"<h1>Subscription confirmed!</h1>")
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["SubscriptionArn"].startswith(topic)


def test_links_of_others_are_not_followed(local: Local) -> None:
    with pytest.raises(OSError, match="not a link of"):
        state.follow(local.endpoint, "http://127.0.0.1.example.com/")


def test_reset_is_a_new_account_in_fine_weather(local: Local, _served: Any) -> None:
    local.client("s3").create_bucket(
        Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    state.ask(local.endpoint, "PUT", "/_emulator/faults", "throttle=1")
    _served.reset()
    names = {one["Name"] for one in local.client("s3").list_buckets()["Buckets"]}
    assert names == set(example.SOURCE_BUCKETS)


def test_it_imports_nothing_that_it_does_not_need() -> None:
    """cfn-lint alone would take longer than all the rest."""
    code = (
        "import sys, tempfile, pathlib; from catalog_emulator.server.local_server import LocalServer;"
        "LocalServer(pathlib.Path(tempfile.mkdtemp())).prepare();"
        "print([name for name in ('cfnlint', 'docker', 'jinja2.sandbox')"
        " if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_file_that_is_no_state_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"format": "a pickle"}))
    server = [
        sys.executable,
        "-m",
        "catalog_emulator.server.local_server",
        str(tmp_path / "local"),
        "--state",
        str(file),
    ]
    ran = subprocess.run(server, capture_output=True, text=True, check=False)
    expected = f"{file} is not a state of the local endpoint: it does not say that it is one\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", expected)


def test_a_client_without_a_region_of_its_own(local: Local) -> None:
    session: Any = boto3.Session(profile_name=local.endpoint.admin_profile)
    assert session.region_name == "us-west-2"
