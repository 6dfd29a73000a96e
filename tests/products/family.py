from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from publisher.declarations import Repository, load
from publisher.templates.render import Rendered, render_all
from tests.conftest import ROOT

# The outputs of every product, and those that come with an axis or a tier.
ALL = {
    "ModelPackageGroupArn",
    "BucketName",
    "BuildPipelineName",
    "DeployPipelineName",
    "SageMakerExecutionRoleArn",
}
BY_SOURCE = {"codecommit": {"RepositoryUrl", "DeployRepositoryUrl"}, "s3": {"SourceLocation"}}
ALERTS = {"DashboardName", "AlertsTopicArn", "AlertsSubscriptionArn"}
NETWORK = {"KmsKeyArn", "LogGroupName"} | {
    f"VpcEndpointId{name}" for name in ("SagemakerApi", "SagemakerRuntime", "Sts", "S3")
}


@cache
def repository() -> Repository:
    return load(ROOT)


@cache
def rendered() -> Mapping[str, Rendered]:
    variants = repository().select("ml-project-*")
    return {each.product: each for each in render_all(variants)}


def resources(product: str, type_name: str) -> dict[str, dict[str, Any]]:
    """Logical id → properties of the resources of a type."""
    return {
        name: resource["Properties"]
        for name, resource in rendered()[product].template["Resources"].items()
        if resource["Type"] == type_name
    }
