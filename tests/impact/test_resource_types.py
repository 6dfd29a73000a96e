"""What is known of every resource type, by its schema and by facts.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.impact import resource_types
from publisher.impact.resolution import named
from publisher.impact.resource_types import resource_type
from publisher.templates.resource_schemas import schema_of, stateful_types, type_names
from tests.conftest import cases

FACTS = yaml.safe_load(Path(resource_types.__file__).with_name("facts.yaml").read_text(encoding="utf-8"))
FAMILIES = {"Custom::", "AWS::Serverless::"}
KINDS = {"createOnlyProperties": "replacement", "conditionalCreateOnlyProperties": "possible replacement"}


def test_facts_are_about_types_and_properties_that_there_are() -> None:
    known = set(type_names())
    properties = FACTS["properties"]
    named = [
        *FACTS["stateful"],
        *FACTS["without_identity"],
        *FACTS["named_by_aws"],
        *FACTS["snapshots"]["types"],
    ]
    assert {*named, *properties} - known - FAMILIES == set()
    assert not stateful_types() & set(FACTS["stateful"])
    for name, attributes in FACTS["attributes"].items():
        schema = schema_of(name) or {}
        paths = {f"/properties/{it.replace('.', '/')}" for it in attributes}
        assert paths <= set(schema["readOnlyProperties"]), name
        assert set(attributes.values()) <= schema["properties"].keys(), name
    schemas = {name: (schema_of(name) or {}).get("properties", {}) for name in set(properties) - FAMILIES}
    lacking = {(name, it) for name, schema in schemas.items() for it in properties[name] if it not in schema}
    assert {it for it in lacking if it[1] != "*"} <= {
        ("AWS::CloudFormation::CustomResource", "ServiceTimeout")
    }
    sources = [it["source"] for entry in properties.values() for it in entry.values()]
    assert all(it.startswith("https://docs.aws.amazon.com/AWSCloudFormation/latest/") for it in sources)


def test_facts_say_what_schemas_do_not() -> None:
    """An entry that a newer schema makes superfluous goes."""
    for name, paths in FACTS["create_only"].items():
        schema = schema_of(name) or {}
        assert not {f"/properties/{it}" for it in paths} & set(schema.get("createOnlyProperties", [])), name
        assert {it.split("/")[0] for it in paths} <= schema["properties"].keys(), name


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.whole) for n in range(1, 20))])
def test_every_create_only_path_needs_a_replacement(part: int) -> None:
    for name in type_names()[part::20]:
        kind, schema = resource_type(name), schema_of(name) or {}
        for key, least in KINDS.items():
            for path in schema.get(key, []):
                steps = path.split("/")[2:]
                top, *inner = steps
                before, after = nested(inner, "a"), nested(inner, "b")
                whole = kind.behaviour((top,), before, after).update
                exact = kind.behaviour(tuple(it for it in steps if it != "*"), "a", "b").update
                owned = kind.own.get(top, kind.own.get("*"))
                expected = {owned["update"]} if owned else {least, "replacement"}
                if owned and owned.get("value") == "true":
                    expected = {"in place"}
                assert {whole, exact} <= expected, (name, path)


def nested(steps: list[str], value: Any) -> Any:
    """The value at a path below a property."""
    for step in reversed(steps):
        value = [value] if step == "*" else {step: value}
    return value


@cases(
    ("type_name", "names"),
    {
        "its identifier": ("AWS::S3::Bucket", {"BucketName"}),
        "called after the type": ("AWS::SNS::Topic", {"TopicName"}),
        "Name": ("AWS::SecretsManager::Secret", {"Name"}),
        "by the end of the type": ("AWS::EC2::SecurityGroup", {"GroupName"}),
        "a fact": ("AWS::Route53::RecordSet", {"Name"}),
        "none that can be set": ("AWS::EC2::VPC", set()),
        "one that can change": ("AWS::Cognito::UserPool", set()),
    },
)
def test_physical_names(type_name: str, names: set[str]) -> None:
    assert resource_type(type_name).names == names


@cases(
    ("index", "of", "name"),
    {
        "a resource's name": (1, "Group", {"Ref": "Prefix"}),
        "another part": (0, "Group", None),
        "of a parameter": (1, "Prefix", None),
    },
)
def test_a_part_of_a_reference_is_a_name(index: int, of: str, name: dict[str, str] | None) -> None:
    selected = {"Fn::Select": [index, {"Fn::Split": ["/", {"Ref": of}]}]}

    def sub(meaning: Any) -> dict[str, Any]:
        return {"Name": {"Fn::Sub": ["/ml/${Ml}/Arn", {"Ml": meaning}]}}

    group = {
        "Type": "AWS::SageMaker::ModelPackageGroup",
        "Properties": {"ModelPackageGroupName": {"Ref": "Prefix"}},
    }
    arn = {"Type": "AWS::SSM::Parameter"}
    template = {"Resources": {"Group": group, "Arn": arn | {"Properties": sub(selected)}, "Odd": "x"}}
    assert named(template) == {
        "Resources": template["Resources"] | {"Arn": arn | {"Properties": sub(name or selected)}}
    }
