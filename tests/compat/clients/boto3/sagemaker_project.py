"""A SageMaker project of a product, which is launched for it."""

import time
from typing import Any

import boto3

connect: Any = boto3.client
catalog, sagemaker = connect("servicecatalog"), connect("sagemaker")
connect("s3").upload_file("project.yaml", "compat-boto3", "project.yaml")
made = catalog.create_product(
    Name="compat-project",
    Owner="compat",
    ProductType="CLOUD_FORMATION_TEMPLATE",
    ProvisioningArtifactParameters={
        "Name": "v1",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Info": {"LoadTemplateFromURL": "https://compat-boto3.s3.us-west-2.amazonaws.com/project.yaml"},
    },
)
product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
portfolio = catalog.create_portfolio(DisplayName="projects", ProviderName="compat")["PortfolioDetail"]["Id"]
catalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
catalog.associate_principal_with_portfolio(
    PortfolioId=portfolio, PrincipalARN=boto3.client("sts").get_caller_identity()["Arn"], PrincipalType="IAM"
)
sagemaker.create_project(ProjectName="compat", ServiceCatalogProvisioningDetails={"ProductId": product})
for _ in range(100):
    project = sagemaker.describe_project(ProjectName="compat")
    if project["ProjectStatus"] not in {"Pending", "CreateInProgress"}:
        break
    time.sleep(0.1)
assert project["ProjectStatus"] == "CreateCompleted", project
sagemaker.delete_project(ProjectName="compat")
