"""AWS::CloudFormation::Stack: a stack inside another; its parent waits for its operations."""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.engine.stack import STACK_TYPE, NoUpdates, Stack
from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
)


class NestedStack(ResourceType):
    """Stacks as resources of stacks; `stacks` is the backend of their account and Region."""

    type_name = STACK_TYPE

    def __init__(self, stacks: Any) -> None:
        # Typed, it would import the backend, which imports this module.
        self._stacks = stacks

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        stack = self._stacks.create_stack(
            context.name(),
            self._template(properties),
            properties.get("Parameters", {}),
            notification_arns=properties.get("NotificationARNs", ()),
            tags=_tags(context, properties),
            parent=self._stacks.get_stack(context.stack_id),
        )
        return _made(stack, "CREATE_COMPLETE")

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        parameters, tags = after.get("Parameters", {}), _tags(context, after)
        stack, parent = self._stacks.get_stack(physical_id), self._stacks.get_stack(context.stack_id)
        rollback = parent.unfinished
        if stack.status == "UPDATE_ROLLBACK_FAILED" and rollback is not None and rollback.skipped is not None:
            self._stacks.scheduler.roll_back(stack, rollback.skipped, wait=True)
        stack.follow(parent)
        try:
            self._stacks.update_stack(
                physical_id, self._template(after), parameters=parameters, tags=tags, wait=True
            )
        except NoUpdates:
            return _made(stack)
        return _made(stack, "UPDATE_COMPLETE")

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        stack = self._stacks.stacks.get(physical_id)
        if stack is not None:
            stack.follow(self._stacks.get_stack(context.stack_id))
        self._stacks.delete_stack(physical_id, wait=True)
        if stack is not None and stack.status == "DELETE_FAILED":
            raise ResourceFailed(
                f"Embedded stack {physical_id} was not successfully deleted: {stack.status_reason}"
            )

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        return dict(properties) if physical_id in self._stacks.stacks else None

    def _template(self, properties: Properties) -> str:
        text: str = self._stacks.scheduler.lookups.template(properties["TemplateURL"])
        return text


def _made(stack: Stack, expected: str = "") -> Made:
    if expected and stack.status != expected:
        verb = "created" if expected.startswith("CREATE") else "updated"
        raise ResourceFailed(
            f"Embedded stack {stack.stack_id} was not successfully {verb}: "
            f"{stack.status_reason or stack.status}"
        )
    outputs = {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in stack.outputs}
    return Made(physical_id=stack.stack_id, attributes=outputs)


def _tags(context: Context, properties: Properties) -> dict[str, str]:
    inherited = {name: value for name, value in context.tags.items() if not name.startswith("aws:")}
    return {**inherited, **{tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}}
