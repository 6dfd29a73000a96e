"""A stack, its resources and events, with the attribute names that moto's responses read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any, ClassVar
from uuid import uuid4

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import Export
from moto.core.utils import iso_8601_datetime_with_milliseconds, utcnow

from catalog_emulator.cloudformation.engine.drift import NOT_CHECKED, Drift
from catalog_emulator.cloudformation.engine.operation_events import STARTED_BY, StackOperation
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition

STACK_TYPE = "AWS::CloudFormation::Stack"
# Seconds between two looks at what another thread does.
PAUSE = 0.01
# Seconds that the answer of a custom resource waits until the operation has seen it.
_NOTICE = 5.0


class NoUpdates(ValidationError):
    """AWS's refusal of an update that changes nothing."""

    def __init__(self) -> None:
        super().__init__(message="No updates are to be performed.")


@dataclass(kw_only=True)
class StackResource:
    """A resource of a stack. `generation` counts its replacements."""

    class Meta:
        """The names under which moto's serializer finds these members."""

        serialization_aliases: ClassVar = {
            "DriftInformation": "drift_information",
            "LastUpdatedTimestamp": "timestamp",
            "LogicalResourceId": "logical_id",
            "Metadata": "metadata_text",
            "PhysicalResourceId": "shown_id",
            "ResourceStatus": "status",
            "ResourceStatusReason": "status_reason",
            "ResourceType": "type_name",
        }

    stack_id: str
    stack_name: str
    logical_id: str
    type_name: str
    definition: Definition
    physical_id: str = ""
    generation: int = 0
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    untaken: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "CREATE_IN_PROGRESS"
    status_reason: str | None = None
    timestamp: datetime = field(default_factory=utcnow)
    drift: Drift | None = None
    # Left as it was by ContinueUpdateRollback.
    skipped: bool = False

    @property
    def shown_id(self) -> str | None:
        return self.physical_id or None

    @property
    def metadata_text(self) -> str | None:
        metadata = self.definition.metadata
        return None if metadata is None else json.dumps(metadata)

    @property
    def description(self) -> str | None:
        return self.definition.description

    @property
    def drift_information(self) -> dict[str, Any]:
        return self.drift.information() if self.drift else {"StackResourceDriftStatus": NOT_CHECKED}

    def attribute(self, name: str) -> Any:
        """The value of Fn::GetAtt; raises ValidationError when there is no such attribute."""
        if name in self.attributes:
            return self.attributes[name]
        node: Any = {**self.properties, **self.attributes}
        for part in name.split("."):
            if not isinstance(node, Mapping) or part not in node:
                raise ValidationError(
                    message=f"Template error: resource {self.logical_id} does not support attribute type "
                    f"{name} in Fn::GetAtt"
                )
            node = node[part]
        return node


@dataclass(frozen=True, kw_only=True)
class UpdatedResource:
    """One step of an update: the resource before (if there was one) and now.

    It is `recreated` when what was before is not there any more, and `replaced` when that is yet to delete.
    `live` are the properties that a rollback restores, if not those of the template before.
    """

    before: StackResource | None
    now: StackResource
    replaced: bool = False
    recreated: bool = False
    live: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class UnfinishedUpdate:
    """What an update that failed has changed, and its rollback has yet to change back or to delete.

    `skipped` names what a continued rollback leaves as it is: `logical id`, in nested stacks
    `name of the stack.logical id`. It is None before that.
    """

    tags: dict[str, str]
    skipped: frozenset[str] | None = None
    steps: list[UpdatedResource] = field(default_factory=list)
    made: list[StackResource] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a stack."""

    stack_id: str
    stack_name: str
    event_id: str
    logical_resource_id: str
    physical_resource_id: str
    resource_type: str
    resource_status: str
    resource_status_reason: str | None = None
    resource_properties: str | None = None
    client_request_token: str | None = None
    operation_id: str | None = None
    timestamp: datetime = field(default_factory=utcnow)

    @property
    def event_type(self) -> str:
        """Its type in DescribeEvents."""
        failed = self.resource_status.endswith("_FAILED") and self.physical_resource_id != self.stack_id
        return "PROVISIONING_ERROR" if failed else "PROGRESS_EVENT"

    def message(self, account_id: str) -> str:
        """The event as CloudFormation publishes it to a notification topic."""
        facts = {
            "StackId": self.stack_id,
            "Timestamp": iso_8601_datetime_with_milliseconds(self.timestamp),
            "EventId": self.event_id,
            "LogicalResourceId": self.logical_resource_id,
            "Namespace": account_id,
            "PhysicalResourceId": self.physical_resource_id,
            "ResourceProperties": self.resource_properties or "null",
            "ResourceStatus": self.resource_status,
            "ResourceStatusReason": self.resource_status_reason or "",
            "ResourceType": self.resource_type,
            "StackName": self.stack_name,
            "ClientRequestToken": self.client_request_token or "null",
        }
        return "".join(f"{name}='{value}'\n" for name, value in facts.items())


@dataclass(kw_only=True, eq=False)
class Stack:
    """A stack. The one operation that may run on it holds `lock`; `cancelled` asks that operation to stop.

    `session` is the name of the role session that its operations use; `notify` publishes its events.
    """

    class Meta:
        """The names under which moto's serializer finds these members."""

        serialization_aliases: ClassVar = {
            "Outputs": "output_list",
            "Parameters": "parameter_list",
            "StackName": "name",
            "TemplateDescription": "description",
        }

    stack_id: str
    name: str
    account_id: str
    region_name: str
    session: str
    notify: Callable[[Stack, Event], None]
    notification_arns: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    enable_termination_protection: bool = False
    timeout_in_minutes: int | None = None
    policy: str = ""
    disable_rollback: bool = False
    capabilities: list[str] | None = None
    parent_id: str | None = None
    root_id: str | None = None
    change_set_id: str | None = None
    drift_information: dict[str, Any] = field(default_factory=lambda: {"StackDriftStatus": NOT_CHECKED})
    blueprint: Blueprint | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    operations: list[StackOperation] = field(default_factory=list)
    unfinished: UnfinishedUpdate | None = None
    custom_resources: dict[str, Any] = field(default_factory=dict)
    has_custom_resources: bool = False
    status: str = "REVIEW_IN_PROGRESS"
    status_reason: str | None = None
    token: str | None = None
    creation_time: datetime = field(default_factory=utcnow)
    last_updated_time: datetime | None = None
    deletion_time: datetime | None = None
    lock: RLock = field(default_factory=RLock)
    cancelled: bool = False

    def follow(self, parent: Stack) -> None:
        """Operations on a nested stack have the permissions of those on its parent."""
        self.role_arn, self.session = parent.role_arn, parent.session

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Set the status, with its event; it may start an operation, or end the one that runs."""
        continues = self.status == "UPDATE_ROLLBACK_FAILED" and status == "UPDATE_ROLLBACK_IN_PROGRESS"
        started = "CONTINUE_ROLLBACK" if continues else STARTED_BY.get(status)
        if started is not None:
            self.begin(started)
        self.status, self.status_reason = status, reason
        self._add_event(
            event_id=str(uuid4()),
            logical_resource_id=self.name,
            physical_resource_id=self.stack_id,
            resource_type=STACK_TYPE,
            resource_status=status,
            resource_status_reason=reason,
        )
        if not status.endswith("_IN_PROGRESS"):
            self.operations[-1].end(failed=status.endswith("_FAILED"))

    def begin(self, operation_type: str) -> StackOperation:
        """Start an operation; one that still runs has failed."""
        if self.operations:
            self.operations[-1].end(failed=True)
        begun = StackOperation(
            stack_id=self.stack_id, operation_type=operation_type, client_request_token=self.token
        )
        self.operations.append(begun)
        return begun

    def operation_id(self, operation_type: str) -> str:
        """The id of the last operation of a type."""
        return next(one.operation_id for one in self.operations[::-1] if one.operation_type == operation_type)

    @property
    def last_operations(self) -> list[StackOperation]:
        """The last operation, and the one that it rolls back."""
        found = [one for one in self.operations if one.operation_type != "CREATE_CHANGESET"]
        return found[: -3 if found and found[-1].operation_type == "ROLLBACK" else -2 : -1]

    def set_resource_status(
        self, resource: StackResource, status: str, reason: str | None = None, properties: str | None = None
    ) -> None:
        resource.status, resource.status_reason, resource.timestamp = status, reason, utcnow()
        stamp = iso_8601_datetime_with_milliseconds(resource.timestamp)
        self._add_event(
            event_id=f"{resource.logical_id}-{status}-{stamp}",
            logical_resource_id=resource.logical_id,
            physical_resource_id=resource.physical_id,
            resource_type=resource.type_name,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=properties,
        )

    def _add_event(self, **facts: Any) -> None:
        event = Event(
            stack_id=self.stack_id,
            stack_name=self.name,
            client_request_token=self.token,
            operation_id=self.operations[-1].operation_id,
            **facts,
        )
        self.events.append(event)
        self.notify(self, event)

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def has(self, blueprint: Blueprint) -> bool:
        """Whether the blueprint would change nothing but tags."""
        return self.blueprint is not None and self.unfinished is None and blueprint.same_as(self.blueprint)

    @property
    def template(self) -> str:
        return self.blueprint.text if self.blueprint else ""

    @property
    def description(self) -> str | None:
        found: str | None = self.blueprint.template.get("Description") if self.blueprint else None
        return found

    @property
    def parameters(self) -> dict[str, str]:
        """The values of its parameters, as supplied or by default; not those that SSM parameters hold."""
        blueprint = self.blueprint
        return {name: known.supplied for name, known in blueprint.parameters.items()} if blueprint else {}

    @property
    def parameter_list(self) -> list[dict[str, Any]]:
        return self.blueprint.parameter_list() if self.blueprint else []

    def resource(self, logical_id: str) -> StackResource:
        if logical_id not in self.resources:
            raise ValidationError(message=f"Resource {logical_id} does not exist for stack {self.name}")
        return self.resources[logical_id]

    @property
    def stack_resources(self) -> list[StackResource]:
        return [self.resources[name] for name in sorted(self.resources)]

    @property
    def output_list(self) -> list[dict[str, Any]] | None:
        """The outputs as DescribeStacks shows them, which leaves the member out when there are none."""
        return self.outputs or None

    def add_custom_resource(self, custom_resource: Any) -> None:
        self.custom_resources[custom_resource.logical_id] = custom_resource

    def get_custom_resource(self, logical_id: str) -> Any:
        return self.custom_resources[logical_id]

    @property
    def awaits_answer(self) -> bool:
        return any(not resource.is_created() for resource in self.custom_resources.values())

    def verify_readiness(self) -> None:
        """Wait until the operation has seen the answer of a custom resource; moto calls this with it."""
        deadline = time.monotonic() + _NOTICE
        while self.busy and not self.awaits_answer and time.monotonic() < deadline:
            time.sleep(PAUSE)
