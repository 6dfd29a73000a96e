"""Makes the resources of a launch again what its stack made them, with a drift-aware change set.

Service Catalog has no such operation: CloudFormation does it as whoever executes the change set, not as the
launch role. The template and the parameters stay those of the last update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.stack_events import Event, StackEvents, cause
from publisher.aws.waiting import Clock, poll
from publisher.errors import PublisherError, Refused, command
from publisher.launch.denial import remedy
from publisher.launch.deployed import HIDDEN
from publisher.launch.progress import Reporter
from publisher.launch.provisioned import ProvisionedProduct

# One name, so that the next run removes what a killed one left.
CHANGE_SET = "publisher-revert-drift"
# What Service Catalog acknowledged for the stack, DescribeStacks need not show.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_PREVIEW_SECONDS = 30 * 60
_SECONDS = 3 * 60 * 60
_PAUSE = 5.0


@dataclass(frozen=True, kw_only=True)
class Reversion:
    """What executing the change set does to a resource: `action` create, modify or accept; values as texts.

    Accept: the resource stays as it is, and counts as in sync. `replacement` is True, Conditional or empty.
    """

    action: str
    resource: str
    type: str
    path: str = ""
    live: str | None = None
    then: str | None = None
    replacement: str = ""

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return dict(vars(self))


class Revert:
    """A change set of a launch's stack that undoes drift; after `execute` or `discard` it is gone."""

    def __init__(self, aws: Aws, provisioned: ProvisionedProduct, *, clock: Clock) -> None:
        self._aws, self._provisioned, self._clock = aws, provisioned, clock
        self._client = aws.client("cloudformation")
        self._named = {"StackName": provisioned.stack, "ChangeSetName": CHANGE_SET}
        self._exists = False

    def preview(self, *, secret: Callable[[str, str], bool]) -> tuple[Reversion, ...]:
        """What would be changed; nothing is until `execute`. Raises Refused, AwsError.

        `secret` says whether the value of a resource's property, by path, is not to be shown.
        """
        name, stack = self._provisioned.name, self._provisioned.stack
        with aws_errors(f"{name}: cannot preview the reversion"):
            (described,) = self._client.describe_stacks(StackName=stack)["Stacks"]
            self._client.delete_change_set(**self._named)
            self._exists = True
            self._client.create_change_set(
                **self._named,
                ChangeSetType="UPDATE",
                DeploymentMode="REVERT_DRIFT",
                UsePreviousTemplate=True,
                Parameters=[
                    {"ParameterKey": it["ParameterKey"], "UsePreviousValue": True}
                    for it in described.get("Parameters", ())
                ],
                Capabilities=_CAPABILITIES,
                Description="Made by publisher to revert drift; removed when it is not executed.",
            )
            answer = poll(self._described, clock=self._clock, seconds=_PREVIEW_SECONDS, longest_pause=_PAUSE)
        if answer is None:
            raise PublisherError(f"{name}: the preview has not finished", hint="run the command again")
        if answer["Status"] == "FAILED":
            raise Refused(
                f"{name}: CloudFormation cannot revert this drift: {answer.get('StatusReason', 'no reason')}",
                hint="it keeps tag keys that the template does not have, and what only a new resource gets",
            )
        found = tuple(
            replace(it, live=HIDDEN, then=HIDDEN) if it.path and secret(it.resource, it.path) else it
            for entry in self._changes(answer)
            for it in _reversions(entry["ResourceChange"])
        )
        for one in found:
            if one.action == "remove" or one.replacement == "True":
                verb = "replace" if one.replacement else "delete"
                raise Refused(
                    f"{name}: the reversion would {verb} {one.resource} ({one.type})",
                    hint="update or repair the resource by hand, or terminate the launch",
                )
        return found

    def _described(self) -> Mapping[str, Any] | None:
        answer = self._page()
        return answer if answer["Status"] in ("CREATE_COMPLETE", "FAILED") else None

    def _changes(self, answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from answer.get("Changes", ())
        while token := answer.get("NextToken"):
            with aws_errors(f"{self._provisioned.name}: cannot read the preview"):
                answer = self._page(NextToken=token)
            yield from answer.get("Changes", ())

    def _page(self, **more: str) -> Mapping[str, Any]:
        """With the values and paths of properties, which CloudFormation otherwise leaves out.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
        """
        answer: Mapping[str, Any] = self._client.describe_change_set(
            **self._named, IncludePropertyValues=True, **more
        )
        return answer

    def execute(self, reporter: Reporter) -> None:
        """Reverts, and waits until it has finished. Raises PublisherError, AwsError."""
        stack, name = self._provisioned.stack, self._provisioned.name
        events = StackEvents(self._aws, stack)
        events.new()
        with aws_errors(f"{name}: cannot revert the drift"):
            self._client.execute_change_set(**self._named)
            self._exists = False
        seen: list[Event] = []

        def finished() -> str | None:
            with aws_errors(f"{name}: cannot read the status of the stack"):
                (described,) = self._client.describe_stacks(StackName=stack)["Stacks"]
            new = events.new()
            seen.extend(new)
            for event in new:
                (reporter.report if event.finished else reporter.detail)(str(event))
            status = str(described["StackStatus"])
            return None if status.endswith("_IN_PROGRESS") else status

        status = poll(finished, clock=self._clock, seconds=_SECONDS, longest_pause=_PAUSE)
        if status is None:
            again = command("drift", name)
            raise PublisherError(
                f"{name}: the reversion has not finished", hint=f"run {again} to see what is left"
            )
        if status != "UPDATE_COMPLETE":
            reason = cause(seen) or status
            raise PublisherError(
                f"{name}: the reversion failed, {status}: {reason}",
                hint=f"{remedy(reason, '')}, then run {command('drift', name, '--revert')} again",
            )

    def discard(self) -> None:
        """Removes the change set, if there is one. Raises AwsError."""
        if self._exists:
            with aws_errors(f"{self._provisioned.name}: cannot remove change set {CHANGE_SET}"):
                self._client.delete_change_set(**self._named)
            self._exists = False


def _reversions(change: Mapping[str, Any]) -> Iterator[Reversion]:
    """One a property, or one for a resource that is created or removed as a whole."""
    subject = {"resource": change["LogicalResourceId"], "type": change["ResourceType"]}
    kind = change["Action"]
    if kind not in ("Modify", "SyncWithActual"):
        yield Reversion(action={"Add": "create"}.get(kind, kind.lower()), **subject)
        return
    replacement = change.get("Replacement", "False")
    subject["replacement"] = "" if replacement == "False" else replacement
    targets = [detail["Target"] for detail in change.get("Details", ())]
    rows = {it.get("Path") or f"/{it.get('Name') or it['Attribute']}": it for it in targets}
    for path, target in rows.items():
        accepts = target.get("AttributeChangeType") == "SyncWithActual"
        yield Reversion(
            action="accept" if accepts else "modify",
            path=path.removeprefix("/Properties"),
            live=target.get("BeforeValue"),
            then=target.get("AfterValue"),
            **subject,
        )
