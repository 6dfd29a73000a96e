"""Uploads data and code, creates or updates the SageMaker pipeline, runs it and waits for its end."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import Settings, definition

XGBOOST_VERSION = "1.7-1"
POLL_SECONDS = 30
ENDED = ("Succeeded", "Failed", "Stopped")
HERE = Path(__file__).parent
FILES = (HERE / "data/train.csv", HERE / "data/validation.csv", HERE / "data/test.csv", HERE / "evaluate.py")


def upload(s3: Any, bucket: str, prefix: str) -> None:
    """Puts what the jobs read under the prefix of this run; the bucket encrypts by its own default."""
    for path in FILES:
        s3.upload_file(str(path), bucket, f"{prefix}/{path.name}")


def put_pipeline(sagemaker: Any, settings: Settings, body: dict[str, Any]) -> None:
    """Creates the pipeline, or updates it where it exists."""
    request = {
        "PipelineName": settings.name,
        "PipelineDefinition": json.dumps(body, sort_keys=True),
        "RoleArn": settings.role_arn,
    }
    try:
        sagemaker.describe_pipeline(PipelineName=settings.name)
    except sagemaker.exceptions.ResourceNotFound:
        sagemaker.create_pipeline(**request)
    else:
        sagemaker.update_pipeline(**request)


def wait(sagemaker: Any, execution: str, *, sleep: Callable[[float], None]) -> str:
    """Waits for the end of an execution; its status, one of ENDED."""
    while True:
        status: str = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)[
            "PipelineExecutionStatus"
        ]
        if status in ENDED:
            return status
        sleep(POLL_SECONDS)


def failures(sagemaker: Any, execution: str) -> list[str]:
    """The steps that failed, each with its reason."""
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    return [
        f"{step['StepName']}: {step.get('FailureReason', 'no reason given')}"
        for step in steps
        if step["StepStatus"] == "Failed"
    ]


def main() -> int:
    """Runs the pipeline for this build; 0 when it succeeded."""
    import boto3
    from sagemaker import image_uris

    settings = Settings.of(os.environ)
    region = os.environ["AWS_REGION"]
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    prefix = f"model-build/{os.environ['CODEBUILD_BUILD_ID'].rpartition(':')[2]}"
    upload(s3, settings.bucket, f"{prefix}/input")
    body = definition(
        settings,
        image=image_uris.retrieve("xgboost", region, version=XGBOOST_VERSION),
        inputs=f"s3://{settings.bucket}/{prefix}/input",
        outputs=f"s3://{settings.bucket}/{prefix}/output",
    )
    put_pipeline(sagemaker, settings, body)
    execution: str = sagemaker.start_pipeline_execution(PipelineName=settings.name)["PipelineExecutionArn"]
    print(f"started {execution}", flush=True)
    status = wait(sagemaker, execution, sleep=time.sleep)
    print(f"{status}: {execution}")
    for failure in failures(sagemaker, execution):
        print(failure)
    return 0 if status == "Succeeded" else 1


if __name__ == "__main__":
    sys.exit(main())
