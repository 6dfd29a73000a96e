from __future__ import annotations

from dataclasses import replace

from catalog_emulator.sns import mails

from publisher.errors import AwsError, PublisherError, Refused
from publisher.launch.alerts import Alerts, alerts_of, await_confirmation, resend
from tests.conftest import raising
from tests.launch.account import EMAIL, ROLES, Account, follow_the_link

AGAIN = "run publisher alerts x.yaml --resend to resend the email"


def unsubscribe(account: Account, alerts: Alerts) -> None:
    follow_the_link()
    account.client("sns").unsubscribe(SubscriptionArn=alerts.subscription)


def test_none(account: Account) -> None:
    assert alerts_of(account.aws, ROLES.alerts, {}) == Alerts()
    assert alerts_of(account.aws, ROLES.alerts, {"AlertsTopicArn": "arn:t"}) == Alerts(topic="arn:t")
    assert alerts_of(account.aws, None, {"AlertsTopicArn": "arn:t"}) == Alerts()
    assert Alerts().document() == {"endpoint": "", "state": "none"}


def test_from_pending_to_deleted(account: Account) -> None:
    outputs = account.launched()
    pending = alerts_of(account.aws, ROLES.alerts, outputs)
    assert pending == Alerts(
        state="pending",
        endpoint=EMAIL,
        topic=outputs["AlertsTopicArn"],
        subscription=outputs["AlertsSubscriptionArn"],
    )
    follow_the_link()
    assert alerts_of(account.aws, ROLES.alerts, outputs) == replace(pending, state="confirmed")
    account.client("sns").unsubscribe(SubscriptionArn=pending.subscription)
    assert alerts_of(account.aws, ROLES.alerts, outputs) == replace(pending, state="deleted", endpoint="")
    assert alerts_of(account.aws, ROLES.alerts, outputs, endpoint=EMAIL) == replace(pending, state="deleted")


def test_resend_while_pending(account: Account) -> None:
    pending = alerts_of(account.aws, ROLES.alerts, account.launched())
    assert len(mails(EMAIL)) == 1
    assert resend(account.aws, pending) == pending
    assert len(mails(EMAIL)) == 2
    follow_the_link(0)
    confirmed = replace(pending, state="confirmed")
    assert resend(account.aws, confirmed) == confirmed
    assert len(mails(EMAIL)) == 2


def test_resend_after_deletion(account: Account) -> None:
    """Another subscription, which the topic's list shows: the output still names the first."""
    outputs = account.launched()
    unsubscribe(account, alerts_of(account.aws, ROLES.alerts, outputs))
    again = resend(account.aws, alerts_of(account.aws, ROLES.alerts, outputs, endpoint=EMAIL))
    assert again.state == "pending"
    assert again.subscription != outputs["AlertsSubscriptionArn"]
    assert alerts_of(account.aws, ROLES.alerts, outputs, endpoint=EMAIL).state == "pending"
    follow_the_link()
    assert alerts_of(account.aws, ROLES.alerts, outputs, endpoint=EMAIL).state == "confirmed"


def test_resend_without_an_address(account: Account) -> None:
    outputs = account.launched()
    unsubscribe(account, alerts_of(account.aws, ROLES.alerts, outputs))
    with raising(
        Refused,
        f"{outputs['AlertsTopicArn']}: the address of the deleted subscription is unknown",
        "run publisher alerts CONFIG --resend with its config: it has the address",
    ):
        resend(account.aws, alerts_of(account.aws, ROLES.alerts, outputs))


def test_wait(account: Account) -> None:
    pending = alerts_of(account.aws, ROLES.alerts, account.launched())
    clock = account.clock
    naps = 0

    def sleep(seconds: float) -> None:
        nonlocal naps
        naps += 1
        if naps == 3:
            follow_the_link()
        clock.sleep(seconds)

    found = await_confirmation(account.aws, pending, minutes=1, clock=replace(clock, sleep=sleep), hint=AGAIN)
    assert (found, naps) == (replace(pending, state="confirmed"), 3)


def test_wait_in_vain(account: Account) -> None:
    pending = alerts_of(account.aws, ROLES.alerts, account.launched())
    with raising(PublisherError, f"{EMAIL}: alerts were not confirmed within 0.5 minutes", AGAIN):
        await_confirmation(account.aws, pending, minutes=0.5, clock=account.clock, hint=AGAIN)


def test_wait_for_what_is_deleted(account: Account) -> None:
    outputs = account.launched()
    unsubscribe(account, alerts_of(account.aws, ROLES.alerts, outputs))
    deleted = alerts_of(account.aws, ROLES.alerts, outputs, endpoint=EMAIL)
    with raising(PublisherError, f"{EMAIL}: the alert subscription was deleted", AGAIN):
        await_confirmation(account.aws, deleted, minutes=1, clock=account.clock, hint=AGAIN)


def test_a_subscription_that_cannot_be_read(account: Account) -> None:
    outputs = account.launched()
    account.deny("sns", "GetSubscriptionAttributes", code="AuthorizationError")
    with raising(
        AwsError,
        f"{outputs['AlertsSubscriptionArn']}: cannot read the alert subscription: "
        "GetSubscriptionAttributes answered AuthorizationError: not for you",
        "allow this operation in your role's policy, or choose another --profile",
    ):
        alerts_of(account.aws, ROLES.alerts, outputs)
