"""The pages of the local endpoint: what they show of its account, and what they never show."""

from __future__ import annotations

import html
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from catalog_emulator import settings
from catalog_emulator.sns.mailbox import Mail, deliver
from moto.cloudformation.models import cloudformation_backends
from moto.servicecatalog.models import servicecatalog_backends
from moto.sns.models import sns_backends
from moto.sts.models import sts_backends

from publisher.errors import command
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
        "Copy": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": f"/ml/{NAME}/Copy", "Type": "String", "Value": {"Ref": "Password"}},
        },
    },
    "Outputs": {
        "AlertsTopicArn": {"Value": {"Ref": "Topic"}},
        "AlertsSubscriptionArn": {"Value": {"Ref": "Subscription"}},
        "Login": {"Value": {"Fn::Sub": "ada:${Password}"}},
        "AccessKey": {"Value": {"Fn::GetAtt": ["Key", "SecretAccessKey"]}},
        "Copied": {"Value": {"Fn::GetAtt": ["Copy", "Value"]}},
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
    ssm = shared_local.client("ssm")
    ssm.put_parameter(Name=f"/ml/{NAME}/Secure", Type="SecureString", Value=SECRET)
    product, version = publish(shared_local)
    return launch(shared_local, product, version)


def publish(local: Local, template: Any = TEMPLATE, key: str = PRODUCT) -> tuple[str, str]:
    """A product with one version, which the administrator may launch; their ids."""
    s3 = local.client("s3")
    s3.create_bucket(Bucket=f"{key}-t", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket=f"{key}-t", Key="t.json", Body=json.dumps(template))
    catalog = local.client("servicecatalog")
    portfolio = catalog.create_portfolio(DisplayName=f"ML {HOSTILE}", ProviderName=HOSTILE)
    made = catalog.create_product(
        Name=f"Starter {HOSTILE}",
        Owner=HOSTILE,
        ProductType="CLOUD_FORMATION_TEMPLATE",
        Tags=[{"Key": PRODUCT_TAG, "Value": key}],
        ProvisioningArtifactParameters={
            "Name": "1.0.0",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": f"{local.endpoint.url}/{key}-t/t.json"},
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
    for name in ("Login", "AccessKey", "Copied", f"/ml/{NAME}/Copy"):
        assert f"<code>{name}</code></th><td><code>not shown: a secret</code>" in text
    assert "<code>Hostile</code></th><td><code>&lt;script&gt;alert(1)&lt;/script&gt;</code>" in text
    assert (
        f"<code>/ml/{NAME}/Plain</code></th><td><code>a &lt;script&gt;alert(1)&lt;/script&gt; value" in text
    )
    assert f"<code>/ml/{NAME}/Secure</code></th><td><code>(SecureString)</code>" in text
    assert "team@example.com" in text
    events = re.findall(
        r'<code>(\w+)</code><br><span class="quiet">[\w:]+</span></th>\n'
        r'<td[^>]*><span class="badge (\w+)">(\w+)',
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


def stack_of(local: Local, path: str) -> Any:
    """The stack of a launch, as the emulator has it."""
    identifier = path.removeprefix("launches/").removesuffix(".html")
    stacks: Any = cloudformation_backends["111111111111"]["us-west-2"].stacks
    return next(it for it in stacks.values() if it.name.endswith(identifier))


def test_a_launch_under_way_reads_itself_again(pages: Pages, launched: str) -> None:
    """Until somebody keeps it as it is, or it has finished; nothing is kept meanwhile."""
    catalog: Any = servicecatalog_backends["111111111111"]["us-west-2"]
    provisioned = catalog.state.provisioned[launched.removeprefix("launches/").removesuffix(".html")]
    stack = stack_of(pages.local, launched)
    before = provisioned.status, stack.status
    provisioned.status, stack.status = "UNDER_CHANGE", "UPDATE_IN_PROGRESS"
    try:
        status, text, headers = pages.get(launched)
        assert (status, headers["Refresh"]) == (200, "3")
        assert text.index('id="events"') < text.index('id="outputs"')
        assert f'<a href="{launched.removeprefix("launches/")}?still">Keep it as it is</a>' in text
        assert "Refresh" not in pages.get(f"{launched}?still")[2]
        _, listed, headers = pages.get("launches.html")
        assert ("Refresh" in headers, "Its page shows the events as they come" in listed) == (False, True)
    finally:
        provisioned.status, stack.status = before
    assert "Refresh" not in pages.get(launched)[2]


def test_a_failed_launch_says_why_and_what_to_do(pages: Pages, launched: str) -> None:
    local = pages.local
    broken = json.loads(json.dumps(TEMPLATE))
    broken["Resources"]["Bucket"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{PRODUCT}-t"}}
    product, version = publish(local, broken, key="broken")
    text = pages.text(launch(local, product, version, "edge-broken"))
    assert '<div class="callout critical">' in text
    assert "Bucket (AWS::S3::Bucket): " in text
    callout = text.partition('<div class="callout critical">')[2].partition("</div>")[0]
    lines = re.findall(r"<p>(.*)</p>", callout)
    assert [it for it in lines if it[0].islower()] == [] and len(lines) == 3
    assert "Next: fix the reason, then run publisher --local terminate edge-broken --force" in text


def test_pages_of_the_catalog_follow_the_account(pages: Pages, launched: str) -> None:
    assert "A new portfolio" not in pages.text("index.html")
    assert pages.text("index.html") == pages.text("")
    catalog = pages.local.client("servicecatalog")
    tags = [{"Key": "publisher:portfolio", "Value": "new"}]
    catalog.create_portfolio(DisplayName="A new portfolio", ProviderName="us", Tags=tags)
    assert "A new portfolio" in pages.text("index.html")
    assert PRODUCT in pages.get("search-index.js")[1]


def test_the_link_of_a_mail_confirms_its_subscription(pages: Pages, launched: str) -> None:
    local, address = pages.local, f"{HOSTILE}@example.com"
    sns = local.client("sns")
    topic = sns.create_topic(Name="mine")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    text = pages.text("mail.html")
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;@example.com" in text
    link = html.unescape(re.findall(r'href="(confirm\.html\?[^"]+)"', text)[0])

    def state() -> str:
        (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return "pending" if found["SubscriptionArn"] == "PendingConfirmation" else "confirmed"

    # What only looks confirms nothing, nor does who has no cookie.
    assert pages.get(link, "HEAD")[0] == 404
    assert ask(local, local.endpoint.pages_path + link)[0] == 403
    assert state() == "pending"
    status, text, _ = pages.get(link)
    assert (status, "<h1>Subscription confirmed</h1>" in text, state()) == (200, True, "confirmed")
    assert '<a href="mail.html">Mail</a>' in text
    newest = pages.text("mail.html").partition("</article>")[0]
    assert '<span class="badge good">confirmed</span>' in newest and "confirm.html" not in newest
    status, text, _ = pages.get("confirm.html?TopicArn=%3Cscript%3Ealert(1)&Token=x")
    assert (status, "<h1>Not confirmed</h1>" in text, "<script>alert" in text) == (400, True, False)


def test_alerts_of_a_launch_are_confirmed_on_its_page(pages: Pages, launched: str) -> None:
    assert "No alerts are delivered until" in pages.text(launched)
    # The launch's was the first mail; the newest is shown first.
    link = html.unescape(re.findall(r'href="(confirm\.html\?[^"]+)"', pages.text("mail.html"))[-1])
    pages.text(link)
    text = " ".join(pages.text(launched).split())
    assert 'team@example.com <span class="badge good">confirmed</span>' in text
    assert '<span class="badge good">confirmed</span>' in pages.text("launches.html")


@cases(
    "link",
    {
        "a script": "javascript:alert(1)",
        "another site": "https://evil.example.com/_emulator/sns/confirm?a=b",
        "another host": "{url}.evil.example.com/_emulator/sns/confirm?a=b",
        "another page": "{url}/_emulator/faults?a=b",
        "another host behind a name": "{url}@evil.example.com/_emulator/sns/confirm?a=b",
        "no text": None,
    },
)
def test_only_links_of_the_endpoint_are_links(pages: Pages, link: str | None) -> None:
    """A state file may hold any mail."""
    local = pages.local
    link = link and link.format(url=local.endpoint.url)
    mail = Mail(to="ada", subject="Hello", body=f"{HOSTILE} {link}", link=link, received=datetime(2030, 1, 1))
    deliver(sns_backends["111111111111"]["us-west-2"], mail)
    text = pages.text("mail.html").partition("</article>")[0]
    assert "<h2>Hello</h2>" in text and "<dd>2030-01-01 00:00:00 UTC</dd>" in text
    assert "href" not in text.partition("<article")[2] and "<script>alert" not in text


@cases(
    "topic",
    {
        "no ARN": "x",
        "another Region": "arn:aws:sns:<b>:111111111111:x",
        "a line break": "arn:aws:sns:us-west-2:1%0d%0aX-Y: z:x",
        "no topic": "arn:aws:sns:us-west-2:111111111111:none",
    },
)
def test_topics_of_mail_that_are_none(pages: Pages, topic: str) -> None:
    link = f"{pages.local.endpoint.url}/_emulator/sns/confirm?TopicArn={topic}&Token=a"
    mail = Mail(to="ada", subject="Hello", body="", link=link, received=datetime(2031, 1, 1))
    deliver(sns_backends["111111111111"]["us-west-2"], mail)
    newest = pages.text("mail.html").partition("</article>")[0]
    assert "Confirm this subscription" in newest and "<b>" not in newest


def test_faults_and_calls(pages: Pages) -> None:
    """The pages themselves meet none, and are not counted."""
    endpoint = pages.local.endpoint
    endpoint.request("/_emulator/faults", "PUT", "throttle=1,seed=7")
    endpoint.request("/_emulator/calls", "DELETE")
    try:
        assert "<code>throttle=1,seed=7</code>" in pages.text("faults.html")
        for path in ("index.html", "launches.html"):
            pages.text(path)
        once = Config(retries={"total_max_attempts": 1})
        session: Any = boto3.Session(profile_name=endpoint.admin_profile)
        with pytest.raises(ClientError, match="Throttling"):
            session.client("sts", config=once).get_caller_identity()
        assert re.search(r'<th scope="row">throttle</th><td>[1-9]</td>', pages.text("faults.html"))
        found = re.findall(r"<code>([\w.]+)</code></th>", pages.text("calls.html"))
        assert found == ["sts.GetCallerIdentity"]
    finally:
        endpoint.request("/_emulator/faults", "DELETE")


def test_launches_in_other_accounts(pages: Pages, launched: str) -> None:
    """Without a session in them beside those of others: a saved state would hold it."""
    admin = pages.local.client("sts")
    keys = admin.assume_role(RoleArn="arn:aws:iam::222222222222:role/any", RoleSessionName="ada")[
        "Credentials"
    ]
    session: Any = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    url = pages.local.endpoint.url
    other = session.client("servicecatalog", endpoint_url=url, region_name="eu-west-1")
    other.create_portfolio(DisplayName="Other", ProviderName="us")
    text = pages.text("launches.html")
    assert "222222222222 · eu-west-1" in text and "Nothing is launched here." in text
    assert NAME in text
    assert len(sts_backends["222222222222"]["aws"].assumed_roles) == 1


@cases(
    "path",
    {it: it for it in ("x.html", "launches/pp-x.html", "products/../../x", "a/b/c", "launches/", "%00")},
)
def test_a_page_that_is_not_there(pages: Pages, path: str) -> None:
    status, text, _ = pages.get(path)
    assert (status, "<h1>Not found</h1>" in text) == (404, True)
    assert re.search(r'href="(\.\./)*style\.css"', text)


@cases(
    "account", {"markup": "<script>alert(1)", "a line break": "1\r\nX-Emulator-Secret: x", "no ASCII": "é"}
)
def test_accounts_that_are_none(pages: Pages, launched: str, account: str) -> None:
    """A state file may name them: what they have is not read, and the others are shown."""
    backends: Any = servicecatalog_backends
    backends[account]["us-west-2"].state.portfolios["port-x"] = None
    try:
        # A write, so that nothing is kept.
        pages.local.client("sns").create_topic(Name="another")
        text = pages.text("launches.html")
        assert NAME in text and "<script>alert" not in text
    finally:
        del backends[account]
    pages.local.client("sns").create_topic(Name="another")


def test_files_of_pages(pages: Pages) -> None:
    for name, kind in (
        ("style.css", "text/css"),
        ("search.js", "text/javascript"),
        ("search-index.js", "text/javascript"),
    ):
        status, text, headers = pages.get(name)
        assert (status, headers["Content-Type"], bool(text)) == (200, f"{kind}; charset=utf-8", True)


def test_what_cannot_be_read_is_said(pages: Pages, launched: str) -> None:
    """An account whose administrator may do nothing more."""
    settings.authorize = True
    iam = pages.local.client("iam")
    policy = iam.get_user_policy(UserName="publisher-local-admin", PolicyName="administrator")[
        "PolicyDocument"
    ]
    denying = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "servicecatalog:*", "Resource": "*"}],
        }
    )
    iam.put_user_policy(UserName="publisher-local-admin", PolicyName="administrator", PolicyDocument=denying)
    try:
        status, text, _ = pages.get("index.html")
        assert (status, "<h1>Cannot be read</h1>" in text, "AccessDenied" in text.replace("<wbr>", "")) == (
            502,
            True,
            True,
        )
        assert "your role may not list launches" in pages.text("launches.html")
    finally:
        iam.put_user_policy(
            UserName="publisher-local-admin", PolicyName="administrator", PolicyDocument=json.dumps(policy)
        )


def test_pages_of_a_new_account(pages: Pages, launched: str, _served: Any) -> None:
    """Also when the administrator's key is another one."""
    pages.text("launches.html")
    iam = pages.local.client("iam")
    (key,) = iam.list_access_keys()["AccessKeyMetadata"]
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    _served.reset()
    assert "Nothing is launched yet." in pages.text("launches.html")
    assert pages.get(launched)[0] == 404
    assert "<script>alert" not in pages.text("index.html")


def test_commands_on_pages_are_for_the_endpoint_and_those_of_other_runs_are_not(pages: Pages) -> None:
    _, text, _ = pages.get("confirm.html?TopicArn=x&Token=y")
    assert "run publisher --local alerts CONFIG --resend" in text.replace("<wbr>", "")
    assert command("sync") == "publisher sync"
