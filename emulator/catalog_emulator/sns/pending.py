"""The life of an e-mail subscription: asked for, asked again, confirmed, expired."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from moto.core.utils import iso_8601_datetime_with_milliseconds, utcnow
from moto.moto_api._internal import mock_random
from moto.sns.exceptions import SNSInvalidParameter, SNSNotFoundError
from moto.sns.models import SNSBackend, Subscription, sns_backends
from moto.utilities.arns import parse_arn

from catalog_emulator.sns.mailbox import Mail, deliver
from catalog_emulator.sns.options import settings

PROTOCOLS = ("email", "email-json")
PATH = "/_emulator/sns/confirm"
SUBJECT = "AWS Notification - Subscription Confirmation"
UNSUBJECTED = "AWS Notification Message"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A mail that asks for confirmation: its token and when it was sent."""

    token: str
    sent: datetime

    @property
    def expired(self) -> bool:
        """Whether the link is no longer good."""
        return utcnow() - self.sent >= settings.valid_for


def check_address(endpoint: str) -> None:
    """Refuses what is no address, in SNS's words."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint or ""):
        raise SNSInvalidParameter("Invalid parameter: Email address")


def is_pending(subscription: Subscription) -> bool:
    """Whether it waits for its owner."""
    return subscription.attributes.get("PendingConfirmation") is True


def ask(backend: SNSBackend, subscription: Subscription) -> None:
    """Makes the subscription pending, or leaves it so, and sends a mail with a link."""
    subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    token = "".join(mock_random.uuid4().hex for _ in range(4))
    asked = Request(token=token, sent=utcnow())
    _asked(subscription).append(asked)
    link = f"{settings.base_url}{PATH}?{urlencode({'TopicArn': subscription.topic.arn, 'Token': token})}"
    body = (
        f"You have chosen to subscribe to the topic:\n{subscription.topic.arn}\n\n"
        f"To confirm this subscription, click or visit the link below (If this was in error no action is"
        f" necessary):\n{link}\n"
    )
    if subscription.protocol == "email-json":
        body = _asking(subscription, asked, link)
    deliver(
        backend,
        Mail(to=subscription.endpoint, subject=SUBJECT, body=body, link=link, received=asked.sent),
    )


def confirm(topic_arn: str, token: str) -> str:
    """Confirms the subscription that the token was sent for; its ARN. Confirming twice is fine."""
    backend = _backend(topic_arn)
    if topic_arn not in backend.topics:
        raise SNSNotFoundError("Topic does not exist")
    expire(backend)
    for subscription in backend.subscriptions.values():
        if subscription.topic.arn == topic_arn and _opens(subscription, token):
            subscription.attributes["PendingConfirmation"] = False
            subscription.confirmed = True
            return str(subscription.arn)
    raise SNSInvalidParameter("Invalid parameter: Token")


def expire(backend: SNSBackend) -> None:
    """Forgets subscriptions that stayed pending too long."""
    for arn, subscription in list(backend.subscriptions.items()):
        if is_pending(subscription) and all(asked.expired for asked in _asked(subscription)):
            del backend.subscriptions[arn]


def refuse_pending(backend: SNSBackend, subscription_arn: str) -> None:
    """SNS has no way to delete a pending subscription but waiting, or deleting its topic."""
    subscription = backend.subscriptions.get(subscription_arn)
    if subscription is not None and is_pending(subscription):
        raise SNSInvalidParameter(
            "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending"
            " confirmation"
        )


def send(subscription: Subscription, message: str, message_id: str, subject: str | None) -> None:
    """A published message, as a mail to a subscriber who confirmed."""
    body = message
    if subscription.protocol == "email-json":
        body = json.dumps(
            {
                "Type": "Notification",
                "MessageId": message_id,
                "TopicArn": subscription.topic.arn,
                **({"Subject": subject} if subject else {}),
                "Message": message,
                "Timestamp": iso_8601_datetime_with_milliseconds(),
            }
        )
    mail = Mail(
        to=subscription.endpoint, subject=subject or UNSUBJECTED, body=body, link=None, received=utcnow()
    )
    deliver(subscription.topic.sns_backend, mail)


def _opens(subscription: Subscription, token: str) -> bool:
    """A token of a subscription that is confirmed already opens it for ever."""
    return any(
        asked.token == token and not (is_pending(subscription) and asked.expired)
        for asked in _asked(subscription)
    )


def _asked(subscription: Subscription) -> list[Request]:
    held: list[Request] = subscription.__dict__.setdefault("asked", [])
    return held


def _asking(subscription: Subscription, asked: Request, link: str) -> str:
    body: dict[str, Any] = {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(mock_random.uuid4()),
        "Token": asked.token,
        "TopicArn": subscription.topic.arn,
        "Message": (
            f"You have chosen to subscribe to the topic {subscription.topic.arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": link,
        "Timestamp": iso_8601_datetime_with_milliseconds(asked.sent),
    }
    return json.dumps(body)


def _backend(topic_arn: str) -> SNSBackend:
    try:
        arn = parse_arn(topic_arn)
    except (IndexError, ValueError):
        raise SNSInvalidParameter("Invalid parameter: TopicArn") from None
    return sns_backends[arn.account][arn.region]
