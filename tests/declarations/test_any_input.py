"""Whatever stands in a file, the answer is a declaration or problems, never an exception of another kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.declarations.config import parse_config
from publisher.declarations.form import parse_form, read_forms
from publisher.declarations.portfolio_checks import parse_portfolio
from publisher.declarations.portfolio_products import check_products
from publisher.declarations.product_checks import parse_family
from publisher.documents import Document, parse
from publisher.errors import InputError, Problem
from publisher.launch.by_form import requests_of
from publisher.launch.template_checks import check_form
from tests.conftest import cases

GOOD = Path(__file__).parent / "good"
FORMS = read_forms(GOOD)
FAMILY = GOOD / "products" / "ml-project"
Parse = Callable[[Document], list[Problem]]


def _family(document: Document) -> list[Problem]:
    return parse_family(document, FAMILY)[1]


def _portfolio(document: Document) -> list[Problem]:
    portfolio, problems = parse_portfolio(document)
    return [
        *problems,
        *(check_products(portfolio, ["widget"], may_exist=lambda _: False) if portfolio else ()),
    ]


def _config(document: Document) -> list[Problem]:
    config, problems = parse_config(document, FORMS)
    return [*problems, *(requests_of([config])[1] if config else ())]


def _form(document: Document) -> list[Problem]:
    form, problems = parse_form(document, "ml-project")
    return [*problems, *(check_form(form) if form else ())]


KINDS: list[tuple[str, Parse]] = [
    ("configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-s3-sgprov-ssm-rtb.yaml", _config),
    ("portfolio/platform.yaml", _portfolio),
    ("products/ml-project/product.yaml", _family),
    ("products/ml-project/launch.yaml", _form),
]
NAMES = st.sampled_from(["type", "tier", "Ref", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["LAUNCH", "direct"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=5,
)


def _paths(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in the value, with each of its keys or indexes."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _paths(inner)


@pytest.mark.parametrize(("name", "checked"), [pytest.param(*kind, id=kind[0][:9]) for kind in KINDS])
@given(data=st.data())
def test_a_declaration_with_anything_in_it(name: str, checked: Parse, data: st.DataObject) -> None:
    value = json.loads(json.dumps(yaml.safe_load((GOOD / name).read_text(encoding="utf-8"))))
    container, key = data.draw(st.sampled_from(list(_paths(value))))
    action = data.draw(st.sampled_from(["replace", "remove", "rename"]))
    inner = container[key] if action == "replace" else container.pop(key)
    if action == "replace":
        container[key] = data.draw(VALUES)
    elif action == "rename" and isinstance(container, dict):
        container[data.draw(st.sampled_from([key[:-1], key + "s", "x"]))] = inner
    problems = checked(parse(yaml.safe_dump(value), path=name))
    assert all(problem.message and problem.hint and problem.where.path == name for problem in problems)


@given(st.text(st.sampled_from(list("ab1:-?[]{},#&*!|>'\"%@\\Uxu0\n\t\r \u2028\x85~<=")), max_size=24))
def test_any_text(text: str) -> None:
    try:
        parse(text, path="f.yaml")
    except InputError as error:
        assert all(problem.message and problem.hint for problem in error.problems)


@cases(
    ("text", "message"),
    {
        "escape": ('a: "\\UFFFFFFFF"', "1:5: P002 an escape or directive has a number that is too large"),
        "directive": (
            f"%YAML {'9' * 5000}.1\n---\na: b",
            "1:1: P002 an escape or directive has a number that is too large",
        ),
        "surrogate": ('a: "\\ud83d\\ude00"', "1:4: P002 the escape is half of a surrogate pair"),
    },
)
def test_numbers_that_are_no_characters(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, path="f.yaml")
    assert [str(problem) for problem in caught.value.problems] == [f"f.yaml:{message}"]
