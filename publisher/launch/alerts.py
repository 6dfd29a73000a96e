"""The email subscription of a launch's alerts: SNS delivers nothing until its owner has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from publisher.aws.calls import aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.declarations.form import AlertOutputs
from publisher.errors import PublisherError, Refused, command

State = Literal["pending", "confirmed", "deleted", "none"]
_PAUSE = 5.0
# https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
_GONE = frozenset({"NotFound", "NotFoundException"})
# A list shows these in the place of an ARN.
# https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html
_STATES: Mapping[str, State] = {"PendingConfirmation": "pending", "Deleted": "deleted"}


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """The state of the subscription, and its address. What does not exist is empty."""

    state: State = "none"
    endpoint: str = ""
    topic: str = ""
    subscription: str = ""

    def document(self) -> dict[str, str]:
        """Its JSON shape."""
        return {"endpoint": self.endpoint, "state": self.state}


def alerts_of(
    aws: Aws, role: AlertOutputs | None, outputs: Mapping[str, str], *, endpoint: str = ""
) -> Alerts:
    """The current state; `endpoint` is the address in the config, where it is known. Raises AwsError."""
    topic = outputs.get(role.topic, "") if role else ""
    subscription = outputs.get(role.subscription, "") if role else ""
    if not topic or not subscription:
        return Alerts(topic=topic)
    return _current(aws, Alerts(state="deleted", endpoint=endpoint, topic=topic, subscription=subscription))


def resend(aws: Aws, alerts: Alerts) -> Alerts:
    """Resends the confirmation email; makes another subscription if it was deleted. Raises Refused."""
    if alerts.state == "confirmed":
        return alerts
    if not alerts.endpoint:
        raise Refused(
            f"{alerts.topic}: the address of the deleted subscription is unknown",
            hint=f"run {command('alerts', 'CONFIG', '--resend')} with its config: it has the address",
        )
    with aws_errors(f"{alerts.endpoint}: cannot resend the confirmation email"):
        answer = aws.client("sns").subscribe(
            TopicArn=alerts.topic, Protocol="email", Endpoint=alerts.endpoint, ReturnSubscriptionArn=True
        )
    return replace(alerts, state="pending", subscription=answer["SubscriptionArn"])


def await_confirmation(aws: Aws, alerts: Alerts, *, minutes: float, clock: Clock, hint: str) -> Alerts:
    """Waits until the subscription is confirmed. Raises PublisherError when it is not in time, or deleted."""

    def answered() -> Alerts | None:
        found = _current(aws, alerts)
        return None if found.state == "pending" else found

    found = poll(answered, clock=clock, seconds=minutes * 60, longest_pause=_PAUSE)
    if found is None:
        raise PublisherError(
            f"{alerts.endpoint}: alerts were not confirmed within {minutes:g} minutes", hint=hint
        )
    if found.state != "confirmed":
        raise PublisherError(f"{alerts.endpoint}: the alert subscription was deleted", hint=hint)
    return found


def _current(aws: Aws, alerts: Alerts) -> Alerts:
    """The subscription by its ARN; else the topic's subscription of the same address, made later."""
    client = aws.client("sns")
    with aws_errors(f"{alerts.subscription}: cannot read the alert subscription"):
        read = partial(client.get_subscription_attributes, SubscriptionArn=alerts.subscription)
        if (answer := or_none(read, *_GONE)) is None:
            return _listed(client, alerts)
    found = answer["Attributes"]
    pending = found.get("PendingConfirmation") == "true"
    return replace(
        alerts, state="pending" if pending else "confirmed", endpoint=found.get("Endpoint", alerts.endpoint)
    )


def _listed(client: Any, alerts: Alerts) -> Alerts:
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=alerts.topic)
    for entry in (entry for page in pages for entry in page["Subscriptions"]):
        if entry["Protocol"] == "email" and entry["Endpoint"] == alerts.endpoint:
            return replace(alerts, state=_STATES.get(entry["SubscriptionArn"], "confirmed"))
    return replace(alerts, state="deleted")
