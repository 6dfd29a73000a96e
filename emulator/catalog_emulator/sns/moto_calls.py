"""The calls of moto's SNS that pending subscriptions change."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription, Topic
from moto.sns.responses import SNSResponse

from catalog_emulator.sns import pending

_get_topic = SNSBackend.get_topic
_subscribe_backend = SNSBackend.subscribe
_unsubscribe_backend = SNSBackend.unsubscribe
_publish_subscription = Subscription.publish
_subscribe = SNSResponse.subscribe
_topic_attributes = SNSResponse.get_topic_attributes
_subscription_attributes = SNSResponse.get_subscription_attributes


def _get_topic_by_arn(self: SNSBackend, arn: str) -> Topic:
    """Refuses what is no ARN: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html"""
    parts = arn.count(":") + 1
    if parts < 6:
        message = f"Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not {parts}"
        raise SNSInvalidParameter(message)
    return _get_topic(self, arn)


def _subscribe_pending(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    """Sends a mail to an e-mail address that is new, or still pending; HTTP endpoints stay pending."""
    if protocol not in (*pending.MAIL, *pending.HTTP):
        return _subscribe_backend(self, topic_arn, endpoint, protocol)
    if protocol in pending.MAIL:
        pending.check_address(endpoint)
    pending.expire(self)
    known = set(self.subscriptions)
    subscription = _subscribe_backend(self, topic_arn, endpoint, protocol)
    if subscription.arn not in known or pending.is_pending(subscription):
        pending.request_confirmation(self, subscription)
    return subscription


def _unsubscribe_confirmed(self: SNSBackend, subscription_arn: str) -> None:
    pending.expire(self)
    pending.refuse_pending(self, subscription_arn)
    _unsubscribe_backend(self, subscription_arn)


def _publish_by_mail(self: Subscription, message: str, message_id: str, **options: Any) -> None:
    """To an e-mail address: a mail, once it is confirmed and if its filter accepts the message.

    Over HTTP: nothing, confirmed or not.
    """
    if self.protocol in pending.HTTP:
        return
    if self.protocol not in pending.MAIL:
        _publish_subscription(self, message, message_id, **options)
        return
    matcher = self._filter_policy_matcher
    if pending.is_pending(self) or (matcher and not matcher.matches(options["message_attributes"], message)):
        return
    if options["message_structure"] == "json":
        message = self._parse_message_structure(message, self.protocol)
    pending.send(self, message, message_id, options["subject"])


def _answer_subscribe(self: SNSResponse) -> ActionResult:
    """`pending confirmation` in place of the ARN, unless ReturnSubscriptionArn is true."""
    result = _subscribe(self)
    answer: Any = result.result
    arn = answer["SubscriptionArn"]
    if pending.is_pending(self.backend.subscriptions[arn]) and not self._get_bool_param(
        "ReturnSubscriptionArn"
    ):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return result


def _confirm_subscription(self: SNSResponse) -> ActionResult:
    arn = pending.confirm(self._get_param("TopicArn"), self._get_param("Token"))
    return ActionResult({"SubscriptionArn": arn})


def _answer_topic_attributes(self: SNSResponse) -> ActionResult:
    pending.expire(self.backend)
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    held = [pending.is_pending(subscription) for subscription in self.backend._get_topic_subscriptions(topic)]
    topic.subscriptions_pending = sum(held)
    topic.subscriptions_confimed = len(held) - sum(held)
    return _topic_attributes(self)


def _answer_subscription_attributes(self: SNSResponse) -> ActionResult:
    pending.expire(self.backend)
    return _subscription_attributes(self)


def _listing(name: str) -> Callable[[SNSResponse], ActionResult]:
    listed: Callable[[SNSResponse], ActionResult] = getattr(SNSResponse, name)

    def with_pending(self: SNSResponse) -> ActionResult:
        pending.expire(self.backend)
        result = listed(self)
        answer: Any = result.result
        rows = [
            {**vars(row), "SubscriptionArn": "PendingConfirmation", "TopicArn": row.topic_arn}
            if pending.is_pending(row)
            else row
            for row in answer["Subscriptions"]
        ]
        return ActionResult({**answer, "Subscriptions": rows})

    return with_pending


_REPLACED: tuple[tuple[type, dict[str, Callable[..., Any]]], ...] = (
    (
        SNSBackend,
        {
            "get_topic": _get_topic_by_arn,
            "subscribe": _subscribe_pending,
            "unsubscribe": _unsubscribe_confirmed,
        },
    ),
    (Subscription, {"publish": _publish_by_mail}),
    (
        SNSResponse,
        {
            "subscribe": _answer_subscribe,
            "confirm_subscription": _confirm_subscription,
            "get_topic_attributes": _answer_topic_attributes,
            "get_subscription_attributes": _answer_subscription_attributes,
            "list_subscriptions": _listing("list_subscriptions"),
            "list_subscriptions_by_topic": _listing("list_subscriptions_by_topic"),
        },
    ),
)


def install() -> None:
    """Puts pending subscriptions into moto; calling it twice changes nothing."""
    for owner, calls in _REPLACED:
        for name, call in calls.items():
            setattr(owner, name, call)
