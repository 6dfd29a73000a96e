"""Callers whom IAM knows may do what their own policies allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from publisher.local.servicecatalog.settings import settings
from tests.local.servicecatalog.world import World

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
LAUNCHING = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "servicecatalog:SearchProducts", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "servicecatalog:SearchProvisionedProducts",
            "Resource": "*",
            "Condition": {"StringEquals": {"servicecatalog:userLevel": "self"}},
        },
    ],
}


@pytest.fixture
def team(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(settings, "authorize", True)
    iam: Any = boto3.client("iam")
    role = iam.create_role(RoleName="team", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="team", PolicyName="launch", PolicyDocument=json.dumps(LAUNCHING))
    sts: Any = boto3.client("sts")
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    yield boto3.client(
        "servicecatalog",
        region_name="us-west-2",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def test_what_the_role_allows(team: Any) -> None:
    assert team.search_products()["ProductViewSummaries"] == []
    assert team.search_provisioned_products()["ProvisionedProducts"] == []


def test_what_the_role_does_not_allow(team: Any) -> None:
    with pytest.raises(ClientError) as refused:
        team.create_portfolio(DisplayName="Mine", ProviderName="Me")
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": (
            "User: arn:aws:sts::123456789012:assumed-role/team/me is not authorized to perform: "
            "servicecatalog:CreatePortfolio on resource: * because no identity-based policy allows the "
            "servicecatalog:CreatePortfolio action"
        ),
    }


def test_a_caller_that_iam_does_not_know_may_do_everything(team: Any) -> None:
    client: Any = boto3.client("servicecatalog", region_name="us-west-2")
    assert client.create_portfolio(DisplayName="Mine", ProviderName="Me")["PortfolioDetail"]["DisplayName"]
