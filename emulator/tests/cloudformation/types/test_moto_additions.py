"""Calls that moto's services lack and the resource types need."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog_emulator import install, sns
from tests.conftest import cases

from .conftest import Handlers, Resources, client
from .resource_cases import pipeline, publish

GROUP = "arn:aws:logs:us-west-2:123456789012:log-group:/ml/x"


def test_project_keeps_all_members(resources: Resources) -> None:
    resources.make("Project")
    (project,) = client("codebuild").batch_get_projects(names=["proj"])["projects"]
    assert project["encryptionKey"] == resources.made["Key"].attributes["Arn"]
    assert project["source"] == {"type": "CODEPIPELINE", "buildspec": "buildspec.yml"}
    assert (project["timeoutInMinutes"], project["queuedTimeoutInMinutes"]) == (30, 480)
    assert {tag["key"] for tag in project["tags"]} == {"own", "team", "aws:cloudformation:stack-name"}


def test_update_project_needs_a_project() -> None:
    with pytest.raises(ClientError, match="Project cannot be found: nothing"):
        client("codebuild").update_project(name="nothing")


def test_other_sources_need_a_location() -> None:
    with pytest.raises(ClientError, match="Project source location is required"):
        client("codebuild").create_project(
            name="project",
            source={"type": "S3"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole="arn:aws:iam::123456789012:role/r",
        )


def test_pipeline_is_as_declared(resources: Resources) -> None:
    resources.make("Pipeline")
    held = client("codepipeline").get_pipeline(name="pipe")["pipeline"]
    assert (held["pipelineType"], held["executionMode"], held["version"]) == ("V2", "QUEUED", 1)
    assert held["stages"][0]["actions"][0]["configuration"]["PollForSourceChanges"] == "false"
    tags = client("codepipeline").list_tags_for_resource(
        resourceArn="arn:aws:codepipeline:us-west-2:123456789012:pipe"
    )
    assert {tag["key"]: tag["value"] for tag in tags["tags"]} == {
        "own": "1",
        "team": "ml",
        "aws:cloudformation:stack-name": "test",
    }


def test_pipeline_state_shows_disabled_transition(handlers: Handlers, resources: Resources) -> None:
    resources.make("Role")
    closed = {"StageName": "Build", "Reason": "not yet"}
    properties: dict[str, Any] = {
        "Name": "p",
        "RoleArn": resources.made["Role"].attributes["Arn"],
        "ArtifactStore": {"Type": "S3", "Location": "ml-artifacts"},
        "Stages": pipeline("CodeBuild"),
    }
    kind = handlers("AWS::CodePipeline::Pipeline")
    kind.create(**properties, DisableInboundStageTransitions=[closed])
    state = client("codepipeline").get_pipeline_state(name="p")["stageStates"]
    assert [stage["inboundTransitionState"]["enabled"] for stage in state] == [True, False]
    kind.update("p", {**properties, "DisableInboundStageTransitions": [closed]}, properties)
    state = client("codepipeline").get_pipeline_state(name="p")["stageStates"]
    assert [stage["inboundTransitionState"]["enabled"] for stage in state] == [True, True]


def test_repository_has_its_first_commit(resources: Resources) -> None:
    resources.make("Repository")
    codecommit = client("codecommit")
    made = resources.made["Repository"]
    (row,) = codecommit.list_repositories()["repositories"]
    assert row == {"repositoryName": "repo", "repositoryId": made.physical_id}
    assert codecommit.list_branches(repositoryName="repo")["branches"] == ["main"]
    assert len(codecommit.get_branch(repositoryName="repo", branchName="main")["branch"]["commitId"]) == 40
    assert codecommit.get_repository(repositoryName="repo")["repositoryMetadata"]["defaultBranch"] == "main"
    with pytest.raises(ClientError, match="Branch other does not exist in repository repo"):
        codecommit.get_branch(repositoryName="repo", branchName="other")


def test_repository_can_be_renamed(handlers: Handlers) -> None:
    repository = handlers("AWS::CodeCommit::Repository")
    before, after = {"RepositoryName": "a"}, {"RepositoryName": "b"}
    made = repository.create(**before)
    renamed = repository.update(made.physical_id, before, after)
    assert renamed.physical_id == made.physical_id
    assert renamed.attributes["Arn"] == "arn:aws:codecommit:us-west-2:123456789012:b"
    repository.create(**before)
    with pytest.raises(ClientError, match="Repository named a already exists"):
        repository.update(made.physical_id, after, before)


def test_log_group_resource_policy() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    document = json.dumps(publish("a"))
    logs.put_resource_policy(resourceArn=GROUP, policyDocument=document)
    logs.put_resource_policy(policyName="of the account", policyDocument=document)
    (own,) = logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"]
    assert (own["resourceArn"], own["policyDocument"]) == (GROUP, document)
    (other,) = logs.describe_resource_policies()["resourcePolicies"]
    assert other["policyName"] == "of the account"
    logs.delete_resource_policy(resourceArn=GROUP)
    logs.delete_resource_policy(policyName="of the account")
    assert logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"] == []
    with pytest.raises(ClientError, match="No policy exists for resource"):
        logs.delete_resource_policy(resourceArn=GROUP)


def test_resource_policy_needs_a_log_group() -> None:
    with pytest.raises(ClientError) as error:
        client("logs").put_resource_policy(resourceArn=GROUP, policyDocument="{}")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_log_group_key_can_be_changed() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    logs.associate_kms_key(logGroupName="/ml/x", kmsKeyId="arn:aws:kms:us-west-2:123456789012:key/k")
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"].endswith("key/k")
    logs.disassociate_kms_key(logGroupName="/ml/x")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


@pytest.mark.parametrize("more", [False, True], ids=["alone", "with a queue"])
def test_bucket_shows_event_bridge_configuration(more: bool) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    if more:
        client("sqs").create_queue(QueueName="q")
        queue = {"QueueArn": "arn:aws:sqs:us-west-2:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
        configuration["QueueConfigurations"] = [queue]
    s3.put_bucket_notification_configuration(Bucket="bbb", NotificationConfiguration=configuration)
    shown = s3.get_bucket_notification_configuration(Bucket="bbb")
    assert shown["EventBridgeConfiguration"] == {}
    assert ("QueueConfigurations" in shown) == more


def _rule(*targets: dict[str, Any], state: str = "ENABLED") -> None:
    events = client("events")
    pattern = json.dumps({"source": ["aws.codepipeline"]})
    events.put_rule(Name="r", EventPattern=pattern, State=state)
    events.put_targets(Rule="r", Targets=list(targets))
    entry = {
        "Source": "aws.codepipeline",
        "DetailType": "failed",
        "Detail": json.dumps({"pipeline": "p", "n": 3}),
    }
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@cases(
    ("input_of_target", "body"),
    {
        "constant": ({"Input": '"constant"'}, '"constant"'),
        "transformed": (
            {
                "InputTransformer": {
                    "InputPathsMap": {"p": "$.detail.pipeline", "n": "$.detail.n"},
                    "InputTemplate": '"Pipeline <p> failed"\n"<n> times"',
                }
            },
            "Pipeline p failed\n3 times",
        ),
    },
)
def test_rule_delivers_input_to_topic(input_of_target: dict[str, Any], body: str) -> None:
    install()
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    (asked,) = sns.mails()
    assert asked.link is not None
    sns.confirm(topic, asked.link.rsplit("Token=", 1)[1])
    _rule({"Id": "a", "Arn": topic, **input_of_target})
    assert [mail.body for mail in sns.mails()[1:]] == [body]


def test_rule_delivers_event_and_starts_pipeline(resources: Resources) -> None:
    resources.make("Pipeline")
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    queue = "arn:aws:sqs:us-west-2:123456789012:q"
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    _rule(
        {"Id": "f", "Arn": "arn:aws:lambda:us-west-2:123456789012:function:f"},
        {
            "Id": "l",
            "Arn": "arn:aws:codepipeline:us-west-2:123456789012:pipe",
            "RoleArn": "arn:aws:iam::1:role/r",
        },
        {"Id": "n", "Arn": "arn:aws:codepipeline:us-west-2:123456789012:none"},
        {"Id": "t", "Arn": topic},
        {"Id": "u", "Arn": f"{topic}-gone"},
    )
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(json.loads(message["Body"])["Message"])
    assert (event["source"], event["detail"]) == ("aws.codepipeline", {"pipeline": "p", "n": 3})
    executions = client("codepipeline").list_pipeline_executions(pipelineName="pipe")
    assert len(executions["pipelineExecutionSummaries"]) == 1


def test_disabled_rule_delivers_nothing() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    _rule({"Id": "l", "Arn": GROUP}, state="DISABLED")
    assert logs.describe_log_streams(logGroupName="/ml/x")["logStreams"] == []


def test_rule_delivers_to_each_log_group() -> None:
    logs = client("logs")
    for name in ("/ml/x", "/ml/y"):
        logs.create_log_group(logGroupName=name)
    _rule({"Id": "x", "Arn": GROUP}, {"Id": "y", "Arn": GROUP.replace("/x", "/y")})
    for name in ("/ml/x", "/ml/y"):
        assert len(logs.describe_log_streams(logGroupName=name)["logStreams"]) == 1


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_model_package_group_policy_is_missing(operation: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="Cannot find resource policy for"):
        getattr(sagemaker, f"{operation}_model_package_group_policy")(ModelPackageGroupName="g")


def test_delete_model_package_needs_a_package() -> None:
    with pytest.raises(ClientError, match="ModelPackage nothing does not exist"):
        client("sagemaker").delete_model_package(ModelPackageName="nothing")
