"""An AWS account in moto, and a builder of portfolios and products that others made in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from tests.policies import allowing, trusting
from tests.samples import Ticks

ACCOUNT, REGION = "123456789012", "us-west-2"
# The template bucket that bootstrap makes.
BUCKET = f"publisher-{ACCOUNT}-{REGION}"
PATTERN = "arn:aws:iam:::role/ml-team-*"
TEMPLATE = "Parameters: {Size: {Type: String}}\nResources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"


class Builder:
    """Makes portfolios and products through the API. `client` answers the administrator's clients."""

    def __init__(
        self, client: Callable[[str], Any], *, bucket: str = BUCKET, has_bucket: bool = False
    ) -> None:
        self._client, self._bucket = client, bucket
        self._has_bucket = has_bucket

    @property
    def _catalog(self) -> Any:
        return self._client("servicecatalog")

    def bucket(self) -> None:
        """The template bucket, and the parameter that names it."""
        self._client("s3").create_bucket(
            Bucket=self._bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self._client("ssm").put_parameter(Name="/publisher/bucket", Value=self._bucket, Type="String")
        self._has_bucket = True

    def store(self, template: str) -> str:
        """The URL of a template in the bucket."""
        if not self._has_bucket:
            self.bucket()
        key = f"templates/{sha256(template.encode()).hexdigest()}.yaml"
        self._client("s3").put_object(Bucket=self._bucket, Key=key, Body=template.encode())
        return f"https://{self._bucket}.s3.{REGION}.amazonaws.com/{key}"

    def portfolio(self, name: str = "ML Platform", *, principal: str = PATTERN, **fields: Any) -> str:
        """A portfolio with a principal, unless that is empty; its id."""
        made = self._catalog.create_portfolio(DisplayName=name, **{"ProviderName": "ML", **fields})
        portfolio = str(made["PortfolioDetail"]["Id"])
        if principal:
            self._catalog.associate_principal_with_portfolio(
                PortfolioId=portfolio,
                PrincipalARN=principal,
                PrincipalType="IAM_PATTERN" if ":iam:::" in principal else "IAM",
            )
        return portfolio

    def product(
        self,
        name: str,
        *,
        portfolio: str = "",
        role: str = "",
        template: str = TEMPLATE,
        version: str = "1.0.0",
        **fields: Any,
    ) -> str:
        """A product with a version, in a portfolio if one is named; its id."""
        made = self._catalog.create_product(
            Name=name,
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=self._artifact(version, template),
            **{"Owner": "ML", **fields},
        )
        product = str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
        if portfolio:
            self.place(product, portfolio, role=role)
        return product

    def place(self, product: str, portfolio: str, *, role: str = "") -> None:
        """A product in a portfolio, with a launch role if one is named."""
        there = {"ProductId": product, "PortfolioId": portfolio}
        self._catalog.associate_product_with_portfolio(**there)
        if role:
            parameters = json.dumps({"LocalRoleName": role})
            self._catalog.create_constraint(**there, Type="LAUNCH", Parameters=parameters)

    def version(self, product: str, name: str, *, template: str = TEMPLATE) -> str:
        """Another version of a product; its id."""
        made = self._catalog.create_provisioning_artifact(
            ProductId=product, Parameters=self._artifact(name, template)
        )
        return str(made["ProvisioningArtifactDetail"]["Id"])

    def _artifact(self, name: str, template: str) -> Mapping[str, Any]:
        info = {"LoadTemplateFromURL": self.store(template)}
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": info}


class Account:
    """An AWS account in moto as its administrator sees it. `ticks` is its time, which passes by sleeping."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.ticks = Ticks()
        self._clock = clock or self.ticks.clock()
        self.build = Builder(self.client)
        self._regions: dict[str, Aws] = {}

    @property
    def aws(self) -> Aws:
        """In the Region of most tests."""
        return self.in_region(REGION)

    @property
    def catalog(self) -> Any:
        """Service Catalog, for the administrator."""
        return self.client("servicecatalog")

    def in_region(self, region: str) -> Aws:
        """In any Region."""
        if region not in self._regions:
            self._regions[region] = Aws(region=region, clock=self._clock)
        return self._regions[region]

    def client(self, service: str, region: str = REGION) -> Any:
        """A client of the administrator."""
        return self.in_region(region).client(service)

    def role(self, name: str, *, service: str = "") -> str:
        """A role that may do everything, for a service or for the account; its ARN."""
        principal = {"Service": service} if service else {"AWS": ACCOUNT}
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(**principal))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allowing("*"))
        return str(made["Role"]["Arn"])

    def studio(self) -> str:
        """A SageMaker domain in a VPC of its own; its ARN."""
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        made = self.client("sagemaker").create_domain(
            DomainName="science", AuthMode="IAM", DefaultUserSettings={}, SubnetIds=[subnet], VpcId=vpc
        )
        return str(made["DomainArn"])

    def budgets(self, *names: str) -> None:
        """Budgets of these names."""
        for name in names:
            limit = {"Amount": "1", "Unit": "USD"}
            budget = {"BudgetName": name, "TimeUnit": "MONTHLY", "BudgetType": "COST", "BudgetLimit": limit}
            self.client("budgets").create_budget(AccountId=ACCOUNT, Budget=budget)
