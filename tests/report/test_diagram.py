"""What diagrams show of templates, and that nothing in a template becomes markup or breaks them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from publisher.impact.uses import uses
from publisher.report.diagram import Diagram, diagram
from tests.conftest import cases
from tests.products.family import everything, repository

Resources = Mapping[str, Mapping[str, Any]]


def of(resources: Resources) -> Diagram:
    return diagram({"Resources": resources})


def resource(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def role(*statements: tuple[list[str], Any]) -> dict[str, Any]:
    allowed = [{"Effect": "Allow", "Action": each, "Resource": to} for each, to in statements]
    return resource("IAM::Role", Policies=[{"PolicyDocument": {"Statement": allowed}}])


def boxes(found: Diagram) -> dict[str, tuple[str, ...]]:
    return {box.names[0]: (*box.names[1:], *box.parts) for box in found.picture.boxes}


def lines(found: Diagram) -> list[str]:
    return [f"{it.source} {it.word or '-'} {it.target}" for it in found.picture.lines]


GET_AND_PUT = ["s3:GetObject", "s3:PutObject"]
PIPELINE = {
    "Code": resource("CodeCommit::Repository"),
    "Pushed": resource(
        "Events::Rule",
        EventPattern={"resources": [arn("Code")]},
        Targets=[{"Arn": {"Fn::Sub": "arn:aws:codepipeline:x:y:${Flow}"}, "RoleArn": arn("PushedRole")}],
    ),
    "PushedRole": role((["codepipeline:StartPipelineExecution"], ref("Flow"))),
    "Flow": resource(
        "CodePipeline::Pipeline",
        RoleArn=arn("FlowRole"),
        ArtifactStore={"Location": ref("Store")},
        Stages=[
            {"Actions": [{"Configuration": {"RepositoryName": ref("Code")}}]},
            {"Actions": [{"Configuration": {"ProjectName": ref("Build")}}]},
        ],
    ),
    "FlowRole": role((GET_AND_PUT, arn("Store")), (["codebuild:StartBuild"], arn("Build"))),
    "Build": resource(
        "CodeBuild::Project",
        ServiceRole=arn("BuildRole"),
        LogsConfig={"GroupName": ref("Logs")},
        Tags=[ref("Code")],
    ),
    "BuildRole": role((GET_AND_PUT, arn("Store")), (["logs:PutLogEvents"], arn("Logs"))),
    "Logs": resource("Logs::LogGroup"),
    "Store": resource("S3::Bucket"),
    "StorePolicy": resource("S3::BucketPolicy", Bucket=ref("Store")),
    "StoreName": resource("SSM::Parameter", Value=ref("Store"), Name={"Fn::Sub": "/${Code}"}),
}


def test_what_only_serves_another_resource_is_a_part_of_it() -> None:
    assert boxes(of(PIPELINE)) == {
        "Build": ("BuildRole", "Logs"),
        "Code": (),
        "Flow": ("FlowRole", "Pushed", "PushedRole"),
        "Store": ("StoreName", "StorePolicy"),
    }


def test_lines_go_from_triggers_to_stores_and_say_what_for() -> None:
    assert lines(of(PIPELINE)) == [
        "Build reads, writes Store",
        "Code triggers Flow",
        "Flow runs Build",
        "Flow reads, writes Store",
    ]


def test_a_role_that_several_assume_is_a_part_of_each() -> None:
    group = resource("EC2::SecurityGroup")
    shared = role((["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"], arn("Group")))
    flows = {name: resource("CodePipeline::Pipeline", RoleArn=arn("Role")) for name in ("One", "Two")}
    found = of({**flows, "Role": shared, "Group": group})
    assert boxes(found) == {"Group": (), "One": ("Role",), "Two": ("Role",)}
    assert {it.name: it.box for it in found.references}["Role"] == "One, Two"
    assert lines(found) == ["One in Group", "Two in Group"]


KEY, TABLE, BUCKET, TOPIC = map(resource, ("KMS::Key", "DynamoDB::Table", "S3::Bucket", "SNS::Topic"))
FUNCTION = resource("Lambda::Function")
WITH_ROLE = resource("Lambda::Function", Role=arn("R"), KmsKeyArn=arn("K"))
DENIED = {"Effect": "Deny", "Action": "s3:*", "Resource": arn("B")}


@cases(
    ("resources", "expected"),
    {
        "a role that two assume says what both do": (
            {"A": WITH_ROLE, "B": WITH_ROLE, "R": role((["dynamodb:Query"], arn("T"))), "T": TABLE, "K": KEY},
            ["A encrypted with K", "A reads T", "B encrypted with K", "B reads T"],
        ),
        "a queue triggers its function": (
            {
                "F": FUNCTION,
                "Q": resource("SQS::Queue"),
                "M": resource("Lambda::EventSourceMapping", FunctionName=ref("F"), EventSourceArn=arn("Q")),
            },
            ["Q triggers F"],
        ),
        "a topic triggers its subscriber": (
            {
                "F": FUNCTION,
                "T": TOPIC,
                "S": resource("SNS::Subscription", TopicArn=ref("T"), Endpoint=arn("F")),
                "P": resource("Lambda::Permission", FunctionName=ref("F"), SourceArn=ref("T")),
            },
            ["T triggers F"],
        ),
        "a rule without a source is a trigger itself": (
            {"F": FUNCTION, "R": resource("Events::Rule", Targets=[{"Arn": arn("F")}])},
            ["R triggers F"],
        ),
        "what others imply is left out": (
            {
                "V": resource("EC2::VPC"),
                "S": resource("EC2::Subnet", VpcId=ref("V")),
                "I": resource("EC2::Instance", SubnetId=ref("S"), VpcId=ref("V")),
            },
            ["I in S", "S in V"],
        ),
        "what is forbidden is no line": (
            {"B": BUCKET, "U": resource("IAM::User", Policies=[{"PolicyDocument": {"Statement": [DENIED]}}])},
            [],
        ),
        "names and tags are no lines": (
            {"B": BUCKET, "C": resource("S3::Bucket", BucketName={"Fn::Sub": "${B}-c"}, Tags=[ref("B")])},
            [],
        ),
    },
)
def test_lines(resources: Resources, expected: list[str]) -> None:
    assert lines(of(resources)) == expected


def test_what_many_use_is_a_sign_on_them() -> None:
    types = {"Queue": "SQS::Queue", "Topic": "SNS::Topic", "Table": "DynamoDB::Table", "Bucket": "S3::Bucket"}
    users = {name: resource(type_name, KmsMasterKeyId=ref("Key")) for name, type_name in types.items()}
    found = of({**users, "Key": KEY, "Reader": resource("Lambda::Function", Queue=ref("Queue"))})
    assert [(it.sign, it.word, it.name, it.users) for it in found.picture.signs] == [
        ("1", "encrypted with", "Key", ("Bucket", "Queue", "Table", "Topic"))
    ]
    assert lines(found) == ["Reader - Queue"]
    assert {it.names[0]: (it.own, it.signs) for it in found.picture.boxes} == {
        **dict.fromkeys(types, ((), ("1",))),
        "Key": (("1",), ()),
        "Reader": ((), ()),
    }


def test_many_resources_that_are_connected_alike_are_one_box() -> None:
    queues = {
        f"{name}Queue": resource("SQS::Queue", KmsMasterKeyId=ref("Key")) for name in ("A", "B", "C", "D")
    }
    found = of({**queues, "Key": KEY})
    assert boxes(found) == {"AQueue": ("BQueue", "CQueue", "DQueue"), "Key": ()}
    assert lines(found) == ["AQueue encrypted with Key"]


def test_numbered_resources_that_are_connected_alike_are_one_box() -> None:
    zones = {
        name: each
        for i in "12"
        for name, each in {
            f"Subnet{i}": resource("EC2::Subnet", VpcId=ref("Vpc")),
            f"Gateway{i}": resource("EC2::NatGateway", SubnetId=ref(f"Subnet{i}")),
        }.items()
    }
    found = of({**zones, "Vpc": resource("EC2::VPC")})
    assert boxes(found) == {"Gateway1": ("Gateway2",), "Subnet1": ("Subnet2",), "Vpc": ()}
    assert found.more == {"Gateway1": 1, "Subnet1": 1}
    assert lines(found) == ["Gateway1 in Subnet1", "Subnet1 in Vpc"]


def test_what_exists_or_refers_only_under_a_condition_is_dashed() -> None:
    found = of({
        "A": {**resource("S3::Bucket"), "Condition": "Kept"},
        "B": resource("Lambda::Function", Code={"Fn::If": ["Kept", ref("A"), "x"]}),
    })  # fmt: skip
    assert found.conditional
    assert [it.conditions for it in found.picture.boxes] == [("Kept",), ()]
    assert found.svg.count("sometimes") == 2


def assert_complete(found: Diagram, resources: Resources) -> None:
    """Everything is drawn once, a role with each that assumes it, and what is connected is a box."""
    drawn = Counter(name for box in found.picture.boxes for name in (*box.names, *box.parts))
    assert sorted(drawn) == sorted(resources)
    assert {resources[name]["Type"] for name, count in drawn.items() if count > 1} <= {"AWS::IAM::Role"}
    ends = {end for line in found.picture.lines for end in (line.source, line.target)}
    ends |= {end for sign in found.picture.signs for end in (sign.name, *sign.users)}
    assert ends <= boxes(found).keys()


def named(resource: Mapping[str, Any]) -> list[str]:
    depends = resource.get("DependsOn", [])
    return [depends] if isinstance(depends, str) else list(depends)


@pytest.mark.parametrize("product", [it.key for it in repository().variants])
def test_products_have_a_picture_that_a_person_can_take_in(product: str) -> None:
    template = everything()[product].template
    found = diagram(template)
    resources = template["Resources"]
    assert_complete(found, resources)
    assert len(found.picture.boxes) <= 20
    assert bool(found.svg) == (len(found.picture.boxes) > 1)
    sizes = re.findall(r'(?:width|height)="([0-9.]+)"', found.svg)[:2]
    assert all(float(it) <= 1010 for it in sizes)
    assert {it.name: it.targets for it in found.references} == {
        name: tuple(sorted({*named(each), *(it.name for it in uses(each))} & resources.keys() - {name}))
        for name, each in resources.items()
    }


def test_any_number_of_resources_becomes_few_boxes() -> None:
    types = ["EC2::Subnet", "EC2::RouteTable", "Lambda::Function", "SQS::Queue", "S3::Bucket"]
    names = [f"{letter}{number}x" for letter in "abcde" for number in range(100)]
    many = {
        name: resource(types[i % 5], Uses=[ref(names[(i * 7 + k) % 500]) for k in range(3)])
        for i, name in enumerate(names)
    }
    found = of(many)
    assert len(found.picture.boxes) <= 32
    assert_complete(found, many)
    assert len(of({f"R{i}": {"Type": f"AWS::S{i}::T"} for i in range(200)}).picture.boxes) == 32


def test_equal_templates_have_equal_pictures() -> None:
    backwards = dict(reversed(PIPELINE.items()))
    assert of(backwards) == of(PIPELINE)


HOSTILE = "<script>alert(1)</script>\u202e\x00" + "x" * 300


def test_hostile_names_stay_text() -> None:
    found = diagram(
        {
            "Resources": {
                HOSTILE: {
                    "Type": f"AWS::{HOSTILE}::{HOSTILE}",
                    "Condition": HOSTILE,
                    "Properties": {"A": ref("B")},
                },
                "B": {"Type": f"{HOSTILE}::T", "Properties": []},
                "C": {"Type": 7, "Properties": {"Value": ref(HOSTILE)}, "DependsOn": [3, HOSTILE]},
            }
        }
    )
    assert "<script" not in found.svg and "\u202e" not in found.svg and "\x00" not in found.svg
    ET.fromstring(found.svg)


ANYTHING = {"Effect": "Allow", "Action": 3, "Resource": ref("A")}


@cases(
    "template",
    {
        "nothing": {},
        "no resources": {"Resources": {}},
        "resources are a list": {"Resources": [1]},
        "resource is text": {"Resources": {"A": "B"}},
        "loops": {"Resources": {"Fn::ForEach::X": 3}},
        "parts of each other": {
            "Resources": {
                "A": resource("SNS::TopicPolicy", Topics=[ref("B")]),
                "B": resource("SNS::TopicPolicy", Topics=[ref("A")]),
            }
        },
        "depends on a mapping": {"Resources": {"A": {**BUCKET, "DependsOn": {"x": 1}}}},
        "depends on a number": {"Resources": {"A": {**BUCKET, "DependsOn": 1}}},
        "statement of anything": {"Resources": {"A": BUCKET, "B": resource("IAM::Role", P=ANYTHING)}},
    },
)
def test_malformed_templates_have_some_picture(template: Any) -> None:
    assert isinstance(diagram(template), Diagram)


@pytest.mark.parametrize("error", [ValueError, ImportError])
def test_a_layout_library_that_fails_leaves_the_words(error: type[Exception]) -> None:
    def fails(*_: object) -> Any:
        raise error("no layout")

    found = diagram({"Resources": PIPELINE}, layout=fails)
    assert (found.svg, len(found.picture.lines), len(found.references)) == ("", 4, len(PIPELINE))
