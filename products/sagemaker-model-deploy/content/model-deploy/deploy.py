"""Deploys the release of the build to the accounts of a stage's organizational unit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from build import NOTHING
from stack_set import Release, StackSet, StackSetFailed


def run(cloudformation: Any, environment: Mapping[str, str], **more: Any) -> str:
    """Deploys one stage and says where. Raises StackSetFailed."""
    built = Path(environment["CODEBUILD_SRC_DIR_BuildArtifact"])
    package = (built / "release.txt").read_text().strip()
    if package == NOTHING:
        return "nothing to deploy: no model package is approved"
    configuration = json.loads((built / environment["BUILD_CONFIG"]).read_text())
    release = Release(
        template=(built / environment["EXPORT_TEMPLATE_NAME"]).read_text(),
        parameters=configuration["Parameters"],
        tags=configuration["Tags"],
    )
    name = environment["STACK_SET_NAME"]
    stack_set = StackSet(cloudformation=cloudformation, name=name, call_as=environment["CALL_AS"], **more)
    accounts = stack_set.deploy(
        release, unit=environment["ORGANIZATIONAL_UNIT_ID"], region=environment["AWS_REGION"]
    )
    return f"stack set {name}: {', '.join(accounts)} {'has' if len(accounts) == 1 else 'have'} {package}"


def main() -> int:
    """The command; 0 when all accounts have the release, or there is none."""
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "max_attempts": 10}
    try:
        print(run(boto3.client("cloudformation", config=Config(retries=retries)), os.environ))
    except StackSetFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
