"""Topics and subscriptions. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html"""

from __future__ import annotations

import json
from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed, exists_already, listed
from catalog_emulator.cloudformation.types.shapes import Exact, text
from catalog_emulator.cloudformation.types.tags import Tagging, wanted

TOPIC_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)
DEFAULT_ID = "__default_policy_ID"
SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicyScope",
    "FilterPolicy",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)


class Sns(Managed):
    """What the SNS types share."""

    service = "sns"
    gone = ("NotFound", "NotFoundException")


class Topic(Sns):
    """AWS::SNS::Topic: Ref is the ARN."""

    type_name = "AWS::SNS::Topic"
    tagging = Tagging(service="sns", target="ResourceArn")

    def create(self, context: Context, properties: Properties) -> Made:
        """The topic with its inline subscriptions."""
        fifo = ".fifo" if text(properties.get("FifoTopic", False)) == "true" else ""
        name = properties.get("TopicName") or f"{context.name(256 - len(fifo))}{fifo}"
        arn = self.arn(context, name)
        if arn in self._topics(context):
            raise exists_already(arn)
        attributes = {key: properties[key] for key in TOPIC_ATTRIBUTES if properties.get(key) is not None}
        tags = wanted(context, properties)
        self.call(context, "create_topic", {"Name": name, "Attributes": attributes, "Tags": tags})
        with self.undone(context, arn, properties):
            self._subscribe(context, arn, {}, properties)
        return self._made(arn)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Attributes, subscriptions, tags."""
        for name in TOPIC_ATTRIBUTES:
            if before.get(name) != after.get(name):
                request = {
                    "TopicArn": physical_id,
                    "AttributeName": name,
                    "AttributeValue": after.get(name, ""),
                }
                self.call(context, "set_topic_attributes", request)
        self._subscribe(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The topic and all its subscriptions."""
        self.call(context, "delete_topic", {"TopicArn": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Attributes and inline subscriptions."""
        attributes = self.call(context, "get_topic_attributes", {"TopicArn": physical_id})["Attributes"]
        subscriptions = [
            {"Endpoint": item["Endpoint"], "Protocol": item["Protocol"]}
            for item in self._subscriptions(context, physical_id)
        ]
        declared = listed(properties.get("Subscription"))
        return {
            "TopicName": physical_id.rsplit(":", 1)[-1],
            "Subscription": [item for item in declared if item in subscriptions],
            **{name: attributes.get(name) or None for name in TOPIC_ATTRIBUTES if name in attributes},
            "KmsMasterKeyId": attributes.get("KmsMasterKeyId") or None,
        }

    def _topics(self, context: Context) -> set[str]:
        pages = context.client("sns").get_paginator("list_topics").paginate()
        return {topic["TopicArn"] for page in pages for topic in page["Topics"]}

    def _subscriptions(self, context: Context, arn: str) -> list[Any]:
        pages = context.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        return [item for page in pages for item in page["Subscriptions"]]

    def _subscribe(self, context: Context, arn: str, before: Properties, after: Properties) -> None:
        old, new = (listed(side.get("Subscription")) for side in (before, after))
        for item in new:
            if item not in old:
                self.call(context, "subscribe", item, TopicArn=arn)
        for item in self._subscriptions(context, arn):
            plain = {"Endpoint": item["Endpoint"], "Protocol": item["Protocol"]}
            if plain in old and plain not in new and item["SubscriptionArn"].startswith("arn:"):
                self.call(context, "unsubscribe", item)

    def _made(self, arn: str) -> Made:
        return Made(physical_id=arn, attributes={"TopicArn": arn, "TopicName": arn.rsplit(":", 1)[-1]})


class TopicPolicy(Sns):
    """AWS::SNS::TopicPolicy: one document for several topics."""

    type_name = "AWS::SNS::TopicPolicy"

    def create(self, context: Context, properties: Properties) -> Made:
        """Puts the document on each topic."""
        name = context.name()
        return self.update(context, name, {}, properties)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Puts it where it is wanted, gives the others SNS's default policy back."""
        for arn in topics(after):
            put_policy(self, context, arn, after["PolicyDocument"])
        for arn in topics(before):
            if arn not in topics(after):
                put_policy(self, context, arn, default_policy(context, arn))
        return Made(physical_id=physical_id, attributes={"Id": physical_id})

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Gives each topic SNS's default policy back."""
        for arn in topics(properties):
            put_policy(self, context, arn, default_policy(context, arn))

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The document of the first topic that has another one."""
        documents = [json.loads(policy_of(self, context, arn)) for arn in topics(properties)]
        if all(document.get("Id") == DEFAULT_ID for document in documents):
            return None
        other = [document for document in documents if document != properties["PolicyDocument"]]
        return {"PolicyDocument": Exact((other or documents)[0]), "Topics": topics(properties)}


class TopicInlinePolicy(Sns):
    """AWS::SNS::TopicInlinePolicy: the policy of one topic; Ref is the topic's ARN."""

    type_name = "AWS::SNS::TopicInlinePolicy"

    def create(self, context: Context, properties: Properties) -> Made:
        """Puts the document."""
        return self.update(context, properties["TopicArn"], {}, properties)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Puts the document."""
        put_policy(self, context, physical_id, after["PolicyDocument"])
        return Made(physical_id=physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Gives the topic SNS's default policy back."""
        put_policy(self, context, physical_id, default_policy(context, physical_id))

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The document."""
        document = json.loads(policy_of(self, context, physical_id))
        if document.get("Id") == DEFAULT_ID:
            return None
        return {"TopicArn": physical_id, "PolicyDocument": Exact(document)}


class Subscription(Sns):
    """AWS::SNS::Subscription: Ref is the ARN, also while it waits for confirmation."""

    type_name = "AWS::SNS::Subscription"

    def create(self, context: Context, properties: Properties) -> Made:
        """Subscribes; an e-mail address is asked to confirm, and the stack does not wait for it."""
        attributes = {
            key: properties[key] for key in SUBSCRIPTION_ATTRIBUTES if properties.get(key) is not None
        }
        answer = self.call(
            context, "subscribe", properties, Attributes=attributes, ReturnSubscriptionArn=True
        )
        return self._made(answer["SubscriptionArn"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Attributes; endpoint, protocol and topic are create-only."""
        for name in SUBSCRIPTION_ATTRIBUTES:
            if before.get(name) != after.get(name):
                self.call(
                    context,
                    "set_subscription_attributes",
                    {
                        "SubscriptionArn": physical_id,
                        "AttributeName": name,
                        "AttributeValue": after.get(name, ""),
                    },
                )
        return self._made(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Unsubscribes; SNS refuses that while it is pending, and CloudFormation then leaves it to expire."""
        request = {"SubscriptionArn": physical_id}
        attributes = self.call(context, "get_subscription_attributes", request)["Attributes"]
        if attributes.get("PendingConfirmation") != "true":
            self.call(context, "unsubscribe", request)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Its attributes."""
        request = {"SubscriptionArn": physical_id}
        attributes = self.call(context, "get_subscription_attributes", request)["Attributes"]
        names = ("Endpoint", "Protocol", "TopicArn", *SUBSCRIPTION_ATTRIBUTES)
        return {name: attributes.get(name) for name in names}

    def _made(self, arn: str) -> Made:
        return Made(physical_id=arn, attributes={"Arn": arn})


def topics(properties: Properties) -> list[str]:
    """The ARNs that a topic policy names."""
    return listed(properties.get("Topics"))


def put_policy(managed: Sns, context: Context, arn: str, document: Any) -> None:
    """Sets a topic's policy."""
    request = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": document}
    managed.call(context, "set_topic_attributes", request)


def policy_of(managed: Sns, context: Context, arn: str) -> str:
    """A topic's policy, as JSON text."""
    return str(managed.call(context, "get_topic_attributes", {"TopicArn": arn})["Attributes"]["Policy"])


def default_policy(context: Context, arn: str) -> dict[str, Any]:
    """What SNS gives a new topic: its owner may do everything.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    return {
        "Version": "2008-10-17",
        "Id": DEFAULT_ID,
        "Statement": [
            {
                "Effect": "Allow",
                "Sid": "__default_statement_ID",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in actions],
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": context.account_id}},
            }
        ],
    }
