"""The twenty launch configs, and the portfolio that offers their products."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from publisher.declarations import LaunchConfig
from tests.products.family import repository
from tests.products.test_ml_project import ENTERPRISE, PRODUCTS

FOUR = ("codecommit", "codecommit-workload", "s3", "s3-workload")
GLOBALBANK = [
    *(product.removeprefix("ml-project-enterprise-") for product in ENTERPRISE),
    "codecommit-standalone-ssm-workload",
    "codecommit-standalone-direct-rtb",
]
EXPECTED = {
    **{f"techcorp-prod-a001-us-west-2-customer-churn-ml-{end}": "starter" for end in FOUR},
    **{f"edge-prod-b001-us-west-2-fraud-detection-ml-{end}": "professional" for end in FOUR},
    **{f"globalbank-prod-c001-us-west-2-demand-forecasting-ml-{end}": "enterprise" for end in GLOBALBANK},
    "techcorp-dev-a001-us-west-2-customer-churn-ml-codecommit": "starter",
    "edge-staging-b001-us-west-2-fraud-detection-ml-codecommit": "professional",
}


def product(stem: str, tier: str) -> str:
    variant = stem.partition("-ml-")[2].removesuffix("-workload").removesuffix("-rtb")
    return f"ml-project-{tier}-{variant}"


def test_the_twenty_configs() -> None:
    found = {PurePosixPath(config.path).stem: config.product for config in repository().configs}
    assert found == {stem: product(stem, tier) for stem, tier in EXPECTED.items()}


@pytest.mark.parametrize("config", repository().configs, ids=lambda config: PurePosixPath(config.path).stem)
def test_ml_name(config: LaunchConfig) -> None:
    stem = PurePosixPath(config.path).stem
    base = stem.partition("-ml-")[0]
    assert config.ml_name == f"{base}{'-realtime' if stem.endswith('-workload') else ''}-ml"


def test_the_portfolio_offers_all_twelve() -> None:
    (portfolio,) = repository().portfolios
    assert sorted(variant.key for variant in repository().variants_of(portfolio)) == sorted(PRODUCTS)
