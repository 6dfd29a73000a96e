"""Launches of older versions, with a role of the newest template only, and one that keeps more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from publisher.permissions import Scope, needs, policies
from tests.conftest import cases
from tests.roles.account import Grant, Launches, Product, launches
from tests.roles.products import grant

TOPIC, QUEUE = "AWS::SNS::Topic", "AWS::SQS::Queue"
KEPT = {"Kept": {"Type": TOPIC}}
OLDER: Mapping[str, Any] = {
    "Resources": {
        **KEPT,
        "Dropped": {"Type": TOPIC},
        "Renamed": {"Type": TOPIC, "Properties": {"TopicName": "before"}},
        "Of": {"Type": QUEUE, "Properties": {"QueueName": "another-type"}},
    }
}
NEWER: Mapping[str, Any] = {
    "Resources": {**KEPT, "Renamed": {"Type": TOPIC, "Properties": {"TopicName": "after"}}}
}


def role(*templates: Mapping[str, Any]) -> Grant:
    found = [need for template in templates for need in needs(template, scope=Scope())]
    return grant(policies(found))


def launched(account: Launches) -> Product:
    """Of the older version, whose role bootstrap then replaces."""
    body, changed = json.dumps(OLDER), json.dumps(NEWER)
    product = Product(name="p", body=body, changed=changed, parameters={}, others={})
    assert account.run(product, role(OLDER), operations=["launch"]).failed is None
    return product


def left(account: Launches) -> list[str]:
    """Topics by their logical ID or name, and queues."""
    topics = [it["TopicArn"].split(":")[-1] for it in account.client("sns").list_topics()["Topics"]]
    queues = [it.split("/")[-1] for it in account.client("sqs").list_queues().get("QueueUrls", ())]
    return sorted(it.split("-")[-2] if it.startswith("SC-") else it for it in (*topics, *queues))


@cases(
    ("known", "found"),
    {
        "the newest": ((NEWER,), ["Dropped", "Kept", "after", "another-type", "before"]),
        "both": ((NEWER, OLDER), ["Kept", "after"]),
    },
)
def test_an_update_leaves_behind_what_the_role_cannot_delete(
    known: Sequence[Mapping[str, Any]], found: list[str]
) -> None:
    with launches() as account:
        product = launched(account)
        account.allow(product.name, role(*known))
        assert account.update(product) == ""
        assert left(account) == found


def test_a_launch_of_an_older_version_is_terminated_with_a_role_that_knows_it() -> None:
    with launches() as account:
        product = launched(account)
        outcome = account.run(product, role(NEWER), operations=["terminate"], clean=False)
        assert "is not authorized to perform: s" in outcome.reason
        assert left(account) == ["Dropped", "another-type", "before"]
        assert account.run(product, role(NEWER, OLDER), operations=["terminate"]).failed is None
        assert left(account) == []
