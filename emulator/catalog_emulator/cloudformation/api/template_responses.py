"""The calls for templates."""

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult
from typing_extensions import override

from catalog_emulator.cloudformation.api.request_parameters import RequestParameters
from catalog_emulator.cloudformation.template.blueprint import Blueprint, inspect_template
from catalog_emulator.cloudformation.template.document import Template, load
from catalog_emulator.cloudformation.template.summary import summary


class TemplateResponse(RequestParameters):
    """The calls for templates."""

    @override
    def get_template(self) -> ActionResult:
        stage = self._get_param("TemplateStage", "Processed")
        change_set, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        if change_set is not None:
            blueprint: Blueprint | None = self._backend.describe_change_set(change_set, stack).blueprint
        else:
            blueprint = self._stack().blueprint
        # Before its first change set is executed a stack has none, which is no error: `cdk deploy` asks then.
        # https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273
        text = "" if blueprint is None else blueprint.text if stage == "Original" else blueprint.processed
        return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})

    @override
    def get_template_summary(self) -> ActionResult:
        return self._summary(load(self._subject()))

    @override
    def validate_template(self) -> ActionResult:
        return self._summary(inspect_template(self._template(), self._backend.providers))

    def _summary(self, template: Template) -> ActionResult:
        return ActionResult(summary(template, self._backend.providers))

    def _subject(self) -> str:
        stack_set = self._get_param("StackSetName")
        if stack_set is not None:
            return self._backend.stack_sets.find(stack_set).template
        if self._get_param("StackName") is None:
            return self._template()
        stack = self._stack()
        if stack.blueprint is None:
            raise ValidationError(message="GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        return stack.template
