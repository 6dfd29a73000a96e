import json
import unittest
from pathlib import Path
from typing import Any

from deploy import NothingApproved, newest_approved, put_endpoint
from endpoint_requests import STAGES, Settings, endpoint_config, model

SETTINGS = Settings(group="acme-ml", endpoint_prefix="acme-dev-a001-churn", role_arn="arn:role")
ENTERPRISE = Settings(
    group="acme-ml",
    endpoint_prefix="acme-dev-a001-churn",
    role_arn="arn:role",
    key_arn="arn:key",
    subnets=("subnet-1", "subnet-2"),
    security_group="sg-1",
)
SIZING = {"instance_type": "ml.m5.large", "instance_count": 1}


class Refused(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": "ValidationException", "Message": message}}


class SageMaker:
    """As much of SageMaker as one endpoint needs; `falls_back` makes an update end in what was there before."""

    class exceptions:
        ClientError = Refused

    def __init__(self, *, packages: tuple[str, ...] = (), falls_back: bool = False) -> None:
        self.packages, self.falls_back = packages, falls_back
        self.made: set[str] = set()
        self.endpoints: dict[str, str] = {}

    def list_model_packages(self, **request: Any) -> dict[str, Any]:
        assert request["ModelApprovalStatus"] == "Approved"
        return {"ModelPackageSummaryList": [{"ModelPackageArn": arn} for arn in self.packages[:1]]}

    def _make(self, name: str) -> None:
        if name in self.made:
            raise Refused(f"Cannot create already existing {name}")
        self.made.add(name)

    def create_model(self, **request: Any) -> None:
        self._make(request["ModelName"])

    def create_endpoint_config(self, **request: Any) -> None:
        self._make(request["EndpointConfigName"])

    def create_endpoint(self, **request: str) -> None:
        self.endpoints[request["EndpointName"]] = request["EndpointConfigName"]

    def update_endpoint(self, **request: str) -> None:
        if not self.falls_back:
            self.create_endpoint(**request)

    def describe_endpoint(self, **request: str) -> dict[str, str]:
        if request["EndpointName"] not in self.endpoints:
            raise Refused("Could not find endpoint")
        return {"EndpointConfigName": self.endpoints[request["EndpointName"]]}

    def get_waiter(self, _: str) -> "SageMaker":
        return self

    def wait(self, **_: str) -> None:
        pass


class Requests(unittest.TestCase):
    def test_names_follow_from_the_content_and_fit(self) -> None:
        longest = Settings(group="g", endpoint_prefix="p" * 51, role_arn="arn:role")
        first, second = model(longest, "arn:package/1"), model(longest, "arn:package/2")
        self.assertNotEqual(first["ModelName"], second["ModelName"])
        self.assertEqual(first, model(longest, "arn:package/1"))
        names = [first["ModelName"], *(longest.endpoint(stage) for stage in STAGES)]
        self.assertLessEqual(max(map(len, names)), 63)

    def test_no_key_and_no_vpc_below_enterprise(self) -> None:
        self.assertNotIn("VpcConfig", model(SETTINGS, "arn:package/1"))
        self.assertNotIn("KmsKeyId", endpoint_config(SETTINGS, "staging", "m", SIZING))

    def test_enterprise_encrypts_and_stays_in_the_vpc(self) -> None:
        vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
        self.assertEqual(model(ENTERPRISE, "arn:package/1")["VpcConfig"], vpc)
        self.assertEqual(endpoint_config(ENTERPRISE, "staging", "m", SIZING)["KmsKeyId"], "arn:key")

    def test_settings_of_the_environment(self) -> None:
        environment = {
            "MODEL_PACKAGE_GROUP_NAME": "acme-ml",
            "ENDPOINT_PREFIX": "acme-dev-a001-churn",
            "SAGEMAKER_EXECUTION_ROLE_ARN": "arn:role",
        }
        enterprise = {
            "KMS_KEY_ARN": "arn:key",
            "SUBNET_IDS": "subnet-1,subnet-2",
            "SECURITY_GROUP_ID": "sg-1",
        }
        self.assertEqual(Settings.of(environment), SETTINGS)
        self.assertEqual(Settings.of(environment | enterprise), ENTERPRISE)

    def test_every_stage_has_its_sizing(self) -> None:
        for stage in STAGES:
            sizing = json.loads((Path(__file__).parent.parent / f"config/{stage}.json").read_text())
            self.assertEqual(set(sizing), set(SIZING))


class Deploy(unittest.TestCase):
    def test_takes_the_newest_approved_package(self) -> None:
        self.assertEqual(newest_approved(SageMaker(packages=("arn:2", "arn:1")), "acme-ml"), "arn:2")

    def test_says_when_nothing_is_approved(self) -> None:
        with self.assertRaisesRegex(NothingApproved, "acme-ml holds no approved package; approve one"):
            newest_approved(SageMaker(), "acme-ml")

    def test_creates_leaves_and_updates(self) -> None:
        client = SageMaker()
        done = [put_endpoint(client, SETTINGS, "staging", arn, SIZING) for arn in ("arn:1", "arn:1", "arn:2")]
        self.assertEqual(done, ["created", "unchanged", "updated"])
        self.assertEqual(list(client.endpoints), ["acme-dev-a001-churn-staging"])

    def test_stages_have_endpoints_of_their_own(self) -> None:
        client = SageMaker()
        for stage in STAGES:
            put_endpoint(client, SETTINGS, stage, "arn:1", SIZING)
        self.assertEqual(
            sorted(client.endpoints), ["acme-dev-a001-churn-production", "acme-dev-a001-churn-staging"]
        )

    def test_an_update_that_falls_back_fails(self) -> None:
        client = SageMaker(falls_back=True)
        put_endpoint(client, SETTINGS, "staging", "arn:1", SIZING)
        with self.assertRaisesRegex(RuntimeError, "fell back"):
            put_endpoint(client, SETTINGS, "staging", "arn:2", SIZING)
