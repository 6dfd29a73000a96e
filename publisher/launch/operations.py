"""What makes, changes and ends launches: Service Catalog, or SageMaker for its projects.

The one place that chooses; where launches are read is chosen in sources.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.impact import Change
from publisher.launch import project_operations, stack_preview, update_plan
from publisher.launch.preflight import PreparedLaunch
from publisher.launch.progress import Operation, under_way
from publisher.launch.provision import provision
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import Door, LaunchRequest
from publisher.launch.terminate import terminate
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_start import start_update


class _UnderWay(Protocol):
    def __call__(self, aws: Aws, provisioned: ProvisionedProduct, *, subject: str) -> Operation: ...


class _Preview(Protocol):
    def __call__(
        self, aws: Aws, prepared: PreparedUpdate, *, clock: Clock, report: Callable[[str], None]
    ) -> tuple[Change, ...] | None: ...


@dataclass(frozen=True, kw_only=True)
class Operations:
    """What starts operations; `under_way` finds one that somebody began, `preview` asks AWS about an update.

    They raise Refused, AwsError.
    """

    launch: Callable[[Aws, PreparedLaunch], Operation]
    update: Callable[[Aws, PreparedUpdate], Operation]
    terminate: Callable[[Aws, LaunchRequest, ProvisionedProduct], Operation]
    under_way: _UnderWay
    preview: _Preview


def operations_of(door: Door) -> Operations:
    """Of launches by this door."""
    return _OPERATIONS[door]


_LAUNCHES = Operations(
    launch=provision,
    update=start_update,
    terminate=terminate,
    under_way=under_way,
    preview=update_plan.planned_changes,
)
_PROJECTS = replace(
    _LAUNCHES,
    launch=project_operations.create,
    update=project_operations.update,
    terminate=project_operations.delete,
    under_way=project_operations.under_way,
)
_OPERATIONS: Mapping[Door, Operations] = {
    "": _LAUNCHES,
    "service-catalog": _PROJECTS,
    "s3": replace(_PROJECTS, preview=stack_preview.planned_changes),
}
