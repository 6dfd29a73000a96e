from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.documents import canonical_json
from publisher.templates import template_digest
from publisher.templates.cloudformation import parse
from tests.conftest import cases

# What one reader or another takes for a number, a boolean, a date, an indicator.
TRAPS = [
    "y", "Yes", "ON", "off", "null", "~", "", "nan", ".inf", "1e3", "1.10", "0o17", "017", "0x1F",
    "1_000", "+1", "-1", "1:20:30", "2012-10-17", "012345670701", "<<", "=", "?", "- ", "-", ":",
    "a:", "a: b", "a #b", " a", "a ", "[a", "{a", "a, b", "a,b", "!Ref x", "&a", "*a", "%a", "@a",
    "`a", "'a", "\"a", "|", ">", "x\n", "\n", "a\n\n", "a\n \nb", " a\nb", "a\r\nb", "a\tb", "\ta",
    "a\n\tb", "---\na", "...", "é", "😀", "\x7f", "\x85", "\u2028", "\ufeff", "\x00", "{{ a }}",
    "${a}",
]  # fmt: skip
texts = st.text() | st.sampled_from(TRAPS) | st.text(alphabet="ab01 \n\t:#-|>'\"{}[],&*!%@`~.=?")
leaves = texts | st.booleans() | st.integers(-(10**17), 10**17)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)
templates = st.dictionaries(st.text(min_size=1), trees, max_size=4)


@given(templates)
@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
def test_every_reader_reads_what_was_written(loader: str, template: dict[str, Any]) -> None:
    body = template_digest.dump(template)
    assert body.isascii()
    assert yaml.load(body, Loader=getattr(yaml, loader)) == (template or None)


@given(st.dictionaries(texts, trees, max_size=4))
def test_our_reader_reads_what_was_written(resources: dict[str, Any]) -> None:
    template = {"Resources": {"A": "b", **resources}}
    assert parse(template_digest.dump(template), "t.yaml").value == template


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
        "    DependsOn:\n"
        "      - B\n"
        "      - - x\n"
        "      - []\n"
        "      - - k: []\n"
        "    Metadata: {}\n"
        "    Type: AWS::SNS::Topic\n"
        "  B:\n"
        "    Properties:\n"
        "      Tags:\n"
        "        - Key: a b\n"
        '          Value: "yes"\n'
        "    Type: AWS::S3::Bucket\n"
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
        "Zebra: 1\n" + f'? "{long}"\n:\n  - ? "{long}"\n    :\n      a: 1\n'
    )


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
