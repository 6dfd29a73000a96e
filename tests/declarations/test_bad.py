"""Every wrong file in bad/ gives exactly the problems in the .expected file beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import documents
from publisher.declarations.config import parse_config
from publisher.declarations.form import parse_form, read_forms
from publisher.declarations.portfolio_checks import parse_portfolio
from publisher.declarations.portfolio_products import check_products
from publisher.declarations.product_checks import parse_family
from publisher.declarations.targets import Target, TargetsFile, check_variables, parse_targets
from publisher.errors import InputError, Problem
from publisher.launch.by_form import requests_of
from publisher.launch.template_checks import check_form
from tests.conftest import ROOT

BAD = Path(__file__).parent / "bad"
PRODUCTS = ("ml-project-enterprise-s3", "ml-project-starter-s3")
FORMS = read_forms(ROOT)
TARGETS = TargetsFile(
    variables={"launch_events": "arn:aws:sns:us-west-2:111111111111:events"},
    targets={"hub": Target(account_id="111111111111", regions=["us-west-2"])},
)


def _cases(folder: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((BAD / folder).glob("*.yaml"))]


def _shown(problems: list[Problem]) -> str:
    ordered = sorted(problems, key=lambda problem: problem.sort_key)
    return "".join(f"{_line(problem)}\n  hint: {problem.hint}\n" for problem in ordered)


def _line(problem: Problem) -> str:
    return f"{problem.where.line}:{problem.where.column}: {problem.rule} {problem.message}"


def _expected(path: Path) -> str:
    return path.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", _cases("yaml"))
def test_yaml(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        documents.read(path, root=BAD)
    assert _shown(list(caught.value.problems)) == _expected(path)


@pytest.mark.parametrize("path", _cases("configs"))
def test_config(path: Path) -> None:
    config, problems = parse_config(documents.read(path, root=BAD), FORMS)
    problems += requests_of([config])[1] if config else []
    assert _shown(problems) == _expected(path)


@pytest.mark.parametrize("path", _cases("forms"))
def test_form(path: Path) -> None:
    form, problems = parse_form(documents.read(path, root=BAD), "widget")
    problems += check_form(form) if form else []
    assert _shown(problems) == _expected(path)


@pytest.mark.parametrize("path", _cases("targets"))
def test_targets(path: Path) -> None:
    _, problems = parse_targets(documents.read(path, root=BAD))
    assert _shown(problems) == _expected(path)


@pytest.mark.parametrize("path", _cases("portfolio"))
def test_portfolio(path: Path) -> None:
    portfolio, problems = parse_portfolio(documents.read(path, root=BAD))
    if portfolio is not None:
        problems.extend(check_products(portfolio, PRODUCTS, may_exist=lambda _: False))
        problems.extend(check_variables(portfolio, TARGETS))
    assert _shown(problems) == _expected(path)


@pytest.mark.parametrize(
    "folder",
    [pytest.param(path.parent, id=path.parent.name) for path in sorted(BAD.glob("products/*/product.yaml"))],
)
def test_family(folder: Path) -> None:
    _, problems = parse_family(documents.read(folder / "product.yaml", root=BAD), folder)
    assert _shown(problems) == _expected(folder)


@pytest.mark.parametrize("path", _cases("configs"))
def test_one_mistake_in_a_config_is_one_problem(path: Path) -> None:
    assert (_expected(path).count("\n  hint: ") == 1) == (path.stem != "several")
