"""What others change through a service's API is in what the handler reads."""

import json
from typing import Any

import pytest

from .conftest import ACCOUNT, Handlers, Resources, client
from .resource_cases import READ, RESOURCE_CASES, TLS_ONLY, WRITE, key_policy, pipeline, publish

# A resource, a call with its arguments, and what a read then shows; nothing when the resource is gone.
CHANGES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "Bucket",
        "s3.put_bucket_versioning",
        {"Bucket": "ml-artifacts", "VersioningConfiguration": {"Status": "Suspended"}},
        {"VersioningConfiguration": {"Status": "Suspended"}},
    ),
    ("Bucket", "s3.delete_bucket_lifecycle", {"Bucket": "ml-artifacts"}, {"LifecycleConfiguration": None}),
    (
        "Bucket",
        "s3.put_bucket_tagging",
        {"Bucket": "ml-artifacts", "Tagging": {"TagSet": [{"Key": "own", "Value": "2"}]}},
        {"Tags": [{"Key": "own", "Value": "2"}]},
    ),
    (
        "BucketPolicy",
        "s3.put_bucket_policy",
        {"Bucket": "ml-artifacts", "Policy": json.dumps({**TLS_ONLY, "Version": "2008-10-17"})},
        {"PolicyDocument": {**TLS_ONLY, "Version": "2008-10-17"}},
    ),
    (
        "Role",
        "iam.put_role_policy",
        {"RoleName": "@Role", "PolicyName": "p", "PolicyDocument": json.dumps(WRITE)},
        {"Policies": [{"PolicyName": "p", "PolicyDocument": WRITE}]},
    ),
    ("Role", "iam.delete_role_permissions_boundary", {"RoleName": "@Role"}, {"PermissionsBoundary": None}),
    (
        "Policy",
        "iam.put_role_policy",
        {"RoleName": "@Role", "PolicyName": "q", "PolicyDocument": json.dumps(WRITE)},
        {"PolicyDocument": WRITE},
    ),
    (
        "ManagedPolicy",
        "iam.create_policy_version",
        {"PolicyArn": "@ManagedPolicy", "PolicyDocument": json.dumps(WRITE), "SetAsDefault": True},
        {"PolicyDocument": WRITE},
    ),
    ("Key", "kms.disable_key_rotation", {"KeyId": "@Key"}, {"EnableKeyRotation": False}),
    (
        "Key",
        "kms.put_key_policy",
        {"KeyId": "@Key", "PolicyName": "default", "Policy": json.dumps(key_policy("role/y"))},
        {"KeyPolicy": key_policy("role/y")},
    ),
    ("LogGroup", "logs.delete_retention_policy", {"logGroupName": "@LogGroup"}, {"RetentionInDays": None}),
    (
        "Topic",
        "sns.set_topic_attributes",
        {"TopicArn": "@Topic", "AttributeName": "DisplayName", "AttributeValue": "Other"},
        {"DisplayName": "Other"},
    ),
    (
        "TopicPolicy",
        "sns.set_topic_attributes",
        {"TopicArn": "@Topic", "AttributeName": "Policy", "AttributeValue": json.dumps(publish("b"))},
        {"PolicyDocument": publish("b")},
    ),
    (
        "Parameter",
        "ssm.put_parameter",
        {"Name": "/ml/x/A", "Value": "other", "Overwrite": True},
        {"Value": "other"},
    ),
    (
        "Vpc",
        "ec2.modify_vpc_attribute",
        {"VpcId": "@Vpc", "EnableDnsHostnames": {"Value": False}},
        {"EnableDnsHostnames": False},
    ),
    (
        "Interface",
        "ec2.modify_vpc_endpoint",
        {"VpcEndpointId": "@Interface", "PrivateDnsEnabled": False},
        {"PrivateDnsEnabled": False},
    ),
    (
        "Project",
        "codebuild.update_project",
        {"name": "proj", "timeoutInMinutes": 45},
        {"TimeoutInMinutes": 45},
    ),
    (
        "Repository",
        "codecommit.update_repository_description",
        {"repositoryName": "repo", "repositoryDescription": "other"},
        {"RepositoryDescription": "other"},
    ),
    ("Dashboard", "cloudwatch.delete_dashboards", {"DashboardNames": ["dash"]}, {}),
    (
        "ModelGroup",
        "sagemaker.put_model_package_group_policy",
        {"ModelPackageGroupName": "g", "ResourcePolicy": json.dumps(WRITE)},
        {"ModelPackageGroupPolicy": WRITE},
    ),
]


@pytest.mark.parametrize(
    ("name", "call", "arguments", "difference"),
    [pytest.param(*row, id=f"{row[0]}-{'-'.join(row[3]) or 'gone'}") for row in CHANGES],
)
def test_read_shows_changes_of_others(
    name: str, call: str, arguments: dict[str, Any], difference: dict[str, Any], resources: Resources
) -> None:
    resources.make(name)
    declared = resources.resolved(RESOURCE_CASES[name].properties)
    service, operation = call.split(".")
    getattr(client(service), operation)(**resources.resolved(arguments))
    live = resources.handler(name).read(resources.id_of(name), **declared)
    if not difference:
        assert live is None
        return
    assert live is not None
    assert {key: value for key, value in live.items() if value != declared[key]} == difference


def test_read_shows_removed_target(resources: Resources) -> None:
    resources.make("Rule")
    declared = resources.resolved(RESOURCE_CASES["Rule"].properties)
    client("events").remove_targets(Rule=resources.id_of("Rule"), Ids=["t"])
    live = resources.handler("Rule").read(resources.id_of("Rule"), **declared)
    assert live is not None
    assert live["Targets"] == [declared["Targets"][1]]


def test_read_shows_changed_action(resources: Resources) -> None:
    resources.make("Pipeline")
    declared = resources.resolved(RESOURCE_CASES["Pipeline"].properties)
    codepipeline = client("codepipeline")
    held = codepipeline.get_pipeline(name="pipe")["pipeline"]
    held["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "another"
    codepipeline.update_pipeline(pipeline=held)
    live = resources.handler("Pipeline").read("pipe", **declared)
    stages = pipeline("CodeBuild")
    stages[1]["Actions"][0]["Configuration"] = {"ProjectName": "another"}
    assert live is not None
    assert live["Stages"] == stages


def test_read_shows_added_security_group_rule(resources: Resources) -> None:
    resources.make("Ingress")
    group = resources.id_of("Group")
    declared = resources.resolved(RESOURCE_CASES["Group"].properties)
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    live = resources.handler("Group").read(group, **declared)
    added = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    assert live is not None
    assert live["SecurityGroupIngress"] == [*declared["SecurityGroupIngress"], added]


def test_read_omits_tags_of_the_stack(handlers: Handlers) -> None:
    role = handlers("AWS::SSM::Parameter")
    made = role.create(Name="/a", Type="String", Value="v", Tags={"own": "1"})
    assert role.read(made.physical_id, Tags={"own": "1"}) == {"Tags": {"own": "1"}}
    client("ssm").add_tags_to_resource(
        ResourceType="Parameter", ResourceId="/a", Tags=[{"Key": "new", "Value": "2"}]
    )
    assert role.read(made.physical_id, Tags={"own": "1"}) == {"Tags": {"own": "1", "new": "2"}}


def test_read_keeps_the_templates_spelling(handlers: Handlers) -> None:
    policy = handlers("AWS::IAM::ManagedPolicy")
    made = policy.create(ManagedPolicyName="p", PolicyDocument=READ)
    assert made.physical_id == f"arn:aws:iam::{ACCOUNT}:policy/p"
    assert policy.read(made.physical_id, PolicyDocument=READ) == {"PolicyDocument": READ}
