"""Queues, streams, log policies and documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show
from catalog_emulator.cloudformation.resources.resource import Properties
from catalog_emulator.cloudformation.types.shapes import text
from catalog_emulator.cloudformation.types.tags import Tagging

_QUEUE: Final = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_QUEUE_DEFAULTS: Final = {
    "DelaySeconds": 0,
    "KmsDataKeyReusePeriodSeconds": 300,
    "MaximumMessageSize": 262144,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "VisibilityTimeout": 30,
}


def _attributes(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    differing = [name for name in _QUEUE if before.get(name) != after.get(name)]
    values = {name: after.get(name, _QUEUE_DEFAULTS.get(name, "")) for name in differing}
    return {"Attributes": {name: text(value) for name, value in values.items()}}


def _retention(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    return {"RetentionPeriodHours": after.get("RetentionPeriodHours", 24)}


def _longer(before: Properties, after: Properties) -> bool:
    return int(after.get("RetentionPeriodHours", 24)) > int(before.get("RetentionPeriodHours", 24))


def _increase(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any] | None:
    return _retention(physical_id, before, after) if _longer(before, after) else None


def _decrease(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any] | None:
    return None if _longer(before, after) else _retention(physical_id, before, after)


def _shards(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any] | None:
    if "ShardCount" not in after:
        return None
    return {"TargetShardCount": after["ShardCount"], "ScalingType": "UNIFORM_SCALING"}


def _all(physical_id: str, properties: Properties) -> Mapping[str, Any]:
    """These calls take no name: they answer with all there are."""
    return {}


TABLE: Final[Mapping[str, Api]] = {
    "AWS::Kinesis::Stream": Api(
        service="kinesis",
        shows=(
            Show(
                operation="describe_stream_summary",
                by="StreamName",
                path=("StreamDescriptionSummary",),
                names={"ShardCount": "OpenShardCount", "Name": "StreamName"},
            ),
        ),
        changes=(
            Change(
                operation="increase_stream_retention_period",
                by="StreamName",
                of=("RetentionPeriodHours",),
                request=_increase,
            ),
            Change(
                operation="decrease_stream_retention_period",
                by="StreamName",
                of=("RetentionPeriodHours",),
                request=_decrease,
            ),
            Change(operation="update_shard_count", by="StreamName", of=("ShardCount",), request=_shards),
        ),
        tagging=Tagging(
            service="kinesis",
            target="StreamName",
            show="list_tags_for_stream",
            put="add_tags_to_stream",
            drop="remove_tags_from_stream",
        ),
    ),
    "AWS::Logs::ResourcePolicy": Api(
        service="logs",
        shows=(
            Show(
                operation="describe_resource_policies", by=_all, path=("resourcePolicies",), key="PolicyName"
            ),
        ),
        changes=(Change(operation="put_resource_policy", by="policyName"),),
    ),
    "AWS::SQS::Queue": Api(
        service="sqs",
        shows=(
            Show(
                operation="get_queue_attributes",
                by=lambda physical_id, _: {"QueueUrl": physical_id, "AttributeNames": ["All"]},
                path=("Attributes",),
                names={name: name for name in _QUEUE},
                only=True,
            ),
        ),
        changes=(Change(operation="set_queue_attributes", by="QueueUrl", of=_QUEUE, request=_attributes),),
        tagging=Tagging(
            service="sqs", target="QueueUrl", show="list_queue_tags", put="tag_queue", drop="untag_queue"
        ),
    ),
    "AWS::SSM::Document": Api(
        service="ssm",
        shows=(Show(operation="get_document", by="Name"),),
        tagging=Tagging(
            service="ssm",
            target="ResourceId",
            put="add_tags_to_resource",
            drop="remove_tags_from_resource",
            extra={"ResourceType": "Document"},
        ),
    ),
}
