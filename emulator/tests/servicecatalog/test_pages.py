"""Every list with pages: pages of one item have the items of one large page, in the same order."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from catalog_emulator import install
from tests.servicecatalog.account import REGION, Account, Elsewhere

BODY = """\
Resources:
  First: {Type: AWS::SNS::Topic}
  Second: {Type: AWS::SNS::Topic}
Outputs:
  One: {Value: !Ref First}
  Two: {Value: !Ref Second}
"""
ACTION = {"Name": "AWS-StopEC2Instance", "Version": "1"}
SELF = {"Key": "Account", "Value": "self"}


class Twice:
    """Two of everything. `ids` fill the requests below."""

    def __init__(self) -> None:
        self.account = Account()
        self.admin, self.spoke = self.account.admin, Elsewhere()
        self.ids: dict[str, str] = {}
        self._catalog()
        self._launches()
        for portfolio in (self.ids["portfolio"], self.ids["second"]):
            self.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=self.spoke.account_id)
            self.spoke.admin.accept_portfolio_share(PortfolioId=portfolio)
        self.admin.create_portfolio_share(PortfolioId=self.ids["portfolio"], AccountId="333333333333")

    def _catalog(self) -> None:
        admin, ids = self.admin, self.ids
        url = self.account.put("two.yaml", BODY)
        ids["portfolio"], ids["second"] = self.account.portfolio(), self.account.portfolio("Second")
        ids["product"], ids["version"] = self.account.product(url=url)
        other, _ = self.account.product("other")
        made = admin.create_provisioning_artifact(
            ProductId=ids["product"], Parameters=self.account.version("2", url)
        )
        versions = [ids["version"], made["ProvisioningArtifactDetail"]["Id"]]
        arn = self.account.role("ml-team-one")
        for portfolio in (ids["portfolio"], ids["second"]):
            for product in (ids["product"], other):
                admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
            for kind, principal in (("IAM", arn), ("IAM_PATTERN", "arn:aws:iam:::role/ml-*")):
                admin.associate_principal_with_portfolio(
                    PortfolioId=portfolio, PrincipalARN=principal, PrincipalType=kind
                )
        self.user = self.account.session(arn)
        topics = {"NotificationArns": [f"arn:aws:sns:{REGION}:123456789012:x"]}
        for _ in "ab":
            self.account.constrain(ids["portfolio"], ids["product"], "NOTIFICATION", topics)
        for name in "ab":
            option = admin.create_tag_option(Key=name, Value="x")["TagOptionDetail"]["Id"]
            action = admin.create_service_action(
                Name=name, DefinitionType="SSM_AUTOMATION", Definition=ACTION
            )["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
            for resource in (ids["portfolio"], ids["product"]):
                admin.associate_tag_option_with_resource(ResourceId=resource, TagOptionId=option)
            for version in versions:
                admin.associate_service_action_with_provisioning_artifact(
                    ProductId=ids["product"], ProvisioningArtifactId=version, ServiceActionId=action
                )
            ids["option"], ids["action"] = option, action

    def _launches(self) -> None:
        paths = self.user.list_launch_paths(ProductId=self.ids["product"])["LaunchPathSummaries"]
        version = {"ProductId": self.ids["product"], "ProvisioningArtifactId": self.ids["version"]}
        for name in "ab":
            made = self.user.provision_product(**version, ProvisionedProductName=name, PathId=paths[1]["Id"])[
                "RecordDetail"
            ]
            plan = self.user.create_provisioned_product_plan(
                **version,
                PlanName=name,
                PlanType="CLOUDFORMATION",
                ProvisionedProductName=f"plan-{name}",
                PathId=paths[1]["Id"],
            )
            self.ids |= {"record": made["RecordId"], "launch": made["ProvisionedProductId"]}
            self.ids["plan"] = plan["PlanId"]


@pytest.fixture(scope="module")
def twice() -> Iterator[Twice]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        install()
        yield Twice()


@pytest.mark.parametrize(
    ("who", "call", "request_", "members"),
    [
        (
            "admin",
            "describe_portfolio_shares",
            {"PortfolioId": "portfolio", "Type": "=ACCOUNT"},
            "PortfolioShareDetails",
        ),
        ("user", "describe_provisioned_product_plan", {"PlanId": "plan"}, "ResourceChanges"),
        ("user", "describe_record", {"Id": "record"}, "RecordOutputs"),
        ("user", "get_provisioned_product_outputs", {"ProvisionedProductId": "launch"}, "Outputs"),
        ("spoke", "list_accepted_portfolio_shares", {}, "PortfolioDetails"),
        ("admin", "list_constraints_for_portfolio", {"PortfolioId": "portfolio"}, "ConstraintDetails"),
        ("user", "list_launch_paths", {"ProductId": "product"}, "LaunchPathSummaries"),
        ("admin", "list_portfolio_access", {"PortfolioId": "portfolio"}, "AccountIds"),
        ("admin", "list_portfolios", {}, "PortfolioDetails"),
        ("admin", "list_portfolios_for_product", {"ProductId": "product"}, "PortfolioDetails"),
        ("admin", "list_principals_for_portfolio", {"PortfolioId": "portfolio"}, "Principals"),
        ("user", "list_provisioned_product_plans", {}, "ProvisionedProductPlans"),
        (
            "admin",
            "list_provisioning_artifacts_for_service_action",
            {"ServiceActionId": "action"},
            "ProvisioningArtifactViews",
        ),
        ("user", "list_record_history", {}, "RecordDetails"),
        ("admin", "list_resources_for_tag_option", {"TagOptionId": "option"}, "ResourceDetails"),
        ("admin", "list_service_actions", {}, "ServiceActionSummaries"),
        (
            "admin",
            "list_service_actions_for_provisioning_artifact",
            {"ProductId": "product", "ProvisioningArtifactId": "version"},
            "ServiceActionSummaries",
        ),
        ("admin", "list_tag_options", {}, "TagOptionDetails"),
        ("user", "scan_provisioned_products", {}, "ProvisionedProducts"),
        ("user", "search_products", {}, "ProductViewSummaries"),
        ("admin", "search_products_as_admin", {}, "ProductViewDetails"),
        ("user", "search_provisioned_products", {}, "ProvisionedProducts"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_one_at_a_time(twice: Twice, who: str, call: str, request_: dict[str, str], members: str) -> None:
    client: Any = {"admin": twice.admin, "user": twice.user, "spoke": twice.spoke.admin}[who]
    request = {
        name: value[1:] if value.startswith("=") else twice.ids[value] for name, value in request_.items()
    }
    whole = getattr(client, call)(**request)[members]
    found: list[Any] = []
    token: dict[str, str] = {}
    while True:
        answer = getattr(client, call)(**request, PageSize=1, **token)
        assert len(answer[members]) == 1
        found += answer[members]
        following = answer.get("NextPageToken", answer.get("PageToken"))
        if following is None:
            break
        token = {"PageToken": following}
    assert len(whole) > 1
    assert found == whole
