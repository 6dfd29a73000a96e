"""What AWS itself says about an update: a provisioning plan, which is deleted again.

A plan is a change set. A run that was killed leaves its plan, and the next one for the launch deletes it.
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisionedProductPlan.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied, pages
from publisher.aws.clients import Aws
from publisher.aws.translations import translation
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError
from publisher.impact import Change, Effect, Level
from publisher.impact.resource_types import resource_type
from publisher.launch.provisioned import ProvisionedProduct, widest
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_start import update_arguments

_NAME = "publisher-changes"
_SOURCE = "https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ResourceChange.html"
_SECONDS = 10 * 60
_UNDER_WAY = "CREATE_IN_PROGRESS"
# Half a minute: the run that made a plan deletes it as soon as it has read it.
_NO_PLAN, _GONE = ("InvalidStateException", "DuplicateResourceException"), "ResourceNotFoundException"
_READS_OF_LEFTOVERS = 15
# Replacement: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ResourceChange.html
_REPLACING: Mapping[str, Effect] = {"TRUE": "replacement", "CONDITIONAL": "possible replacement"}


class NoPreviewError(AwsError):
    """AWS has not previewed the update."""


def planned_changes(
    aws: Aws, prepared: PreparedUpdate, *, clock: Clock, report: Callable[[str], None]
) -> tuple[Change, ...] | None:
    """What the plan of an update says about each resource; None where it finds nothing to update.

    Raises NoPreviewError, with the reason, where AWS makes no plan, or the caller may not ask for one.
    """
    provisioned = prepared.provisioned
    client = aws.client("servicecatalog")
    with aws_errors(f"{provisioned.name}: cannot preview the update"):
        try:
            _delete_leftovers(client, provisioned, clock, report)
            plan = client.create_provisioned_product_plan(
                PlanName=_NAME,
                PlanType="CLOUDFORMATION",
                ProductId=provisioned.product_id,
                ProvisionedProductName=provisioned.project.launch_name
                if provisioned.project
                else provisioned.name,
                **update_arguments(prepared),
            )["PlanId"]
            try:
                return _read(client, plan, clock)
            finally:
                _delete(client, plan)
        except ClientError as error:
            if not is_denied(error) and error_code(error) not in _NO_PLAN:
                raise
            message = str(error.response["Error"].get("Message"))
            raise NoPreviewError("your role may not ask for it" if is_denied(error) else message) from error


def _delete_leftovers(
    client: Any, provisioned: ProvisionedProduct, clock: Clock, report: Callable[[str], None]
) -> None:
    """A launch has one plan at most; that of somebody else stays, and Service Catalog refuses ours."""

    def plans(level: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return list(
            pages(
                client.list_provisioned_product_plans,
                "ProvisionedProductPlans",
                ProvisionProductId=provisioned.id,
                AccessLevelFilter=level,
            )
        )

    for plan in widest(plans) or ():
        if plan.get("PlanName") != _NAME:
            continue
        report(f"{provisioned.name}: waiting for another preview, plan {plan['PlanId']}")
        if _is_left(client, plan["PlanId"], clock):
            _delete(client, plan["PlanId"])
            report(f"{provisioned.name}: deleted plan {plan['PlanId']}, left by an interrupted preview")


def _is_left(client: Any, plan: str, clock: Clock) -> bool:
    """Whether nobody reads a plan that is ready. A plan does not say who made it; clocks may differ."""

    def ready() -> bool | None:
        answer = client.describe_provisioned_product_plan(PlanId=plan)
        return None if answer["ProvisionedProductPlanDetails"]["Status"] == _UNDER_WAY else True

    try:
        return bool(poll(ready, clock=clock, seconds=_SECONDS, times=_READS_OF_LEFTOVERS))
    except ClientError as error:
        if error_code(error) != _GONE:
            raise
        return False


def _delete(client: Any, plan: str) -> None:
    try:
        client.delete_provisioned_product_plan(PlanId=plan)
    except ClientError as error:
        if error_code(error) != _GONE:
            raise


def _read(client: Any, plan: str, clock: Clock) -> tuple[Change, ...] | None:
    def finished() -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] = client.describe_provisioned_product_plan(PlanId=plan)
        under_way = answer["ProvisionedProductPlanDetails"]["Status"] == _UNDER_WAY
        return None if under_way else answer

    answer = poll(finished, clock=clock, seconds=_SECONDS)
    if answer is None:
        raise NoPreviewError(f"the plan was not ready in {_SECONDS // 60} minutes")
    details = answer["ProvisionedProductPlanDetails"]
    if details["Status"] != "CREATE_SUCCESS":
        message = details.get("StatusMessage") or f"the plan is {details['Status']}"
        if (known := translation(text=message)) and known.id == "no-updates":
            return None
        raise NoPreviewError(message)
    changes = pages(client.describe_provisioned_product_plan, "ResourceChanges", PlanId=plan)
    return tuple(map(change_of, changes))


def change_of(entry: Mapping[str, Any]) -> Change:
    """A change of a resource; one that only gets other tags or metadata is in place, too.

    A change set of CloudFormation has the same members, and Add where Service Catalog has ADD.
    """
    name, type_ = entry.get("LogicalResourceId", ""), entry.get("ResourceType", "")
    effect: Effect
    match entry.get("Action", "").upper():
        case "ADD":
            effect = "added"
        case "REMOVE":
            effect = "removal"
        case _:
            effect = _REPLACING.get(entry.get("Replacement", "").upper(), "in place")
    facts = resource_type(type_)
    gone = effect not in ("added", "in place")
    level: Level = "safe" if not gone else "critical" if facts.holds_data else "high"
    return Change(
        subject="resource",
        path=name,
        resource=name,
        resource_type=type_,
        effect=effect,
        at_stake="data" if gone and facts.holds_data else "",
        reason=_reason(entry),
        source=_SOURCE,
        level=level,
    )


def _reason(entry: Mapping[str, Any]) -> str:
    targets = (it.get("Target", {}) for it in entry.get("Details", ()))
    named = dict.fromkeys(it.get("Name") or str(it.get("Attribute", "")).lower() for it in targets)
    return f"by the plan of AWS: {', '.join(filter(None, named))}" if named else "by the plan of AWS"
