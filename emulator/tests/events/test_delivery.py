"""What services send, and what rules do with it."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from catalog_emulator import install
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, client, refused

EVENTS = {"Service": "events.amazonaws.com"}
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/approved"
PIPELINE = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:deploy"
START = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": PIPELINE}
SOURCE = {
    "name": "Source",
    "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
    "configuration": {"RepositoryName": "code", "BranchName": "main", "PollForSourceChanges": "false"},
    "outputArtifacts": [{"name": "Code"}],
}
BUILD = {
    "name": "Build",
    "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
    "configuration": {"ProjectName": "build"},
    "inputArtifacts": [{"name": "Code"}],
}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    install()
    with mock_aws():
        yield


def role(name: str, principal: Mapping[str, Any], *statements: Mapping[str, Any], **condition: Any) -> str:
    """The ARN of a role with an inline policy of the statements."""
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": one}) for one in ([trust], statements)]
    made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=documents[0])
    if statements:
        client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=documents[1])
    return str(made["Role"]["Arn"])


def pipeline() -> None:
    stages = [{"name": one["name"], "actions": [one]} for one in (SOURCE, BUILD)]
    client("codepipeline").create_pipeline(
        pipeline={
            "name": "deploy",
            "roleArn": role("pipeline", {"Service": "codepipeline.amazonaws.com"}),
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": stages,
        }
    )


def executions() -> list[tuple[str, str, str]]:
    """Trigger, its detail and status of the pipeline's executions, oldest first."""
    found = client("codepipeline").list_pipeline_executions(pipelineName="deploy")
    return [
        (one["trigger"]["triggerType"], one["trigger"]["triggerDetail"], one["status"])
        for one in reversed(found["pipelineExecutionSummaries"])
    ]


def rule(target: Mapping[str, Any], **pattern: Any) -> None:
    client("events").put_rule(Name="approved", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="approved", Targets=[{"Id": "t", **target}])


def metric(name: str) -> float:
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events",
        MetricName=name,
        Dimensions=[{"Name": "RuleName", "Value": "approved"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


class Delivered:
    """A queue that is the target of a rule."""

    def __init__(self, **pattern: Any) -> None:
        self._sqs = client("sqs")
        self._url = self._sqs.create_queue(QueueName="events")["QueueUrl"]
        rule({"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"}, **pattern)

    def events(self) -> list[dict[str, Any]]:
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(one["Body"]) for one in found]


def registered(**members: Any) -> str:
    """The ARN of a version in a new group."""
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    made = sagemaker.create_model_package(ModelPackageGroupName="churn", **members)
    return str(made["ModelPackageArn"])


def test_events_of_a_model_package() -> None:
    metrics = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/e.json"}}}
    delivered = Delivered(source=["aws.sagemaker"])
    arn = registered(ModelMetrics=metrics, ModelPackageDescription="first")
    client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good"
    )
    made, approved = delivered.events()
    detail = {
        "ModelPackageGroupName": "churn",
        "ModelPackageVersion": 1,
        "ModelPackageArn": arn,
        "ModelPackageDescription": "first",
        "CreationTime": made["detail"]["CreationTime"],
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "ModelMetrics": metrics,
    }
    assert made == {
        "version": "0",
        "id": made["id"],
        "detail-type": "SageMaker Model Package State Change",
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": made["time"],
        "region": REGION,
        "resources": [arn],
        "detail": {**detail, "ModelApprovalStatus": "PendingManualApproval"},
    }
    changed = approved["detail"].pop("LastModifiedTime")
    assert approved["detail"] == {**detail, "ModelApprovalStatus": "Approved"}
    assert [datetime.fromisoformat(one).tzinfo for one in (changed, detail["CreationTime"])] == [UTC, UTC]


def test_update_keeps_what_it_leaves_out() -> None:
    arn = registered(CustomerMetadataProperties={"a": "1"})
    sagemaker = client("sagemaker")
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good"
    )
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"b": "2"})
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    names = ("ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties")
    assert [found[name] for name in names] == ["Approved", "good", {"a": "1", "b": "2"}]


def test_events_of_a_repository() -> None:
    codecommit = client("codecommit")
    made = codecommit.create_repository(repositoryName="code")["repositoryMetadata"]
    delivered = Delivered(source=["aws.codecommit"])
    put = {"repositoryName": "code", "branchName": "main", "filePath": "a.txt"}
    first = codecommit.put_file(**put, fileContent=b"one")["commitId"]
    second = codecommit.put_file(**put, fileContent=b"two", parentCommitId=first)["commitId"]
    codecommit.create_branch(repositoryName="code", branchName="next", commitId=first)
    codecommit.delete_branch(repositoryName="code", branchName="next")

    events = delivered.events()
    assert [(one["resources"], one["detail-type"]) for one in events] == [
        ([made["Arn"]], "CodeCommit Repository State Change")
    ] * 4
    common = {"repositoryName": "code", "repositoryId": made["repositoryId"], "referenceType": "branch"}
    branch = {**common, "referenceName": "main", "referenceFullName": "refs/heads/main"}
    other = {**common, "referenceName": "next", "referenceFullName": "refs/heads/next"}
    assert [one["detail"] for one in events] == [
        {**branch, "event": "referenceCreated", "commitId": first},
        {**branch, "event": "referenceUpdated", "commitId": second, "oldCommitId": first},
        {**other, "event": "referenceCreated", "commitId": first},
        {**other, "event": "referenceDeleted", "oldCommitId": first},
    ]


def test_commits() -> None:
    codecommit = client("codecommit")
    codecommit.create_repository(repositoryName="code")
    where = {"repositoryName": "code", "branchName": "main"}
    files = [{"filePath": name, "fileContent": name.encode()} for name in ("a", "b")]
    first = codecommit.create_commit(**where, putFiles=files, authorName="Ann", commitMessage="Start")
    second = codecommit.create_commit(
        **where,
        parentCommitId=first["commitId"],
        putFiles=[{"filePath": "a", "fileContent": b"new"}],
        deleteFiles=[{"filePath": "b"}],
    )
    assert [len(second[f"files{kind}"]) for kind in ("Added", "Updated", "Deleted")] == [0, 1, 1]
    assert codecommit.get_file(repositoryName="code", filePath="a")["fileContent"] == b"new"
    old = codecommit.get_file(repositoryName="code", filePath="b", commitSpecifier=first["commitId"])
    assert old["fileContent"] == b"b"
    shown = codecommit.get_commit(repositoryName="code", commitId=first["commitId"])["commit"]
    assert (shown["author"]["name"], shown["message"], shown["parents"]) == ("Ann", "Start", [])
    same = {**where, "filePath": "a", "parentCommitId": second["commitId"]}
    refusals: dict[str, Callable[[], Any]] = {
        "SameFileContentException": lambda: codecommit.put_file(**same, fileContent=b"new"),
        "FileContentRequiredException": lambda: codecommit.put_file(**same, fileContent=b""),
        "ParentCommitIdOutdatedException": lambda: codecommit.put_file(
            **{**same, "parentCommitId": first["commitId"]}, fileContent=b"x"
        ),
        "ParentCommitIdRequiredException": lambda: codecommit.create_commit(**where),
        "NoChangeException": lambda: codecommit.create_commit(**where, parentCommitId=second["commitId"]),
        "FileDoesNotExistException": lambda: codecommit.get_file(repositoryName="code", filePath="b"),
        "CommitDoesNotExistException": lambda: codecommit.get_commit(repositoryName="code", commitId="x"),
        "BranchNameExistsException": lambda: codecommit.create_branch(**where, commitId=first["commitId"]),
        "DefaultBranchCannotBeDeletedException": lambda: codecommit.delete_branch(**where),
    }
    for code, call in refusals.items():
        with refused(code, ""):
            call()


def test_rule_starts_a_pipeline_as_its_role() -> None:
    pipeline()
    group = {"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved"]}
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": RULE}}
    target = {"Arn": PIPELINE, "RoleArn": role("start", EVENTS, START, Condition=condition)}
    rule(target, source=["aws.sagemaker"], detail=group)
    arn = registered()
    for status in ("Rejected", "Approved"):
        client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)

    created, *others = executions()
    assert (created[0], created[2]) == ("CreatePipeline", "InProgress")
    assert others == [("CloudWatchEvent", RULE, "InProgress")]
    assert (metric("Invocations"), metric("FailedInvocations")) == (1, 0)


@cases(
    "target",
    {
        "no role": lambda: {"Arn": PIPELINE},
        "no such role": lambda: {"Arn": PIPELINE, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"},
        "another service": lambda: {
            "Arn": PIPELINE,
            "RoleArn": role("r", {"Service": "codebuild.amazonaws.com"}, START),
        },
        "another rule": lambda: {
            "Arn": PIPELINE,
            "RoleArn": role("r", EVENTS, START, Condition={"ArnLike": {"aws:SourceArn": f"{RULE}-not"}}),
        },
        "no permission": lambda: {
            "Arn": PIPELINE,
            "RoleArn": role("r", EVENTS, {**START, "Resource": f"{PIPELINE}-not"}),
        },
        "no pipeline": lambda: {
            "Arn": f"{PIPELINE}-not",
            "RoleArn": role("r", EVENTS, {**START, "Resource": "*"}),
        },
        "no topic": lambda: {"Arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:none"},
        "no ARN": lambda: {"Arn": "arn:x"},
        "no log group": lambda: {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:none"},
    },
)
def test_failed_target_reaches_nobody(target: Callable[[], dict[str, Any]]) -> None:
    pipeline()
    rule(target(), source=["aws.sagemaker"])
    registered()
    assert [trigger for trigger, _, _ in executions()] == ["CreatePipeline"]
    assert (metric("Invocations"), metric("FailedInvocations")) == (0, 1)


def test_an_event_is_sent_to_one_other_bus() -> None:
    rule({"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}, source=["aws.sagemaker"])
    registered()
    assert (metric("Invocations"), metric("FailedInvocations")) == (1, 1)


def test_a_detail_that_is_nested_too_deeply() -> None:
    entry = {"Source": "x", "DetailType": "x", "Detail": '{"a":' * 5000 + "1" + "}" * 5000}
    with refused("ValidationException", "Detail is nested too deeply."):
        client("events").put_events(Entries=[entry])


def test_started_by_a_caller() -> None:
    pipeline()
    made = client("codepipeline").start_pipeline_execution(name="deploy")["pipelineExecutionId"]
    found = client("codepipeline").get_pipeline_execution(pipelineName="deploy", pipelineExecutionId=made)
    shown = found["pipelineExecution"]
    assert (shown["status"], shown["trigger"]["triggerType"]) == ("InProgress", "StartPipelineExecution")


def test_scheduled_rule_matches_no_event() -> None:
    delivered = Delivered(source=["none"])
    client("events").put_rule(Name="approved", ScheduleExpression="rate(1 day)", EventPattern="")
    registered()
    assert delivered.events() == []


def test_event_pattern_is_tested() -> None:
    events = client("events")
    members = ("id", "account", "source", "time", "region", "detail-type")
    event = {"resources": [], **{name: "x" for name in members}}
    pattern = json.dumps({"source": [{"prefix": "x"}]})
    assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is True
    other = json.dumps({**event, "source": "y"})
    assert events.test_event_pattern(EventPattern=pattern, Event=other)["Result"] is False
    with refused("ValidationException", "Parameter Event is not valid."):
        events.test_event_pattern(EventPattern=pattern, Event="{}")
    with refused("InvalidEventPatternException", "Unrecognized match type like"):
        events.put_rule(Name="r", EventPattern=json.dumps({"source": [{"like": "x"}]}))
