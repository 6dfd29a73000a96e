from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.account import ACCOUNT
from tests.cli.launch_project import CONFIG, PUBLISHER, Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import cases
from tests.launch.account import NAME, PATH, TEMPLATE, Account

SSM = f"/ml/{NAME}/BucketName"
TEMPLATE_FILE = "products/ml-project/template/main.yaml.j2"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"
ROLE = "launch-ml-project-professional-s3"


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


def test_auto_tags_are_no_drift(launched: Any, account: Account, publisher: Publisher) -> None:
    arn = launched["outputs"]["AlertsTopicArn"]
    account.client("sns").tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "x"}])
    found = rows(publisher("--json", "drift", PATH).document)
    assert found == []  # only properties of the template are compared
    assert publisher("drift", PATH, "--check").code == 0


def test_revert(launched: Any, account: Account, publisher: Publisher) -> None:
    put(account, "mine")
    # The launch role has no say in it.
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": nothing})
    account.client("iam").put_role_policy(RoleName=ROLE, PolicyName="no", PolicyDocument=policy)
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
        f"this goes round Service Catalog: CloudFormation changes the stack as {ARN}, "
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
