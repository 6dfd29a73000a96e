"""Calls the endpoint of staging in each of its accounts, and writes what it answers.

Each file of test/requests is sent as it is. The account's deploy role is assumed for it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from build import NOTHING
from stack_set import StackSet, StackSetFailed

HERE = Path(__file__).parent
TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".txt": "text/plain",
}
# SageMaker works on the endpoint. It takes requests in UpdateRollbackFailed, too, but only InService means that all
# of its instances have the same configuration.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
POLL_SECONDS = 15
LONGEST_SECONDS = 30 * 60


def call(
    endpoint: str,
    sagemaker: Any,
    runtime: Any,
    *,
    requests: Path = HERE / "test/requests",
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """What became of the calls of an account's endpoint: `passed`, its `status`, and its `answers` by file."""
    status = _settled(endpoint, sagemaker, sleep)
    if status != "InService":
        return {"passed": False, "status": status, "answers": {}}
    answers: dict[str, dict[str, Any]] = {}
    for path in sorted(requests.iterdir()):
        kind = TYPES.get(path.suffix, "application/octet-stream")
        try:
            answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType=kind, Body=path.read_bytes())
        except runtime.exceptions.ClientError as error:
            answers[path.name] = {"passed": False, "error": str(error)}
            continue
        body = answer["Body"].read()
        answers[path.name] = {"passed": bool(body), "answer": body.decode(errors="replace")}
    return {
        "passed": bool(answers) and all(it["passed"] for it in answers.values()),
        "status": status,
        "answers": answers,
    }


def _settled(endpoint: str, sagemaker: Any, sleep: Callable[[float], None]) -> str:
    for _ in range(LONGEST_SECONDS // POLL_SECONDS):
        try:
            found = sagemaker.describe_endpoint(EndpointName=endpoint)
        except sagemaker.exceptions.ClientError as error:
            return str(error)
        if found["EndpointStatus"] not in CHANGING:
            break
        sleep(POLL_SECONDS)
    reason = found.get("FailureReason")
    return f"{found['EndpointStatus']}: {reason}" if reason else str(found["EndpointStatus"])


def run(
    session: Any,
    environment: Mapping[str, str],
    *,
    assume: Callable[..., Any],
    folder: Path = HERE,
    **more: Any,
) -> bool:
    """Calls the endpoint in all accounts and writes the results to a folder; whether all passed.

    `session` is that of the pipeline's account, `assume(account=…)` one of the deploy role there. Raises
    StackSetFailed.
    """
    built = Path(environment["CODEBUILD_SRC_DIR_BuildArtifact"])
    package = (built / "release.txt").read_text().strip()
    results: dict[str, Any] = {"model_package": package, "passed": True, "accounts": {}}
    if package != NOTHING:
        parameters = json.loads((built / environment["BUILD_CONFIG"]).read_text())["Parameters"]
        endpoint = "{SageMakerProjectName}-{SageMakerProjectId}-{StageName}".format(**parameters)
        for account in _accounts(session, environment):
            there = assume(account=account)
            clients = there.client("sagemaker"), there.client("sagemaker-runtime")
            results["accounts"][account] = call(endpoint, *clients, **more)
        passed = [it["passed"] for it in results["accounts"].values()]
        results |= {"endpoint": endpoint, "passed": bool(passed) and all(passed)}
    (folder / environment["EXPORT_TEST_RESULTS"]).write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))
    return bool(results["passed"])


def _accounts(session: Any, environment: Mapping[str, str]) -> list[str]:
    if "STAGING_ACCOUNT_ID" in environment:
        return [environment["STAGING_ACCOUNT_ID"]]
    stack_set = StackSet(
        cloudformation=session.client("cloudformation"),
        name=environment["STACK_SET_NAME"],
        call_as=environment["CALL_AS"],
    )
    return stack_set.accounts(environment["AWS_REGION"])


def deploy_role(session: Any, environment: Mapping[str, str], *, account: str) -> Any:
    """A session of an account's deploy role."""
    import boto3

    partition = session.client("sts").get_caller_identity()["Arn"].split(":")[1]
    keys = session.client("sts").assume_role(
        RoleArn=f"arn:{partition}:iam::{account}:role/{environment['SAGEMAKER_EXECUTION_ROLE_NAME']}",
        RoleSessionName=f"{environment['SAGEMAKER_PROJECT_ID']}-test",
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=environment["AWS_REGION"],
    )


def main() -> int:
    """The command; 0 when all endpoints answer, or nothing is deployed."""
    from functools import partial

    import boto3

    session = boto3.Session()
    try:
        return 0 if run(session, os.environ, assume=partial(deploy_role, session, os.environ)) else 1
    except StackSetFailed as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
