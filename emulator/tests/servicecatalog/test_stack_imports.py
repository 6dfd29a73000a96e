"""Imports of stacks, and changes of ownership.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ImportAsProvisionedProduct.html
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisionedProductProperties.html
"""

from typing import Any

import pytest

from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.state import state_of
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, TEMPLATE, Account, Launchable, client, refused


class Importer(Launchable):
    """A role that imports a stack of the same template as a product."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.stacks = client("cloudformation")
        self.stack = self.make("mine")

    def make(self, name: str, body: str = TEMPLATE) -> str:
        """A stack's id."""
        return str(self.stacks.create_stack(StackName=name, TemplateBody=body)["StackId"])

    def take(self, name: str = "mine", **more: Any) -> Any:
        """The record of an import."""
        made = self.user.import_as_provisioned_product(
            **{**self.key, "ProvisionedProductName": name, "PhysicalId": self.stack, **more}
        )
        return self.user.describe_record(Id=made["RecordDetail"]["RecordId"])

    def held(self, name: str = "mine") -> Any:
        """The backend's provisioned product."""
        return ProvisionedProducts(state_of(ACCOUNT, REGION)).find(None, name)


@pytest.fixture
def importer(account: Account) -> Importer:
    return Importer(account)


def test_a_stack(importer: Importer) -> None:
    importer.account.constrain(importer.portfolio, importer.product, "LAUNCH", {"LocalRoleName": "launch"})
    record = importer.take()
    assert (record["RecordDetail"]["Status"], record["RecordOutputs"][0]["OutputValue"]) == (
        "SUCCEEDED",
        importer.stack,
    )
    # Constraints hold from the first update on.
    assert "LaunchRoleArn" not in record["RecordDetail"]
    product = importer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert (product["Status"], product["ProvisioningArtifactId"]) == ("AVAILABLE", importer.version)
    outputs = importer.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    assert [one["OutputKey"] for one in outputs] == ["CloudformationStackARN", "TopicArn"]
    updated = importer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "bye"}]
    )["RecordDetail"]
    failed = importer.user.describe_record(Id=updated["RecordId"])["RecordDetail"]
    assert "role/launch does not exist." in failed["RecordErrors"][0]["Description"]
    importer.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert importer.stacks.describe_stacks()["Stacks"] == []


def test_imports_are_refused(importer: Importer) -> None:
    other = importer.make("other", TEMPLATE + "# the same but for a remark\n")
    different = importer.make("different", TEMPLATE.replace("hello", "hi"))
    importer.take()
    with refused("DuplicateResourceException", "A provisioned product named mine already exists."):
        importer.take(PhysicalId=other)
    with refused("DuplicateResourceException", "Stack mine belongs to provisioned product pp-"):
        importer.take("again")
    with refused("InvalidParametersException", "The template of stack different is not the one of"):
        importer.take("again", PhysicalId=different)
    with refused("InvalidParametersException", "Not the ARN of a stack: mine"):
        importer.take("again", PhysicalId="mine")
    with refused("ResourceNotFoundException", "not found."):
        importer.take("again", PhysicalId=f"{other}0")
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        importer.take("again", PhysicalId=other, ProductId="prod-none")
    with refused("ResourceNotFoundException", "Provisioning artifact pa-none"):
        importer.take("again", PhysicalId=other, ProvisioningArtifactId="pa-none")
    importer.take("again", PhysicalId=other)


def test_states_of_stacks(importer: Importer) -> None:
    stack = importer.make("broken", TEMPLATE.replace("!Ref Title}", "!Ref Title, TopicName: 'a b'}"))
    with refused("InvalidStateException", "Stack broken is in state ROLLBACK_COMPLETE."):
        importer.take(PhysicalId=stack)


def test_a_nested_stack(importer: Importer) -> None:
    url = importer.account.url
    body = f"Resources: {{Inner: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}'}}}}}}"
    importer.make("outer", body)
    inner = importer.stacks.describe_stack_resources(StackName="outer")["StackResources"][0]
    with refused("InvalidParametersException", "is nested in another one."):
        importer.take(PhysicalId=inner["PhysicalResourceId"])


def change(importer: Importer, **properties: str) -> Any:
    product = importer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    return importer.account.admin.update_provisioned_product_properties(
        ProvisionedProductId=product["Id"], ProvisionedProductProperties=properties
    )


def test_a_new_owner(importer: Importer) -> None:
    importer.take()
    role = importer.account.role("ml-team-two")
    heir = importer.account.session(role)
    assert heir.scan_provisioned_products()["ProvisionedProducts"] == []
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-two/someone"
    changed = change(importer, OWNER=session)
    assert (changed["Status"], changed["ProvisionedProductProperties"]) == ("SUCCEEDED", {"OWNER": session})
    assert [one["Name"] for one in heir.scan_provisioned_products()["ProvisionedProducts"]] == ["mine"]
    assert importer.user.scan_provisioned_products()["ProvisionedProducts"] == []
    [found] = heir.search_provisioned_products()["ProvisionedProducts"]
    assert (found["UserArn"], found["UserArnSession"]) == (role, session)
    record = importer.user.describe_record(Id=changed["RecordId"])["RecordDetail"]
    assert record["Status"] == "SUCCEEDED"
    change(importer, OWNER=role)
    level = {"Key": "Role", "Value": "self"}
    listed = heir.scan_provisioned_products(AccessLevelFilter=level)["ProvisionedProducts"]
    assert [one["Name"] for one in listed] == ["mine"]


def test_another_launch_role(importer: Importer) -> None:
    importer.take()
    role = importer.account.role("rescue")
    change(importer, LAUNCH_ROLE=role)
    updated = importer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "bye"}]
    )["RecordDetail"]
    assert updated["LaunchRoleArn"] == role
    ended = importer.user.describe_record(Id=updated["RecordId"])["RecordDetail"]
    assert (ended["Status"], ended["RecordErrors"]) == ("SUCCEEDED", [])
    [stack] = importer.stacks.describe_stacks()["Stacks"]
    assert stack["RoleARN"] == role


@cases(
    ("properties", "message"),
    {
        "no ARN": ({"OWNER": "me"}, "Not the ARN of a user, role or session: me"),
        "elsewhere": (
            {"OWNER": "arn:aws:iam::222222222222:user/x"},
            "The owner must be in account 123456789012:",
        ),
        "a user's ARN": ({"LAUNCH_ROLE": f"arn:aws:iam::{ACCOUNT}:user/x"}, "Not the ARN of a role:"),
    },
)
def test_properties_are_checked(importer: Importer, properties: dict[str, str], message: str) -> None:
    importer.take()
    with refused("InvalidParametersException", message):
        change(importer, **properties)


def test_properties_of_unknown_products(importer: Importer) -> None:
    with refused("ResourceNotFoundException", "Provisioned product pp-none not found."):
        importer.account.admin.update_provisioned_product_properties(
            ProvisionedProductId="pp-none", ProvisionedProductProperties={"OWNER": "x"}
        )
    importer.take()
    importer.held().status = "UNDER_CHANGE"
    with refused("InvalidStateException", "is in status UNDER_CHANGE."):
        change(importer, OWNER=f"arn:aws:iam::{ACCOUNT}:user/x")
