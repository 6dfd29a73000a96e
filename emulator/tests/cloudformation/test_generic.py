import json
import re
from typing import Any

import pytest

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.generic import GenericType
from catalog_emulator.cloudformation.resources.resource import Context, ResourceFailed
from catalog_emulator.cloudformation.resources.schema import Schema, schema, type_names
from catalog_emulator.cloudformation.template.validation import coerced, problems
from tests.cloudformation.samples import STACK_ID
from tests.conftest import cases

REGION = "us-west-2"


def known(type_name: str) -> Schema:
    found = schema(type_name, REGION)
    assert found is not None
    return found


def context(
    logical_id: str = "Thing", generation: int = 0, stack_name: str = "one", type_name: str = "AWS::A::B"
) -> Context:
    return Context(
        account_id="111111111111",
        region=REGION,
        partition="aws",
        stack_id=STACK_ID,
        stack_name=stack_name,
        logical_id=logical_id,
        type_name=type_name,
        generation=generation,
        clients=clients("111111111111", REGION),
    )


@cases(
    ("stack", "limit", "lower", "name"),
    {
        "plain": ("one", 128, False, r"one-Thing-[A-Z0-9]{12}"),
        "lower": ("One", 63, True, r"one-thing-[a-z0-9]{12}"),
        "long stack": ("s" * 60, 64, False, r"s{45}-Thing-[A-Z0-9]{12}"),
        "short limit": ("s" * 60, 20, False, r"sss-Thi-[A-Z0-9]{12}"),
        "no room": ("one", 8, False, r"[A-Z0-9]{8}"),
    },
)
def test_generated_names(stack: str, limit: int, lower: bool, name: str) -> None:
    made = context(stack_name=stack).name(limit, lower=lower)

    assert re.fullmatch(name, made)
    assert made == context(stack_name=stack).name(limit, lower=lower)
    assert made != context(stack_name=stack, generation=1).name(limit, lower=lower)


# The names that the issue shows which is the source of the table.
STACK, FUNCTION = "ChineseboostAnalyticsStack", "RainlyticsSummariesJobFunction"


@cases(
    ("kind", "logical_id", "name"),
    {
        "both shortened": (
            "IAM::Role",
            FUNCTION,
            "ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-S{12}",
        ),
        "in small letters": (
            "S3::Bucket",
            "RainlyticsLogsBucket8DF4BA5F",
            "chineseboostanalyticsstac-rainlyticslogsbucket8df4-s{12}",
        ),
        "not shortened": ("Logs::LogGroup", FUNCTION, f"{STACK}-{FUNCTION}-S{{12}}"),
        "the stack has what is left": ("Events::Rule", "Rule", f"{STACK}-Rule-S{{12}}"),
        "five letters each": ("ElasticLoadBalancingV2::TargetGroup", "Default", "Chine-Defau-S{12}"),
        "without the stack": ("CodeBuild::Project", "Build", "Build-S{12}"),
        "of a service": ("SSM::Parameter", "BasicParameter", "CFN-BasicParameter-S{12}"),
        "shortened without the stack": ("SSM::Parameter", "P" * 30, "CFN-P{23}-S{12}"),
    },
)
def test_generated_names_of_types(kind: str, logical_id: str, name: str) -> None:
    made = context(logical_id, stack_name=STACK, type_name=f"AWS::{kind}").name()
    assert re.fullmatch(name.replace("S{", "[A-Z0-9]{").replace("-s{", "-[a-z0-9]{"), made)


@cases(
    ("kind", "properties", "physical_id", "attributes"),
    {
        "declared name": (
            "ResourceGroups::Group",
            {"Name": "g"},
            "g",
            {"Arn": r"arn:aws:resourcegroups:us-west-2:111111111111:group/g"},
        ),
        "generated name": (
            "Pipes::Pipe",
            {"RoleArn": "r", "Source": "s", "Target": "t"},
            r"one-Thing-[A-Z0-9]{12}",
            {"Arn": r"arn:aws:pipes:us-west-2:111111111111:pipe/one-Thing-[A-Z0-9]{12}"},
        ),
        "an id inside another": (
            "AppConfig::Environment",
            {"Name": "e", "ApplicationId": "abcdefg"},
            r"\w+-[0-9a-f]{17}",
            {"EnvironmentId": r"\w+-[0-9a-f]{17}"},
        ),
        "older than the registry": (
            "DAX::Cluster",
            {"IAMRoleARN": "r", "NodeType": "n", "ReplicationFactor": 1},
            r"one-Thing-[A-Z0-9]{12}|\w+-[0-9a-f]{17}",
            {"Arn": r"arn:aws:dax:us-west-2:111111111111:cluster/.+", "ClusterDiscoveryEndpoint": r".+"},
        ),
    },
)
def test_create_and_delete(
    kind: str, properties: dict[str, Any], physical_id: str, attributes: dict[str, str]
) -> None:
    maker = GenericType(schema=known(f"AWS::{kind}"), store={})

    made = maker.create(context(), properties)

    assert re.fullmatch(physical_id, made.physical_id)
    for name, pattern in attributes.items():
        assert re.fullmatch(pattern, str(made.attributes[name])), name
    live = maker.read(context(), made.physical_id, properties)
    assert live is not None and properties.items() <= live.items()
    maker.delete(context(), made.physical_id, properties)
    maker.delete(context(), made.physical_id, properties)
    assert maker.read(context(), made.physical_id, properties) is None


def test_identifiers_are_unique() -> None:
    kind = GenericType(schema=known("AWS::ResourceGroups::Group"), store={})
    kind.create(context(), {"Name": "g"})

    with pytest.raises(ResourceFailed, match="with identifier 'g' already exists"):
        kind.create(context("Other"), {"Name": "g"})
    kind.update(context(), "g", {"Name": "g"}, {"Name": "g", "Description": "d"})
    assert kind.read(context(), "g", {}) == {"Name": "g", "Description": "d"}
    with pytest.raises(ResourceFailed, match="with identifier 'h' was not found"):
        kind.update(context(), "h", {}, {})


@cases(
    ("kind", "properties", "found"),
    {
        "none": ("ResourceGroups::Group", {"Name": "g"}, ()),
        "required": ("ResourceGroups::Group", {}, ("#: required key [Name] not found",)),
        "extraneous": (
            "ResourceGroups::Group",
            {"Name": "g", "Arn": "a", "Nme": 1},
            ("#: extraneous key [Arn] is not permitted", "#: extraneous key [Nme] is not permitted"),
        ),
        "types": (
            "ResourceGroups::Group",
            {"Name": ["g"], "Tags": {"a": "b"}},
            (
                "#/Name: expected type: String, found: JSONArray",
                "#/Tags: expected type: Array, found: JSONObject",
            ),
        ),
        "inside": (
            "ResourceGroups::Group",
            {"Name": "g", "ResourceQuery": {"Type": "Tags"}, "Tags": [{"Kee": "a"}]},
            (
                "#/ResourceQuery/Type: Tags is not a valid enum value",
                "#/Tags/0: extraneous key [Kee] is not permitted",
            ),
        ),
    },
)
def test_schema_problems(kind: str, properties: dict[str, Any], found: tuple[str, ...]) -> None:
    assert tuple(map(str, problems(known(f"AWS::{kind}"), properties))) == found


def test_values_are_coerced() -> None:
    properties = {
        "RetentionInDays": "90",
        "LogGroupName": 7,
        "DeletionProtectionEnabled": "true",
        "Tags": [{"Key": True, "Value": 1.5}],
    }

    assert coerced(known("AWS::Logs::LogGroup"), properties) == {
        "RetentionInDays": 90,
        "LogGroupName": "7",
        "DeletionProtectionEnabled": True,
        "Tags": [{"Key": "true", "Value": "1.5"}],
    }


def test_types_can_be_created_without_properties() -> None:
    for type_name in type_names(REGION)[::12]:
        kind = GenericType(schema=known(type_name), store={})
        made = kind.create(context(), {})
        assert made.physical_id, type_name
        json.dumps(made.attributes)


def test_unknown_region_has_the_usual_types() -> None:
    assert schema("AWS::SNS::Topic", "xx-nowhere-1") is not None
    assert schema("AWS::No::Thing", REGION) is None
