"""An account that Control Tower vends with a blueprint, and that is moved to a newer version of it.

As its pages say: from the management account through the access role of the hub, by its own portfolio that is
shared with the member account, as a stack set, whose execution role in the account has our policy.
https://docs.aws.amazon.com/controltower/latest/userguide/af-customization-page.html
Not documented, so one of several ways: who launches (here AWSControlTowerExecution of the account), and which
role administers the stack set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from catalog_emulator import settings

from tests.account import REGION
from tests.conftest import Run, cases, copy_family, whole
from tests.policies import allowing, trusting

Keys = Mapping[str, str]

EXECUTION, ACCESS, ADMIN = (
    "AWSControlTowerExecution",
    "AWSControlTowerBlueprintAccess",
    "AWSControlTowerAdmin",
)
BLUEPRINT, STACK_SETS = "AWSControlTower-BlueprintExecution-bp-1", "stack-set-administration"
PRODUCT, FAMILY = "account-blueprint-workload-nonprod", "products/account-blueprint/product.yaml"
PARAMETERS = "products/account-blueprint/template/ssm.yaml.j2"
MARK = """
  VersionParameter:
    Type: AWS::SSM::Parameter
    Properties: {Name: /vpc/version, Type: String, Value: "2"}
"""


def client(service: str, keys: Keys, region: str = REGION) -> Any:
    return boto3.client(service, region, **keys)  # type: ignore[call-overload]


def assumed(role: str, account: str, keys: Keys, path: str = "") -> Keys:
    """The keys of a session of a role."""
    arn = f"arn:aws:iam::{account}:role/{path}{role}"
    made = client("sts", keys).assume_role(RoleArn=arn, RoleSessionName="vending")["Credentials"]
    names = {"access_key_id": "AccessKeyId", "secret_access_key": "SecretAccessKey"}
    return {f"aws_{key}": made[name] for key, name in {**names, "session_token": "SessionToken"}.items()}


@dataclass(kw_only=True)
class LandingZone:
    """An organization with a hub; `tower` is Control Tower in the management account."""

    root: Path
    run: Run
    monkeypatch: pytest.MonkeyPatch
    management: str = field(default="123456789012", init=False)

    def __post_init__(self) -> None:
        self._organizations = client("organizations", {})
        self._organizations.create_organization(FeatureSet="ALL")
        (found,) = self._organizations.list_roots()["Roots"]
        self._top = found["Id"]
        unit = self._organizations.create_organizational_unit(ParentId=self._top, Name="ml")
        self.unit = unit["OrganizationalUnit"]["Id"]
        iam = client("iam", {})
        iam.create_role(
            RoleName=ADMIN,
            Path="/service-role/",
            AssumeRolePolicyDocument=trusting(Service="controltower.amazonaws.com"),
        )
        allowed = json.loads(allowing("sts:AssumeRole"))
        allowed["Statement"][0]["Resource"] = [f"arn:aws:iam::*:role/{name}" for name in (EXECUTION, ACCESS)]
        iam.put_role_policy(RoleName=ADMIN, PolicyName="assume", PolicyDocument=json.dumps(allowed))
        self.tower = assumed(ADMIN, self.management, {}, "service-role/")
        self.hub = self._created("hub")

    def account(self, name: str) -> str:
        """A new account in the unit."""
        ident = self._created(name)
        where = {"SourceParentId": self._top, "DestinationParentId": self.unit}
        self._organizations.move_account(AccountId=ident, **where)
        return ident

    def _created(self, name: str) -> str:
        made = self._organizations.create_account(
            AccountName=name, Email=f"{name}@example.com", RoleName=EXECUTION
        )
        return str(made["CreateAccountStatus"]["AccountId"])

    def publisher(self, account: str, *words: str) -> Any:
        """Runs it in an account, as whoever may administer that."""
        keys = {} if account == self.management else assumed(EXECUTION, account, self.tower)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.monkeypatch.setenv(name, keys.get(name.lower(), "testing"))
        ran = self.run("--directory", self.root, "--region", REGION, "--json", *words)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.monkeypatch.setenv(name, "testing")
        assert ran.code == 0, ran.out + ran.err
        return ran.document

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert before in text
        (self.root / path).write_text(text.replace(before, after))


@dataclass(kw_only=True)
class Vended:
    """An account that is vended: what Control Tower does for it, with its own portfolio."""

    zone: LandingZone
    account: str
    regions: tuple[str, ...]

    def __post_init__(self) -> None:
        self._keys = assumed(EXECUTION, self.account, self.zone.tower)
        self._hub = client("servicecatalog", assumed(ACCESS, self.zone.hub, self.zone.tower))
        self._here = client("servicecatalog", self._keys)
        found = self._hub.search_products_as_admin()["ProductViewDetails"]
        (self._product,) = (it["ProductViewSummary"]["ProductId"] for it in found)

    def versions(self) -> dict[str, str]:
        """Ids by name."""
        found = self._hub.list_provisioning_artifacts(ProductId=self._product)["ProvisioningArtifactDetails"]
        return {it["Name"]: it["Id"] for it in found}

    def roles(self) -> None:
        """Those that CloudFormation takes, for the stack set and for its stack."""
        iam = client("iam", self._keys)
        services = trusting(Service="cloudformation.amazonaws.com")
        iam.create_role(RoleName=STACK_SETS, AssumeRolePolicyDocument=services)
        execution = f"arn:aws:iam::{self.account}:role/{BLUEPRINT}"
        allowed = allowing("sts:AssumeRole", on=execution)
        iam.put_role_policy(RoleName=STACK_SETS, PolicyName="assume", PolicyDocument=allowed)
        administration = trusting(AWS=f"arn:aws:iam::{self.account}:role/{STACK_SETS}")
        iam.create_role(RoleName=BLUEPRINT, AssumeRolePolicyDocument=administration)
        self.allow()

    def allow(self, *, without: str = "") -> None:
        """The policy of the newest version for the stack's role."""
        (policy,) = self.zone.publisher(self.zone.hub, "policy", PRODUCT, "--for", "blueprint")["policies"]
        statements = [it for it in policy["document"]["Statement"] if not without or it.get("Sid") != without]
        document = json.dumps({**policy["document"], "Statement": statements})
        client("iam", self._keys).put_role_policy(
            RoleName=BLUEPRINT, PolicyName="blueprint", PolicyDocument=document
        )

    def portfolio(self) -> str:
        """Its own, with the product, shared with the account."""
        made = self._hub.create_portfolio(DisplayName=f"AWSControlTower-{self.account}", ProviderName="AWS")
        portfolio = str(made["PortfolioDetail"]["Id"])
        there = {"PortfolioId": portfolio, "ProductId": self._product}
        self._hub.associate_product_with_portfolio(**there)
        constraint = {
            "AccountList": [self.account],
            "RegionList": list(self.regions),
            "AdminRole": f"arn:aws:iam::{self.account}:role/{STACK_SETS}",
            "ExecutionRole": BLUEPRINT,
        }
        parameters = json.dumps({"Version": "String", "Properties": constraint})
        self._hub.create_constraint(**there, Type="STACKSET", Parameters=parameters)
        self._hub.create_portfolio_share(PortfolioId=portfolio, AccountId=self.account)
        self._here.accept_portfolio_share(PortfolioId=portfolio)
        self._here.associate_principal_with_portfolio(
            PortfolioId=portfolio,
            PrincipalARN=f"arn:aws:iam::{self.account}:role/{EXECUTION}",
            PrincipalType="IAM",
        )
        return portfolio

    def provision(self, version: str, *, name: str = "blueprint", **parameters: str) -> Any:
        """The record of the launch, when it has ended."""
        made = self._here.provision_product(
            ProductId=self._product,
            ProvisioningArtifactId=version,
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in parameters.items()],
        )
        return self._ended(made)

    def update(self, version: str, *kept: str) -> Any:
        """The record of the update to a version, with these parameters as they are."""
        made = self._here.update_provisioned_product(
            ProvisionedProductName="blueprint",
            ProvisioningArtifactId=version,
            ProvisioningParameters=[{"Key": key, "UsePreviousValue": True} for key in kept],
        )
        return self._ended(made)

    def _ended(self, made: Any) -> Any:
        return self._here.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]

    def stack(self, region: str) -> tuple[str, dict[str, str]]:
        """The id and the outputs of the blueprint's stack."""
        found = client("cloudformation", self._keys, region).describe_stacks()["Stacks"]
        (stack,) = (it for it in found if it["StackName"].startswith(f"StackSet-SC-{self.account}-"))
        return stack["StackId"], {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}

    def parameters(self, region: str) -> dict[str, str]:
        """What is in Parameter Store."""
        ssm = client("ssm", self._keys, region)
        found = ssm.get_parameters_by_path(Path="/vpc", Recursive=True)["Parameters"]
        return {it["Name"]: it["Value"] for it in found}


@pytest.fixture
def zone(moto: None, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> LandingZone:
    settings.authorize = True
    copy_family(tmp_path, "account-blueprint", "account-blueprints", configs="-")
    made = LandingZone(root=tmp_path, run=run, monkeypatch=monkeypatch)
    made.edit(FAMILY, "workload: [workload, shared-services]", "workload: [workload]")
    made.edit(FAMILY, "stage: [nonprod, prod]", "stage: [nonprod]")
    return made


@cases(
    "regions",
    {"in the home Region": (REGION,), "in all governed Regions": whole((REGION, "eu-west-1"))},
)
def test_an_account_is_vended_and_moved_to_a_new_version(zone: LandingZone, regions: tuple[str, ...]) -> None:
    zone.publisher(zone.hub, "bootstrap", "--blueprint-access", zone.management, "--yes")
    zone.publisher(zone.hub, "bootstrap", "--yes")
    zone.publisher(zone.hub, "sync", "--yes")
    vended = Vended(zone=zone, account=zone.account("churn"), regions=regions)
    zone.publisher(
        *(zone.management, "bootstrap", "--stack-set", "--organizational-units", zone.unit),
        *("--hub-account", zone.hub, "--yes"),
    )
    vended.roles()
    vended.portfolio()
    first = vended.versions()["1.0.0"]
    # Without the statement that Control Tower requires of every policy.
    vended.allow(without="AllowCloudFormationActionsOnStacks")
    [error] = vended.provision(first, name="refused")["RecordErrors"]
    assert f"{BLUEPRINT}/" in error["Description"]
    assert "is not authorized to perform: cloudformation:CreateStack" in error["Description"]
    vended.allow()
    record = vended.provision(first, VpcCidr="10.70.0.0/16")
    assert (record["Status"], record["ProvisionedProductType"]) == ("SUCCEEDED", "CFN_STACKSET")
    before = {region: vended.stack(region) for region in regions}
    for region, (_, outputs) in before.items():
        assert vended.parameters(region) == {
            "/vpc/id": outputs["VpcId"],
            "/vpc/sg/id": outputs["SecurityGroupId"],
            "/vpc/subnets/private/ids": outputs["PrivateSubnetIds"],
            "/vpc/subnets/public/ids": outputs["PublicSubnetIds"],
        }
    zone.edit(FAMILY, 'version: "1.0.0"', 'version: "1.1.0"')
    with (zone.root / PARAMETERS).open("a") as file:
        file.write(MARK)
    zone.publisher(zone.hub, "sync", "--bootstrap", "--allow", "launch-role", "--yes")
    vended.allow()
    record = vended.update(vended.versions()["1.1.0"], "VpcCidr")
    assert record["Status"] == "SUCCEEDED"
    assert {region: vended.stack(region) for region in regions} == before
    assert [vended.parameters(region)["/vpc/version"] for region in regions] == ["2"] * len(regions)


def test_only_control_tower_comes_in(zone: LandingZone) -> None:
    zone.publisher(zone.hub, "bootstrap", "--blueprint-access", zone.management, "--yes")
    iam = client("iam", {})
    for path, name in (
        ("/", "AWSAdministratorAccess"),
        ("/", "developer"),
        ("/x/", "AWSAdministratorAccessX"),
    ):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trusting(AWS=zone.management))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allowing("*"))
    assert assumed(ACCESS, zone.hub, assumed("AWSAdministratorAccess", zone.management, {}))
    for name, path in (("developer", ""), ("AWSAdministratorAccessX", "x/")):
        keys = assumed(name, zone.management, {}, path)
        with pytest.raises(Exception, match="is not authorized to perform: sts:AssumeRole"):
            assumed(ACCESS, zone.hub, keys)
