"""The calls on change sets."""

from __future__ import annotations

from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult, EmptyResult

from catalog_emulator.cloudformation.api.replies import Replies
from catalog_emulator.cloudformation.engine.change_sets import ChangeSet
from catalog_emulator.settings import settings


class ChangeSetCalls(Replies):
    """What clients do with change sets."""

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet."""
        kind = self._get_param("ChangeSetType", "UPDATE")
        previous = self._get_bool_param("UsePreviousTemplate", False)
        if settings.strict and kind == "IMPORT":
            raise ValidationError(message="ChangeSetType IMPORT is not implemented by this endpoint")
        if kind == "UPDATE":
            self.validate_template_and_stack_body()
        name = self._get_param("StackName")
        text = None if previous else self._template()
        self._check_capabilities(text or self._backend.get_stack(name).template)
        parameters = self._get_param("Parameters", [])
        if not settings.strict and previous and self._backend.repeats(name, parameters):
            # AWS makes a change set that failed; moto makes none.
            raise ValidationError(message="No updates are to be performed.")

        def create() -> tuple[str, str]:
            return self._backend.create_change_set(
                name,
                self._get_param("ChangeSetName"),
                text,
                parameters,
                self._get_param("Description"),
                kind,
                notification_arns=self._get_param("NotificationARNs"),
                tags=self._tags() or None,
                role_arn=self._get_param("RoleARN"),
            )

        change_set_id, stack_id = self._once("CreateChangeSet", name, "ClientToken", create)
        return ActionResult({"Id": change_set_id, "StackId": stack_id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        return ActionResult(self._change_set().shown())

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet."""
        self._backend.delete_change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))
        return EmptyResult()

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet."""
        name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
        self._once(
            "ExecuteChangeSet",
            name,
            "ClientRequestToken",
            lambda: self._backend.execute_change_set(name, stack),
        )
        return EmptyResult()

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        found = [known.summary() for known in self._backend.change_sets.values() if known.stack is stack]
        return ActionResult({"Summaries": found})

    def _change_set(self) -> ChangeSet:
        return self._backend.describe_change_set(
            self._get_param("ChangeSetName"), self._get_param("StackName")
        )
