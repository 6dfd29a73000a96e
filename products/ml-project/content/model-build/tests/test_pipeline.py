import json
import unittest
from typing import Any

from pipeline import Settings, definition
from run import failures, put_pipeline, wait

ENVIRONMENT = {
    "ML_NAME": "acme-dev-a001-us-west-2-churn-ml",
    "MODEL_PACKAGE_GROUP_NAME": "acme-dev-a001-us-west-2-churn-ml",
    "ARTIFACT_BUCKET": "acme-a001-artifacts-0123456789ab",
    "SAGEMAKER_EXECUTION_ROLE_ARN": "arn:aws:iam::111111111111:role/ml-project/acme/execution",
}
ENTERPRISE = {
    **ENVIRONMENT,
    "KMS_KEY_ARN": "arn:aws:kms:us-west-2:111111111111:key/1",
    "SUBNET_IDS": "subnet-1,subnet-2",
    "SECURITY_GROUP_ID": "sg-1",
}


def steps(environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    body = definition(Settings.of(environment), image="image:1", inputs="s3://b/in", outputs="s3://b/out")
    json.dumps(body)
    found = {step["Name"]: step for step in body["Steps"]}
    choice = found["CheckQuality"]["Arguments"]
    return found | {step["Name"]: step for step in choice["IfSteps"] + choice["ElseSteps"]}


class NotFound(Exception):
    pass


class SageMaker:
    class exceptions:
        ResourceNotFound = NotFound

    def __init__(self, *, exists: bool = False, statuses: tuple[str, ...] = ()) -> None:
        self.exists, self.statuses, self.calls = exists, list(statuses), []

    def describe_pipeline(self, **_: str) -> dict[str, str]:
        if not self.exists:
            raise NotFound
        return {}

    def create_pipeline(self, **request: str) -> None:
        self.calls.append(("create", request["PipelineName"]))

    def update_pipeline(self, **request: str) -> None:
        self.calls.append(("update", request["PipelineName"]))

    def describe_pipeline_execution(self, **_: str) -> dict[str, str]:
        return {"PipelineExecutionStatus": self.statuses.pop(0)}

    def list_pipeline_execution_steps(self, **_: str) -> dict[str, list[dict[str, str]]]:
        return {
            "PipelineExecutionSteps": [
                {"StepName": "Train", "StepStatus": "Succeeded"},
                {"StepName": "Evaluate", "StepStatus": "Failed", "FailureReason": "no test data"},
            ]
        }


class Definition(unittest.TestCase):
    def test_steps(self) -> None:
        self.assertEqual(
            list(steps(ENVIRONMENT)), ["Train", "Evaluate", "CheckQuality", "Register", "Refuse"]
        )

    def test_registers_with_approval_pending(self) -> None:
        register = steps(ENVIRONMENT)["Register"]["Arguments"]
        self.assertEqual(register["ModelApprovalStatus"], "PendingManualApproval")
        self.assertEqual(register["ModelPackageGroupName"], ENVIRONMENT["MODEL_PACKAGE_GROUP_NAME"])

    def test_every_job_has_the_tag_that_its_role_requires(self) -> None:
        jobs = [it for it in steps(ENVIRONMENT).values() if it["Type"] in ("Training", "Processing")]
        tags = [{"Key": "ml-project:name", "Value": ENVIRONMENT["ML_NAME"]}]
        self.assertEqual([it["Arguments"]["Tags"] for it in jobs], [tags, tags])

    def test_no_key_and_no_vpc_below_enterprise(self) -> None:
        text = json.dumps(steps(ENVIRONMENT))
        self.assertNotIn("KmsKeyId", text)
        self.assertNotIn("VpcConfig", text)

    def test_enterprise_encrypts_and_stays_in_the_vpc(self) -> None:
        found = steps(ENTERPRISE)
        vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
        train, evaluate = found["Train"]["Arguments"], found["Evaluate"]["Arguments"]
        key = ENTERPRISE["KMS_KEY_ARN"]
        self.assertEqual(train["VpcConfig"], vpc)
        self.assertEqual(evaluate["NetworkConfig"], {"VpcConfig": vpc})
        self.assertEqual(train["OutputDataConfig"]["KmsKeyId"], key)
        self.assertEqual(train["ResourceConfig"]["VolumeKmsKeyId"], key)
        self.assertEqual(evaluate["ProcessingOutputConfig"]["KmsKeyId"], key)
        self.assertEqual(evaluate["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"], key)

    def test_a_missing_variable_is_named(self) -> None:
        with self.assertRaisesRegex(KeyError, "ARTIFACT_BUCKET"):
            Settings.of({name: value for name, value in ENVIRONMENT.items() if name != "ARTIFACT_BUCKET"})


class Run(unittest.TestCase):
    def test_creates_then_updates(self) -> None:
        for exists, call in ((False, "create"), (True, "update")):
            client = SageMaker(exists=exists)
            put_pipeline(client, Settings.of(ENVIRONMENT), {"Steps": []})
            self.assertEqual(client.calls, [(call, ENVIRONMENT["ML_NAME"])])

    def test_waits_for_the_end(self) -> None:
        slept: list[float] = []
        client = SageMaker(statuses=("Executing", "Executing", "Failed"))
        self.assertEqual(wait(client, "arn", sleep=slept.append), "Failed")
        self.assertEqual(slept, [30, 30])

    def test_names_the_steps_that_failed(self) -> None:
        self.assertEqual(failures(SageMaker(), "arn"), ["Evaluate: no test data"])
