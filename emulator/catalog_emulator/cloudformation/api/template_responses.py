"""The calls about templates alone."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult

from catalog_emulator.cloudformation.api.replies import Replies
from catalog_emulator.cloudformation.template.document import load
from catalog_emulator.cloudformation.template.inspection import inspect, linted
from catalog_emulator.cloudformation.template.summary import summary, validated
from catalog_emulator.settings import settings

# moto tells nothing of these.
_AWS_ONLY = ("ResourceIdentifierSummaries", "Warnings")


class TemplateCalls(Replies):
    """What clients ask about templates."""

    def get_template(self) -> ActionResult:
        """GetTemplate."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        return ActionResult({"TemplateBody": stack.template, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary."""
        source = load(self._subject(), strict=settings.strict)
        providers = self._backend.providers
        found = summary(source, providers.schema, providers.knows)
        if settings.strict:
            return ActionResult(found)
        told = {
            name: value
            for name, value in found.items()
            if name not in _AWS_ONLY and (value or name in ("Parameters", "Description"))
        }
        return ActionResult(told)

    def validate_template(self) -> ActionResult:
        """ValidateTemplate: AWS looks at the outline and at references; moto asks cfn-lint."""
        text = self._template()
        if settings.strict:
            return ActionResult(validated(inspect(text, self._backend.types)))
        found = linted(text)
        if found:
            # moto takes the message for the name of a stack; its users may look for it.
            raise ValidationError(found[0].message)
        told: dict[str, Any] = validated(load(text, strict=False))
        return ActionResult(told)

    def _subject(self) -> str:
        stack_name, stack_set = self._get_param("StackName"), self._get_param("StackSetName")
        if stack_set is not None:
            return self._backend.describe_stack_set(stack_set).template
        if stack_name is None:
            return self._template()
        stack = self._backend.get_stack(stack_name)
        if stack.status == "REVIEW_IN_PROGRESS":
            raise ValidationError(message="GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        return stack.template
