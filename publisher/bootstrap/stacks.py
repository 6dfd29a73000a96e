"""One CloudFormation stack: compared, deployed by change, deleted, with a line of progress for what happens.

Knows nothing of what is in a stack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from publisher.aws.clients import Aws, ClientError, error_code, wrapped
from publisher.bootstrap.bodies import INLINE_SIZE, Template, body
from publisher.errors import AwsError

Action = Literal["create", "update", "unchanged", "delete", "absent"]
Upload = Callable[[str], str]

_STACK_TYPE = "AWS::CloudFormation::Stack"
_POLL_SECONDS = 2.0
_POLLS = 900
# A stack in these states never worked: it is deleted and made anew.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_NEVER_WORKED = frozenset(
    {"CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
)
_GOOD = frozenset(
    {
        "CREATE_COMPLETE",
        "DELETE_COMPLETE",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    }
)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as it should be. A parameter that is not given keeps its value, or takes its default."""

    name: str
    template: Template
    parameters: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()


class Stacks:
    """The stacks of one account and Region."""

    def __init__(self, aws: Aws, *, note: Callable[[str], None], sleep: Callable[[float], None]) -> None:
        self._client = aws.client("cloudformation")
        self._note, self._sleep = note, sleep

    def live(self, name: str) -> dict[str, Any] | None:
        """What CloudFormation tells of a stack, or None when there is none."""
        with wrapped(f"cannot read the stack {name}"):
            try:
                found: list[dict[str, Any]] = self._client.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                # CloudFormation has no code of its own for a stack that is not there.
                if error_code(error) == "ValidationError":
                    return None
                raise
        return next((stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"), None)

    def template(self, name: str) -> Template | None:
        """The template of a stack, when it is JSON as ours are."""
        with wrapped(f"cannot read the template of the stack {name}"):
            text = self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        if isinstance(text, Mapping):
            return dict(text)
        try:
            template: Template = json.loads(text)
        except ValueError:
            return None
        return template

    def action(self, stack: Stack) -> Action:
        """What deploying it would do."""
        live = self.live(stack.name)
        if live is None or live["StackStatus"] in _NEVER_WORKED:
            return "create"
        before = _parameters(live)
        same = all(before.get(key) == value for key, value in stack.parameters.items())
        good = live["StackStatus"] in _GOOD | {"UPDATE_ROLLBACK_COMPLETE"}
        return "unchanged" if same and good and self.template(stack.name) == stack.template else "update"

    def deploy(self, stack: Stack, *, upload: Upload | None = None) -> Action:
        """Creates or updates it, waits, and says what was done. Raises AwsError with resource and reason.

        `upload` takes a body that is too long for a call and answers its URL.
        """
        live = self._settled(stack.name)
        action = self.action(stack)
        if action == "unchanged":
            return action
        if live is not None and action == "create":
            self.delete(stack.name)
            live = None
        seen = {event["EventId"] for event in self._events(stack.name)} if live else set()
        if not self._write(stack, live, upload):
            return "unchanged"
        self._wait(stack.name, seen)
        return action

    def _write(self, stack: Stack, live: Mapping[str, Any] | None, upload: Upload | None) -> bool:
        """Whether there was anything to write."""
        text = body(stack.template)
        before = _parameters(live) if live else {}
        kept = {key for key in before if key in stack.template.get("Parameters", {})} - set(stack.parameters)
        arguments: dict[str, Any] = {
            "StackName": stack.name,
            "Capabilities": list(stack.capabilities),
            "Parameters": [
                *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
                *(
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in sorted(stack.parameters.items())
                ),
            ],
            "Tags": [{"Key": "publisher:stack", "Value": "bootstrap"}],
        }
        if len(text) > INLINE_SIZE and upload is not None:
            arguments["TemplateURL"] = upload(text)
        else:
            arguments["TemplateBody"] = text
        with wrapped(f"cannot write the stack {stack.name}"):
            try:
                if live is None:
                    self._client.create_stack(**arguments)
                else:
                    self._client.update_stack(**arguments)
            except ClientError as error:
                # Only the text tells "nothing to do" from any other ValidationError; a template that differs
                # in no more than its description comes here.
                # https://repost.aws/knowledge-center/cloudformation-stack-update-errors
                if error_code(error) == "ValidationError" and "No updates are to be performed" in str(error):
                    return False
                raise
        return True

    def delete(self, name: str) -> Action:
        """Deletes it and waits. Raises AwsError with resource and reason."""
        live = self._settled(name)
        if live is None:
            return "absent"
        seen = {event["EventId"] for event in self._events(name)}
        with wrapped(f"cannot delete the stack {name}"):
            self._client.delete_stack(StackName=name)
        self._wait(name, seen, ident=live["StackId"])
        return "delete"

    def _settled(self, name: str) -> dict[str, Any] | None:
        """The stack once nothing is going on with it."""
        for _ in range(_POLLS):
            live = self.live(name)
            if live is None or not live["StackStatus"].endswith("_IN_PROGRESS"):
                return live
            if live["StackStatus"] in _NEVER_WORKED | _GOOD:
                return live
            self._note(f"{name}: waiting, it is {live['StackStatus']}")
            self._sleep(_POLL_SECONDS)
        raise AwsError(f"the stack {name} does not come to rest", hint="look at its events in the console")

    def _wait(self, name: str, seen: set[str], *, ident: str = "") -> None:
        """`ident` finds a stack that is gone, as its name does not."""
        line = ""
        for _ in range(_POLLS):
            live = self.live(ident or name)
            status = live["StackStatus"] if live else "DELETE_COMPLETE"
            events = [event for event in self._events(name) if event["EventId"] not in seen] if live else []
            line, before = f"{name}: {status}{_progress(events)}", line
            if line != before:
                self._note(line)
            if status in _GOOD:
                return
            if not status.endswith("_IN_PROGRESS"):
                raise AwsError(_reason(name, status, events), hint=_hint(status))
            self._sleep(_POLL_SECONDS)
        raise AwsError(f"the stack {name} takes too long", hint="run bootstrap again: it goes on from there")

    def _events(self, name: str) -> Iterator[dict[str, Any]]:
        """Newest first."""
        with wrapped(f"cannot read the events of the stack {name}"):
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=name):
                yield from page["StackEvents"]


def _parameters(live: Mapping[str, Any]) -> dict[str, str]:
    return {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in live.get("Parameters", [])}


def _progress(events: list[dict[str, Any]]) -> str:
    """How many resources are done; the stack itself is among its events."""
    done = {
        event["LogicalResourceId"]
        for event in events
        if event["ResourceStatus"].endswith("_COMPLETE") and event["ResourceType"] != _STACK_TYPE
    }
    return f", {len(done)} resources done" if done else ""


def _reason(name: str, status: str, events: list[dict[str, Any]]) -> str:
    """The first failure is the cause; what fails after it was cancelled."""
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return f"the stack {name} is {status}"
    first = failed[0]
    cause = first.get("ResourceStatusReason") or first["ResourceStatus"]
    return f"the stack {name} is {status}: {first['LogicalResourceId']} ({first['ResourceType']}): {cause}"


def _hint(status: str) -> str:
    if status == "UPDATE_ROLLBACK_FAILED":
        return "continue its rollback in the console, then run bootstrap again"
    return "mend the cause and run bootstrap again"
