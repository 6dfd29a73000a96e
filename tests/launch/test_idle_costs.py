"""What a template costs while nobody uses it, for some values and prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.declarations.form import Prices, read_forms
from publisher.launch.idle_charges import PRICING, Charge, charges, is_price_name
from publisher.launch.idle_costs import IdleCosts, idle_costs
from publisher.templates.cloudformation import parse
from publisher.templates.resource_schemas import schema_of
from tests.conftest import cases
from tests.products.family import rendered

ROOT = Path(__file__).parents[2]
FACTS = yaml.safe_load((ROOT / "publisher/launch/idle_costs.yaml").read_text(encoding="utf-8"))
PRICES = Prices(
    currency="USD",
    checked="2026-11-30",
    regions={
        "us-west-2": {
            "AWS::CloudWatch::Alarm": "0.10",
            "AWS::EC2::VPCEndpoint": "0.01",
            "AWS::KMS::Key": "1",
            "AWS::SageMaker::Endpoint ml.m5.large": "0.115",
        }
    },
)


def template(resources: str, **sections: Any) -> dict[str, Any]:
    return parse(f"Resources:\n  {resources}\n", "t.yaml").value | sections


def of(
    resources: str, values: Mapping[str, str] | None = None, *, region: str = "us-west-2", **sections: Any
) -> IdleCosts:
    return idle_costs(template(resources, **sections), values, region=region, prices=PRICES)


SUBNETS = {"Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}}
IN_SSM = {"Subnets": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"}}
SIZE = {"Size": {"Type": "String", "Default": "small"}}
ENDPOINT = "E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface, SubnetIds: %s}}"
VARIANTS = (
    "E: {Type: AWS::SageMaker::Endpoint, Properties: {EndpointConfigName: !GetAtt C.EndpointConfigName}}\n"
    "  C: {Type: AWS::SageMaker::EndpointConfig, Properties: {ProductionVariants: [%s]}}"
)
MODEL = "{InstanceType: ml.m5.large, InitialInstanceCount: 2}"
OTHER = "{InstanceType: !Ref Size, InitialInstanceCount: 1}"


@cases(
    ("resources", "values", "sections", "expected"),
    {
        "one": ("K: {Type: AWS::KMS::Key}", None, {}, [("AWS::KMS::Key", 1, "", "1")]),
        "subnets of a launch": (
            ENDPOINT % "!Ref Subnets",
            {"Subnets": "subnet-a, subnet-b,subnet-c"},
            {"Parameters": SUBNETS},
            [("AWS::EC2::VPCEndpoint", 3, "", "21.90")],
        ),
        "subnets of any launch": (
            ENDPOINT % "!Ref Subnets",
            None,
            {"Parameters": SUBNETS},
            [("AWS::EC2::VPCEndpoint", None, "depends on {Subnets}", None)],
        ),
        "subnets that the launch reads": (
            ENDPOINT % "!Ref Subnets",
            {"Subnets": "/vpc/subnets"},
            {"Parameters": IN_SSM},
            [
                (
                    "AWS::EC2::VPCEndpoint",
                    None,
                    "read at launch from the SSM parameter /vpc/subnets",
                    None,
                )
            ],
        ),
        "subnets of the template": (
            ENDPOINT % "[!Ref A, !Ref B]",
            None,
            {},
            [("AWS::EC2::VPCEndpoint", 2, "", "14.60")],
        ),
        "subnets that nothing says": (
            "E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface}}",
            {},
            {},
            [("AWS::EC2::VPCEndpoint", None, "SubnetIds is not set", None)],
        ),
        "subnets of which one is only sometimes there": (
            ENDPOINT % "[!Ref A, !If [Wide, !Ref B, !Ref AWS::NoValue]]",
            None,
            {"Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}, "Parameters": SIZE},
            [("AWS::EC2::VPCEndpoint", None, "depends on [{B}]", None)],
        ),
        "the same, decided": (
            ENDPOINT % "[!Ref A, !If [Wide, !Ref B, !Ref AWS::NoValue]]",
            {},
            {"Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}, "Parameters": SIZE},
            [("AWS::EC2::VPCEndpoint", 1, "", "7.30")],
        ),
        "an endpoint without a price by the hour": (
            "E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Gateway}}",
            {},
            {},
            [],
        ),
        "a resource under a condition": (
            "K: {Type: AWS::KMS::Key, Condition: Wide}",
            None,
            {"Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}, "Parameters": SIZE},
            [("AWS::KMS::Key", 1, "if Wide", "1")],
        ),
        "a resource that is not there": (
            "K: {Type: AWS::KMS::Key, Condition: Wide}",
            {"Size": "small"},
            {"Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Size"}, "large"]}}, "Parameters": SIZE},
            [],
        ),
        "variants of an endpoint": (
            VARIANTS % f"{MODEL}, {OTHER}",
            {"Size": "ml.c5.xlarge"},
            {"Parameters": SIZE},
            [
                ("AWS::SageMaker::Endpoint ml.c5.xlarge", 1, "", None),
                ("AWS::SageMaker::Endpoint ml.m5.large", 2, "", "167.900"),
            ],
        ),
        "an unknown kind has no price": (
            VARIANTS % OTHER,
            None,
            {"Parameters": SIZE},
            [("AWS::SageMaker::Endpoint", 1, "depends on {Size}", None)],
        ),
        "a serverless endpoint": (VARIANTS % "{ServerlessConfig: {MemorySizeInMB: 2048}}", {}, {}, []),
        "a configuration of somebody else": (
            "E: {Type: AWS::SageMaker::Endpoint, Properties: {EndpointConfigName: theirs}}",
            {},
            {},
            [
                ("AWS::SageMaker::Endpoint", None, "EndpointConfigName is not of this template", None),
                ("AWS::SageMaker::Endpoint", None, "EndpointConfigName is not of this template", None),
            ],
        ),
        "metrics of an alarm": (
            "A: {Type: AWS::CloudWatch::Alarm, Properties: {Metrics: [{Id: a, MetricStat: {}}, "
            "{Id: b, MetricStat: {}}, {Id: c, Expression: a/b}]}}",
            {},
            {},
            [("AWS::CloudWatch::Alarm", 2, "", "0.20")],
        ),
        "an alarm of one metric": (
            "A: {Type: AWS::CloudWatch::Alarm, Properties: {MetricName: Errors}}",
            {},
            {},
            [("AWS::CloudWatch::Alarm", 1, "", "0.10")],
        ),
        "units that are added": (
            "T: {Type: AWS::DynamoDB::Table, Properties: {ProvisionedThroughput: {ReadCapacityUnits: 5, "
            "WriteCapacityUnits: 1}, GlobalSecondaryIndexes: [{ProvisionedThroughput: {ReadCapacityUnits: 2, "
            "WriteCapacityUnits: !Ref Size}}]}}",
            None,
            {"Parameters": SIZE},
            [
                ("AWS::DynamoDB::Table read", 7, "", None),
                ("AWS::DynamoDB::Table write", None, "depends on {Size}", None),
            ],
        ),
        "units that are multiplied": (
            "D: {Type: AWS::OpenSearchService::Domain, Properties: {ClusterConfig: {InstanceType: "
            "m6g.large.search, InstanceCount: 3}, EBSOptions: {VolumeSize: 10}}}",
            {},
            {},
            [
                ("AWS::OpenSearchService::Domain m6g.large.search", 3, "", None),
                ("AWS::OpenSearchService::Domain volume", 30, "", None),
            ],
        ),
        "the first of two fields": (
            "G: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MinSize: 2, LaunchTemplate: "
            "{LaunchTemplateId: !Ref L}}}\n"
            "  L: {Type: AWS::EC2::LaunchTemplate, Properties: "
            "{LaunchTemplateData: {InstanceType: t3.micro}}}",
            {},
            {},
            [("AWS::AutoScaling::AutoScalingGroup t3.micro", 2, "", None)],
        ),
        "a property that decides, and is not known": (
            "P: {Type: AWS::SSM::Parameter, Properties: {Tier: !Ref Size}}",
            None,
            {"Parameters": SIZE},
            [("AWS::SSM::Parameter", None, "depends on {Size}", None)],
        ),
        "properties that are no properties": (
            "K: {Type: AWS::KMS::Key, Properties: [1]}\n"
            "  E: {Type: AWS::EC2::VPCEndpoint, Properties: "
            "{VpcEndpointType: [Interface], SubnetIds: {a: 1}}}\n"
            "  D: {Type: AWS::EC2::Volume, Properties: {Size: '٣', VolumeType: {a: 1}}}",
            {},
            {},
            [
                ("AWS::EC2::VPCEndpoint", 1, "", "7.30"),
                ("AWS::EC2::Volume", None, "is {a}; is ٣", None),
                ("AWS::KMS::Key", 1, "", "1"),
            ],
        ),
    },
)
def test_units_and_what_they_cost(
    resources: str,
    values: Mapping[str, str] | None,
    sections: Mapping[str, Any],
    expected: list[tuple[str, int | None, str, str | None]],
) -> None:
    found = of(resources, values, **sections)
    shown = [
        (it.name, it.count, it.why or (it.condition and f"if {it.condition}"), it.monthly)
        for it in found.lines
    ]
    assert [(*it, None if cost is None else str(cost)) for *it, cost in shown] == expected


@cases(
    ("resources", "sections", "kinds"),
    {
        "what holds something": ("B: {Type: AWS::S3::Bucket}", {}, ["stored AWS::S3::Bucket"]),
        "both": (
            "T: {Type: AWS::DynamoDB::Table, Properties: {ProvisionedThroughput: {ReadCapacityUnits: 1}}}",
            {},
            ["stored AWS::DynamoDB::Table"],
        ),
        "what is free": ("R: {Type: AWS::IAM::Role}", {}, ["by use AWS::IAM::Role"]),
        "what is charged for otherwise": (
            "P: {Type: AWS::SSM::Parameter}",
            {},
            ["by use AWS::SSM::Parameter"],
        ),
        "another type": ("X: {Type: AWS::New::Thing}", {}, ["unknown AWS::New::Thing"]),
        "a function of somebody": ("X: {Type: Custom::Thing}", {}, ["unknown Custom::Thing"]),
        "a name that looks like a known one": ("X: {Type: IAM::Role}", {}, ["unknown IAM::Role"]),
        "what a macro makes": (
            "R: {Type: AWS::IAM::Role}",
            {"Transform": ["AWS::LanguageExtensions", "Macro"]},
            ["by use AWS::IAM::Role", "unknown Transform Macro"],
        ),
        "a loop that is not written out": (
            "Fn::ForEach::Keys: [N, [A, B], {'Key${N}': {Type: AWS::KMS::Key}}]",
            {},
            ["unknown Fn::ForEach::Keys"],
        ),
    },
)
def test_what_has_no_price_by_the_hour(resources: str, sections: dict[str, Any], kinds: list[str]) -> None:
    found = of(resources, {}, **sections)
    every = (("stored", found.stored), ("by use", found.by_use), ("unknown", found.unknown))
    assert [f"{kind} {it.type}" for kind, some in every for it in some] == kinds


def test_loops_are_counted() -> None:
    found = of(
        "Fn::ForEach::Keys: [N, [A, B], {'Key${N}': {Type: AWS::KMS::Key}}]",
        {},
        Transform="AWS::LanguageExtensions",
    )
    assert [(it.count, [one.resource for one in it.lines]) for it in found.groups] == [(2, ["KeyA", "KeyB"])]


@cases(
    ("resources", "region", "in_short"),
    {
        "nothing": ("R: {Type: AWS::IAM::Role}", "us-west-2", "nothing by the hour or month"),
        "all": ("K: {Type: AWS::KMS::Key}", "us-west-2", "USD 1.00 a month"),
        "a part": (
            "K: {Type: AWS::KMS::Key}\n  X: {Type: A::B::C}",
            "us-west-2",
            "at least USD 1.00 a month",
        ),
        "a count that is not known": (
            f"K: {{Type: AWS::KMS::Key}}\n  {ENDPOINT % '!Ref S'}",
            "us-west-2",
            "at least USD 1.00 a month, plus USD 7.30 for each interface endpoint in one Availability Zone",
        ),
        "an unknown type alone": ("X: {Type: A::B::C}", "us-west-2", "not known"),
        "a Region without prices": ("K: {Type: AWS::KMS::Key}", "eu-west-1", "not known"),
    },
)
def test_the_figure_says_what_it_leaves_out(resources: str, region: str, in_short: str) -> None:
    assert of(resources, {}, region=region).in_short == in_short


def paths(charge: Charge) -> Iterator[str]:
    """The paths of a charge, from the properties of its type."""
    inner = [*charge.count, *charge.entries, *charge.when, *filter(None, [charge.times])]
    inner += [path for it in charge.variant if (path := it.partition("=")[0])]
    for path in inner:
        yield from (f"{charge.each}.{it}" if charge.each else it for it in path.split("|"))


def exists(type_: str, path: str) -> bool:
    first, _, rest = path.partition(">")
    schema: Any = schema_of(type_)
    definitions = schema.get("definitions", {})
    for name in first.split("."):
        while "$ref" in schema or "items" in schema:
            schema = schema["items"] if "items" in schema else definitions[schema["$ref"].rpartition("/")[2]]
        if name not in schema.get("properties", {}):
            return False
        schema = schema["properties"][name]
    return not rest or any(exists(it, rest) for it in FACTS["followed"])


def test_the_facts_name_types_and_properties_that_exist() -> None:
    types = [*FACTS["charged"], *FACTS["followed"]]
    for kind in ("stored", "by_use"):
        types += [
            f"AWS::{service}::{it}" for service, some in FACTS[kind].items() for it in some if it != "*"
        ]
    assert [it for it in types if schema_of(it) is None and it != "AWS::CDK::Metadata"] == []
    wrong = [
        (type_, path)
        for type_ in FACTS["charged"]
        for charge in charges(type_)
        for path in paths(charge)
        if not exists(type_, path)
    ]
    assert wrong == []


def test_the_facts_have_a_page_for_each_charge() -> None:
    assert [it for it in FACTS["charged"] if PRICING in [one.page for one in charges(it)]] == []


@pytest.mark.parametrize("family", ["ml-project", "sagemaker-model-deploy"])
def test_forms_of_the_products_price_all_that_they_charge(family: str) -> None:
    form = next(it for it in read_forms(ROOT) if it.family == family)
    assert form.file.prices is not None
    for one in rendered(family).values():
        found = idle_costs(one.template, {}, region="us-west-2", prices=form.file.prices)
        assert found.unknown == ()
        assert [it.name for it in found.lines if it.each is None] == []
        assert all(is_price_name(it.name) for it in found.lines)
