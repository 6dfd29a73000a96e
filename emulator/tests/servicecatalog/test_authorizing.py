"""Callers whom IAM knows may do what their own policies allow."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import settings
from tests.conftest import cases
from tests.servicecatalog.account import Account

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
            "Action": [
                "servicecatalog:*Record*",
                "servicecatalog:*ProvisionedProduct*",
                "servicecatalog:ProvisionProduct",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"servicecatalog:userLevel": "self"}},
        },
        {
            "Effect": "Allow",
            "Action": "servicecatalog:DescribeProvisionedProduct",
            "Resource": "*",
            "Condition": {"StringEquals": {"servicecatalog:roleLevel": "self"}},
        },
    ],
}

USER: Any = {"Key": "User", "Value": "self"}


@pytest.fixture
def team(account: Account) -> Iterator[Any]:
    settings.authorize = True
    iam: Any = boto3.client("iam")
    role = iam.create_role(RoleName="team", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="team", PolicyName="launch", PolicyDocument=json.dumps(LAUNCHING))
    yield account.session(role["Arn"], name="me")


def test_what_the_role_allows(team: Any) -> None:
    assert team.search_products()["ProductViewSummaries"] == []
    assert team.search_provisioned_products(AccessLevelFilter=USER)["ProvisionedProducts"] == []


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


def test_callers_unknown_to_iam_may_do_everything(team: Any) -> None:
    client: Any = boto3.client("servicecatalog", region_name="us-west-2")
    assert client.create_portfolio(DisplayName="Mine", ProviderName="Me")["PortfolioDetail"]["DisplayName"]


@cases(
    ("call", "arguments", "allowed"),
    {
        "the default level is User": ("list_record_history", {}, True),
        "own": ("scan_provisioned_products", {"AccessLevelFilter": USER}, True),
        "the default level is Account": ("search_provisioned_products", {}, False),
        "the role's": ("list_record_history", {"AccessLevelFilter": {"Key": "Role", "Value": "self"}}, False),
    },
)
def test_lists_at_a_level_that_a_policy_allows(
    team: Any, call: str, arguments: dict[str, Any], allowed: bool
) -> None:
    if allowed:
        assert getattr(team, call)(**arguments)
        return
    with pytest.raises(ClientError) as refused:
        getattr(team, call)(**arguments)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_what_others_launched(account: Account, team: Any) -> None:
    portfolio, product, version = account.associated_product()
    account.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN="arn:aws:iam:::role/*", PrincipalType="IAM_PATTERN"
    )
    made = team.provision_product(
        ProductId=product, ProvisioningArtifactId=version, ProvisionedProductName="mine"
    )["RecordDetail"]
    assert team.describe_record(Id=made["RecordId"])["RecordDetail"]["Status"] == "SUCCEEDED"
    colleague = account.session("arn:aws:iam::123456789012:role/team", name="colleague")
    assert colleague.describe_provisioned_product(Name="mine")
    for call, arguments in (
        (colleague.describe_record, {"Id": made["RecordId"]}),
        (colleague.update_provisioned_product, {"ProvisionedProductName": "mine"}),
        (colleague.terminate_provisioned_product, {"ProvisionedProductId": made["ProvisionedProductId"]}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    account.admin.update_provisioned_product_properties(
        ProvisionedProductId=made["ProvisionedProductId"],
        ProvisionedProductProperties={"OWNER": "arn:aws:sts::123456789012:assumed-role/team/colleague"},
    )
    assert colleague.describe_record(Id=made["RecordId"])["RecordDetail"]["Status"] == "SUCCEEDED"
    with pytest.raises(ClientError):
        team.describe_record(Id=made["RecordId"])
