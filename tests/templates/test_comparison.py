from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.documents import canonical_json
from publisher.templates import template_digest
from publisher.templates.comparison import BRANCH, HIDDEN, Action, Difference, Item, Subject, compare
from tests.conftest import cases
from tests.templates.test_template_digest import trees

Row = tuple[Action, tuple[Any, ...], Any, Any]
GROUP, RULE = ("Resources", "A"), {"Principal": "*"}


def template(**sections: Any) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": "T"}}, **sections}


def resource(**attributes: Any) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": "T", **attributes}}}


def value(of: Any) -> dict[str, Any]:
    """A template in which only a property differs."""
    return resource(Properties={"P": of})


def rows(differences: tuple[Difference, ...]) -> list[Row]:
    return [(it.action, it.path, it.before, it.after) for it in differences]


def named(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"Name": name, **fields} for name in names]


@cases(
    ("before", "after", "subject", "found"),
    {
        "parameter": (
            template(),
            template(Parameters={"Size": {"Type": "Number"}}),
            "parameter",
            [("add", ("Parameters", "Size"), None, {"Type": "Number"})],
        ),
        "its default": (
            template(Parameters={"Size": {"Type": "Number", "Default": 1}}),
            template(Parameters={"Size": {"Type": "Number"}}),
            "parameter",
            [("remove", ("Parameters", "Size", "Default"), 1, None)],
        ),
        "rule": (
            template(Rules={"R": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}]}}),
            template(Rules={"R": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "c"]}}]}}),
            "rule",
            [
                (
                    "change",
                    ("Rules", "R", "Assertions", 0, "Assert"),
                    {"Fn::Equals": ["a", "b"]},
                    {"Fn::Equals": ["a", "c"]},
                )
            ],
        ),
        "mapping": (
            template(Mappings={"M": {"a": {"x": 1}}}),
            template(Mappings={"M": {"a": {"x": 2}, "b": {"x": 3}}}),
            "mapping",
            [("change", ("Mappings", "M", "a", "x"), 1, 2), ("add", ("Mappings", "M", "b"), None, {"x": 3})],
        ),
        "condition": (
            template(Conditions={"C": {"Fn::Equals": ["a", "b"]}}),
            template(Conditions={"C": {"Fn::Not": [{"Condition": "D"}]}}),
            "condition",
            [
                (
                    "change",
                    ("Conditions", "C"),
                    {"Fn::Equals": ["a", "b"]},
                    {"Fn::Not": [{"Condition": "D"}]},
                )
            ],
        ),
        "transform": (
            template(),
            template(Transform="AWS::LanguageExtensions"),
            "transform",
            [("add", ("Transform",), None, "AWS::LanguageExtensions")],
        ),
        "description": (
            template(Description="One."),
            template(Description="Two."),
            "template",
            [("change", ("Description",), "One.", "Two.")],
        ),
        "section without a name of ours": (
            template(),
            template(Hooks={"H": {}}),
            "template",
            [("add", ("Hooks",), None, {"H": {}})],
        ),
        "metadata": (
            template(Metadata={"I": {"ParameterGroups": [{"Parameters": ["A", "C"]}]}}),
            template(Metadata={"I": {"ParameterGroups": [{"Parameters": ["A", "B", "C"]}]}}),
            "metadata",
            [("add", ("Metadata", "I", "ParameterGroups", 0, "Parameters", 1), None, "B")],
        ),
        "a renamed resource": (
            resource(),
            {"Resources": {"B": {"Type": "T"}}},
            "resource",
            [
                ("remove", ("Resources", "A"), {"Type": "T"}, None),
                ("add", ("Resources", "B"), None, {"Type": "T"}),
            ],
        ),
        "another type is another resource": (
            resource(Properties={"P": 1}),
            {"Resources": {"A": {"Type": "U", "DependsOn": "B", "Properties": {"Q": 1}}}},
            "resource",
            [("change", ("Resources", "A", "Type"), "T", "U")],
        ),
        "attributes": (
            resource(DeletionPolicy="Retain", DependsOn="B"),
            resource(Condition="C", DependsOn=["B", "C"]),
            "attribute",
            [
                ("add", (*GROUP, "Condition"), None, "C"),
                ("remove", (*GROUP, "DeletionPolicy"), "Retain", None),
                ("add", (*GROUP, "DependsOn", 1), None, "C"),
            ],
        ),
        "a first dependency": (
            resource(),
            resource(DependsOn="B"),
            "attribute",
            [("add", (*GROUP, "DependsOn", 0), None, "B")],
        ),
        "dependencies that are no names": (
            resource(DependsOn={"Ref": "B"}),
            resource(DependsOn="B"),
            "attribute",
            [("change", (*GROUP, "DependsOn"), {"Ref": "B"}, ["B"])],
        ),
        "a resource that is none": (
            resource(),
            {"Resources": {"A": "B"}},
            "resource",
            [("change", ("Resources", "A"), {"Type": "T"}, "B")],
        ),
        "output": (
            template(Outputs={"O": {"Value": "a"}, "P": {"Value": "a"}}),
            template(Outputs={"O": {"Value": "a", "Export": {"Name": "n"}}}),
            "output",
            [
                ("add", ("Outputs", "O", "Export"), None, {"Name": "n"}),
                ("remove", ("Outputs", "P"), {"Value": "a"}, None),
            ],
        ),
        "a section that is none": (
            template(Outputs=["a"]),
            template(Outputs={"O": {"Value": "a"}}),
            "output",
            [("change", ("Outputs",), ["a"], {"O": {"Value": "a"}})],
        ),
    },
)
def test_sections(before: dict[str, Any], after: dict[str, Any], subject: Subject, found: list[Row]) -> None:
    differences = compare(before, after)
    assert rows(differences) == found
    assert {it.subject for it in differences} == {subject}


P = ("Resources", "A", "Properties", "P")
SUB, REF = {"Fn::Sub": "${A}-x"}, {"Ref": "A"}


@cases(
    ("before", "after", "found"),
    {
        "text": ("a", "b", [("change", P, "a", "b")]),
        "true is not 1": (True, 1, [("change", P, True, 1)]),
        "text is not a number": ("1", 1, [("change", P, "1", 1)]),
        "nested": (
            {"a": {"b": 1, "c": 2}, "d": []},
            {"a": {"b": 1, "c": 3}},
            [("change", (*P, "a", "c"), 2, 3), ("remove", (*P, "d"), [], None)],
        ),
        "a function is one value": (SUB, {"Fn::Sub": "${A}-y"}, [("change", P, SUB, {"Fn::Sub": "${A}-y"})]),
        "a function for a mapping": ({"a": 1}, REF, [("change", P, {"a": 1}, REF)]),
        "branches of one condition": (
            {"Fn::If": ["C", {"a": 1}, REF]},
            {"Fn::If": ["C", {"a": 2}, SUB]},
            [
                ("change", (*P, Item(BRANCH, "C"), "a"), 1, 2),
                ("change", (*P, Item(BRANCH, "not C")), REF, SUB),
            ],
        ),
        "another condition": (
            {"Fn::If": ["C", 1, 2]},
            {"Fn::If": ["D", 1, 2]},
            [("change", P, {"Fn::If": ["C", 1, 2]}, {"Fn::If": ["D", 1, 2]})],
        ),
        "single values come and go": (
            ["a", "c", "e"],
            ["b", "c", "d", "f"],
            [
                ("remove", (*P, 0), "a", None),
                ("remove", (*P, 2), "e", None),
                ("add", (*P, 0), None, "b"),
                ("add", (*P, 2), None, "d"),
                ("add", (*P, 3), None, "f"),
            ],
        ),
        "at the front": (["a", REF], [SUB, "a", REF], [("add", (*P, 0), None, SUB)]),
        "one for one": (["a", "b", "c"], ["a", "x", "c"], [("change", (*P, 1), "b", "x")]),
        "another order": (
            ["a", "b", "c"],
            ["c", "b", "a"],
            [("reorder", P, ["a", "b", "c"], ["c", "b", "a"])],
        ),
        "doubles are counted": (
            ["a", "a"],
            ["a", "b", "a", "a"],
            [("add", (*P, 1), None, "b"), ("add", (*P, 2), None, "a")],
        ),
        "numbers for texts": (["1", "2"], [1, "2"], [("change", (*P, 0), "1", 1)]),
        "mappings are counted": (
            [RULE, {"a": 1, "b": 1}, RULE],
            [RULE, {"a": 1, "b": 2}, {"c": 1}, RULE],
            [("change", (*P, 1, "b"), 1, 2), ("add", (*P, 2), None, {"c": 1})],
        ),
        "items with a key, in any order": (
            [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 1}],
            [{"Key": "c", "Value": 1}, {"Key": "b", "Value": 1}, {"Key": "a", "Value": 2}],
            [
                ("change", (*P, Item("Key", "a"), "Value"), 1, 2),
                ("add", (*P, Item("Key", "c")), None, {"Key": "c", "Value": 1}),
            ],
        ),
        "items with a name": (
            named("Source", "Build", x=1),
            named("Source", "Test", "Build", x=2)[1:] + named("Source", x=1),
            [
                ("change", (*P, Item("Name", "Build"), "x"), 1, 2),
                ("add", (*P, Item("Name", "Test")), None, {"Name": "Test", "x": 2}),
                ("reorder", P, ["Source", "Build"], ["Build", "Source"]),
            ],
        ),
        "an expression as a name": (
            [{"Id": SUB, "x": 1}],
            [{"Id": SUB, "x": 2}],
            [("change", (*P, Item("Id", '{"Fn::Sub":"${A}-x"}'), "x"), 1, 2)],
        ),
        "equal names tell nothing apart": (
            named("a", "a", x=1),
            [*named("a", x=1), *named("a", x=2)],
            [("change", (*P, 1, "x"), 1, 2)],
        ),
        "all of a list with names": (
            named("a", "b"),
            [],
            [
                ("remove", (*P, Item("Name", "a")), {"Name": "a"}, None),
                ("remove", (*P, Item("Name", "b")), {"Name": "b"}, None),
            ],
        ),
    },
)
def test_values(before: Any, after: Any, found: list[Row]) -> None:
    differences = compare(value(before), value(after))
    assert rows(differences) == found
    assert {it.subject for it in differences} == {"property"}


@cases(
    ("before", "after"),
    {
        "empty sections": (template(Parameters={}, Outputs={}), template()),
        "empty properties": (resource(Properties={}), resource()),
        "one dependency": (resource(DependsOn=["B"]), resource(DependsOn="B")),
        "order of dependencies": (resource(DependsOn=["B", "C"]), resource(DependsOn=["C", "B"])),
        "order of tags": (value([{"Key": "a"}, {"Key": "b"}]), value([{"Key": "b"}, {"Key": "a"}])),
    },
)
def test_the_same_in_other_words(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert compare(before, after) == ()


SECRET = "hunter2"


@cases(
    ("before", "after", "found"),
    {
        "added": (
            {},
            {"P": {"NoEcho": True, "Default": SECRET}},
            [("add", ("Parameters", "P"), None, {"NoEcho": True, "Default": HIDDEN})],
        ),
        "removed": (
            {"P": {"NoEcho": "True", "Default": SECRET}},
            {},
            [("remove", ("Parameters", "P"), {"NoEcho": "True", "Default": HIDDEN}, None)],
        ),
        "changed": (
            {"P": {"NoEcho": True, "Default": SECRET}},
            {"P": {"NoEcho": True, "Default": "x"}},
            [("change", ("Parameters", "P", "Default"), HIDDEN, HIDDEN)],
        ),
        "a secret from now on": (
            {"P": {"Default": SECRET}},
            {"P": {"NoEcho": "true"}},
            [
                ("remove", ("Parameters", "P", "Default"), HIDDEN, None),
                ("add", ("Parameters", "P", "NoEcho"), None, "true"),
            ],
        ),
        "a list of them": (
            {"P": {"NoEcho": True, "Default": [SECRET]}},
            {"P": {"NoEcho": True, "Default": [SECRET, SECRET]}},
            [("add", ("Parameters", "P", "Default", 1), None, HIDDEN)],
        ),
        "a section that is none": (
            "x",
            {"P": {"NoEcho": True, "Default": SECRET}},
            [("change", ("Parameters",), "x", ["P"])],
        ),
        "no secret": (
            {"P": {"NoEcho": "false", "Default": "a"}},
            {"P": {"NoEcho": False, "Default": "b"}},
            [
                ("change", ("Parameters", "P", "Default"), "a", "b"),
                ("change", ("Parameters", "P", "NoEcho"), "false", False),
            ],
        ),
    },
)
def test_secrets_are_hidden(before: Any, after: Any, found: list[Row]) -> None:
    differences = compare(template(Parameters=before), template(Parameters=after))
    assert rows(differences) == found
    assert SECRET not in repr(differences)


@pytest.mark.slow
@given(trees, trees)
def test_every_difference_is_found(one: Any, other: Any) -> None:
    found = compare(value(one), value(other))
    assert bool(found) == (canonical_json(one) != canonical_json(other))
    back: dict[Action, Action] = {"add": "remove", "remove": "add"}
    assert sorted(map(repr, compare(value(other), value(one)))) == sorted(
        repr(
            Difference(action=back.get(it.action, it.action), path=it.path, before=it.after, after=it.before)
        )
        for it in found
    )


@given(trees, trees, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(one: Any, other: Any, chance: random.Random) -> None:
    assert compare(value(one), value(_shuffled(other, chance))) == compare(value(one), value(other))


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, Mapping):
        keys = list(value)
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return [_shuffled(it, chance) for it in value] if isinstance(value, list) else value


def test_a_comparison_costs_no_more_than_writing_one_of_the_templates_down() -> None:
    """As many resources as CloudFormation takes, a name changed in half of them."""
    statements = [{"Sid": f"S{n}", "Action": ["a", "b"], "Effect": "Allow"} for n in range(15)]
    tags = [{"Key": f"k{n}", "Value": {"Fn::Sub": "${A}-x"}} for n in range(5)]

    def large(name: int) -> dict[str, Any]:
        inner = {"Statement": statements, "Tags": tags}
        changed = {"Type": "T", "Properties": {**inner, "Name": name}}
        same = {"Type": "T", "Properties": inner}
        return {"Resources": {f"R{n}": changed if n % 2 else same for n in range(500)}}

    def seconds(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    one, other = large(1), large(2)
    assert len(compare(one, other)) == 250
    written = min(seconds(lambda: template_digest.dump(one)) for _ in range(3))
    assert min(seconds(lambda: compare(one, other)) for _ in range(3)) < written
