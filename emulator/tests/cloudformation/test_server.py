from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from catalog_emulator import install, settings
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import UNMAKEABLE, body, group, history, outputs, status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import WaiterConfigTypeDef


@pytest.fixture
def served() -> Iterator[CloudFormationClient]:
    install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    settings.background = True
    host, port = server.get_host_and_port()
    try:
        yield boto3.client(
            "cloudformation",
            region_name=REGION,
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
    finally:
        server.stop()
        moto_api_backend.reset()


def test_operations_run_in_the_background(served: CloudFormationClient) -> None:
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "events"}},
        "Group": group("g", Description={"Ref": "Topic"}),
    }
    template = body(resources, Outputs={"Topic": {"Value": {"Ref": "Topic"}}})
    pace: WaiterConfigTypeDef = {"Delay": 0, "MaxAttempts": 300}

    stack_id = served.create_stack(StackName="one", TemplateBody=template)["StackId"]
    served.get_waiter("stack_create_complete").wait(StackName="one", WaiterConfig=pace)
    assert outputs(served) == {"Topic": f"arn:aws:sns:{REGION}:123456789012:events"}

    served.update_stack(StackName="one", TemplateBody=body({"Group": group("g"), "Bad": UNMAKEABLE}))
    served.get_waiter("stack_rollback_complete").wait(StackName="one", WaiterConfig=pace)
    assert status(served)[0] == "UPDATE_ROLLBACK_COMPLETE"

    served.delete_stack(StackName="one")
    served.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=pace)
    assert history(served, stack_id)[-1] == ("one", "DELETE_COMPLETE")


def test_invalid_stack_name(served: CloudFormationClient) -> None:
    with pytest.raises(served.exceptions.ClientError, match="at 'stackName' failed to satisfy constraint"):
        served.create_stack(StackName="my_stack", TemplateBody=body({"A": group("a")}))


def test_deletion_stops_the_creation(served: CloudFormationClient) -> None:
    resources = {f"Group{number}": group(f"g{number}") for number in range(200)}

    stack_id = served.create_stack(StackName="one", TemplateBody=body(resources))["StackId"]
    served.delete_stack(StackName="one")
    served.get_waiter("stack_delete_complete").wait(
        StackName=stack_id, WaiterConfig={"Delay": 0, "MaxAttempts": 300}
    )

    assert history(served, stack_id)[-1] == ("one", "DELETE_COMPLETE")
    assert served.describe_stacks()["Stacks"] == []
