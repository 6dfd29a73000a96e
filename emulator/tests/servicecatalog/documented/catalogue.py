"""Refused calls on portfolios, products, versions, constraints, principals, TagOptions, budgets, actions."""

from typing import Any

from tests.servicecatalog.documented.rows import row

TWICE = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
P: Any = {"PortfolioId": "{portfolio}"}
NO_P: Any = {"PortfolioId": "port-none"}
D: Any = {"ProductId": "{product}"}
NO_D: Any = {"ProductId": "prod-none"}
V: Any = {"ProductId": "{product}", "ProvisioningArtifactId": "{version}"}
NO_V: Any = {"ProductId": "{product}", "ProvisioningArtifactId": "pa-none"}
A: Any = {**V, "ServiceActionId": "{action}"}
NO_A: Any = {**V, "ServiceActionId": "act-none"}
PRINCIPAL: Any = {"PrincipalARN": "arn:aws:iam:::role/x", "PrincipalType": "IAM_PATTERN"}
NEW: Any = {"Name": "x", "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": "{url}"}}
BAD: Any = {**NEW, "Info": {"LoadTemplateFromURL": "https://example.com/t"}}
PRODUCT: Any = {"Name": "x", "Owner": "x", "ProductType": "CLOUD_FORMATION_TEMPLATE"}
ACTION: Any = {"Name": "x", "DefinitionType": "SSM_AUTOMATION"}
LAUNCH: Any = {"Type": "LAUNCH", "Parameters": '{{"LocalRoleName": "a"}}'}
UPDATE: Any = {
    "Type": "RESOURCE_UPDATE",
    "Parameters": '{{"Version": "2.0", "Properties": {{"TagUpdateOnProvisionedProduct": "ALLOWED"}}}}',
}
GOOD: Any = {"Name": "AWS-StopEC2Instance", "Version": "1"}
X: Any = {"PageToken": "x"}

INVALID, MISSING, FULL = "InvalidParameters", "ResourceNotFound", "LimitExceeded"
USED, TWIN = "ResourceInUse", "DuplicateResource"

ROWS = [
    row("AssociateBudgetWithResource", TWIN, BudgetName="team", ResourceId="{product}"),
    row(
        "AssociateBudgetWithResource",
        FULL,
        quota="budgets_per_resource",
        BudgetName="team",
        ResourceId="{free}",
    ),
    row("AssociateBudgetWithResource", MISSING, BudgetName="none", ResourceId="{free}"),
    row("AssociatePrincipalWithPortfolio", INVALID, **P, PrincipalARN="x", PrincipalType="IAM"),
    row("AssociatePrincipalWithPortfolio", FULL, quota="principals_per_portfolio", **P, **PRINCIPAL),
    row("AssociatePrincipalWithPortfolio", MISSING, **NO_P, **PRINCIPAL),
    row("AssociateProductWithPortfolio", MISSING, **P, **NO_D),
    row(
        "AssociateProductWithPortfolio",
        FULL,
        quota="products_per_portfolio",
        PortfolioId="{tagged}",
        ProductId="{free}",
    ),
    row("AssociateServiceActionWithProvisioningArtifact", TWIN, **A),
    row("AssociateServiceActionWithProvisioningArtifact", INVALID, **A, IdempotencyToken="used"),
    row(
        "AssociateServiceActionWithProvisioningArtifact",
        FULL,
        quota="service_actions_per_version",
        ProductId="{free}",
        ProvisioningArtifactId="{free_version}",
        ServiceActionId="{action}",
    ),
    row("AssociateServiceActionWithProvisioningArtifact", MISSING, **NO_A),
    row("AssociateTagOptionWithResource", TWIN, ResourceId="{free}", TagOptionId="{option}"),
    row(
        "AssociateTagOptionWithResource",
        FULL,
        quota="tag_options_per_resource",
        ResourceId="{free}",
        TagOptionId="{unused}",
    ),
    row("AssociateTagOptionWithResource", MISSING, ResourceId="{free}", TagOptionId="tag-none"),
    row("BatchAssociateServiceActionWithProvisioningArtifact", INVALID, ServiceActionAssociations=[A, A]),
    row("BatchDisassociateServiceActionFromProvisioningArtifact", INVALID, ServiceActionAssociations=[A, A]),
    row("CopyProduct", INVALID, SourceProductArn="arn:aws:s3:::x"),
    row("CopyProduct", MISSING, SourceProductArn="arn:aws:catalog:us-west-2:{account}:product/prod-none"),
    row("CreateConstraint", TWIN, **P, **D, **UPDATE),
    row("CreateConstraint", INVALID, **P, **D, Type="LAUNCH", Parameters="x"),
    row("CreateConstraint", FULL, quota="constraints_per_product", **P, **D, **LAUNCH),
    row("CreateConstraint", MISSING, **NO_P, **D, **LAUNCH),
    row("CreatePortfolio", INVALID, DisplayName="x", ProviderName="x", Tags=TWICE),
    row("CreatePortfolio", FULL, quota="portfolios", DisplayName="x", ProviderName="x"),
    row("CreateProduct", INVALID, **PRODUCT, ProvisioningArtifactParameters=BAD),
    row("CreateProduct", FULL, quota="products", **PRODUCT, ProvisioningArtifactParameters=NEW),
    row("CreateProvisioningArtifact", INVALID, **D, Parameters=BAD),
    row("CreateProvisioningArtifact", FULL, quota="versions_per_product", **D, Parameters=NEW),
    row("CreateProvisioningArtifact", MISSING, **NO_D, Parameters=NEW),
    row("CreateServiceAction", INVALID, **ACTION, Definition={"Name": "x"}),
    row("CreateServiceAction", FULL, quota="service_actions", **ACTION, Definition=GOOD),
    row("CreateTagOption", TWIN, Key="k", Value="1"),
    row("CreateTagOption", FULL, quota="values_per_tag_option", Key="k", Value="3"),
    row("DeleteConstraint", MISSING, Id="cons-none"),
    row("DeletePortfolio", USED, Id="{portfolio}"),
    row("DeletePortfolio", MISSING, Id="port-none"),
    row("DeleteProduct", USED, Id="{product}"),
    row("DeleteProduct", MISSING, Id="prod-none"),
    row("DeleteProvisioningArtifact", USED, **V),
    row("DeleteProvisioningArtifact", MISSING, **NO_V),
    row("DeleteServiceAction", INVALID, Id="{action}", IdempotencyToken="used"),
    row("DeleteServiceAction", USED, Id="{action}"),
    row("DeleteServiceAction", MISSING, Id="act-none"),
    row("DeleteTagOption", USED, Id="{option}"),
    row("DeleteTagOption", MISSING, Id="tag-none"),
    row("DescribeConstraint", MISSING, Id="cons-none"),
    row("DescribeCopyProductStatus", MISSING, CopyProductToken="none"),
    row("DescribePortfolio", MISSING, Id="port-none"),
    row("DescribeProductAsAdmin", INVALID),
    row("DescribeProductAsAdmin", MISSING, Id="prod-none"),
    row("DescribeProvisioningArtifact", INVALID, **V, ProductName="topic"),
    row("DescribeProvisioningArtifact", MISSING, **NO_V),
    row("DescribeServiceAction", MISSING, Id="act-none"),
    row("DescribeTagOption", MISSING, Id="tag-none"),
    row("DisassociateBudgetFromResource", MISSING, BudgetName="none", ResourceId="{product}"),
    row("DisassociatePrincipalFromPortfolio", MISSING, **P, PrincipalARN="x"),
    row("DisassociateProductFromPortfolio", USED, **P, **D),
    row("DisassociateProductFromPortfolio", MISSING, **P, ProductId="{free}"),
    row("DisassociateServiceActionFromProvisioningArtifact", INVALID, **A, IdempotencyToken="used"),
    row("DisassociateServiceActionFromProvisioningArtifact", MISSING, **NO_A),
    row("DisassociateTagOptionFromResource", MISSING, ResourceId="{free}", TagOptionId="{unused}"),
    row("ListBudgetsForResource", INVALID, ResourceId="{product}", **X),
    row("ListBudgetsForResource", MISSING, ResourceId="none"),
    row("ListConstraintsForPortfolio", INVALID, **P, **X),
    row("ListConstraintsForPortfolio", MISSING, **NO_P),
    row("ListPortfolios", INVALID, **X),
    row("ListPortfoliosForProduct", INVALID, **D, **X),
    row("ListPortfoliosForProduct", MISSING, **NO_D),
    row("ListPrincipalsForPortfolio", INVALID, **P, **X),
    row("ListPrincipalsForPortfolio", MISSING, **NO_P),
    row("ListProvisioningArtifacts", MISSING, **NO_D),
    row("ListProvisioningArtifactsForServiceAction", INVALID, ServiceActionId="{action}", **X),
    row("ListProvisioningArtifactsForServiceAction", MISSING, ServiceActionId="act-none"),
    row("ListResourcesForTagOption", INVALID, TagOptionId="{option}", ResourceType="x"),
    row("ListResourcesForTagOption", MISSING, TagOptionId="tag-none"),
    row("ListServiceActions", INVALID, **X),
    row("ListServiceActionsForProvisioningArtifact", INVALID, **V, **X),
    row("ListServiceActionsForProvisioningArtifact", MISSING, **NO_V),
    row("ListTagOptions", INVALID, **X),
    row("SearchProductsAsAdmin", INVALID, **X),
    row("SearchProductsAsAdmin", MISSING, **NO_P),
    row("UpdateConstraint", INVALID, Id="{constraint}", Parameters="x"),
    row("UpdateConstraint", MISSING, Id="cons-none"),
    row("UpdatePortfolio", INVALID, Id="{portfolio}", AddTags=TWICE),
    row("UpdatePortfolio", FULL, Id="{tagged}", AddTags=[{"Key": "a", "Value": "1"}]),
    row("UpdatePortfolio", MISSING, Id="port-none"),
    row("UpdateProduct", INVALID, Id="{product}", AddTags=TWICE),
    row("UpdateProduct", MISSING, Id="prod-none"),
    row("UpdateProvisioningArtifact", MISSING, **NO_V),
    row("UpdateServiceAction", INVALID, Id="{action}", Definition={"Name": "x"}),
    row("UpdateServiceAction", MISSING, Id="act-none"),
    row("UpdateTagOption", TWIN, Id="{unused}", Value="1"),
    row("UpdateTagOption", MISSING, Id="tag-none"),
    row(
        "AssociateProductWithPortfolio",
        INVALID,
        who="heir",
        PortfolioId="{outgoing}",
        **D,
        SourcePortfolioId="{portfolio}",
    ),
]
