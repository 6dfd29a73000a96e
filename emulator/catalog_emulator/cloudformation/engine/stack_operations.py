"""The operations on a stack: create, update and delete, and the rollback when one fails.

Statuses: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from moto.cloudformation.parsing import Export
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.drift import DELETED
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps, StepFailed
from catalog_emulator.cloudformation.engine.stack import (
    Stack,
    StackResource,
    UnfinishedUpdate,
    UpdatedResource,
)
from catalog_emulator.cloudformation.resources.differences import keeps_custom_name, replacement
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Definition
from catalog_emulator.cloudformation.template.functions import evaluate
from catalog_emulator.cloudformation.template.scope import text_of


@dataclass(frozen=True)
class StackOperations:
    """The operations on one stack; `export` publishes its exports, and refuses names that are taken."""

    _stack: Stack
    _steps: ResourceSteps
    _export: Callable[[Stack, Sequence[Export]], None]

    def create(
        self, blueprint: Blueprint, check: Callable[[Blueprint], None], on_failure: str = "ROLLBACK"
    ) -> None:
        """Make every resource of the blueprint; `check` may still refuse its parameters."""
        stack = self._stack
        stack.blueprint = blueprint
        try:
            check(blueprint)
            for definition in blueprint.definitions.values():
                self._stop_if_cancelled(definition.logical_id)
                self._steps.make(blueprint, definition)
            self._finish(blueprint)
        except Exception as error:
            self._creation_failed(_status_reason(error, "create"), on_failure)
        else:
            stack.set_status("CREATE_COMPLETE")

    def update(
        self,
        blueprint: Blueprint,
        check: Callable[[Blueprint], None],
        tags: dict[str, str] | None,
        *,
        disable_rollback: bool = False,
        revert_drift: bool = False,
    ) -> None:
        """Change every resource that differs, after those that a failed update has changed already."""
        stack = self._stack
        stack.unfinished = unfinished = stack.unfinished or UnfinishedUpdate(tags=stack.tags)
        try:
            check(blueprint)
            stack.tags = stack.tags if tags is None else tags
            for definition in blueprint.definitions.values():
                self._step(blueprint, definition, unfinished.steps, revert_drift=revert_drift)
            self._finish(blueprint)
        except Exception as error:
            reason = _status_reason(error, "update")
            if stack.cancelled:
                return
            if disable_rollback:
                stack.set_status("UPDATE_FAILED", reason)
            else:
                reason = f"{reason} Rollback requested by user."
                stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
                self.roll_back(reason)
            return
        stack.blueprint, stack.unfinished = blueprint, None
        stack.last_updated_time = utcnow()
        self._clean_up(blueprint, unfinished.steps)

    def roll_back(self, reason: str) -> None:
        """Undo the update that failed, but for resources that are skipped.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
        """
        stack, unfinished = self._stack, self._stack.unfinished
        assert unfinished is not None
        stack.tags = unfinished.tags
        prefix = f"{stack.name}." if stack.parent_id else ""
        failed: list[UpdatedResource] = []
        for step in reversed(unfinished.steps):
            if step.before is None or step.replaced or step.recreated:
                unfinished.made.append(step.now)
                del stack.resources[step.now.logical_id]
            if unfinished.skipped and prefix + step.now.logical_id in unfinished.skipped:
                step.now.skipped, step.now.drift = True, None
                stack.set_resource_status(step.now, "UPDATE_COMPLETE")
            elif step.before is not None and not self._restore(step):
                failed.append(step)
        unfinished.steps = failed[::-1]
        if failed:
            reason = _failed_to("update", (step.now.logical_id for step in failed))
            stack.set_status("UPDATE_ROLLBACK_FAILED", reason)
            return
        stack.unfinished = None
        stack.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for extra in unfinished.made:
            self._discard(extra, "Retain" if extra.definition.deletion_policy == "Retain" else "Delete")
        stack.set_status("UPDATE_ROLLBACK_COMPLETE", reason)

    def delete(self, retained: Iterable[str] = ()) -> bool:
        """Delete every resource that is not retained; False when one could not be deleted."""
        kept, unfinished = {*retained}, self._stack.unfinished
        if unfinished is not None:
            replaced = (step.before for step in unfinished.steps if step.replaced and step.before)
            for extra in (*unfinished.made, *replaced):
                self._discard(extra, extra.definition.deletion_policy)
            self._stack.unfinished = None
        failed = self._remove_all(
            lambda found: found.logical_id in kept or found.definition.deletion_policy.startswith("Retain")
        )
        if failed:
            self._stack.set_status("DELETE_FAILED", failed)
            return False
        self._stack.deletion_time = utcnow()
        self._stack.set_status("DELETE_COMPLETE")
        return True

    def _stop_if_cancelled(self, logical_id: str) -> None:
        if self._stack.cancelled:
            raise StepFailed(logical_id, "Resource creation cancelled")

    def _creation_failed(self, reason: str, on_failure: str) -> None:
        stack = self._stack
        if stack.cancelled:
            return
        if on_failure == "DO_NOTHING":
            stack.set_status("CREATE_FAILED", reason)
            return
        if on_failure == "DELETE":
            stack.set_status("DELETE_IN_PROGRESS", f"{reason} Delete requested by user.")
            self.delete()
            return
        reason = f"{reason} Rollback requested by user."
        stack.set_status("ROLLBACK_IN_PROGRESS", reason)
        failed = self._remove_all(lambda found: found.definition.deletion_policy == "Retain")
        stack.set_status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", failed or reason)

    def _step(
        self,
        blueprint: Blueprint,
        definition: Definition,
        journal: list[UpdatedResource],
        *,
        revert_drift: bool,
    ) -> None:
        stack, name = self._stack, definition.logical_id
        self._stop_if_cancelled(name)
        known = stack.resources.get(name)
        if known is not None and known.status == "CREATE_FAILED":
            # An update that failed could not make it, or its replacement.
            failed = next(step for step in journal if step.now is known)
            journal.remove(failed)
            known = failed.before
            if known is not None:
                stack.resources[name] = known
        if known is None:
            self._make(blueprint, definition, journal)
            return
        if known.type_name != definition.type_name:
            self._replace(blueprint, definition, replace(known), journal)
            return
        before, start = replace(known), known.properties
        properties = self._steps.properties_of(blueprint, definition)
        actual = self._steps.actual(known, properties) if revert_drift else None
        if actual is not None and actual.drifted:
            start, known.drift = actual.properties, None
        if actual is not None and actual.status == DELETED:
            self._make(blueprint, definition, journal, before=before, recreated=True)
            return
        step = UpdatedResource(before=before, now=known, live=start)
        if properties == start and not self._tags_differ(known):
            known.definition = definition
            if start != known.properties:
                journal.append(step)
                known.properties = properties
            return
        schema = self._steps.schema(known.type_name)
        if replacement(schema, start, properties) != "True":
            journal.append(step)
            self._steps.change(known, definition, properties, start)
            return
        if keeps_custom_name(schema, start, properties):
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {known.physical_id} and update the stack again."
            )
            stack.set_resource_status(known, "UPDATE_FAILED", reason)
            journal.append(step)
            raise StepFailed(name, reason)
        self._replace(blueprint, definition, before, journal)

    def _replace(
        self,
        blueprint: Blueprint,
        definition: Definition,
        before: StackResource,
        journal: list[UpdatedResource],
    ) -> None:
        stack, name = self._stack, definition.logical_id
        stack.set_resource_status(
            stack.resources[name],
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        )
        self._make(blueprint, definition, journal, before=before, replaced=True)
        stack.set_resource_status(stack.resources[name], "UPDATE_COMPLETE")

    def _make(
        self,
        blueprint: Blueprint,
        definition: Definition,
        journal: list[UpdatedResource],
        *,
        before: StackResource | None = None,
        **kind: Any,
    ) -> None:
        generation = 0 if before is None else before.generation + 1
        try:
            self._steps.make(blueprint, definition, generation)
        finally:
            now = self._stack.resources[definition.logical_id]
            journal.append(UpdatedResource(before=before, now=now, **kind))

    def _tags_differ(self, known: StackResource) -> bool:
        schema = self._steps.schema(known.type_name)
        takes_tags = schema is not None and schema.tag_property is not None
        return takes_tags and dict(known.tags) != self._stack.tags

    def _finish(self, blueprint: Blueprint) -> None:
        stack = self._stack
        scope = blueprint.scope_with(stack.resources)
        outputs, exports = [], []
        for output in blueprint.outputs:
            value = text_of(evaluate(scope, output.value))
            shown = {"OutputKey": output.key, "OutputValue": value}
            if output.description:
                shown["Description"] = output.description
            if output.export is not None:
                shown["ExportName"] = text_of(evaluate(scope, output.export))
                exports.append(Export(stack.stack_id, shown["ExportName"], value))
            outputs.append(shown)
        self._export(stack, exports)
        stack.outputs = outputs

    def _clean_up(self, blueprint: Blueprint, journal: Sequence[UpdatedResource]) -> None:
        stack = self._stack
        gone = [found for name, found in stack.resources.items() if name not in blueprint.definitions]
        replaced = [step.before for step in journal if step.replaced and step.before]
        stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for old in reversed(replaced):
            self._discard(old, old.definition.update_replace_policy)
        for old in _dependents_first(gone):
            self._discard(old, old.definition.deletion_policy)
            del stack.resources[old.logical_id]
        stack.set_status("UPDATE_COMPLETE")

    def _discard(self, old: StackResource, policy: str) -> None:
        if policy.startswith("Retain"):
            self._stack.set_resource_status(old, "DELETE_SKIPPED")
            return
        try:
            self._steps.remove(old)
        except StepFailed:
            # As in AWS, what cannot be cleaned up stays behind, and the update is complete.
            return

    def _restore(self, step: UpdatedResource) -> bool:
        assert step.before is not None
        if step.replaced or step.recreated:
            self._stack.resources[step.before.logical_id] = step.before
            self._stack.set_resource_status(step.before, "UPDATE_COMPLETE")
            return True
        return self._steps.change_back(step.now, step.before, step.live)

    def _remove_all(self, retained: Callable[[StackResource], bool]) -> str:
        """Remove every resource that is not retained; the reason when one could not be removed."""
        stack = self._stack
        failed: list[str] = []
        for resource in _dependents_first(list(stack.resources.values())):
            if any(resource.logical_id in one.definition.depends for one in stack.resources.values()):
                continue
            if retained(resource):
                stack.set_resource_status(resource, "DELETE_SKIPPED")
            else:
                try:
                    self._steps.remove(resource)
                except StepFailed:
                    failed.append(resource.logical_id)
                    continue
            del stack.resources[resource.logical_id]
        return _failed_to("delete", failed) if failed else ""


def _status_reason(error: Exception, verb: str) -> str:
    """The stack's status reason; an unexpected error is one too, so that no stack stays in progress."""
    match error:
        case StepFailed():
            return _failed_to(verb, [error.logical_id])
        case ServiceException():
            return f"{str(error.message).rstrip('.')}."
    return f"Internal failure: {type(error).__name__}: {error}."


def _failed_to(verb: str, names: Iterable[str]) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]."


def _dependents_first(resources: Sequence[StackResource]) -> list[StackResource]:
    waiting = {resource.logical_id: resource for resource in resources}
    done: list[StackResource] = []
    while waiting:
        used = {name for resource in waiting.values() for name in resource.definition.depends}
        free = [name for name in reversed(waiting) if name not in used] or list(waiting)
        done += [waiting.pop(name) for name in free]
    return done
