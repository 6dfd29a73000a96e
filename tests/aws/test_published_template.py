"""Reading the template of a version, with the text that AWS does not document to answer, and without it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from publisher.aws.published_template import NoTemplateError, template_text
from tests.account import BUCKET, REGION, TEMPLATE, Account
from tests.conftest import cases, raising

DOTTED = "edge.s3templates"
HOST = f"https://{BUCKET}.s3.{REGION}.amazonaws.com"
LARGE, BINARY = "large.yaml", "binary.yaml"


class Answering:
    """An account whose Service Catalog answers this Info for a version."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._product = account.build.product("studio")
        self._version = account.catalog.list_provisioning_artifacts(ProductId=self._product)[
            "ProvisioningArtifactDetails"
        ][0]["Id"]
        self.objects: Any = boto3.client("s3")
        place: Any = {"LocationConstraint": REGION}
        self.objects.create_bucket(Bucket=DOTTED, CreateBucketConfiguration=place)
        for bucket in (BUCKET, DOTTED):
            self.objects.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def text(self, info: dict[str, str] | None = None) -> str:
        def answered(parsed: dict[str, Any], **_: Any) -> None:
            parsed["Info"] = parsed["Info"] if info is None else info

        name = "after-call.service-catalog.DescribeProvisioningArtifact"
        self._account.catalog.meta.events.register(name, answered)
        try:
            return template_text(self._account.aws, product_id=self._product, version_id=self._version)
        finally:
            self._account.catalog.meta.events.unregister(name, answered)

    def put(self, key: str, body: bytes, bucket: str = BUCKET) -> str:
        return str(self.objects.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"])


@pytest.fixture
def answering(account: Account) -> Answering:
    return Answering(account)


def test_the_text_that_service_catalog_answers(answering: Answering) -> None:
    assert answering.text() == TEMPLATE


@cases(
    "url",
    {
        "the bucket in the host": f"{HOST}/a%20b.yaml",
        "a bucket with .s3 in its name": f"https://{DOTTED}.s3.{REGION}.amazonaws.com/a%20b.yaml",
        "the bucket in the path": f"https://s3.{REGION}.amazonaws.com/{BUCKET}/a%20b.yaml",
    },
)
def test_the_text_at_the_url(answering: Answering, url: str) -> None:
    bucket = DOTTED if DOTTED in url else BUCKET
    first = answering.put("a b.yaml", b"Resources: {}", bucket)
    answering.put("a b.yaml", b"Outputs: {}", bucket)
    assert answering.text({"TemplateUrl": url}) == "Outputs: {}"
    assert answering.text({"TemplateUrl": f"{url}?versionId={first}"}) == "Resources: {}"


@cases(
    ("info", "message"),
    {
        "no URL": ({}, "Service Catalog returned no URL of the template"),
        "no URL of an object": (
            {"TemplateUrl": "https://example.com"},
            "Service Catalog returned no URL of the template",
        ),
        "no text": ({"TemplateUrl": f"{HOST}/{BINARY}"}, "the template is not UTF-8: invalid start byte"),
        "a large object": (
            {"TemplateUrl": f"{HOST}/{LARGE}"},
            "the template has more than 1,048,576 bytes",
        ),
        "a large text": (
            {"CloudFormationTemplate": "\ud800" * 400_000},
            "the template has more than 1,048,576 bytes",
        ),
    },
)
def test_what_cannot_be_a_template(answering: Answering, info: dict[str, str], message: str) -> None:
    answering.put(LARGE, b"#" * 1_048_577)
    answering.put(BINARY, b"\xff")
    with raising(NoTemplateError, message, "save the template by hand"):
        answering.text(info)
