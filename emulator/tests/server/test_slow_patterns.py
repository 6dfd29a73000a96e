"""Patterns of clients that Python's `re` would match for years, at an endpoint that serves in turns.

It runs in a process of its own: `re` would stop this one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from catalog_emulator.server import process
from tests.conftest import Local, cases

# With a call that does not end, the test fails.
_QUICK: Any = Config(read_timeout=30, retries={"total_max_attempts": 1})
SLOW = r"(.|\w)+$"
NAME = "a" * 80
STARS = "*a" * 40 + "*b"
TOO_LONG = f"The pattern takes too long to match: {SLOW}"


@pytest.fixture(scope="module")
def _process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder: Path = tmp_path_factory.mktemp("slow")
    endpoint, _ = process.start(folder, account={"buckets": [{"name": "plain"}]})
    yield Local(endpoint=endpoint)
    process.stop(folder)


@pytest.fixture
def separate(_process: Local, monkeypatch: pytest.MonkeyPatch) -> Local:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(_process.endpoint.config_file))
    return _process


def template(pattern: str = SLOW, default: str = f"{NAME}\n", kind: str = "String", **parameter: str) -> str:
    parameter = {"Type": kind, "AllowedPattern": pattern, "Default": default, **parameter}
    return json.dumps({"Parameters": {"P": parameter}, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}})


@cases(
    ("body", "message"),
    {
        "slow": (template(), f"Parameter 'P' cannot be checked. {TOO_LONG}"),
        "slow with a description": (
            template(ConstraintDescription="letters"),
            f"Parameter 'P' cannot be checked. {TOO_LONG}",
        ),
        "slow for each of a list": (
            template(kind="CommaDelimitedList", default=f"{NAME}\n b,c"),
            f"Parameter 'P' cannot be checked. {TOO_LONG}",
        ),
        "too large to compile": (
            template("((a{9999}){9999}){9999}"),
            "Parameter 'P' cannot be checked. The pattern is too large: ((a{9999}){9999}){9999}…",
        ),
    },
)
def test_allowed_patterns(separate: Local, body: str, message: str) -> None:
    cloudformation = separate.client("cloudformation", config=_QUICK)
    assert cloudformation.validate_template(TemplateBody=body)["Parameters"]
    with pytest.raises(ClientError) as raised:
        cloudformation.create_stack(StackName="slow", TemplateBody=body)
    assert raised.value.response["Error"] | {"Type": ""} == {
        "Code": "ValidationError",
        "Message": message,
        "Type": "",
    }


def test_a_template_of_open_braces(separate: Local) -> None:
    """Each `${` was searched for its end to the end of the text."""
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${" * 400_000}}}
    body = json.dumps({"Resources": {"Topic": resource}})
    separate.client("s3").put_object(Bucket="plain", Key="braces.json", Body=body)
    cloudformation = separate.client("cloudformation", config=_QUICK)
    url = "https://plain.s3.us-west-2.amazonaws.com/braces.json"
    assert cloudformation.validate_template(TemplateURL=url)["Parameters"] == []
    assert cloudformation.create_stack(StackName="braces", TemplateURL=url)["StackId"]


def queues(separate: Local) -> Any:
    sqs = separate.client("sqs", config=_QUICK)
    sqs.create_queue(QueueName=NAME)
    return sqs.list_queues(QueueNamePrefix="(a+)+-")


def rules(separate: Local) -> Any:
    events = separate.client("events", config=_QUICK)
    events.put_rule(Name=NAME[:64], ScheduleExpression="rate(5 minutes)")
    return events.list_rules(NamePrefix="(a|a)+-")


def matched_events(separate: Local) -> Any:
    events = separate.client("events", config=_QUICK)
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": [{"wildcard": STARS}]}))
    return events.put_events(Entries=[{"Source": NAME, "DetailType": "x", "Detail": "{}"}])


def security_groups(separate: Local) -> Any:
    ec2 = separate.client("ec2", config=_QUICK)
    group = ec2.create_security_group(GroupName="group", Description=NAME)
    assert group["GroupId"]
    return ec2.describe_security_groups(Filters=[{"Name": "description", "Values": [STARS]}])


@cases("call", {"SQS": queues, "rules": rules, "events": matched_events, "EC2": security_groups})
def test_patterns_of_moto(separate: Local, call: Any) -> None:
    try:
        call(separate)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException"
    assert separate.client("sts", config=_QUICK).get_caller_identity()["Account"]
