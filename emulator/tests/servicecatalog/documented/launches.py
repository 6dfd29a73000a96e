"""Refused calls on shares, launches, plans, records, and what end users browse."""

from typing import Any

from tests.servicecatalog.documented.catalogue import FULL, INVALID, MISSING, NO_D, NO_P, NO_V, TWIN, V, X
from tests.servicecatalog.documented.catalogue import D as PRODUCT
from tests.servicecatalog.documented.rows import row

STATE, FOREIGN = "InvalidState", "OperationNotSupported"
SHARED: Any = {"PortfolioId": "{offered}", "AccountId": "{spoke}"}
THEIRS: Any = {
    "PortfolioId": "{members}",
    "OrganizationNode": {"Type": "ORGANIZATIONAL_UNIT", "Value": "{unit}"},
}
NODES: Any = {"PortfolioId": "{offered}", "OrganizationNodeType": "ACCOUNT"}
NAMED: Any = {"ProvisionedProductName": "new"}
PLAN: Any = {"PlanName": "x", "PlanType": "CLOUDFORMATION"}
MINE: Any = {"ProvisionedProductId": "{mine}"}
NO_PP: Any = {"ProvisionedProductId": "pp-none"}
OWNER: Any = {"ProvisionedProductProperties": {"OWNER": "arn:aws:iam::{account}:user/x"}}
ACCOUNT: Any = {"Type": "ACCOUNT"}

SHARING = [
    row("AcceptPortfolioShare", INVALID, PortfolioId="{portfolio}"),
    row("AcceptPortfolioShare", FULL, who="spoke", quota="portfolios", PortfolioId="{offered}"),
    row("AcceptPortfolioShare", MISSING, **NO_P),
    row("CreatePortfolioShare", INVALID, PortfolioId="{portfolio}"),
    row("CreatePortfolioShare", STATE, sharing=True, PortfolioId="{portfolio}", AccountId="{spoke}"),
    row(
        "CreatePortfolioShare", FULL, quota="shared_accounts", PortfolioId="{portfolio}", AccountId="{spoke}"
    ),
    row("CreatePortfolioShare", FOREIGN, who="member", **THEIRS),
    row("CreatePortfolioShare", MISSING, **NO_P, AccountId="{spoke}"),
    row("DeletePortfolioShare", INVALID, PortfolioId="{offered}"),
    row("DeletePortfolioShare", STATE, sharing=True, **SHARED),
    row("DeletePortfolioShare", FOREIGN, who="member", **THEIRS),
    row("DeletePortfolioShare", MISSING, PortfolioId="{portfolio}", AccountId="{spoke}"),
    row("DescribePortfolioShareStatus", INVALID, PortfolioShareToken="x"),
    row("DescribePortfolioShareStatus", FOREIGN, who="member", PortfolioShareToken="share-once"),
    row("DescribePortfolioShareStatus", MISSING, PortfolioShareToken="share-none"),
    row("DescribePortfolioShares", INVALID, PortfolioId="{offered}", **ACCOUNT, **X),
    row("DescribePortfolioShares", MISSING, **NO_P, **ACCOUNT),
    row("DisableAWSOrganizationsAccess", STATE),
    row("DisableAWSOrganizationsAccess", FOREIGN, who="member"),
    row("DisableAWSOrganizationsAccess", MISSING, who="spoke"),
    row("EnableAWSOrganizationsAccess", STATE, who="bills"),
    row("EnableAWSOrganizationsAccess", FOREIGN, who="member"),
    row("EnableAWSOrganizationsAccess", MISSING, who="spoke"),
    row("GetAWSOrganizationsAccessStatus", FOREIGN, who="member"),
    row("GetAWSOrganizationsAccessStatus", MISSING, who="spoke"),
    row("ListAcceptedPortfolioShares", INVALID, **X),
    row("ListAcceptedPortfolioShares", FOREIGN, who="spoke", PortfolioShareType="AWS_ORGANIZATIONS"),
    row("ListOrganizationPortfolioAccess", INVALID, **NODES, **X),
    row("ListOrganizationPortfolioAccess", FOREIGN, who="member", **{**NODES, "PortfolioId": "{members}"}),
    row("ListOrganizationPortfolioAccess", MISSING, **{**NODES, **NO_P}),
    row("ListPortfolioAccess", INVALID, PortfolioId="{offered}", **X),
    row("ListPortfolioAccess", MISSING, **NO_P),
    row("RejectPortfolioShare", MISSING, **NO_P),
    row("UpdatePortfolioShare", INVALID, PortfolioId="{offered}"),
    row("UpdatePortfolioShare", STATE, sharing=True, **SHARED),
    row("UpdatePortfolioShare", FOREIGN, who="member", **THEIRS),
    row("UpdatePortfolioShare", MISSING, PortfolioId="{portfolio}", AccountId="{spoke}"),
]

LAUNCHING = [
    row(
        "CreateProvisionedProductPlan",
        INVALID,
        who="user",
        **PLAN,
        **V,
        **NAMED,
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
    ),
    row("CreateProvisionedProductPlan", STATE, who="user", **PLAN, **V, ProvisionedProductName="failed"),
    row("CreateProvisionedProductPlan", MISSING, who="user", **PLAN, **NO_V, **NAMED),
    row("DeleteProvisionedProductPlan", INVALID, who="user", PlanId="{running}"),
    row("DeleteProvisionedProductPlan", MISSING, who="user", PlanId="plan-none"),
    row("DescribeProduct", INVALID, who="user"),
    row("DescribeProduct", MISSING, who="user", Id="prod-none"),
    row("DescribeProductView", MISSING, who="user", Id="prodview-none"),
    row("DescribeProvisionedProduct", INVALID, who="user"),
    row("DescribeProvisionedProduct", MISSING, who="user", Id="pp-none"),
    row("DescribeProvisionedProductPlan", INVALID, who="user", PlanId="{plan}", **X),
    row("DescribeProvisionedProductPlan", MISSING, who="user", PlanId="plan-none"),
    row("DescribeProvisioningParameters", INVALID, who="user", **V, PathId="x", PathName="x"),
    row("DescribeProvisioningParameters", MISSING, who="user", **NO_V),
    row("DescribeRecord", MISSING, who="user", Id="rec-none"),
    row("DescribeServiceActionExecutionParameters", INVALID, who="user", **MINE, ServiceActionId="{nowhere}"),
    row("DescribeServiceActionExecutionParameters", MISSING, who="user", **NO_PP, ServiceActionId="{action}"),
    row("ExecuteProvisionedProductPlan", INVALID, who="user", PlanId="{plan}", IdempotencyToken="done"),
    row("ExecuteProvisionedProductPlan", STATE, who="user", PlanId="{done}"),
    row("ExecuteProvisionedProductPlan", MISSING, who="user", PlanId="plan-none"),
    row(
        "ExecuteProvisionedProductServiceAction",
        INVALID,
        who="user",
        **MINE,
        ServiceActionId="{action}",
        Parameters={"x": ["y"]},
    ),
    row(
        "ExecuteProvisionedProductServiceAction",
        STATE,
        who="user",
        ProvisionedProductId="{failed}",
        ServiceActionId="{action}",
    ),
    row("ExecuteProvisionedProductServiceAction", MISSING, who="user", **NO_PP, ServiceActionId="{action}"),
    row("GetProvisionedProductOutputs", INVALID, who="user", **MINE, OutputKeys=["none"]),
    row("GetProvisionedProductOutputs", MISSING, who="user", **NO_PP),
    row(
        "ImportAsProvisionedProduct",
        TWIN,
        who="user",
        **V,
        PhysicalId="{stack}",
        ProvisionedProductName="mine",
    ),
    row("ImportAsProvisionedProduct", INVALID, who="user", **V, PhysicalId="x", **NAMED),
    row("ImportAsProvisionedProduct", STATE, who="user", **V, PhysicalId="{broken}", **NAMED),
    row("ImportAsProvisionedProduct", MISSING, who="user", **V, PhysicalId="{stack}0", **NAMED),
    row("ListLaunchPaths", INVALID, who="user", **PRODUCT, **X),
    row("ListLaunchPaths", MISSING, who="user", **NO_D),
    row("ListProvisionedProductPlans", INVALID, who="user", **X),
    row("ListProvisionedProductPlans", MISSING, who="user", ProvisionProductId="pp-none"),
    row("ListRecordHistory", INVALID, who="user", **X),
    row("ListStackInstancesForProvisionedProduct", INVALID, who="user", **MINE),
    row("ListStackInstancesForProvisionedProduct", MISSING, who="user", **NO_PP),
    row("ProvisionProduct", TWIN, who="user", **V, ProvisionedProductName="mine"),
    row("ProvisionProduct", INVALID, who="user", **V, **NAMED, ProvisioningParameters=[{"Value": "x"}]),
    row("ProvisionProduct", MISSING, who="user", **NO_V, **NAMED),
    row("ScanProvisionedProducts", INVALID, who="user", **X),
    row("SearchProducts", INVALID, who="user", **X),
    row("SearchProvisionedProducts", INVALID, who="user", SortBy="colour"),
    row("TerminateProvisionedProduct", MISSING, who="user", **NO_PP),
    row("UpdateProvisionedProduct", INVALID, who="user", ProvisionedProductId="{busy}"),
    row("UpdateProvisionedProduct", MISSING, who="user", **NO_PP),
    row("UpdateProvisionedProductProperties", INVALID, **MINE, ProvisionedProductProperties={"OWNER": "x"}),
    row("UpdateProvisionedProductProperties", STATE, ProvisionedProductId="{busy}", **OWNER),
    row("UpdateProvisionedProductProperties", MISSING, **NO_PP, **OWNER),
]
