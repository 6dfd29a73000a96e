from __future__ import annotations

from publisher.templates.expressions import Expressions, Fault, evaluate, names_in
from publisher.templates.workers import Workers
from tests.conftest import cases

LOOPS = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"


def test_texts_see_those_above_them() -> None:
    expressions = Expressions(
        texts={"name": " {{ topic.name }}-{{ count + 1 }} ", "tags": "{{ name }}, {{ zones|join('/') }}"},
        named=frozenset({"name"}),
        scopes=[
            {"topic": {"name": "a"}, "count": 1, "zones": ["x", "y"]},
            {"topic": {"name": "<&>"}, "count": 2, "zones": []},
        ],
    )
    assert evaluate(expressions) == [
        {"name": "a-2", "tags": "a-2, x/y"},
        {"name": "<&>-3", "tags": "<&>-3,"},
    ]


@cases(
    ("text", "message"),
    {
        "time": (LOOPS, "an expression takes more than 0.2 seconds"),
        "memory": ("{{ 'a' * 10**9 }}", "an expression needs more than 400 MB of memory"),
        "time, in C": ("{{ 1|round(-99999999) }}", "an expression takes more than 0.2 seconds"),
    },
)
def test_an_endless_expression(quick: Workers, text: str, message: str) -> None:
    expressions = Expressions(texts={"first": "x", "second": text}, scopes=[{}, {}])
    first, second = evaluate(expressions, pool=quick)
    assert isinstance(first, Fault)
    assert first == second
    assert (first.message, first.key in expressions.texts) == (message, True)


def test_reading_a_huge_expression_is_a_fault(quick: Workers) -> None:
    (fault,) = names_in(Expressions(texts={"huge": "{{ a }}" * 200_000}), pool=quick)
    assert fault == Fault(key="huge", message="an expression takes more than 0.2 seconds")
