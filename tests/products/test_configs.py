"""The launch configs, and the portfolio that offers their products."""

from __future__ import annotations

import pytest

from publisher.launch.by_form import check_requests
from publisher.launch.request import LaunchRequest
from tests.conftest import ROOT, Run
from tests.products.family import SOURCE, repository
from tests.products.test_ml_project import ENTERPRISE, PRODUCTS

FOUR = ("codecommit", "codecommit-workload", "s3", "s3-workload")
GLOBALBANK = [
    *(product.removeprefix("ml-project-enterprise-") for product in ENTERPRISE if SOURCE not in product),
    "codecommit-standalone-ssm-workload",
    "codecommit-standalone-direct-rtb",
]
EXPECTED = {
    **{f"techcorp-prod-a001-us-west-2-customer-churn-ml-{end}": "starter" for end in FOUR},
    **{f"edge-prod-b001-us-west-2-fraud-detection-ml-{end}": "professional" for end in FOUR},
    **{f"globalbank-prod-c001-us-west-2-demand-forecasting-ml-{end}": "enterprise" for end in GLOBALBANK},
    "techcorp-prod-a001-us-west-2-customer-churn-ml-codeconnection": "starter",
    "globalbank-prod-c001-us-west-2-demand-forecasting-ml-codeconnection-standalone-ssm": "enterprise",
    "techcorp-dev-a001-us-west-2-customer-churn-ml-codecommit": "starter",
    "edge-staging-b001-us-west-2-fraud-detection-ml-codecommit": "professional",
}
REQUESTS = {
    path: request
    for path, request in check_requests(repository())[0].items()
    if request.product.startswith("ml-project-")
}


def product(stem: str, tier: str) -> str:
    variant = stem.partition("-ml-")[2].removesuffix("-workload").removesuffix("-rtb")
    return f"ml-project-{tier}-{variant}"


def test_the_configs() -> None:
    found = {request.config: request.product for request in REQUESTS.values()}
    assert found == {stem: product(stem, tier) for stem, tier in EXPECTED.items()}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=lambda it: it.config)
def test_ml_name(request_: LaunchRequest) -> None:
    stem = request_.config
    base = stem.partition("-ml-")[0]
    assert request_.name == f"{base}{'-realtime' if stem.endswith('-workload') else ''}-ml"


def test_the_portfolio_offers_all_products() -> None:
    portfolio = next(it for it in repository().portfolios if it.name == "ml-platform")
    assert sorted(variant.key for variant in repository().variants_of(portfolio)) == sorted(PRODUCTS)


@pytest.mark.slow
def test_the_repository_has_no_problem_and_no_warning(run: Run) -> None:
    ran = run("-C", ROOT, "--json", "validate")
    assert (ran.code, ran.document["problems"]) == (0, [])
