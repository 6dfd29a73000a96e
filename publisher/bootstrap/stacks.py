"""CloudFormation stacks: compared, deployed, deleted, with lines of progress. Knows no template."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeVar

from publisher.aws.buckets import template_bucket_name
from publisher.aws.calls import ClientError, aws_errors, error_code, or_none
from publisher.aws.clients import Aws
from publisher.aws.stack_events import NO_STACK, Event, StackEvents, cause
from publisher.aws.waiting import Clock, poll
from publisher.bootstrap.templates import INLINE_SIZE, STACK_TAGS, Template, body
from publisher.errors import AwsError, command

Action = Literal["create", "update", "repair", "unchanged", "delete", "absent", "not attempted"]
Upload = Callable[[str], str]

T = TypeVar("T")
_SECONDS = 30 * 60
# A stack in these states never worked: it is deleted and created again.
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
    """A desired stack. A parameter that is not set keeps its value, or takes its default."""

    name: str
    template: Template
    parameters: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=lambda: STACK_TAGS)


class Stacks:
    """The stacks of one account and Region. `again` are the words of the command that writes them."""

    def __init__(
        self,
        aws: Aws,
        *,
        note: Callable[[str], None],
        clock: Clock,
        again: tuple[str, ...] = ("bootstrap",),
        role_arn: str = "",
    ) -> None:
        self._aws, self._client, self._again = aws, aws.client("cloudformation"), again
        self._role = {"RoleARN": role_arn} if role_arn else {}
        self._note, self._clock = note, clock

    def current(self, name: str) -> dict[str, Any] | None:
        """The description of a stack, or None when there is none."""
        with aws_errors(f"cannot read the stack {name}"):
            found = or_none(lambda: self._client.describe_stacks(StackName=name)["Stacks"], NO_STACK)
        return next((stack for stack in found or () if stack["StackStatus"] != "DELETE_COMPLETE"), None)

    def template(self, name: str) -> Template | None:
        """The template of a stack, if it is JSON, as publisher writes it."""
        with aws_errors(f"cannot read the template of the stack {name}"):
            text = self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        if isinstance(text, Mapping):
            return dict(text)
        try:
            template: Template = json.loads(text)
        except ValueError:
            return None
        return template

    def templates(self, name: Callable[[int], str]) -> list[Template | None]:
        """Those of the stacks with the names of 1, 2, … up to the first that is missing.

        The first may be missing; then, and where a template is not JSON, it is None.
        """
        found: list[Template | None] = []
        for number in count(1):
            exists = self.current(name(number)) is not None
            if not exists and number > 1:
                break
            found.append(self.template(name(number)) if exists else None)
        return found

    def action(self, stack: Stack) -> Action:
        """What `deploy` would do."""
        current = self.current(stack.name)
        if current is None or current["StackStatus"] in _NEVER_WORKED:
            return "create"
        before = _parameters(current)
        same = all(before.get(key) == value for key, value in stack.parameters.items())
        good = current["StackStatus"] in _GOOD | {"UPDATE_ROLLBACK_COMPLETE"}
        return "unchanged" if same and good and self.template(stack.name) == stack.template else "update"

    def deploy(
        self, stack: Stack, *, upload: Upload | None = None, begun: Callable[[], None] = lambda: None
    ) -> Action:
        """Creates or updates it, and waits. Raises AwsError with resource and reason.

        `upload` stores a body that is too long for a call, and returns its URL. `begun` is called when
        CloudFormation has the stack.
        """
        current = self._idle(stack.name)
        action = self.action(stack)
        if action == "unchanged":
            return action
        if current is not None and action == "create":
            self.delete(stack.name)
            current = None
        events = StackEvents(self._aws, stack.name)
        events.new()
        if not self._write(stack, current, upload):
            return "unchanged"
        begun()
        self._wait(stack.name, events)
        return action

    def _write(self, stack: Stack, current: Mapping[str, Any] | None, upload: Upload | None) -> bool:
        """Whether there was anything to write."""
        text = body(stack.template)
        before = _parameters(current) if current else {}
        kept = {key for key in before if key in stack.template.get("Parameters", {})} - set(stack.parameters)
        arguments: dict[str, Any] = {
            **self._role,
            "StackName": stack.name,
            "Capabilities": list(stack.capabilities),
            "Parameters": [
                *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
                *(
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in sorted(stack.parameters.items())
                ),
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        }
        if len(text) > INLINE_SIZE and upload is not None:
            arguments["TemplateURL"] = upload(text)
        else:
            arguments["TemplateBody"] = text
        with aws_errors(f"cannot write the stack {stack.name}"):
            try:
                if current is None:
                    self._client.create_stack(**arguments)
                else:
                    self._client.update_stack(**arguments)
            except ClientError as error:
                # Only the text distinguishes "nothing to do" from other ValidationErrors; a template that
                # differs only in its description gets here.
                # https://repost.aws/knowledge-center/cloudformation-stack-update-errors
                if error_code(error) == "ValidationError" and "No updates are to be performed" in str(error):
                    return False
                raise
        return True

    def delete(self, name: str) -> Action:
        """Deletes it, and waits. Raises AwsError with resource and reason."""
        current = self._idle(name)
        if current is None:
            return "absent"
        # A deleted stack is found by its ARN only.
        events = StackEvents(self._aws, current["StackId"])
        events.new()
        with aws_errors(f"cannot delete the stack {name}"):
            self._client.delete_stack(StackName=name, **self._role)
        self._wait(name, events, ident=current["StackId"])
        return "delete"

    def _idle(self, name: str) -> dict[str, Any] | None:
        """The stack once no operation on it is in progress."""
        line = ""

        def idle() -> tuple[dict[str, Any] | None] | None:
            nonlocal line
            current = self.current(name)
            if current is None or not current["StackStatus"].endswith("_IN_PROGRESS"):
                return (current,)
            if current["StackStatus"] in _NEVER_WORKED | _GOOD:
                return (current,)
            line = self._report(f"{name}: waiting, its status is {current['StackStatus']}", line)
            return None

        (found,) = self._poll(idle, name)
        return found

    def _wait(self, name: str, events: StackEvents, *, ident: str = "") -> None:
        """Until the operation has finished; `ident` finds a deleted stack, as its name does not."""
        happened: list[Event] = []
        line = stated = ""

        def finished() -> str | None:
            nonlocal line, stated
            current = self.current(ident or name)
            status = current["StackStatus"] if current else "DELETE_COMPLETE"
            if current:
                happened.extend(events.new())
                stated = current.get("StackStatusReason", "")
            line = self._report(f"{name}: {status}{_progress(happened)}", line)
            return None if status.endswith("_IN_PROGRESS") and status not in _GOOD else status

        status = self._poll(finished, name)
        if status not in _GOOD:
            # Without the permission for events, or for a failure that no resource explains.
            explained = cause(happened) or events.invalid() or stated
            reason = f": {explained}" if explained else ""
            stuck = status == "UPDATE_ROLLBACK_FAILED"
            hint = "continue its rollback in the console" if stuck else "fix the cause"
            raise AwsError(
                f"stack {name} is {status}{reason}", hint=f"{hint}, then run {command(*self._again)} again"
            )

    def _report(self, line: str, before: str) -> str:
        if line != before:
            self._note(line)
        return line

    def _poll(self, read: Callable[[], T | None], name: str) -> T:
        found = poll(read, clock=self._clock, seconds=_SECONDS)
        if found is None:
            raise AwsError(
                f"stack {name}: the operation has not finished after {_SECONDS // 60} minutes",
                hint=f"look at its events in the console, then run {command(*self._again)} again",
            )
        return found


def upload(aws: Aws, text: str, *, bucket: str = "") -> str:
    """The URL of a template body that is too long for a call; by default in the account's template bucket."""
    bucket = bucket or template_bucket_name(aws.account_id, aws.region)
    key = f"bootstrap/{hashlib.sha256(text.encode()).hexdigest()}.json"
    with aws_errors(f"cannot put the template into the bucket {bucket}"):
        aws.client("s3").put_object(
            Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json"
        )
    return f"https://{bucket}.s3.{aws.region}.{aws.url_suffix}/{key}"


def _parameters(current: Mapping[str, Any]) -> dict[str, str]:
    return {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in current.get("Parameters", [])}


def _progress(events: list[Event]) -> str:
    finished = {event.resource for event in events if event.status.endswith("_COMPLETE")}
    return f", {len(finished)} resource{'s' if len(finished) != 1 else ''} done" if finished else ""
