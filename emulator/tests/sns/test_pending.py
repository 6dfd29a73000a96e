from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend
from moto.sns.exceptions import SNSInvalidParameter, SNSNotFoundError

from catalog_emulator import install
from catalog_emulator import sns as local

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

ADDRESS = "ml-alerts@example.com"


@pytest.fixture(autouse=True)
def settings() -> Iterator[local.Settings]:
    before = replace(local.settings)
    yield local.settings
    local.settings.base_url, local.settings.valid_for = before.base_url, before.valid_for


@pytest.fixture
def sns() -> Iterator[SNSClient]:
    install()
    with mock_aws():
        yield boto3.client("sns", region_name="us-west-2")


@pytest.fixture
def topic(sns: SNSClient) -> str:
    return sns.create_topic(Name="alerts")["TopicArn"]


def subscribe(sns: SNSClient, topic: str, protocol: str = "email") -> str:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=ADDRESS, ReturnSubscriptionArn=True)
    return answer["SubscriptionArn"]


def token(mail: local.Mail) -> str:
    assert mail.link
    return parse_qs(urlsplit(mail.link).query)["Token"][0]


def confirmed(sns: SNSClient, topic: str, protocol: str = "email") -> str:
    arn = subscribe(sns, topic, protocol)
    local.confirm(topic, token(local.mails()[0]))
    return arn


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    reported: Any = error.value.response["Error"]
    return reported["Code"], reported["Message"]


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_a_subscription_starts_pending(sns: SNSClient, topic: str, protocol: str) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=ADDRESS)
    row = {
        "SubscriptionArn": "PendingConfirmation",
        "Owner": "123456789012",
        "Protocol": protocol,
        "Endpoint": ADDRESS,
        "TopicArn": topic,
    }
    assert answer["SubscriptionArn"] == "pending confirmation"
    assert sns.list_subscriptions()["Subscriptions"] == [row]
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == [row]
    numbers = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (numbers["SubscriptionsPending"], numbers["SubscriptionsConfirmed"]) == ("1", "0")


def test_the_arn_of_a_pending_subscription_is_returned_on_request(sns: SNSClient, topic: str) -> None:
    arn = subscribe(sns, topic)
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert arn.startswith(f"{topic}:")
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == (
        "true",
        "false",
    )


def test_a_mail_asks_for_confirmation(sns: SNSClient, topic: str, settings: local.Settings) -> None:
    settings.base_url = "http://127.0.0.1:4711"
    subscribe(sns, topic)
    (mail,) = local.mails()
    assert mail.link is not None
    parts = urlsplit(mail.link)
    assert (mail.to, mail.subject) == (ADDRESS, "AWS Notification - Subscription Confirmation")
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://127.0.0.1:4711/_emulator/sns/confirm"
    assert parse_qs(parts.query)["TopicArn"] == [topic]
    assert mail.link in mail.body
    assert topic in mail.body


def test_a_json_mail_asks_with_the_token(sns: SNSClient, topic: str) -> None:
    subscribe(sns, topic, "email-json")
    (mail,) = local.mails(ADDRESS)
    body = json.loads(mail.body)
    assert (body["Type"], body["SubscribeURL"]) == ("SubscriptionConfirmation", mail.link)
    assert body["Token"] == token(mail)


def test_a_second_subscribe_sends_the_mail_again(sns: SNSClient, topic: str) -> None:
    arns = {subscribe(sns, topic), subscribe(sns, topic)}
    first, second = local.mails()
    assert len(arns) == 1
    assert sns.confirm_subscription(TopicArn=topic, Token=token(first))["SubscriptionArn"] in arns
    assert sns.confirm_subscription(TopicArn=topic, Token=token(second))["SubscriptionArn"] in arns


def test_nothing_is_delivered_before_confirmation(sns: SNSClient, topic: str) -> None:
    subscribe(sns, topic)
    sns.publish(TopicArn=topic, Message="too early")
    assert len(local.mails()) == 1


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_over_http_nothing_is_sent_and_nobody_can_confirm(sns: SNSClient, topic: str, protocol: str) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=f"{protocol}://example.com/")
    sns.publish(TopicArn=topic, Message="it failed")
    (row,) = sns.list_subscriptions()["Subscriptions"]
    assert (answer["SubscriptionArn"], row["SubscriptionArn"]) == (
        "pending confirmation",
        "PendingConfirmation",
    )
    assert local.mails() == ()


def test_the_link_confirms(sns: SNSClient, topic: str) -> None:
    arn = subscribe(sns, topic)
    (mail,) = local.mails()
    assert local.confirm(topic, token(mail)) == arn
    (row,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert row["SubscriptionArn"] == arn
    assert (
        sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    )
    numbers = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (numbers["SubscriptionsPending"], numbers["SubscriptionsConfirmed"]) == ("0", "1")


def test_a_confirmed_subscription_is_not_asked_again(sns: SNSClient, topic: str) -> None:
    arn = confirmed(sns, topic)
    assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)["SubscriptionArn"] == arn
    assert len(local.mails()) == 1


def test_messages_arrive_after_confirmation(sns: SNSClient, topic: str) -> None:
    confirmed(sns, topic)
    sns.publish(TopicArn=topic, Message="it failed", Subject="Alert")
    sns.publish(TopicArn=topic, Message="it failed again")
    assert [(mail.to, mail.subject, mail.body, mail.link) for mail in local.mails()[1:]] == [
        (ADDRESS, "Alert", "it failed", None),
        (ADDRESS, "AWS Notification Message", "it failed again", None),
    ]


def test_json_messages_arrive_whole(sns: SNSClient, topic: str) -> None:
    confirmed(sns, topic, "email-json")
    sns.publish(TopicArn=topic, Message="it failed", Subject="Alert")
    body = json.loads(local.mails()[1].body)
    assert (body["Type"], body["TopicArn"], body["Subject"], body["Message"]) == (
        "Notification",
        topic,
        "Alert",
        "it failed",
    )


def test_filters_apply(sns: SNSClient, topic: str) -> None:
    sns.subscribe(
        TopicArn=topic,
        Protocol="email",
        Endpoint=ADDRESS,
        Attributes={"FilterPolicy": '{"kind": ["failed"]}'},
    )
    local.confirm(topic, token(local.mails()[0]))
    for kind in ("none", "failed"):
        attributes: Any = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    assert [mail.body for mail in local.mails()[1:]] == ["failed"]


def test_the_e_mail_part_of_a_structured_message_is_sent(sns: SNSClient, topic: str) -> None:
    confirmed(sns, topic)
    message = json.dumps({"default": "short", "email": "long"})
    sns.publish(TopicArn=topic, Message=message, MessageStructure="json")
    assert local.mails()[1].body == "long"


@pytest.mark.parametrize("wrong", ["", "0" * 64], ids=["none", "another"])
def test_a_wrong_token_is_refused(sns: SNSClient, topic: str, wrong: str) -> None:
    subscribe(sns, topic)
    with pytest.raises(ClientError) as error:
        sns.confirm_subscription(TopicArn=topic, Token=wrong)
    assert refusal(error) == ("InvalidParameter", "Invalid parameter: Token")


def test_a_token_belongs_to_its_topic(sns: SNSClient, topic: str) -> None:
    other = sns.create_topic(Name="other")["TopicArn"]
    subscribe(sns, topic)
    with pytest.raises(SNSInvalidParameter, match="Invalid parameter: Token"):
        local.confirm(other, token(local.mails()[0]))


def test_a_link_of_a_deleted_topic(sns: SNSClient, topic: str) -> None:
    subscribe(sns, topic)
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(SNSNotFoundError, match="Topic does not exist"):
        local.confirm(topic, token(local.mails()[0]))


def test_a_link_without_a_topic_is_refused() -> None:
    with pytest.raises(SNSInvalidParameter, match="Invalid parameter: TopicArn"):
        local.confirm("alerts", "0")


def test_a_pending_subscription_cannot_be_unsubscribed(sns: SNSClient, topic: str) -> None:
    arn = subscribe(sns, topic)
    with pytest.raises(ClientError) as error:
        sns.unsubscribe(SubscriptionArn=arn)
    assert refusal(error) == (
        "InvalidParameter",
        "Invalid parameter: SubscriptionArn Reason:"
        " Cannot unsubscribe a subscription that is pending confirmation",
    )


def test_a_confirmed_subscription_can(sns: SNSClient, topic: str) -> None:
    arn = confirmed(sns, topic)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_pending_subscriptions_are_deleted_with_their_topic(sns: SNSClient, topic: str) -> None:
    subscribe(sns, topic)
    sns.delete_topic(TopicArn=topic)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_pending_subscriptions_expire(sns: SNSClient, topic: str, settings: local.Settings) -> None:
    arn = subscribe(sns, topic)
    settings.valid_for = timedelta(0)
    with pytest.raises(SNSInvalidParameter, match="Invalid parameter: Token"):
        local.confirm(topic, token(local.mails()[0]))
    assert sns.list_subscriptions()["Subscriptions"] == []
    with pytest.raises(ClientError) as error:
        sns.get_subscription_attributes(SubscriptionArn=arn)
    assert refusal(error)[0] == "NotFound"


def test_after_expiry_the_address_can_subscribe_again(
    sns: SNSClient, topic: str, settings: local.Settings
) -> None:
    old = subscribe(sns, topic)
    settings.valid_for = timedelta(0)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    settings.valid_for = timedelta(hours=48)
    assert subscribe(sns, topic) != old


def test_an_address_is_needed(sns: SNSClient, topic: str) -> None:
    with pytest.raises(ClientError) as error:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="nobody")
    assert refusal(error) == ("InvalidParameter", "Invalid parameter: Email address")


def test_other_protocols_are_unchanged(sns: SNSClient, topic: str) -> None:
    sqs = boto3.client("sqs", region_name="us-west-2")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    endpoint = "arn:aws:sqs:us-west-2:123456789012:q"
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="hello")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert local.mails() == ()


def test_a_reset_of_moto_empties_the_mailbox(sns: SNSClient, topic: str) -> None:
    subscribe(sns, topic)
    moto_api_backend.reset()
    assert local.mails() == ()


def test_what_is_no_arn_of_a_topic_is_refused(sns: SNSClient) -> None:
    for call in (sns.get_topic_attributes, sns.list_subscriptions_by_topic, sns.delete_topic):
        with pytest.raises(sns.exceptions.InvalidParameterException, match="at least 6 elements, not 1"):
            call(TopicArn="alerts")
