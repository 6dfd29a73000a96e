"""The role is that of the newest template. What becomes of launches of a version that has more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from publisher.permissions import Scope, launch_policies
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
# It keeps what the older one has more, under a condition that never holds; another ID keeps the former name.
CAREFUL: Mapping[str, Any] = {
    "Conditions": {"Never": {"Fn::Equals": ["yes", "no"]}},
    "Resources": {
        **NEWER["Resources"],
        **{
            {"Renamed": "Former"}.get(name, name): {**OLDER["Resources"][name], "Condition": "Never"}
            for name in ("Dropped", "Renamed", "Of")
        },
    },
}


def role(template: Mapping[str, Any]) -> Grant:
    return grant(launch_policies(dict(template), scope=Scope()))


def launched(account: Launches, newer: Mapping[str, Any] = NEWER) -> Product:
    """Of the older version, whose role bootstrap then replaces."""
    body, changed = json.dumps(OLDER), json.dumps(newer)
    product = Product(name="p", body=body, changed=changed, parameters={}, others={})
    assert account.run(product, role(OLDER), operations=["launch"]).failed is None
    return product


def left(account: Launches) -> list[str]:
    """Topics by their logical ID or name, and queues."""
    topics = [it["TopicArn"].split(":")[-1] for it in account.client("sns").list_topics()["Topics"]]
    queues = [it.split("/")[-1] for it in account.client("sqs").list_queues().get("QueueUrls", ())]
    return sorted(it.split("-")[-2] if it.startswith("SC-") else it for it in (*topics, *queues))


@cases(
    ("newer", "found"),
    {
        "dropped": (NEWER, ["Dropped", "Kept", "after", "another-type", "before"]),
        "under a condition": (CAREFUL, ["Kept", "after"]),
    },
)
def test_an_update_leaves_behind_what_the_newer_role_cannot_delete(
    newer: Mapping[str, Any], found: list[str]
) -> None:
    with launches() as account:
        product = launched(account, newer)
        account.allow(product.name, role(newer))
        assert account.update(product) == ""
        assert left(account) == found


def test_a_launch_of_an_older_version_is_terminated_with_a_role_that_knows_what_it_has() -> None:
    with launches() as account:
        product = launched(account)
        outcome = account.run(product, role(NEWER), operations=["terminate"], clean=False)
        assert "is not authorized to perform: s" in outcome.reason
        assert left(account) == ["Dropped", "another-type", "before"]
        assert account.run(product, role(CAREFUL), operations=["terminate"]).failed is None
        assert left(account) == []
