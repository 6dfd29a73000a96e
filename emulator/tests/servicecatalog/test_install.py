import inspect
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore import xform_name
from moto import mock_aws
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from catalog_emulator import install
from catalog_emulator.servicecatalog.backend import operations
from catalog_emulator.servicecatalog.state import state_of
from tests.conftest import cases
from tests.servicecatalog.account import REGION, Account, client, refused

MODEL = get_service_model("servicecatalog")


def test_install_again_changes_nothing(account: Account) -> None:
    portfolio = account.portfolio()
    install()
    assert account.admin.describe_portfolio(Id=portfolio)["PortfolioDetail"]["Id"] == portfolio


def test_accounts_and_regions_are_separate(account: Account) -> None:
    account.portfolio()
    places = [("123456789012", REGION), ("123456789012", "eu-west-1"), ("111111111111", REGION)]
    assert [len(state_of(*place).portfolios) for place in places] == [1, 0, 0]


def test_a_new_mock_is_empty() -> None:
    install()
    for _ in range(2):
        with mock_aws():
            catalog = client("servicecatalog")
            assert catalog.list_portfolios()["PortfolioDetails"] == []
            catalog.create_portfolio(DisplayName="P", ProviderName="T")


def test_operations_not_implemented_are_named(account: Account) -> None:
    name = "NotifyProvisionProductEngineWorkflowResult"
    with refused("NotImplemented", f"{name} is not implemented by the local Service Catalog"):
        account.admin.notify_provision_product_engine_workflow_result(
            WorkflowToken="x", RecordId="rec-x", Status="SUCCEEDED"
        )


@pytest.mark.parametrize("operation", sorted(operations()))
def test_methods_take_every_member(operation: str) -> None:
    shape: Any = MODEL.operation_model(operation).input_shape
    tokens = {name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")}
    taken = set(inspect.signature(getattr(operations()[operation], xform_name(operation))).parameters)
    by_the_front_end = {"AcceptLanguage", "PageSize", "PageToken", *tokens}
    members = {xform_name(name) for name in shape.members if name not in by_the_front_end}
    fallback = {"self", "caller", *(xform_name(name) for name in tokens)}
    assert members <= taken <= members | fallback


@cases(
    ("target", "body", "kind"),
    {
        "no such operation": ("Fly", "{}", "UnknownOperationException"),
        "no JSON": ("ListPortfolios", "{", "SerializationException"),
        "no object": ("ListPortfolios", "[]", "SerializationException"),
        "a member is missing": ("DescribePortfolio", "{}", "ValidationException"),
    },
)
def test_raw_requests(account: Account, target: str, body: str, kind: str) -> None:
    answer = requests.post(
        f"https://servicecatalog.{REGION}.amazonaws.com/",
        data=body,
        headers={
            "X-Amz-Target": f"AWS242ServiceCatalogService.{target}",
            "Content-Type": "application/x-amz-json-1.1",
        },
        timeout=5,
    )
    assert (answer.status_code, answer.json()["__type"]) == (400, kind)


def test_tagging_api_finds_them(account: Account) -> None:
    account.portfolio(Tags=[{"Key": "a", "Value": "1"}])
    account.product(Tags=[{"Key": "a", "Value": "2"}])
    found = client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "a"}])
    kinds = [one["ResourceARN"].split(":")[5].split("/")[0] for one in found["ResourceTagMappingList"]]
    assert kinds == ["portfolio", "product"]


def test_tagging_api_changes_them(account: Account) -> None:
    tagging = client("resourcegroupstaggingapi")
    portfolio, (product, _) = account.portfolio(Tags=[{"Key": "a", "Value": "1"}]), account.product()
    arns = [
        account.admin.describe_portfolio(Id=portfolio)["PortfolioDetail"]["ARN"],
        account.admin.describe_product_as_admin(Id=product)["ProductViewDetail"]["ProductARN"],
    ]
    missing = arns[0].replace(portfolio, "port-none")
    failed = tagging.tag_resources(ResourceARNList=[missing, *arns], Tags={"b": "2"})["FailedResourcesMap"]
    assert [(arn, one["ErrorCode"]) for arn, one in failed.items()] == [
        (missing, "InvalidParameterException")
    ]
    tagging.untag_resources(ResourceARNList=arns, TagKeys=["a"])
    assert account.admin.describe_portfolio(Id=portfolio)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert account.admin.describe_product_as_admin(Id=product)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_service_without_tags_is_named(account: Account) -> None:
    arn = "arn:aws:polly:us-west-2:123456789012:lexicon/l"
    failed = client("resourcegroupstaggingapi").tag_resources(ResourceARNList=[arn], Tags={"b": "2"})
    assert failed["FailedResourcesMap"][arn] == {
        "StatusCode": 501,
        "ErrorCode": "InternalServiceException",
        "ErrorMessage": f"the tags of {arn} are not implemented by this endpoint",
    }


def test_applications_have_tags_and_times_of_iso_8601(account: Account) -> None:
    registry, tagging = client("servicecatalog-appregistry"), client("resourcegroupstaggingapi")
    sent: list[str] = []
    registry.meta.events.register(
        "response-received.*.*", lambda response_dict, **_: sent.append(response_dict["body"].decode())
    )
    arn = registry.create_application(name="a", tags={"k": "v"})["application"]["arn"]
    times = {name: json.loads(sent[0])["application"][name] for name in ("creationTime", "lastUpdateTime")}
    for time in times.values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
        assert abs(datetime.fromisoformat(time) - datetime.now(UTC)) < timedelta(minutes=5)
    registry.tag_resource(resourceArn=arn, tags={"l": "w"})
    registry.untag_resource(resourceArn=arn, tagKeys=["k"])
    assert registry.list_tags_for_resource(resourceArn=arn)["tags"] == {"l": "w"}
    tagging.tag_resources(ResourceARNList=[arn], Tags={"m": "x"})
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["l"])
    assert registry.list_tags_for_resource(resourceArn=arn)["tags"] == {"m": "x"}
    (found,) = tagging.get_resources(ResourceTypeFilters=["servicecatalog:application"])[
        "ResourceTagMappingList"
    ]
    assert found == {"ResourceARN": arn, "Tags": [{"Key": "m", "Value": "x"}]}


@pytest.fixture
def endpoint() -> Iterator[str]:
    """moto's own server in a thread."""
    install()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    requests.post(f"{url}/moto-api/reset", timeout=5)
    yield url
    requests.post(f"{url}/moto-api/reset", timeout=5)
    server.shutdown()
    thread.join()
    server.server_close()


def test_served(endpoint: str) -> None:
    session: Any = boto3.Session()

    def served(service: str) -> Any:
        return session.client(
            service,
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    s3, catalog = served("s3"), served("servicecatalog")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="t.yaml", Body=b"Resources: {T: {Type: 'AWS::SNS::Topic'}}")
    made = catalog.create_product(
        Name="topic",
        Owner="Team",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={
            "Name": "1",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": f"{endpoint}/templates/t.yaml"},
        },
    )
    summary = made["ProductViewDetail"]["ProductViewSummary"]
    listed = catalog.search_products_as_admin()["ProductViewDetails"]
    assert [one["ProductViewSummary"] for one in listed] == [summary]
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        catalog.describe_portfolio(Id="port-none")
    requests.post(f"{endpoint}/moto-api/reset", timeout=5)
    assert catalog.search_products_as_admin()["ProductViewDetails"] == []
