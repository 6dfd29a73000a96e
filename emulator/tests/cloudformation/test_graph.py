import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.graph import Reference, order, references
from tests.conftest import cases


@cases(
    ("node", "found"),
    {
        "Ref": ({"a": [{"Ref": "A"}]}, [Reference(name="A")]),
        "GetAtt": ({"Fn::GetAtt": ["A", "B.C"]}, [Reference(name="A", attribute="B.C")]),
        "GetAtt as text": ({"Fn::GetAtt": "A.B"}, [Reference(name="A", attribute="B")]),
        "Sub": (
            {"Fn::Sub": "${A} ${B.C} ${!D} ${AWS::Region}"},
            [Reference(name="A"), Reference(name="B", attribute="C"), Reference(name="AWS::Region")],
        ),
        "Sub with values": (
            {"Fn::Sub": ["${a} ${B}", {"a": {"Ref": "A"}}]},
            [Reference(name="A"), Reference(name="B")],
        ),
        "text outside Sub": ({"Fn::Join": ["", [{"Ref": "A"}, "${B}"]]}, [Reference(name="A")]),
    },
)
def test_references(node: object, found: list[Reference]) -> None:
    assert list(references(node)) == found


@cases(
    ("needs", "ordered"),
    {
        "nothing": ({}, ()),
        "as they stand": ({"B": (), "A": ()}, ("B", "A")),
        "needed first": ({"A": ("C",), "B": (), "C": ("D",), "D": ()}, ("D", "C", "A", "B")),
        "needed ones as they stand": ({"A": ("C", "B"), "B": (), "C": ()}, ("B", "C", "A")),
    },
)
def test_order_puts_dependencies_first(needs: dict[str, tuple[str, ...]], ordered: tuple[str, ...]) -> None:
    assert order({name: frozenset(expected) for name, expected in needs.items()}) == ordered


@cases(
    ("needs", "names"),
    {"itself": ({"A": {"A"}}, "[A]"), "each other": ({"A": {"B"}, "B": {"A"}, "C": set()}, "[A, B]")},
)
def test_cycles_are_refused(needs: dict[str, set[str]], names: str) -> None:
    with pytest.raises(ValidationError) as raised:
        order({name: frozenset(expected) for name, expected in needs.items()})

    assert raised.value.message == f"Circular dependency between resources: {names}"


@given(st.lists(st.sets(st.integers(0, 9)), max_size=10))
def test_order_of_random_graphs(links: list[set[int]]) -> None:
    needs = {
        str(index): frozenset(str(need) for need in expected if need < index)
        for index, expected in enumerate(links)
    }

    ordered = order(needs)

    assert sorted(ordered) == sorted(needs)
    assert all(ordered.index(need) < ordered.index(name) for name in needs for need in needs[name])
