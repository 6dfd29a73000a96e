from __future__ import annotations

from typing import Any

from publisher.templates.comparison import BRANCH, Action, Difference, Item
from publisher.templates.difference_text import path_text, value_texts
from tests.conftest import cases

A = ("Resources", "A")
P = (*A, "Properties")


@cases(
    ("path", "text"),
    {
        "parameter": (("Parameters", "Size"), "Size"),
        "inside a parameter": (("Parameters", "Size", "AllowedValues", 3), "Size.AllowedValues[3]"),
        "resource": (A, "A"),
        "type": ((*A, "Type"), "A"),
        "attribute": ((*A, "DeletionPolicy"), "A.DeletionPolicy"),
        "property": ((*P, "Rules", Item("Id", "expire"), "Status"), "A.Rules[expire].Status"),
        "branch": ((*P, "Rules", Item(BRANCH, "not HasKey"), 0), "A.Rules[if not HasKey][0]"),
        "properties that are no mapping": (P, "A.Properties"),
        "section": (("Outputs",), "Outputs"),
        "description": (("Description",), "Description"),
        "unknown section": (("Hooks", "H"), "Hooks.H"),
        "transform": (("Transform", 0), "Transform[0]"),
        "control characters": ((*P, "a\x1b[2J\nb"), "A.a\\x1b[2J b"),
        "long": ((*P, "x" * 250, "y" * 250), f"A.{'x' * 250}.{'y' * 46}…"),
    },
)
def test_paths(path: tuple[Any, ...], text: str) -> None:
    assert path_text(Difference(action="add", path=path, after=1)) == text


@cases(
    ("action", "path", "before", "after", "texts"),
    {
        "texts": ("change", P, "a", "b", ("a", "b")),
        "something": ("add", P, None, 3, ("", "3")),
        "nothing": ("remove", P, "", None, ('""', "")),
        "booleans": ("change", P, True, False, ("true", "false")),
        "number and text": ("change", P, 1, "1", ("1", '"1"')),
        "white space": ("change", P, "a  b", "a\nb", ('"a  b"', r'"a\nb"')),
        "text like a function": ("change", P, "!Ref A", {"Ref": "A"}, ('"!Ref A"', '{"Ref": "A"}')),
        "functions": ("change", P, {"Ref": "A"}, {"Fn::Sub": "${A}-x"}, ("!Ref A", "!Sub ${A}-x")),
        "attributes": (
            "change",
            P,
            {"Fn::GetAtt": ["A", "Arn"]},
            {"Fn::GetAtt": ["A", {"Ref": "Name"}]},
            ("!GetAtt A.Arn", "!GetAtt A.!Ref Name"),
        ),
        "mappings": (
            "change",
            P,
            {"b": 1, "a": [True]},
            {"Ref": "A", "b": 2},
            ('{"a": [true], "b": 1}', '{"Ref": "A", "b": 2}'),
        ),
        "order": ("reorder", P, ["a", "b"], ["b", "a"], ('["a", "b"]', '["b", "a"]')),
        "parameter": (
            "add",
            ("Parameters", "P"),
            None,
            {"Type": "Number", "Default": 3},
            ("", "Number, default 3"),
        ),
        "parameter without a default": (
            "add",
            ("Parameters", "P"),
            None,
            {"Type": "String"},
            ("", "String, required"),
        ),
        "parameter of no type": ("add", ("Parameters", "P"), None, {"Type": ["x"]}, ("", '{"Type": ["x"]}')),
        "resource": ("remove", A, {"Type": "T", "Properties": {"x": 1}}, None, ("T", "")),
        "resource on a condition": ("add", A, None, {"Type": "T", "Condition": "C"}, ("", "T, if C")),
        "output": (
            "add",
            ("Outputs", "O"),
            None,
            {"Value": {"Ref": "A"}, "Condition": "C"},
            ("", "!Ref A, if C"),
        ),
        "control characters": ("add", P, None, "a\x1b[2J\u202eb", ("", r"a\x1b[2J\u202eb")),
        "the end of long texts": (
            "change",
            P,
            "x" * 500 + "a",
            "x" * 500 + "b" * 400,
            (f"…{'x' * 12}a", f"…{'x' * 12}{'b' * 286}…"),
        ),
    },
)
def test_values(action: Action, path: Any, before: Any, after: Any, texts: tuple[str, str]) -> None:
    assert value_texts(Difference(action=action, path=path, before=before, after=after)) == texts
