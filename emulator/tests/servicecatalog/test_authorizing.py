"""Callers whom IAM knows may do what their own policies allow."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import settings
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, Account, Launchable, client, stack_set, trust

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
        {"Effect": "Allow", "Action": ["cloudformation:*", "s3:GetObject", "sns:*"], "Resource": "*"},
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
            "servicecatalog:CreatePortfolio on resource: arn:aws:catalog:us-west-2:123456789012:portfolio/* "
            "because no identity-based policy allows the servicecatalog:CreatePortfolio action"
        ),
    }


def test_a_policy_for_one_portfolio(account: Account, team: Any) -> None:
    allowed, other = account.portfolio("A"), account.portfolio("B")
    action = {"Effect": "Allow", "Action": "servicecatalog:DescribePortfolio"}
    arn = f"arn:aws:catalog:us-west-2:123456789012:portfolio/{allowed}"
    account.iam.put_role_policy(
        RoleName="team",
        PolicyName="one",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{**action, "Resource": arn}]}),
    )
    assert team.describe_portfolio(Id=allowed)["PortfolioDetail"]["DisplayName"] == "A"
    with pytest.raises(ClientError, match=rf"DescribePortfolio on resource: \S+:portfolio/{other} "):
        team.describe_portfolio(Id=other)


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


START = ("cloudformation:*", "s3:GetObject")


class Team:
    """A role that launches a product without a LAUNCH constraint, and may do nothing else at first."""

    def __init__(self, account: Account) -> None:
        settings.authorize = True
        self.account, self.launchable = account, Launchable(account)
        self.user = self.launchable.user
        self.allow()

    def allow(self, *actions: str) -> None:
        """What the role may do, from now on."""
        statement = {"Effect": "Allow", "Action": ["servicecatalog:*", *actions], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.account.iam.put_role_policy(
            RoleName="ml-team-one", PolicyName="everything", PolicyDocument=document
        )

    def ended(self, answer: Any) -> tuple[str, str]:
        """The status of a record, and the first of its errors."""
        record = self.launchable.record(answer["RecordDetail"])
        return record["Status"], "; ".join(one["Description"] for one in record["RecordErrors"])

    def launch(self, **more: Any) -> tuple[str, str]:
        """The end of a launch."""
        key = {**self.launchable.key, "ProvisionedProductName": "mine", **more}
        return self.ended(self.user.provision_product(**key))


def lacks(action: str, resource: str = "") -> str:
    """AWS's message, as far as it does not depend on ids."""
    user = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one/someone"
    return f"{user} is not authorized to perform: {action} on resource: {resource}"


@pytest.fixture
def own_rights(account: Account) -> Team:
    return Team(account)


def refusals(status_and_reason: tuple[str, str]) -> str:
    status, reason = status_and_reason
    assert status == "FAILED"
    return reason


TITLE = {"ProvisioningParameters": [{"Key": "Title", "Value": "new"}]}


def test_launch_without_a_role_has_the_rights_of_its_caller(own_rights: Team) -> None:
    assert lacks("cloudformation:ValidateTemplate", "*") in refusals(own_rights.launch())
    own_rights.user.terminate_provisioned_product(ProvisionedProductName="mine")
    own_rights.allow(*START)
    assert lacks("sns:CreateTopic") in refusals(own_rights.launch())
    own_rights.allow(*START, "sns:*")
    own_rights.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert own_rights.launch() == ("SUCCEEDED", "")
    [stack] = client("cloudformation").describe_stacks()["Stacks"]
    assert "RoleARN" not in stack


def test_update_and_termination_have_the_rights_of_their_own_callers(own_rights: Team) -> None:
    own_rights.allow(*START, "sns:*")
    assert own_rights.launch() == ("SUCCEEDED", "")
    own_rights.allow(*START, "sns:CreateTopic", "sns:TagResource")

    def update() -> tuple[str, str]:
        return own_rights.ended(
            own_rights.user.update_provisioned_product(ProvisionedProductName="mine", **TITLE)
        )

    def terminate() -> tuple[str, str]:
        return own_rights.ended(own_rights.user.terminate_provisioned_product(ProvisionedProductName="mine"))

    assert lacks("sns:SetTopicAttributes") in refusals(update())
    assert lacks("sns:DeleteTopic") in refusals(terminate())
    own_rights.allow("sns:*")
    assert lacks("cloudformation:DeleteStack") in refusals(terminate())
    other = own_rights.account.role("ml-team-two")
    own_rights.account.admin.associate_principal_with_portfolio(
        PortfolioId=own_rights.launchable.portfolio, PrincipalARN=other, PrincipalType="IAM"
    )
    ended = own_rights.account.session(other).terminate_provisioned_product(ProvisionedProductName="mine")
    assert ended["RecordDetail"]["Status"] == "CREATED"
    assert own_rights.user.search_provisioned_products()["ProvisionedProducts"] == []


def test_removed_launch_role_is_used_no_more(own_rights: Team) -> None:
    own_rights.account.role("launch")
    constraint = own_rights.launchable.constrain("LAUNCH", {"LocalRoleName": "launch"})
    assert own_rights.launch() == ("SUCCEEDED", "")
    own_rights.account.admin.delete_constraint(Id=constraint)
    updated = own_rights.user.update_provisioned_product(ProvisionedProductName="mine", **TITLE)
    assert lacks("cloudformation:ValidateTemplate", "*") in refusals(own_rights.ended(updated))


def test_plan_has_the_rights_of_its_caller(own_rights: Team) -> None:
    plan = {
        **own_rights.launchable.key,
        "PlanName": "p",
        "PlanType": "CLOUDFORMATION",
        "ProvisionedProductName": "mine",
    }

    def status() -> tuple[str, str]:
        made = own_rights.user.create_provisioned_product_plan(**plan)["PlanId"]
        shown = own_rights.user.describe_provisioned_product_plan(PlanId=made)[
            "ProvisionedProductPlanDetails"
        ]
        return made, f"{shown['Status']} {shown.get('StatusMessage', '')}"

    own_rights.allow("cloudformation:ValidateTemplate", "cloudformation:GetTemplateSummary", "s3:GetObject")
    made, message = status()
    assert message.startswith(f"CREATE_FAILED {lacks('cloudformation:CreateChangeSet')}")
    own_rights.user.delete_provisioned_product_plan(PlanId=made)
    own_rights.allow(*START)
    made, message = status()
    assert message == "CREATE_SUCCESS "
    executed = own_rights.user.execute_provisioned_product_plan(PlanId=made)
    assert lacks("sns:CreateTopic") in refusals(own_rights.ended(executed))


def test_stack_set_needs_actions_of_its_caller(own_rights: Team) -> None:
    account = own_rights.account
    account.role("stack-admin", trust=trust({"Service": "cloudformation.amazonaws.com"}))
    account.role("stack-execution", trust=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/stack-admin"}))
    own_rights.launchable.constrain("STACKSET", stack_set([ACCOUNT], "us-west-2"))
    assert lacks("cloudformation:CreateStackSet") in refusals(own_rights.launch())
    own_rights.user.terminate_provisioned_product(ProvisionedProductName="mine")
    own_rights.allow("cloudformation:*")
    assert own_rights.launch(ProvisionedProductName="yours") == ("SUCCEEDED", "")


def test_nested_stack_has_the_rights_of_the_caller(own_rights: Team) -> None:
    account = own_rights.account
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": account.url}}
    url = account.put("outer.json", json.dumps({"Resources": {"Inner": inner}}))
    product, version = account.product("outer", url=url)
    account.admin.associate_product_with_portfolio(
        ProductId=product, PortfolioId=own_rights.launchable.portfolio
    )
    key = {"ProductId": product, "ProvisioningArtifactId": version}
    own_rights.allow(*START)
    assert "failed to create: [Inner]" in refusals(own_rights.launch(**key))
    own_rights.allow(*START, "sns:*")
    assert own_rights.launch(**key, ProvisionedProductName="yours") == ("SUCCEEDED", "")
