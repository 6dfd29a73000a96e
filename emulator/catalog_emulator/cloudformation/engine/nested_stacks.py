"""AWS::CloudFormation::Stack: a stack that another stack holds, worked on while its parent waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed

if TYPE_CHECKING:
    from catalog_emulator.cloudformation.engine.backend import StackBackend
    from catalog_emulator.cloudformation.engine.stack import Stack


class NestedStack:
    """Stacks as resources of stacks."""

    type_name = "AWS::CloudFormation::Stack"

    def __init__(self, *, backend: StackBackend) -> None:
        self._backend = backend

    def create(self, context: Context, properties: Properties) -> Made:
        """Makes the stack."""
        stack = self._backend.create_stack(
            context.name(),
            self._template(properties),
            properties.get("Parameters", {}),
            notification_arns=properties.get("NotificationARNs", ()),
            tags=_tags(context, properties),
            parent=self._backend.get_stack(context.stack_id),
        )
        return _made(stack, "CREATE_COMPLETE")

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Changes the stack, unless nothing in it differs."""
        stack = self._backend.get_stack(physical_id)
        blueprint = self._backend.blueprint(stack, self._template(after), _texts(after.get("Parameters", {})))
        tags = _tags(context, after)
        if stack.blueprint is not None and blueprint.same_as(stack.blueprint) and tags == stack.tags:
            return _made(stack, stack.status)
        self._backend.update_stack(
            physical_id, blueprint.text, parameters=after.get("Parameters", {}), tags=tags, wait=True
        )
        return _made(stack, "UPDATE_COMPLETE")

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes the stack."""
        stack = self._backend.stacks.get(physical_id)
        self._backend.delete_stack(physical_id, wait=True)
        if stack is not None and stack.status == "DELETE_FAILED":
            raise ResourceFailed(
                f"Embedded stack {physical_id} was not successfully deleted: {stack.status_reason}"
            )

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What the template gave, as long as the stack is there."""
        return dict(properties) if physical_id in self._backend.stacks else None

    def _template(self, properties: Properties) -> str:
        return self._backend.around.template(properties["TemplateURL"])


def _made(stack: Stack, wanted: str) -> Made:
    if stack.status != wanted:
        kind = "created" if wanted.startswith("CREATE") else "updated"
        raise ResourceFailed(
            f"Embedded stack {stack.stack_id} was not successfully {kind}: "
            f"{stack.status_reason or stack.status}"
        )
    outputs = {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in stack.outputs}
    return Made(physical_id=stack.stack_id, attributes=outputs)


def _tags(context: Context, properties: Properties) -> dict[str, str]:
    own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}
    given = {name: value for name, value in context.tags.items() if not name.startswith("aws:")}
    return {**given, **own}


def _texts(parameters: dict[str, Any]) -> dict[str, str]:
    return {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in parameters.items()
    }
