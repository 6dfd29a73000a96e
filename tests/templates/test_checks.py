from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from publisher.templates import template_digest
from publisher.templates.blueprints import BLUEPRINT_CHECKS
from publisher.templates.checks import BODY_LIMIT, CHECKS, check, refused, retired_policies
from publisher.templates.render import Rendered, render
from tests.conftest import cases
from tests.templates.conftest import Project

TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.fixture
def found(rendering: Callable[..., Rendered]) -> Callable[..., list[str]]:
    """What our checks find in a template that holds this, besides a topic."""

    def check_it(resources: dict[str, Any] | None = None, **sections: Any) -> list[str]:
        template = {"Resources": {"Topic": TOPIC, **(resources or {})}, **sections}
        rendered = rendering(f"{{% raw %}}{template_digest.dump(template)}{{% endraw %}}")
        assert rendered.template == template
        return [str(problem).removeprefix("fam.template.yaml:") for problem in check(rendered)]

    return check_it


Found = Callable[..., list[str]]


def test_nothing_to_find(found: Found) -> None:
    assert found() == []


def test_too_large(rendering: Callable[..., Rendered]) -> None:
    main = (
        "Resources:\n  A: {Type: AWS::SNS::Topic}\n"
        "A: {% for _ in range(8) %}" + "x" * (BODY_LIMIT // 8) + "{% endfor %}\n"
    )
    assert [str(problem) for problem in check(rendering(main))] == [
        "fam.template.yaml:1:1: T101 the template has 1,048,622 bytes, at most 1,048,576 are allowed"
    ]


def test_too_many(found: Found) -> None:
    many = {f"R{number}": TOPIC for number in range(500)}
    assert found(many) == ["1:1: T102 501 resources, at most 500 are allowed"]
    outputs = {f"O{number}": {"Value": 1, "Description": "d"} for number in range(201)}
    assert found(Outputs=outputs) == ["4:1: T102 201 outputs, at most 200 are allowed"]


def test_more_outputs_than_service_catalog_returns(found: Found) -> None:
    outputs = {f"O{number}": {"Value": 1, "Description": "d"} for number in range(61)}
    assert found(Outputs=outputs) == ["4:1: T113 warning: 61 outputs, Service Catalog returns at most 60"]
    del outputs["O0"]
    assert found(Outputs=outputs) == []


@cases(
    ("policy", "successor"),
    {
        "by substitution": (
            {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSConfigRole"},
            "; its successor is 'AWS_ConfigRole'",
        ),
        "of a service role": (
            {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2SpotFleetRole"},
            "; its successor is 'AmazonEC2SpotFleetTaggingRole'",
        ),
        "joined": (
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/TagGovernancePolicy"]]},
            "",
        ),
    },
)
def test_retired_policies(found: Found, policy: dict[str, Any], successor: str) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [policy]}}
    (one,) = found({"R": role})
    name = one.split("'")[1]
    assert one.endswith(f"T112 AWS managed policy '{name}' is retired{successor}")
    kept = json.loads(json.dumps(role).replace(name, "ReadOnlyAccess"))
    assert found({"R": kept}) == []


def test_aws_has_no_retired_policy_and_all_successors() -> None:
    """As moto, which has AWS's policies in its own list."""
    present = json.loads(aws_managed_policies_data)
    assert [it for it in retired_policies() if it in present] == []
    assert [it for it in retired_policies().values() if it and it not in present] == []


def test_fixed_names_of_iam(found: Found) -> None:
    def role(name: Any) -> dict[str, Any]:
        return {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name}}

    assert found({"R": role("fixed")}) == ["4:18: T114 warning: RoleName 'fixed' is the same in every launch"]
    assert found({"R": role({"Fn::Sub": "${AWS::StackName}-role"})}) == []


@cases(
    ("files", "problems"),
    {
        "fit": ({"a/b.txt": "b"}, []),
        "empty": (
            {"a/__init__.py": "", "b": "", "c": "c"},
            ["content 'seed' has an empty file: 'a/__init__.py'", "content 'seed' has an empty file: 'b'"],
        ),
        "large": ({"a": "a" * (6 * 1024**2 + 1)}, ["content 'seed' has a file of more than 6 MB: 'a'"]),
    },
)
@pytest.mark.parametrize("type_name", ["AWS::CodeCommit::Repository", "AWS::SNS::Topic"])
def test_content_for_a_first_commit(
    project: Project, type_name: str, files: dict[str, str], problems: list[str]
) -> None:
    code = "Code: {S3: {Bucket: b, Key: {{ content.seed.key }} } }"
    text = f"Resources:\n  R:\n    Type: {type_name}\n    Properties: {{ {code} }}\n"
    (variant,) = project({"main.yaml.j2": text}, content={"seed": files, "other": {"empty": ""}})
    found = refused([render(variant)])
    assert [it.message for it in found] == (problems if type_name != "AWS::SNS::Topic" else [])


@cases(
    ("text", "message"),
    {
        "account": ("123456789012", "T103 hard-coded account ID '123456789012'"),
        "among others": ("iam::123456789012:role", "T103 hard-coded account ID '123456789012'"),
        "partition": ("arn:aws:iam::", "T105 hard-coded partition 'arn:aws:'"),
        "China": ("x arn:aws-cn:s3:::b", "T105 hard-coded partition 'arn:aws-cn:'"),
        "Region": ("us-east-1", "T104 hard-coded Region 'us-east-1'"),
        "in a host": ("s3.us-gov-west-1.amazonaws.com", "T104 hard-coded Region 'us-gov-west-1'"),
        "zone": ("ap-southeast-2b", "T104 hard-coded Availability Zone 'ap-southeast-2b'"),
        "id of a zone": ("use1-az1", "T104 hard-coded Availability Zone 'use1-az1'"),
    },
)
def test_literals(found: Found, text: str, message: str) -> None:
    (one,) = found({"A": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": "k", "Value": text}]}}})
    assert re.sub(r"^[0-9]+:[0-9]+: ", "", one).startswith(message)
    (other,) = found(Mappings={"M": {text: {"k": "v"}}})
    assert re.sub(r"^[0-9]+:[0-9]+: ", "", other).startswith(message)


@cases(
    ("zone", "messages"),
    {
        "put together": ({"Fn::Sub": "${AWS::Region}a"}, ["{region}a"]),
        "joined": ({"Fn::Join": ["", [{"Ref": "AWS::Region"}, "a"]]}, ["{region}a"]),
        "mapped": (
            {"Fn::Sub": ["${AWS::Region}${L}", {"L": {"Fn::FindInMap": ["M", "a", "b"]}}]},
            ["{region}{M.a.b}"],
        ),
        "asked for": ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, []),
        "given": ({"Ref": "P"}, []),
    },
)
def test_zones_that_a_region_may_not_have(found: Found, zone: Any, messages: list[str]) -> None:
    resource = {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}
    zones = [re.findall("T104 hard-coded Availability Zone '(.*)'", it) for it in found({"A": resource})]
    assert [it for (it,) in filter(None, zones)] == messages


@pytest.mark.parametrize(
    "text",
    [
        "1234567890123",
        "a123456789012",
        "sha-123456789012",
        "ml-project-1",
        "use-east-1",
        "us-east-12",
        "2012-10-17",
    ],
)
def test_no_literals(found: Found, text: str) -> None:
    assert found({"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": text}}}) == []


def test_descriptions_can_name_a_region(found: Found) -> None:
    parameter = {
        "Type": "String",
        "Description": "A Region such as us-east-1.",
        "AllowedPattern": "^us-east-1$",
        "ConstraintDescription": "us-east-1",
    }
    console = {
        "ParameterGroups": [{"Label": {"default": "G"}, "Parameters": ["P"]}],
        "ParameterLabels": {"P": {"default": "For 123456789012 in us-east-1"}},
    }
    assert found(Parameters={"P": parameter}, Metadata={"AWS::CloudFormation::Interface": console}) == []


def test_parameters_and_outputs(found: Found) -> None:
    parameters = {
        "Bare": {"Type": "String"},
        "Pattern": {"Type": "String", "AllowedPattern": "a", "Description": "d"},
        "Vpc": {"Type": "AWS::EC2::VPC::Id", "Description": "d"},
    }
    console = {
        "ParameterGroups": [{"Label": {"default": "G"}, "Parameters": ["Pattern", "Vpc"]}],
        "ParameterLabels": {"Vpc": {"default": "VPC"}, "Bare": {"default": "Bare"}},
    }
    assert found(
        Metadata={"AWS::CloudFormation::Interface": console},
        Parameters=parameters,
        Outputs={"O": {"Value": 1}},
    ) == [
        "7:3: T106 warning: parameter 'Bare' has no description",
        "20:3: T106 warning: output 'O' has no description",
        "7:3: T107 warning: parameter 'Bare' is in no console group",
        "9:3: T107 warning: parameter 'Pattern' has no console label",
        "7:3: T108 warning: parameter 'Bare' accepts any value",
        "12:5: T108 warning: the AllowedPattern of parameter 'Pattern' has no ConstraintDescription",
    ]


def test_plain(found: Found) -> None:
    assert found(
        {
            "Nested": {"Type": "AWS::CloudFormation::Stack"},
            "Inner": {"Type": "AWS::SNS::Topic", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}},
        },
        Transform="AWS::Serverless-2016-10-31",
    ) == [
        "1:1: T109 the template has a transform",
        "6:7: T109 the template has a transform",
        "8:5: T109 resource 'Nested' has type AWS::CloudFormation::Stack",
    ]


def test_exceptions(found: Found) -> None:
    def region(**metadata: Any) -> dict[str, Any]:
        return {"Type": "AWS::SNS::Topic", "Metadata": metadata, "Properties": {"DisplayName": "us-east-1"}}

    ignored = {"config": {"ignore_checks": ["T104", "W1"]}}
    reasoned = {**ignored, "reason": "The service is there only."}
    assert found({"A": region(**{"cfn-lint": reasoned})}) == []
    assert found({"A": region(**{"cfn-lint": ignored})}) == [
        "6:9: T110 warning: T104, W1 is ignored without a reason"
    ]
    assert found({"A": region(**{"cfn-lint": reasoned}), "B": region()}) == [
        "12:18: T104 hard-coded Region 'us-east-1'"
    ]
    assert found({"B": region()}, Metadata={"cfn-lint": reasoned}) == []
    assert found({"B": region(**{"cfn-lint": {"config": {"ignore_checks": "T104"}}})}) == [
        "6:18: T104 hard-coded Region 'us-east-1'"
    ]


def test_every_check_has_a_source_and_a_hint() -> None:
    every = (*CHECKS, *BLUEPRINT_CHECKS)
    assert [each.id for each in every] == sorted({each.id for each in every})
    for each in every:
        assert re.fullmatch(r"T1[0-9]{2}", each.id)
        assert each.title and each.hint and each.source_url.startswith("https://")
