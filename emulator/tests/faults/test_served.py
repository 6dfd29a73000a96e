"""Each kind of fault, as a plain boto3 client meets it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.conftest import cases
from tests.faults.conftest import FaultyEndpoint

Make = Callable[..., str]


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """The error code and HTTP status that a call answers."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response: Any = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@cases(
    ("service", "operation", "arguments", "expected"),
    {
        "json": ("servicecatalog", "list_portfolios", {}, ("ThrottlingException", 400)),
        "query": ("iam", "list_roles", {}, ("Throttling", 400)),
        "ec2": ("ec2", "describe_vpcs", {}, ("RequestLimitExceeded", 503)),
        "rest-json": ("lambda", "list_functions", {}, ("TooManyRequestsException", 429)),
        "rest-xml": ("s3", "list_buckets", {}, ("SlowDown", 503)),
        "own code": ("sqs", "list_queues", {}, ("RequestThrottled", 403)),
    },
)
def test_throttle(
    faulty: FaultyEndpoint, service: str, operation: str, arguments: dict[str, Any], expected: tuple[str, int]
) -> None:
    faulty.change("throttle=1")
    assert refusal(getattr(faulty.client(service), operation), **arguments) == expected


def test_throttle_one_class_of_operations(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("throttle:servicecatalog.Describe*=1")
    identifier = portfolio()
    catalog = faulty.client("servicecatalog")
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ThrottlingException", 400)
    assert [one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]] == [identifier]


@pytest.mark.parametrize("kind", ["throttle", "reset", "lost-reply"])
def test_the_same_seed_meets_the_same_calls(faulty: FaultyEndpoint, kind: str) -> None:
    catalog = faulty.client("servicecatalog")

    def outcomes(seed: int) -> list[bool]:
        faulty.change(f"{kind}=0.5,seed={seed}")
        found = []
        for _ in range(12):
            try:
                catalog.list_portfolios()
            except (ClientError, ConnectionClosedError):
                found.append(False)
            else:
                found.append(True)
        assert faulty.happened() == {kind: found.count(False)}
        return found

    first = outcomes(7)
    assert outcomes(7) == first
    assert True in first and False in first
    assert outcomes(8) != first


def test_rate(faulty: FaultyEndpoint) -> None:
    faulty.change("rate:ListPortfolios=0.001")
    catalog = faulty.client("servicecatalog")
    catalog.list_portfolios()
    assert refusal(catalog.list_portfolios) == ("ThrottlingException", 400)
    assert catalog.list_tag_options()["TagOptionDetails"] == []
    assert faulty.happened() == {"rate": 1}


def test_reset_before_processing(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("reset:Create*=1")
    with pytest.raises(ConnectionClosedError):
        portfolio()
    assert faulty.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []


def test_lost_reply_after_processing(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("lost-reply:Create*=1")
    with pytest.raises(ConnectionClosedError):
        portfolio()
    assert len(faulty.client("servicecatalog").list_portfolios()["PortfolioDetails"]) == 1


def test_latency_delays_processing(faulty: FaultyEndpoint) -> None:
    faulty.change("latency=0.05,latency:List*=0.01")
    faulty.client("servicecatalog").list_portfolios()
    assert faulty.calls()["servicecatalog.ListPortfolios"] == 1


def test_a_new_resource_is_not_found_at_first(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("unseen=2")
    identifier = portfolio()
    catalog = faulty.client("servicecatalog")
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ResourceNotFoundException", 400)
    assert refusal(catalog.describe_portfolio, Id=identifier) == ("ResourceNotFoundException", 400)
    assert catalog.describe_portfolio(Id=identifier)["PortfolioDetail"]["Id"] == identifier


def test_a_new_resource_is_missing_in_lists_at_first(faulty: FaultyEndpoint, portfolio: Make) -> None:
    other = portfolio("other")
    faulty.change("unseen=1")
    identifier = portfolio()
    catalog = faulty.client("servicecatalog")
    assert [one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]] == [other]
    assert {one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]} == {other, identifier}


def test_an_association_is_not_seen_at_first(faulty: FaultyEndpoint, portfolio: Make, product: Make) -> None:
    ids = {"PortfolioId": portfolio(), "ProductId": product()}
    faulty.change("unseen=1")
    catalog = faulty.client("servicecatalog")
    catalog.associate_product_with_portfolio(**ids)
    request = {**ids, "Type": "TEMPLATE", "Parameters": '{"Rules": {}}'}
    assert refusal(catalog.create_constraint, **request) == ("ResourceNotFoundException", 400)
    listed = catalog.search_products_as_admin(PortfolioId=ids["PortfolioId"])
    assert len(listed["ProductViewDetails"]) == 1


def test_a_new_resource_is_not_found_for_some_seconds(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("unseen-seconds=3600")
    identifier = portfolio()
    catalog = faulty.client("servicecatalog")
    assert {refusal(catalog.describe_portfolio, Id=identifier)[0] for _ in range(4)} == {
        "ResourceNotFoundException"
    }


def test_a_repeated_creation_returns_what_is_unseen(faulty: FaultyEndpoint) -> None:
    faulty.change("unseen=5")
    catalog = faulty.client("servicecatalog")
    request = {"DisplayName": "ml", "ProviderName": "us", "IdempotencyToken": "once"}
    first = catalog.create_portfolio(**request)["PortfolioDetail"]
    assert catalog.create_portfolio(**request)["PortfolioDetail"] == first


def test_all_but_one_of_parallel_versions_are_lost(faulty: FaultyEndpoint, product: Make) -> None:
    identifier = product()
    faulty.change("lost-versions=1")
    url = "https://templates.s3.us-west-2.amazonaws.com/t.json"

    catalog = faulty.client("servicecatalog")

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
    assert faulty.happened() == {"lost-versions": 3}
    faulty.change("lost-versions=0")
    create("5")
    create("6")
    kept = catalog.list_provisioning_artifacts(ProductId=identifier)["ProvisioningArtifactDetails"]
    assert [one["Name"] for one in kept][-2:] == ["5", "6"]


def test_one_share_action_at_a_time(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("busy-shares=3600")
    share = {"PortfolioId": portfolio(), "AccountId": "222222222222"}
    catalog = faulty.client("servicecatalog")
    faulty.happened()
    first = _code(catalog.create_portfolio_share, **share)
    assert first != "InvalidStateException"
    assert refusal(catalog.delete_portfolio_share, **share) == ("InvalidStateException", 400)
    assert faulty.happened() == {"busy-shares": 1}


def _code(call: Callable[..., Any], **arguments: Any) -> str:
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_stop_at_the_nth_writing_call(faulty: FaultyEndpoint, portfolio: Make) -> None:
    faulty.change("stop=3")
    catalog = faulty.client("servicecatalog")
    portfolio("1")
    catalog.list_portfolios()
    portfolio("2")
    with pytest.raises(ConnectionClosedError):
        portfolio("3")
    with pytest.raises(ConnectionClosedError):
        catalog.list_portfolios()
    faulty.clear()
    assert [one["DisplayName"] for one in catalog.list_portfolios()["PortfolioDetails"]] == ["1", "2"]


def test_calls_are_counted_by_operation_and_reset(faulty: FaultyEndpoint, portfolio: Make) -> None:
    portfolio()
    portfolio()
    faulty.client("s3").list_objects_v2(Bucket="source")
    faulty.client("cloudformation").describe_stacks()
    assert faulty.calls() == {
        "cloudformation.DescribeStacks": 1,
        "s3.ListObjectsV2": 1,
        "servicecatalog.CreatePortfolio": 2,
    }
    assert faulty.calls() == {}


def test_a_wrong_profile_is_refused_and_changes_nothing(faulty: FaultyEndpoint) -> None:
    faulty.change("throttle=0.5")
    with pytest.raises(OSError, match="faults: unknown kind 'rain'"):
        faulty.change("rain=1")
    assert faulty.change("throttle=0.5")["faults"] == "throttle=0.5"
