"""What a recipient of a shared portfolio can and cannot do.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html
"""

from typing import Any

import pytest

from catalog_emulator.servicecatalog.state import state_of
from catalog_emulator.servicecatalog.visible_portfolios import VisiblePortfolios
from tests.servicecatalog.account import ACCOUNT, TEMPLATE, Account, Elsewhere, client, refused
from tests.servicecatalog.test_shares import Company, unit

NOT_HERE = "not found."


class Shared:
    """A portfolio with a product, imported by another account."""

    def __init__(self, account: Account, *, accept: bool = True, **flags: bool) -> None:
        self.hub = account.admin
        self.portfolio, self.product, self.version = account.associated_product()
        self.spoke = Elsewhere()
        self.recipient = {"PortfolioId": self.portfolio, "AccountId": self.spoke.account_id}
        self.hub.create_portfolio_share(**self.recipient, **flags)
        if accept:
            self.spoke.admin.accept_portfolio_share(PortfolioId=self.portfolio)

    def launch(self, user: Any, name: str = "mine", **more: Any) -> Any:
        """The record of a launch, as it ended."""
        made = user.provision_product(
            ProductId=self.product, ProvisioningArtifactId=self.version, ProvisionedProductName=name, **more
        )
        return user.describe_record(Id=made["RecordDetail"]["RecordId"])

    def local(self) -> str:
        """A portfolio of the recipient's own with the product in it."""
        made = self.spoke.admin.create_portfolio(DisplayName="Ours", ProviderName="We")
        portfolio = str(made["PortfolioDetail"]["Id"])
        self.spoke.admin.associate_product_with_portfolio(
            ProductId=self.product, PortfolioId=portfolio, SourcePortfolioId=self.portfolio
        )
        return portfolio

    def constrain(self, portfolio: str, kind: str, parameters: str, *, here: bool = False) -> str:
        """A constraint's id; `here` makes it in the recipient's account."""
        admin = self.spoke.admin if here else self.hub
        made = admin.create_constraint(
            PortfolioId=portfolio, ProductId=self.product, Type=kind, Parameters=parameters
        )
        return str(made["ConstraintDetail"]["ConstraintId"])


def accepted(admin: Any, kind: str = "IMPORTED") -> list[str]:
    found = admin.list_accepted_portfolio_shares(PortfolioShareType=kind)["PortfolioDetails"]
    return [one["Id"] for one in found]


def products(catalog: Any) -> list[str]:
    return [one["ProductId"] for one in catalog.search_products()["ProductViewSummaries"]]


def test_acceptance(account: Account) -> None:
    shared = Shared(account, accept=False)
    admin = shared.spoke.admin
    assert accepted(admin) == []
    with refused("ResourceNotFoundException", f"Portfolio {shared.portfolio} not found."):
        admin.describe_portfolio(Id=shared.portfolio)
    for _ in range(2):
        admin.accept_portfolio_share(PortfolioId=shared.portfolio)
    shares = shared.hub.describe_portfolio_shares(PortfolioId=shared.portfolio, Type="ACCOUNT")
    assert [one["Accepted"] for one in shares["PortfolioShareDetails"]] == [True]
    assert accepted(admin) == [shared.portfolio]
    assert admin.list_portfolios()["PortfolioDetails"] == []
    detail = admin.describe_portfolio(Id=shared.portfolio)["PortfolioDetail"]
    assert detail == shared.hub.describe_portfolio(Id=shared.portfolio)["PortfolioDetail"]
    assert accepted(admin, "AWS_SERVICECATALOG") == []
    admin.reject_portfolio_share(PortfolioId=shared.portfolio)
    assert accepted(admin) == []
    admin.accept_portfolio_share(PortfolioId=shared.portfolio, PortfolioShareType="IMPORTED")
    shared.hub.delete_portfolio_share(**shared.recipient)
    assert accepted(admin) == []


def test_acceptance_is_refused(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin
    own = admin.create_portfolio(DisplayName="Ours", ProviderName="We")["PortfolioDetail"]["Id"]
    with refused("InvalidParametersException", f"Portfolio {own} belongs to this account."):
        admin.accept_portfolio_share(PortfolioId=own)
    for kind in ("AWS_ORGANIZATIONS", "AWS_SERVICECATALOG"):
        for call in (admin.accept_portfolio_share, admin.reject_portfolio_share):
            with refused("ResourceNotFoundException", NOT_HERE):
                call(PortfolioId=shared.portfolio, PortfolioShareType=kind)
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.reject_portfolio_share(PortfolioId="port-none")
    with refused("OperationNotSupportedException", "is not in an organization."):
        admin.list_accepted_portfolio_shares(PortfolioShareType="AWS_ORGANIZATIONS")
    with refused("InvalidParametersException", "The page token is not valid"):
        admin.list_accepted_portfolio_shares(PageToken="x")


def test_acceptance_quota(account: Account) -> None:
    shared = Shared(account, accept=False)
    for number in range(100):
        shared.spoke.admin.create_portfolio(DisplayName=f"P{number}", ProviderName="We")
    with refused("LimitExceededException", "the limit of 100 portfolios."):
        shared.spoke.admin.accept_portfolio_share(PortfolioId=shared.portfolio)


def test_launch_with_a_local_role(account: Account) -> None:
    shared = Shared(account)
    shared.constrain(shared.portfolio, "LAUNCH", '{"LocalRoleName": "launch"}')
    account.role("launch")
    user = shared.spoke.launcher(shared.portfolio)
    assert products(user) == [shared.product]
    assert user.describe_product(Id=shared.product)["ProductViewSummary"]["Name"] == "topic"
    [path] = user.list_launch_paths(ProductId=shared.product)["LaunchPathSummaries"]
    assert (path["Name"], path["ConstraintSummaries"]) == ("Platform", [{"Type": "LAUNCH"}])
    there = f"arn:aws:iam::{shared.spoke.account_id}:role/launch"
    failed = shared.launch(user)["RecordDetail"]
    assert failed["RecordErrors"][0]["Description"] == f"The launch role {there} does not exist."
    shared.spoke.role("launch")
    record = shared.launch(user, "again")
    assert (record["RecordDetail"]["Status"], record["RecordDetail"]["LaunchRoleArn"]) == ("SUCCEEDED", there)
    topics = shared.spoke.client("sns").list_topics()["Topics"]
    assert [one["TopicArn"] for one in topics] == [record["RecordOutputs"][1]["OutputValue"]]
    assert client("sns").list_topics()["Topics"] == []


def test_launch_with_a_role_of_the_owner(account: Account) -> None:
    """The account that owns the launch role provisions the resources."""
    shared = Shared(account)
    role = account.role("launch")
    shared.constrain(shared.portfolio, "LAUNCH", f'{{"RoleArn": "{role}"}}')
    user = shared.spoke.launcher(shared.portfolio)
    record = shared.launch(user)
    assert record["RecordDetail"]["LaunchRoleArn"] == role
    [stack] = client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackId"] == record["RecordOutputs"][0]["OutputValue"]
    assert shared.spoke.client("cloudformation").describe_stacks()["Stacks"] == []
    user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=shared.version)
    user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert client("cloudformation").describe_stacks()["Stacks"] == []
    assert user.scan_provisioned_products()["ProvisionedProducts"] == []


def test_what_the_recipient_sees(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin
    constraint = shared.constrain(shared.portfolio, "LAUNCH", '{"LocalRoleName": "launch"}')
    found = admin.search_products_as_admin(PortfolioId=shared.portfolio)["ProductViewDetails"]
    assert [one["ProductViewSummary"]["ProductId"] for one in found] == [shared.product]
    assert admin.search_products_as_admin()["ProductViewDetails"] == []
    described = admin.describe_product_as_admin(Id=shared.product, SourcePortfolioId=shared.portfolio)
    assert [one["Id"] for one in described["ProvisioningArtifactSummaries"]] == [shared.version]
    assert (
        admin.describe_product_as_admin(Name="topic")["ProductViewDetail"] == described["ProductViewDetail"]
    )
    versions = admin.list_provisioning_artifacts(ProductId=shared.product)["ProvisioningArtifactDetails"]
    assert [one["Id"] for one in versions] == [shared.version]
    holding = admin.list_portfolios_for_product(ProductId=shared.product)["PortfolioDetails"]
    assert [one["Id"] for one in holding] == [shared.portfolio]
    constraints = admin.list_constraints_for_portfolio(PortfolioId=shared.portfolio)["ConstraintDetails"]
    assert [(one["ConstraintId"], one["Owner"]) for one in constraints] == [(constraint, ACCOUNT)]
    assert admin.describe_constraint(Id=constraint)["ConstraintParameters"] == '{"LocalRoleName": "launch"}'


def test_what_the_recipient_cannot_change(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin
    constraint = shared.constrain(shared.portfolio, "LAUNCH", '{"LocalRoleName": "launch"}')
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.update_portfolio(Id=shared.portfolio, DisplayName="Mine")
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.delete_portfolio(Id=shared.portfolio)
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.update_product(Id=shared.product, Name="mine")
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.delete_product(Id=shared.product)
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.update_provisioning_artifact(
            ProductId=shared.product, ProvisioningArtifactId=shared.version, Active=False
        )
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.disassociate_product_from_portfolio(ProductId=shared.product, PortfolioId=shared.portfolio)
    with refused("ResourceNotFoundException", NOT_HERE):
        shared.constrain(shared.portfolio, "LAUNCH", '{"LocalRoleName": "mine"}', here=True)
    for call in (admin.update_constraint, admin.delete_constraint):
        with refused("ResourceNotFoundException", NOT_HERE):
            call(Id=constraint)
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.create_portfolio_share(PortfolioId=shared.portfolio, AccountId="333333333333")


def test_principals_are_not_inherited(account: Account) -> None:
    shared = Shared(account)
    pattern = {"PrincipalARN": "arn:aws:iam:::role/ml-*", "PrincipalType": "IAM_PATTERN"}
    shared.hub.associate_principal_with_portfolio(PortfolioId=shared.portfolio, **pattern)
    user = shared.spoke.session(shared.spoke.role("ml-team-two"))
    assert products(user) == []
    shared.spoke.admin.associate_principal_with_portfolio(PortfolioId=shared.portfolio, **pattern)
    assert products(user) == [shared.product]
    listed = shared.spoke.admin.list_principals_for_portfolio(PortfolioId=shared.portfolio)["Principals"]
    assert listed == [pattern]
    shared.spoke.admin.disassociate_principal_from_portfolio(PortfolioId=shared.portfolio, **pattern)
    assert products(user) == []


def test_tag_options(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin

    def option(catalog: Any, key: str, value: str, resource: str) -> str:
        made = catalog.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"]
        catalog.associate_tag_option_with_resource(ResourceId=resource, TagOptionId=made)
        return str(made)

    option(shared.hub, "team", "hub", shared.portfolio)
    option(shared.hub, "cost", "1", shared.product)
    mine = option(admin, "place", "spoke", shared.portfolio)
    user = shared.spoke.launcher(shared.portfolio)

    def choices() -> dict[str, list[str]]:
        found = user.describe_provisioning_parameters(
            ProductId=shared.product, ProvisioningArtifactId=shared.version
        )
        return {one["Key"]: one["Values"] for one in found["TagOptions"]}

    def options_of(**named: str) -> list[str]:
        if "portfolio" in named:
            found = admin.describe_portfolio(Id=named["portfolio"])
        else:
            found = admin.describe_product_as_admin(Id=shared.product, **named)
        return [one["Key"] for one in found["TagOptions"]]

    assert choices() == {"place": ["spoke"]}
    assert options_of(portfolio=shared.portfolio) == ["place"]
    shared.hub.update_portfolio_share(**shared.recipient, ShareTagOptions=True)
    assert choices() == {"place": ["spoke"], "team": ["hub"], "cost": ["1"]}
    assert options_of(portfolio=shared.portfolio) == ["place", "team"]
    assert options_of() == []
    assert options_of(SourcePortfolioId=shared.portfolio) == ["cost"]
    resources = admin.list_resources_for_tag_option(TagOptionId=mine)["ResourceDetails"]
    assert [one["Id"] for one in resources] == [shared.portfolio]
    admin.reject_portfolio_share(PortfolioId=shared.portfolio)
    assert admin.list_resources_for_tag_option(TagOptionId=mine)["ResourceDetails"] == []


def test_local_portfolios(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin
    local = shared.local()
    user = shared.spoke.launcher(local)
    assert products(user) == [shared.product]
    holding = admin.list_portfolios_for_product(ProductId=shared.product)["PortfolioDetails"]
    assert [one["Id"] for one in holding] == [local, shared.portfolio]
    assert shared.launch(user)["RecordDetail"]["Status"] == "SUCCEEDED"
    emptied = shared.local()
    # What the owner takes away is gone from local portfolios too; what was launched goes on.
    shared.hub.disassociate_product_from_portfolio(ProductId=shared.product, PortfolioId=shared.portfolio)
    assert products(user) == []
    assert user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]["Status"] == "AVAILABLE"
    with refused("ResourceNotFoundException", NOT_HERE):
        user.update_provisioned_product(ProvisionedProductName="mine")
    user.terminate_provisioned_product(ProvisionedProductName="mine")
    admin.delete_portfolio(Id=emptied)
    admin.disassociate_product_from_portfolio(ProductId=shared.product, PortfolioId=local)


def test_constraints_of_local_portfolios(account: Account) -> None:
    shared = Shared(account)
    local = shared.local()
    rules = '{"Rules": {"Short": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Title"}, "%s"]}}]}}}'
    shared.constrain(shared.portfolio, "TEMPLATE", rules % "hello")
    shared.constrain(shared.portfolio, "LAUNCH", '{"LocalRoleName": "theirs"}')
    for role in ("theirs", "ours"):
        shared.spoke.role(role)
    user = shared.spoke.launcher(local)
    record = shared.launch(user, "one")["RecordDetail"]
    assert record["LaunchRoleArn"].endswith("role/theirs")
    with refused("InvalidParametersException", "Rule Short does not hold"):
        shared.launch(user, "two", ProvisioningParameters=[{"Key": "Title", "Value": "bye"}])
    # A launch constraint of one's own takes the place of the imported one, a template constraint adds up.
    shared.constrain(local, "LAUNCH", '{"LocalRoleName": "ours"}', here=True)
    assert shared.launch(user, "two")["RecordDetail"]["LaunchRoleArn"].endswith("role/ours")
    shared.constrain(local, "TEMPLATE", rules % "bye", here=True)
    with refused("InvalidParametersException", "Rule Short does not hold"):
        shared.launch(user, "three")


def test_imported_products_cannot_be_shared_again(account: Account) -> None:
    shared = Shared(account)
    admin = shared.spoke.admin
    local = shared.local()
    with refused("InvalidParametersException", "contains a product of another account and cannot be shared."):
        admin.create_portfolio_share(PortfolioId=local, AccountId="333333333333")
    other = admin.create_portfolio(DisplayName="Other", ProviderName="We")["PortfolioDetail"]["Id"]
    admin.create_portfolio_share(PortfolioId=other, AccountId="333333333333")
    with refused("InvalidParametersException", "is shared and cannot contain product"):
        admin.associate_product_with_portfolio(
            ProductId=shared.product, PortfolioId=other, SourcePortfolioId=shared.portfolio
        )
    with refused("ResourceNotFoundException", NOT_HERE):
        admin.associate_product_with_portfolio(ProductId=shared.product, PortfolioId=other)
    admin.disassociate_product_from_portfolio(ProductId=shared.product, PortfolioId=local)
    admin.delete_portfolio(Id=local)


def test_shares_within_the_organization(account: Account) -> None:
    company = Company()
    portfolio, product, _ = account.associated_product()
    account.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN="arn:aws:iam:::role/ml-*", PrincipalType="IAM_PATTERN"
    )
    account.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=account.role("admin"), PrincipalType="IAM"
    )
    node = {"PortfolioId": portfolio, "OrganizationNode": unit(company.outer)}
    account.admin.create_portfolio_share(**node, SharePrincipals=True)
    for member in (company.in_outer, company.in_inner):
        assert accepted(member.admin, "AWS_ORGANIZATIONS") == [portfolio]
        assert accepted(member.admin) == []
    here = company.in_inner
    user = here.session(here.role("ml-team"))
    assert products(user) == [product]
    listed = here.admin.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]
    assert [one["PrincipalARN"] for one in listed] == ["arn:aws:iam:::role/ml-*"]
    with refused("ResourceNotFoundException", f"Portfolio {portfolio} not found."):
        here.admin.accept_portfolio_share(PortfolioId=portfolio)
    account.admin.update_portfolio_share(**node, SharePrincipals=False)
    assert products(user) == []
    # Rejected and accepted by the recipient, moved by the organization.
    here.admin.reject_portfolio_share(PortfolioId=portfolio, PortfolioShareType="AWS_ORGANIZATIONS")
    assert accepted(here.admin, "AWS_ORGANIZATIONS") == []
    here.admin.accept_portfolio_share(PortfolioId=portfolio, PortfolioShareType="AWS_ORGANIZATIONS")
    assert accepted(here.admin, "AWS_ORGANIZATIONS") == [portfolio]
    root = company.client.list_roots()["Roots"][0]["Id"]
    company.client.move_account(
        AccountId=here.account_id, SourceParentId=company.inner, DestinationParentId=root
    )
    assert accepted(here.admin, "AWS_ORGANIZATIONS") == []


def test_shares_are_regional(account: Account) -> None:
    shared = Shared(account)
    elsewhere = VisiblePortfolios(state_of(shared.spoke.account_id, "eu-west-1"))
    assert list(elsewhere.imported()) == []


@pytest.mark.parametrize("accept", [True, False])
def test_new_versions_are_visible_immediately(account: Account, accept: bool) -> None:
    shared = Shared(account, accept=accept)
    shared.hub.create_provisioning_artifact(
        ProductId=shared.product, Parameters=account.version("2.0.0", account.put("2.yaml", TEMPLATE + "# 2"))
    )
    if accept:
        versions = shared.spoke.admin.list_provisioning_artifacts(ProductId=shared.product)
        names = [one["Name"] for one in versions["ProvisioningArtifactDetails"]]
        assert names == ["1.0.0", "2.0.0"]
    else:
        with refused("ResourceNotFoundException", NOT_HERE):
            shared.spoke.admin.list_provisioning_artifacts(ProductId=shared.product)
