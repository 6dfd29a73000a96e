import json
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy import newest_approved, run
from endpoint import EndpointFailed, put_endpoint
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
    """As much of SageMaker as one endpoint needs.

    `ends` are the statuses in which creations and updates end, InService by default. An update that ends otherwise
    keeps the configuration. `after` is what a status that SageMaker works in turns into by waiting.
    """

    class exceptions:
        ClientError = Refused

    def __init__(
        self, *, packages: tuple[str, ...] = (), ends: tuple[str, ...] = (), falls_back: bool = False
    ) -> None:
        self.packages, self.ends, self.falls_back = packages, list(ends), falls_back
        self.made: set[str] = set()
        self.endpoints: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.calls: list[str] = []
        self.slept: list[float] = []

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
        name = request["EndpointName"]
        if name in self.endpoints:
            raise Refused(f"Cannot create already existing endpoint {name}")
        self.calls.append("create")
        self._begin(name, "Creating", request["EndpointConfigName"])

    def update_endpoint(self, **request: str) -> None:
        name = request["EndpointName"]
        if self.statuses[name] not in ("InService", "UpdateRollbackFailed"):
            raise Refused(f"Cannot update endpoint in status {self.statuses[name]}")
        self.calls.append("update")
        config = self.endpoints[name] if self.falls_back else request["EndpointConfigName"]
        self._begin(name, "Updating", config)

    def delete_endpoint(self, **request: str) -> None:
        name = request["EndpointName"]
        if self.statuses[name] in ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"):
            raise Refused(f"Cannot delete endpoint in status {self.statuses[name]}")
        self.calls.append("delete")
        self.statuses[name], self.after[name] = "Deleting", "gone"

    def _begin(self, name: str, status: str, config: str) -> None:
        self.endpoints[name], self.statuses[name] = config, status
        self.after[name] = self.ends.pop(0) if self.ends else "InService"

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        for name, status in list(self.after.items()):
            del self.after[name]
            self.statuses[name] = status
            if status == "gone":
                del self.endpoints[name], self.statuses[name]

    def describe_endpoint(self, **request: str) -> dict[str, str]:
        name = request["EndpointName"]
        if name not in self.endpoints:
            raise Refused("Could not find endpoint")
        found = {
            "EndpointConfigName": self.endpoints[name],
            "EndpointStatus": self.statuses.get(name, "InService"),
        }
        return found | ({"FailureReason": "no capacity"} if found["EndpointStatus"] == "Failed" else {})


def put(client: SageMaker, package_arn: str, stage: str = "staging") -> str:
    return put_endpoint(client, SETTINGS, stage, package_arn, SIZING, sleep=client.sleep)


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

    def test_nothing_approved_is_a_success_that_says_so(self) -> None:
        client = SageMaker()
        with TemporaryDirectory() as folder:
            release = Path(folder) / "release.txt"
            for stage in ("build", *STAGES):
                self.assertEqual(
                    run(stage, client, SETTINGS, release=release),
                    "nothing to deploy: model package group acme-ml holds no approved package; "
                    "approve one, and this pipeline starts by itself",
                )
            self.assertEqual(release.read_text(), "none")
        self.assertEqual((client.calls, client.made), ([], set()))

    def test_stages_deploy_the_package_of_the_build(self) -> None:
        client = SageMaker(packages=("arn:1",))
        with TemporaryDirectory() as folder:
            release = Path(folder) / "release.txt"
            self.assertEqual(run("build", client, SETTINGS, release=release), "release is arn:1")
            client.packages = ("arn:2",)
            client.endpoints["acme-dev-a001-churn-staging"] = endpoint_config(
                SETTINGS, "staging", model(SETTINGS, "arn:1")["ModelName"], SIZING
            )["EndpointConfigName"]
            self.assertEqual(
                run("staging", client, SETTINGS, release=release),
                "endpoint acme-dev-a001-churn-staging unchanged: arn:1",
            )

    def test_creates_leaves_and_updates(self) -> None:
        client = SageMaker()
        self.assertEqual(
            [put(client, arn) for arn in ("arn:1", "arn:1", "arn:2")], ["created", "unchanged", "updated"]
        )
        self.assertEqual(list(client.endpoints), ["acme-dev-a001-churn-staging"])
        self.assertEqual(client.calls, ["create", "update"])

    def test_stages_have_endpoints_of_their_own(self) -> None:
        client = SageMaker()
        for stage in STAGES:
            put(client, "arn:1", stage)
        self.assertEqual(
            sorted(client.endpoints), ["acme-dev-a001-churn-production", "acme-dev-a001-churn-staging"]
        )


class Statuses(unittest.TestCase):
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html lists them."""

    def existing(self, status: str, after: str = "") -> SageMaker:
        """An endpoint that serves arn:1, in this status."""
        client = SageMaker()
        put(client, "arn:1")
        client.calls.clear()
        client.slept.clear()
        client.statuses["acme-dev-a001-churn-staging"] = status
        if after:
            client.after["acme-dev-a001-churn-staging"] = after
        return client

    def test_what_each_status_takes(self) -> None:
        for status, after, of_the_same, of_another, calls in (
            ("InService", "", "unchanged", "updated", ["update"]),
            ("Creating", "InService", "unchanged", "updated", ["update"]),
            ("Updating", "InService", "unchanged", "updated", ["update"]),
            ("SystemUpdating", "InService", "unchanged", "updated", ["update"]),
            ("RollingBack", "InService", "unchanged", "updated", ["update"]),
            ("Creating", "Failed", "replaced", "replaced", ["delete", "create"]),
            ("Updating", "Failed", "replaced", "replaced", ["delete", "create"]),
            ("Failed", "", "replaced", "replaced", ["delete", "create"]),
            ("OutOfService", "", "replaced", "replaced", ["delete", "create"]),
            ("ANewStatus", "", "replaced", "replaced", ["delete", "create"]),
            ("UpdateRollbackFailed", "", "updated", "updated", ["update"]),
            ("Deleting", "gone", "created", "created", ["create"]),
        ):
            with self.subTest(status=status, after=after):
                self.assertEqual(put(self.existing(status, after), "arn:1"), of_the_same)
                client = self.existing(status, after)
                self.assertEqual(put(client, "arn:2"), of_another)
                self.assertEqual(client.calls, calls)
                self.assertEqual(client.statuses, {"acme-dev-a001-churn-staging": "InService"})

    def test_an_endpoint_that_does_not_serve_in_the_end_fails_the_stage(self) -> None:
        for end, text in (
            ("Failed", "acme-dev-a001-churn-staging is Failed: no capacity"),
            ("OutOfService", "acme-dev-a001-churn-staging is OutOfService"),
            ("UpdateRollbackFailed", "acme-dev-a001-churn-staging is UpdateRollbackFailed"),
            ("gone", "acme-dev-a001-churn-staging was deleted before it served"),
        ):
            with self.subTest(end=end), self.assertRaisesRegex(EndpointFailed, text):
                put(SageMaker(ends=(end,)), "arn:1")
            with self.subTest(end=end, of="update"), self.assertRaisesRegex(EndpointFailed, text):
                client = SageMaker(ends=("InService", end))
                put(client, "arn:1")
                put(client, "arn:2")

    def test_a_stage_that_failed_is_tried_again(self) -> None:
        """The same package, too: what failed to be created is no endpoint that has it."""
        client = SageMaker(ends=("Failed", "Failed"))
        for _ in range(2):
            with self.assertRaisesRegex(EndpointFailed, "is Failed: no capacity"):
                put(client, "arn:1")
        self.assertEqual(put(client, "arn:1"), "replaced")
        self.assertEqual(put(client, "arn:1"), "unchanged")
        self.assertEqual(client.calls, ["create", "delete", "create", "delete", "create"])

    def test_an_update_that_falls_back_fails(self) -> None:
        client = SageMaker(falls_back=True)
        put(client, "arn:1")
        with self.assertRaisesRegex(EndpointFailed, "fell back to what it served before: InService"):
            put(client, "arn:2")

    def test_waits_within_the_time_of_a_build(self) -> None:
        client = self.existing("SystemUpdating")
        with self.assertRaisesRegex(EndpointFailed, "is still SystemUpdating"):
            put(client, "arn:2")
        self.assertEqual(sum(client.slept), 110 * 60)
        self.assertEqual(client.calls, [])
