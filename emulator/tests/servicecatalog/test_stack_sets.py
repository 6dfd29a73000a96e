"""Products with a STACKSET constraint.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-stackset.html
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisioningPreferences.html
"""

from typing import Any

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends

from tests.conftest import cases
from tests.servicecatalog.account import (
    ACCOUNT,
    REGION,
    TEMPLATE,
    Account,
    Elsewhere,
    Launchable,
    client,
    refused,
    stack_set,
    trust,
)

OTHER = "222222222222"
ADMIN_TRUST = trust({"Service": "cloudformation.amazonaws.com"})
EXECUTION_TRUST = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/stack-admin"})


class StackSetProduct(Launchable):
    """A product that goes to two accounts in two Regions."""

    def __init__(self, account: Account, *, roles: bool = True) -> None:
        super().__init__(account)
        self.other = Elsewhere(OTHER)
        self.constrain("STACKSET", stack_set([ACCOUNT, OTHER], REGION, "eu-west-1"))
        if roles:
            account.role("stack-admin", trust=ADMIN_TRUST)
            account.role("stack-execution", trust=EXECUTION_TRUST)
            self.other.role("stack-execution", trust=EXECUTION_TRUST)

    def provision(self, name: str = "fleet", **more: Any) -> Any:
        """The record of a finished launch."""
        made = self.user.provision_product(
            ProductId=self.product, ProvisioningArtifactId=self.version, ProvisionedProductName=name, **more
        )
        return self.ended(made)

    def update(self, **more: Any) -> Any:
        """The record of a finished update."""
        return self.ended(self.user.update_provisioned_product(ProvisionedProductName="fleet", **more))

    def ended(self, made: Any) -> Any:
        """The current record."""
        record = self.user.describe_record(Id=made["RecordDetail"]["RecordId"])
        assert record["RecordOutputs"] == []
        return record["RecordDetail"]

    def product_detail(self) -> Any:
        """The provisioned product."""
        return self.user.describe_provisioned_product(Name="fleet")["ProvisionedProductDetail"]

    def instances(self) -> list[tuple[str, str, str]]:
        """Its stack instances."""
        found = self.user.list_stack_instances_for_provisioned_product(
            ProvisionedProductId=self.product_detail()["Id"]
        )
        return [
            (one["Account"], one["Region"], one["StackInstanceStatus"]) for one in found["StackInstances"]
        ]


@pytest.fixture
def fleet(account: Account) -> StackSetProduct:
    return StackSetProduct(account)


def formation(account_id: str) -> Any:
    return cloudformation_backends[account_id][REGION]


def titles(fleet: StackSetProduct) -> dict[tuple[str, str], str]:
    """What each topic is called, by account and Region."""
    found = {}
    for account_id, cloud in ((ACCOUNT, client), (OTHER, fleet.other.client)):
        for region in (REGION, "eu-west-1"):
            sns: Any = cloud("sns")
            if region != REGION:
                keys = sns._request_signer._credentials
                sns = boto3.client(
                    "sns",
                    region_name=region,
                    aws_access_key_id=keys.access_key,
                    aws_secret_access_key=keys.secret_key,
                    aws_session_token=keys.token,
                )
            for topic in sns.list_topics()["Topics"]:
                attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
                found[account_id, region] = attributes["DisplayName"]
    return found


def test_into_all_accounts_and_regions(fleet: StackSetProduct) -> None:
    record = fleet.provision()
    assert (record["Status"], record["ProvisionedProductType"]) == ("SUCCEEDED", "CFN_STACKSET")
    assert fleet.instances() == [
        (account_id, region, "CURRENT") for region in (REGION, "eu-west-1") for account_id in (ACCOUNT, OTHER)
    ]
    places = [(account_id, region) for account_id in (ACCOUNT, OTHER) for region in (REGION, "eu-west-1")]
    assert titles(fleet) == dict.fromkeys(places, "hello")
    detail = fleet.product_detail()
    assert (detail["Type"], detail["Status"]) == ("CFN_STACKSET", "AVAILABLE")
    [stack_set] = client("cloudformation").list_stack_sets()["Summaries"]
    assert stack_set["StackSetName"] == f"SC-{ACCOUNT}-{detail['Id']}"
    [found] = fleet.user.search_provisioned_products()["ProvisionedProducts"]
    assert found["PhysicalId"].endswith(f":stackset/{stack_set['StackSetId']}")
    # AutoTags are not supported with stack sets.
    assert found["Tags"] == []


def test_update_and_terminate(fleet: StackSetProduct) -> None:
    fleet.provision(ProvisioningPreferences={"StackSetRegions": [REGION]})
    record = fleet.update(ProvisioningParameters=[{"Key": "Title", "Value": "bye"}])
    assert record["Status"] == "SUCCEEDED"
    assert titles(fleet) == {(ACCOUNT, REGION): "bye", (OTHER, REGION): "bye"}
    record = fleet.update(
        ProvisioningPreferences={"StackSetOperationType": "CREATE", "StackSetRegions": ["eu-west-1"]}
    )
    assert record["Status"] == "SUCCEEDED"
    assert set(titles(fleet).values()) == {"bye"}
    assert len(titles(fleet)) == 4
    record = fleet.update(
        ProvisioningPreferences={"StackSetOperationType": "DELETE", "StackSetAccounts": [OTHER]}
    )
    assert record["Status"] == "SUCCEEDED"
    assert [account_id for account_id, _, _ in fleet.instances()] == [ACCOUNT, ACCOUNT]
    terminated = fleet.user.terminate_provisioned_product(ProvisionedProductName="fleet")
    assert fleet.ended(terminated)["Status"] == "SUCCEEDED"
    assert titles(fleet) == {}
    assert client("cloudformation").list_stack_sets(Status="ACTIVE")["Summaries"] == []
    with refused("ResourceNotFoundException", "Provisioned product fleet not found."):
        fleet.product_detail()


def test_to_a_new_version(fleet: StackSetProduct) -> None:
    fleet.provision(ProvisioningPreferences={"StackSetAccounts": [OTHER]})
    url = fleet.account.put("2.yaml", TEMPLATE.replace("!Ref Title", "second"))
    made = fleet.account.admin.create_provisioning_artifact(
        ProductId=fleet.product, Parameters=fleet.account.version("2.0.0", url)
    )
    fleet.update(ProvisioningArtifactId=made["ProvisioningArtifactDetail"]["Id"])
    assert titles(fleet) == {(OTHER, REGION): "second", (OTHER, "eu-west-1"): "second"}


@cases(
    ("preferences", "message"),
    {
        "account": ({"StackSetAccounts": ["333333333333"]}, "StackSetAccounts has 333333333333, which"),
        "Region": ({"StackSetRegions": ["us-east-1"]}, "StackSetRegions has us-east-1, which"),
        "tolerance twice": (
            {"StackSetFailureToleranceCount": 1, "StackSetFailureTolerancePercentage": 1},
            "Specify either StackSetFailureToleranceCount or StackSetFailureTolerancePercentage, not both.",
        ),
        "concurrency twice": (
            {"StackSetMaxConcurrencyCount": 1, "StackSetMaxConcurrencyPercentage": 1},
            "Specify either StackSetMaxConcurrencyCount or StackSetMaxConcurrencyPercentage, not both.",
        ),
        "concurrency without tolerance": (
            {"StackSetMaxConcurrencyCount": 2},
            "StackSetMaxConcurrencyCount must be at most one more than the failure tolerance.",
        ),
    },
)
def test_preferences_are_checked(fleet: StackSetProduct, preferences: dict[str, Any], message: str) -> None:
    with refused("InvalidParametersException", message):
        fleet.provision(ProvisioningPreferences=preferences)


def test_without_an_administration_role(account: Account) -> None:
    fleet = StackSetProduct(account, roles=False)
    role = f"arn:aws:iam::{ACCOUNT}:role/stack-admin"
    [error] = fleet.provision()["RecordErrors"]
    assert error["Description"] == f"The administration role {role} does not exist."
    assert fleet.product_detail()["Status"] == "ERROR"
    account.role("stack-admin")
    [error] = fleet.provision("again")["RecordErrors"]
    assert "it does not trust cloudformation.amazonaws.com." in error["Description"]


@cases(
    ("tolerance", "status", "second"),
    {
        "the first Region is the last": ({}, "FAILED", "OUTDATED"),
        "one of two may fail": ({"StackSetFailureTolerancePercentage": 50}, "SUCCEEDED", "CURRENT"),
    },
)
def test_failure_tolerance(account: Account, tolerance: dict[str, Any], status: str, second: str) -> None:
    fleet = StackSetProduct(account, roles=False)
    account.role("stack-admin", trust=ADMIN_TRUST)
    account.role("stack-execution", trust=EXECUTION_TRUST)
    record = fleet.provision(ProvisioningPreferences=tolerance)
    assert record["Status"] == status
    if status == "FAILED":
        assert record["RecordErrors"][0]["Description"] == (
            f"{OTHER} {REGION}: Account {OTHER} should have 'stack-execution' role "
            "with trust relationship to Role 'stack-admin'."
        )
    assert fleet.instances() == [
        (ACCOUNT, REGION, "CURRENT"),
        (OTHER, REGION, "OUTDATED"),
        (ACCOUNT, "eu-west-1", second),
        (OTHER, "eu-west-1", "OUTDATED"),
    ]


def test_a_stack_that_fails(fleet: StackSetProduct) -> None:
    sns = fleet.other.client("sns")
    sns.create_topic(Name="taken", Attributes={"DisplayName": "x"})
    body = TEMPLATE.replace("!Ref Title}", "!Ref Title, TopicName: taken}")
    fleet.account.admin.create_provisioning_artifact(
        ProductId=fleet.product, Parameters=fleet.account.version("2.0.0", fleet.account.put("2.yaml", body))
    )
    versions = fleet.user.describe_product(Id=fleet.product)["ProvisioningArtifacts"]
    fleet.version = versions[-1]["Id"]
    record = fleet.provision()
    assert record["Status"] == "FAILED"
    assert f"{OTHER} {REGION}: ResourceLogicalId:Topic" in record["RecordErrors"][0]["Description"]
    assert fleet.instances() == [
        (ACCOUNT, REGION, "CURRENT"),
        (OTHER, REGION, "OUTDATED"),
        (ACCOUNT, "eu-west-1", "OUTDATED"),
        (OTHER, "eu-west-1", "OUTDATED"),
    ]
    terminated = fleet.user.terminate_provisioned_product(ProvisionedProductName="fleet")
    assert fleet.ended(terminated)["Status"] == "SUCCEEDED"


def test_stacks_and_stack_sets_do_not_change_into_each_other(account: Account) -> None:
    portfolio, product, version = account.associated_product("plain")
    user = account.launcher(portfolio)
    made = user.provision_product(
        ProductId=product, ProvisioningArtifactId=version, ProvisionedProductName="plain"
    )
    plain = {"ProvisionedProductId": made["RecordDetail"]["ProvisionedProductId"]}
    with refused("InvalidParametersException", "is not of type CFN_STACKSET."):
        user.list_stack_instances_for_provisioned_product(**plain)
    with refused("ResourceNotFoundException", "Provisioned product pp-none not found."):
        user.list_stack_instances_for_provisioned_product(ProvisionedProductId="pp-none")
    with refused(
        "InvalidParametersException",
        "StackSetOperationType needs a provisioned product of type CFN_STACKSET.",
    ):
        user.update_provisioned_product(**plain, ProvisioningPreferences={"StackSetOperationType": "CREATE"})
    with refused("InvalidParametersException", "need a STACKSET constraint on the product."):
        user.update_provisioned_product(**plain, ProvisioningPreferences={"StackSetRegions": [REGION]})
    account.constrain(portfolio, product, "STACKSET", stack_set([ACCOUNT], REGION))
    with refused("InvalidParametersException", "is a CFN_STACK."):
        user.update_provisioned_product(**plain)


def test_in_progress(fleet: StackSetProduct) -> None:
    made = fleet.user.provision_product(
        ProductId=fleet.product, ProvisioningArtifactId=fleet.version, ProvisionedProductName="fleet"
    )
    [stack_set] = formation(ACCOUNT).stacksets.values()
    stack_set.operations[0].status = "RUNNING"
    assert fleet.ended(made)["Status"] == "IN_PROGRESS"
    stack_set.operations[0].status = "SUCCEEDED"
    assert fleet.ended(made)["Status"] == "SUCCEEDED"


def test_a_stack_that_cannot_start(fleet: StackSetProduct) -> None:
    fleet.provision()
    [stack] = formation(OTHER).stacks.values()
    stack.status = "UPDATE_ROLLBACK_FAILED"
    record = fleet.update(ProvisioningParameters=[{"Key": "Title", "Value": "bye"}])
    assert f"{OTHER} {REGION}: Stack:{stack.stack_id} is in UPDATE_ROLLBACK_FAILED state" in str(
        record["RecordErrors"]
    )
    assert fleet.product_detail()["Status"] == "TAINTED"


def test_no_plan_and_no_service_action(fleet: StackSetProduct) -> None:
    with refused("InvalidParametersException", "cannot be planned."):
        fleet.user.create_provisioned_product_plan(
            PlanName="x",
            PlanType="CLOUDFORMATION",
            ProductId=fleet.product,
            ProvisioningArtifactId=fleet.version,
            ProvisionedProductName="fleet",
        )
    fleet.provision()
    definition = {
        "Name": "AWS-StopEC2Instance",
        "Version": "1",
        "Parameters": '[{"Name": "InstanceId", "Type": "TARGET"}]',
    }
    action = fleet.account.admin.create_service_action(
        Name="stop", DefinitionType="SSM_AUTOMATION", Definition=definition
    )["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
    fleet.account.admin.associate_service_action_with_provisioning_artifact(
        ProductId=fleet.product, ProvisioningArtifactId=fleet.version, ServiceActionId=action
    )
    [parameter] = fleet.user.describe_service_action_execution_parameters(
        ProvisionedProductId=fleet.product_detail()["Id"], ServiceActionId=action
    )["ServiceActionParameters"]
    assert parameter["DefaultValues"] == []
