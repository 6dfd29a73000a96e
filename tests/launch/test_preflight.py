from __future__ import annotations

from typing import Any

import pytest

from publisher.errors import InputError
from publisher.launch.preflight import check_values
from tests.conftest import raising
from tests.launch.account import launch_request

PARAMETERS = [
    {"ParameterKey": "UseCase"},
    {"ParameterKey": "Days", "DefaultValue": "30", "ParameterConstraints": {"AllowedValues": ["30", "90"]}},
    {"ParameterKey": "Workload", "DefaultValue": ""},
]
STAGES = [{"Key": "stage", "Values": ["live", "trial"]}]


def checked(
    parameters: dict[str, str], tags: dict[str, str], options: list[dict[str, Any]] | None = None
) -> None:
    answer = {"ProvisioningArtifactParameters": PARAMETERS, "TagOptions": options or []}
    check_values(launch_request(parameters=parameters, tags=tags), "1.2.0", answer)


@pytest.mark.parametrize(
    ("parameters", "tags", "options"),
    [
        pytest.param({"UseCase": "churn"}, {}, [], id="defaults"),
        pytest.param({"UseCase": "churn", "Days": "90", "Workload": "batch"}, {"a": "b"}, [], id="all"),
        pytest.param({"UseCase": "churn"}, {"stage": "live"}, STAGES, id="tag option"),
        pytest.param({"UseCase": "churn"}, {}, [{"Key": "stage", "Values": ["live"]}], id="only value"),
    ],
)
def test_good(parameters: dict[str, str], tags: dict[str, str], options: list[dict[str, Any]]) -> None:
    checked(parameters, tags, options)


@pytest.mark.parametrize(
    ("parameters", "tags", "problem"),
    [
        pytest.param(
            {"UseCase": "churn", "VpcId": "vpc-1"},
            {"stage": "live"},
            "version 1.2.0 has no parameter VpcId (the config sets 'vpc-1')",
            id="unknown",
        ),
        pytest.param(
            {},
            {"stage": "live"},
            "version 1.2.0 requires the parameter UseCase, which the config does not set",
            id="missing",
        ),
        pytest.param(
            {"UseCase": "churn", "Days": "31"},
            {"stage": "live"},
            "parameter Days of version 1.2.0 must be one of 30, 90, not '31'",
            id="value",
        ),
        pytest.param(
            {"UseCase": "churn"},
            {},
            "tag stage is required: one of live, trial",
            id="tag missing",
        ),
        pytest.param(
            {"UseCase": "churn"},
            {"stage": "test"},
            "tag stage must be one of live, trial, not 'test'",
            id="tag",
        ),
        pytest.param(
            {"Vpc": "v", "Days": "1"},
            {},
            "version 1.2.0 has no parameter Vpc (the config sets 'v'); "
            "parameter Days of version 1.2.0 must be one of 30, 90, not '1'; "
            "version 1.2.0 requires the parameter UseCase, which the config does not set; "
            "tag stage is required: one of live, trial",
            id="all at once",
        ),
    ],
)
def test_bad(parameters: dict[str, str], tags: dict[str, str], problem: str) -> None:
    with raising(
        InputError,
        f"configs/edge-prod-b001-us-west-2-fraud-ml-s3.yaml: {problem}",
        "change the config, or launch a version that fits: publisher show ml-project-professional-s3",
    ):
        checked(parameters, tags, STAGES)
