from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.documents import canonical_json
from publisher.templates import template_digest
from publisher.templates.cloudformation import function_names, parse
from tests.conftest import cases

# What one reader or another takes for a number, a boolean, a date, an indicator.
TRAPS = [
    "y", "Yes", "ON", "off", "null", "~", "", "nan", ".inf", "1e3", "1.10", "0o17", "017", "0x1F",
    "1_000", "+1", "-1", "1:20:30", "2012-10-17", "012345670701", "<<", "=", "?", "- ", "-", ":",
    "a:", "a: b", "a #b", " a", "a ", "[a", "{a", "a, b", "a,b", "!Ref x", "&a", "*a", "%a", "@a",
    "`a", "'a", "\"a", "|", ">", "x\n", "\n", "a\n\n", "a\n \nb", " a\nb", "a\r\nb", "a\tb", "\ta",
    "a\n\tb", "---\na", "...", "é", "😀", "\x7f", "\x85", "\u2028", "\ufeff", "\x00", "{{ a }}",
    "${a}", " ".join(["# a: ${b}"] * 20), " ".join(["--- word"] * 20) + " ", "word " * 30 + "\nword",
]  # fmt: skip
texts = st.text() | st.sampled_from(TRAPS) | st.text(alphabet="ab01 \n\t:#-|>'\"{}[],&*!%@`~.=?")
leaves = texts | st.booleans() | st.integers(-(10**17), 10**17)
functions = st.sampled_from(
    ["Ref", "Condition", *(f"Fn::{name}" for name in function_names()), "Fn::ForEach::A"]
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4)
        | st.dictionaries(functions, inner, min_size=1, max_size=1)
        | st.just("Fn::GetAtt").flatmap(
            lambda name: st.fixed_dictionaries({name: st.lists(texts, max_size=3)})
        )
    ),
)
templates = st.dictionaries(st.text(min_size=1), trees, max_size=4)


def long_form(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    """What the AWS CLI, cfn-lint and others make of a short form."""
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
            if name == "GetAtt":
                value = value.split(".", 1)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            value = loader.construct_mapping(node, deep=True)
    return {name if name == "Ref" else f"Fn::{name}": value}


def loader(name: str) -> Any:
    made = type(name, (getattr(yaml, name),), {})
    yaml.add_multi_constructor("!", long_form, Loader=made)
    return made


@given(templates)
@pytest.mark.parametrize("reader", [loader("SafeLoader"), loader("CSafeLoader")])
def test_every_reader_reads_what_was_written(reader: Any, template: dict[str, Any]) -> None:
    body = template_digest.dump(template)
    assert body.isascii()
    assert yaml.load(body, Loader=reader) == (template or None)


@given(st.dictionaries(texts, trees, max_size=4))
def test_our_reader_reads_what_was_written(resources: dict[str, Any]) -> None:
    template = {"Resources": {"A": "b", **resources}}
    assert parse(template_digest.dump(template), "t.yaml").value == attributes_listed(template)


def attributes_listed(value: Any) -> Any:
    """The value with each text of `Fn::GetAtt` as the list that it means."""
    match value:
        case dict():
            return {
                key: inner.split(".", 1)
                if key == "Fn::GetAtt" and isinstance(inner, str) and "." in inner
                else attributes_listed(inner)
                for key, inner in value.items()
            }
        case list():
            return [attributes_listed(inner) for inner in value]
        case _:
            return value


@given(templates, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(template: dict[str, Any], chance: random.Random) -> None:
    keys = list(template)
    chance.shuffle(keys)
    shuffled = {key: template[key] for key in keys}
    assert template_digest.dump(shuffled) == template_digest.dump(template)
    assert template_digest.digest(shuffled) == template_digest.digest(template)


@given(templates, templates)
def test_different_contents_have_different_digests(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = canonical_json(one) == canonical_json(other)
    assert (template_digest.digest(one) == template_digest.digest(other)) is same
    assert (template_digest.dump(one) == template_digest.dump(other)) is same


def test_body() -> None:
    template = {
        "Resources": {
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "a b", "Value": "yes"}]}},
            "A": {"Type": "AWS::SNS::Topic", "Metadata": {}, "DependsOn": ["B", ["x"], [], [{"k": []}]]},
        },
        "Zebra": 1,
        "é" * 200: [{"é" * 200: {"a": 1}}],
        "Outputs": {"Text": {"Value": "a\nb\n\n  c\n", "Other": "a\nb", "Ends": "a\n\n"}},
        "Description": "Says: hello, world",
        "AWSTemplateFormatVersion": "2010-09-09",
        "Conditions": {"T": True, "F": False, "N": 1.5},
    }
    long = "\\u00e9" * 200
    assert template_digest.dump(template) == (
        'AWSTemplateFormatVersion: "2010-09-09"\n'
        'Description: "Says: hello, world"\n'
        "Conditions:\n"
        "  F: false\n"
        '  "N": 1.5\n'
        "  T: true\n"
        "Resources:\n"
        "  A:\n"
        "    Type: AWS::SNS::Topic\n"
        "    DependsOn:\n"
        "    - B\n"
        "    - [x]\n"
        "    - []\n"
        "    - [{k: []}]\n"
        "    Metadata: {}\n"
        "  B:\n"
        "    Type: AWS::S3::Bucket\n"
        "    Properties:\n"
        '      Tags: [{Key: a b, Value: "yes"}]\n'
        "Outputs:\n"
        "  Text:\n"
        '    Ends: "a\\n\\n"\n'
        "    Other: |-\n"
        "      a\n"
        "      b\n"
        "    Value: |\n"
        "      a\n"
        "      b\n"
        "\n"
        "        c\n"
        "Zebra: 1\n" + f'? "{long}"\n:\n- ? "{long}"\n  :\n    a: 1\n'
    )


@cases(
    ("value", "written"),
    {
        "reference": ({"Ref": "A"}, "!Ref A"),
        "attribute": ({"Fn::GetAtt": ["A", "B.C"]}, "!GetAtt A.B.C"),
        "attribute by name": ({"Fn::GetAtt": ["A", {"Ref": "B"}]}, "!GetAtt [A, !Ref B]"),
        "text": ({"Fn::Sub": "${A}-${AWS::Region}"}, "!Sub ${A}-${AWS::Region}"),
        "between brackets": (
            [{"Fn::Sub": "${A}"}, {"Ref": "AWS::Region"}],
            '[!Sub "${A}", !Ref "AWS::Region"]',
        ),
        "choice": ({"Fn::If": ["A", {"Ref": "B"}, ""]}, '!If [A, !Ref B, ""]'),
        "choices": (
            {"Fn::If": ["A", {"Fn::If": ["B", "c" * 100]}, "e"]},
            f"!If\n      - A\n      - !If\n        - B\n        - {'c' * 100}\n      - e",
        ),
        "functions in one another": ({"Fn::Base64": {"Fn::Sub": "a"}}, "\n      Fn::Base64: !Sub a"),
        "function without a short form": ({"Fn::Contains": [["a"], "b"]}, "\n      Fn::Contains: [[a], b]"),
        "no function": ({"Ref": ["A"]}, "{Ref: [A]}"),
        "condition": (
            {"Fn::And": [{"Condition": "A"}, {"Condition": "B"}]},
            "!And [{Condition: A}, {Condition: B}]",
        ),
        "script": ({"Fn::Sub": "a\n${B}\n"}, "!Sub |\n      a\n      ${B}"),
        "prose": ("of" + " word" * 21, f">-\n      of{' word' * 20}\n      word"),
        "statement": (
            {
                "Condition": {"Bool": {"a:b": "true"}},
                "Resource": "*",
                "Effect": "Allow",
                "Sid": "A",
                "Action": "s3:*",
            },
            '\n      Sid: A\n      Effect: Allow\n      Action: s3:*\n      Resource: "*"'
            '\n      Condition: {Bool: {"a:b": "true"}}',
        ),
    },
)
def test_values(value: Any, written: str) -> None:
    body = template_digest.dump({"Resources": {"A": {"Properties": value}}})
    assert body.removeprefix("Resources:\n  A:\n    Properties:").strip(" ") == f"{written}\n"


def test_digest_is_that_of_the_canonical_json() -> None:
    assert canonical_json({"b": ["é", True], "a": {"z": 1, "y": 1.5}}) == (
        '{"a":{"y":1.5,"z":1},"b":["\\u00e9",true]}'
    )
    assert template_digest.digest({"b": 1, "a": "x"}) == (
        "sha256:cdab067e9f3beb32d1252cfd63e492592fecbf591b0d08cadb24bb17f3864246"
    )


@cases(
    ("template", "message"),
    {
        "key": ({1: "a"}, "template keys must be text, not int: 1"),
        "nothing": ({"a": None}, "not a template value: None"),
        "bytes": ({"a": b"x"}, "not a template value: b'x'"),
        "not a number": ({"a": float("nan")}, "not a template value: nan"),
        "exponent": ({"a": 1e300}, "not a template value: 1e+300"),
        "object": ({"a": object}, f"not a template value: {object!r}"),
    },
)
def test_refuses_what_is_no_plain_value(template: dict[Any, Any], message: str) -> None:
    with pytest.raises(TypeError) as raised:
        template_digest.dump(template)
    assert str(raised.value) == message
