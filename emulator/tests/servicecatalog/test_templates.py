from typing import Any

import pytest

from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.templates import (
    check,
    fetch,
    parameter_details,
    parse,
    resolve_parameters,
    supplied_values,
)
from tests.conftest import cases
from tests.servicecatalog.account import TEMPLATE, Account

GOOD = [
    "https://templates.s3.us-west-2.amazonaws.com/topic.yaml",
    "https://templates.s3.amazonaws.com/topic.yaml",
    "https://templates.s3-us-west-2.amazonaws.com/topic.yaml",
    "https://templates.s3.dualstack.us-west-2.amazonaws.com/topic.yaml",
    "https://s3.us-west-2.amazonaws.com/templates/topic.yaml",
    "https://s3.amazonaws.com/templates/topic.yaml",
    "https://s3-us-west-2.amazonaws.com/templates/topic.yaml",
    "https://templates.s3.cn-north-1.amazonaws.com.cn/topic.yaml",
    "http://127.0.0.1:5000/templates/topic.yaml",
    "http://localhost:5000/templates/topic.yaml",
    "http://templates.localhost:5000/topic.yaml",
    "http://templates.s3.localhost:5000/topic.yaml",
    "http://s3.localhost:5000/templates/topic.yaml",
]


@pytest.mark.parametrize("url", GOOD)
def test_fetch(account: Account, url: str) -> None:
    assert fetch(url) == TEMPLATE


def test_fetch_a_version_of_an_object(account: Account) -> None:
    account.s3.put_bucket_versioning(Bucket="templates", VersioningConfiguration={"Status": "Enabled"})
    first = account.s3.put_object(Bucket="templates", Key="a/b c.yaml", Body=b"first")["VersionId"]
    account.s3.put_object(Bucket="templates", Key="a/b c.yaml", Body=b"second")
    url = "https://templates.s3.us-west-2.amazonaws.com/a/b%20c.yaml"
    assert (fetch(f"{url}?versionId={first}"), fetch(url)) == ("first", "second")
    with pytest.raises(InvalidParameters, match="Unable to access the template at"):
        fetch(f"{url}?versionId=none")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://example.com/templates/topic.yaml", "Invalid template URL"),
        ("ftp://templates.s3.amazonaws.com/topic.yaml", "Invalid template URL"),
        ("http://templates.s3.amazonaws.com/topic.yaml", "Invalid template URL"),
        ("s3://templates/topic.yaml", "Invalid template URL"),
        ("https://[templates/topic.yaml", "Invalid template URL"),
        ("https://templates.s3.amazonaws.com/", "Invalid template URL"),
        ("https://templates.s3.amazonaws.com/other.yaml", "Unable to access the template at"),
        ("https://elsewhere.s3.amazonaws.com/topic.yaml", "Unable to access the template at"),
    ],
)
def test_fetch_refuses(account: Account, url: str, message: str) -> None:
    with pytest.raises(InvalidParameters, match=message):
        fetch(url)


def test_fetch_refuses_binary_content(account: Account) -> None:
    account.s3.put_object(Bucket="templates", Key="binary", Body=b"\xff\xfe")
    with pytest.raises(InvalidParameters, match="is not UTF-8 text"):
        fetch("https://templates.s3.amazonaws.com/binary")
    with pytest.raises(InvalidParameters, match="is larger than 1000000 bytes"):
        fetch(account.put("large", "x" * 1_000_001))


@cases(
    ("text", "message"),
    {
        "no YAML": ("a: [", "YAML not well-formed"),
        "no mapping": ("- a", "unsupported structure"),
        "typo": ("Resource: {A: {Type: x}}", "Invalid template property or properties \\[Resource\\]"),
        "empty": ("Resources: {}", "At least one Resources member must be defined"),
        "no type": ("Resources: {A: {}}", "must contain a Type member"),
    },
)
def test_parse_refuses(text: str, message: str) -> None:
    with pytest.raises(InvalidParameters, match=f"Invalid template: .*{message}"):
        parse(text)


@cases(
    ("text", "message"),
    {
        "unknown resources": (
            "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {X: [!Ref B, !GetAtt C.d]}}}",
            r"instance of Fn::GetAtt references undefined resource C",
        ),
        "unknown output": (
            "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {O: {Value: !Ref B}}",
            r"Unresolved resource dependencies \[B\] in the Outputs block of the template",
        ),
        "too many": (
            "Resources:\n" + "".join(f"  R{n}: {{Type: 'AWS::SNS::Topic'}}\n" for n in range(501)),
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
    },
)
def test_check_refuses(text: str, message: str) -> None:
    with pytest.raises(InvalidParameters, match=message):
        check(parse(text))


def test_check_accepts_valid_templates() -> None:
    check(parse(TEMPLATE))
    check(parse("Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {X: !Ref 'AWS::Region'}}}"))
    check(parse("Transform: X\nResources: {A: {Type: T, Properties: {X: !Ref Generated}}}"))


def test_parameter_details() -> None:
    template = {
        "Parameters": {
            "Tier": {"Type": "String", "AllowedValues": ["a", 1], "Default": 1, "NoEcho": True},
            "Days": {"Type": "Number", "MinValue": 1, "MaxValue": 9, "ConstraintDescription": "1 to 9"},
            "Kinds": {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]", "Description": "Letters"},
        }
    }
    assert parameter_details(template) == [
        {
            "ParameterKey": "Tier",
            "DefaultValue": "1",
            "ParameterType": "String",
            "IsNoEcho": True,
            "ParameterConstraints": {"AllowedValues": ["a", "1"]},
        },
        {
            "ParameterKey": "Days",
            "ParameterType": "Number",
            "IsNoEcho": False,
            "ParameterConstraints": {
                "AllowedValues": [],
                "MinValue": "1",
                "MaxValue": "9",
                "ConstraintDescription": "1 to 9",
            },
        },
        {
            "ParameterKey": "Kinds",
            "ParameterType": "CommaDelimitedList",
            "IsNoEcho": False,
            "Description": "Letters",
            "ParameterConstraints": {"AllowedValues": [], "AllowedPattern": "[a-z]"},
        },
    ]
    assert parameter_details({}) == []


@cases(
    ("parameters", "previous", "values"),
    {
        "nothing is carried over": ([], {"A": "1"}, {}),
        "value": ([{"Key": "A", "Value": "2"}], {"A": "1"}, {"A": "2"}),
        "no value is empty": ([{"Key": "A"}], None, {"A": ""}),
        "previous wins": ([{"Key": "A", "Value": "2", "UsePreviousValue": True}], {"A": "1"}, {"A": "1"}),
    },
)
def test_supplied_values(parameters: Any, previous: Any, values: Any) -> None:
    assert supplied_values(parameters, previous) == values


def test_resolve_parameters_raises_service_catalogs_error() -> None:
    with pytest.raises(InvalidParameters, match=r"Parameters: \[B\] do not exist in the template"):
        resolve_parameters({"Parameters": {"A": {"Type": "String"}}}, {"B": "1"}, lambda _: None)
    found = resolve_parameters(
        {"Parameters": {"A": {"Type": "AWS::SSM::Parameter::Value<String>"}}}, {"A": "/a"}, str.upper
    )
    assert found["A"].value == "/A"
