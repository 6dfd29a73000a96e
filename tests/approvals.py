"""What a registry of models starts: the executions of a pipeline, by what has triggered them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STATUSES = ("PendingManualApproval", "Rejected", "Approved")


def triggered(client: Callable[[str], Any], pipeline: str) -> list[str]:
    """The types of triggers of a pipeline's executions, oldest first."""
    found = client("codepipeline").list_pipeline_executions(pipelineName=pipeline)
    return [it["trigger"]["triggerType"] for it in reversed(found["pipelineExecutionSummaries"])]


def started_by_approvals(client: Callable[[str], Any], group: str, pipeline: str) -> dict[str, list[str]]:
    """What starts when a version is registered, rejected, and approved; the version is deleted again."""
    sagemaker = client("sagemaker")
    found, seen = {}, len(triggered(client, pipeline))
    package = ""
    for status in STATUSES:
        if not package:
            made = sagemaker.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=status)
            package = made["ModelPackageArn"]
        else:
            sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus=status)
        after = triggered(client, pipeline)
        found[status], seen = after[seen:], len(after)
    sagemaker.delete_model_package(ModelPackageName=package)
    return found


APPROVAL_ALONE = {"PendingManualApproval": [], "Rejected": [], "Approved": ["CloudWatchEvent"]}
