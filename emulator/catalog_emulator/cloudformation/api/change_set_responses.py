"""The calls for change sets."""

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult, EmptyResult
from typing_extensions import override

from catalog_emulator.cloudformation.api.request_parameters import RequestParameters
from catalog_emulator.cloudformation.template.summary import AUTO_EXPAND


class ChangeSetResponse(RequestParameters):
    """The calls for change sets."""

    @override
    def create_change_set(self) -> ActionResult:
        kind = self._get_param("ChangeSetType", "UPDATE")
        previous = self._get_bool_param("UsePreviousTemplate", False)
        if kind == "IMPORT":
            raise ValidationError(message="ChangeSetType IMPORT is not implemented by this endpoint")
        if kind == "UPDATE":
            self.validate_template_and_stack_body()
        name = self._get_param("StackName")
        text = None if previous else self._template()
        # Capabilities of https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        self._check_capabilities(text or self._backend.get_stack(name).template, AUTO_EXPAND)

        def create() -> tuple[str, str]:
            return self._backend.create_change_set(
                name,
                self._get_param("ChangeSetName"),
                text,
                self._get_param("Parameters", []),
                self._get_param("Description"),
                kind,
                notification_arns=self._get_param("NotificationARNs"),
                tags=self._tags() or None,
                role_arn=self._get_param("RoleARN"),
                capabilities=self._get_param("Capabilities", []),
                on_stack_failure=self._get_param("OnStackFailure"),
                deployment_mode=self._get_param("DeploymentMode"),
                validates=not self._get_bool_param("DisableValidation", False),
            )

        change_set_id, stack_id = self._once("CreateChangeSet", name, "ClientToken", create)
        return ActionResult({"Id": change_set_id, "StackId": stack_id})

    @override
    def describe_change_set(self) -> ActionResult:
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        shown = self._backend.describe_change_set(name, stack).shown()
        return self._page("Changes", shown.pop("Changes"), **shown)

    @override
    def delete_change_set(self) -> ActionResult:
        self._backend.delete_change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))
        return EmptyResult()

    @override
    def execute_change_set(self) -> ActionResult:
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        self._once(
            "ExecuteChangeSet",
            name,
            "ClientRequestToken",
            lambda: self._backend.execute_change_set(name, stack, disable_rollback=self._disables_rollback()),
        )
        return EmptyResult()

    @override
    def list_change_sets(self) -> ActionResult:
        stack = self._stack()
        found = [known.summary() for known in self._backend.change_sets.values() if known.stack is stack]
        return self._page("Summaries", found)
