from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import InputError, Where
from publisher.templates import composer
from publisher.templates.cloudformation import parse
from tests.conftest import cases

RESOURCES = "Resources: {A: {Type: AWS::SNS::Topic}}\n"


def value_of(text: str) -> Any:
    return parse(f"{RESOURCES}X: {text}\n", "t.yaml").value["X"]


@cases(
    ("text", "value"),
    {
        "Ref": ("!Ref A", {"Ref": "A"}),
        "Condition": ("!Condition A", {"Condition": "A"}),
        "GetAtt text": ("!GetAtt A.Arn", {"Fn::GetAtt": ["A", "Arn"]}),
        "GetAtt dots": ("!GetAtt A.Endpoint.Port", {"Fn::GetAtt": ["A", "Endpoint.Port"]}),
        "GetAtt list": ("!GetAtt [A, Arn]", {"Fn::GetAtt": ["A", "Arn"]}),
        "GetAtt long": ("{Fn::GetAtt: A.Arn}", {"Fn::GetAtt": ["A", "Arn"]}),
        "GetAtt without attribute": ("!GetAtt A", {"Fn::GetAtt": "A"}),
        "Sub number": ("!Sub 5", {"Fn::Sub": "5"}),
        "Sub with variables": ("!Sub ['${a}', {a: !Ref B}]", {"Fn::Sub": ["${a}", {"a": {"Ref": "B"}}]}),
        "nested": ("!If [C, !Ref AWS::NoValue, 1]", {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, 1]}),
        "GetAZs empty": ("!GetAZs ''", {"Fn::GetAZs": ""}),
        "GetAZs nothing": ("!GetAZs", {"Fn::GetAZs": ""}),
        "mapping": ("!Transform {Name: N}", {"Fn::Transform": {"Name": "N"}}),
        "Base64": ("!Base64 true", {"Fn::Base64": "true"}),
        "Split": ("!Split [',', x]", {"Fn::Split": [",", "x"]}),
        "rule function": ("!ValueOfAll [a, b]", {"Fn::ValueOfAll": ["a", "b"]}),
    },
)
def test_short_form(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(text, value, id=text or "empty")
        for text, value in [
            ("443", 443),
            ("-7", -7),
            ("0", 0),
            ("1.5", 1.5),
            ("true", True),
            ("False", False),
            ("TRUE", True),
            ('"443"', "443"),
            ("'true'", "true"),
            ("012345670701", "012345670701"),
            ("1.10", "1.10"),
            ("-0", "-0"),
            ("1e3", "1e3"),
            ("0x1F", "0x1F"),
            ("1_000", "1_000"),
            ("12:30:45", "12:30:45"),
            ("yes", "yes"),
            ("Off", "Off"),
            ("2010-09-09", "2010-09-09"),
            (".5", ".5"),
            ("+1", "+1"),
            ("123456789012345678901", "123456789012345678901"),
            ("! a", "a"),
            ("!!str 5", "5"),
            ('"\\ud83d\\ude00"', "😀"),
            ('"\\ue000"', "\ue000"),
            ("a\n  b", "a b"),
        ]
    ],
)
def test_scalars(text: str, value: Any) -> None:
    found = value_of(text)
    assert (found, type(found)) == (value, type(value))


@cases(
    ("text", "problem"),
    {
        "near tag": ("X: !Reff A", "2:4: T012 unknown tag '!Reff' | did you mean '!Ref'?"),
        "far tag": ("X: !!binary A", "2:4: T012 unknown tag '!!binary' | valid tags are "),
        "URI tag": ("X: !<a:b> A", "2:4: T012 unknown tag 'a:b' | valid tags are "),
        "key twice": (
            "X: {a: 1,\n    a: 2}",
            "3:5: T011 duplicate key 'a' | keep one of them; the first is at t.yaml:2:1",
        ),
        "section twice": (
            "Resources: 1",
            "2:1: T011 duplicate key 'Resources' | keep one of them; the first is at t.yaml:1:1",
        ),
        "nothing": ("X:", "2:3: T014 no value: CloudFormation rejects null | set a value, or"),
        "null": ("X: ~", "2:4: T014 no value: CloudFormation rejects null | set a value, or"),
        "anchor": (
            "X: &a 1",
            "2:4: T010 invalid YAML: anchors and aliases (& and *) are not supported by CloudFormation "
            "| the line reads: X: &a 1",
        ),
        "alias": ("X: [*a]", "2:5: T010 invalid YAML: anchors and aliases (& and *)"),
        "merge": ("X: {<<: {a: 1}}", "2:5: T016 merge keys (<<) are not supported by"),
        "key list": ("X: {[a]: 1}", "2:5: T016 keys must be text | write the key as text"),
        "key function": ("X: {!Ref a: 1}", "2:5: T016 keys must be text"),
        "key long": (f"{'k' * 256}: 1", f"2:1: T016 a key has 256 characters: '{'k' * 40}…' | use"),
        "surrogate": ('X: "\\ud83d"', "2:4: T010 half of a surrogate pair | write the character"),
        "unfinished": ("X: [", "3:1: T010 invalid YAML: expected the node content, but found '<stream end>'"),
        "two colons": ("X: a: b", "2:5: T010 invalid YAML: mapping values are not allowed here"),
        "control": ("X: \x07", "2:1: T010 the character U+0007 is not allowed in YAML | remove it"),
        "documents": ("---\nX: 1", "2:1: T010 invalid YAML: a template must be a single document"),
        "deep": ("X: " + "[" * 5000 + "]" * 5000, "1:1: T010 nested too deeply"),
    },
)
def test_problems(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(f"{RESOURCES}{text}\n", "t.yaml")
    (found,) = raised.value.problems
    assert f"{found} | {found.hint}".startswith(f"t.yaml:{problem}")


@cases(
    ("text", "problem"),
    {
        "empty": ("", "1:1: T015 not a template: the document is not a mapping"),
        "list": ("- a", "1:1: T015 not a template: the document is not a mapping"),
        "no resources": ("A: 1", "1:1: T015 not a template: it has no resources"),
        "none in it": ("A: 1\nResources: {}", "2:1: T015 not a template: it has no resources"),
        "resources list": ("Resources: [a]", "1:1: T015 not a template: it has no resources"),
        "outputs text": ("Resources: {A: {}}\nOutputs: a", "2:1: T015 'Outputs' is not a mapping"),
        "parameters list": ("Resources: {A: {}}\nParameters: []", "2:1: T015 'Parameters' is not a mapping"),
    },
)
def test_what_is_no_template(text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text, "t.yaml")
    assert [str(found) for found in raised.value.problems] == [f"t.yaml:{problem}"]


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(InputError) as raised:
        parse("Resources:\n  A: !Nope 1\n  B:\n  A: 2\n", "t.yaml")
    assert [f"{found.where.line} {found.rule}" for found in raised.value.problems] == [
        "2 T012",
        "3 T014",
        "4 T011",
    ]


def test_json_is_read_alike() -> None:
    template = {"Resources": {"A": {"Type": "AWS::SNS::Topic", "P": ["é😀\t/", 1, 1.5, True, {"Ref": "B"}]}}}
    for indent in (None, 2, "\t"):
        assert parse(json.dumps(template, indent=indent), "t.json").value == template
    assert parse(json.dumps(template).replace("/", "\\/"), "t.json").value == template


def test_places() -> None:
    text = textwrap.dedent(
        """\
        Parameters:
          P: {Type: String}
        Resources:
          A:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: !Sub
                - ${a}
                - a: b
        """
    )
    parsed = parse(text, "t.yaml")

    def place(*keys: str | int, key: bool = False) -> str:
        return str(parsed.where(*keys, key=key))

    name = ("Resources", "A", "Properties", "TopicName")
    assert place() == "t.yaml:1:1"
    assert place("Parameters", "P") == "t.yaml:2:6"
    assert place("Parameters", "P", key=True) == "t.yaml:2:3"
    assert place(*name) == "t.yaml:7:18"
    assert place(*name, "Fn::Sub", 1, "a") == "t.yaml:9:14"
    assert place(*name, "Fn::Sub", 1, "a", key=True) == "t.yaml:9:11"
    assert place("Resources", "A", "Nowhere", "Else") == "t.yaml:5:5"


def test_places_can_be_mapped() -> None:
    def locate(line: int, column: int) -> Where:
        return Where(path="source.j2", line=line * 10, column=column)

    with pytest.raises(InputError) as raised:
        parse("Resources:\n  A: ~\n", "t.yaml", locate=locate)
    assert str(raised.value.problems[0].where) == "source.j2:20:6"


def _shape(node: Any, *, places: bool) -> Any:
    if isinstance(node, tuple | list):
        return [_shape(it, places=places) for it in node]
    if not isinstance(node, yaml.Node):
        return node
    place = (node.start_mark.line, node.start_mark.column) if places else ()
    return (node.tag, place, getattr(node, "style", None) or None, _shape(node.value, places=places))


# Everything that a scalar or a structure could be made of, valid or not.
_sketch = st.lists(
    st.sampled_from([*"ab1 \n:-[]{},'\"|>!&*#?\\\t%~é", "a: ", "- ", "!Sub ", "!!str ", "&a ", "*a", "\n  "]),
    max_size=30,
).map("".join)


@settings(max_examples=300)
@given(_sketch)
def test_with_and_without_libyaml_alike(text: str) -> None:
    def outcome(places: bool = False, **reader: Any) -> Any:
        try:
            return _shape(composer.compose(text, **reader), places=places) if text.strip() else None
        except yaml.YAMLError as error:
            return str(error)

    assert outcome(places=True) == outcome(places=True, nodes=None)
    fast, slow = outcome(), outcome(fast=None)
    if fast != slow:  # libyaml is more lenient in places, never in what it makes of a text that both take
        assert isinstance(slow, str) and "line" in slow
