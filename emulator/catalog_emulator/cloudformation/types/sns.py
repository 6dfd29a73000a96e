"""Topics and subscriptions. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html"""

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, code, exists_already, listed
from catalog_emulator.cloudformation.types.shapes import Exact, text
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

TOPIC_ATTRIBUTES = (
    *("ContentBasedDeduplication", "DisplayName", "FifoTopic"),
    *("KmsMasterKeyId", "SignatureVersion", "TracingConfig"),
)
DEFAULT_ID = "__default_policy_ID"
SUBSCRIPTION_ATTRIBUTES = (
    *("DeliveryPolicy", "FilterPolicyScope", "FilterPolicy"),
    *("RawMessageDelivery", "RedrivePolicy", "SubscriptionRoleArn"),
)


class Sns(ServiceType):
    """What the SNS types share."""

    service = "sns"
    gone = ("NotFound", "NotFoundException")


class Topic(Sns):
    """AWS::SNS::Topic: Ref is the ARN."""

    tagging = Tagging(service="sns", target="ResourceArn")
    deletion = ("delete_topic", "TopicArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        fifo = ".fifo" if text(properties.get("FifoTopic", False)) == "true" else ""
        name = properties.get("TopicName") or f"{context.name(256 - len(fifo))}{fifo}"
        arn = self.arn(context, name)
        if self._exists(context, arn):
            raise exists_already(arn)
        attributes = {key: properties[key] for key in TOPIC_ATTRIBUTES if properties.get(key) is not None}
        tags = desired_tags(context, properties)
        self.call(context, "create_topic", {"Name": name, "Attributes": attributes, "Tags": tags})
        with self.undo_on_failure(context, arn, properties):
            self._subscribe(context, arn, {}, properties)
        return self.made(context, arn)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        for change in _changes(TOPIC_ATTRIBUTES, before, after):
            self.call(context, "set_topic_attributes", change, TopicArn=physical_id)
        self._subscribe(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self.made(context, physical_id)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
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

    def _exists(self, context: Context, arn: str) -> bool:
        """By a read that AWS's handler does not make, so that no launch needs its permission."""
        try:
            self.call(context, "list_tags_for_resource", {"ResourceArn": arn})
        except ClientError as error:
            if code(error) != "ResourceNotFound":
                raise
            return False
        return True

    def _subscriptions(self, context: Context, arn: str) -> list[Any]:
        pages = context.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        return [item for page in pages for item in page["Subscriptions"]]

    def _subscribe(self, context: Context, arn: str, before: Properties, after: Properties) -> None:
        old, new = (listed(side.get("Subscription")) for side in (before, after))
        for item in new:
            if item not in old:
                self.call(context, "subscribe", item, TopicArn=arn)
        for item in self._subscriptions(context, arn) if old else ():
            plain = {"Endpoint": item["Endpoint"], "Protocol": item["Protocol"]}
            if plain in old and plain not in new and item["SubscriptionArn"].startswith("arn:"):
                self.call(context, "unsubscribe", item)

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        name = physical_id.rsplit(":", 1)[-1]
        return Made(physical_id=physical_id, attributes={"TopicArn": physical_id, "TopicName": name})


class TopicPolicy(Sns):
    """AWS::SNS::TopicPolicy: one document for several topics."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = context.name()
        return self.update(context, name, {}, properties)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        for arn in listed(after.get("Topics")):
            self._put(context, arn, after["PolicyDocument"])
        for arn in listed(before.get("Topics")):
            if arn not in listed(after.get("Topics")):
                self._put(context, arn, _default_policy(context, arn))
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        for arn in listed(properties.get("Topics")):
            self._put(context, arn, _default_policy(context, arn))

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        documents = [json.loads(self._policy(context, arn)) for arn in listed(properties.get("Topics"))]
        if all(document.get("Id") == DEFAULT_ID for document in documents):
            return None
        other = [document for document in documents if document != properties["PolicyDocument"]]
        return {"PolicyDocument": Exact((other or documents)[0]), "Topics": listed(properties.get("Topics"))}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={"Id": physical_id})

    def _put(self, context: Context, arn: str, document: Any) -> None:
        request = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": document}
        self.call(context, "set_topic_attributes", request)

    def _policy(self, context: Context, arn: str) -> str:
        return str(self.call(context, "get_topic_attributes", {"TopicArn": arn})["Attributes"]["Policy"])


class Subscription(Sns):
    """AWS::SNS::Subscription: Ref is the ARN, also while it waits for confirmation."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        names = [name for name in SUBSCRIPTION_ATTRIBUTES if properties.get(name) is not None]
        request = {"Attributes": {name: properties[name] for name in names}, "ReturnSubscriptionArn": True}
        return self.made(context, self.call(context, "subscribe", properties, **request)["SubscriptionArn"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        for change in _changes(SUBSCRIPTION_ATTRIBUTES, before, after):
            self.call(context, "set_subscription_attributes", change, SubscriptionArn=physical_id)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        # SNS refuses to unsubscribe a pending one, which CloudFormation leaves to expire.
        request = {"SubscriptionArn": physical_id}
        attributes = self.call(context, "get_subscription_attributes", request)["Attributes"]
        if attributes.get("PendingConfirmation") != "true":
            self.call(context, "unsubscribe", request)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        request = {"SubscriptionArn": physical_id}
        attributes = self.call(context, "get_subscription_attributes", request)["Attributes"]
        names = ("Endpoint", "Protocol", "TopicArn", *SUBSCRIPTION_ATTRIBUTES)
        return {name: attributes.get(name) for name in names}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={"Arn": physical_id})


def _changes(names: Iterable[str], before: Properties, after: Properties) -> list[dict[str, Any]]:
    return [
        {"AttributeName": name, "AttributeValue": after.get(name, "")}
        for name in names
        if before.get(name) != after.get(name)
    ]


def _default_policy(context: Context, arn: str) -> dict[str, Any]:
    """The policy of a new topic, whose owner may do everything.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    actions = (
        *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission"),
        *("DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"),
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
