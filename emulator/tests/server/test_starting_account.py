import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server import process
from catalog_emulator.server.starting_account import StartingAccount, StartingAccountError
from tests.conftest import ACCOUNT, Local, cases


def test_the_network(local: Local) -> None:
    ec2 = local.client("ec2")
    (declared,) = ACCOUNT["vpcs"]
    (vpc,) = ec2.describe_vpcs(VpcIds=[declared["id"]])["Vpcs"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    dns = ec2.describe_vpc_attribute(VpcId=declared["id"], Attribute="enableDnsHostnames")
    assert dns["EnableDnsHostnames"] == {"Value": True}
    (routes,) = ec2.describe_route_tables(RouteTableIds=[declared["route_table"]])["RouteTables"]
    assert [one["SubnetId"] for one in routes["Associations"]] == ["subnet-0123456789abcdef0"]


def test_transit_gateways(local: Local) -> None:
    (declared,) = ACCOUNT["transit_gateways"]
    (gateway,) = local.client("ec2").describe_transit_gateways()["TransitGateways"]
    assert gateway["TransitGatewayId"] == declared["id"]
    assert gateway["Options"]["AutoAcceptSharedAttachments"] == "enable"


def test_parameters_and_stacks(local: Local) -> None:
    parameter = local.client("ssm").get_parameter(Name="/subnets")["Parameter"]
    assert (parameter["Type"], parameter["Value"]) == ("StringList", "subnet-0123456789abcdef0")
    (stack,) = local.client("cloudformation").describe_stacks()["Stacks"]
    assert (stack["StackName"], stack["StackStatus"]) == ("alerts", "CREATE_COMPLETE")


def test_buckets(local: Local) -> None:
    s3 = local.client("s3")
    assert s3.get_bucket_versioning(Bucket="source")["Status"] == "Enabled"
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="source")
    assert "Status" not in s3.get_bucket_versioning(Bucket="plain")
    for bucket in ("source", "plain"):
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(blocked.values()) == {True}


def test_contents() -> None:
    assert list(StartingAccount.parse(ACCOUNT).contents()) == [
        ("VPC", "vpc-0123456789abcdef0"),
        ("subnet", "subnet-0123456789abcdef0"),
        ("route table", "rtb-0123456789abcdef0"),
        ("transit gateway", "tgw-0123456789abcdef0"),
        ("SSM parameter", "/subnets"),
        ("stack", "alerts"),
        ("S3 bucket", "source"),
        ("S3 bucket", "plain"),
        ("connection", "code"),
    ]


@cases(
    ("document", "path", "message"),
    {
        "a list": ([], (), "must be a mapping"),
        "unknown key": (
            {"bucket": []},
            ("bucket",),
            "bucket: unknown key; keys are vpcs, transit_gateways, parameters, stacks, buckets, connections",
        ),
        "no list": ({"buckets": {}}, ("buckets",), "buckets: must be a list"),
        "missing": ({"buckets": [{"name": "a"}, {}]}, ("buckets", 1), "buckets[1]: 'name' is required"),
        "number": ({"buckets": [{"name": 7}]}, ("buckets", 0, "name"), "buckets[0].name: must be text"),
        "no boolean": (
            {"buckets": [{"name": "a", "versioning": "yes"}]},
            ("buckets", 0, "versioning"),
            "buckets[0].versioning: must be true or false",
        ),
        "template as text": (
            {"stacks": [{"name": "a", "template": "b"}]},
            ("stacks", 0, "template"),
            "stacks[0].template: must be a mapping",
        ),
        "duplicate": ({"buckets": [{"name": "a"}, {"name": "a"}]}, (), "S3 bucket 'a' is declared twice"),
    },
)
def test_wrong_data(document: Any, path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(StartingAccountError) as raised:
        StartingAccount.parse(document)
    assert (raised.value.path, raised.value.message) == (path, message)


@cases(
    ("document", "message"),
    {
        "cidr": (
            {"vpcs": [{"id": "vpc-1", "cidr": "10.0.0.0"}]},
            "cannot create vpc-1: The CIDR '10.0.0.0' is invalid.",
        ),
        "template": (
            {"stacks": [{"name": "a", "template": {"Resources": {"R": {"Type": "AWS::No::Type"}}}}]},
            "cannot create a: Template format error: Unrecognized resource types: [AWS::No::Type]",
        ),
        "bucket": ({"buckets": [{"name": "A"}]}, "cannot create A: The specified bucket"),
    },
)
def test_what_aws_refuses(tmp_path: Path, document: dict[str, Any], message: str) -> None:
    with pytest.raises(EmulatorError) as raised:
        process.start(tmp_path, account=document)
    assert raised.value.message.startswith(f"the endpoint did not start: {message}")
    assert raised.value.hint == f"see {tmp_path / 'log'}"


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(json.dumps({"buckets": [{"name": "data"}]}))
    command = [sys.executable, "-m", "catalog_emulator.server", str(tmp_path), "--account", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url, config = server.stdout.readline(), server.stdout.readline()
        server.terminate()
    assert url.startswith("AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert config == f"AWS_CONFIG_FILE={tmp_path / 'config'}\n"
    assert "[profile emulator-admin]" in (tmp_path / "config").read_text()
    assert (server.returncode, (tmp_path / "endpoint.json").exists()) == (0, False)
