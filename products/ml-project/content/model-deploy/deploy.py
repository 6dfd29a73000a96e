"""Puts the newest approved model package on an endpoint.

`deploy.py build` chooses the package and writes release.txt; `deploy.py staging` and `deploy.py production`
put that very package on the endpoint of the stage. What is there already is left as it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from endpoint import EndpointFailed, put_endpoint
from endpoint_requests import STAGES, Settings

HERE = Path(__file__).parent
RELEASE = HERE / "release.txt"
# What release.txt says as long as no package is approved; the pipeline then skips the approval of production.
NOTHING = "none"


def newest_approved(sagemaker: Any, group: str) -> str | None:
    """The ARN of the newest approved model package; None as long as there is none."""
    packages = sagemaker.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    return packages[0]["ModelPackageArn"] if packages else None


def run(stage: str, sagemaker: Any, settings: Settings, *, release: Path = RELEASE) -> str:
    """Runs one stage and says what it did. Raises EndpointFailed."""
    if stage == "build":
        arn = newest_approved(sagemaker, settings.group)
        release.write_text(arn or NOTHING)
        return f"release is {arn}" if arn else _nothing_approved(settings.group)
    arn = release.read_text().strip()
    if arn == NOTHING:
        return _nothing_approved(settings.group)
    sizing = json.loads((HERE / f"config/{stage}.json").read_text())
    done = put_endpoint(sagemaker, settings, stage, arn, sizing)
    return f"endpoint {settings.endpoint(stage)} {done}: {arn}"


def _nothing_approved(group: str) -> str:
    return (
        f"nothing to deploy: model package group {group} holds no approved package; "
        "approve one, and this pipeline starts by itself"
    )


def main(arguments: list[str]) -> int:
    """The command; 0 when the stage is done, or there is nothing to deploy."""
    import boto3

    if len(arguments) != 1 or arguments[0] not in ("build", *STAGES):
        print(f"usage: deploy.py build | {' | '.join(STAGES)}", file=sys.stderr)
        return 2
    try:
        print(run(arguments[0], boto3.client("sagemaker"), Settings.of(os.environ)))
    except EndpointFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
