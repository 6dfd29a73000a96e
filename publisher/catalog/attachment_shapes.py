"""TagOptions, budgets, shares, service actions: from AWS's shapes to the model, and back. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.catalog.shapes import Answer, Request, split
from publisher.documents import canonical_json
from publisher.model import (
    BudgetAssociation,
    Owner,
    PortfolioShare,
    Resource,
    ServiceAction,
    ShareType,
    TagOption,
    TagOptionAssociation,
)

SHARE_TYPES: tuple[ShareType, ...] = (
    "ACCOUNT",
    "ORGANIZATION",
    "ORGANIZATIONAL_UNIT",
    "ORGANIZATION_MEMBER_ACCOUNT",
)
_ACTION_NAME = re.compile(r"(?:^|\s)\(([a-z][a-z0-9-]*/[a-z][a-z0-9-]*)\)$")


def attached(owner: Owner, answer: Answer) -> Iterator[tuple[Resource, str]]:
    """The TagOptions and budgets of a described portfolio or product, each with its id."""
    for detail in answer.get("TagOptions") or ():
        yield tag_option(detail), detail["Id"]
        yield TagOptionAssociation(owner=owner, tag_key=detail["Key"], value=detail["Value"]), ""
    for budget in answer.get("Budgets") or ():
        yield BudgetAssociation(owner=owner, budget_name=budget["BudgetName"]), ""


def tag_option(detail: Answer) -> TagOption:
    """A TagOption from its details."""
    return TagOption(tag_key=detail["Key"], value=detail["Value"], active=detail.get("Active", True))


def share(portfolio: str, detail: Answer) -> PortfolioShare:
    """A share from DescribePortfolioShares."""
    return PortfolioShare(
        portfolio=portfolio,
        share_type=detail["Type"],
        principal_id=detail["PrincipalId"].rpartition("/")[2],
        share_principals=detail.get("SharePrincipals", False),
        share_tag_options=detail.get("ShareTagOptions", False),
    )


def share_recipient(resource: PortfolioShare) -> Request:
    """The recipient of a share in a request."""
    if resource.share_type == "ACCOUNT":
        return {"AccountId": resource.principal_id}
    member = resource.share_type == "ORGANIZATION_MEMBER_ACCOUNT"
    type_ = "ACCOUNT" if member else resource.share_type
    return {"OrganizationNode": {"Type": type_, "Value": resource.principal_id}}


def share_flags(resource: PortfolioShare) -> Request:
    """The options of a share. SharePrincipals is for nodes of an organization only."""
    flags: Request = {"ShareTagOptions": resource.share_tag_options}
    if resource.share_type != "ACCOUNT":
        flags["SharePrincipals"] = resource.share_principals
    return flags


def action_name(summary: Answer) -> str | None:
    """The name of a listed service action; None when it is unmanaged."""
    return split(summary.get("Description") or "", _ACTION_NAME)[1] or None


def service_action(answer: Answer) -> ServiceAction:
    """A service action from DescribeServiceAction."""
    detail = answer["ServiceActionDetail"]
    summary: Any = detail["ServiceActionSummary"]
    text, name = split(summary.get("Description") or "", _ACTION_NAME)
    return ServiceAction(
        name=name,
        display_name=summary["Name"],
        definition=_definition(detail["Definition"]),
        description=text,
    )


def _definition(definition: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The API's entries, sorted, with canonical JSON in Parameters."""
    entries = dict(definition)
    try:
        parameters = sorted(json.loads(entries.pop("Parameters", "[]")), key=lambda it: str(it["Name"]))
    except (ValueError, KeyError, TypeError):
        return tuple(sorted(definition.items()))
    return tuple(
        sorted((entries | ({"Parameters": canonical_json(parameters)} if parameters else {})).items())
    )


def action_fields(resource: ServiceAction) -> Request:
    """The fields that CreateServiceAction and UpdateServiceAction share."""
    return {
        "Name": resource.display_name,
        "Definition": dict(resource.definition),
        "Description": f"{resource.description} ({resource.name})".strip(),
    }
