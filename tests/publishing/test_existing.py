"""What a plan's changes name outside the catalog is looked up before the first write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publisher.model import (
    BudgetAssociation,
    LaunchConstraint,
    NotificationConstraint,
    PortfolioShare,
    Principal,
    PrincipalType,
    Resource,
    ServiceAction,
    ShareType,
    StackSetConstraint,
)
from publisher.planning.changes import Create, Update
from publisher.planning.plan import Plan
from publisher.publishing.existing import with_missing
from tests.account import ACCOUNT, PATTERN, REGION, Account
from tests.conftest import cases
from tests.samples import TARGET, ml

ROLE, TOPIC = f"arn:aws:iam::{ACCOUNT}:role", f"arn:aws:sns:{REGION}:{ACCOUNT}"
IN_ML: dict[str, Any] = {"portfolio": "ml", "product": "studio"}


def principal(arn: str, type_: PrincipalType = "IAM") -> Principal:
    return Principal(portfolio="ml", principal_arn=arn, principal_type=type_)


def share(node: str, share_type: ShareType) -> PortfolioShare:
    return PortfolioShare(portfolio="ml", share_type=share_type, principal_id=node)


def budget(name: str) -> BudgetAssociation:
    return BudgetAssociation(owner=("portfolio", "ml"), budget_name=name)


def topics(*names: str) -> NotificationConstraint:
    arns = tuple(f"{TOPIC}:{name}" for name in names)
    return NotificationConstraint(**IN_ML, name="ops", notification_arns=arns)


def stack_set(role: str) -> StackSetConstraint:
    return StackSetConstraint(
        **IN_ML, account_list=(ACCOUNT,), region_list=(REGION,), admin_role=role, execution_role="x"
    )


def action(document: str, role: str = "LAUNCH_ROLE") -> ServiceAction:
    definition = {"AssumeRole": role, "Name": document, "Version": "1"}
    return ServiceAction(name="studio/stop", display_name="Stop", definition=tuple(definition.items()))


def looked_up(account: Account, *resources: Resource, derived: tuple[str, ...] = ()) -> Plan:
    changes = tuple(Create(it) for it in resources)
    return with_missing(Plan(target=TARGET, changes=changes), account.aws, derived=derived)


@pytest.fixture
def there(account: Account) -> Account:
    """An account with one of each."""
    account.role("lead")
    iam = account.client("iam")
    iam.create_role(RoleName="deep", Path="/team/", AssumeRolePolicyDocument="{}")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="leads")
    account.budgets("ml")
    account.client("sns").create_topic(Name="events")
    account.client("ssm").create_document(
        Name="Stop", Content=json.dumps({"schemaVersion": "0.3", "mainSteps": []}), DocumentType="Automation"
    )
    return account


@cases(
    ("resource", "missing"),
    {
        "a role": (principal(f"{ROLE}/lead"), ""),
        "no role": (principal(f"{ROLE}/led"), f"role '{ROLE}/led' not found"),
        "a role with a path": (principal(f"{ROLE}/team/deep"), ""),
        "a role with another path": (
            principal(f"{ROLE}/deep"),
            f"role '{ROLE}/deep' not found; 'deep' is '{ROLE}/team/deep'",
        ),
        "a user": (principal(f"arn:aws:iam::{ACCOUNT}:user/ann"), ""),
        "no user": (
            principal(f"arn:aws:iam::{ACCOUNT}:user/bob"),
            f"user 'arn:aws:iam::{ACCOUNT}:user/bob' not found",
        ),
        "a group": (principal(f"arn:aws:iam::{ACCOUNT}:group/leads"), ""),
        "no group": (
            principal(f"arn:aws:iam::{ACCOUNT}:group/x"),
            f"group 'arn:aws:iam::{ACCOUNT}:group/x' not found",
        ),
        "a pattern": (principal(PATTERN, "IAM_PATTERN"), ""),
        "a launch role by ARN": (LaunchConstraint(**IN_ML, role_arn=f"{ROLE}/lead"), ""),
        "no launch role by ARN": (
            LaunchConstraint(**IN_ML, role_arn=f"{ROLE}/x"),
            f"role '{ROLE}/x' not found",
        ),
        "a launch role by name": (LaunchConstraint(**IN_ML, local_role_name="lead"), ""),
        "no launch role by name": (
            LaunchConstraint(**IN_ML, local_role_name="x"),
            f"role '{ROLE}/x' not found",
        ),
        "a launch role that bootstrap makes": (LaunchConstraint(**IN_ML, local_role_name="launch-s"), ""),
        "a role of stack sets": (stack_set(f"{ROLE}/lead"), ""),
        "no role of stack sets": (stack_set(f"{ROLE}/x"), f"role '{ROLE}/x' not found"),
        "topics": (topics("events"), ""),
        "no topic": (topics("events", "x"), f"SNS topic '{TOPIC}:x' not found"),
        "a budget": (budget("ml"), ""),
        "no budget": (budget("x"), "budget 'x' not found in the account"),
        "a document": (action("Stop"), ""),
        "no document": (action("Start"), "SSM document 'Start' not found"),
        "a document of AWS": (action("AWS-StopEC2Instance"), ""),
        "no role of an action": (action("Stop", f"{ROLE}/x"), f"role '{ROLE}/x' not found"),
        "another account": (share("222222222222", "ACCOUNT"), ""),
    },
)
def test_what_a_change_names(resource: Resource, missing: str, there: Account) -> None:
    found = looked_up(there, resource, derived=("launch-s",))
    assert [it.message for it in found.missing] == ([missing] if missing else [])
    assert all(it.label == (resource.kind, resource.label) for it in found.missing)
    assert found.unknown == ()


def organization(account: Account, *, access: bool = True) -> tuple[str, str]:
    """The ids of a new organization and a unit of it."""
    client = account.client("organizations")
    id_ = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="Unit")["OrganizationalUnit"]["Id"]
    if access:
        account.catalog.enable_aws_organizations_access()
    return id_, unit


def test_nodes_of_the_organization(account: Account) -> None:
    id_, unit = organization(account)
    right = (share(id_, "ORGANIZATION"), share(unit, "ORGANIZATIONAL_UNIT"))
    assert looked_up(account, *right, share(ACCOUNT, "ORGANIZATION_MEMBER_ACCOUNT")).missing == ()
    wrong = looked_up(
        account,
        share("o-aaaaaaaaaa", "ORGANIZATION"),
        share("ou-aaaa-aaaaaaaa", "ORGANIZATIONAL_UNIT"),
        share("999999999999", "ORGANIZATION_MEMBER_ACCOUNT"),
    )
    assert [it.message for it in wrong.missing] == [
        f"organization 'o-aaaaaaaaaa' not found; the account is in '{id_}'",
        "organizational unit 'ou-aaaa-aaaaaaaa' not found",
        "account '999999999999' not found in the organization",
    ]


def test_an_organization_without_access(account: Account) -> None:
    _, unit = organization(account, access=False)
    (missing,) = looked_up(account, share(unit, "ORGANIZATIONAL_UNIT")).missing
    assert (missing.message, missing.hint) == (
        "Service Catalog has no access to the organization",
        "in the organization's management account, run aws servicecatalog enable-aws-organizations-access",
    )


def test_no_organization(account: Account) -> None:
    found = looked_up(account, share("o-aaaaaaaaaa", "ORGANIZATION"))
    assert [it.message for it in found.missing] == [
        "Service Catalog has no access to the organization",
        "the account is in no organization",
        "organization 'o-aaaaaaaaaa' not found: the account is in no organization",
    ]


def denied(**_: object) -> tuple[object, dict[str, object]]:
    """An answer of AWS to somebody without permission."""

    class Forbidden:
        status_code = 403

    return Forbidden(), {"Error": {"Code": "AccessDeniedException", "Message": "no"}}


def test_who_may_not_look_is_told_so(there: Account) -> None:
    events = there.client("budgets").meta.events
    events.register("before-call.budgets.DescribeBudget", denied)
    found = looked_up(there, budget("x"), topics("x"))
    assert found.unknown == ("budget x (AccessDeniedException)",)
    assert [it.message for it in found.missing] == [f"SNS topic '{TOPIC}:x' not found"]


def test_each_name_is_looked_up_once(there: Account) -> None:
    role = LaunchConstraint(**IN_ML, local_role_name="lead")
    other = LaunchConstraint(portfolio="ml", product="notebook", local_role_name="lead")
    planned = Plan(target=TARGET, changes=(Create(role), Update(role, other), Create(ml)))
    assert with_missing(planned, there.aws) == planned
    assert there.aws.calls["iam:GetRole"] == 1
