"""Rules: the connection to a Git provider that a launch names can be used, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from publisher.aws.arns import Arn
from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, Subject


def _client(subject: Subject, arn: str) -> Any:
    """IAM knows a connection by the prefix of its ARN, the service's former name before July 2024."""
    return subject.aws.client(
        "codestar-connections" if ":codestar-connections:" in arn else "codeconnections"
    )


@LaunchRule.of(
    "L206",
    "dtconsole/latest/userguide/connections-update.html",
    name="connection-usable",
    arguments="connection",
)
def usable(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The connection to the Git provider is of the account and Region, and somebody has completed it."""
    from publisher.aws.calls import or_none

    arn, aws = arguments["connection"], subject.aws
    _, _, region, account_id, _ = Arn.parse(arn)
    if (region, account_id) != (aws.region, aws.account_id):
        yield Flaw(
            message=f"connection {arn} is not of account {aws.account_id} in {aws.region}",
            hint="name a connection of the account and Region of the launch",
        )
        return
    read = _client(subject, arn).get_connection
    found = or_none(lambda: read(ConnectionArn=arn), "ResourceNotFoundException")
    if found is None:
        yield Flaw(message=f"connection {arn} not found", hint="create it, or correct its ARN")
        return
    status = found["Connection"]["ConnectionStatus"]
    if status != "AVAILABLE":
        yield Flaw(
            message=f"connection {arn} is {status}: pipelines cannot read their sources",
            hint="complete it in the console: Developer Tools, Settings, Connections",
        )


@LaunchRule.of(
    "L207",
    "sagemaker/latest/dg/security-iam-awsmanpol-sc.html",
    name="connection-tagged",
    arguments="connection tag",
    severity="note",
)
def tagged(subject: Subject, arguments: Arguments) -> Iterator[Flaw]:
    """The connection has a tag, as key=value."""
    from publisher.aws.calls import or_none

    arn, (key, _, value) = arguments["connection"], arguments["tag"].partition("=")
    read = _client(subject, arn).list_tags_for_resource
    found = or_none(lambda: read(ResourceArn=arn), "ResourceNotFoundException")
    tags = {it["Key"]: it["Value"] for it in found["Tags"]} if found else {key: value}
    if tags.get(key, "").lower() != value.lower():
        yield Flaw(
            message=f"connection {arn} has no tag {arguments['tag']}, which AWS's own templates need",
            hint="add the tag if such templates use the connection too; this launch does not need it",
        )
