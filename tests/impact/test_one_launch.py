"""What an update does to one launch, whose parameter values are known."""

from __future__ import annotations

from typing import Any

from publisher.impact import judge, needed_bump
from publisher.templates.comparison import HIDDEN
from tests.conftest import cases

BEFORE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
        "Days": {"Type": "Number", "Default": 30, "MinValue": 1},
        "Word": {"Type": "String", "NoEcho": True, "Default": ""},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a,b"},
        "Vpc": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", "Default": "/vpc/id"},
    },
    "Mappings": {"Names": {"dev": {"Queue": "small"}, "prod": {"Queue": "large"}}},
    "Conditions": {
        "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "Own": {"Fn::And": [{"Fn::Not": [{"Condition": "Prod"}]}, {"Fn::Equals": [{"Ref": "Days"}, "30"]}]},
        "Far": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    },
    "Resources": {
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": {"Fn::Sub": "/x/${Stage}"},
                "RetentionInDays": {"Fn::If": ["Prod", 365, {"Ref": "Days"}]},
            },
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Condition": "Own",
            "Properties": {"QueueName": {"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "Queue"]}},
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "x", "VpcId": {"Ref": "Vpc"}},
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancing::LoadBalancer",
            "Properties": {
                "AvailabilityZones": {"Ref": "Zones"},
                "Tags": [{"Key": "w", "Value": {"Ref": "Word"}}],
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Condition": "Far"},
    },
}  # fmt: skip


def edited(section: str, name: str, **fields: Any) -> dict[str, Any]:
    entry = {**BEFORE[section].get(name, {}), **fields}
    return {**BEFORE, section: {**BEFORE[section], name: entry}}


def condition(name: str, *equal: Any) -> dict[str, Any]:
    return {**BEFORE, "Conditions": {**BEFORE["Conditions"], name: {"Fn::Equals": list(equal)}}}


def rule(asserted: Any, **fields: Any) -> dict[str, Any]:
    return {**BEFORE, "Rules": {"New": {"Assertions": [{"Assert": asserted}], **fields}}}


@cases(
    ("after", "old", "new", "found"),
    {
        "nothing": (BEFORE, {}, {}, []),
        "the default given": (BEFORE, {}, {"Days": "30", "Stage": "dev"}, []),
        "a value in place": (
            BEFORE,
            {},
            {"Days": "60"},
            [
                ("none", "Days", "safe"),
                ("in place", "Logs.RetentionInDays", "safe"),
                ("removal", "Queue", "critical"),
            ],
        ),
        "a value that a branch hides": (
            BEFORE,
            {"Stage": "prod"},
            {"Stage": "prod", "Days": "60"},
            [("none", "Days", "safe")],
        ),
        "a value in a name": (
            BEFORE,
            {"Days": "1"},
            {"Days": "1", "Stage": "prod"},
            [
                ("none", "Stage", "safe"),
                ("replacement", "Logs.LogGroupName", "critical"),
                ("in place", "Logs.RetentionInDays", "safe"),
            ],
        ),
        "an item of a list": (
            BEFORE,
            {},
            {"Zones": "a,c"},
            [("none", "Zones", "safe"), ("possible replacement", "Balancer.AvailabilityZones[1]", "high")],
        ),
        "the name of an SSM parameter": (
            BEFORE,
            {},
            {"Vpc": "/other/id"},
            [("none", "Vpc", "safe"), ("replacement", "Group.VpcId", "high")],
        ),
        "a secret": (
            BEFORE,
            {"Word": HIDDEN},
            {"Word": "hunter2"},
            [("none", "Word", "safe"), ("in place", "Balancer.Tags[w].Value", "safe")],
        ),
        "a mapping of others": (
            edited("Mappings", "Names", prod={"Queue": "larger"}),
            {},
            {},
            [],
        ),
        "a mapping of this one": (
            edited("Mappings", "Names", dev={"Queue": "smaller"}),
            {},
            {},
            [("replacement", "Queue.QueueName", "critical")],
        ),
        "a condition that holds as before": (
            condition("Prod", {"Ref": "Stage"}, "x"),
            {},
            {},
            [],
        ),
        "a condition that nothing here decides": (
            condition("Far", {"Ref": "AWS::Region"}, "x"),
            {},
            {},
            [("possible removal", "Topic", "high")],
        ),
        "a condition that its Region decides": (
            condition("Far", {"Ref": "AWS::Region"}, "x"),
            {"AWS::Region": "eu-west-1"},
            {"AWS::Region": "eu-west-1"},
            [("removal", "Topic", "high")],
        ),
        "a condition that its Region does not meet": (
            condition("Far", {"Ref": "AWS::Region"}, "x"),
            {"AWS::Region": "us-west-2"},
            {"AWS::Region": "us-west-2"},
            [],
        ),
        "another default, whose value is kept": (
            edited("Parameters", "Stage", Default="prod"),
            {"Stage": "dev"},
            {"Stage": "dev"},
            [("none", "Stage.Default", "safe")],
        ),
        "another default, which it takes": (
            edited("Parameters", "Days", Default=60),
            {"Days": "30", "Stage": "prod"},
            {"Stage": "prod"},
            [("none", "Days.Default", "safe"), ("none", "Days", "safe")],
        ),
        "a value that is refused": (
            edited("Parameters", "Days", MinValue=90),
            {},
            {},
            [("none", "Days.MinValue", "safe"), ("input narrowed", "Days", "high")],
        ),
        "a limit that its value meets": (
            edited("Parameters", "Days", MinValue=20),
            {},
            {},
            [("none", "Days.MinValue", "safe")],
        ),
        "a rule that it meets": (
            rule({"Fn::Contains": [["dev", "prod"], {"Ref": "Stage"}]}),
            {},
            {"Days": "31"},
            [
                ("none", "Days", "safe"),
                ("in place", "Logs.RetentionInDays", "safe"),
                ("removal", "Queue", "critical"),
            ],
        ),
        "a rule that refuses its values": (
            rule({"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "c"]]}),
            {},
            {},
            [("input narrowed", "New", "high")],
        ),
        "a rule that may": (
            rule({"Fn::EachMemberEquals": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-1"]}),
            {},
            {},
            [("input narrowed", "New", "high")],
        ),
        "a rule for others": (
            rule({"Fn::Equals": ["a", "b"]}, RuleCondition={"Fn::Equals": [{"Ref": "Stage"}, "prod"]}),
            {},
            {},
            [],
        ),
        "an input that it lacks": (
            edited("Parameters", "Team", Type="String"),
            {},
            {},
            [("required input", "Team", "high")],
        ),
        "an input that it has": (
            edited("Parameters", "Team", Type="String"),
            {},
            {"Team": "a"},
            [("added", "Team", "safe")],
        ),
    },
)  # fmt: skip
def test_only_what_the_launch_meets(
    after: dict[str, Any], old: dict[str, str], new: dict[str, str], found: list[tuple[str, str, str]]
) -> None:
    changes = judge(BEFORE, after, values=(old, new))
    assert [(it.effect, it.path, it.level) for it in changes] == found
    assert "hunter2" not in str(changes)


@cases(("after", "level"), {"by its own value": ("${Days}", "safe"), "by the template": ("${Days}.", "high")})
def test_outputs_that_have_another_value(after: str, level: str) -> None:
    before, after_ = (
        {**BEFORE, "Outputs": {"Kept": {"Value": {"Fn::Sub": text}}}} for text in ("${Days}", after)
    )
    changes = judge(before, after_, values=({}, {"Days": "60"}))
    assert [it.level for it in changes if it.effect == "output changed"] == [level]


def test_values_alone_need_no_version() -> None:
    (change,) = judge(BEFORE, BEFORE, values=({"Stage": "prod"}, {"Stage": "prod", "Days": "60"}))
    assert (change.before, change.after, change.reason) == ("30", "60", "another value")
    assert needed_bump([change]) == ""
