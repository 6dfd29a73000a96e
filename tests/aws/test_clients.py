from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)
from hypothesis import given
from hypothesis import strategies as st

from publisher.aws.calls import aws_errors, error_code, pages, token
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.errors import AwsError
from tests.account import Account
from tests.conftest import cases, raising
from tests.samples import Ticks


@pytest.fixture
def aws(account: Account) -> Aws:
    return account.aws


def test_the_caller(aws: Aws) -> None:
    assert aws.account_id == "123456789012"
    assert aws.identity[1].startswith("arn:aws:")
    assert aws.calls == {"sts:GetCallerIdentity": 1}


def test_clients_are_made_once_and_shared_by_threads(aws: Aws) -> None:
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: aws.client("s3"), range(32)))
        list(pool.map(lambda _: aws.client("s3").list_buckets(), range(32)))
    assert len(clients) == 1
    assert aws.count() == {"total": 32, "by_operation": {"s3:ListBuckets": 32}}


class Answers:
    """Lets calls of a client fail first: with an error code, or with no answer at all."""

    def __init__(self, client: Any, *faults: str, operation: str = "*") -> None:
        self.left = list(faults)
        client.meta.events.register_first(f"before-send.*.{operation}", self)

    def __call__(self, request: Any, **_: object) -> AWSResponse | None:
        if not self.left:
            return None
        fault = self.left.pop(0)
        if fault == "lost":
            raise ConnectionClosedError(endpoint_url=request.url)
        body = json.dumps({"__type": fault}).encode()
        status = 503 if fault == "down" else 400
        return AWSResponse(request.url, status, HTTPHeaders(), Body(body))


class Body(BytesIO):
    """What urllib3 would have read."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def test_answers_that_cannot_be_parsed_leave_room_for_other_calls(aws: Aws) -> None:
    client, calls = aws.client("iam"), 40
    together = Barrier(calls, timeout=10)

    def call(_: int) -> None:
        with pytest.raises(AwsError):
            client.list_users()
        together.wait()

    def malformed(request: Any, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, HTTPHeaders(), Body(b"<<<"))

    client.meta.events.register_first("before-send", malformed)
    with ThreadPoolExecutor(calls) as pool:
        assert len([*pool.map(call, range(calls))]) == calls


@cases(
    ("faults", "retried"),
    {
        "throttled": (["ThrottlingException"] * 11, 11),
        "lost, down and throttled": (["lost", "down", "ThrottlingException"], 3),
        "none": ([], 0),
    },
)
def test_a_call_is_tried_again(aws: Aws, faults: list[str], retried: int) -> None:
    ticks = Ticks()
    aws = Aws(region="us-west-2", clock=ticks.clock())
    Answers(aws.client("ssm"), *faults)
    assert aws.client("ssm").describe_parameters()["Parameters"] == []
    assert aws.retried.total() == retried
    assert aws.calls.total() == 1
    assert (ticks.seconds > 0) == bool(faults)


@cases(
    ("faults", "waited_for"),
    {
        "throttled": (["ThrottlingException"] * 2, {"AWS throttles ssm reads"}),
        "lost": (["lost"], {"ssm DescribeParameters, once more"}),
        "down": (["down"], {"ssm DescribeParameters, once more"}),
    },
)
def test_a_call_that_waits_reports_why(aws: Aws, faults: list[str], waited_for: set[str]) -> None:
    seen: list[str] = []
    clock = Clock(sleep=lambda _: seen.append(str(clock.activities)))
    client = Aws(region="us-west-2", clock=clock).client("ssm")
    client.meta.events.register("request-created", lambda **_: seen.append(str(clock.activities)))
    Answers(client, *faults)
    client.describe_parameters()
    assert seen[0] == "ssm DescribeParameters"
    assert {it for it in seen if it != "ssm DescribeParameters"} == waited_for
    assert str(clock.activities) == ""


@cases(
    ("faults", "code"),
    {
        "a full quota stays full": (["LimitExceededException"], "LimitExceededException"),
        "throttled for too long": (["ThrottlingException"] * 12, "ThrottlingException"),
        "wrong": (["ValidationException"], "ValidationException"),
    },
)
def test_a_call_that_fails(aws: Aws, faults: list[str], code: str) -> None:
    aws = Aws(region="us-west-2", clock=Ticks().clock())
    Answers(aws.client("ssm"), *faults)
    with pytest.raises(ClientError) as raised:
        aws.client("ssm").describe_parameters()
    assert error_code(raised.value) == code


def test_a_role_of_another_account_in_another_region(aws: Aws) -> None:
    theirs = aws.assuming("arn:aws:iam::222222222222:role/publisher", region="eu-west-1")
    assert (theirs.account_id, theirs.region) == ("222222222222", "eu-west-1")
    assert aws.calls == {"sts:AssumeRole": 1}


def test_another_region(aws: Aws) -> None:
    there = aws.in_region("eu-west-1")
    assert (there.account_id, there.region) == ("123456789012", "eu-west-1")


@cases(
    ("region", "partition", "suffix"),
    {
        "aws": ("us-west-2", "aws", "amazonaws.com"),
        "aws-cn": ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        "aws-us-gov": ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    },
)
def test_partitions(region: str, partition: str, suffix: str) -> None:
    aws = Aws(region=region)
    assert (aws.partition, aws.url_suffix) == (partition, suffix)


def test_no_region(aws: Aws, tmp_path: Path) -> None:
    with raising(AwsError, "no AWS Region is set", "add --region, or set AWS_REGION"):
        _ = Aws(config_file=tmp_path / "config").region


@cases("data_path", {"models of its own": "", "the path of other models": "/models"})
def test_a_profile_that_is_not_there(data_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if data_path:
        monkeypatch.setenv("AWS_DATA_PATH", data_path)
    with raising(
        AwsError,
        "The config profile (nope) could not be found",
        "choose a profile from your AWS configuration with --profile or AWS_PROFILE",
    ):
        Aws(profile="nope", config_file=tmp_path / "config")


def test_an_unknown_region() -> None:
    with raising(AwsError, "'mars-1' is not an AWS Region", "choose one with --region, e.g. us-west-2"):
        _ = Aws(region="mars-1").partition


def test_the_profile_of_a_config_file(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text(
        "[profile them]\nregion = eu-west-1\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    theirs = Aws(profile="them", config_file=config, endpoint_url="http://127.0.0.1:9")
    assert theirs.region == "eu-west-1"
    assert theirs.client("s3").meta.endpoint_url == "http://127.0.0.1:9"


def test_a_service_that_there_is_not(aws: Aws) -> None:
    with pytest.raises(AwsError, match="cannot create a client for nothing: Unknown service"):
        aws.client("nothing")


def test_what_a_service_refuses(aws: Aws) -> None:
    with pytest.raises(AwsError) as raised, aws_errors("cannot read it"):
        aws.client("ssm").get_parameter(Name="none")
    assert raised.value.message.startswith(
        "cannot read it: GetParameter answered ParameterNotFound: Parameter none not found"
    )
    assert raised.value.aws_code == "ParameterNotFound"


@cases(
    ("error", "message", "hint"),
    {
        "credentials": (
            NoCredentialsError(),
            "Unable to locate credentials",
            "choose a profile with --profile",
        ),
        "Region": (NoRegionError(), "You must specify a region.", "add --region"),
    },
)
def test_what_is_not_set(error: BotoCoreError, message: str, hint: str) -> None:
    with pytest.raises(AwsError, match=message) as raised, aws_errors("cannot read it"):
        raise error
    assert raised.value.hint.startswith(hint)


def test_an_endpoint_that_does_not_answer() -> None:
    with pytest.raises(AwsError) as raised, aws_errors("cannot read it"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    assert raised.value.message == (
        'cannot read it: Could not connect to the endpoint URL: "http://127.0.0.1:9"'
    )


def test_the_code_of_an_error() -> None:
    assert error_code(ClientError({"Error": {"Code": "Throttling"}}, "X")) == "Throttling"
    assert error_code(ClientError({}, "X")) == ""


@given(st.lists(st.text()))
def test_tokens_are_what_the_api_takes_and_always_the_same(parts: list[str]) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}", token(*parts))
    assert token(*parts) == token(*parts)


def test_tokens_differ_with_every_part() -> None:
    tokens = {token("a", "b"), token("ab"), token("b", "a"), token("a", "b", ""), token()}
    assert len(tokens) == 5


def test_pages_know_the_token_of_every_listing(aws: Aws) -> None:
    model = aws.client("servicecatalog").meta.service_model
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.input_shape is not None and "PageToken" in operation.input_shape.members:
            assert {"NextPageToken", "PageToken"} & set(operation.output_shape.members), name


def test_a_listing_that_repeats_its_token_ends() -> None:
    with raising(AwsError, "a listing of Items answered the same page token twice"):
        list(pages(lambda **_: {"Items": [1], "NextPageToken": "again"}, "Items"))
