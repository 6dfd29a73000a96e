"""What the launching commands print for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.launch import Alerts, Contents, Provisioned, Report

_SHOWN = 3
_REPOSITORY = "AWS::CodeCommit::Repository"


def report_text(report: Report, *, subject: str) -> str:
    """A launch as it stands, and what to do next; `subject` is what commands call it."""
    lines = [*_head(report.provisioned)]
    if report.outputs:
        lines += ["", *_columns("output", report.outputs)]
    if report.ssm:
        lines += ["", *_columns("SSM parameter", report.ssm)]
    lines += ["", alerts_text(report.alerts, subject=subject)] if report.alerts.topic else []
    if report.provisioned.status == "UNDER_CHANGE":
        lines += ["", f"next: it goes on in AWS; publisher outputs {subject} tells how far it is"]
    return "\n".join(lines)


def alerts_text(alerts: Alerts, *, subject: str) -> str:
    """The state of the alerts, and what to do next."""
    match alerts.state:
        case "none":
            return "alerts: none; no e-mail address is subscribed"
        case "confirmed":
            return f"alerts: {alerts.endpoint} confirmed"
        case "deleted":
            return (
                f"alerts: {alerts.endpoint or 'the subscription'} deleted, nobody gets them\n"
                f"next: publisher alerts {subject} --resend subscribes the address again"
            )
        case "pending":
            return (
                f"alerts: {alerts.endpoint} pending, nobody gets them yet\n"
                "next: the owner of the address follows the link in the mail "
                "'AWS Notification - Subscription Confirmation';\n"
                f"      publisher alerts {subject} --wait waits for it, --resend sends the mail again"
            )


def stock_text(provisioned: Provisioned, contents: Contents) -> str:
    """What a termination deletes."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for resource in contents.resources:
        kinds[resource.type].append(resource.id)
    lines = [*_head(provisioned), ""]
    if not contents.complete:
        lines.append("your role may not list the stack's resources; known from the outputs:")
    width = max((len(kind) for kind in kinds), default=0)
    for kind, ids in kinds.items():
        more = ", …" if len(ids) > _SHOWN else ""
        lines.append(f"  {kind:<{width}}  {len(ids):>2}  {', '.join(ids[:_SHOWN])}{more}")
    if _REPOSITORY in kinds:
        lines.append("  the repositories go with all their commits")
    lines += [f"  still holds: {holding}" for holding in contents.holdings]
    return "\n".join(lines)


def terminated_text(provisioned: Provisioned, contents: Contents) -> str:
    """What is gone, and what can still be called back."""
    stack = f", its stack {provisioned.stack_name} is deleted" if provisioned.stack else ""
    lines = [f"{provisioned.name}: terminated{stack}"]
    lines += [
        f"KMS key {key}: pending deletion; until its window ends: aws kms cancel-key-deletion --key-id {key}"
        for key in contents.keys
    ]
    return "\n".join(lines)


def _head(provisioned: Provisioned) -> Iterator[str]:
    yield f"{provisioned.name}  {provisioned.status}"
    if provisioned.reason:
        yield f"reason   {provisioned.reason}"
    yield f"product  {provisioned}"
    if provisioned.config:
        yield f"config   {provisioned.config}"
    if provisioned.stack:
        yield f"stack    {provisioned.stack_name}"


def _columns(title: str, values: Mapping[str, str]) -> Iterator[str]:
    width = max(len(name) for name in (title, *values))
    yield f"{title:<{width}}  value"
    for name, value in values.items():
        yield f"{name:<{width}}  {value}".rstrip()
