"""What the launching commands print for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from publisher.cli.columns import Block, columns
from publisher.errors import command
from publisher.launch.denial import denial_in, remedy
from publisher.launch.launch_contents import REPOSITORY
from publisher.launch.made_later import in_words

if TYPE_CHECKING:
    from publisher.launch.alerts import Alerts
    from publisher.launch.launch_contents import Contents, Retained
    from publisher.launch.outputs import LaunchDetails
    from publisher.launch.provisioned import ProvisionedProduct

_SHOWN = 3


def details_text(details: LaunchDetails, *, subject: str) -> list[Block]:
    """Lines: the state of a launch, and what to do next; `subject` is its config or name in commands."""
    lines: list[Block] = [*_head(details.provisioned)]
    if details.outputs:
        lines += ["", *_values("output", details.outputs)]
    if details.ssm:
        lines += ["", *_values("SSM parameter", details.ssm)]
    if details.alerts.topic:
        lines += ["", *alerts_text(details.alerts, subject=subject)]
    if denial_in(details.provisioned.reason):
        lines += ["", f"next: {remedy(details.provisioned.reason, details.provisioned.launch_role)}"]
    if state := details.provisioned.meaning:
        lines += ["", f"{details.provisioned.status}: {state.means}", f"next: {state.hint(subject)}"]
    return lines


def alerts_text(alerts: Alerts, *, subject: str) -> list[str]:
    """Lines: the state of the alerts, and what to do next."""
    match alerts.state:
        case "none":
            return ["alerts: none; no email address is subscribed"]
        case "confirmed":
            return [f"alerts: {alerts.endpoint} confirmed"]
        case "deleted":
            # Only a config has the address of a subscription that is gone.
            subject = subject if alerts.endpoint else "CONFIG"
            return [
                f"alerts: {alerts.endpoint or 'subscription'} deleted; no alerts are delivered",
                f"next: run {command('alerts', subject, '--resend')} to subscribe the address again",
            ]
        case "pending":
            return [
                f"alerts: {alerts.endpoint} pending, not confirmed; no alerts are delivered",
                "next: ask its owner to follow the link in the email "
                "'AWS Notification - Subscription Confirmation';",
                f"      run {command('alerts', subject, '--wait')} to wait for it, "
                "--resend to resend the email",
            ]


def contents_text(provisioned: ProvisionedProduct, contents: Contents) -> list[Block]:
    """Lines: what a termination deletes."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for resource in contents.resources:
        kinds[resource.type].append(resource.label)
    lines: list[Block] = [*_head(provisioned), ""]
    if not contents.complete:
        lines.append("your role cannot list the stack's resources; the outputs name these:")
    rows = [
        (kind, f"{len(ids):>2}", ", ".join(ids[:_SHOWN]) + (", …" if len(ids) > _SHOWN else ""))
        for kind, ids in kinds.items()
    ]
    lines += columns(rows, indent="  ")
    if REPOSITORY in kinds:
        lines.append("  repositories are deleted with all their commits")
    lines += [f"  not empty: {resource}" for resource in contents.not_empty]
    lines += [f"  made later: {text}" for text in in_words(contents.made_later)]
    lines += [f"  a snapshot is left: {it}" for it in contents.snapshots]
    lines += [f"  retained: {it}" for it in contents.retained]
    if contents.complete and not contents.policies_read:
        lines.append("  your role cannot read the stack's template: what it retains is not known")
    if known := provisioned.meaning:
        lines += ["", f"{provisioned.status}: {known.explained(provisioned.name)}"]
    return lines


def terminated_text(
    provisioned: ProvisionedProduct, contents: Contents, retained: Iterable[Retained] = ()
) -> list[str]:
    """Lines: what was deleted, what can still be restored, and what stays."""
    stack = f", stack {provisioned.stack_name} deleted" if provisioned.stack else ""
    lines = [f"{provisioned.name}: terminated{stack}"]
    lines += [f"retained, no longer part of a launch: {it}" for it in retained]
    lines += [f"a snapshot is left of {it}" for it in contents.snapshots]
    lines += [
        f"KMS key {key}: pending deletion; to keep it: aws kms cancel-key-deletion --key-id {key}"
        for key in contents.keys
    ]
    return lines


def _values(title: str, values: Mapping[str, str]) -> list[Block]:
    return columns([(title, "value"), *values.items()])


def _head(provisioned: ProvisionedProduct) -> Iterator[str]:
    yield f"{provisioned.name}  {provisioned.status}"
    if provisioned.reason:
        yield f"reason   {provisioned.reason}"
    yield f"product  {provisioned}"
    if provisioned.config:
        yield f"config   {provisioned.config}"
    if project := provisioned.project:
        yield f"project  {project.id}, by {project.door}, {project.status}"
    if provisioned.stack:
        yield f"stack    {provisioned.stack_name}"
