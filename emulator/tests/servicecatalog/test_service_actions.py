"""Service actions: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html"""

import json
from typing import Any

import pytest

from catalog_emulator import settings
from catalog_emulator.servicecatalog.state import state_of
from catalog_emulator.servicecatalog.values import ServiceAction
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, Account, Launchable, client, refused

DEFINITION = {
    "Name": "AWS-StopEC2Instance",
    "Version": "1",
    "AssumeRole": "LAUNCH_ROLE",
    "Parameters": '[{"Name": "InstanceId", "Type": "TARGET"}, {"Name": "Why", "Type": "TEXT_VALUE"}]',
}
INSTANCE = """\
Resources:
  Instance:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-12c6146b, InstanceType: t3.micro}
  Topic: {Type: AWS::SNS::Topic}
"""


def create(account: Account, name: str = "stop", **more: Any) -> str:
    made = account.admin.create_service_action(
        **{"Name": name, "DefinitionType": "SSM_AUTOMATION", "Definition": DEFINITION, **more}
    )
    return str(made["ServiceActionDetail"]["ServiceActionSummary"]["Id"])


def names(answer: Any) -> list[str]:
    return [one["Name"] for one in answer["ServiceActionSummaries"]]


def test_service_action_lifecycle(account: Account) -> None:
    action = create(account, Description="Sleep.")
    described = account.admin.describe_service_action(Id=action)["ServiceActionDetail"]
    assert described == {
        "ServiceActionSummary": {
            "Id": action,
            "Name": "stop",
            "Description": "Sleep.",
            "DefinitionType": "SSM_AUTOMATION",
        },
        "Definition": DEFINITION,
    }
    definition = {"Name": "AWS-StartEC2Instance", "Version": "2"}
    account.admin.update_service_action(Id=action, Name="start", Definition=definition, Description="")
    changed = account.admin.update_service_action(Id=action)["ServiceActionDetail"]
    assert (changed["ServiceActionSummary"]["Name"], changed["Definition"]) == ("start", definition)
    create(account)
    first = account.admin.list_service_actions(PageSize=1)
    rest = account.admin.list_service_actions(PageSize=1, PageToken=first["NextPageToken"])
    assert [*names(first), *names(rest)] == ["start", "stop"]
    account.admin.delete_service_action(Id=action)
    for call in (
        account.admin.describe_service_action,
        account.admin.update_service_action,
        account.admin.delete_service_action,
    ):
        with refused("ResourceNotFoundException", f"Service action {action} not found."):
            call(Id=action)


@cases(
    ("definition", "message"),
    {
        "no name": ({"Version": "1"}, "The definition has no Name."),
        "no version": ({"Name": "X"}, "The definition has no Version."),
        "role": ({**DEFINITION, "AssumeRole": "me"}, "AssumeRole must be a role's ARN or LAUNCH_ROLE."),
        "no JSON": ({**DEFINITION, "Parameters": "x"}, "Parameters must be a JSON list"),
        "no list": ({**DEFINITION, "Parameters": "{}"}, "Parameters must be a JSON list"),
        "type": (
            {**DEFINITION, "Parameters": '[{"Name": "a", "Type": "b"}]'},
            "objects with Name and Type (TARGET or TEXT_VALUE).",
        ),
    },
)
def test_definitions_are_checked(account: Account, definition: dict[str, str], message: str) -> None:
    action = create(account)
    with refused("InvalidParametersException", message):
        create(account, Definition=definition)
    with refused("InvalidParametersException", message):
        account.admin.update_service_action(Id=action, Definition=definition)


def test_quotas(account: Account) -> None:
    product, version = account.product()
    actions = [create(account, f"a{number}") for number in range(26)]
    for action in actions[:25]:
        account.admin.associate_service_action_with_provisioning_artifact(
            ProductId=product, ProvisioningArtifactId=version, ServiceActionId=action
        )
    one_more = {"ProductId": product, "ProvisioningArtifactId": version, "ServiceActionId": actions[25]}
    with refused("LimitExceededException", "the limit of 25 service actions of a provisioning artifact."):
        account.admin.associate_service_action_with_provisioning_artifact(**one_more)
    failed = account.admin.batch_associate_service_action_with_provisioning_artifact(
        ServiceActionAssociations=[one_more]
    )["FailedServiceActionAssociations"]
    assert [one["ErrorCode"] for one in failed] == ["LIMIT_EXCEEDED"]
    state = state_of(ACCOUNT, REGION)
    state.service_actions |= {
        str(number): ServiceAction(id="x", name="x", definition_type="x", definition={}, description=None)
        for number in range(174)
    }
    with refused("LimitExceededException", "the limit of 200 service actions."):
        create(account)


def test_associations(account: Account) -> None:
    product, version = account.product()
    action = create(account)
    key = {"ProductId": product, "ProvisioningArtifactId": version, "ServiceActionId": action}
    associate = account.admin.associate_service_action_with_provisioning_artifact
    disassociate = account.admin.disassociate_service_action_from_provisioning_artifact
    associate(**key)
    with refused("DuplicateResourceException", f"Service action {action} is already associated with"):
        associate(**key)
    listed = account.admin.list_service_actions_for_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version
    )
    assert names(listed) == ["stop"]
    [view] = account.admin.list_provisioning_artifacts_for_service_action(ServiceActionId=action)[
        "ProvisioningArtifactViews"
    ]
    assert view["ProductViewSummary"]["ProductId"] == product
    assert view["ProvisioningArtifact"]["Id"] == version
    with refused("ResourceInUseException", f"Service action {action} is associated with"):
        account.admin.delete_service_action(Id=action)
    with refused("ResourceInUseException", f"Product {product} is associated with service actions."):
        account.admin.delete_product(Id=product)
    account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("2"))
    with refused("ResourceInUseException", f"Provisioning artifact {version} is associated with"):
        account.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=version)
    disassociate(**key)
    with refused("ResourceNotFoundException", f"Service action {action} is not associated with {version}."):
        disassociate(**key)


@cases(
    ("member", "message"),
    {
        "product": ("ProductId", "Product none not found."),
        "version": ("ProvisioningArtifactId", "Provisioning artifact none of product"),
        "action": ("ServiceActionId", "Service action none not found."),
    },
)
def test_unknown_ids(account: Account, member: str, message: str) -> None:
    product, version = account.product()
    key = {"ProductId": product, "ProvisioningArtifactId": version, "ServiceActionId": create(account)}
    key[member] = "none"
    for call in (
        account.admin.associate_service_action_with_provisioning_artifact,
        account.admin.disassociate_service_action_from_provisioning_artifact,
    ):
        with refused("ResourceNotFoundException", message):
            call(**key)
    if member == "ServiceActionId":
        with refused("ResourceNotFoundException", message):
            account.admin.list_provisioning_artifacts_for_service_action(ServiceActionId="none")
    else:
        del key["ServiceActionId"]
        with refused("ResourceNotFoundException", message):
            account.admin.list_service_actions_for_provisioning_artifact(**key)


def test_batches(account: Account) -> None:
    product, version = account.product()
    good = {"ProductId": product, "ProvisioningArtifactId": version, "ServiceActionId": create(account)}
    bad = {**good, "ServiceActionId": "act-none"}
    associate = account.admin.batch_associate_service_action_with_provisioning_artifact
    assert associate(ServiceActionAssociations=[good])["FailedServiceActionAssociations"] == []
    failed = associate(ServiceActionAssociations=[bad, good])["FailedServiceActionAssociations"]
    assert failed == [
        {**bad, "ErrorCode": "RESOURCE_NOT_FOUND", "ErrorMessage": "Service action act-none not found."},
        {
            **good,
            "ErrorCode": "DUPLICATE_RESOURCE",
            "ErrorMessage": f"Service action {good['ServiceActionId']} is already associated with {version}.",
        },
    ]
    disassociate = account.admin.batch_disassociate_service_action_from_provisioning_artifact
    failed = disassociate(ServiceActionAssociations=[good, bad])["FailedServiceActionAssociations"]
    assert [one["ServiceActionId"] for one in failed] == ["act-none"]
    for call in (associate, disassociate):
        with refused("InvalidParametersException", "The request has a duplicate association."):
            call(ServiceActionAssociations=[bad, bad])


class Executor(Launchable):
    """An instance that was launched, and an action that stops it."""

    def __init__(self, account: Account) -> None:
        super().__init__(account, url=account.put("instance.yaml", INSTANCE))
        account.role("launch")
        self.constrain("LAUNCH", {"LocalRoleName": "launch"})
        self.launched = self.provision()["ProvisionedProductId"]
        [reservation] = client("ec2").describe_instances()["Reservations"]
        self.instance = reservation["Instances"][0]["InstanceId"]
        self.action = self.associated()

    def associated(self, **definition: str) -> str:
        """An action of the version's."""
        action = create(self.account, Definition={**DEFINITION, **definition})
        self.account.admin.associate_service_action_with_provisioning_artifact(
            **self.key, ServiceActionId=action
        )
        return action

    def execute(self, action: str | None = None, **more: Any) -> Any:
        """The record of an execution, as it ended."""
        made = self.user.execute_provisioned_product_service_action(
            ProvisionedProductId=self.launched, ServiceActionId=action or self.action, **more
        )
        return self.user.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]

    def state(self) -> str:
        """What the instance does."""
        [reservation] = client("ec2").describe_instances()["Reservations"]
        return str(reservation["Instances"][0]["State"]["Name"])


@pytest.fixture
def executor(account: Account) -> Executor:
    return Executor(account)


def test_execution(executor: Executor) -> None:
    found = executor.user.describe_service_action_execution_parameters(
        ProvisionedProductId=executor.launched, ServiceActionId=executor.action
    )["ServiceActionParameters"]
    assert found == [
        {"Name": "InstanceId", "Type": "TARGET", "DefaultValues": [executor.instance]},
        {"Name": "Why", "Type": "TEXT_VALUE", "DefaultValues": []},
    ]
    record = executor.execute(Parameters={"Why": ["night"]})
    assert (record["Status"], executor.state()) == ("SUCCEEDED", "stopped")
    start = executor.associated(Name="AWS-StartEC2Instance")
    record = executor.execute(start, Parameters={"InstanceId": [executor.instance]})
    assert (record["Status"], executor.state()) == ("SUCCEEDED", "running")
    product = executor.provisioned()
    assert (product["Status"], product["LastRecordId"]) == ("AVAILABLE", record["RecordId"])
    assert product["LastProvisioningRecordId"] != record["RecordId"]


def failure(record: Any) -> str:
    assert record["Status"] == "FAILED"
    return str(record["RecordErrors"][0]["Description"])


def document(name: str, **more: str) -> None:
    content = {"schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:sleep", "inputs": {}}]}
    client("ssm").create_document(
        Name=name, DocumentType="Automation", Content=json.dumps(content), DocumentFormat="JSON", **more
    )


def test_failures(executor: Executor) -> None:
    strange = executor.execute(Parameters={"InstanceId": ["i-1"]})
    assert failure(strange) == (
        "The following values for the parameter are not allowed because they are not in the "
        "provisioned product: i-1"
    )
    unknown = executor.associated(Name="none")
    assert failure(executor.execute(unknown)) == "Document with that name does not exist"
    with refused("InvalidParametersException", "Document with that name does not exist"):
        executor.user.describe_service_action_execution_parameters(
            ProvisionedProductId=executor.launched, ServiceActionId=unknown
        )
    document("untyped")
    assert failure(executor.execute(executor.associated(Name="untyped"))) == (
        "TargetType not defined for SSM Automation document"
    )
    document("queues", TargetType="/AWS::SQS::Queue")
    assert failure(executor.execute(executor.associated(Name="queues"))) == (
        "Cannot find any resources with type AWS::SQS::Queue in provisioned product"
    )
    document("topics", TargetType="/AWS::SNS::Topic")
    assert failure(executor.execute(executor.associated(Name="topics"))) == (
        "The local endpoint does not execute the steps of document topics."
    )
    client("ec2").modify_instance_attribute(InstanceId=executor.instance, DisableApiStop={"Value": True})
    assert failure(executor.execute()).startswith("Step fails when it is executing/canceling action.")


@cases(
    ("role", "reason"),
    {
        "no launch role": ("LAUNCH_ROLE", "Failed to retrieve credentials for role"),
        "no such role": ("none", "Access denied while assuming the role"),
        "no trust": ("stranger", "Access denied while assuming the role"),
        "not allowed": (
            "idle",
            (
                "An error occurred (AccessDeniedException) when calling the StartAutomationExecution "
                "operation: User: arn:aws:sts::123456789012:assumed-role/idle/servicecatalog is not "
                "authorized to perform: ssm:StartAutomationExecution on resource: "
                "arn:aws:ssm:us-west-2:123456789012:automation-definition/AWS-StopEC2Instance:1 "
                "because no identity-based policy allows the ssm:StartAutomationExecution action"
            ),
        ),
    },
)
def test_roles_that_cannot_execute(executor: Executor, role: str, reason: str) -> None:
    state = state_of(ACCOUNT, REGION)
    state.provisioned[executor.launched].launch_role_arn = None
    executor.account.role("stranger", trust={"Statement": []})
    executor.account.role("idle")
    executor.account.iam.delete_role_policy(RoleName="idle", PolicyName="everything")
    arn = role if role == "LAUNCH_ROLE" else f"arn:aws:iam::{ACCOUNT}:role/{role}"
    assert failure(executor.execute(executor.associated(AssumeRole=arn))) == reason


def test_role_that_can_execute(executor: Executor) -> None:
    action = executor.associated(AssumeRole=executor.account.role("operator"))
    assert (executor.execute(action)["Status"], executor.state()) == ("SUCCEEDED", "stopped")


def test_action_without_a_role_has_the_rights_of_its_caller(executor: Executor) -> None:
    settings.authorize = True
    definition = {name: value for name, value in DEFINITION.items() if name != "AssumeRole"}
    action = create(executor.account, Definition=definition)
    executor.account.admin.associate_service_action_with_provisioning_artifact(
        **executor.key, ServiceActionId=action
    )
    user = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one/someone is not authorized to perform: "
    for allowed, missing in (("servicecatalog:*", "ssm:Start"), ("ssm:*", "ec2:StopInstances on resource")):
        statement = {"Effect": "Allow", "Action": ["servicecatalog:*", allowed], "Resource": "*"}
        executor.account.iam.put_role_policy(
            RoleName="ml-team-one",
            PolicyName="everything",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        assert f"{user}{missing}" in failure(executor.execute(action))
    assert executor.state() == "running"


def test_executions_are_refused(executor: Executor) -> None:
    with refused("InvalidParametersException", "Parameter X is not defined in service action definition."):
        executor.execute(Parameters={"X": ["1"]})
    with refused("ResourceNotFoundException", "Service action act-none not found."):
        executor.execute("act-none")
    with refused("ResourceNotFoundException", "is not associated with provisioning artifact"):
        executor.execute(create(executor.account))
    with refused("ResourceNotFoundException", "Provisioned product pp-none not found."):
        executor.user.describe_service_action_execution_parameters(
            ProvisionedProductId="pp-none", ServiceActionId=executor.action
        )
    state = state_of(ACCOUNT, REGION)
    state.provisioned[executor.launched].status = "UNDER_CHANGE"
    with refused("InvalidStateException", "is in status UNDER_CHANGE."):
        executor.execute()
