"""Who may assume a role: its trust policy decides, and across accounts the caller's own policies, too."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.settings import settings
from tests.conftest import cases

HOME, OTHER = "123456789012", "222222222222"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trusting(principal: Any, **condition: Any) -> str:
    more = {"Condition": condition} if condition else {}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def role_arn(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@pytest.fixture(autouse=True)
def _authorizing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install()
    monkeypatch.setattr(settings, "authorize", True)
    with mock_aws():
        yield


def client(service: str, *arns: str, **more: str) -> Any:
    """As nobody in particular, or in turn as these roles; the last with more in the request."""
    keys: dict[str, str] = {}
    for arn in arns:
        sts: Any = boto3.client("sts", "us-west-2", **keys)  # type: ignore[call-overload]
        request = more if arn is arns[-1] else {}
        made = sts.assume_role(RoleArn=arn, RoleSessionName="me", **request)["Credentials"]
        keys = {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }
    return boto3.client(service, "us-west-2", **keys)  # type: ignore[call-overload]


def role(name: str, trust: str, *policies: str, account: str = HOME, path: str = "/") -> str:
    iam = client("iam", role_arn("door", account))
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Path=path)["Role"]
    for number, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=policy)
    return str(made["Arn"])


def refusal(*arns: str, **more: str) -> str:
    try:
        client("sts", *arns, **more)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return error.response["Error"]["Message"]
    return ""


SESSION = f"arn:aws:sts::{HOME}:assumed-role/caller/me"
DENIED = f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: "
ROOT, CALLER = {"AWS": f"arn:aws:iam::{HOME}:root"}, {"AWS": role_arn("caller")}


@cases(
    ("account", "trust", "policies", "allowed"),
    {
        "by name": (HOME, trusting(CALLER), [], True),
        "by session": (HOME, trusting({"AWS": SESSION}), [], True),
        "whoever may in the account": (HOME, trusting(ROOT), [document(ALL)], True),
        "whoever may, and he may not": (HOME, trusting(ROOT), [], False),
        "another name": (HOME, trusting({"AWS": role_arn("other")}), [document(ALL)], False),
        "a service": (HOME, trusting({"Service": "sagemaker.amazonaws.com"}), [document(ALL)], False),
        "nobody": (HOME, "{}", [document(ALL)], False),
        "across accounts by name": (OTHER, trusting(CALLER), [document(ALL)], True),
        "across accounts without permission": (OTHER, trusting(CALLER), [], False),
        "an account by its id": (OTHER, trusting({"AWS": HOME}), [document(ALL)], True),
        "another account": (OTHER, trusting({"AWS": OTHER}), [document(ALL)], False),
        "anybody": (OTHER, trusting("*"), [document(ALL)], True),
        "a pattern of names": (
            OTHER,
            trusting(ROOT, ArnLike={"aws:PrincipalArn": role_arn("call*")}),
            [document(ALL)],
            True,
        ),
        "a pattern of other names": (
            OTHER,
            trusting(ROOT, ArnLike={"aws:PrincipalArn": role_arn("sso/call*")}),
            [document(ALL)],
            False,
        ),
        "a name of the session": (
            HOME,
            trusting(CALLER, StringEquals={"sts:RoleSessionName": "you"}),
            [],
            False,
        ),
    },
)
def test_trust(account: str, trust: str, policies: list[str], allowed: bool) -> None:
    caller = role("caller", trusting({"AWS": HOME}), *policies)
    wanted = role("wanted", trust, account=account)
    found = refusal(caller, wanted)
    assert (found == "") is allowed
    assert allowed or found.startswith(f"{DENIED}{wanted}")


@pytest.mark.parametrize(("side", "where"), [("Principal", "trust"), ("Resource", "policy")])
def test_roles_of_an_organization(side: str, where: str) -> None:
    made: Any = boto3.client("organizations", "us-west-2").create_organization(FeatureSet="ALL")
    for organization, allowed in ((made["Organization"]["Id"], True), ("o-another123", False)):
        condition: dict[str, Any] = {"StringEquals": {f"aws:{side}OrgID": organization}}
        policy = ALL if where == "trust" else ALL | {"Condition": condition}
        caller = role(f"caller{allowed}", trusting({"AWS": HOME}), document(policy))
        wanted = role(f"wanted{allowed}", trusting(ROOT, **(condition if where == "trust" else {})))
        assert (refusal(caller, wanted) == "") is allowed


def test_an_external_id() -> None:
    caller = role("caller", trusting({"AWS": HOME}))
    wanted = role("wanted", trusting(CALLER, StringEquals={"sts:ExternalId": "secret"}))
    assert refusal(caller, wanted, ExternalId="secret") == ""
    assert refusal(caller, wanted, ExternalId="guess") == f"{DENIED}{wanted}"


def test_a_role_is_found_with_its_path_only() -> None:
    caller = role("caller", trusting({"AWS": HOME}))
    wanted = role("wanted", trusting(CALLER), path="/x/")
    assert refusal(caller, wanted) == ""
    assert refusal(caller, role_arn("wanted")) == f"{DENIED}{role_arn('wanted')}"


def test_roles_that_are_not_there_are_the_way_into_an_account() -> None:
    caller = role("caller", trusting({"AWS": HOME}))
    assert refusal(caller, role_arn("anything", OTHER)) == ""
    assert client("sts", caller, role_arn("anything", OTHER)).get_caller_identity()["Account"] == OTHER


def test_a_created_account_lets_its_manager_in() -> None:
    organizations = client("organizations", role_arn("door"))
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="a", Email="a@example.com", RoleName="Vending")
    account = made["CreateAccountStatus"]["AccountId"]
    manager = role("manager", trusting({"AWS": HOME}), document(ALL))
    assert refusal(manager, role_arn("Vending", account)) == ""
    iam = client("iam", manager, role_arn("Vending", account))
    (attached,) = iam.list_attached_role_policies(RoleName="Vending")["AttachedPolicies"]
    assert attached["PolicyName"] == "AdministratorAccess"
    stranger = role("stranger", trusting({"AWS": OTHER}), document(ALL), account=OTHER)
    assert "not authorized" in refusal(stranger, role_arn("Vending", account))
    other = organizations.create_account(AccountName="b", Email="b@example.com")["CreateAccountStatus"]
    assert refusal(manager, role_arn("OrganizationAccountAccessRole", other["AccountId"])) == ""
