"""Loops are written out before a template is read for what it makes."""

from __future__ import annotations

from typing import Any

from publisher.errors import InputError
from publisher.templates.loops import written_out
from tests.conftest import cases, raising

TOPIC = {"Type": "AWS::SNS::Topic"}


def expanded(template: dict[str, Any]) -> dict[str, Any]:
    return written_out(template, unknown=lambda name: f"<{name}>")


@cases(
    ("loop", "made"),
    {
        "list": (["N", ["a", 1], {"T${N}": TOPIC}], {"Ta": TOPIC, "T1": TOPIC}),
        "parameter": (["N", {"Ref": "Names"}, {"T${N}": TOPIC}], {"T<N>": TOPIC}),
        "list with a parameter": (["N", ["a", {"Ref": "P"}], {"T${N}": TOPIC}], {"Ta": TOPIC, "T<N>": TOPIC}),
        "mapping": (
            ["N", {"Fn::FindInMap": ["M", "a", "names"]}, {"T${N}": TOPIC}],
            {"Tx": TOPIC, "Ty": TOPIC},
        ),
        "mapping that is not there": (["N", {"Fn::FindInMap": ["M", "b", "c"]}, {"T${N}": 1}], {"T<N>": 1}),
        "logical ID": (["N", ["10.0/8"], {"T&{N}": {"Cidr": {"Ref": "N"}}}], {"T1008": {"Cidr": "10.0/8"}}),
        "in a loop": (
            ["N", ["a", "b"], {"Fn::ForEach::In": ["O", ["1", "2"], {"${N}${O}": "${O}${N}${P}"}]}],
            {"a1": "1a${P}", "a2": "2a${P}", "b1": "1b${P}", "b2": "2b${P}"},
        ),
        "references": (
            [
                "N",
                ["a"],
                {"T": [{"Ref": {"Fn::Sub": "T${N}"}}, {"Fn::GetAtt": [{"Fn::Sub": "T${N}"}, "B"]}]},
            ],
            {"T": [{"Ref": "Ta"}, {"Fn::GetAtt": ["Ta", "B"]}]},
        ),
    },
)
def test_what_a_loop_makes(loop: Any, made: dict[str, Any]) -> None:
    mappings = {"M": {"a": {"names": ["x", "y"]}}}
    template = {"Mappings": mappings, "Resources": {"Fn::ForEach::It": loop, "Other": TOPIC}}
    assert expanded(template) == {"Mappings": mappings, "Resources": {**made, "Other": TOPIC}}


@cases(
    ("loop", "message", "hint"),
    {
        "no list": (
            {},
            "Fn::ForEach::It is not a list of an identifier, a collection, and what each element makes",
            "write it as Fn::ForEach wants it",
        ),
        "too much": (
            ["A", list(range(100)), {"Fn::ForEach::B": ["B", list(range(100)), {"T${A}x${B}": 1}]}],
            "Fn::ForEach::B makes too much",
            "loop at most 5000 times",
        ),
    },
)
def test_loops_that_are_refused(loop: Any, message: str, hint: str) -> None:
    with raising(InputError, message, hint):
        expanded({"Resources": {"Fn::ForEach::It": loop}})
