from __future__ import annotations

from typing import Any

from publisher.errors import InputError, Refused
from publisher.launch.checks.examination import examine
from publisher.launch.checks.rule import Subject
from publisher.launch.preflight import check_values, prepare
from tests.account import ACCOUNT
from tests.conftest import cases, raising
from tests.launch.account import NAME, PRODUCT, Account, launch_request

PARAMETERS = [
    {"ParameterKey": "UseCase"},
    {"ParameterKey": "Days", "DefaultValue": "30", "ParameterConstraints": {"AllowedValues": ["30", "90"]}},
    {"ParameterKey": "Workload", "DefaultValue": ""},
    {
        "ParameterKey": "Password",
        "DefaultValue": "",
        "IsNoEcho": True,
        "ParameterConstraints": {"MaxLength": "4"},
    },
]
STAGES = [{"Key": "stage", "Values": ["live", "trial"]}]


def checked(
    parameters: dict[str, str], tags: dict[str, str], options: list[dict[str, Any]] | None = None
) -> None:
    answer = {"ProvisioningArtifactParameters": PARAMETERS, "TagOptions": options or []}
    check_values(launch_request(parameters=parameters, tags=tags), "1.2.0", answer)


@cases(
    ("parameters", "tags", "options"),
    {
        "defaults": ({"UseCase": "churn"}, {}, []),
        "all": ({"UseCase": "churn", "Days": "90", "Workload": "batch"}, {"a": "b"}, []),
        "tag option": ({"UseCase": "churn"}, {"stage": "live"}, STAGES),
        "only value": ({"UseCase": "churn"}, {}, [{"Key": "stage", "Values": ["live"]}]),
    },
)
def test_good(parameters: dict[str, str], tags: dict[str, str], options: list[dict[str, Any]]) -> None:
    checked(parameters, tags, options)


@cases(
    ("parameters", "tags", "problem"),
    {
        "unknown": (
            {"UseCase": "churn", "VpcId": "vpc-1"},
            {"stage": "live"},
            "version 1.2.0 has no parameter VpcId (the config sets 'vpc-1')",
        ),
        "secret": (
            {"UseCase": "churn", "Password": "hunter2"},
            {"stage": "live"},
            "parameter Password of version 1.2.0 cannot be this value (NoEcho): MaxLength is 4",
        ),
        "secret by a wrong name": (
            {"UseCase": "churn", "Pasword": "hunter2"},
            {"stage": "live"},
            "version 1.2.0 has no parameter Pasword (the config sets this value (NoEcho); "
            "did you mean Password?)",
        ),
        "missing": (
            {},
            {"stage": "live"},
            "version 1.2.0 requires the parameter UseCase, which the config does not set",
        ),
        "value": (
            {"UseCase": "churn", "Days": "31"},
            {"stage": "live"},
            "parameter Days of version 1.2.0 must be one of 30, 90, not '31'",
        ),
        "tag missing": ({"UseCase": "churn"}, {}, "tag stage is required: one of live, trial"),
        "tag": ({"UseCase": "churn"}, {"stage": "test"}, "tag stage must be one of live, trial, not 'test'"),
        "all at once": (
            {"Vpc": "v", "Days": "1"},
            {},
            "version 1.2.0 has no parameter Vpc (the config sets 'v'); "
            "parameter Days of version 1.2.0 must be one of 30, 90, not '1'; "
            "version 1.2.0 requires the parameter UseCase, which the config does not set; "
            "tag stage is required: one of live, trial",
        ),
    },
)
def test_bad(parameters: dict[str, str], tags: dict[str, str], problem: str) -> None:
    with raising(
        InputError,
        f"configs/edge-prod-b001-us-west-2-fraud-ml-s3.yaml: {problem}",
        "change the config, or launch a version that fits: publisher show ml-project-professional-s3",
    ):
        checked(parameters, tags, STAGES)


MISSING = f"launch role gone does not exist in account {ACCOUNT}"
GONE = f"{NAME}: launch role launch-{PRODUCT} does not exist in account {ACCOUNT}"


def test_a_launch_without_its_role_is_refused_before_it_is_tried(account: Account) -> None:
    account.publish()
    iam = account.client("iam")
    iam.delete_role_policy(RoleName=f"launch-{PRODUCT}", PolicyName="all")
    iam.delete_role(RoleName=f"launch-{PRODUCT}")
    hint = (
        f"role 'launch-{PRODUCT}' does not exist or cannot be assumed: ask the platform team to run "
        "publisher bootstrap"
    )
    with raising(Refused, GONE, hint):
        prepare(account.aws, launch_request(), report=account.lines.append)


@cases(
    ("role", "found"),
    {
        "none": ("", []),
        "of another account": ("arn:aws:iam::999999999999:role/launch", []),
        "by ARN": (f"arn:aws:iam::{ACCOUNT}:role/path/gone", [("error", MISSING)]),
        "by name": ("gone", [("error", MISSING)]),
        "that exists": (f"launch-{PRODUCT}", [("ok", "")]),
    },
)
def test_launch_roles(account: Account, role: str, found: list[tuple[str, str]]) -> None:
    instructions = [{"Type": "launchAsRole", "Value": role}] if role else []
    subject = Subject(
        aws=account.aws, request=launch_request(), described={"UsageInstructions": instructions}
    )
    asked = [it for it in examine(subject).outcomes if it.rule.id == "L106"]
    assert [(it.status, it.message) for it in asked] == found


def test_a_launch_role_that_may_not_be_read_is_reported(account: Account) -> None:
    account.publish()
    account.deny("iam", "GetRole", code="AccessDenied")
    prepare(account.aws, launch_request(), report=account.lines.append)
    assert account.lines[0] == f"{NAME}: L106 not checked: ml-team-fraud is not allowed GetRole"
