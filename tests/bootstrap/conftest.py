from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from publisher.aws import Aws
from publisher.bootstrap import Bootstrap, LaunchRole
from publisher.local import cloudformation, servicecatalog
from publisher.templates.permissions import Policy

ACCOUNT = "123456789012"


def policy(number: int, *actions: str) -> Policy:
    statement = {
        "Sid": f"Only{number}",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*",
    }
    return Policy(number=number, text=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def launch_role(product: str, *actions: str, policies: int = 1) -> LaunchRole:
    return LaunchRole(
        product=product,
        name=f"launch-{product}",
        policies=tuple(policy(number, *(actions or ("sns:Subscribe",))) for number in range(1, policies + 1)),
    )


class Account:
    """An AWS account in moto, seen from any Region; `notes` are the lines of progress."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._regions: dict[str, Aws] = {}

    def aws(self, region: str = "us-west-2") -> Aws:
        return self._regions.setdefault(region, Aws(region=region))

    def client(self, service: str, region: str = "us-west-2") -> Any:
        return self.aws(region).client(service)

    def bootstrap(self, region: str = "us-west-2") -> Bootstrap:
        return Bootstrap(self.aws(region), aws_in=self.aws, note=self.notes.append, sleep=lambda _: None)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    cloudformation.install()
    servicecatalog.install()
    with mock_aws():
        yield Account()
