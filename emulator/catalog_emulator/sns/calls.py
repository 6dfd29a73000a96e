"""The calls of moto's SNS that look different once a subscription can be pending."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from catalog_emulator.settings import settings
from catalog_emulator.sns import pending

_subscribe_backend = SNSBackend.subscribe
_unsubscribe_backend = SNSBackend.unsubscribe
_publish_subscription = Subscription.publish
_subscribe = SNSResponse.subscribe
_topic_attributes = SNSResponse.get_topic_attributes
_subscription_attributes = SNSResponse.get_subscription_attributes


def subscribe_backend(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    """An e-mail subscription that is new, or still pending, is asked for by mail."""
    if protocol not in pending.PROTOCOLS:
        return _subscribe_backend(self, topic_arn, endpoint, protocol)
    pending.check_address(endpoint)
    pending.expire(self)
    known = set(self.subscriptions)
    subscription = _subscribe_backend(self, topic_arn, endpoint, protocol)
    if subscription.arn not in known or pending.is_pending(subscription):
        pending.ask(self, subscription)
    return subscription


def unsubscribe_backend(self: SNSBackend, subscription_arn: str) -> None:
    """Refused while pending."""
    pending.expire(self)
    pending.refuse_pending(self, subscription_arn)
    _unsubscribe_backend(self, subscription_arn)


def publish_subscription(
    self: Subscription,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> None:
    """To an e-mail address: a mail, once it is confirmed and if its filter lets the message through."""
    if self.protocol not in pending.PROTOCOLS:
        _publish_subscription(
            self,
            message,
            message_id,
            subject=subject,
            message_attributes=message_attributes,
            group_id=group_id,
            deduplication_id=deduplication_id,
            message_structure=message_structure,
        )
        return
    matcher = self._filter_policy_matcher
    if pending.is_pending(self) or (matcher and not matcher.matches(message_attributes, message)):
        return
    if message_structure == "json":
        message = self._parse_message_structure(message, self.protocol)
    pending.send(self, message, message_id, subject)


def subscribe(self: SNSResponse) -> ActionResult:
    """`pending confirmation` in the place of the ARN, unless ReturnSubscriptionArn asks for it."""
    result = _subscribe(self)
    answer: Any = result.result
    arn = answer["SubscriptionArn"]
    if pending.is_pending(self.backend.subscriptions[arn]) and not self._get_bool_param(
        "ReturnSubscriptionArn"
    ):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return result


def confirm_subscription(self: SNSResponse) -> ActionResult:
    """With the token of the mail."""
    arn = pending.confirm(self._get_param("TopicArn"), self._get_param("Token"))
    return ActionResult({"SubscriptionArn": arn})


def get_topic_attributes(self: SNSResponse) -> ActionResult:
    """With the true numbers of pending and confirmed subscriptions."""
    pending.expire(self.backend)
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    held = [pending.is_pending(subscription) for subscription in self.backend._get_topic_subscriptions(topic)]
    topic.subscriptions_pending = sum(held)
    topic.subscriptions_confimed = len(held) - sum(held)
    return _topic_attributes(self)


def get_subscription_attributes(self: SNSResponse) -> ActionResult:
    """Without those that expired."""
    pending.expire(self.backend)
    return _subscription_attributes(self)


def list_subscriptions(self: SNSResponse) -> ActionResult:
    """Pending ones without their ARN."""
    pending.expire(self.backend)
    rows, token = self.backend.list_subscriptions(next_token=self._get_param("NextToken"))
    return _listed(rows, token)


def list_subscriptions_by_topic(self: SNSResponse) -> ActionResult:
    """Pending ones without their ARN."""
    pending.expire(self.backend)
    topic = self._get_param("TopicArn")
    rows, token = self.backend.list_subscriptions_by_topic(topic, next_token=self._get_param("NextToken"))
    return _listed(rows, token)


def _listed(subscriptions: list[Subscription], token: Any) -> ActionResult:
    rows = [
        {
            "SubscriptionArn": "PendingConfirmation" if pending.is_pending(item) else item.arn,
            "Owner": item.owner,
            "Protocol": item.protocol,
            "Endpoint": item.endpoint,
            "TopicArn": item.topic_arn,
        }
        for item in subscriptions
    ]
    return ActionResult({"Subscriptions": rows, "NextToken": token})


def _when_strict(owner: type, name: str, ours: Callable[..., Any]) -> Callable[..., Any]:
    own = getattr(owner, name)

    @wraps(own)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (ours if settings.strict else own)(*args, **kwargs)

    return call


_REPLACED: tuple[tuple[type, dict[str, Callable[..., Any]]], ...] = (
    (SNSBackend, {"subscribe": subscribe_backend, "unsubscribe": unsubscribe_backend}),
    (Subscription, {"publish": publish_subscription}),
    (
        SNSResponse,
        {
            "subscribe": subscribe,
            "confirm_subscription": confirm_subscription,
            "get_topic_attributes": get_topic_attributes,
            "get_subscription_attributes": get_subscription_attributes,
            "list_subscriptions": list_subscriptions,
            "list_subscriptions_by_topic": list_subscriptions_by_topic,
        },
    ),
)
# Made when this is imported, with moto's own: installing them again changes nothing.
_CALLS = [
    (owner, name, _when_strict(owner, name, ours))
    for owner, replaced in _REPLACED
    for name, ours in replaced.items()
]


def install() -> None:
    """Puts the calls into moto; a second time does nothing new."""
    for owner, name, call in _CALLS:
        setattr(owner, name, call)
