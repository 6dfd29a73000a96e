"""Deferred imports, in new processes: in this one moto is imported already, as a rule."""

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install

_ASKED = """
import json, sys
import boto3
from moto import mock_aws
from moto.ec2.models import instance_types
from moto.batch import models as batch

with mock_aws():
    ec2 = boto3.client("ec2", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")
    api = boto3.client("apigateway", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")
    def refused(document):
        try:
            api.import_rest_api(body=json.dumps(document), failOnWarnings=True)
        except api.exceptions.BadRequestException as error:
            return str(error)
    small = [{"Name": "instance-type", "Values": ["t3.small"]}]
    kinds = ["region", "availability-zone", "availability-zone-id"]
    print(json.dumps({
        "one": ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"],
        "small": ec2.describe_instance_types(Filters=small)["InstanceTypes"],
        "offerings": [
            ec2.describe_instance_type_offerings(LocationType=kind, Filters=small)["InstanceTypeOfferings"]
            for kind in kinds
        ],
        "families": sorted(batch.EC2_INSTANCE_FAMILIES),
        "sizes": sorted(batch.EC2_INSTANCE_TYPES),
        "refused": [refused({"openapi": "3.0.0"}), refused({"openapi": "3.0.0", "info": {}, "paths": {}})],
    }))
"""
_DEFERRED = "from catalog_emulator.server import startup; startup.prepare_import(); "
_READ_LATER = _DEFERRED + (
    "import sys; from moto.ec2.models.instance_types import INSTANCE_TYPES as types; "
    "print('openapi_spec_validator' in sys.modules, type(types).__name__)"
)


def ran(code: str) -> str:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.strip()


@pytest.fixture(scope="module")
def plain() -> Any:
    return json.loads(ran(_ASKED))


def test_answers_are_the_same_without(plain: Any) -> None:
    assert json.loads(ran(_DEFERRED + _ASKED)) == plain
    assert all(plain.values())
    assert all(plain["refused"])


def test_unused_data_is_not_read() -> None:
    assert ran(_READ_LATER) == "False LocalProxy"


def test_nothing_is_deferred_once_moto_is_imported() -> None:
    code = f"import moto.ec2.models, moto.apigateway.models; {_READ_LATER}"
    assert ran(code) == "True dict"


def test_moto_is_not_imported_before_it_is_prepared() -> None:
    code = "import sys; import catalog_emulator.server.local_server; print('moto' in sys.modules)"
    assert ran(code) == "False"


@mock_aws
def test_a_symmetric_key_has_no_public_key() -> None:
    install()
    kms: Any = boto3.client("kms", "us-west-2", aws_access_key_id="a", aws_secret_access_key="b")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        kms.get_public_key(KeyId=key)
