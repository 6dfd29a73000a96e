"""Templates and stack policies by their addresses in S3, at a served endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import body
from tests.conftest import Local, cases

TOPIC = body({"Topic": {"Type": "AWS::SNS::Topic"}})
OTHER = body({"Other": {"Type": "AWS::SNS::Topic"}})
POLICY = '{"Statement": []}'
# How clients write the address of an object: the last one is of `aws cloudformation package`.
STYLES: Mapping[str, Callable[[str, str], str]] = {
    "virtual host": lambda endpoint, key: f"https://plain.s3.us-west-2.amazonaws.com/{key}",
    "path style": lambda endpoint, key: f"https://s3.amazonaws.com/plain/{key}",
    "virtual host of the endpoint": lambda endpoint, key: (
        endpoint.replace("127.0.0.1", "plain.localhost") + f"/{key}"
    ),
    "path style of the endpoint": lambda endpoint, key: f"{endpoint}/plain/{key}",
}


@pytest.fixture(params=list(STYLES.values()), ids=list(STYLES))
def address(request: pytest.FixtureRequest, local: Local) -> Callable[[str], str]:
    s3 = local.client("s3")
    for key, text in {"topic.json": TOPIC, "other.json": OTHER, "policy.json": POLICY}.items():
        s3.put_object(Bucket="plain", Key=key, Body=text.encode())
    return lambda key: request.param(local.endpoint.url, key)


def test_every_call_that_takes_an_address(local: Local, address: Callable[[str], str]) -> None:
    cfn, topic, other = local.client("cloudformation"), address("topic.json"), address("other.json")
    cfn.validate_template(TemplateURL=topic)
    assert cfn.get_template_summary(TemplateURL=topic)["ResourceTypes"] == ["AWS::SNS::Topic"]
    cfn.create_stack(StackName="one", TemplateURL=topic)
    cfn.get_waiter("stack_create_complete").wait(StackName="one", WaiterConfig={"Delay": 0})
    cfn.set_stack_policy(StackName="one", StackPolicyURL=address("policy.json"))
    assert cfn.get_stack_policy(StackName="one")["StackPolicyBody"] == POLICY
    cfn.create_change_set(StackName="one", ChangeSetName="c", TemplateURL=other)
    cfn.update_stack(StackName="one", TemplateURL=other)
    cfn.create_stack_set(StackSetName="set", TemplateURL=topic)
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": topic}}
    cfn.create_stack(StackName="two", TemplateBody=body({"Inner": nested}))
    cfn.get_waiter("stack_create_complete").wait(StackName="two", WaiterConfig={"Delay": 0})
    made = local.client("servicecatalog").create_product(
        Name="p",
        Owner="o",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={"Info": {"LoadTemplateFromURL": topic}},
    )
    assert made["ProvisioningArtifactDetail"]["Active"]


def test_a_version_by_its_address(local: Local) -> None:
    s3, cfn = local.client("s3"), local.client("cloudformation")
    first = s3.put_object(Bucket="source", Key="t.json", Body=TOPIC.encode())["VersionId"]
    s3.put_object(Bucket="source", Key="t.json", Body=b"other")
    url = f"{local.endpoint.url}/source/t.json"
    assert cfn.validate_template(TemplateURL=f"{url}?versionId={first}")["Parameters"] == []


@cases(
    ("url", "message"),
    {
        "host": ("https://example.com/plain/topic.json", "TemplateURL must be a supported URL."),
        "scheme": ("s3://plain/topic.json", "TemplateURL must be a supported URL."),
        "no key": ("https://plain.s3.amazonaws.com/", "TemplateURL must be a supported URL."),
        "no bucket": (
            "https://no-bucket.s3.amazonaws.com/t",
            "S3 error: The specified bucket does not exist",
        ),
        "no object": ("https://plain.s3.amazonaws.com/no", "S3 error: The specified key does not exist."),
        "no text": ("https://plain.s3.amazonaws.com/binary", "Template format error: it is not UTF-8 text"),
        "size": ("https://plain.s3.amazonaws.com/large", "Template may not exceed 1000000 bytes in size."),
    },
)
def test_refused_addresses(local: Local, url: str, message: str) -> None:
    s3 = local.client("s3")
    s3.put_object(Bucket="plain", Key="binary", Body=b"\xff")
    s3.put_object(Bucket="plain", Key="large", Body=json.dumps("x" * 1_000_000).encode())
    nested: dict[str, Any] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    cfn = local.client("cloudformation")
    with pytest.raises(ClientError, match=message) as refusal:
        cfn.validate_template(TemplateURL=url)
    assert refusal.value.response["Error"]["Code"] == "ValidationError"

    cfn.create_stack(StackName="one", TemplateBody=body({"Inner": nested}), OnFailure="DO_NOTHING")
    cfn.get_waiter("stack_exists").wait(StackName="one")
    while "IN_PROGRESS" in cfn.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"]:
        pass
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [one for one in events if message in one.get("ResourceStatusReason", "")]
