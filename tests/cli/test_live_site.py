"""The pages of the local endpoint: what they show of its account, and what they never show."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from publisher.launch.request import CONFIG_TAG, PRODUCT_TAG
from tests.conftest import Local, cases

pytestmark = pytest.mark.account

PRODUCT, NAME, HOSTILE = "ml-project-starter-s3", "edge-dev-b001-ml", "<script>alert(1)</script>"
SECRET = "hunter2-hunter2"
TEMPLATE = {
    "Parameters": {
        "Password": {"Type": "String", "NoEcho": True},
        "Wait": {"Type": "String", "Default": "no"},
    },
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "team@example.com"},
        },
        "User": {"Type": "AWS::IAM::User"},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}}},
        "Value": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": f"/ml/{NAME}/Plain", "Type": "String", "Value": f"a {HOSTILE} value"},
        },
    },
    "Outputs": {
        "AlertsTopicArn": {"Value": {"Ref": "Topic"}},
        "AlertsSubscriptionArn": {"Value": {"Ref": "Subscription"}},
        "Login": {"Value": {"Fn::Sub": "ada:${Password}"}},
        "AccessKey": {"Value": {"Fn::GetAtt": ["Key", "SecretAccessKey"]}},
        "Hostile": {"Value": HOSTILE},
    },
}


@dataclass(frozen=True, kw_only=True)
class Pages:
    """What a browser with the link sees of an endpoint."""

    local: Local
    cookie: str

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
        """(status, text, headers) of a page, by its path in the folder."""
        return ask(self.local, self.local.endpoint.pages_path + path, method, Cookie=self.cookie, **headers)

    def text(self, path: str) -> str:
        status, text, headers = self.get(path)
        assert status == 200, text
        # What the page says of itself holds, too: the endpoint's own policy allows inline styles.
        assert re.search(r"style-src 'self'[;, ]", headers["Content-Security-Policy"])
        return text.replace("<wbr>", "")


def ask(local: Local, path: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(urlsplit(local.endpoint.url).netloc)
    connection.request(method, path, headers={"Accept": "text/html", "Sec-Fetch-Site": "none"} | headers)
    answer = connection.getresponse()
    found: dict[str, str] = {}
    for name, value in answer.getheaders():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return answer.status, answer.read().decode(), found


def opened(local: Local) -> Pages:
    """As by the link of `local open`."""
    _, _, headers = ask(local, local.endpoint.pages_link.removeprefix(local.endpoint.url))
    return Pages(local=local, cookie=headers["Set-Cookie"].partition(";")[0])


@pytest.fixture(scope="module")
def pages(shared_local: Local) -> Pages:
    return opened(shared_local)


@pytest.fixture(scope="module")
def launched(shared_local: Local) -> str:
    """The path of the page of a launch whose name and product are hostile."""
    product, version = publish(shared_local)
    return launch(shared_local, product, version)


def publish(local: Local) -> tuple[str, str]:
    """A product with one version, which everybody may launch; their ids."""
    local.client("s3").create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    local.client("s3").put_object(Bucket="templates", Key="t.json", Body=json.dumps(TEMPLATE))
    catalog = local.client("servicecatalog")
    portfolio = catalog.create_portfolio(DisplayName=f"ML {HOSTILE}", ProviderName=HOSTILE)
    made = catalog.create_product(
        Name=f"Starter {HOSTILE}",
        Owner=HOSTILE,
        ProductType="CLOUD_FORMATION_TEMPLATE",
        Tags=[{"Key": PRODUCT_TAG, "Value": PRODUCT}],
        ProvisioningArtifactParameters={
            "Name": "1.0.0",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": f"{local.endpoint.url}/templates/t.json"},
        },
    )
    product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    identifier = portfolio["PortfolioDetail"]["Id"]
    catalog.associate_product_with_portfolio(ProductId=product, PortfolioId=identifier)
    catalog.associate_principal_with_portfolio(
        PortfolioId=identifier,
        PrincipalARN=local.client("sts").get_caller_identity()["Arn"],
        PrincipalType="IAM",
    )
    return product, made["ProvisioningArtifactDetail"]["Id"]


def launch(local: Local, product: str, version: str, name: str = NAME) -> str:
    catalog = local.client("servicecatalog")
    record = catalog.provision_product(
        ProductId=product,
        ProvisioningArtifactId=version,
        ProvisionedProductName=name,
        ProvisioningParameters=[{"Key": "Password", "Value": SECRET}],
        Tags=[{"Key": CONFIG_TAG, "Value": "edge"}],
    )["RecordDetail"]
    deadline = time.monotonic() + 60
    while catalog.describe_record(Id=record["RecordId"])["RecordDetail"]["Status"] not in (
        "SUCCEEDED",
        "FAILED",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return f"launches/{record['ProvisionedProductId']}.html"


def test_launches(pages: Pages, launched: str) -> None:
    text = pages.text("launches.html")
    assert f'<a href="{launched}">{NAME}</a>' in text
    assert '<span class="badge good">AVAILABLE</span>' in text
    assert '<span class="badge warning">not confirmed</span>' in text
    assert f'<a href="products/{PRODUCT}.html">' in text
    assert "user/publisher-local-admin" in text


def test_a_launch_and_what_it_made(pages: Pages, launched: str) -> None:
    text = pages.text(launched)
    assert f"<h1>{NAME}</h1>" in text
    for name in ("Login", "AccessKey"):
        assert f"<code>{name}</code></th><td><code>not shown: a secret</code>" in text
    assert "<code>Hostile</code></th><td><code>&lt;script&gt;alert(1)&lt;/script&gt;</code>" in text
    assert (
        f"<code>/ml/{NAME}/Plain</code></th><td><code>a &lt;script&gt;alert(1)&lt;/script&gt; value" in text
    )
    assert "team@example.com" in text
    events = re.findall(
        r'<code>(\w+)</code><br><span class="quiet">[\w:]+</span></th>\n<td><span class="badge (\w+)">(\w+)',
        text,
    )
    done, begun = (("Topic", "good", "CREATE_COMPLETE"), ("Topic", "plain", "CREATE_IN_PROGRESS"))
    assert events.index(done) < events.index(begun)


@cases(
    "path",
    {
        it: it
        for it in (
            "index.html",
            "{product}",
            "launches.html",
            "{launch}",
            "mail.html",
            "faults.html",
            "calls.html",
        )
    },
)
def test_nothing_hostile_and_no_secret_is_on_a_page(pages: Pages, launched: str, path: str) -> None:
    text = pages.text(path.format(product=f"products/{PRODUCT}.html", launch=launched))
    endpoint = pages.local.endpoint
    iam = pages.local.client("iam")
    keys = [it["AccessKeyId"] for it in iam.list_access_keys()["AccessKeyMetadata"]]
    assert "<script>alert" not in text
    for secret in (SECRET, endpoint.secret, endpoint.derived("key"), endpoint.derived("cookie"), *keys):
        assert secret not in text
