"""Clusters and services of ECS, and Batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show, declared_keys, ids
from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types.tags import Tagging

_BATCH: Final = Tagging(service="batch", target="resourceArn")
_ECS: Final = Tagging(service="ecs", target="resourceArn")


def _service(physical_id: str, properties: Properties) -> Mapping[str, Any]:
    return {"cluster": properties.get("Cluster", "default"), "services": [physical_id]}


def _changed_service(physical_id: str, properties: Properties) -> Mapping[str, Any]:
    return {"cluster": properties.get("Cluster", "default"), "service": physical_id}


def _same_end(live: Any, declared: Any) -> Any:
    """The service tells an ARN where the template may give a name."""
    return declared if str(live).rpartition("/")[2] == str(declared).rpartition("/")[2] else live


def _cluster(context: Context, physical_id: str, properties: Properties) -> str:
    return f"arn:{context.partition}:ecs:{context.region}:{context.account_id}:cluster/{physical_id}"


TABLE: Final[Mapping[str, Api]] = {
    "AWS::Batch::ComputeEnvironment": Api(
        service="batch",
        shows=(
            Show(
                operation="describe_compute_environments",
                by=ids("computeEnvironments"),
                path=("computeEnvironments",),
            ),
        ),
        changes=(Change(operation="update_compute_environment", by="computeEnvironment"),),
        tagging=_BATCH,
    ),
    "AWS::Batch::JobDefinition": Api(
        service="batch",
        shows=(
            Show(operation="describe_job_definitions", by=ids("jobDefinitions"), path=("jobDefinitions",)),
        ),
        tagging=_BATCH,
    ),
    "AWS::Batch::JobQueue": Api(
        service="batch",
        shows=(Show(operation="describe_job_queues", by=ids("jobQueues"), path=("jobQueues",)),),
        changes=(Change(operation="update_job_queue", by="jobQueue"),),
        tagging=_BATCH,
    ),
    "AWS::ECS::Cluster": Api(
        service="ecs",
        shows=(
            Show(
                operation="describe_clusters",
                by=lambda physical_id, _: {
                    "clusters": [physical_id],
                    "include": ["SETTINGS", "CONFIGURATIONS", "TAGS"],
                },
                path=("clusters",),
                names={"ClusterSettings": "Settings"},
                turns={"ClusterSettings": declared_keys("Name", "Value")},
            ),
        ),
        changes=(
            Change(operation="update_cluster", by="cluster", names={"ClusterSettings": "settings"}),
            Change(
                operation="put_cluster_capacity_providers",
                by="cluster",
                of=("CapacityProviders", "DefaultCapacityProviderStrategy"),
                always=("CapacityProviders", "DefaultCapacityProviderStrategy"),
            ),
        ),
        tagging=_ECS,
        tagged=_cluster,
    ),
    "AWS::ECS::Service": Api(
        service="ecs",
        shows=(
            Show(
                operation="describe_services",
                by=_service,
                path=("services",),
                names={"Cluster": "ClusterArn"},
                turns={"Cluster": _same_end, "TaskDefinition": _same_end},
            ),
        ),
        changes=(Change(operation="update_service", by=_changed_service),),
        tagging=_ECS,
    ),
    "AWS::ECS::TaskDefinition": Api(
        service="ecs",
        shows=(Show(operation="describe_task_definition", by="taskDefinition", path=("taskDefinition",)),),
        tagging=_ECS,
    ),
}
