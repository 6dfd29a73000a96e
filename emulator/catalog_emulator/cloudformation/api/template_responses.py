"""The calls for templates."""

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult
from typing_extensions import override

from catalog_emulator.cloudformation.api.request_parameters import RequestParameters
from catalog_emulator.cloudformation.template.blueprint import inspect_template
from catalog_emulator.cloudformation.template.document import load
from catalog_emulator.cloudformation.template.summary import summary, validated


class TemplateResponse(RequestParameters):
    """The calls for templates."""

    @override
    def get_template(self) -> ActionResult:
        text = self._stack().template
        return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})

    @override
    def get_template_summary(self) -> ActionResult:
        providers = self._backend.providers
        return ActionResult(summary(load(self._subject()), providers.schema, providers.knows))

    @override
    def validate_template(self) -> ActionResult:
        return ActionResult(validated(inspect_template(self._template(), self._backend.types)))

    def _subject(self) -> str:
        stack_set = self._get_param("StackSetName")
        if stack_set is not None:
            return self._backend.stack_sets.find(stack_set).template
        if self._get_param("StackName") is None:
            return self._template()
        stack = self._stack()
        if stack.status == "REVIEW_IN_PROGRESS":
            raise ValidationError(message="GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        return stack.template
