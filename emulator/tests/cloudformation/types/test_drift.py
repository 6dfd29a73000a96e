"""Changing a resource through its own API shows up in what is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import ACCOUNT, ResourceSteps, client
from .resource_cases import READ, RESOURCE_CASES, TLS_ONLY, WRITE, key_policy, pipeline, publish
from .test_every_type import Laboratory

Change = Callable[[Laboratory], object]
Benches = Callable[..., ResourceSteps]


def _id(laboratory: Laboratory, name: str) -> str:
    return laboratory.made[name].physical_id


CHANGES: list[tuple[str, Change, dict[str, Any]]] = [
    (
        "Bucket",
        lambda _: client("s3").put_bucket_versioning(
            Bucket="ml-artifacts", VersioningConfiguration={"Status": "Suspended"}
        ),
        {"VersioningConfiguration": {"Status": "Suspended"}},
    ),
    (
        "Bucket",
        lambda _: client("s3").delete_bucket_lifecycle(Bucket="ml-artifacts"),
        {"LifecycleConfiguration": None},
    ),
    (
        "Bucket",
        lambda _: client("s3").put_bucket_tagging(
            Bucket="ml-artifacts", Tagging={"TagSet": [{"Key": "own", "Value": "2"}]}
        ),
        {"Tags": [{"Key": "own", "Value": "2"}]},
    ),
    (
        "BucketPolicy",
        lambda _: client("s3").put_bucket_policy(
            Bucket="ml-artifacts", Policy=json.dumps({**TLS_ONLY, "Version": "2008-10-17"})
        ),
        {"PolicyDocument": {**TLS_ONLY, "Version": "2008-10-17"}},
    ),
    (
        "Role",
        lambda lab: client("iam").put_role_policy(
            RoleName=_id(lab, "Role"), PolicyName="p", PolicyDocument=json.dumps(WRITE)
        ),
        {"Policies": [{"PolicyName": "p", "PolicyDocument": WRITE}]},
    ),
    (
        "Role",
        lambda lab: client("iam").delete_role_permissions_boundary(RoleName=_id(lab, "Role")),
        {"PermissionsBoundary": None},
    ),
    (
        "Policy",
        lambda lab: client("iam").put_role_policy(
            RoleName=_id(lab, "Role"), PolicyName="q", PolicyDocument=json.dumps(WRITE)
        ),
        {"PolicyDocument": WRITE},
    ),
    (
        "ManagedPolicy",
        lambda lab: client("iam").create_policy_version(
            PolicyArn=_id(lab, "ManagedPolicy"), PolicyDocument=json.dumps(WRITE), SetAsDefault=True
        ),
        {"PolicyDocument": WRITE},
    ),
    (
        "Key",
        lambda lab: client("kms").disable_key_rotation(KeyId=_id(lab, "Key")),
        {"EnableKeyRotation": False},
    ),
    (
        "Key",
        lambda lab: client("kms").put_key_policy(
            KeyId=_id(lab, "Key"), PolicyName="default", Policy=json.dumps(key_policy("role/y"))
        ),
        {"KeyPolicy": key_policy("role/y")},
    ),
    (
        "LogGroup",
        lambda lab: client("logs").delete_retention_policy(logGroupName=_id(lab, "LogGroup")),
        {"RetentionInDays": None},
    ),
    (
        "Topic",
        lambda lab: client("sns").set_topic_attributes(
            TopicArn=_id(lab, "Topic"), AttributeName="DisplayName", AttributeValue="Other"
        ),
        {"DisplayName": "Other"},
    ),
    (
        "TopicPolicy",
        lambda lab: client("sns").set_topic_attributes(
            TopicArn=_id(lab, "Topic"), AttributeName="Policy", AttributeValue=json.dumps(publish("b"))
        ),
        {"PolicyDocument": publish("b")},
    ),
    (
        "Parameter",
        lambda _: client("ssm").put_parameter(Name="/ml/x/A", Value="other", Overwrite=True),
        {"Value": "other"},
    ),
    (
        "Vpc",
        lambda lab: client("ec2").modify_vpc_attribute(
            VpcId=_id(lab, "Vpc"), EnableDnsHostnames={"Value": False}
        ),
        {"EnableDnsHostnames": False},
    ),
    (
        "Interface",
        lambda lab: client("ec2").modify_vpc_endpoint(
            VpcEndpointId=_id(lab, "Interface"), PrivateDnsEnabled=False
        ),
        {"PrivateDnsEnabled": False},
    ),
    (
        "Project",
        lambda _: client("codebuild").update_project(name="proj", timeoutInMinutes=45),
        {"TimeoutInMinutes": 45},
    ),
    (
        "Repository",
        lambda _: client("codecommit").update_repository_description(
            repositoryName="repo", repositoryDescription="other"
        ),
        {"RepositoryDescription": "other"},
    ),
    (
        "Dashboard",
        lambda _: client("cloudwatch").delete_dashboards(DashboardNames=["dash"]),
        {},
    ),
    (
        "ModelGroup",
        lambda _: client("sagemaker").put_model_package_group_policy(
            ModelPackageGroupName="g", ResourcePolicy=json.dumps(WRITE)
        ),
        {"ModelPackageGroupPolicy": WRITE},
    ),
]


@pytest.mark.parametrize(
    ("name", "change", "difference"),
    [pytest.param(*row, id=f"{row[0]}-{'-'.join(row[2]) or 'gone'}") for row in CHANGES],
)
def test_a_change_elsewhere_is_seen(
    name: str, change: Change, difference: dict[str, Any], bench: Benches
) -> None:
    laboratory = Laboratory(bench)
    laboratory.make(name)
    declared = laboratory.resolved(RESOURCE_CASES[name].properties)
    change(laboratory)
    live = laboratory.bench(name).read(_id(laboratory, name), **declared)
    if not difference:
        assert live is None
        return
    assert live is not None
    assert {key: value for key, value in live.items() if value != declared[key]} == difference


def test_a_rule_that_lost_a_target(bench: Benches) -> None:
    laboratory = Laboratory(bench)
    laboratory.make("Rule")
    declared = laboratory.resolved(RESOURCE_CASES["Rule"].properties)
    client("events").remove_targets(Rule=_id(laboratory, "Rule"), Ids=["t"])
    live = laboratory.bench("Rule").read(_id(laboratory, "Rule"), **declared)
    assert live is not None
    assert live["Targets"] == [declared["Targets"][1]]


def test_a_pipeline_with_another_action(bench: Benches) -> None:
    laboratory = Laboratory(bench)
    laboratory.make("Pipeline")
    declared = laboratory.resolved(RESOURCE_CASES["Pipeline"].properties)
    codepipeline = client("codepipeline")
    held = codepipeline.get_pipeline(name="pipe")["pipeline"]
    held["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "another"
    codepipeline.update_pipeline(pipeline=held)
    live = laboratory.bench("Pipeline").read("pipe", **declared)
    stages = pipeline("CodeBuild")
    stages[1]["Actions"][0]["Configuration"] = {"ProjectName": "another"}
    assert live is not None
    assert live["Stages"] == stages


def test_a_rule_of_a_group_that_somebody_added(bench: Benches) -> None:
    laboratory = Laboratory(bench)
    laboratory.make("Ingress")
    group = _id(laboratory, "Group")
    declared = laboratory.resolved(RESOURCE_CASES["Group"].properties)
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    live = laboratory.bench("Group").read(group, **declared)
    added = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    assert live is not None
    assert live["SecurityGroupIngress"] == [*declared["SecurityGroupIngress"], added]


def test_tags_of_the_stack_are_no_drift_but_others_are(bench: Benches) -> None:
    role = bench("AWS::SSM::Parameter")
    made = role.create(Name="/a", Type="String", Value="v", Tags={"own": "1"})
    assert role.read(made.physical_id, Tags={"own": "1"}) == {"Tags": {"own": "1"}}
    client("ssm").add_tags_to_resource(
        ResourceType="Parameter", ResourceId="/a", Tags=[{"Key": "new", "Value": "2"}]
    )
    assert role.read(made.physical_id, Tags={"own": "1"}) == {"Tags": {"own": "1", "new": "2"}}


def test_read_is_the_documents_own_text_where_nothing_differs(bench: Benches) -> None:
    policy = bench("AWS::IAM::ManagedPolicy")
    made = policy.create(ManagedPolicyName="p", PolicyDocument=READ)
    assert made.physical_id == f"arn:aws:iam::{ACCOUNT}:policy/p"
    assert policy.read(made.physical_id, PolicyDocument=READ) == {"PolicyDocument": READ}
