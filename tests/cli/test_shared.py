"""A portfolio that is shared with a second account, and a launch there: what docs/sync.md tells."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.cli.conftest import Project
from tests.policies import allowing, trusting

SPOKE = "222222222222"


class Spoke:
    """The second account, as its administrator or as a role of its own."""

    def client(self, service: str, role: str = "admin") -> Any:
        keys = boto3.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{SPOKE}:role/{role}", RoleSessionName="tests"
        )["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name="us-west-2",
        )
        return session.client(service)  # type: ignore[call-overload]

    def add_team(self) -> None:
        """A role that may use Service Catalog, and the launch roles of the publisher."""
        iam = self.client("iam")
        iam.create_role(RoleName="data-team", AssumeRolePolicyDocument=trusting(AWS=SPOKE))
        allowed = allowing("servicecatalog:*")
        iam.put_role_policy(RoleName="data-team", PolicyName="launch", PolicyDocument=allowed)

    def add_roles(self, template: str) -> None:
        self.client("cloudformation").create_stack(
            StackName="publisher-launch-roles",
            TemplateBody=template,
            Parameters=[
                {"ParameterKey": "RolesRegion", "ParameterValue": "us-west-2"},
                {"ParameterKey": "HubAccountId", "ParameterValue": "123456789012"},
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )

    def status(self) -> tuple[str, str]:
        detail = self.client("servicecatalog", "data-team").describe_provisioned_product(Name="theirs")
        found = detail["ProvisionedProductDetail"]
        return found["Status"], found.get("LaunchRoleArn", "")


@pytest.fixture
def spoke() -> Spoke:
    return Spoke()


def test_a_shared_product_is_launched_in_the_other_account(project: Project, spoke: Spoke) -> None:
    project.bootstrap()
    project.edit("portfolio/ml.yaml", "products:", f'shares: [{{account_id: "{SPOKE}"}}]\nproducts:')
    assert project.run("sync", "--yes").code == 0
    project.run("bootstrap", "--template", str(project.root / "roles"))
    spoke.add_team()
    spoke.add_roles((project.root / "roles/publisher-launch-roles.template.json").read_text())
    (portfolio,) = boto3.client("servicecatalog").list_portfolios()["PortfolioDetails"]
    admin = spoke.client("servicecatalog")
    admin.accept_portfolio_share(PortfolioId=portfolio["Id"])
    admin.associate_principal_with_portfolio(
        PortfolioId=portfolio["Id"], PrincipalARN=f"arn:aws:iam::{SPOKE}:role/data-team", PrincipalType="IAM"
    )
    team = spoke.client("servicecatalog", "data-team")
    found = team.search_products()["ProductViewSummaries"]
    name = next(it["Name"] for it in found if it["Name"].endswith("small"))
    team.provision_product(
        ProductName=name,
        ProvisioningArtifactName="1.0.0",
        ProvisionedProductName="theirs",
        ProvisionToken="theirs",
    )
    assert spoke.status() == ("AVAILABLE", f"arn:aws:iam::{SPOKE}:role/launch-studio-small")
    team.terminate_provisioned_product(ProvisionedProductName="theirs", TerminateToken="gone")
    assert team.search_provisioned_products()["ProvisionedProducts"] == []
    assert project.run("plan", "--check").code == 0
