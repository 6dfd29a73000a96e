"""The life of a subscription by e-mail or HTTP: requested, requested again, confirmed, expired."""

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

from catalog_emulator.sns.mailbox import Mail, deliver, settings

MAIL = ("email", "email-json")
# The request to confirm is a POST, which is not sent, so that nobody can confirm these.
# https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
HTTP = ("http", "https")
PATH = "/_emulator/sns/confirm"
SUBJECT = "AWS Notification - Subscription Confirmation"
DEFAULT_SUBJECT = "AWS Notification Message"


@dataclass(frozen=True, kw_only=True)
class ConfirmationRequest:
    """The token of a mail that asks for confirmation, and when it was sent."""

    token: str
    sent: datetime

    @property
    def expired(self) -> bool:
        return utcnow() - self.sent >= settings.valid_for


def check_address(endpoint: str) -> None:
    """Raises SNS's error for what is not an e-mail address."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint or ""):
        raise SNSInvalidParameter("Invalid parameter: Email address")


def is_pending(subscription: Subscription) -> bool:
    """Whether the subscription is not confirmed yet."""
    return subscription.attributes.get("PendingConfirmation") is True


def request_confirmation(backend: SNSBackend, subscription: Subscription) -> None:
    """Makes the subscription pending, and sends a mail with a link; over HTTP nothing is sent."""
    subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    token = "".join(mock_random.uuid4().hex for _ in range(4))
    request = ConfirmationRequest(token=token, sent=utcnow())
    _requests(subscription).append(request)
    if subscription.protocol in HTTP:
        return
    link = f"{settings.base_url}{PATH}?{urlencode({'TopicArn': subscription.topic.arn, 'Token': token})}"
    body = (
        f"You have chosen to subscribe to the topic:\n{subscription.topic.arn}\n\n"
        f"To confirm this subscription, click or visit the link below (If this was in error no action is"
        f" necessary):\n{link}\n"
    )
    if subscription.protocol == "email-json":
        body = _json_body(subscription, request, link)
    mail = Mail(to=subscription.endpoint, subject=SUBJECT, body=body, link=link, received=request.sent)
    deliver(backend, mail)


def confirm(topic_arn: str, token: str) -> str:
    """Confirms the subscription that the token was sent for; its ARN. May be called again."""
    backend = _backend(topic_arn)
    if topic_arn not in backend.topics:
        raise SNSNotFoundError("Topic does not exist")
    expire(backend)
    for subscription in backend.subscriptions.values():
        if subscription.topic.arn == topic_arn and _is_valid(subscription, token):
            subscription.attributes["PendingConfirmation"] = False
            subscription.confirmed = True
            return str(subscription.arn)
    raise SNSInvalidParameter("Invalid parameter: Token")


def expire(backend: SNSBackend) -> None:
    """Removes subscriptions that stayed pending too long."""
    for arn, subscription in list(backend.subscriptions.items()):
        if is_pending(subscription) and all(request.expired for request in _requests(subscription)):
            del backend.subscriptions[arn]


def refuse_pending(backend: SNSBackend, subscription_arn: str) -> None:
    """Raises SNS's error: pending subscriptions go only by expiry, or with their topic."""
    subscription = backend.subscriptions.get(subscription_arn)
    if subscription is not None and is_pending(subscription):
        raise SNSInvalidParameter(
            "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending"
            " confirmation"
        )


def send(subscription: Subscription, message: str, message_id: str, subject: str | None) -> None:
    """Sends a published message to a subscriber."""
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
        to=subscription.endpoint, subject=subject or DEFAULT_SUBJECT, body=body, link=None, received=utcnow()
    )
    deliver(subscription.topic.sns_backend, mail)


def _is_valid(subscription: Subscription, token: str) -> bool:
    """Tokens of a confirmed subscription do not expire."""
    return any(
        request.token == token and not (is_pending(subscription) and request.expired)
        for request in _requests(subscription)
    )


def _requests(subscription: Subscription) -> list[ConfirmationRequest]:
    found: list[ConfirmationRequest] = subscription.__dict__.setdefault("confirmation_requests", [])
    return found


def _json_body(subscription: Subscription, request: ConfirmationRequest, link: str) -> str:
    body: dict[str, Any] = {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(mock_random.uuid4()),
        "Token": request.token,
        "TopicArn": subscription.topic.arn,
        "Message": (
            f"You have chosen to subscribe to the topic {subscription.topic.arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": link,
        "Timestamp": iso_8601_datetime_with_milliseconds(request.sent),
    }
    return json.dumps(body)


def _backend(topic_arn: str) -> SNSBackend:
    try:
        arn = parse_arn(topic_arn)
    except (IndexError, ValueError):
        raise SNSInvalidParameter("Invalid parameter: TopicArn") from None
    return sns_backends[arn.account][arn.region]
