"""What holds of the impact of any edit, however odd the templates are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import InputError
from publisher.impact import judge, needed_bump, worst
from publisher.impact.resolution import resolved
from publisher.templates.comparison import compare
from tests.conftest import cases

NAMES = st.sampled_from("ABCDE")
WORDS = st.sampled_from(["a", "b", "AWS::Region"])
NAMED = NAMES | WORDS
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | NAMED,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(lambda it: {"Ref": it}, NAMED | inner)
        | st.builds(lambda *it: {"Fn::If": [*it]}, NAMED, inner, inner)
        | st.builds(lambda *it: {"Fn::Join": [*it]}, WORDS | inner, st.lists(inner, max_size=3) | inner)
        | st.builds(lambda a, b: {"Fn::Sub": [f"${{{a}}}-${{B.c}}${{!x}}", b]}, NAMED, inner)
        | st.builds(lambda *it: {"Fn::Select": [*it]}, st.integers(0, 2) | inner, inner)
        | st.builds(lambda *it: {"Fn::Split": [*it]}, WORDS, inner)
        | st.builds(lambda *it: {"Fn::FindInMap": [*it]}, NAMED, inner, WORDS)
        | st.builds(lambda *it: {"Fn::GetAtt": [*it]}, NAMES, WORDS)
        | st.builds(lambda *it: {"Fn::Equals": [*it]}, inner, inner)
        | st.builds(lambda it: {"Condition": it}, NAMED)
        | st.builds(lambda it: {"Fn::Not": [it]}, inner)
        | st.dictionaries(NAMED, inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::SNS::Topic": "DisplayName",
    "AWS::EC2::EIPAssociation": "EIP",
    "Custom::Own": "Size",
}
RESOURCES = st.builds(
    lambda kind, value, attributes: {"Type": kind, "Properties": {TYPES[kind]: value}, **attributes},
    st.sampled_from(sorted(TYPES)),
    VALUES,
    st.dictionaries(st.sampled_from(["Condition", "DeletionPolicy", "DependsOn"]), NAMED, max_size=1),
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(NAMES, RESOURCES, max_size=4)},
    optional={
        "Parameters": st.dictionaries(NAMES, st.just({"Type": "String", "Default": "a"}), max_size=2),
        "Conditions": st.dictionaries(NAMES, VALUES, max_size=3),
        "Mappings": st.dictionaries(NAMES, st.just({"a": {"a": "b"}, "b": {"a": "c"}}), max_size=2),
        "Outputs": st.dictionaries(NAMES, st.builds(lambda it: {"Value": it}, VALUES), max_size=2),
    },
)
LAUNCHES = st.dictionaries(NAMES, st.sampled_from(["a", "b"]), max_size=2)
SECTIONS = ["Conditions", "Mappings", "Outputs", "Parameters", "Resources", "Rules", "Transform", "X"]
# Whatever a file can hold.
ANYTHING = st.dictionaries(
    st.sampled_from(SECTIONS),
    VALUES | st.dictionaries(NAMES, VALUES | RESOURCES, max_size=2),
    max_size=4,
)


@pytest.mark.slow
@given(TEMPLATES, LAUNCHES)
def test_no_edit_has_no_impact(template: dict[str, Any], launch: dict[str, str]) -> None:
    assert judge(template, template) == judge(template, template, values=(launch, launch)) == ()
    assert (needed_bump(()), worst(())) == ("", "safe")


@given(TEMPLATES, RESOURCES)
def test_adding_is_never_major_and_removing_always_is(template: dict[str, Any], more: dict[str, Any]) -> None:
    larger = {
        "Resources": {**template["Resources"], "New": more},
        "Parameters": {**template.get("Parameters", {}), "NewInput": {"Type": "String", "Default": ""}},
        "Conditions": {**template.get("Conditions", {}), "NewCondition": {"Fn::Equals": ["a", {"Ref": "A"}]}},
        "Outputs": {**template.get("Outputs", {}), "NewOutput": {"Value": {"Ref": "New"}}},
    }
    added, removed = judge(template, {**template, **larger}), judge({**template, **larger}, template)
    assert (needed_bump(added), needed_bump(removed)) == ("minor", "major")
    assert worst(added) != "critical" and worst(removed) != "safe"


@given(TEMPLATES | ANYTHING, TEMPLATES | ANYTHING, LAUNCHES, LAUNCHES)
def test_every_difference_is_judged(
    one: dict[str, Any], other: dict[str, Any], old: dict[str, str], new: dict[str, str]
) -> None:
    changes = judge(one, other)
    assert bool(changes) == bool(compare(one, other))
    assert all(it.bump and it.effect and it.document() for it in changes)
    judge(one, other, values=(old, new))


@pytest.mark.slow
@given(TEMPLATES, LAUNCHES)
def test_what_is_evaluated_before_a_launch_is_what_the_launch_gets(
    template: dict[str, Any], launch: dict[str, str]
) -> None:
    assert resolved(resolved(template), launch) == resolved(template, launch)


def doubled(value: Any, times: int) -> Any:
    for n in range(times):
        value = {"Fn::Sub": [f"${{v{n}}}${{v{n}}}", {f"v{n}": value}]}
    return value


@cases(
    "entry",
    {
        "texts that double": {"Outputs": {"It": {"Value": doubled("a", 40)}}},
        "a long text many times": {
            "Mappings": {"M": {"a": {"b": "x" * 100_000}}},
            "Outputs": {"It": {"Value": {"Fn::Join": ["", [{"Fn::FindInMap": ["M", "a", "b"]}] * 100]}}},
        },
    },
)
def test_an_expression_cannot_grow_without_end(entry: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the expressions of a template become too large"):
        judge({"Resources": {}}, {"Resources": {}, **entry})


def test_conditions_that_use_each_other_twice_are_evaluated_once() -> None:
    """Without a memory the first would take as many steps as there are atoms."""
    conditions: dict[str, Any] = {
        f"C{n}": {"Fn::And": [{"Condition": f"C{n + 1}"}, {"Condition": f"C{n + 1}"}]} for n in range(200)
    }
    conditions["C200"] = {"Fn::Equals": [{"Ref": "A"}, "a"]}
    template = {
        "Parameters": {"A": {"Type": "String"}},
        "Conditions": conditions,
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Condition": "C190"}},
    }
    assert [it.effect for it in judge(template, template, values=({"A": "a"}, {"A": "b"}))] == [
        "none",
        "removal",
    ]


SELECTED = {"Outputs": {"It": {"Value": {"Fn::Select": ["0", ["a", "b"]]}}}}
NAMED_BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "a"}}


@cases(
    ("one", "other"),
    {
        "an index that is a digit and no number": (
            SELECTED, {"Outputs": {"It": {"Value": {"Fn::Select": ["²", ["a", "b"]]}}}}
        ),
        "an index that is too long": (
            SELECTED, {"Outputs": {"It": {"Value": {"Fn::Select": ["9" * 5000, ["a", "b"]]}}}}
        ),
        "properties that are a text": (
            {"Resources": {"A": {**NAMED_BUCKET, "Properties": "x"}}}, {"Resources": {"A": NAMED_BUCKET}}
        ),
    },
)  # fmt: skip
def test_what_is_no_template_is_judged_all_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert judge(one, other) and judge(other, one)
