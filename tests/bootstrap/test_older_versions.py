"""What launch roles keep for published versions that differ from the files, and what they cannot keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from publisher.aws.clients import Aws
from publisher.bootstrap.older_versions import Kept, OlderVersions
from publisher.bootstrap.roles import launch_roles
from publisher.catalog.published_versions import PublishedVersion
from publisher.declarations import load
from publisher.errors import AwsError
from publisher.model import ProvisioningArtifact
from publisher.templates.render import render_all
from tests.account import Account
from tests.conftest import cases, write_files

QUEUE = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "former"}}}
ROLE = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {},
            "PermissionsBoundary": {
                "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/launch-topic-boundary"
            },
            "Policies": [
                {
                    "PolicyName": "all",
                    "PolicyDocument": {
                        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]
                    },
                }
            ],
        },
    }
}
# Named resources: those of half of these types fit in a role, and no more.
TYPES = {
    "AWS::Athena::WorkGroup": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CodeCommit::Repository": "RepositoryName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::Events::Rule": "Name",
    "AWS::IoT::Thing": "ThingName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SageMaker::Endpoint": "EndpointName",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
}
FAMILY = 'family: topic\nversion: "2.0.0"\ndisplay_name: Topic\nowner: ML\ntemplate: template/main.yaml.j2\n'


def text(resources: Mapping[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def many(types: Sequence[str]) -> str:
    names = [letter * 110 for letter in ascii_lowercase[:16]]
    return text(
        {
            f"R{number}{name[0]}": {"Type": kind, "Properties": {TYPES[kind]: name}}
            for number, kind in enumerate(types)
            for name in names
        }
    )


def kept(
    tmp_path: Path, account: Account, texts: Mapping[str, str | AwsError], inactive: str = ""
) -> tuple[set[str], Kept]:
    """(the services whose actions the role has, what is kept of these versions by name)"""
    write_files(
        tmp_path,
        {
            "products/topic/product.yaml": FAMILY,
            "products/topic/template/main.yaml.j2": "Resources: {Topic: {Type: AWS::SNS::Topic}}\n",
        },
    )
    roles = launch_roles(render_all(load(tmp_path, configs=False).variants))
    versions: list[tuple[Aws, PublishedVersion]] = [
        (
            account.aws,
            PublishedVersion(
                artifact=ProvisioningArtifact(
                    product="topic", version=name, digest=f"sha256:{name}", active=name != inactive
                ),
                product_id="prod-x",
                id=f"pa-{name}",
            ),
        )
        for name in texts
    ]
    older = OlderVersions(versions=versions, texts={f"sha256:{name}": it for name, it in texts.items()})
    (role,), found = older.kept_by(roles)
    actions = [action for it in role.policies for one in it.document["Statement"] for action in one["Action"]]
    boundary = [*role.boundary.document["Statement"]] if role.boundary else []
    actions += [f"boundary {it['Action']}" for it in boundary]
    return {it.partition(":")[0] for it in actions}, found


OWN = {"cloudformation", "s3", "sns"}


@cases(
    ("texts", "services", "versions", "reasons"),
    {
        "nothing published": ({}, OWN, (), []),
        "newest first": (
            {"1.0.0": text(QUEUE), "1.1.0": text(ROLE)},
            {*OWN, "sqs", "iam", "boundary sqs"},
            ("1.1.0", "1.0.0"),
            [],
        ),
        "one that cannot be read": (
            {"1.0.0": AwsError("GetObject answered AccessDenied"), "1.1.0": text(QUEUE)},
            {*OWN, "sqs"},
            ("1.1.0",),
            ["GetObject answered AccessDenied"],
        ),
        "no template": ({"1.0.0": "{"}, OWN, (), ["published template:1:2: T"]),
        "one without a policy": (
            {"1.0.0": text(QUEUE, Transform="AWS::Serverless-2016-10-31")},
            OWN,
            (),
            ["the launch policy of transform AWS::Serverless-2016-10-31 cannot be derived"],
        ),
    },
)
def test_what_other_versions_need_is_kept(
    tmp_path: Path,
    account: Account,
    texts: Mapping[str, str | AwsError],
    services: set[str],
    versions: tuple[str, ...],
    reasons: list[str],
) -> None:
    found, result = kept(tmp_path, account, texts)
    assert (found, result.versions) == (services, {"launch-topic": versions} if versions else {})
    assert len(result.left_out) == len(reasons)
    for one, reason in zip(result.left_out, reasons, strict=True):
        assert one.reason.startswith(reason)
        assert str(one).startswith("launch-topic lacks what version 1.0.0 needs: ")


@cases(
    ("inactive", "left_out"),
    {"the oldest": ("", "1.0.0"), "first an inactive one": ("1.1.0", "1.1.0")},
)
def test_what_does_not_fit_is_left_out(
    tmp_path: Path, account: Account, inactive: str, left_out: str
) -> None:
    types = sorted(TYPES)
    texts = {"1.0.0": many(types[::2]), "1.1.0": many(types[1::2])}
    _, result = kept(tmp_path, account, texts, inactive)
    (one,) = result.left_out
    (others,) = result.versions.values()
    assert (one.version, {*others, one.version}) == (left_out, {*texts})
    assert one.reason.startswith("it does not fit: the launch policy requires 1")
