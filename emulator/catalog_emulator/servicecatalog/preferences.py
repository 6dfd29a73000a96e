"""Provisioning preferences: where a stack set goes, within what its constraint allows.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisioningPreferences.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.paths import LaunchPath
from catalog_emulator.servicecatalog.stack_sets import Targets


def stack_set_targets(path: LaunchPath, preferences: Mapping[str, Any] | None) -> Targets | None:
    """The targets of a launch by this path; None where its product is launched as one stack."""
    constraint = path.constraint("STACKSET")
    wanted = preferences or {}
    if constraint is None:
        if wanted:
            raise InvalidParametersException(
                "ProvisioningPreferences are for products with a STACKSET constraint."
            )
        return None
    properties = json.loads(constraint.parameters)["Properties"]
    accounts = _chosen(wanted, "StackSetAccounts", properties["AccountList"])
    return Targets(
        accounts=accounts,
        regions=_chosen(wanted, "StackSetRegions", properties["RegionList"]),
        tolerance=_tolerance(wanted, len(accounts)),
        admin_role=properties["AdminRole"],
        execution_role=properties["ExecutionRole"],
    )


def _chosen(wanted: Mapping[str, Any], name: str, allowed: list[str]) -> tuple[str, ...]:
    chosen = wanted.get(name) or allowed
    outside = [one for one in chosen if one not in allowed]
    if outside:
        raise InvalidParametersException(
            f"{name} has {outside[0]}, which the STACKSET constraint does not allow."
        )
    return tuple(chosen)


def _tolerance(wanted: Mapping[str, Any], accounts: int) -> int:
    count, percentage = _one_of(wanted, "StackSetFailureToleranceCount", "StackSetFailureTolerancePercentage")
    tolerance = count or 0 if percentage is None else accounts * percentage // 100
    most, _ = _one_of(wanted, "StackSetMaxConcurrencyCount", "StackSetMaxConcurrencyPercentage")
    if most is not None and most > tolerance + 1:
        raise InvalidParametersException(
            "StackSetMaxConcurrencyCount is at most one more than the failure tolerance."
        )
    return tolerance


def _one_of(wanted: Mapping[str, Any], count: str, percentage: str) -> tuple[int | None, int | None]:
    if count in wanted and percentage in wanted:
        raise InvalidParametersException(f"Specify either {count} or {percentage}, not both.")
    return wanted.get(count), wanted.get(percentage)
