"""Chooses the newest approved model package, and writes what the stages deploy of it.

template-export.yml is endpoint.yml with the containers of the package. The configurations of the stages have the
form of CloudFormation's template configuration files, which its actions of pipelines read:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# What release.txt says as long as no package is approved; the pipeline then skips the stages.
NOTHING = "none"
STAGES = ("staging", "prod")
# What a container of a model package has that one of a model has, too.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelPackageContainerDefinition.html
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
SHARED = ("ContainerHostname", "Environment", "Image", "ModelDataSource", "ModelDataUrl")


class NotDeployable(Exception):
    """The model package cannot be deployed to other accounts."""


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


def containers(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers of a described model package, as a model anywhere has them. Raises NotDeployable."""
    arn, found = package["ModelPackageArn"], package.get("InferenceSpecification", {}).get("Containers", [])
    if not found:
        raise NotDeployable(f"model package {arn} has no container for inference")
    for member in ("ProductId", "AdditionalS3DataSource"):
        if any(member in container for container in found):
            raise NotDeployable(f"model package {arn} has a container with {member}")
    return [{key: container[key] for key in SHARED if key in container} for container in found]


def export(sagemaker: Any, environment: Mapping[str, str], *, folder: Path = HERE) -> str:
    """Writes the files of the release to a folder, and says what was released. Raises NotDeployable."""
    group = environment["SOURCE_MODEL_PACKAGE_GROUP_NAME"]
    arn = newest_approved(sagemaker, group)
    (folder / "release.txt").write_text(arn or NOTHING)
    if arn is None:
        return (
            f"nothing to deploy: model package group {group} holds no approved package; "
            "approve one, and this pipeline starts by itself"
        )
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    (folder / environment["EXPORT_TEMPLATE_NAME"]).write_text(template(containers(package)))
    for stage in STAGES:
        path = folder / environment[f"EXPORT_TEMPLATE_{stage.upper()}_CONFIG"]
        path.write_text(json.dumps(configuration(stage, environment), indent=2) + "\n")
    return f"release is {arn}"


def template(definitions: list[dict[str, Any]]) -> str:
    """endpoint.yml with these containers."""
    import yaml

    document = yaml.safe_load((HERE / "endpoint.yml").read_text())
    document["Resources"]["Model"]["Properties"]["Containers"] = definitions
    return yaml.safe_dump(document, sort_keys=False)


def configuration(stage: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The parameters and tags of a stage's stack."""
    name, identifier = environment["SAGEMAKER_PROJECT_NAME"], environment["SAGEMAKER_PROJECT_ID"]
    sizing = json.loads((HERE / f"config/{stage}.json").read_text())
    return {
        "Parameters": {
            "SageMakerProjectName": name,
            "SageMakerProjectId": identifier,
            "StageName": stage,
            "ExecutionRoleName": environment[f"SAGEMAKER_EXECUTION_ROLE_{stage.upper()}_NAME"],
            "InstanceType": sizing["instance_type"],
            "InstanceCount": str(sizing["instance_count"]),
        },
        "Tags": {
            "sagemaker:project-name": name,
            "sagemaker:project-id": identifier,
            "sagemaker:deployment-stage": stage,
        },
    }


def main() -> int:
    """The command; 0 also when there is nothing to deploy."""
    import boto3

    try:
        print(export(boto3.client("sagemaker"), os.environ))
    except NotDeployable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
