from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from publisher.declarations import Repository, load
from publisher.errors import InputError, Where
from publisher.model import (
    Catalog,
    LaunchConstraint,
    Portfolio,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    StoredTemplate,
    TemplateConstraint,
)
from publisher.publishing.desired_catalog import desired, version_lines

PARAMETERS = {name: {"Type": "String"} for name in ("Environment", "LogRetentionDays", "VpcId")}
GOOD = Path(__file__).parent.parent / "declarations" / "good"


@dataclass(frozen=True)
class Digest:
    digest: str
    template: Mapping[str, Any] = field(default_factory=lambda: {"Parameters": PARAMETERS})
    stored: tuple[StoredTemplate, ...] = ()


@pytest.fixture(scope="module")
def repository() -> Repository:
    return load(GOOD)


def catalog(
    repository: Repository,
    *portfolios: str,
    account_id: str = "222222222222",
    region: str = "us-west-2",
    partition: str = "aws",
) -> Catalog:
    rendered = {variant.key: Digest(f"sha256:{n:064x}") for n, variant in enumerate(repository.variants)}
    return desired(
        repository,
        rendered,
        account_id=account_id,
        region=region,
        partition=partition,
        portfolios=portfolios or None,
    )


def test_a_portfolio_with_all_that_is_in_it(repository: Repository) -> None:
    starter = "ml-project-starter-s3"
    expected: list[Resource] = [
        Portfolio(name="widgets", display_name="Widgets", provider_name="Widget Team"),
        ProductAssociation(portfolio="widgets", product=starter),
        LaunchConstraint(portfolio="widgets", product=starter, local_role_name="launch-starter"),
        ProductAssociation(portfolio="widgets", product="widget"),
        LaunchConstraint(
            portfolio="widgets",
            product="widget",
            role_arn="arn:aws:iam::222222222222:role/service/widget-eu-west-1",
        ),
        Product(
            name=starter,
            family="ml-project",
            display_name="ML project: starter, S3",
            owner="ML Platform Team",
            description="The delivery platform of one ML project.",
            distributor="ML Platform Team",
            support_description="Ask.",
            support_email="ml-platform@example.com",
            support_url="https://example.com/ml-platform",
            tags=(("area", "ml"), ("stack", "ml-platform")),
        ),
        ProvisioningArtifact(
            product=starter, version="1.2.0", digest=f"sha256:{11:064x}", description="ml-project 1.2.0"
        ),
        Product(name="widget", family="widget", display_name="Widget", owner="Widget Team"),
        ProvisioningArtifact(
            product="widget",
            version="0.1.0-rc.1",
            digest=f"sha256:{12:064x}",
            description="widget 0.1.0-rc.1",
        ),
    ]
    assert catalog(repository, "widgets", region="eu-west-1") == Catalog.of(expected)


def test_placeholders_are_filled(repository: Repository) -> None:
    principals = [it for it in catalog(repository) if isinstance(it, Principal)]
    assert [(it.principal_type, it.principal_arn) for it in principals] == [
        ("IAM_PATTERN", "arn:aws:iam:::role/ml-team-*"),
        ("IAM", "arn:aws:iam::222222222222:role/teams/lead-us-west-2"),
        ("IAM", "arn:aws:iam::222222222222:group/leads"),
    ]


def test_constraints_of_several_entries_add_up(repository: Repository) -> None:
    product = "ml-project-enterprise-s3-sgprov-ssm"
    constraints = {
        it.key[3:]: it
        for it in catalog(repository, "platform")
        if isinstance(it, LaunchConstraint | TemplateConstraint) and it.product == product
    }
    assert list(constraints) == [("LAUNCH",), ("TEMPLATE", "retention"), ("TEMPLATE", "env")]
    assert constraints[("LAUNCH",)] == LaunchConstraint(
        portfolio="platform", product=product, local_role_name=f"launch-{product}"
    )
    assert constraints[("TEMPLATE", "env")] == TemplateConstraint(
        portfolio="platform",
        product=product,
        name="env",
        rules='{"Env":{"Assertions":[{"Assert":{"Fn::Contains":[["prod"],{"Ref":"Environment"}]}}]}}',
    )
    retention = constraints[("TEMPLATE", "retention")]
    assert isinstance(retention, TemplateConstraint)
    assert retention.description == "Logs are kept for a year."
    rule = json.loads(retention.rules)["Retention"]
    assert list(rule) == ["Assertions", "RuleCondition"]
    assert rule["Assertions"][0]["AssertDescription"] == "LogRetentionDays is 365 or 731 in prod."


def test_a_family_can_name_its_launch_role(repository: Repository) -> None:
    found = catalog(repository, "platform").resources[("constraint", "platform", "widget", "LAUNCH")]
    assert found == LaunchConstraint(
        portfolio="platform",
        product="widget",
        local_role_name="launch-widgets",
        description="The widgets' own role.",
    )


def test_a_product_in_two_portfolios_is_one_resource(repository: Repository) -> None:
    found = [it.name for it in catalog(repository) if isinstance(it, Product)]
    assert len(found) == len(set(found)) == 9


def test_products_of_no_portfolio_are_left_out(repository: Repository) -> None:
    assert ("product", "ml-project-professional-s3") not in catalog(repository)


def test_an_unknown_portfolio(repository: Repository) -> None:
    with pytest.raises(InputError, match=r"^portfolio 'widget' not found$") as caught:
        catalog(repository, "widget")
    assert caught.value.hint == "did you mean 'widgets'? (the portfolios are platform, widgets)"


def test_rules_are_checked(repository: Repository) -> None:
    with pytest.raises(InputError, match="P204 'arn:aws:iam::222222222222:group/leads' is not in partition"):
        catalog(repository, region="cn-north-1", partition="aws-cn")


def test_what_depends_on_the_account_waits_for_it(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "portfolio" / "widgets.yaml"
    role = "arn:aws:iam::333333333333:role/analyst"
    file.write_text(
        file.read_text(encoding="utf-8")
        + f"principals:\n  - {{principal_arn: '{role}', principal_type: IAM}}\n",
        encoding="utf-8",
    )
    repository = load(tmp_path)
    principals = [
        it.principal_arn for it in catalog(repository, "widgets", account_id="") if isinstance(it, Principal)
    ]
    assert role in principals
    with pytest.raises(
        InputError, match=f"P218 '{role}' is in a different account than 222222222222/us-west-2"
    ):
        catalog(repository, "widgets")


def test_where_versions_are_written(repository: Repository) -> None:
    lines = version_lines(repository)
    assert lines["widget"] == Where(path="products/widget/product.yaml", line=2, column=10)
    assert lines["ml-project-starter-s3"] == Where(path="products/ml-project/product.yaml", line=2, column=10)
    assert len(lines) == 13
