"""Steps on the resources of a stack: make, change, delete, with their events and failure reasons."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.engine.drift import (
    NOT_CHECKED,
    ActualState,
    Drift,
    actual_state,
    compared,
)
from catalog_emulator.cloudformation.engine.permissions import Permissions
from catalog_emulator.cloudformation.engine.stack import STACK_TYPE, Stack, StackResource
from catalog_emulator.cloudformation.resources.custom_resources import CUSTOM, CustomType
from catalog_emulator.cloudformation.resources.differences import replacement
from catalog_emulator.cloudformation.resources.generated_values import generated_value
from catalog_emulator.cloudformation.resources.moto_models import MotoType
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
    allow_everything,
)
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition
from catalog_emulator.cloudformation.template.functions import evaluate
from catalog_emulator.cloudformation.template.scope import ResourceValues
from catalog_emulator.cloudformation.template.validation import coerced, problems
from catalog_emulator.moto_lock import turn

_GONE = re.compile("NotFound|NoSuch|NonExistent|DoesNotExist")
# Types whose operations wait for a function or for another stack.
_WAITING = (
    *("Custom::", "AWS::CloudFormation::"),
    *("AWS::SageMaker::Project", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"),
)


class StepFailed(Exception):
    """A step failed; the resource's status and events have the reason."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id


@dataclass(frozen=True)
class ResourceSteps:
    """The steps on the resources of one stack."""

    _stack: Stack
    _providers: Providers
    _clients: Callable[[str], Any]
    _partition: str
    _permissions: Permissions | None = None

    def schema(self, type_name: str) -> Schema | None:
        return self._providers.schema(type_name)

    def properties_of(
        self,
        blueprint: Blueprint,
        definition: Definition,
        resources: Mapping[str, ResourceValues] | None = None,
    ) -> dict[str, Any]:
        """The definition's properties, functions resolved against the resources (by default the stack's).

        Scalars have the types of the schema.
        """
        scope = blueprint.scope_with(self._stack.resources if resources is None else resources)
        properties = evaluate(scope, definition.properties)
        schema = self.schema(definition.type_name)
        return coerced(schema, properties) if schema is not None else properties

    def make(self, blueprint: Blueprint, definition: Definition, generation: int = 0) -> StackResource:
        """Make a resource and add it to the stack, which keeps it also when making it fails."""
        resource = self.described(definition, generation=generation)
        self._stack.resources[definition.logical_id] = resource
        self._stack.set_resource_status(resource, "CREATE_IN_PROGRESS")
        with _step(self._stack, resource, "CREATE_FAILED"):
            properties = self.properties_of(blueprint, definition)
            self._check(definition, properties)
            maker, context = self._begin(resource, "create", properties)
            made = maker.create(context, properties)
            self._take(resource, made, properties, context)
        text = json.dumps(properties, default=str)
        self._stack.set_resource_status(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated", text)
        self._stack.set_resource_status(resource, "CREATE_COMPLETE", _remark(made))
        return resource

    def described(self, definition: Definition, **known: Any) -> StackResource:
        """The definition's resource before it is made."""
        return StackResource(
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_id=definition.logical_id,
            type_name=definition.type_name,
            definition=definition,
            **known,
        )

    def change(
        self, resource: StackResource, definition: Definition, properties: Properties, before: Properties
    ) -> None:
        self._stack.set_resource_status(resource, "UPDATE_IN_PROGRESS")
        with _step(self._stack, resource, "UPDATE_FAILED"):
            self._check(definition, properties)
            made = self._update(resource, before, properties)
        resource.definition = definition
        self._stack.set_resource_status(resource, "UPDATE_COMPLETE", _remark(made))

    def change_back(self, resource: StackResource, before: StackResource, live: Properties | None) -> bool:
        """Update a resource to the live properties that it had before; False when that fails."""
        properties = before.properties if live is None else live
        # A nested stack whose update failed has the same properties, but may have failed to roll back.
        changed = (
            resource.type_name == STACK_TYPE
            or resource.properties != properties
            or dict(resource.tags) != dict(before.tags)
        )
        self._stack.set_resource_status(resource, "UPDATE_IN_PROGRESS")
        try:
            with _step(self._stack, resource, "UPDATE_FAILED"):
                if changed:
                    self._update(resource, resource.properties, properties)
        except StepFailed:
            return False
        resource.properties, resource.definition = before.properties, before.definition
        self._stack.set_resource_status(resource, "UPDATE_COMPLETE")
        return True

    def remove(self, resource: StackResource) -> None:
        self._stack.set_resource_status(resource, "DELETE_IN_PROGRESS")
        with _step(self._stack, resource, "DELETE_FAILED"):
            if resource.physical_id:
                self._delete(resource)
        self._stack.set_resource_status(resource, "DELETE_COMPLETE")

    def drift(self, resource: StackResource) -> Drift:
        maker = self._providers.of(resource.type_name)
        unreadable = isinstance(maker, MotoType) and not maker.checked(resource.physical_id)
        if unreadable or isinstance(maker, CustomType):
            return Drift(status=NOT_CHECKED, expected=resource.properties, actual=None)
        with turn:
            live = maker.read(self.context(resource, "read"), resource.physical_id, resource.properties)
        taken = {name: value for name, value in (live or {}).items() if name not in resource.untaken}
        return compared(resource.properties, None if live is None else taken)

    def actual(self, resource: StackResource, desired: Properties) -> ActualState:
        """What a drift-aware change to the desired properties starts from."""
        schema = self.schema(resource.type_name)
        return actual_state(
            self.drift(resource),
            desired,
            schema.tag_property if schema else None,
            lambda before, after: replacement(schema, before, after) == "True",
        )

    def exists(self, resource: StackResource) -> bool:
        """Whether there is a resource with its physical id."""
        maker = self._providers.of(resource.type_name)
        with turn, suppress(ClientError, ParamValidationError):
            return maker.read(self.context(resource), resource.physical_id, resource.properties) is not None
        return False

    def _update(self, resource: StackResource, before: Properties, properties: Properties) -> Made:
        maker, context = self._begin(resource, "update", properties)
        made = maker.update(context, resource.physical_id, before, properties)
        self._take(resource, made, properties, context)
        return made

    def _begin(
        self, resource: StackResource, operation: str, properties: Properties
    ) -> tuple[ResourceType, Context]:
        if self._permissions is not None:
            schema = self.schema(resource.type_name)
            self._permissions.handle(resource.type_name, schema, operation, properties)
        return self._providers.of(resource.type_name), self.context(resource, operation)

    def context(self, resource: StackResource, operation: str = "") -> Context:
        clients, require = self._clients, allow_everything
        if operation and self._permissions is not None:
            schema = self.schema(resource.type_name)
            clients = self._permissions.clients(clients, schema, operation)
            require = self._permissions.require
        return Context(
            account_id=self._stack.account_id,
            region=self._stack.region_name,
            partition=self._partition,
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_id=resource.logical_id,
            type_name=resource.type_name,
            attributes=resource.attributes,
            generation=resource.generation,
            clients=clients,
            require=require,
            tags={
                **self._stack.tags,
                "aws:cloudformation:stack-name": self._stack.name,
                "aws:cloudformation:stack-id": self._stack.stack_id,
                "aws:cloudformation:logical-id": resource.logical_id,
            },
        )

    def _delete(self, resource: StackResource) -> None:
        """Delete a resource; one that is already gone counts as deleted.

        https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html
        """
        maker, context = self._begin(resource, "delete", resource.properties)
        try:
            maker.delete(context, resource.physical_id, resource.properties)
        except (ServiceException, HTTPException, KeyError) as error:
            if not isinstance(maker, MotoType) or not _is_gone(error, resource.physical_id):
                raise
            self._providers.objects.pop((resource.type_name, resource.physical_id), None)

    def _check(self, definition: Definition, properties: Mapping[str, Any]) -> None:
        schema = self.schema(definition.type_name)
        if schema is None or definition.type_name.startswith(CUSTOM):
            return
        found = problems(schema, properties)
        if found:
            listed = "\n".join(map(str, found))
            raise ResourceFailed(
                f"Properties validation failed for resource {definition.logical_id} with message:\n[{listed}]"
            )

    def _take(
        self, resource: StackResource, made: Made, properties: Mapping[str, Any], context: Context
    ) -> None:
        resource.physical_id = made.physical_id
        resource.properties = properties
        resource.untaken = made.untaken
        resource.attributes = {
            **self._schema_attributes(resource, made, properties, context),
            **made.attributes,
        }
        resource.tags = dict(self._stack.tags)
        resource.skipped = False

    def _schema_attributes(
        self, resource: StackResource, made: Made, properties: Mapping[str, Any], context: Context
    ) -> dict[str, Any]:
        schema = self.schema(resource.type_name)
        if schema is None:
            return {}
        live = {**properties, **made.attributes}
        if len(schema.primary_identifier) == 1:
            live.setdefault(schema.primary_identifier[0], made.physical_id)
        return {
            name: live[name] if name in live else generated_value(context, schema, name, live)
            for name, _ in schema.attributes()
            if name not in made.attributes
        }


@contextmanager
def _step(stack: Stack, resource: StackResource, status: str) -> Iterator[None]:
    """Turns an exception into the resource's failed status and a StepFailed.

    Steps take turns, except for those that wait: custom resources, nested stacks and launches.
    """
    try:
        with nullcontext() if resource.type_name.startswith(_WAITING) else turn:
            yield
    except Exception as error:
        reason = _failure_reason(error, resource)
        stack.set_resource_status(resource, status, reason)
        raise StepFailed(resource.logical_id, reason) from error


def _remark(made: Made) -> str | None:
    """What the event says of a resource that is not all that the template says."""
    untaken = f"not confirmed by the service: {', '.join(made.untaken)}" if made.untaken else ""
    return "; ".join(filter(None, (made.remark, untaken))) or None


def _is_gone(error: Exception, physical_id: str) -> bool:
    if isinstance(error, KeyError):
        return error.args == (physical_id,)
    names = (getattr(error, "code", ""), getattr(error, "error_type", ""), type(error).__name__)
    return _GONE.search(" ".join(map(str, names))) is not None


def _failure_reason(error: Exception, resource: StackResource) -> str:
    match error:
        case ClientError():
            details, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
            status, request = metadata.get("HTTPStatusCode", 400), metadata.get("RequestId", "local")
            _, _, rest = resource.type_name.partition("::")
            service = rest.partition("::")[0]
            return (
                f"{details.get('Message', '')} "
                f"(Service: {service}, Status Code: {status}, Request ID: {request})"
            )
        case ServiceException() | HTTPException():
            return str(getattr(error, "message", None) or error)
        case ResourceFailed() | ParamValidationError():
            return str(error)
    return f"Internal failure: {type(error).__name__}: {error}"
