"""Systems Manager automation, as far as service actions need it: EC2 instances start, stop, restart.

Of other documents, moto's own included, only the target type is known: nothing here runs their steps.
https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/automation-runbook-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ssm.models import ssm_backends
from werkzeug.exceptions import HTTPException

_INSTANCE = "AWS::EC2::Instance"
_CALLS: Mapping[str, tuple[str, ...]] = {
    "AWS-RestartEC2Instance": ("stop_instances", "start_instances"),
    "AWS-StartEC2Instance": ("start_instances",),
    "AWS-StopEC2Instance": ("stop_instances",),
}


class AutomationError(Exception):
    """Why a document cannot be executed."""


def target_type(name: str, account_id: str, region: str) -> str:
    """The type of the resources that a document works on."""
    if name in _CALLS:
        return _INSTANCE
    documents: Any = ssm_backends[account_id][region]._documents
    found = documents.get(name.rsplit("/", 1)[-1])
    if found is None:
        raise AutomationError("Document with that name does not exist")
    kind = found.get_default_version().target_type
    if not kind:
        raise AutomationError("TargetType not defined for SSM Automation document")
    return str(kind).lstrip("/")


def execute(name: str, targets: Sequence[str], account_id: str, region: str) -> None:
    """Does what a document says to its targets, or says why not."""
    target_type(name, account_id, region)
    if name not in _CALLS:
        raise AutomationError(f"The local endpoint does not execute the steps of document {name}.")
    ec2: Any = ec2_backends[account_id][region]
    try:
        for call in _CALLS[name]:
            getattr(ec2, call)(list(targets))
    except (ServiceException, HTTPException) as error:
        reason = str(getattr(error, "message", error))
        raise AutomationError(f"Step fails when it is executing/canceling action. {reason}") from error
