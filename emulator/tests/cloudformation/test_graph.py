import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.graph import Reference, order, references


@pytest.mark.parametrize(
    ("node", "found"),
    [
        pytest.param({"a": [{"Ref": "A"}]}, [Reference(name="A")], id="Ref"),
        pytest.param({"Fn::GetAtt": ["A", "B.C"]}, [Reference(name="A", attribute="B.C")], id="GetAtt"),
        pytest.param({"Fn::GetAtt": "A.B"}, [Reference(name="A", attribute="B")], id="GetAtt as text"),
        pytest.param(
            {"Fn::Sub": "${A} ${B.C} ${!D} ${AWS::Region}"},
            [Reference(name="A"), Reference(name="B", attribute="C"), Reference(name="AWS::Region")],
            id="Sub",
        ),
        pytest.param(
            {"Fn::Sub": ["${a} ${B}", {"a": {"Ref": "A"}}]},
            [Reference(name="A"), Reference(name="B")],
            id="Sub with values",
        ),
        pytest.param(
            {"Fn::Join": ["", [{"Ref": "A"}, "${B}"]]}, [Reference(name="A")], id="text outside Sub"
        ),
    ],
)
def test_references(node: object, found: list[Reference]) -> None:
    assert list(references(node)) == found


@pytest.mark.parametrize(
    ("needs", "ordered"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"B": (), "A": ()}, ("B", "A"), id="as they stand"),
        pytest.param({"A": ("C",), "B": (), "C": ("D",), "D": ()}, ("D", "C", "A", "B"), id="needed first"),
        pytest.param({"A": ("C", "B"), "B": (), "C": ()}, ("B", "C", "A"), id="needed ones as they stand"),
    ],
)
def test_order_puts_dependencies_first(needs: dict[str, tuple[str, ...]], ordered: tuple[str, ...]) -> None:
    assert order({name: frozenset(expected) for name, expected in needs.items()}) == ordered


@pytest.mark.parametrize(
    ("needs", "names"),
    [
        pytest.param({"A": {"A"}}, "[A]", id="itself"),
        pytest.param({"A": {"B"}, "B": {"A"}, "C": set()}, "[A, B]", id="each other"),
    ],
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
