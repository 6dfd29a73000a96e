"""The example network that the enterprise configs read, as a networking team would have made it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from catalog_emulator.server.record import ACCOUNT_ID, REGION
from catalog_emulator.turns import turn

PREFIX = f"globalbank-prod-c001-{REGION}"
VPC_ID = "vpc-0c001000000000001"
SUBNET_IDS = ("subnet-0c001000000000001", "subnet-0c001000000000002")
ROUTE_TABLE_ID = "rtb-0c001000000000001"
VPC_PARAMETER = f"/vpc/{PREFIX}-vpc/VPCId"
SUBNETS_PARAMETER = f"/vpc/{PREFIX}-vpc/PrivateSubnetIds"
SECURITY_GROUP_PARAMETER = f"/sg/{PREFIX}-sg/app/SecurityGroupId"
SECURITY_GROUP_STACK = f"{PREFIX}-sg-stack"
SOURCE_BUCKETS = ("techcorp-a001-ml-source", "edge-b001-ml-source", "globalbank-c001-ml-source")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One line of what stands ready."""

    what: str
    name: str


def contents() -> tuple[Prepared, ...]:
    """What `prepare` makes, for people."""
    return (
        Prepared(what="VPC", name=VPC_ID),
        *(Prepared(what="private subnet", name=subnet) for subnet in SUBNET_IDS),
        Prepared(what="route table", name=ROUTE_TABLE_ID),
        Prepared(what="SSM parameter", name=VPC_PARAMETER),
        Prepared(what="SSM parameter", name=SUBNETS_PARAMETER),
        Prepared(what="stack", name=SECURITY_GROUP_STACK),
        Prepared(what="SSM parameter", name=SECURITY_GROUP_PARAMETER),
        *(Prepared(what="S3 source bucket", name=bucket) for bucket in SOURCE_BUCKETS),
    )


def prepare() -> None:
    """Makes the network, its SSM parameters, the security group's stack and the source buckets, in moto.

    On moto's backends themselves: clients would read every service's model first.
    """
    from moto.cloudformation.models import cloudformation_backends
    from moto.ec2.models import ec2_backends
    from moto.s3.models import s3_backends
    from moto.ssm.models import ssm_backends

    stacks: Any = cloudformation_backends[ACCOUNT_ID][REGION]
    _network(ec2_backends[ACCOUNT_ID][REGION])
    _parameter(ssm_backends[ACCOUNT_ID][REGION], VPC_PARAMETER, VPC_ID, "String")
    _parameter(ssm_backends[ACCOUNT_ID][REGION], SUBNETS_PARAMETER, ",".join(SUBNET_IDS), "StringList")
    stack = stacks.create_stack(SECURITY_GROUP_STACK, json.dumps(_security_group_template()))
    # A served endpoint makes its stacks beside its requests.
    while stack.status.endswith("_IN_PROGRESS"):
        time.sleep(0.005)
    for bucket in SOURCE_BUCKETS:
        _source_bucket(s3_backends[ACCOUNT_ID]["aws"], bucket)


def put_objects(objects: Sequence[tuple[str, str, bytes]]) -> None:
    """Puts (bucket, key, content) into buckets of the account. Raises LookupError for one without bucket."""
    from moto.s3.models import s3_backends

    s3: Any = s3_backends[ACCOUNT_ID]["aws"]
    with turn:
        if missing := sorted({bucket for bucket, _, _ in objects} - set(s3.buckets)):
            raise LookupError(missing[0])
        for bucket, key, content in objects:
            s3.put_object(bucket, key, content)


def _network(ec2: Any) -> None:
    """The configs that name a VPC directly hold these ids, so moto is made to hand them out."""
    with _ids("vpcs", "random_vpc_id", VPC_ID):
        ec2.create_vpc("10.20.0.0/16")
    ec2.modify_vpc_attribute(VPC_ID, "enable_dns_hostnames", True)
    with _ids("subnets", "random_subnet_id", *SUBNET_IDS):
        for zone, block in zip("ab", ("10.20.1.0/24", "10.20.2.0/24"), strict=True):
            ec2.create_subnet(VPC_ID, block, availability_zone=f"{REGION}{zone}")
    with _ids("route_tables", "random_route_table_id", ROUTE_TABLE_ID):
        ec2.create_route_table(VPC_ID)
    for subnet in SUBNET_IDS:
        ec2.associate_route_table(ROUTE_TABLE_ID, subnet_id=subnet)


def _parameter(ssm: Any, name: str, value: str, kind: str) -> None:
    ssm.put_parameter(
        name=name,
        description=None,
        value=value,
        parameter_type=kind,
        allowed_pattern=None,
        keyid=None,
        overwrite=False,
        tags=None,
        data_type="text",
        tier=None,
        policies=None,
    )


@contextmanager
def _ids(module: str, function: str, *ids: str) -> Iterator[None]:
    import importlib

    models: Any = importlib.import_module(f"moto.ec2.models.{module}")
    original = getattr(models, function)
    wanted = itertools.chain(ids, iter(original, None))
    setattr(models, function, lambda *_, **__: next(wanted))
    try:
        yield
    finally:
        setattr(models, function, original)


def _source_bucket(s3: Any, bucket: str) -> None:
    s3.create_bucket(bucket, REGION)
    s3.put_bucket_versioning(bucket, "Enabled")
    s3.put_public_access_block(
        bucket,
        {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_notification_configuration(bucket, {"EventBridgeConfiguration": {}})


def _security_group_template() -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The application security group, as the SG Provisioner makes it.",
        "Resources": {
            "SecurityGroup": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": "Applications of the example bank",
                    "VpcId": VPC_ID,
                    "SecurityGroupEgress": [
                        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
                    ],
                },
            },
            "SecurityGroupId": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Name": SECURITY_GROUP_PARAMETER,
                    "Type": "String",
                    "Value": {"Fn::GetAtt": ["SecurityGroup", "GroupId"]},
                },
            },
        },
        "Outputs": {"SecurityGroupId": {"Value": {"Ref": "SecurityGroup"}}},
    }
