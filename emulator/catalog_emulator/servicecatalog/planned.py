"""Plans as the API shows them. Pure.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ResourceChange.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog_emulator.servicecatalog.state import present, tag_list
from catalog_emulator.servicecatalog.values import Answer, Plan, Record

_ENDS = {"SUCCEEDED": "EXECUTE_SUCCESS", "FAILED": "EXECUTE_FAILED"}


def status(plan: Plan, record: Record | None) -> str:
    """How far it is, given the record of its execution."""
    if record is not None:
        return _ENDS.get(record.status, "EXECUTE_IN_PROGRESS")
    return "CREATE_SUCCESS" if plan.problem is None else "CREATE_FAILED"


def summary(plan: Plan) -> Answer:
    """ProvisionedProductPlanSummary."""
    return {
        "PlanName": plan.name,
        "PlanId": plan.id,
        "ProvisionProductId": plan.provisioned_product_id,
        "ProvisionProductName": plan.provisioned_product_name,
        "PlanType": plan.type,
        "ProvisioningArtifactId": plan.artifact_id,
    }


def details(plan: Plan, state: str) -> Answer:
    """ProvisionedProductPlanDetails."""
    return summary(plan) | present(
        CreatedTime=plan.created,
        UpdatedTime=plan.updated,
        PathId=plan.path_id,
        ProductId=plan.product_id,
        Status=state,
        StatusMessage=plan.problem,
        NotificationArns=plan.notification_arns,
        ProvisioningParameters=plan.parameters,
        Tags=tag_list(plan.tags),
    )


def resource_changes(changes: Iterable[Any]) -> list[Answer]:
    """The changes of a change set, in Service Catalog's spelling."""
    return [
        present(
            Action=change.action.upper(),
            LogicalResourceId=change.logical_resource_id,
            PhysicalResourceId=change.physical_resource_id,
            ResourceType=change.resource_type,
            Replacement=change.replacement and change.replacement.upper(),
            Scope=[one.upper() for one in change.scope or ()],
            Details=[_detail(one) for one in change.details or ()],
        )
        for change in changes
    ]


def _detail(detail: Mapping[str, Any]) -> Answer:
    target = detail["Target"]
    return present(
        Target=present(
            Attribute=target["Attribute"].upper(),
            Name=target.get("Name"),
            RequiresRecreation=target.get("RequiresRecreation", "Never").upper(),
        ),
        Evaluation=detail.get("Evaluation", "Static").upper(),
        CausingEntity=detail.get("CausingEntity"),
    )
