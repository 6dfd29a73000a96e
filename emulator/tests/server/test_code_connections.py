"""CodeConnections under both of its names, with moto in this process and served."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.server import account_state
from tests.conftest import Local, cases

HERE = "us-west-2:111111111111:connection/0a001000-0000-4000-8000-000000000001"
URL = "http://127.0.0.1:4001"
SERVICES = ("codeconnections", "codestar-connections")


@pytest.fixture
def moto() -> Iterator[None]:
    install()
    with mock_aws():
        yield


def client(service: str) -> Any:
    session: Any = boto3.Session(region_name="us-west-2")
    return session.client(service)


@pytest.mark.parametrize("service", SERVICES)
def test_life_of_a_connection(moto: None, service: str) -> None:
    """Nobody completes it here, so it stays as the API makes it."""
    connections = client(service)
    tag = {"Key": "sagemaker", "Value": "true"}
    arn = connections.create_connection(ProviderType="GitHub", ConnectionName="code", Tags=[tag])[
        "ConnectionArn"
    ]
    assert arn.startswith(f"arn:aws:{service}:us-west-2:123456789012:connection/")
    made = {
        "ConnectionName": "code",
        "ConnectionArn": arn,
        "ProviderType": "GitHub",
        "OwnerAccountId": "123456789012",
        "ConnectionStatus": "PENDING",
    }
    assert connections.get_connection(ConnectionArn=arn)["Connection"] == made
    assert [client(it).list_connections()["Connections"] for it in SERVICES] == [[made], [made]]
    connections.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "ml"}])
    connections.untag_resource(ResourceArn=arn, TagKeys=["sagemaker"])
    assert connections.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]
    connections.delete_connection(ConnectionArn=arn)
    assert connections.list_connections()["Connections"] == []


def test_pages_and_filters(moto: None) -> None:
    connections = client(SERVICES[0])
    for number in range(3):
        connections.create_connection(
            ProviderType="GitHub" if number else "GitLab", ConnectionName=f"c{number}"
        )
    first = connections.list_connections(MaxResults=2)
    rest = connections.list_connections(MaxResults=2, NextToken=first["NextToken"])
    names = [[it["ConnectionName"] for it in page["Connections"]] for page in (first, rest)]
    assert (names, "NextToken" in rest) == ([["c0", "c1"], ["c2"]], False)
    found = connections.list_connections(ProviderTypeFilter="GitLab")["Connections"]
    assert [it["ConnectionName"] for it in found] == ["c0"]


@cases(
    ("operation", "request_", "code"),
    {
        "missing": (
            "GetConnection",
            {"ConnectionArn": f"arn:aws:codeconnections:{HERE}"},
            "ResourceNotFoundException",
        ),
        "deleted": (
            "DeleteConnection",
            {"ConnectionArn": f"arn:aws:codeconnections:{HERE}"},
            "ResourceNotFoundException",
        ),
        "tags of a missing one": (
            "ListTagsForResource",
            {"ResourceArn": f"arn:aws:codeconnections:{HERE}"},
            "ResourceNotFoundException",
        ),
        "no ARN of a connection": ("GetConnection", {"ConnectionArn": "code"}, "ValidationException"),
        "no provider": ("CreateConnection", {"ConnectionName": "a"}, "InvalidInputException"),
        "a name in use": (
            "CreateConnection",
            {"ConnectionName": "taken", "ProviderType": "GitHub"},
            "InvalidInputException",
        ),
        "a token of nothing": ("ListConnections", {"NextToken": "a"}, "InvalidInputException"),
    },
)
def test_errors(moto: None, operation: str, request_: dict[str, Any], code: str) -> None:
    connections = client(SERVICES[0])
    connections.create_connection(ConnectionName="taken", ProviderType="GitHub")
    with pytest.raises(ClientError) as raised:
        connections._make_api_call(operation, request_)
    assert raised.value.response["Error"]["Code"] == code


def test_a_connection_of_a_new_account_is_complete(local: Local) -> None:
    arn = f"arn:aws:codeconnections:{HERE}"
    for service in SERVICES:
        found = local.client(service).get_connection(ConnectionArn=arn)["Connection"]
        assert (found["ConnectionName"], found["ConnectionStatus"]) == ("code", "AVAILABLE")
    tags = local.client(SERVICES[0]).list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "sagemaker", "Value": "true"}]


def test_connections_are_saved(moto: None, tmp_path: Path) -> None:
    arn = client(SERVICES[0]).create_connection(ConnectionName="code", ProviderType="GitHub")["ConnectionArn"]
    saved = tmp_path / "state.json"
    saved.write_text(account_state.dump(URL))
    client(SERVICES[0]).delete_connection(ConnectionArn=arn)
    account_state.load(saved, URL)
    assert client(SERVICES[0]).get_connection(ConnectionArn=arn)["Connection"]["ConnectionName"] == "code"
