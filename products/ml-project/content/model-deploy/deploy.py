"""Puts the newest approved model package on an endpoint.

`deploy.py build` chooses the package and writes release.json; `deploy.py staging` and `deploy.py production` put
that very package on the endpoint of the stage. What is there already is left as it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from endpoint_requests import STAGES, Settings, endpoint_config, model

HERE = Path(__file__).parent
RELEASE = HERE / "release.json"


class NothingApproved(Exception):
    """The model registry holds no approved package yet."""


def newest_approved(sagemaker: Any, group: str) -> str:
    """The ARN of the newest approved model package. Raises NothingApproved."""
    packages = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not packages:
        raise NothingApproved(
            f"model package group {group} holds no approved package; approve one, and this pipeline starts by itself"
        )
    arn: str = packages[0]["ModelPackageArn"]
    return arn


def put_endpoint(
    sagemaker: Any, settings: Settings, stage: str, package_arn: str, sizing: dict[str, Any]
) -> str:
    """Creates or updates the endpoint of a stage and waits until it serves; what was done, in a word."""
    wanted_model = model(settings, package_arn)
    _once(sagemaker, sagemaker.create_model, wanted_model)
    wanted = endpoint_config(settings, stage, wanted_model["ModelName"], sizing)
    _once(sagemaker, sagemaker.create_endpoint_config, wanted)
    endpoint = {"EndpointName": settings.endpoint(stage), "EndpointConfigName": wanted["EndpointConfigName"]}
    current = _config_of(sagemaker, settings.endpoint(stage))
    if current == wanted["EndpointConfigName"]:
        return "unchanged"
    if current is None:
        sagemaker.create_endpoint(**endpoint)
    else:
        sagemaker.update_endpoint(**endpoint)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=settings.endpoint(stage))
    if _config_of(sagemaker, settings.endpoint(stage)) != wanted["EndpointConfigName"]:
        raise RuntimeError(f"endpoint {settings.endpoint(stage)} fell back to what it served before")
    return "created" if current is None else "updated"


def _once(sagemaker: Any, create: Any, request: dict[str, Any]) -> None:
    # The name says the content, so a name that is taken is this very thing.
    try:
        create(**request)
    except sagemaker.exceptions.ClientError as error:
        if "already exist" not in error.response["Error"]["Message"]:
            raise


def _config_of(sagemaker: Any, endpoint: str) -> str | None:
    try:
        config: str = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    except sagemaker.exceptions.ClientError as error:
        if "Could not find" not in error.response["Error"]["Message"]:
            raise
        return None
    return config


def run(stage: str, sagemaker: Any, settings: Settings) -> str:
    """Runs one stage and says what it did."""
    if stage == "build":
        arn = newest_approved(sagemaker, settings.group)
        RELEASE.write_text(json.dumps({"model_package_arn": arn}))
        return f"release is {arn}"
    arn = json.loads(RELEASE.read_text())["model_package_arn"]
    sizing = json.loads((HERE / f"config/{stage}.json").read_text())
    done = put_endpoint(sagemaker, settings, stage, arn, sizing)
    return f"endpoint {settings.endpoint(stage)} {done}: {arn}"


def main(arguments: list[str]) -> int:
    """The command; 0 when the stage is done."""
    import boto3

    if len(arguments) != 1 or arguments[0] not in ("build", *STAGES):
        print(f"usage: deploy.py build | {' | '.join(STAGES)}", file=sys.stderr)
        return 2
    try:
        print(run(arguments[0], boto3.client("sagemaker"), Settings.of(os.environ)))
    except NothingApproved as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
