"""The versions that an account has: what each changed, read once, whatever others wrote there."""

from __future__ import annotations

from typing import Any

import pytest

from publisher.catalog import ServiceCatalog
from publisher.catalog.kinds.product import FAMILY_TAG, PRODUCT_TAG
from publisher.planning.product_changes import ProductChanges
from publisher.planning.product_history import ProductHistory
from publisher.publishing.published_histories import KnownTemplates, published_histories
from publisher.publishing.template_bucket import TemplateBucket
from tests.account import Account

QUEUE = "Resources: {{Queue: {{Type: 'AWS::SQS::Queue', Properties: {{QueueName: {}}}}}}}\n"
READ = "servicecatalog:DescribeProvisioningArtifact"


def digest(digit: str) -> str:
    return f"sha256:{digit * 12}"


class Published:
    """Products in an account, with a version of each digest."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.known = KnownTemplates()
        self.ids: dict[str, str] = {}

    def version(self, product: str, name: str, template: str, description: str = "") -> None:
        client = self.account.catalog
        artifact: dict[str, Any] = {
            "Name": name,
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": self.account.build.store(template)},
            **({"Description": description} if description else {}),
        }
        if product in self.ids:
            client.create_provisioning_artifact(ProductId=self.ids[product], Parameters=artifact)
            return
        made = client.create_product(
            Name=product,
            Owner="ML",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=artifact,
            Tags=[{"Key": PRODUCT_TAG, "Value": product}, {"Key": FAMILY_TAG, "Value": "tools"}],
        )
        self.ids[product] = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]

    def histories(self) -> tuple[dict[str, ProductHistory], int]:
        """With the number of templates that were read."""
        aws = self.account.aws
        catalog = ServiceCatalog(aws, bucket=TemplateBucket(aws, {}))
        observed = catalog.observe()
        before = aws.calls[READ]
        return published_histories(catalog, observed, self.known), aws.calls[READ] - before


@pytest.fixture
def published(account: Account) -> Published:
    return Published(account)


def changed(history: ProductHistory) -> list[tuple[str, str | None]]:
    """Each version with the paths that it changed, or why they are not known."""

    def words(found: ProductChanges | None) -> str | None:
        return None if found is None else (found.reason or ", ".join(it.path for it in found.changes or ()))

    return [(it.name, words(it.changed)) for it in history.versions]


def test_each_template_is_read_and_judged_once(published: Published) -> None:
    for product in ("tools-a", "tools-b"):
        for number, digit in enumerate("123"):
            published.version(product, f"1.{number}.0", QUEUE.format(digit), f"tools {digest(digit)}")
    histories, reads = published.histories()
    assert (sorted(histories), reads) == (["tools-a", "tools-b"], 3)
    history = histories["tools-a"]
    assert changed(history) == [
        ("1.2.0", "Queue.QueueName"),
        ("1.1.0", "Queue.QueueName"),
        ("1.0.0", None),
    ]
    assert (history.current, {it.place for it in history.versions}) == ("1.2.0", {"published"})
    assert history.template is not None
    assert history.template["Resources"]["Queue"]["Properties"] == {"QueueName": 3}
    assert published.histories() == (histories, 0)
    published.version("tools-b", "1.3.0", QUEUE.format("4"), digest("4"))
    again, reads = published.histories()
    assert (again["tools-a"], reads) == (history, 1)
    assert changed(again["tools-b"])[0] == ("1.3.0", "Queue.QueueName")


def test_what_launches_take_is_current(published: Published) -> None:
    for number in range(3):
        published.version("tools-a", f"1.{number}.0", QUEUE.format(number), digest(str(number)))
    client, product = published.account.catalog, published.ids["tools-a"]
    newest = client.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"][-1]["Id"]
    client.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=newest, Guidance="DEPRECATED"
    )
    history = published.histories()[0]["tools-a"]
    assert (history.current, history.shown) == ("1.1.0", history.versions[1])
    assert [it.artifact.guidance for it in history.versions] == ["DEPRECATED", "DEFAULT", "DEFAULT"]


def test_versions_of_others_and_templates_that_are_none(published: Published) -> None:
    published.version("tools-a", "v1", QUEUE.format("1"))
    published.version("tools-a", "v2", QUEUE.format("2"))
    published.version("tools-a", "v3", "Resources: {A: &a {Type: 'AWS::SQS::Queue'}, B: *a}")
    histories, _ = published.histories()
    history = histories["tools-a"]
    assert history.template is None
    assert history.unread.startswith("published template:1:16: T010 invalid YAML: anchors")
    assert changed(history) == [("v3", history.unread), ("v2", "Queue.QueueName"), ("v1", None)]
    assert published.histories()[0] == histories
