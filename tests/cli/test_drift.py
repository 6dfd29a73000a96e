from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.launch.drift import differences_of
from publisher.launch.drift_revert import CHANGE_SET
from tests.account import ACCOUNT, REGION
from tests.cli.conftest import signalling
from tests.cli.launch_project import CONFIG, PUBLISHER, Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Run, cases
from tests.launch.account import NAME, PATH, TEMPLATE, Account
from tests.policies import denying

SSM = f"/ml/{NAME}/BucketName"
TEMPLATE_FILE = "products/ml-project/template/main.yaml.j2"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"
ROLE = "launch-ml-project-professional-s3"

PARAMETERS = (
    *(
        "CompanyPrefix",
        "Environment",
        "TenantId",
        "UseCase",
        "LogRetentionDays",
        "SourceBucket",
        "AlertsEmail",
    ),
)


def put(account: Account, value: str) -> None:
    """Changes the launch's SSM parameter, past CloudFormation."""
    account.client("ssm").put_parameter(Name=SSM, Value=value, Type="String", Overwrite=True)


def value(account: Account) -> str:
    return str(account.client("ssm").get_parameter(Name=SSM)["Parameter"]["Value"])


def change_sets(account: Account) -> list[Any]:
    stack = account.client("servicecatalog").search_provisioned_products()["ProvisionedProducts"][0]
    found = account.client("cloudformation").list_change_sets(StackName=stack["PhysicalId"])
    return [it for it in found["Summaries"] if it["ExecutionStatus"] != "EXECUTE_COMPLETE"]


def rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    names = ("path", "template", "deployed", "live", "state")
    return [
        (one["resource"], *(row[name] for name in names))
        for one in document["resources"]
        for row in one["properties"]
    ]


def test_in_sync(launched: Any, publisher: Publisher) -> None:
    ran = publisher("--json", "drift", PATH, "--check")
    document = ran.document
    resources = document.pop("resources")
    assert (ran.code, document) == (
        0,
        {
            "name": NAME,
            "product": launched["product"],
            "version": "1.0.0",
            "stack": launched["stack"],
            "drift": "in sync",
            "checked_as": ARN,
            "template": f"files, {launched['product']} 1.0.0",
            "not_checked": [],
            "failure": "",
        },
    )
    assert {it["status"] for it in resources} == {"in sync"}
    assert publisher("drift", NAME).out.splitlines()[-1] == "6 resources checked, 0 drifted"


def test_three_ways(launched: Any, account: Account, publisher: Publisher, project: Path) -> None:
    bucket = launched["outputs"]["BucketName"]
    put(account, "mine")
    ran = publisher("--json", "drift", PATH, "--check")
    listed = publisher("launches").out
    assert " drifted? " in listed
    assert "drift NAME shows what was changed by hand" in listed
    assert (ran.code, ran.document["error"]) == (
        4,
        {
            "code": "changes",
            "message": f"{NAME}: 1 resource drifted",
            "hint": f"run {PUBLISHER} drift {PATH} --revert to undo it, or change the files",
        },
    )
    assert rows(ran.document) == [("Parameter", "/Value", bucket, bucket, "mine", "changed outside")]

    (project / TEMPLATE_FILE).write_text(
        TEMPLATE.replace("Value: !Ref Bucket\nOutputs", "Value: mine\nOutputs").replace(
            "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: T}}"
        )
    )
    agrees = publisher("--json", "drift", PATH).document
    assert rows(agrees) == [
        ("Parameter", "/Value", "mine", bucket, "mine", "template agrees"),
        ("Topic", "/DisplayName", "T", None, None, "to update"),
    ]
    put(account, "other")
    assert publisher("drift", PATH).out == (
        f"{NAME}  drifted\n"
        f"template files, {launched['product']} 1.0.0\n"
        "\n"
        f"  resource   path          template  {'deployed':<{len(bucket)}}  live\n"
        f"  Parameter  /Value        mine      {bucket}  other      both changed\n"
        f"  Topic      /DisplayName  T         {'(not set)':<{len(bucket)}}  (not set)  to update\n"
        "\n"
        "6 resources checked, 1 drifted, 1 value to update\n"
    )
    assert change_sets(account) == []


def test_a_config_that_changed(launched: Any, publisher: Publisher, project: Path) -> None:
    """Its retention is not what was deployed; the resources are."""
    (project / TEMPLATE_FILE).write_text(
        TEMPLATE.replace("Value: !Ref Bucket\nOutputs", 'Value: !Sub "${LogRetentionDays}"\nOutputs')
    )
    (project / PATH).write_text(CONFIG.replace("log_retention_days: 90", "log_retention_days: 365"))
    ran = publisher("--json", "drift", PATH, "--check")
    bucket = launched["outputs"]["BucketName"]
    assert (ran.code, rows(ran.document)) == (
        0,
        [("Parameter", "/Value", "365", bucket, bucket, "to update")],
    )


def test_deleted(launched: Any, account: Account, publisher: Publisher) -> None:
    account.client("ssm").delete_parameter(Name=SSM)
    ran = publisher("drift", PATH)
    assert (
        "  Parameter  AWS::SSM::Parameter                      deleted  deleted outside"
        in ran.out.splitlines()
    )
    ran = publisher("--json", "drift", PATH, "--revert", "--yes")
    assert (ran.code, [it["action"] for it in ran.document["reverted"]]) == (0, ["create"])
    assert value(account) == launched["outputs"]["BucketName"]


def test_revert(launched: Any, account: Account, publisher: Publisher) -> None:
    put(account, "mine")
    # The launch role has no say in it.
    account.client("iam").put_role_policy(RoleName=ROLE, PolicyName="no", PolicyDocument=denying("*"))
    refused = publisher("drift", PATH, "--revert")
    assert (refused.code, value(account), change_sets(account)) == (3, "mine", [])
    ran = publisher("drift", PATH, "--revert", "--yes")
    bucket = launched["outputs"]["BucketName"]
    assert (ran.code, ran.out, value(account), change_sets(account)) == (
        0,
        f"{NAME}: 1 change reverted; a second detection finds no drift\n",
        bucket,
        [],
    )
    lines = ran.err.splitlines()
    assert lines[lines.index("reverting does this:") :] == [
        "reverting does this:",
        f"  modify  Parameter  /Value  mine -> {bucket}",
        f"this bypasses Service Catalog: CloudFormation changes the stack as {ARN}, "
        f"not as launch role {ROLE};",
        "version, parameters and tags of the launch stay as they are",
        "  UPDATE_COMPLETE     AWS::SSM::Parameter                 Parameter",
    ]
    assert publisher("--json", "outputs", PATH).document["status"] == "AVAILABLE"


@cases(
    ("operation", "message"),
    {
        "detection": ("DetectStackDrift", "drift not checked: "),
        "results": ("DescribeStackResourceDrifts", "drift not checked: "),
    },
)
def test_not_checked(
    launched: Any, account: Account, publisher: Publisher, operation: str, message: str
) -> None:
    account.deny("cloudformation", operation, code="AccessDenied")
    ran = publisher("--json", "drift", PATH, connect=account.connect)
    error = ran.document["error"]
    assert (ran.code, error["code"]) == (1, "not-checked")
    assert error["message"].startswith(f"{NAME}: {message}")
    assert error["hint"].startswith("name an operations_role")


def test_a_revert_that_is_denied(launched: Any, account: Account, publisher: Publisher) -> None:
    put(account, "mine")
    account.deny("cloudformation", "CreateChangeSet", code="AccessDenied")
    ran = publisher("drift", PATH, "--revert", "--yes", connect=account.connect)
    assert (ran.code, value(account)) == (1, "mine")
    assert ran.err.splitlines()[-2].startswith(f"error: {NAME}: cannot preview the reversion: ")


@pytest.mark.parametrize("status", ["ERROR", "UNDER_CHANGE"])
def test_a_launch_without_a_stack_that_runs(
    launched: Any, account: Account, publisher: Publisher, status: str
) -> None:
    detail = account.catalog.describe_provisioned_product(Name=NAME)["ProvisionedProductDetail"]
    detail |= {"Status": status}
    account.answer("servicecatalog", "DescribeProvisionedProduct", {"ProvisionedProductDetail": detail})
    ran = publisher("drift", PATH, connect=account.connect)
    assert (ran.code, ran.err.startswith(f"error: {NAME}: {status}: ")) == (3, True)


def test_secrets_are_hidden(account: Account, publisher: Publisher, project: Path) -> None:
    """What a NoEcho parameter is part of, in any column, and in the preview of a reversion."""
    template = TEMPLATE.replace(
        "Parameters:\n", "Parameters:\n  Word: {Type: String, NoEcho: true, Default: hush}\n"
    ).replace("Value: !Ref Bucket\nOutputs", 'Value: !Sub "a-${Word}"\nOutputs')
    (project / TEMPLATE_FILE).write_text(template)
    account.publish(template=template)
    assert publisher("launch", PATH).code == 0
    put(account, "a-secret-of-somebody")
    found = publisher("--json", "drift", PATH)
    assert rows(found.document) == [("Parameter", "/Value", "****", "****", "****", "changed outside")]
    ran = publisher("drift", PATH, "--revert", "--yes")
    assert (ran.code, value(account)) == (0, "a-hush")
    assert not {"hush", "secret"} & set(re.findall(r"\w+", ran.out + ran.err + found.out))


def test_what_a_killed_run_left_is_removed(launched: Any, account: Account, publisher: Publisher) -> None:
    account.client("cloudformation").create_change_set(
        StackName=launched["stack"], ChangeSetName=CHANGE_SET, TemplateBody=TEMPLATE.replace("90]", "90, 7]"),
        Parameters=[{"ParameterKey": it, "UsePreviousValue": True} for it in PARAMETERS],
    )  # fmt: skip
    put(account, "mine")
    assert len(change_sets(account)) == 1
    assert publisher("drift", PATH, "--revert").code == 3
    assert change_sets(account) == []


def test_interrupted(launched: Any, account: Account, run: Run, project: Path) -> None:
    put(account, "mine")
    words = ("-C", project, "--region", REGION, "drift", PATH, "--revert", "--yes")
    ran = run(*words, connect=signalling("CreateChangeSet", signal.SIGINT))
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        130,
        [f"error: {NAME}: interrupted", "hint: nothing was reverted"],
    )
    assert (value(account), change_sets(account)) == ("mine", [])


def test_what_cloudformation_did_not_check(launched: Any, account: Account, publisher: Publisher) -> None:
    answer = {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": "Failed on [Topic]"}
    account.answer("cloudformation", "DescribeStackDriftDetectionStatus", answer)
    account.answer("cloudformation", "DescribeStackResourceDrifts", {"StackResourceDrifts": []})
    ran = publisher("drift", PATH, connect=account.connect)
    assert (ran.code, ran.out.splitlines()[0]) == (1, f"{NAME}  not checked")
    assert ran.out.splitlines()[-1].startswith("not checked: Bucket (AWS::S3::Bucket), Group (")
    assert ran.err.splitlines()[0] == f"error: {NAME}: drift not checked completely: Failed on [Topic]"


def test_nothing_was_checked(launched: Any, account: Account, publisher: Publisher) -> None:
    """Then a launch is not called in sync."""
    account.answer("cloudformation", "DescribeStackResourceDrifts", {"StackResourceDrifts": []})
    document = publisher("--json", "drift", PATH, connect=account.connect).document
    assert (document["drift"], len(document["not_checked"])) == ("not checked", len(document["resources"]))
    ran = publisher("drift", PATH, "--check", connect=account.connect)
    assert (ran.code, ran.err.splitlines()[0]) == (
        1,
        f"error: {NAME}: not checked: nothing is known of any of its resources",
    )


def test_a_revert_that_would_replace(launched: Any, account: Account, publisher: Publisher) -> None:
    put(account, "mine")
    change = {
        "Action": "Modify", "Replacement": "True", "LogicalResourceId": "Bucket",
        "ResourceType": "AWS::S3::Bucket", "Details": [{"Target": {"Attribute": "Properties"}}],
    }  # fmt: skip
    answer = {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}
    account.answer("cloudformation", "DescribeChangeSet", answer)
    ran = publisher("drift", PATH, "--revert", "--yes", connect=account.connect)
    assert (ran.code, value(account), change_sets(account)) == (3, "mine", []), ran.err
    assert f"error: {NAME}: the reversion would replace Bucket (AWS::S3::Bucket)" in ran.err.splitlines()


def test_a_revert_that_fails(launched: Any, account: Account, publisher: Publisher) -> None:
    put(account, "mine")
    (stack,) = account.client("cloudformation").describe_stacks(StackName=launched["stack"])["Stacks"]
    answer = {"Stacks": [stack | {"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}]}
    account.answer("cloudformation", "DescribeStacks", answer)
    account.answer("cloudformation", "ExecuteChangeSet", {})
    ran = publisher("drift", PATH, "--revert", "--yes", connect=account.connect)
    assert ran.code == 1
    assert f"error: {NAME}: the reversion failed, UPDATE_ROLLBACK_COMPLETE: " in ran.err


def test_without_the_files(launched: Any, account: Account, publisher: Publisher, project: Path) -> None:
    """The template is then that of the newest version, if the caller may read it."""
    for folder in ("products", "portfolio", "configs"):
        shutil.rmtree(project / folder)
    put(account, "mine")
    ran = publisher("drift", NAME)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[1] == f"template published, {launched['product']} 1.0.0"
    account.deny("servicecatalog", "DescribeProvisioningArtifact")
    ran = publisher("--json", "drift", NAME, connect=account.connect)
    bucket = launched["outputs"]["BucketName"]
    assert rows(ran.document) == [("Parameter", "/Value", "?", bucket, "mine", "changed outside")]
    assert ran.document["template"] == "not known: the newest version cannot be read"


@cases(
    ("expected", "actual", "differences", "found"),
    {
        "tags of AWS": (
            {"Tags": [{"Key": "a", "Value": "1"}]},
            {"Tags": [{"Key": "aws:servicecatalog:productArn", "Value": "x"}, {"Key": "a", "Value": "1"}]},
            [("ADD", "/Tags/1", "null", "{}")],
            [],
        ),
        "tags": (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "c", "Value": "3"}]},
            {"Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "0"}]},
            [("NOT_EQUAL", "/Tags/0/Key", "a", "b"), ("ADD", "/Tags/1", "null", "{}")],
            [("/Tags/a", "1", "0"), ("/Tags/b", None, "2"), ("/Tags/c", "3", None)],
        ),
        "a map of tags": (
            {"Tags": {"a": "1"}},
            {"Tags": {"a": "1", "aws:servicecatalog:portfolioArn": "x"}},
            [("ADD", "/Tags/aws:servicecatalog:portfolioArn", "null", "x")],
            [],
        ),
        "no tags": (
            {"TagSpecifications": ["x"]},
            {"TagSpecifications": ["y"]},
            [("NOT_EQUAL", "/TagSpecifications/0", "x", "y")],
            [("/TagSpecifications/0", "x", "y")],
        ),
        "gone": ({"A": 1}, {}, [("REMOVE", "/A", "1", "null")], [("/A", "1", None)]),
    },
)
def test_differences(
    expected: Any, actual: Any, differences: list[tuple[str, ...]], found: list[tuple[str | None, ...]]
) -> None:
    names = ("DifferenceType", "PropertyPath", "ExpectedValue", "ActualValue")
    given = [dict(zip(names, it, strict=True)) for it in differences]
    assert list(differences_of(given, expected, actual)) == found


def test_what_cloudformation_keeps(account: Account, publisher: Publisher, project: Path) -> None:
    """Tag keys of others, and the revert says so before it asks."""
    tagged = TEMPLATE.replace(
        "Topic: {Type: AWS::SNS::Topic}",
        "Topic: {Type: AWS::SNS::Topic, Properties: {Tags: [{Key: a, Value: b}]}}",
    )
    (project / TEMPLATE_FILE).write_text(tagged)
    account.publish(template=tagged)
    arn = publisher("--json", "launch", PATH).document["outputs"]["AlertsTopicArn"]
    assert publisher("drift", PATH, "--check").code == 0  # AutoTags are no drift
    account.client("sns").tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "x"}])
    refused = publisher("drift", PATH, "--revert", "--yes")
    assert refused.code == 3
    assert refused.err.splitlines()[-2].startswith(
        f"error: {NAME}: CloudFormation cannot revert this drift: "
    )
    put(account, "mine")
    ran = publisher("--json", "drift", PATH, "--revert", "--yes")
    assert (ran.code, ran.document["left"], value(account) == "mine") == (1, ["Topic"], False)
    assert "  keep    Topic: tag keys that the template does not have, or " in ran.err
