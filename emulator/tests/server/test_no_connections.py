"""Whatever an account is asked to deliver to, the endpoint connects to nothing, and answers."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config

from tests.conftest import Local, cases

# A call that waits for a connection would wait for ever.
_QUICK: Any = Config(read_timeout=20, retries={"total_max_attempts": 1})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody's port, which nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def published(local: Local, url: str) -> Any:
    sns = local.client("sns", config=_QUICK)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol=url.partition(":")[0], Endpoint=url)
    sns.publish(TopicArn=topic, Message="it failed")
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return found["SubscriptionArn"]


def put(local: Local, url: str) -> Any:
    firehose = local.client("firehose", config=_QUICK)
    role = "arn:aws:iam::111111111111:role/emulator-launcher"
    firehose.create_delivery_stream(
        DeliveryStreamName="records",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": url},
            "S3Configuration": {"RoleARN": role, "BucketARN": "arn:aws:s3:::plain"},
        },
    )
    return bool(firehose.put_record(DeliveryStreamName="records", Record={"Data": b"x"})["RecordId"])


@cases(
    ("deliver", "answer"),
    {
        # The request to confirm is not sent either, so that nobody knows the token.
        "SNS": (published, "PendingConfirmation"),
        # Delivery comes later in AWS, too: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html
        "Firehose": (put, True),
    },
)
@pytest.mark.parametrize("to", ["another", "itself"])
def test_nothing_is_delivered(
    local: Local, listener: socket.socket, deliver: Any, answer: Any, to: str
) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/" if to == "another" else local.endpoint.url
    assert deliver(local, url) == answer
    with pytest.raises(BlockingIOError):
        listener.accept()
