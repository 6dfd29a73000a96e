"""What the delivered pipelines make with a launch's role: found, listed, and deleted before its stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from publisher.aws.waiting import Clock
from publisher.errors import PublisherError
from publisher.launch.launch_contents import Contents, contents_of
from publisher.launch.made_later import MadeLater, delete
from publisher.launch.provisioned import get
from publisher.launch.terminate import refusal
from tests.account import ACCOUNT
from tests.conftest import raising
from tests.launch.account import NAME, PATH, ROLES, TEMPLATE, Account, launch_request
from tests.samples import Ticks

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ml-project/{NAME}/execution"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/ml-project/{NAME}-realtime/execution"
WITH_ROLE = TEMPLATE.replace(
    "Outputs:",
    f"""\
  SecurityGroup: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: Of this project}}}}
Outputs:
  SageMakerExecutionRoleArn: {{Value: '{ROLE}'}}""",
)
STAGES = ("churn-production", "churn-staging")


def deployed(account: Account, name: str, role: str, *, model: str = "") -> None:
    """A model, its configuration and an endpoint of this name, by a role."""
    client = account.client("sagemaker")
    model = model or f"{name}-m"
    client.create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    variant = {
        "VariantName": "v",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    client.create_endpoint_config(EndpointConfigName=f"{name}-c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-c")


def pipeline(account: Account, name: str, role: str) -> None:
    account.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition="{}", RoleArn=role, ClientRequestToken="t" * 32
    )


def found(account: Account) -> Contents:
    return contents_of(account.aws, get(account.aws, NAME), roles=ROLES)


@pytest.fixture
def launched(account: Account) -> Account:
    """With endpoints of its own, and those of a project whose name begins alike."""
    account.publish(template=WITH_ROLE)
    account.launch(launch_request())
    for stage in STAGES:
        deployed(account, stage, ROLE)
    deployed(account, "churn-realtime-staging", OTHER)
    pipeline(account, "churn-ml", ROLE)
    pipeline(account, "churn-realtime-ml", OTHER)
    return account


def left(account: Account) -> list[str]:
    client = account.client("sagemaker")
    return [
        *(it["EndpointName"] for it in client.list_endpoints()["Endpoints"]),
        *(it["EndpointConfigName"] for it in client.list_endpoint_configs()["EndpointConfigs"]),
        *(it["ModelName"] for it in client.list_models()["Models"]),
        *(it["PipelineName"] for it in client.list_pipelines()["PipelineSummaries"]),
    ]


def test_what_a_launch_made_later_is_found_and_deleted(launched: Account) -> None:
    before = found(launched)
    assert before.obstacles == [
        "made later: 1 SageMaker pipeline (churn-ml); "
        "2 endpoints (churn-production InService, churn-staging InService); "
        "2 endpoint configurations (churn-production-c, churn-staging-c); "
        "2 models (churn-production-m, churn-staging-m)"
    ]
    assert before.document()["made_later"][1] == {
        "kind": "endpoint",
        "name": "churn-production",
        "detail": "InService",
    }
    for one in before.made_later:
        delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)
    assert "deleting endpoint churn-staging" in launched.lines
    assert found(launched).made_later == ()
    assert left(launched) == [
        "churn-realtime-staging", "churn-realtime-staging-c", "churn-realtime-staging-m", "churn-realtime-ml"
    ]  # fmt: skip


def test_a_launch_with_endpoints_is_not_deleted_unasked(launched: Account) -> None:
    refused = refusal(launch_request(), found(launched), force=True, empty=False)
    assert refused is not None
    assert refused.message.startswith(f"{NAME}: made later: 1 SageMaker pipeline (churn-ml); 2 endpoints (")
    assert refused.hint == f"run publisher terminate {PATH} --force --empty to delete these too"
    assert refusal(launch_request(), found(launched), force=True, empty=True) is None


def test_many_are_named_briefly(launched: Account) -> None:
    for n in range(7):
        launched.client("sagemaker").create_model(
            ModelName=f"a{n}", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i"}
        )
    assert found(launched).obstacles[0].endswith("; 9 models (a0, a1, a2, a3, a4, …)")


def test_a_launch_without_outputs_made_nothing(account: Account) -> None:
    account.launched()
    assert found(account).made_later == ()


def test_only_what_was_made_since_the_launch_is_looked_at(launched: Account) -> None:
    sent: dict[str, Any] = {}
    for operation in ("ListPipelines", "ListModels", "ListEndpointConfigs", "ListEndpoints"):
        launched.aws.client("sagemaker").meta.events.register(
            f"provide-client-params.sagemaker.{operation}",
            lambda params, model, **_: sent.update({model.name: {**params}}),
        )
    found(launched)
    since = get(launched.aws, NAME).created
    after = {"CreationTimeAfter": since}
    assert sent == {
        "ListPipelines": {"CreatedAfter": since},
        "ListModels": after,
        "ListEndpointConfigs": after,
        "ListEndpoints": after,
    }


def test_a_pipeline_that_runs_is_stopped_first(launched: Account) -> None:
    """SageMaker refuses to delete it before."""
    arn = "arn:aws:sagemaker:us-west-2:111111111111:pipeline/churn-ml/execution/abcdefabcdef"
    statuses = iter(["Executing", "Stopping", "Stopped"])
    calls: list[str] = []

    def listed(**_: Any) -> Any:
        summary = {"PipelineExecutionArn": arn, "PipelineExecutionStatus": next(statuses)}
        return _Answered(200), {"PipelineExecutionSummaries": [summary], "ResponseMetadata": {}}

    def stopped(params: Any, **_: Any) -> Any:
        calls.append(json.loads(params["body"])["PipelineExecutionArn"])
        return _Answered(200), {"ResponseMetadata": {}}

    events = launched.aws.client("sagemaker").meta.events
    events.register("before-call.sagemaker.ListPipelineExecutions", listed)
    events.register("before-call.sagemaker.StopPipelineExecution", stopped)
    one = MadeLater(kind="SageMaker pipeline", name="churn-ml")
    delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)
    assert launched.lines[-2:] == [
        "waiting for SageMaker pipeline churn-ml: Stopping",
        "deleting SageMaker pipeline churn-ml",
    ]
    assert calls == [arn]
    assert "churn-ml" not in left(launched)


def answers(account: Account, *statuses: str) -> None:
    """DescribeEndpoint answers with these in turn, then always with the last; an empty one is gone."""

    def turns() -> Iterator[str]:
        yield from statuses
        while True:
            yield statuses[-1]

    turn = turns()

    def answered(**_: Any) -> Any:
        status = next(turn)
        if status:
            return _Answered(200), {"EndpointStatus": status, "ResponseMetadata": {}}
        error = {"Code": "ValidationException", "Message": "Could not find endpoint"}
        return _Answered(400), {"Error": error, "ResponseMetadata": {}}

    account.aws.client("sagemaker").meta.events.register("before-call.sagemaker.DescribeEndpoint", answered)


class _Answered:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_waits_while_sagemaker_works_on_an_endpoint(launched: Account, status: str) -> None:
    answers(launched, status, "InService", "Deleting", "Deleting", "")
    one = MadeLater(kind="endpoint", name="churn-staging", detail=status)
    delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)
    assert launched.lines[-3:] == [
        f"waiting for endpoint churn-staging: {status}",
        "deleting endpoint churn-staging",
        "waiting for endpoint churn-staging: Deleting",
    ]
    assert launched.aws.calls["sagemaker:DeleteEndpoint"] == 1


@pytest.mark.parametrize("status", ["OutOfService", "Failed", "UpdateRollbackFailed", "Deleting"])
def test_an_endpoint_that_sagemaker_has_finished_with_is_deleted(launched: Account, status: str) -> None:
    answers(launched, status, "")
    one = MadeLater(kind="endpoint", name="churn-staging", detail=status)
    delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)
    assert launched.lines[-1] == "deleting endpoint churn-staging"


def test_an_endpoint_that_stays(launched: Account) -> None:
    answers(launched, "Deleting")
    one = MadeLater(kind="endpoint", name="churn-staging")
    with raising(
        PublisherError,
        "churn-staging (Deleting): the endpoint is still there after 45 minutes",
        "find out what uses it, then run the command again",
    ):
        delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)


def test_what_is_gone_already(launched: Account) -> None:
    made = found(launched).made_later
    for _ in range(2):
        for one in made:
            delete(launched.aws, [one], clock=launched.clock, report=launched.lines.append)
    assert found(launched).made_later == ()


@pytest.fixture
def interface(launched: Account) -> str:
    """In the project's security group, as SageMaker makes one for a model in a VPC."""
    (group,) = (it.id for it in found(launched).resources if it.type == "AWS::EC2::SecurityGroup")
    ec2 = launched.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group], Description="of an endpoint")
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def test_network_interfaces_are_waited_for(launched: Account, interface: str) -> None:
    made = found(launched).made_later[-1]
    assert made == MadeLater(kind="network interface", name=interface, detail="of an endpoint")
    ticks, ec2 = Ticks(), launched.client("ec2")

    def sleep(seconds: float) -> None:
        ticks.sleep(seconds)
        if ticks.seconds > 60 and ec2.describe_network_interfaces()["NetworkInterfaces"]:
            ec2.delete_network_interface(NetworkInterfaceId=interface)

    delete(launched.aws, [made], clock=Clock(now=ticks.now, sleep=sleep), report=launched.lines.append)
    assert 60 < ticks.seconds < 120
    assert launched.lines[-1] == f"waiting for network interface {interface}: available"


@pytest.mark.usefixtures("images")
def test_an_instance_in_the_group_refuses_the_termination(launched: Account, interface: str) -> None:
    ec2 = launched.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=instance["InstanceId"], DeviceIndex=1
    )
    refused = refusal(launch_request(), found(launched), force=True, empty=True)
    assert refused is not None
    assert (refused.message, refused.hint) == (
        f"{NAME}: EC2 instances use its security group: {interface} (of an endpoint)",
        "terminate them or take them out of the group, then run the command again",
    )


def test_interfaces_that_may_not_be_read_are_left_to_cloudformation(
    launched: Account, interface: str
) -> None:
    launched.deny("ec2", "DescribeNetworkInterfaces", code="UnauthorizedOperation")
    assert {it.kind for it in found(launched).made_later} == {
        "SageMaker pipeline", "endpoint", "endpoint configuration", "model"
    }  # fmt: skip
