import json
import unittest
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from call_endpoint import call
from deploy import run
from stack_set import LONGEST_SECONDS, Release, StackSet, StackSetFailed

RELEASE = Release(template="{}", parameters={"InstanceCount": "1"}, tags={})


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class NotThere(Refused):
    pass


class CloudFormation:
    """As much of CloudFormation as a stack set of one account needs; operations raise the `refusals` first."""

    class exceptions:
        ClientError = Refused
        StackSetNotFoundException = NotThere

    def __init__(
        self, *, exists: bool = True, status: str = "SUCCEEDED", refusals: tuple[str, ...] = ()
    ) -> None:
        self.exists, self.status, self.refusals = exists, status, [*refusals]
        self.overrides: list[dict[str, str]] = []
        self.account = "SUCCEEDED"
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def called(*, StackSetName: str, CallAs: str, **request: Any) -> dict[str, Any]:
            assert (StackSetName, CallAs) == ("churn", "SELF")
            return self.answer(name, **request)

        return called

    def answer(self, name: str, **request: Any) -> dict[str, Any]:
        reason = {} if self.account == "SUCCEEDED" else {"StatusReason": "no capacity"}
        if name == "describe_stack_set" and not self.exists:
            raise NotThere("StackSetNotFoundException")
        if "OperationId" in request and not name.startswith(("describe", "list")) and self.refusals:
            raise Refused(self.refusals.pop(0))
        if name.startswith(("create", "update")):
            self.calls.append(name)
        place = {"Account": "222222222222", "Region": "us-west-2", "Status": self.status, **reason}
        return {
            "StackSetOperation": {"Action": "UPDATE", "Status": self.status},
            "StackInstance": {"ParameterOverrides": self.overrides},
            "Summaries": [{**place, "StackInstanceStatus": {"DetailedStatus": self.account}}],
        }


class StackSets(unittest.TestCase):
    def deployed(self, client: CloudFormation) -> list[str]:
        self.slept: list[float] = []
        stack_set = StackSet(cloudformation=client, name="churn", sleep=self.slept.append)
        return stack_set.deploy(RELEASE, unit="ou-1", region="us-west-2")

    def test_creates_or_updates(self) -> None:
        for exists, first in ((False, "create_stack_set"), (True, "update_stack_set")):
            client = CloudFormation(exists=exists)
            self.assertEqual(self.deployed(client), ["222222222222"])
            self.assertEqual(client.calls, [first, "create_stack_instances"])

    def test_waits_for_the_operation_of_another(self) -> None:
        busy = ("OperationInProgressException", "StaleRequestException")
        self.deployed(CloudFormation(refusals=busy))
        self.assertEqual(len(self.slept), 2)

    def test_a_lost_reply_is_an_operation_that_started(self) -> None:
        self.deployed(CloudFormation(refusals=("OperationIdAlreadyExistsException",)))
        self.assertEqual(self.slept, [])

    def test_other_errors_are_raised(self) -> None:
        with self.assertRaisesRegex(Refused, "ValidationError"):
            self.deployed(CloudFormation(refusals=("ValidationError",)))

    def test_waits_within_the_time_of_a_build(self) -> None:
        client = CloudFormation(status="RUNNING")
        with self.assertRaisesRegex(
            StackSetFailed, "^stack set churn: operation .* is RUNNING after 110 minutes$"
        ):
            self.deployed(client)
        self.assertEqual(sum(self.slept), LONGEST_SECONDS)

    def test_fails_with_the_reasons_of_the_accounts(self) -> None:
        client = CloudFormation(status="FAILED")
        client.account = "FAILED"
        with self.assertRaises(StackSetFailed) as raised:
            self.deployed(client)
        self.assertEqual(
            str(raised.exception),
            "stack set churn: UPDATE FAILED\n  222222222222/us-west-2 FAILED: no capacity",
        )

    def test_sets_overridden_parameters_again(self) -> None:
        client = CloudFormation()
        client.overrides = [
            {"ParameterKey": "InstanceCount", "ParameterValue": "9"},
            {"ParameterKey": "Gone", "ParameterValue": "x"},
        ]
        self.deployed(client)
        self.assertEqual(client.calls[-1], "update_stack_instances")
        client.overrides[0]["ParameterValue"] = "1"
        self.deployed(client)
        self.assertEqual(client.calls[-1], "create_stack_instances")

    def test_a_unit_without_accounts_is_an_error(self) -> None:
        client = CloudFormation()
        client.account = "SKIPPED_SUSPENDED_ACCOUNT"
        with self.assertRaisesRegex(StackSetFailed, "ou-1 holds no active account"):
            self.deployed(client)

    def test_nothing_is_deployed_without_a_package(self) -> None:
        with TemporaryDirectory() as folder:
            (Path(folder) / "release.txt").write_text("none")
            said = run(None, {"CODEBUILD_SRC_DIR_BuildArtifact": folder})
        self.assertEqual(said, "nothing to deploy: no model package is approved")


class Endpoint:
    """SageMaker with one endpoint, which has these statuses one after the other."""

    class exceptions:
        ClientError = Refused

    def __init__(self, *statuses: str, answer: bytes = b"1", refusal: str = "") -> None:
        self.statuses, self.body, self.refusal = [*statuses], answer, refusal

    def describe_endpoint(self, **request: str) -> dict[str, str]:
        if not self.statuses:
            raise Refused("Could not find endpoint")
        status = self.statuses[0]
        self.statuses = self.statuses[1:] or [status]
        return {"EndpointStatus": status} | ({"FailureReason": "no capacity"} if status == "Failed" else {})

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        if self.refusal:
            raise Refused(self.refusal)
        assert (request["ContentType"], request["Body"]) == ("text/csv", b"1,2")
        return {"Body": BytesIO(self.body)}


class Calls(unittest.TestCase):
    def called(self, endpoint: Endpoint) -> dict[str, Any]:
        self.slept: list[float] = []
        with TemporaryDirectory() as folder:
            (Path(folder) / "sample.csv").write_text("1,2")
            found = call("churn", endpoint, endpoint, requests=Path(folder), sleep=self.slept.append)
        return json.loads(json.dumps(found))

    def test_a_serving_endpoint_answers(self) -> None:
        answer = {"sample.csv": {"passed": True, "answer": "1"}}
        found = self.called(Endpoint("Creating", "Updating", "SystemUpdating", "RollingBack", "InService"))
        self.assertEqual(found, {"passed": True, "status": "InService", "answers": answer})
        self.assertEqual(len(self.slept), 4)

    def test_other_statuses_fail(self) -> None:
        for endpoint, status in (
            (Endpoint("Failed"), "Failed: no capacity"),
            (Endpoint("OutOfService"), "OutOfService"),
            (Endpoint("UpdateRollbackFailed"), "UpdateRollbackFailed"),
            (Endpoint("Deleting"), "Deleting"),
            (Endpoint("Creating"), "Creating"),
            (Endpoint(), "Could not find endpoint"),
        ):
            with self.subTest(status):
                self.assertEqual(self.called(endpoint), {"passed": False, "status": status, "answers": {}})

    def test_an_endpoint_without_an_answer_fails(self) -> None:
        for endpoint, answer in (
            (Endpoint("InService", answer=b""), {"passed": False, "answer": ""}),
            (Endpoint("InService", refusal="ModelError"), {"passed": False, "error": "ModelError"}),
        ):
            found = self.called(endpoint)
            self.assertEqual((found["passed"], found["answers"]), (False, {"sample.csv": answer}))
