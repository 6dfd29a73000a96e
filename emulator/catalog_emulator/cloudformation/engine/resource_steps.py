"""Single steps on a stack's resources: make, change, remove, with events, and failures as reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.engine.drift import NOT_CHECKED, Drift, compared
from catalog_emulator.cloudformation.engine.permissions import Permissions
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource
from catalog_emulator.cloudformation.resources.invented import invented
from catalog_emulator.cloudformation.resources.moto_models import CustomType, MotoType, UnknownType
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
    Touched,
    Touching,
    anything,
)
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition
from catalog_emulator.cloudformation.template.functions import evaluate
from catalog_emulator.cloudformation.template.scope import Answers
from catalog_emulator.cloudformation.template.validation import coerced, problems
from catalog_emulator.settings import settings
from catalog_emulator.turns import turn

_GONE = re.compile("NotFound|NoSuch|NonExistent|DoesNotExist")
# Types whose makers wait for somebody else.
_WAITING = ("Custom::", "AWS::CloudFormation::")


class StepFailed(Exception):
    """A step did not work; the resource's own status and events say so already."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id
        self.reason = reason


class ResourceSteps:
    """Works on the resources of one stack."""

    def __init__(
        self,
        stack: Stack,
        providers: Providers,
        clients: Callable[[str], Any],
        partition: str,
        permissions: Permissions | None = None,
    ) -> None:
        self._stack = stack
        self._providers = providers
        self._clients = clients
        self._partition = partition
        self._permissions = permissions

    def schema(self, type_name: str) -> Schema | None:
        """The schema of a resource type."""
        return self._providers.schema(type_name)

    def wanted(
        self, blueprint: Blueprint, definition: Definition, seen: Mapping[str, Answers] | None = None
    ) -> dict[str, Any]:
        """The definition's properties with every function resolved and scalars typed as the schema says.

        Functions see the stack's own resources, unless others are given.
        """
        scope = blueprint.seeing(self._stack.resources if seen is None else seen)
        properties = evaluate(scope, definition.properties)
        schema = self._providers.schema(definition.type_name)
        return coerced(schema, properties) if schema is not None else properties

    def make(self, blueprint: Blueprint, definition: Definition, generation: int = 0) -> StackResource:
        """A new resource, which the stack holds from now on, also when making it fails."""
        resource = StackResource(
            logical_id=definition.logical_id, type_name=definition.type_name, generation=generation
        )
        _describe(resource, definition)
        self._stack.resources[definition.logical_id] = resource
        self._stack.set_resource_status(resource, "CREATE_IN_PROGRESS")
        with _Failing(self._stack, resource, "CREATE_FAILED"):
            properties = self.wanted(blueprint, definition)
            self._check(definition, properties)
            context = self.context(resource, "create")
            maker = self._maker(resource, "create", properties)
            self._take(resource, maker.create(context, properties), properties, context)
            self._touch(resource, maker)
        told = json.dumps(properties, default=str)
        self._stack.set_resource_status(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated", told)
        self._stack.set_resource_status(resource, "CREATE_COMPLETE")
        return resource

    def change(self, resource: StackResource, definition: Definition, properties: Mapping[str, Any]) -> None:
        """The same resource with other properties."""
        self._stack.set_resource_status(resource, "UPDATE_IN_PROGRESS")
        with _Failing(self._stack, resource, "UPDATE_FAILED"):
            self._check(definition, properties)
            context = self.context(resource, "update")
            made = self._maker(resource, "update", properties).update(
                context, resource.physical_id, resource.properties, properties
            )
            self._take(resource, made, properties, context)
        _describe(resource, definition)
        self._stack.set_resource_status(resource, "UPDATE_COMPLETE", made.remark or None)

    def change_back(self, resource: StackResource, before: StackResource) -> bool:
        """The resource with the properties that it had; False when that fails."""
        changed = resource.properties != before.properties or dict(resource.tags) != dict(before.tags)
        self._stack.set_resource_status(resource, "UPDATE_IN_PROGRESS")
        try:
            with _Failing(self._stack, resource, "UPDATE_FAILED"):
                if changed:
                    context = self.context(resource, "update")
                    made = self._maker(resource, "update", before.properties).update(
                        context, resource.physical_id, resource.properties, before.properties
                    )
                    self._take(resource, made, before.properties, context)
        except StepFailed:
            return False
        resource.depends, resource.deletion_policy = before.depends, before.deletion_policy
        self._stack.set_resource_status(resource, "UPDATE_COMPLETE")
        return True

    def remove(self, resource: StackResource) -> None:
        """Deletes what is there of the resource."""
        self._stack.set_resource_status(resource, "DELETE_IN_PROGRESS")
        with _Failing(self._stack, resource, "DELETE_FAILED"):
            if resource.physical_id:
                self._delete(resource)
        self._stack.set_resource_status(resource, "DELETE_COMPLETE")

    def drift(self, resource: StackResource) -> Drift:
        """What the resource is, beside what it should be; not checked where that cannot be told."""
        maker = self._providers.of(resource.type_name)
        unknown = isinstance(maker, MotoType) and not maker.checked(resource.physical_id)
        if unknown or isinstance(maker, (CustomType, UnknownType)):
            return Drift(status=NOT_CHECKED, expected=resource.properties, actual=None)
        with turn:
            live = maker.read(self.context(resource), resource.physical_id, resource.properties)
        return compared(resource.properties, live)

    def skip_removal(self, resource: StackResource) -> None:
        """Leaves the resource where it is; the stack only forgets it."""
        self._stack.set_resource_status(resource, "DELETE_SKIPPED")

    def _maker(self, resource: StackResource, operation: str, properties: Properties) -> ResourceType:
        maker = self._providers.of(resource.type_name)
        if self._permissions is not None:
            schema = self._providers.schema(resource.type_name)
            self._permissions.handle(resource.type_name, schema, operation, properties)
        return maker

    def context(self, resource: StackResource, operation: str = "") -> Context:
        """What the resource's maker is told; in an operation it works as the stack's role."""
        clients, require = self._clients, anything
        if operation and self._permissions is not None:
            schema = self._providers.schema(resource.type_name)
            clients = self._permissions.clients(clients, schema, operation)
            require = self._permissions.require
        return Context(
            account_id=self._stack.account_id,
            region=self._stack.region_name,
            partition=self._partition,
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_id=resource.logical_id,
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
        """What somebody else deleted is deleted.

        https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html
        """
        maker = self._maker(resource, "delete", resource.properties)
        context = self.context(resource, "delete")
        try:
            maker.delete(context, resource.physical_id, resource.properties)
        except (ServiceException, HTTPException, KeyError) as error:
            ours = not isinstance(maker, MotoType)
            if ours or not settings.strict or not _gone(error, resource.physical_id):
                raise
            self._providers.objects.pop((resource.type_name, resource.physical_id), None)

    def _check(self, definition: Definition, properties: Mapping[str, Any]) -> None:
        schema = self._providers.schema(definition.type_name)
        if schema is None or not self._providers.strict(definition.type_name):
            return
        found = problems(schema, properties)
        if found:
            listed = "\n".join(found)
            raise ResourceFailed(
                f"Properties validation failed for resource {definition.logical_id} with message:\n[{listed}]"
            )

    def _take(
        self, resource: StackResource, made: Made, properties: Mapping[str, Any], context: Context
    ) -> None:
        resource.physical_id = made.physical_id
        resource.properties = properties
        resource.attributes = {**self._guessed(resource, made, properties, context), **made.attributes}
        resource.tags = dict(self._stack.tags)

    def _touch(self, resource: StackResource, maker: ResourceType) -> None:
        if not isinstance(maker, Touching):
            return
        for name in resource.depends:
            other = self._stack.resources[name]
            others = self._providers.of(other.type_name)
            if other.type_name in maker.touches and isinstance(others, Touched):
                made = others.made(self.context(other), other.physical_id)
                other.attributes = {**other.attributes, **made.attributes}

    def _guessed(
        self, resource: StackResource, made: Made, properties: Mapping[str, Any], context: Context
    ) -> dict[str, Any]:
        """Attributes that the maker does not tell but the schema knows."""
        schema = self._providers.schema(resource.type_name)
        if schema is None:
            return {}
        live = {**properties, **made.attributes}
        if len(schema.primary_identifier) == 1:
            live.setdefault(schema.primary_identifier[0], made.physical_id)
        return {
            name: live[name] if name in live else invented(context, schema, name, live)
            for name, _ in schema.attributes()
            if name not in made.attributes
        }


class _Failing:
    """Turns whatever a maker raises into the resource's failed status and a StepFailed.

    Steps take turns, but for those that wait for others: custom resources, and stacks inside stacks.
    """

    def __init__(self, stack: Stack, resource: StackResource, status: str) -> None:
        self._stack, self._resource, self._status = stack, resource, status
        self._waits = resource.type_name.startswith(_WAITING)

    def __enter__(self) -> None:
        if not self._waits:
            turn.acquire()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if not self._waits:
            turn.release()
        if error is None or not isinstance(error, Exception):
            return
        why = reason(error, self._resource)
        self._stack.set_resource_status(self._resource, self._status, why)
        raise StepFailed(self._resource.logical_id, why) from error


def _gone(error: Exception, physical_id: str) -> bool:
    """Whether a model of moto's says that there is no such thing; its types of error are many."""
    if isinstance(error, KeyError):
        return error.args == (physical_id,)
    told = (getattr(error, "code", ""), getattr(error, "error_type", ""), type(error).__name__)
    return _GONE.search(" ".join(map(str, told))) is not None


def reason(error: Exception, resource: StackResource) -> str:
    """The status reason that people see."""
    match error:
        case ClientError():
            told, metadata = error.response["Error"], error.response.get("ResponseMetadata", {})
            status, request = metadata.get("HTTPStatusCode", 400), metadata.get("RequestId", "local")
            _, _, rest = resource.type_name.partition("::")
            service = rest.partition("::")[0]
            return (
                f"{told.get('Message', '')} "
                f"(Service: {service}, Status Code: {status}, Request ID: {request})"
            )
        case ServiceException() | HTTPException():
            return str(getattr(error, "message", None) or error)
        case ResourceFailed() | ParamValidationError():
            return str(error)
    return f"Internal failure: {type(error).__name__}: {error}"


def _describe(resource: StackResource, definition: Definition) -> None:
    resource.depends = definition.depends
    resource.deletion_policy = definition.deletion_policy
    resource.update_replace_policy = definition.update_replace_policy
    resource.metadata = definition.metadata
    resource.description = definition.description


def snapshot(resource: StackResource) -> StackResource:
    """The resource as it is now, for a rollback."""
    return replace(resource)
