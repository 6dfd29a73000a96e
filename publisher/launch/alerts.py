"""The e-mail subscription of a launch's alerts: SNS delivers nothing before somebody has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from publisher.aws.clients import Aws, ClientError, error_code
from publisher.aws.waiting import Clock, poll
from publisher.errors import PublisherError, Refused
from publisher.launch.calls import asking

State = Literal["pending", "confirmed", "deleted", "none"]
_PAUSE = 5.0
TOPIC, SUBSCRIPTION = "AlertsTopicArn", "AlertsSubscriptionArn"
# https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
_GONE = frozenset({"NotFound", "NotFoundException"})
# What a list shows in the place of an ARN.
# https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html
_WORDS: Mapping[str, State] = {"PendingConfirmation": "pending", "Deleted": "deleted"}


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Who gets the alerts, and whether he has agreed. The ARNs are empty where there are none."""

    state: State = "none"
    endpoint: str = ""
    topic: str = ""
    subscription: str = ""

    def document(self) -> dict[str, str]:
        """Its JSON shape."""
        return {"endpoint": self.endpoint, "state": self.state}


def alerts_of(aws: Aws, outputs: Mapping[str, str], *, endpoint: str = "") -> Alerts:
    """The live state; `endpoint` is the address that a config names, if one is at hand. Raises AwsError."""
    topic, subscription = outputs.get(TOPIC, ""), outputs.get(SUBSCRIPTION, "")
    if not topic or not subscription:
        return Alerts(topic=topic)
    return _live(aws, Alerts(state="deleted", endpoint=endpoint, topic=topic, subscription=subscription))


def resend(aws: Aws, alerts: Alerts) -> Alerts:
    """Has the mail sent again; where the subscription was deleted, makes another. Raises Refused."""
    if alerts.state == "confirmed":
        return alerts
    if not alerts.endpoint:
        raise Refused(
            f"{alerts.topic}: the address of the deleted subscription is not known",
            hint="name the config instead of the launch: it holds the address",
        )
    with asking(f"{alerts.endpoint}: cannot send the confirmation mail again"):
        answer = aws.client("sns").subscribe(
            TopicArn=alerts.topic, Protocol="email", Endpoint=alerts.endpoint, ReturnSubscriptionArn=True
        )
    return replace(alerts, state="pending", subscription=answer["SubscriptionArn"])


def await_confirmation(aws: Aws, alerts: Alerts, *, minutes: float, clock: Clock, hint: str) -> Alerts:
    """Waits until somebody has followed the link. Raises PublisherError when nobody does in time."""

    def settled() -> Alerts | None:
        found = _live(aws, alerts)
        return None if found.state == "pending" else found

    found = poll(settled, clock=clock, seconds=minutes * 60, longest_pause=_PAUSE)
    if found is None:
        raise PublisherError(
            f"{alerts.endpoint}: nobody has confirmed the alerts within {minutes:g} minutes", hint=hint
        )
    if found.state != "confirmed":
        raise PublisherError(f"{alerts.endpoint}: the subscription to the alerts was deleted", hint=hint)
    return found


def _live(aws: Aws, alerts: Alerts) -> Alerts:
    """The subscription by its ARN; else the topic's subscription of that address, made since."""
    client = aws.client("sns")
    with asking(f"{alerts.subscription}: cannot read the subscription to the alerts"):
        try:
            found = client.get_subscription_attributes(SubscriptionArn=alerts.subscription)["Attributes"]
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise
            return _listed(client, alerts)
    pending = found.get("PendingConfirmation") == "true"
    return replace(
        alerts, state="pending" if pending else "confirmed", endpoint=found.get("Endpoint", alerts.endpoint)
    )


def _listed(client: Any, alerts: Alerts) -> Alerts:
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=alerts.topic)
    for entry in (entry for page in pages for entry in page["Subscriptions"]):
        if entry["Protocol"] == "email" and entry["Endpoint"] == alerts.endpoint:
            arn = entry["SubscriptionArn"]
            return replace(alerts, state=_WORDS.get(arn, "confirmed"))
    return replace(alerts, state="deleted")
