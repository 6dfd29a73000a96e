"""One of everything, for calls that are refused and so change nothing."""

from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.state import state_of
from tests.servicecatalog.account import ACCOUNT, REGION, TEMPLATE, Account, Elsewhere, client
from tests.servicecatalog.test_shares import Company

DEFINITION = {"Name": "AWS-StopEC2Instance", "Version": "1", "Parameters": "[]"}
BROKEN = TEMPLATE.replace("!Ref Title}", "!Ref Title, TopicName: 'a b'}")


class Scene:
    """Accounts with clients by name, and ids by name."""

    def __init__(self) -> None:
        account = Account()
        self.admin = account.admin
        self.ids: dict[str, str] = {"url": account.url, "account": ACCOUNT}
        self._catalogue(account)
        self._sharing(account)
        self.user = account.launcher(self.ids["portfolio"])
        self._launches(account)
        self.clients = {"admin": self.admin, "user": self.user, **self._accounts}

    def filled(self, value: Any) -> Any:
        """A request with ids in the place of their names."""
        match value:
            case str():
                return value.format_map(self.ids)
            case Mapping():
                return {key: self.filled(one) for key, one in value.items()}
            case list():
                return [self.filled(one) for one in value]
            case _:
                return value

    def _catalogue(self, account: Account) -> None:
        ids, admin = self.ids, self.admin
        ids["portfolio"], ids["product"], ids["version"] = account.associated_product(
            Tags=[{"Key": str(number), "Value": "x"} for number in range(20)]
        )
        ids["tagged"] = account.portfolio(Tags=[{"Key": str(number), "Value": "x"} for number in range(20)])
        ids["free"], ids["free_version"] = account.product("free")
        rules = {"Rules": {"Any": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "a"]}}]}}}
        ids["constraint"] = account.constrain(ids["portfolio"], ids["product"], "TEMPLATE", rules)
        update = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "NOT_ALLOWED"}}
        account.constrain(ids["portfolio"], ids["product"], "RESOURCE_UPDATE", update)
        for name, value in (("option", "1"), ("unused", "2")):
            made = admin.create_tag_option(Key="k", Value=value)["TagOptionDetail"]
            ids[name] = made["Id"]
        admin.associate_tag_option_with_resource(ResourceId=ids["free"], TagOptionId=ids["option"])
        client("budgets").create_budget(
            AccountId=ACCOUNT,
            Budget={
                "BudgetName": "team",
                "BudgetLimit": {"Amount": "10", "Unit": "USD"},
                "TimeUnit": "MONTHLY",
                "BudgetType": "COST",
            },
        )
        admin.associate_budget_with_resource(BudgetName="team", ResourceId=ids["product"])
        for name, definition in (
            ("action", DEFINITION),
            ("nowhere", {**DEFINITION, "Name": "none"}),
            ("gone", DEFINITION),
        ):
            made = admin.create_service_action(
                Name=name, DefinitionType="SSM_AUTOMATION", Definition=definition, IdempotencyToken=name
            )
            ids[name] = made["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
        for name in ("action", "nowhere"):
            admin.associate_service_action_with_provisioning_artifact(
                ProductId=ids["product"],
                ProvisioningArtifactId=ids["version"],
                ServiceActionId=ids[name],
                IdempotencyToken=name,
            )
        key = {"ProductId": ids["product"], "ProvisioningArtifactId": ids["version"]}
        for call in (
            admin.associate_service_action_with_provisioning_artifact,
            admin.disassociate_service_action_from_provisioning_artifact,
        ):
            call(**key, ServiceActionId=ids["gone"], IdempotencyToken="used")
        admin.delete_service_action(Id=ids["gone"], IdempotencyToken="used")

    def _sharing(self, account: Account) -> None:
        company = Company()
        spoke, bills = Elsewhere("222222222222"), Elsewhere("333333333333")
        bills.client("organizations").create_organization(FeatureSet="CONSOLIDATED_BILLING")
        member = company.in_inner
        company.delegate()
        self.ids |= {"spoke": spoke.account_id, "member": member.account_id, "unit": company.outer}
        self.ids["offered"] = account.portfolio()
        self.admin.create_portfolio_share(PortfolioId=self.ids["offered"], AccountId=spoke.account_id)
        delegate = company.in_outer.admin
        made = member.admin.create_portfolio(DisplayName="P", ProviderName="T")
        self.ids["members"] = made["PortfolioDetail"]["Id"]
        made = delegate.create_portfolio(DisplayName="P", ProviderName="T")
        self.ids["delegates"] = made["PortfolioDetail"]["Id"]
        # A portfolio of a recipient's that he shares, beside one that he has imported.
        self.admin.create_portfolio_share(PortfolioId=self.ids["portfolio"], AccountId="555555555555")
        heir = Elsewhere("555555555555").admin
        heir.accept_portfolio_share(PortfolioId=self.ids["portfolio"])
        made = heir.create_portfolio(DisplayName="P", ProviderName="T")
        self.ids["outgoing"] = made["PortfolioDetail"]["Id"]
        heir.create_portfolio_share(PortfolioId=self.ids["outgoing"], AccountId=spoke.account_id)
        self._accounts = {"spoke": spoke.admin, "bills": bills.admin, "member": member.admin, "heir": heir}
        share = self.admin.create_portfolio_share(
            PortfolioId=self.ids["offered"],
            OrganizationNode={"Type": "ORGANIZATIONAL_UNIT", "Value": company.outer},
        )
        self.ids["share"] = share["PortfolioShareToken"]
        # A token of an account that administers no organization.
        operation = state_of(ACCOUNT, REGION).share_operations[self.ids["share"]]
        state_of(member.account_id, REGION).share_operations["share-once"] = operation

    def _launches(self, account: Account) -> None:
        ids = self.ids
        key = {"ProductId": ids["product"], "ProvisioningArtifactId": ids["version"]}
        for name in ("mine", "busy", "failed"):
            made = self.user.provision_product(**key, ProvisionedProductName=name)["RecordDetail"]
            ids[name], ids[f"{name}_record"] = made["ProvisionedProductId"], made["RecordId"]
        state = state_of(ACCOUNT, REGION)
        self.user.describe_record(Id=ids["mine_record"])
        ProvisionedProducts(state).all()
        state.provisioned[ids["busy"]].status = "UNDER_CHANGE"
        state.provisioned[ids["failed"]].status = "ERROR"
        for name in ("plan", "done", "running"):
            made = self.user.create_provisioned_product_plan(
                **key, PlanName=name, PlanType="CLOUDFORMATION", ProvisionedProductName=f"planned-{name}"
            )
            ids[name], ids[f"{name}_product"] = made["PlanId"], made["ProvisionProductId"]
        for name in ("done", "running"):
            self.user.execute_provisioned_product_plan(PlanId=ids[name], IdempotencyToken=name)
        running = Records(state).current(state.plans[ids["running"]].record_id or "")
        running.status = "IN_PROGRESS"
        running.stack_id = None
        cloudformation = client("cloudformation")
        ids["broken"] = cloudformation.create_stack(StackName="broken", TemplateBody=BROKEN)["StackId"]
        ids["stack"] = cloudformation.create_stack(StackName="good", TemplateBody=TEMPLATE)["StackId"]
