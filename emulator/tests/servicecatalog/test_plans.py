"""Plans: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisionedProductPlan.html"""

from typing import Any

import pytest

from catalog_emulator.servicecatalog.state import state_of
from tests.servicecatalog.account import ACCOUNT, REGION, TEMPLATE, Account, Launchable, client, refused

NAMED = TEMPLATE.replace("!Ref Title}", "!Ref Title, TopicName: !Ref Title}")


class Planner(Launchable):
    """A product that is planned before it is launched."""

    def create(self, title: str = "one", **more: Any) -> str:
        """A plan's id."""
        made = self.user.create_provisioned_product_plan(
            **{
                "PlanName": "look first",
                "PlanType": "CLOUDFORMATION",
                **self.key,
                "ProvisionedProductName": "mine",
                "ProvisioningParameters": [{"Key": "Title", "Value": title}],
                **more,
            }
        )
        return str(made["PlanId"])

    def describe(self, plan: str) -> Any:
        """The plan's details."""
        return self.user.describe_provisioned_product_plan(PlanId=plan)["ProvisionedProductPlanDetails"]

    def changes(self, plan: str) -> Any:
        """What it would change."""
        return self.user.describe_provisioned_product_plan(PlanId=plan)["ResourceChanges"]

    def execute(self, plan: str) -> Any:
        """The current record of its execution."""
        made = self.user.execute_provisioned_product_plan(PlanId=plan)["RecordDetail"]
        assert made["Status"] == "CREATED"
        return self.user.describe_record(Id=made["RecordId"])


@pytest.fixture
def planner(account: Account) -> Planner:
    return Planner(account, url=account.put("named.yaml", NAMED))


def topics() -> list[str]:
    return [one["TopicArn"].rsplit(":", 1)[-1] for one in client("sns").list_topics()["Topics"]]


def test_a_new_product(planner: Planner) -> None:
    plan = planner.create(Tags=[{"Key": "team", "Value": "ml"}])
    product = planner.provisioned()
    assert product["Status"] == "PLAN_IN_PROGRESS"
    assert planner.changes(plan) == [
        {
            "Action": "ADD",
            "LogicalResourceId": "Topic",
            "ResourceType": "AWS::SNS::Topic",
            "Scope": [],
            "Details": [],
        }
    ]
    details = planner.describe(plan)
    [path] = planner.user.list_launch_paths(ProductId=planner.product)["LaunchPathSummaries"]
    assert {key: value for key, value in details.items() if not key.endswith("Time")} == {
        "PlanId": plan,
        "PlanName": "look first",
        "PlanType": "CLOUDFORMATION",
        "PathId": path["Id"],
        "ProductId": planner.product,
        "ProvisioningArtifactId": planner.version,
        "ProvisionProductId": product["Id"],
        "ProvisionProductName": "mine",
        "ProvisioningParameters": [{"Key": "Title", "Value": "one"}],
        "NotificationArns": [],
        "Tags": [{"Key": "team", "Value": "ml"}],
        "Status": "CREATE_SUCCESS",
    }
    assert topics() == []
    record = planner.execute(plan)
    assert (record["RecordDetail"]["Status"], record["RecordDetail"]["RecordType"]) == (
        "SUCCEEDED",
        "PROVISION_PRODUCT",
    )
    assert [one["OutputKey"] for one in record["RecordOutputs"]] == ["CloudformationStackARN", "TopicArn"]
    assert topics() == ["one"]
    assert planner.describe(plan)["Status"] == "EXECUTE_SUCCESS"
    assert planner.provisioned()["Status"] == "AVAILABLE"
    [stack] = client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackName"] == f"SC-{ACCOUNT}-{product['Id']}"
    assert {"Key": "team", "Value": "ml"} in stack["Tags"]


def test_an_update(planner: Planner) -> None:
    planner.execute(first := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=first)
    plan = planner.create("two")
    assert planner.provisioned()["Status"] == "AVAILABLE"
    [change] = planner.changes(plan)
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("MODIFY", "TRUE", ["PROPERTIES"])
    assert {
        detail["Target"]["Name"]: detail["Target"]["RequiresRecreation"] for detail in change["Details"]
    } == {"DisplayName": "NEVER", "TopicName": "ALWAYS"}
    record = planner.execute(plan)["RecordDetail"]
    assert (record["Status"], record["RecordType"]) == ("SUCCEEDED", "UPDATE_PROVISIONED_PRODUCT")
    assert topics() == ["two"]
    with refused("InvalidStateException", f"Plan {plan} is in status EXECUTE_SUCCESS."):
        planner.user.execute_provisioned_product_plan(PlanId=plan)


def test_nothing_to_update(planner: Planner) -> None:
    planner.execute(first := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=first)
    plan = planner.create()
    assert planner.describe(plan)["Status"] == "CREATE_FAILED"
    assert "didn't contain changes" in planner.describe(plan)["StatusMessage"]
    with refused("InvalidStateException", f"Plan {plan} is in status CREATE_FAILED."):
        planner.user.execute_provisioned_product_plan(PlanId=plan)


def test_one_plan_per_product(planner: Planner) -> None:
    planner.create()
    with refused("InvalidStateException", "already has a plan."):
        planner.create()
    with refused("DuplicateResourceException", "A provisioned product named mine already exists."):
        planner.user.provision_product(
            ProductId=planner.product, ProvisioningArtifactId=planner.version, ProvisionedProductName="mine"
        )
    with refused("InvalidParametersException", "is in status PLAN_IN_PROGRESS."):
        planner.user.update_provisioned_product(ProvisionedProductName="mine")


def test_statuses_that_cannot_be_planned(planner: Planner) -> None:
    planner.account.constrain(planner.portfolio, planner.product, "LAUNCH", {"LocalRoleName": "none"})
    planner.user.provision_product(
        ProductId=planner.product, ProvisioningArtifactId=planner.version, ProvisionedProductName="mine"
    )
    with refused("InvalidStateException", "is in status ERROR."):
        planner.create()
    plan = planner.create(ProvisionedProductName="other")
    details = planner.describe(plan)
    assert details["Status"] == "CREATE_FAILED"
    assert details["StatusMessage"] == f"The launch role arn:aws:iam::{ACCOUNT}:role/none does not exist."


def test_deletion(planner: Planner) -> None:
    plan = planner.create()
    planner.user.delete_provisioned_product_plan(PlanId=plan)
    with refused("ResourceNotFoundException", "Provisioned product mine not found."):
        planner.provisioned()
    for call in (
        planner.user.describe_provisioned_product_plan,
        planner.user.execute_provisioned_product_plan,
        planner.user.delete_provisioned_product_plan,
    ):
        with refused("ResourceNotFoundException", f"Plan {plan} not found."):
            call(PlanId=plan)
    planner.execute(plan := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=plan)
    assert planner.provisioned()["Status"] == "AVAILABLE"


def test_deletion_after_a_failed_execution(account: Account) -> None:
    body = "Resources: {Log: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !ImportValue none}}}"
    planner = Planner(account, url=account.put("log.yaml", body))
    plan = planner.create(ProvisioningParameters=[])
    assert planner.execute(plan)["RecordDetail"]["Status"] == "FAILED"
    with refused("ValidationException", "Cannot delete ChangeSet in execution status EXECUTE_FAILED"):
        planner.user.delete_provisioned_product_plan(PlanId=plan)
    planner.user.delete_provisioned_product_plan(PlanId=plan, IgnoreErrors=True)
    assert planner.user.list_provisioned_product_plans()["ProvisionedProductPlans"] == []


def test_termination_deletes_the_plan(planner: Planner) -> None:
    plan = planner.create()
    planner.user.terminate_provisioned_product(ProvisionedProductName="mine")
    with refused("ResourceNotFoundException", f"Plan {plan} not found."):
        planner.describe(plan)


def test_execution_while_another_operation_runs(planner: Planner) -> None:
    planner.execute(first := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=first)
    plan = planner.create("two")
    state = state_of(ACCOUNT, REGION)
    state.provisioned[planner.provisioned()["Id"]].status = "UNDER_CHANGE"
    with refused("InvalidStateException", "is in status UNDER_CHANGE."):
        planner.user.execute_provisioned_product_plan(PlanId=plan)


def test_lists(planner: Planner) -> None:
    plan = planner.create()
    product = planner.provisioned()["Id"]
    listed = planner.user.list_provisioned_product_plans
    [found] = listed(ProvisionProductId=product)["ProvisionedProductPlans"]
    assert found == {
        "PlanId": plan,
        "PlanName": "look first",
        "PlanType": "CLOUDFORMATION",
        "ProvisionProductId": product,
        "ProvisionProductName": "mine",
        "ProvisioningArtifactId": planner.version,
    }
    everybody = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
    assert planner.account.admin.list_provisioned_product_plans()["ProvisionedProductPlans"] == []
    assert planner.account.admin.list_provisioned_product_plans(**everybody)["ProvisionedProductPlans"] == [
        found
    ]
    with refused("ResourceNotFoundException", "Provisioned product pp-none not found."):
        listed(ProvisionProductId="pp-none")
    with refused("InvalidParametersException", "The page token is not valid"):
        listed(PageToken="x")
    with refused("InvalidParametersException", "The page token is not valid"):
        planner.user.describe_provisioned_product_plan(PlanId=plan, PageToken="x")


def test_unknown_ids(planner: Planner) -> None:
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        planner.create(ProductId="prod-none")
    with refused("InvalidParametersException", "must contain at most 10 characters"):
        planner.create("much too long")


def test_tags_need_a_constraint(planner: Planner) -> None:
    planner.execute(first := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=first)
    tags = [{"Key": "team", "Value": "ml"}]
    with refused("InvalidParametersException", "no RESOURCE_UPDATE constraint allows it."):
        planner.create("two", Tags=tags)
    planner.account.constrain(
        planner.portfolio,
        planner.product,
        "RESOURCE_UPDATE",
        {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}},
    )
    planner.create("two", Tags=tags)


def test_plan_is_obsolete_after_an_update(planner: Planner) -> None:
    planner.execute(first := planner.create())
    planner.user.delete_provisioned_product_plan(PlanId=first)
    plan = planner.create("two")
    title: Any = [{"Key": "Title", "Value": "three"}]
    planner.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningParameters=title)
    assert planner.provisioned()["Status"] == "AVAILABLE"
    with refused("InvalidStateException", f"has changed since plan {plan} was created."):
        planner.execute(plan)


def test_finished_termination_deletes_plans_in_lists(planner: Planner) -> None:
    planner.create()
    planner.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert planner.user.list_provisioned_product_plans()["ProvisionedProductPlans"] == []
