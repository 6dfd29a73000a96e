"""What CloudFormation says about an update of a project of a template in S3: a change set, deleted again.

A run that was killed leaves its change set, and the next one for the stack deletes it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, is_denied
from publisher.aws.clients import Aws
from publisher.aws.translations import translation
from publisher.aws.waiting import Clock, poll
from publisher.impact import Change
from publisher.launch.s3_templates import url_of
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_plan import NoPreviewError, change_of

_NAME = "publisher-changes"
_SECONDS = 10 * 60
# What CreateProject acknowledged for the stack.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def planned_changes(
    aws: Aws, prepared: PreparedUpdate, *, clock: Clock, report: Callable[[str], None]
) -> tuple[Change, ...] | None:
    """What a change set says about each resource; None where it finds nothing to update.

    Raises NoPreviewError, with the reason, where AWS makes none, or the caller may not ask for one.
    """
    provisioned = prepared.provisioned
    client = aws.client("cloudformation")
    named = {"StackName": provisioned.stack, "ChangeSetName": _NAME}
    if not provisioned.stack:
        raise NoPreviewError("there is no stack")
    with aws_errors(f"{provisioned.name}: cannot preview the update"):
        try:
            client.delete_change_set(**named)
            client.create_change_set(
                **named,
                ChangeSetType="UPDATE",
                TemplateURL=url_of(aws, prepared.version.id),
                Parameters=[
                    *({"ParameterKey": it, "ParameterValue": value} for it, value in prepared.sent.items()),
                    *({"ParameterKey": it, "UsePreviousValue": True} for it in prepared.kept),
                ],
                Capabilities=_CAPABILITIES,
                Description="Made by publisher to preview an update; removed again.",
            )
            try:
                return _read(client, named, clock)
            finally:
                client.delete_change_set(**named)
        except ClientError as error:
            if not is_denied(error):
                raise
            raise NoPreviewError("your role may not ask for it") from error


def _read(client: Any, named: Mapping[str, str], clock: Clock) -> tuple[Change, ...] | None:
    def finished() -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] = client.describe_change_set(**named)
        return answer if answer["Status"] in ("CREATE_COMPLETE", "FAILED") else None

    answer = poll(finished, clock=clock, seconds=_SECONDS)
    if answer is None:
        raise NoPreviewError(f"the change set was not ready in {_SECONDS // 60} minutes")
    if answer["Status"] == "FAILED":
        message = answer.get("StatusReason") or "the change set failed"
        if (known := translation(text=message)) and known.id == "no-updates":
            return None
        raise NoPreviewError(message)
    return tuple(change_of(it["ResourceChange"]) for it in _changes(client, named, answer))


def _changes(client: Any, named: Mapping[str, str], answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from answer.get("Changes", ())
    while token := answer.get("NextToken"):
        answer = client.describe_change_set(**named, NextToken=token)
        yield from answer.get("Changes", ())
