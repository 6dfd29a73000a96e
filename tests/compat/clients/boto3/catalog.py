"""A portfolio and a product, launched by `ml-team-local`, updated by a plan, and terminated."""

import time
from pathlib import Path
from typing import Any

import boto3

connect: Any = boto3.client
team: Any = boto3.Session(profile_name="ml-team-local").client("servicecatalog")
s3, iam, catalog = (connect(name) for name in ("s3", "iam", "servicecatalog"))


def finish(record: dict[str, Any]) -> None:
    for _ in range(100):
        status = team.describe_record(Id=record["RecordId"])["RecordDetail"]["Status"]
        if status not in {"CREATED", "IN_PROGRESS"}:
            assert status == "SUCCEEDED", status
            return
        time.sleep(0.1)
    raise AssertionError("not finished")


s3.create_bucket(Bucket="compat-boto3", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
s3.put_object(Bucket="compat-boto3", Key="topic.yaml", Body=Path("topic.yaml").read_bytes())
portfolio = catalog.create_portfolio(DisplayName="compat-boto3", ProviderName="compat")["PortfolioDetail"][
    "Id"
]
made = catalog.create_product(
    Name="compat-boto3",
    Owner="compat",
    ProductType="CLOUD_FORMATION_TEMPLATE",
    ProvisioningArtifactParameters={
        "Name": "v1",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Info": {"LoadTemplateFromURL": "https://compat-boto3.s3.us-west-2.amazonaws.com/topic.yaml"},
    },
)
product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
version = made["ProvisioningArtifactDetail"]["Id"]
catalog.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
catalog.associate_principal_with_portfolio(
    PortfolioId=portfolio, PrincipalARN="arn:aws:iam:::role/ml-team-*", PrincipalType="IAM_PATTERN"
)
trust = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"servicecatalog.amazonaws.com"}}]}'
)
allowed = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
role = iam.create_role(RoleName="compat-launch", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(RoleName="compat-launch", PolicyName="all", PolicyDocument=allowed)
catalog.create_constraint(
    PortfolioId=portfolio, ProductId=product, Type="LAUNCH", Parameters=f'{{"RoleArn": "{role}"}}'
)

(found,) = team.search_products()["ProductViewSummaries"]
assert found["Name"] == "compat-boto3"
of_version = {"ProductId": product, "ProvisioningArtifactId": version}
finish(team.provision_product(ProvisionedProductName="compat", **of_version)["RecordDetail"])
(launch,) = team.scan_provisioned_products()["ProvisionedProducts"]
plan = team.create_provisioned_product_plan(
    PlanName="larger",
    PlanType="CLOUDFORMATION",
    ProvisionedProductName="compat",
    ProvisioningParameters=[{"Key": "Size", "Value": "large"}],
    **of_version,
)["PlanId"]
for _ in range(100):
    shown = team.describe_provisioned_product_plan(PlanId=plan)
    if shown["ProvisionedProductPlanDetails"]["Status"] == "CREATE_SUCCESS":
        break
    time.sleep(0.1)
assert [change["LogicalResourceId"] for change in shown["ResourceChanges"]] == ["Topic"]
finish(team.execute_provisioned_product_plan(PlanId=plan)["RecordDetail"])
outputs = team.get_provisioned_product_outputs(ProvisionedProductId=launch["Id"])["Outputs"]
assert {output["OutputKey"] for output in outputs} == {"CloudformationStackARN", "TopicArn"}
finish(team.terminate_provisioned_product(ProvisionedProductId=launch["Id"])["RecordDetail"])
assert team.scan_provisioned_products()["ProvisionedProducts"] == []
