"""A record while its stack is under way, stood still in the states that the engine passes through."""

from typing import Any

import pytest
from moto.cloudformation.models import cloudformation_backends

from tests.servicecatalog.account import ACCOUNT, REGION, Account, Launchable, refused


@pytest.fixture
def stack(launchable: Launchable) -> Any:
    """A launch named mine, its stack put back to the state of a launch under way."""
    launchable.provision()
    [made] = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    made.status = "CREATE_IN_PROGRESS"
    return made


def state(account: Account) -> tuple[str, str, int]:
    detail = account.admin.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    record = account.admin.describe_record(Id=detail["LastRecordId"])
    return detail["Status"], record["RecordDetail"]["Status"], len(record["RecordOutputs"])


def test_success(account: Account, stack: Any) -> None:
    outputs, stack.outputs = stack.outputs, []
    assert state(account) == ("UNDER_CHANGE", "IN_PROGRESS", 1)
    for call in (account.admin.update_provisioned_product, account.admin.terminate_provisioned_product):
        with refused("InvalidParametersException", "is in status UNDER_CHANGE: wait for record rec-"):
            call(ProvisionedProductName="mine")
    stack.status, stack.outputs = "CREATE_COMPLETE", outputs
    assert state(account) == ("AVAILABLE", "SUCCEEDED", 2)


def test_failure(account: Account, stack: Any) -> None:
    stack.outputs = []
    assert state(account) == ("UNDER_CHANGE", "IN_PROGRESS", 1)
    stack.status, stack.status_reason = "ROLLBACK_IN_PROGRESS", "No."
    assert state(account) == ("UNDER_CHANGE", "IN_PROGRESS_IN_ERROR", 1)
    stack.status = "ROLLBACK_COMPLETE"
    assert state(account) == ("ERROR", "FAILED", 1)
    # What ended stays so, whatever becomes of the stack.
    stack.status = "CREATE_COMPLETE"
    assert state(account) == ("ERROR", "FAILED", 1)
