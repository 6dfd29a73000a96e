"""Pre-deployment validation: what CreateChangeSet, CreateStack and UpdateStack find before anything is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.engine.change_preview import (
    Change,
    UnmadeResource,
    changes,
    is_unknown,
)
from catalog_emulator.cloudformation.engine.operation_events import Finding, StackOperation
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource
from catalog_emulator.cloudformation.resources.custom_resources import CUSTOM
from catalog_emulator.cloudformation.resources.resource import Properties
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition
from catalog_emulator.cloudformation.template.scope import ResourceValues
from catalog_emulator.cloudformation.template.validation import problems

# What the status reason of a change set names, by the names of the findings.
_HOOKS: Final = {
    "NAME_CONFLICT_VALIDATION": "AWS::EarlyValidation::ResourceExistenceCheck",
    "PROPERTY_VALIDATION": "AWS::EarlyValidation::PropertyValidation",
}
_WORDS: Final = (
    ("required key", "Required property"),
    ("extraneous key", "Unsupported property"),
    (" is not permitted", ""),
)


def refuse_invalid(stack: Stack, blueprint: Blueprint, steps: ResourceSteps, tags: Mapping[str, str]) -> None:
    """Raise ValidationError for what CreateStack and UpdateStack find before they touch a resource.

    That buckets are empty only change sets check. The status in which AWS leaves the stack is not documented:
    here it is that of an operation whose first resource failed.
    """
    found = changes(stack, blueprint, steps, tags)
    reason = validate(stack, blueprint, steps, found, stack.operations[-1], deletions=False)
    if reason is not None:
        raise ValidationError(message=reason)


def validate(
    stack: Stack,
    blueprint: Blueprint,
    steps: ResourceSteps,
    found: Sequence[Change],
    operation: StackOperation,
    *,
    deletions: bool = True,
) -> str | None:
    """Why the changes that were found cannot be made; the operation has all findings."""
    unmade = {one.logical_resource_id for one in found if one.action == "Add" or one.replacement == "True"}
    resources: dict[str, ResourceValues] = {**stack.resources, **dict.fromkeys(unmade, UnmadeResource())}
    validation = _Validation(operation=operation, steps=steps)
    for name, definition in blueprint.definitions.items():
        if definition.type_name.startswith(CUSTOM):
            continue
        try:
            properties = steps.properties_of(blueprint, definition, resources)
        except (ValidationError, ClientError):
            # The step on the resource says what is wrong with a value.
            continue
        operation.findings += validation.of_properties(definition, properties)
        if name in unmade:
            operation.findings += validation.of_names(definition, properties)
    for change in found if deletions else ():
        if change.policy_action in ("Delete", "ReplaceAndDelete"):
            operation.findings += validation.of_deletion(stack.resources[change.logical_resource_id])
    failed = {one.validation_name for one in operation.findings if one.validation_failure_mode == "FAIL"}
    if not failed:
        return None
    names = ", ".join(hook for name, hook in _HOOKS.items() if name in failed)
    return (
        f"The following hook(s)/validation failed: [{names}]. To troubleshoot Early Validation errors, use "
        "the DescribeEvents API for detailed failure information."
    )


@dataclass(frozen=True, kw_only=True)
class _Validation:
    operation: StackOperation
    steps: ResourceSteps

    def of_properties(self, definition: Definition, properties: Properties) -> Iterator[Finding]:
        schema = self.steps.schema(definition.type_name)
        for problem in problems(schema, properties) if schema is not None else ():
            if is_unknown(problem.value):
                continue
            text = problem.text
            for ours, shown in _WORDS:
                text = text.replace(ours, shown)
            path = f"/Properties{problem.path.removeprefix('#')}"
            yield self._finding(definition, "PROPERTY_VALIDATION", text, path)

    def of_names(self, definition: Definition, properties: Properties) -> Iterator[Finding]:
        """Whether there is a resource of the custom name already; only whole identifiers are compared."""
        schema = self.steps.schema(definition.type_name)
        names = schema.primary_identifier if schema is not None else ()
        name = properties.get(names[0]) if len(names) == 1 else None
        if not isinstance(name, str) or is_unknown(name):
            return
        if self.steps.exists(self.steps.described(definition, physical_id=name, properties=properties)):
            text = f"Resource of type '{definition.type_name}' with identifier '{name}' already exists."
            yield self._finding(definition, "NAME_CONFLICT_VALIDATION", text, physical_resource_id=name)

    def of_deletion(self, resource: StackResource) -> Iterator[Finding]:
        if resource.type_name != "AWS::S3::Bucket" or not self._has_objects(resource):
            return
        text = (
            f"The bucket '{resource.physical_id}' is not empty. You must either delete all objects and "
            "versions or use the deletion policy to retain it, otherwise the delete operation will fail."
        )
        shown = {"validation_failure_mode": "WARN", "physical_resource_id": resource.physical_id}
        yield self._finding(resource, "BUCKET_EMPTINESS_VALIDATION", text, **shown)

    def _has_objects(self, bucket: StackResource) -> bool:
        client = self.steps.context(bucket).client("s3")
        try:
            found = client.list_object_versions(Bucket=bucket.physical_id, MaxKeys=1)
        except ClientError:
            return False
        return bool(found.get("Versions") or found.get("DeleteMarkers"))

    def _finding(
        self, subject: Definition | StackResource, name: str, reason: str, path: str = "", **shown: Any
    ) -> Finding:
        return Finding(
            stack_id=self.operation.stack_id,
            operation_id=self.operation.operation_id,
            logical_resource_id=subject.logical_id,
            resource_type=subject.type_name,
            validation_name=name,
            validation_status_reason=reason,
            validation_path=f"/Resources/{subject.logical_id}{path}",
            **shown,
        )
