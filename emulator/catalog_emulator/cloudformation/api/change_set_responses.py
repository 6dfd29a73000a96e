"""The calls for change sets."""

from dataclasses import replace

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult, EmptyResult
from typing_extensions import override

from catalog_emulator.cloudformation.api.request_parameters import RequestParameters
from catalog_emulator.cloudformation.engine.change_preview import Change
from catalog_emulator.cloudformation.template.summary import AUTO_EXPAND

# "If true, the returned changes include detailed changes in the property values": which members these are is
# not documented.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
_OF_VALUES = frozenset(
    ("Path", "BeforeValue", "AfterValue", "BeforeValueFrom", "AfterValueFrom", "AttributeChangeType", "Drift")
)


class ChangeSetResponse(RequestParameters):
    """The calls for change sets."""

    @override
    def create_change_set(self) -> ActionResult:
        kind = self._get_param("ChangeSetType", "UPDATE")
        previous = self._get_param("UsePreviousTemplate", False)
        if kind == "IMPORT":
            raise ValidationError(message="ChangeSetType IMPORT is not implemented by this endpoint")
        if kind == "UPDATE":
            self.validate_template_and_stack_body()
        name = self._get_param("StackName")
        text = None if previous else self._template()
        # Capabilities of https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        self._check_capabilities(text or self._backend.get_stack(name).template, AUTO_EXPAND)

        def create() -> dict[str, str]:
            made, stack = self._backend.create_change_set(
                name,
                text,
                self._get_param("Parameters", []),
                change_set_type=kind,
                tags=self._tags() or None,
                validates=not self._get_param("DisableValidation", False),
                **self._members(
                    *("Capabilities", "ChangeSetName", "DeploymentMode", "Description"),
                    *("NotificationARNs", "OnStackFailure", "RoleARN"),
                ),
            )
            return {"Id": made, "StackId": stack}

        return self._once(create)

    @override
    def describe_change_set(self) -> ActionResult:
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        shown = self._backend.describe_change_set(name, stack).shown()
        changes = shown.pop("Changes")
        if not self._get_param("IncludePropertyValues", False):
            changes = [{**one, "ResourceChange": _brief(one["ResourceChange"])} for one in changes]
        return self._page("Changes", changes, **shown)

    @override
    def delete_change_set(self) -> ActionResult:
        self._backend.delete_change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))
        return EmptyResult()

    @override
    def execute_change_set(self) -> ActionResult:
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")

        def execute() -> dict[str, str]:
            self._backend.execute_change_set(name, stack, disable_rollback=self._disables_rollback())
            return {}

        return self._once(execute)

    @override
    def list_change_sets(self) -> ActionResult:
        stack = self._stack()
        found = [known.shown() for known in self._backend.change_sets.values() if known.stack is stack]
        return self._page("Summaries", found)


def _brief(change: Change) -> Change:
    """The change without the values of properties."""
    details = [
        {**one, "Target": {key: it for key, it in one["Target"].items() if key not in _OF_VALUES}}
        for one in change.details
    ]
    return replace(change, details=tuple(details))
