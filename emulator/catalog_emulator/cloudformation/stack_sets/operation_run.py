"""Runs an operation on a stack set: one Region after the other, all accounts of a Region together."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from threading import Thread

from moto.core.exceptions import ServiceException

from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, Result
from catalog_emulator.settings import settings

Step = Callable[[Instance], Stack | None]

_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE")
_PAUSE = 0.02


@dataclass(frozen=True, kw_only=True)
class Run:
    """An operation with the step for each instance; calls `on_result` after each, `on_end` after the last.

    A step starts the operation on an instance's stack; its ServiceException is the instance's failure.
    Instances in the `suspended` accounts are skipped.
    """

    operation: Operation
    step: Step
    on_result: Callable[[Result], None]
    on_end: Callable[[Operation], None]
    suspended: Collection[str] = ()

    def start(self) -> None:
        """Start the first Region; run the rest in the background, if the settings say so."""
        regions = self._regions()
        next(regions, None)
        if settings.background:
            Thread(target=lambda: list(regions), name=self.operation.operation_id, daemon=True).start()
        else:
            list(regions)

    def _regions(self) -> Iterator[None]:
        """Yields once the stacks of a Region have started, before waiting for them."""
        operation = self.operation
        failed = False
        for results in self._batches():
            if failed or operation.status == "STOPPING":
                for result in results:
                    result.status = result.instance.detailed_status = "CANCELLED"
                    result.reason = "Cancelled since failure tolerance has exceeded" if failed else None
                continue
            started = [(result, self._begin(result)) for result in results]
            yield
            for result, stack in started:
                self._await(result, stack)
            failures = sum(result.status == "FAILED" for result in results)
            failed = failures > self._tolerance(len(results))
        self.on_end(operation)
        stopped = operation.status == "STOPPING"
        operation.finish("STOPPED" if stopped else "FAILED" if failed else "SUCCEEDED")

    def _batches(self) -> list[list[Result]]:
        preferences, results = self.operation.operation_preferences, self.operation.results
        if preferences.get("RegionConcurrencyType") == "PARALLEL":
            return [results]
        places = {region: place for place, region in enumerate(preferences.get("RegionOrder", ()))}
        ordered = sorted(results, key=lambda one: places.get(one.instance.region_name, len(places)))
        return [list(batch) for _, batch in groupby(ordered, key=lambda one: one.instance.region_name)]

    def _tolerance(self, accounts: int) -> int:
        preferences = self.operation.operation_preferences
        if "FailureTolerancePercentage" in preferences:
            return accounts * int(preferences["FailureTolerancePercentage"]) // 100
        return int(preferences.get("FailureToleranceCount", 0))

    def _begin(self, result: Result) -> Stack | None:
        result.status = result.instance.detailed_status = "RUNNING"
        result.instance.operation_id = self.operation.operation_id
        if result.instance.account_id in self.suspended:
            result.skip()
            return None
        try:
            return self.step(result.instance)
        except ServiceException as error:
            result.set("FAILED", str(error.message))
            return None

    def _await(self, result: Result, stack: Stack | None) -> None:
        if result.status != "RUNNING":
            return
        while stack is not None and stack.busy:
            time.sleep(_PAUSE)
        if stack is None or stack.status in _GOOD:
            result.set("SUCCEEDED")
        else:
            result.set("FAILED", _failure_reason(stack))
        self.on_result(result)


def _failure_reason(stack: Stack) -> str | None:
    """The stack's last failure of a resource, in the form of stack sets."""
    for event in stack.events[::-1]:
        if event.physical_resource_id != stack.stack_id and event.resource_status.endswith("_FAILED"):
            return (
                f"ResourceLogicalId:{event.logical_resource_id}, ResourceType:{event.resource_type}, "
                f"ResourceStatusReason:{event.resource_status_reason}."
            )
    return stack.status_reason
