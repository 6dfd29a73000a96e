"""Refused calls on shares, launches, plans, records, and what end users browse."""

from functools import partial
from typing import Any

from tests.servicecatalog.documented.catalogue import (
    FULL,
    INVALID,
    MISSING,
    NO_D,
    NO_P,
    NO_V,
    TWICE,
    TWIN,
    V,
    X,
)
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
user = partial(row, who="user")

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
    user("CreateProvisionedProductPlan", INVALID, **PLAN, **V, **NAMED, Tags=TWICE),
    user("CreateProvisionedProductPlan", STATE, **PLAN, **V, ProvisionedProductName="failed"),
    user("CreateProvisionedProductPlan", MISSING, **PLAN, **NO_V, **NAMED),
    user("DeleteProvisionedProductPlan", INVALID, PlanId="{running}"),
    user("DeleteProvisionedProductPlan", MISSING, PlanId="plan-none"),
    user("DescribeProduct", INVALID),
    user("DescribeProduct", MISSING, Id="prod-none"),
    user("DescribeProductView", MISSING, Id="prodview-none"),
    user("DescribeProvisionedProduct", INVALID),
    user("DescribeProvisionedProduct", MISSING, Id="pp-none"),
    user("DescribeProvisionedProductPlan", INVALID, PlanId="{plan}", **X),
    user("DescribeProvisionedProductPlan", MISSING, PlanId="plan-none"),
    user("DescribeProvisioningParameters", INVALID, **V, PathId="x", PathName="x"),
    user("DescribeProvisioningParameters", MISSING, **NO_V),
    user("DescribeRecord", MISSING, Id="rec-none"),
    user("DescribeServiceActionExecutionParameters", INVALID, **MINE, ServiceActionId="{nowhere}"),
    user("DescribeServiceActionExecutionParameters", MISSING, **NO_PP, ServiceActionId="{action}"),
    user("ExecuteProvisionedProductPlan", INVALID, PlanId="{plan}", IdempotencyToken="done"),
    user("ExecuteProvisionedProductPlan", STATE, PlanId="{done}"),
    user("ExecuteProvisionedProductPlan", MISSING, PlanId="plan-none"),
    user(
        "ExecuteProvisionedProductServiceAction",
        INVALID,
        **MINE,
        ServiceActionId="{action}",
        Parameters={"x": ["y"]},
    ),
    user(
        "ExecuteProvisionedProductServiceAction",
        STATE,
        ProvisionedProductId="{failed}",
        ServiceActionId="{action}",
    ),
    user("ExecuteProvisionedProductServiceAction", MISSING, **NO_PP, ServiceActionId="{action}"),
    user("GetProvisionedProductOutputs", INVALID, **MINE, OutputKeys=["none"]),
    user("GetProvisionedProductOutputs", MISSING, **NO_PP),
    user("ImportAsProvisionedProduct", TWIN, **V, PhysicalId="{stack}", ProvisionedProductName="mine"),
    user("ImportAsProvisionedProduct", INVALID, **V, PhysicalId="x", **NAMED),
    user("ImportAsProvisionedProduct", STATE, **V, PhysicalId="{broken}", **NAMED),
    user("ImportAsProvisionedProduct", MISSING, **V, PhysicalId="{stack}0", **NAMED),
    user("ListLaunchPaths", INVALID, **PRODUCT, **X),
    user("ListLaunchPaths", MISSING, **NO_D),
    user("ListProvisionedProductPlans", INVALID, **X),
    user("ListProvisionedProductPlans", MISSING, ProvisionProductId="pp-none"),
    user("ListRecordHistory", INVALID, **X),
    user("ListStackInstancesForProvisionedProduct", INVALID, **MINE),
    user("ListStackInstancesForProvisionedProduct", MISSING, **NO_PP),
    user("ProvisionProduct", TWIN, **V, ProvisionedProductName="mine"),
    user("ProvisionProduct", INVALID, **V, **NAMED, ProvisioningParameters=[{"Value": "x"}]),
    user("ProvisionProduct", MISSING, **NO_V, **NAMED),
    user("ScanProvisionedProducts", INVALID, **X),
    user("SearchProducts", INVALID, **X),
    user("SearchProvisionedProducts", INVALID, SortBy="colour"),
    user("TerminateProvisionedProduct", MISSING, **NO_PP),
    user("UpdateProvisionedProduct", INVALID, ProvisionedProductId="{busy}"),
    user("UpdateProvisionedProduct", MISSING, **NO_PP),
    row("UpdateProvisionedProductProperties", INVALID, **MINE, ProvisionedProductProperties={"OWNER": "x"}),
    row("UpdateProvisionedProductProperties", STATE, ProvisionedProductId="{busy}", **OWNER),
    row("UpdateProvisionedProductProperties", MISSING, **NO_PP, **OWNER),
]
