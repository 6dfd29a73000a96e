"""Each kind of weather, as a plain boto3 client meets it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.faults.conftest import Sky

Make = Callable[..., str]


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """The error code and HTTP status that a call answers."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response: Any = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "expected"),
    [
        pytest.param("servicecatalog", "list_portfolios", {}, ("ThrottlingException", 400), id="json"),
        pytest.param("iam", "list_roles", {}, ("Throttling", 400), id="query"),
        pytest.param("ec2", "describe_vpcs", {}, ("RequestLimitExceeded", 503), id="ec2"),
        pytest.param("lambda", "list_functions", {}, ("TooManyRequestsException", 429), id="rest-json"),
        pytest.param("s3", "list_buckets", {}, ("SlowDown", 503), id="rest-xml"),
        pytest.param("sqs", "list_queues", {}, ("RequestThrottled", 403), id="a code of its own"),
    ],
)
def test_throttle(
    sky: Sky, service: str, operation: str, arguments: dict[str, Any], expected: tuple[str, int]
) -> None:
    sky.change("throttle=1")
    assert refusal(getattr(sky.client(service), operation), **arguments) == expected


def test_throttle_one_class_of_operations(sky: Sky, portfolio: Make) -> None:
    sky.change("throttle:servicecatalog.Describe*=1")
    identifier = portfolio()
    catalog = sky.client("servicecatalog")
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ThrottlingException", 400)
    assert [one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]] == [identifier]


@pytest.mark.parametrize("kind", ["throttle", "reset", "lost-reply"])
def test_the_same_seed_meets_the_same_calls(sky: Sky, kind: str) -> None:
    catalog = sky.client("servicecatalog")

    def fates(seed: int) -> list[bool]:
        sky.change(f"{kind}=0.5,seed={seed}")
        found = []
        for _ in range(12):
            try:
                catalog.list_portfolios()
            except (ClientError, ConnectionClosedError):
                found.append(False)
            else:
                found.append(True)
        assert sky.happened() == {kind: found.count(False)}
        return found

    first = fates(7)
    assert fates(7) == first
    assert True in first and False in first
    assert fates(8) != first


def test_rate(sky: Sky) -> None:
    sky.change("rate:ListPortfolios=0.001")
    catalog = sky.client("servicecatalog")
    catalog.list_portfolios()
    assert refusal(catalog.list_portfolios) == ("ThrottlingException", 400)
    assert catalog.list_tag_options()["TagOptionDetails"] == []
    assert sky.happened() == {"rate": 1}


def test_reset_before_the_work(sky: Sky, portfolio: Make) -> None:
    sky.change("reset:Create*=1")
    with pytest.raises(ConnectionClosedError):
        portfolio()
    assert sky.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []


def test_lost_reply_after_the_work(sky: Sky, portfolio: Make) -> None:
    sky.change("lost-reply:Create*=1")
    with pytest.raises(ConnectionClosedError):
        portfolio()
    assert len(sky.client("servicecatalog").list_portfolios()["PortfolioDetails"]) == 1


def test_latency_is_waited_for_before_the_work(sky: Sky) -> None:
    sky.change("latency=0.05,latency:List*=0.01")
    sky.client("servicecatalog").list_portfolios()
    assert sky.calls()["servicecatalog.ListPortfolios"] == 1


def test_a_created_thing_is_not_found_at_first(sky: Sky, portfolio: Make) -> None:
    sky.change("unseen=2")
    identifier = portfolio()
    catalog = sky.client("servicecatalog")
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ResourceNotFoundException", 400)
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ResourceNotFoundException", 400)
    assert catalog.describe_portfolio(Id=identifier)["PortfolioDetail"]["Id"] == identifier


def test_a_created_thing_is_missing_in_lists_at_first(sky: Sky, portfolio: Make) -> None:
    other = portfolio("other")
    sky.change("unseen=1")
    identifier = portfolio()
    catalog = sky.client("servicecatalog")
    assert [one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]] == [other]
    assert {one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]} == {other, identifier}


def test_an_association_is_not_seen_at_first(sky: Sky, portfolio: Make, product: Make) -> None:
    ids = {"PortfolioId": portfolio(), "ProductId": product()}
    sky.change("unseen=1")
    catalog = sky.client("servicecatalog")
    catalog.associate_product_with_portfolio(**ids)
    wanted = {**ids, "Type": "TEMPLATE", "Parameters": '{"Rules": {}}'}
    assert refusal(catalog.create_constraint, **wanted) == ("ResourceNotFoundException", 400)
    listed = catalog.search_products_as_admin(PortfolioId=ids["PortfolioId"])
    assert len(listed["ProductViewDetails"]) == 1


def test_a_created_thing_is_not_found_for_some_seconds(sky: Sky, portfolio: Make) -> None:
    sky.change("unseen-seconds=3600")
    identifier = portfolio()
    catalog = sky.client("servicecatalog")
    assert {refusal(catalog.describe_portfolio, Id=identifier)[0] for _ in range(4)} == {
        "ResourceNotFoundException"
    }


def test_a_repeated_creation_names_what_is_not_seen(sky: Sky) -> None:
    sky.change("unseen=5")
    catalog = sky.client("servicecatalog")
    wanted = {"DisplayName": "ml", "ProviderName": "us", "IdempotencyToken": "once"}
    first = catalog.create_portfolio(**wanted)["PortfolioDetail"]
    assert catalog.create_portfolio(**wanted)["PortfolioDetail"] == first


def test_all_but_one_of_parallel_versions_are_lost(sky: Sky, product: Make) -> None:
    identifier = product()
    sky.change("lost-versions=1")
    url = "https://sky.s3.us-west-2.amazonaws.com/t.json"

    catalog = sky.client("servicecatalog")

    def create(name: str) -> str:
        made = catalog.create_provisioning_artifact(
            ProductId=identifier,
            Parameters={
                "Name": name,
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": url},
            },
            IdempotencyToken=f"token-{name}",
        )
        return str(made["ProvisioningArtifactDetail"]["Name"])

    with ThreadPoolExecutor(4) as pool:
        answered = set(pool.map(create, ["1", "2", "3", "4"]))
    kept = catalog.list_provisioning_artifacts(ProductId=identifier)["ProvisioningArtifactDetails"]
    assert answered == {"1", "2", "3", "4"}
    assert len(kept) == 2 and kept[0]["Name"] == "1.0.0"
    assert sky.happened() == {"lost-versions": 3}
    sky.change("lost-versions=0")
    create("5")
    create("6")
    kept = catalog.list_provisioning_artifacts(ProductId=identifier)["ProvisioningArtifactDetails"]
    assert [one["Name"] for one in kept][-2:] == ["5", "6"]


def test_one_share_action_at_a_time(sky: Sky, portfolio: Make) -> None:
    sky.change("busy-shares=3600")
    share = {"PortfolioId": portfolio(), "AccountId": "222222222222"}
    catalog = sky.client("servicecatalog")
    sky.happened()
    first = _code(catalog.create_portfolio_share, **share)
    assert first != "InvalidStateException"
    assert refusal(catalog.delete_portfolio_share, **share) == ("InvalidStateException", 400)
    assert sky.happened() == {"busy-shares": 1}


def _code(call: Callable[..., Any], **arguments: Any) -> str:
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_stop_at_the_nth_writing_call(sky: Sky, portfolio: Make) -> None:
    sky.change("stop=3")
    catalog = sky.client("servicecatalog")
    portfolio("1")
    catalog.list_portfolios()
    portfolio("2")
    with pytest.raises(ConnectionClosedError):
        portfolio("3")
    with pytest.raises(ConnectionClosedError):
        catalog.list_portfolios()
    sky.clear()
    assert [one["DisplayName"] for one in catalog.list_portfolios()["PortfolioDetails"]] == ["1", "2"]


def test_calls_are_counted_by_operation_and_reset(sky: Sky, portfolio: Make) -> None:
    portfolio()
    portfolio()
    sky.client("s3").list_objects_v2(Bucket="techcorp-a001-ml-source")
    sky.client("cloudformation").describe_stacks()
    assert sky.calls() == {
        "cloudformation.DescribeStacks": 1,
        "s3.ListObjectsV2": 1,
        "servicecatalog.CreatePortfolio": 2,
    }
    assert sky.calls() == {}


def test_a_wrong_forecast_is_refused_and_changes_nothing(sky: Sky) -> None:
    sky.change("throttle=0.5")
    with pytest.raises(OSError, match="faults: there is no kind 'rain'"):
        sky.change("rain=1")
    assert sky.change("throttle=0.5")["faults"] == "throttle=0.5"
