"""A small project and an account that it is published to."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import boto3
import pytest

from publisher.aws.clients import Aws
from publisher.cli.columns import Block, text_of
from publisher.cli.screen import Screen
from tests.account import BUCKET, REGION, Account
from tests.conftest import Ran, Run, write_files

PORTFOLIO = """
display_name: ML
provider_name: Platform
regions: [us-west-2]
principals:
  - {principal_arn: "arn:{partition}:iam:::role/ml-team-*", principal_type: IAM_PATTERN}
products:
  - product: studio-*
    constraints:
      - type: LAUNCH
"""
FAMILY = """
family: studio
version: "1.0.0"
display_name: "Studio {size}"
owner: Platform
axes:
  size: {small: small, big: big}
combinations:
  - {size: [small, big]}
template: template/main.yaml.j2
content: {seed: content/seed}
"""
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: {{ content["seed"].key }}
{% if size == "big" %}
  Second:
    Type: AWS::SNS::Topic
{% endif %}
"""


def lines_of(blocks: Iterable[Block]) -> list[str]:
    """As a pipe gets them."""
    return text_of(blocks, Screen()).splitlines()


# Bootstrap makes them; these may do everything.
ROLES = ("launch-studio-big", "launch-studio-small")


def signalling(operation: str, number: int) -> Callable[..., Aws]:
    """For `main`: identities that send this process a signal when AWS has answered an operation once."""
    sent: list[int] = []

    def send(model: Any, **_: object) -> None:
        if model.name == operation and not sent:
            sent.append(number)
            signal.pthread_kill(threading.main_thread().ident or 0, number)
            # The handler runs in the main thread.
            time.sleep(0.2)

    class Signalled(Aws):
        def client(self, service: str) -> Any:
            client = super().client(service)
            client.meta.events.register("after-call", send, unique_id="signal")
            return client

    return Signalled


class Project:
    """A small project in a folder, and an account to publish it to, with launch roles."""

    def __init__(self, account: Account, root: Path, run: Run) -> None:
        self.account, self.root, self._run = account, root, run
        for role in ROLES:
            account.role(role, service="servicecatalog.amazonaws.com")
        self.write("portfolio/ml.yaml", PORTFOLIO)
        self.write("products/studio/product.yaml", FAMILY)
        self.write("products/studio/template/main.yaml.j2", TEMPLATE)
        self.write("products/studio/content/seed/README.md", "hello\n")

    def write(self, path: str, text: str) -> None:
        write_files(self.root, {path: text})

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert before in text
        self.write(path, text.replace(before, after))

    def drop_content(self) -> None:
        self.edit("products/studio/product.yaml", "content: {seed: content/seed}", "")
        self.edit("products/studio/template/main.yaml.j2", '{{ content["seed"].key }}', "x")

    def run(self, *words: str, **injected: Any) -> Ran:
        return self._run("--directory", self.root, *words, **injected)

    def bootstrap(self) -> None:
        self.account.build.bucket()

    def stored(self) -> list[str]:
        found = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return sorted(it["Key"] for it in found)


@pytest.fixture
def project(account: Account, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return Project(account, tmp_path, run)
