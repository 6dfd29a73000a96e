"""The status of endpoints, and the network interfaces of what SageMaker runs in a VPC."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog_emulator.settings import settings
from tests.conftest import cases
from tests.servicecatalog.account import Account, client

ROLE = "arn:aws:iam::123456789012:role/execution"
VARIANT = {"VariantName": "all", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
TEMPLATE = """
Resources:
  Endpoint: {Type: AWS::SageMaker::Endpoint, Properties: {EndpointConfigName: c}}
"""


@pytest.fixture
def group(account: Account) -> str:
    """A security group in the VPC of a model and the configuration of an endpoint."""
    ec2, sagemaker = client("ec2"), client("sagemaker")
    subnet = ec2.describe_subnets()["Subnets"][0]
    made: str = ec2.create_security_group(
        GroupName="g", Description="d", VpcId=subnet["VpcId"]
    )["GroupId"]  # fmt: skip
    sagemaker.create_model(
        ModelName="m",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": "i"},
        VpcConfig={"Subnets": [subnet["SubnetId"]], "SecurityGroupIds": [made]},
    )
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[VARIANT])
    return made


def refusal(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**members)
    return str(error.value.response["Error"]["Message"])


def make_notebook(group: str) -> None:
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    client("sagemaker").create_notebook_instance(
        NotebookInstanceName="n",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        SubnetId=subnet,
        SecurityGroupIds=[group],
    )


def delete_notebook() -> None:
    client("sagemaker").stop_notebook_instance(NotebookInstanceName="n")
    client("sagemaker").delete_notebook_instance(NotebookInstanceName="n")


@cases(
    ("make", "delete"),
    {
        "endpoint": (
            lambda group: client("sagemaker").create_endpoint(EndpointName="e", EndpointConfigName="c"),
            lambda: client("sagemaker").delete_endpoint(EndpointName="e"),
        ),
        "notebook instance": (make_notebook, delete_notebook),
    },
)
def test_a_security_group_is_in_use_until_the_interface_is_gone(
    make: Callable[[str], Any], delete: Callable[[], Any], group: str
) -> None:
    ec2 = client("ec2")
    make(group)
    [interface] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert [one["GroupId"] for one in interface["Groups"]] == [group]
    assert (interface["Status"], interface["RequesterManaged"]) == ("in-use", True)
    assert refusal(ec2.delete_security_group, GroupId=group) == f"resource {group} has a dependent object"
    assert "currently in use" in refusal(
        ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"]
    )
    delete()
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    ec2.delete_security_group(GroupId=group)


@cases(
    ("status", "operation", "message"),
    {
        "update while creating": ("Creating", "update", "Cannot update in-progress endpoint"),
        "update while updating": ("Updating", "update", "Cannot update in-progress endpoint"),
        "update of a failed one": ("Failed", "update", "Cannot update failed endpoint"),
        "deletion in maintenance": ("SystemUpdating", "delete", "Cannot delete in-progress endpoint"),
        "second of a name": ("InService", "create", "Cannot create already existing endpoint"),
    },
)
def test_operations_that_a_status_refuses(status: str, operation: str, message: str, group: str) -> None:
    sagemaker = client("sagemaker")
    settings.endpoint_status = status
    arn = sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")["EndpointArn"]
    described = sagemaker.describe_endpoint(EndpointName="e")
    assert (described["EndpointStatus"], "FailureReason" in described) == (status, status == "Failed")
    configuration = {} if operation == "delete" else {"EndpointConfigName": "c"}
    call = getattr(sagemaker, f"{operation}_endpoint")
    assert refusal(call, EndpointName="e", **configuration) == f'{message} "{arn}".'


def test_a_stack_fails_with_its_endpoint(group: str) -> None:
    settings.endpoint_status = "Failed"
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName="s", TemplateBody=TEMPLATE)
    events = cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    [failed] = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert failed["ResourceStatusReason"].startswith("The primary container")
    assert client("sagemaker").list_endpoints()["Endpoints"] == []


def test_an_endpoint_in_a_subnet_that_is_gone_fails(group: str) -> None:
    sagemaker, missing = client("sagemaker"), "subnet-0123456789abcdef0"
    sagemaker.delete_model(ModelName="m")
    network = {"Subnets": [missing], "SecurityGroupIds": [group]}
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, VpcConfig=network)
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    described = sagemaker.describe_endpoint(EndpointName="e")
    assert described["EndpointStatus"] == "Failed"
    assert missing in described["FailureReason"]
