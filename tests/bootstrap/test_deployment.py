from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from publisher.bootstrap.deployment import Readers, Result, Step
from publisher.bootstrap.grants import GrantChanges
from publisher.bootstrap.placement import Limits
from publisher.bootstrap.role_states import RoleState
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Action
from publisher.bootstrap.templates import BUCKET_STACK, ROLES_STACK
from publisher.errors import AwsError, Refused
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch, launch_role, policy, publish
from tests.conftest import cases, raising

ROLES = [launch_role("ml-a"), launch_role("ml-b", policies=2)]
NOBODY = Readers()


NEW = (
    RoleState(name="launch-ml-a", state="missing", actions=GrantChanges(added=("sns:Subscribe",))),
    RoleState(name="launch-ml-b", state="missing", actions=GrantChanges(added=("sns:Subscribe",))),
)


def result(
    *actions: Action, region: str = "us-west-2", home: str = "us-west-2", states: tuple[RoleState, ...] = ()
) -> Result:
    return Result(
        account_id=ACCOUNT,
        region=region,
        bucket=f"publisher-{ACCOUNT}-{region}",
        roles=("launch-ml-a", "launch-ml-b"),
        steps=(
            Step(stack=BUCKET_STACK, region=region, action=actions[0]),
            Step(stack=ROLES_STACK, region=home, action=actions[1], roles=2),
        ),
        role_states=states,
    )


def exchanged(name: str) -> RoleState:
    return RoleState(
        name=name,
        state="outdated",
        actions=GrantChanges(added=("sns:Publish",), removed=("sns:Subscribe",)),
        expands=True,
    )


def test_plan_of_an_empty_account_writes_nothing(account: Account) -> None:
    plan = account.bootstrap().plan(ROLES, NOBODY)
    assert plan == result("create", "create", states=NEW)
    assert plan.changes
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_deploy_makes_bucket_parameter_and_roles(account: Account) -> None:
    assert account.bootstrap().deploy(ROLES, NOBODY) == result("create", "create", states=NEW)
    bucket = f"publisher-{ACCOUNT}-us-west-2"
    s3 = account.client("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert [
        statement["Sid"]
        for statement in json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    ] == ["OnlyTls"]
    parameter = account.client("ssm").get_parameter(Name="/publisher/bucket")["Parameter"]
    assert parameter["Value"] == bucket
    iam = account.client("iam")
    attached = iam.list_attached_role_policies(RoleName="launch-ml-b")["AttachedPolicies"]
    assert sorted(policy["PolicyName"] for policy in attached) == ["launch-ml-b-1", "launch-ml-b-2"]
    assert account.notes[-1] == "publisher-launch-roles: CREATE_COMPLETE, 5 resources done"


def test_a_second_run_changes_nothing(account: Account) -> None:
    account.bootstrap().deploy(ROLES, Readers(accounts=("222222222222",)))
    account.aws.calls.clear()
    plan = account.bootstrap().plan(ROLES, NOBODY)
    assert plan == result("unchanged", "unchanged")
    assert not plan.changes
    assert account.bootstrap().deploy(ROLES, NOBODY) == plan
    assert {call.partition(":")[2] for call in account.aws.calls} <= {
        "DescribeStacks",
        "GetAccountAuthorizationDetails",
        "GetCallerIdentity",
        "GetTemplate",
    }


def test_stacks_are_begun_in_their_order_and_deleted_from_the_last(account: Account) -> None:
    """Then a run that is killed leaves no gap in their numbers, which would hide what comes after it."""
    roles = [launch_role(f"ml-{number}") for number in range(6)]
    bootstrap = account.bootstrap(limits=Limits(resources=3))
    made = [step.stack for step in bootstrap.deploy(roles, NOBODY).steps if step.roles]
    assert made == ["publisher-launch-roles", *(f"publisher-launch-roles-{number}" for number in range(2, 7))]
    cloudformation = account.client("cloudformation")

    def stacks(time: str) -> list[str]:
        found = [it for it in cloudformation.list_stacks()["StackSummaries"] if it["StackName"] in made]
        return [it["StackName"] for it in sorted(found, key=lambda it: it[time])]

    assert stacks("CreationTime") == made
    assert account.aws.calls["cloudformation:CreateStack"] == 7
    assert not bootstrap.plan(roles, NOBODY).changes
    bootstrap.remove(bootstrap.plan_removal(()))
    assert stacks("DeletionTime") == made[::-1]


def test_a_stack_that_cannot_be_begun_leaves_no_gap_before_others(account: Account) -> None:
    roles = [launch_role(f"ml-{number}") for number in range(6)]
    bootstrap, cloudformation = (
        account.bootstrap(limits=Limits(resources=3)),
        account.client("cloudformation"),
    )

    def refuse(params: dict[str, Any], **_: object) -> None:
        if params["body"]["StackName"] == "publisher-launch-roles-3":
            raise ClientError({"Error": {"Code": "LimitExceededException", "Message": "full"}}, "CreateStack")

    event = "before-call.cloudformation.CreateStack"
    cloudformation.meta.events.register(event, refuse)
    with pytest.raises(AwsError, match="cannot write the stack publisher-launch-roles-3"):
        bootstrap.deploy(roles, NOBODY)
    found = cloudformation.describe_stacks()["Stacks"]
    assert {it["StackName"] for it in found if "roles" in it["StackName"]} == {
        "publisher-launch-roles",
        "publisher-launch-roles-2",
    }
    cloudformation.meta.events.unregister(event, refuse)
    assert [it.action for it in bootstrap.deploy(roles, NOBODY).steps] == 3 * ["unchanged"] + 4 * ["create"]


def test_readers_are_kept_until_they_are_removed(account: Account) -> None:
    def statements() -> list[str]:
        policy = account.client("s3").get_bucket_policy(Bucket=f"publisher-{ACCOUNT}-us-west-2")["Policy"]
        return [statement["Sid"] for statement in json.loads(policy)["Statement"]]

    bootstrap = account.bootstrap()
    bootstrap.deploy(ROLES, Readers(organization="o-1234567890"))
    assert statements() == ["OnlyTls", "OrganizationReadsContent"]
    more = Readers(accounts=("333333333333", "222222222222"))
    assert bootstrap.plan(ROLES, more) == result("update", "unchanged")
    assert bootstrap.deploy(ROLES, more) == result("update", "unchanged")
    assert statements() == ["OnlyTls", "OrganizationReadsContent", "AccountsReadContent"]
    bootstrap.deploy(ROLES, Readers(organization="", accounts=()))
    assert statements() == ["OnlyTls"]


def test_a_changed_policy_updates_the_roles_only(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    changed = [ROLES[0], launch_role("ml-b", "sns:Publish", policies=2)]
    assert account.bootstrap().deploy(changed, NOBODY) == result(
        "unchanged", "update", states=(exchanged("launch-ml-b"),)
    )


def test_many_roles_go_through_the_bucket(account: Account) -> None:
    roles = [launch_role("ml-a", *(f"sns:Action{number:04}" for number in range(4000))), ROLES[1]]
    account.bootstrap().deploy(roles, NOBODY)
    objects = account.client("s3").list_objects_v2(Bucket=f"publisher-{ACCOUNT}-us-west-2")["Contents"]
    assert [item["Key"].partition("/")[0] for item in objects] == ["bootstrap"]
    assert account.bootstrap().plan(roles, NOBODY) == result("unchanged", "unchanged")


def test_a_second_region_finds_the_roles(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    there = account.bootstrap("eu-west-1")
    plan = result("create", "unchanged", region="eu-west-1", home="us-west-2")
    assert there.plan(ROLES, NOBODY) == plan
    assert there.deploy(ROLES, NOBODY) == plan
    assert account.client("s3").head_bucket(Bucket=f"publisher-{ACCOUNT}-eu-west-1")
    changed = [launch_role("ml-a", "sns:Publish"), ROLES[1]]
    assert there.deploy(changed, NOBODY) == result(
        "unchanged", "update", region="eu-west-1", home="us-west-2", states=(exchanged("launch-ml-a"),)
    )


def test_a_role_that_is_not_ours(account: Account) -> None:
    account.client("iam").create_role(RoleName="launch-ml-b", AssumeRolePolicyDocument="{}")
    with raising(
        Refused,
        "role 'launch-ml-b' already exists and was not created by bootstrap",
        "delete it, or set launch_role: launch-ml-b in the family's product.yaml",
    ):
        account.bootstrap().plan(ROLES, NOBODY)


def denied(account: Account, *operations: str, service: str = "iam") -> Stubber:
    stub = Stubber(account.client(service))
    for operation in operations:
        stub.add_client_error(operation, service_error_code="AccessDenied", service_message="no")
    return stub


def test_a_role_without_permission_to_read_it(account: Account) -> None:
    with denied(account, "get_account_authorization_details", "get_role"), pytest.raises(AwsError) as caught:
        account.bootstrap().plan(ROLES, NOBODY)
    assert caught.value.message == "cannot read the role launch-ml-a: GetRole answered AccessDenied: no"


def test_without_permission_to_read_iam_the_stack_is_compared(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    home = [{"Key": "publisher:region", "Value": "us-west-2"}]
    role = {"Path": "/", "RoleName": "launch-ml-a", "RoleId": "AROA1234567890123456", "Tags": home}
    role |= {"Arn": f"arn:aws:iam::{ACCOUNT}:role/launch-ml-a", "CreateDate": "2026-01-01T00:00:00Z"}
    with denied(account, "get_account_authorization_details") as stub:
        for _ in ROLES:
            stub.add_response("get_role", {"Role": role})
        plan = account.bootstrap().plan([launch_role("ml-a", "sns:Publish"), ROLES[1]], NOBODY)
    said = "GetAccountAuthorizationDetails answered AccessDenied: no"
    assert plan == replace(
        result("unchanged", "update", states=(exchanged("launch-ml-a"),)),
        unread=f"cannot look at launch roles: cannot read the roles of the account: {said}",
    )


def test_a_role_of_a_removed_product(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    lost = RoleState(name="launch-ml-b", state="removed", actions=GrantChanges(removed=("sns:Subscribe",)))
    assert account.bootstrap().plan(ROLES[:1], NOBODY).role_states == (lost,)
    kept = account.bootstrap().plan(ROLES[:1], NOBODY, keep_others=True)
    assert (kept.role_states, kept.changes) == ((), False)
    account.client("iam").put_role_policy(
        RoleName="launch-ml-b",
        PolicyName="mine",
        PolicyDocument=json.dumps(policy(1, "sns:Publish").resolved(partition="aws", account_id=ACCOUNT)),
    )
    account.bootstrap().deploy(ROLES[:1], NOBODY)
    assert [it["RoleName"] for it in account.client("iam").list_roles()["Roles"]] == ["launch-ml-a"]


def test_quotas_of_iam_are_looked_at_before_roles_are_made(account: Account) -> None:
    quotas = {"Roles": 999, "RolesQuota": 1000, "Policies": 10, "PoliciesQuota": 12}
    message = (
        f"account {ACCOUNT}: the launch roles exceed quotas of IAM: 1001 roles of at most 1000, 2 of them "
        "new; 13 customer managed policies of at most 12, 3 of them new; 2 policies attached to a role of at "
        "most 1"
    )
    request = "aws service-quotas request-service-quota-increase --service-code iam --quota-code"
    hint = (
        f"request an increase: {request} L-FE177D64 --desired-value 1001 --region us-east-1; {request} "
        f"L-E95E4862 --desired-value 13 --region us-east-1; {request} L-0DA4ABF3 --desired-value 2 --region "
        "us-east-1; or set launch_role in a family"
    )
    with Stubber(account.client("iam")) as stub:
        stub.add_response("get_account_authorization_details", {"RoleDetailList": [], "Policies": []})
        summary = {**quotas, "AttachedPoliciesPerRoleQuota": 1}
        stub.add_response("get_account_summary", {"SummaryMap": summary})
        with raising(Refused, message, hint):
            account.bootstrap().plan(ROLES, NOBODY)
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_quotas_that_may_not_be_read(account: Account) -> None:
    with denied(account) as stub:
        stub.add_response("get_account_authorization_details", {"RoleDetailList": [], "Policies": []})
        stub.add_client_error("get_account_summary", service_error_code="AccessDenied", service_message="no")
        plan = account.bootstrap().plan(ROLES, NOBODY)
    assert plan.unread == "cannot read the quotas of IAM: GetAccountSummary answered AccessDenied: no"


def test_a_boundary_stays_while_roles_have_it(account: Account) -> None:
    account.bootstrap().deploy([launch_role("ml-a", boundary="sns:Publish")], NOBODY)
    arn, iam = f"arn:aws:iam::{ACCOUNT}:policy/launch-ml-a-boundary", account.client("iam")
    iam.create_role(RoleName="made", AssumeRolePolicyDocument="{}", PermissionsBoundary=arn)
    without = [launch_role("ml-a")]
    assert not account.bootstrap().plan(without, NOBODY).changes
    iam.delete_role_permissions_boundary(RoleName="made")
    account.bootstrap().deploy(without, NOBODY)
    assert [it["PolicyName"] for it in iam.list_policies(Scope="Local")["Policies"]] == ["launch-ml-a-1"]


def test_a_new_boundary_needs_no_permission_and_a_wider_one_does(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    bounded = [launch_role("ml-a", boundary="sns:Publish"), ROLES[1]]
    (new,) = account.bootstrap().deploy(bounded, NOBODY).role_states
    assert (new.boundary, new.expands) == (GrantChanges(added=("sns:Publish",)), False)
    wider = [launch_role("ml-a", boundary="sns:*"), ROLES[1]]
    (state,) = account.bootstrap().plan(wider, NOBODY).role_states
    assert (state.state, state.expands, state.lacks) == ("outdated", True, ("boundary: sns:*",))


@cases(
    ("before", "after"),
    {
        "the role": (launch_role("ml-a", "sns:Subscribe", "sns:Publish"), ROLES[0]),
        "the boundary": (launch_role("ml-a", boundary="sns:*"), launch_role("ml-a", boundary="sns:Publish")),
    },
)
def test_launches_that_lose_something_are_named(
    account: Account, before: LaunchRole, after: LaunchRole
) -> None:
    for region in ("us-west-2", "eu-west-1"):
        account.bootstrap(region).deploy([before, ROLES[1]], NOBODY)

    def losing() -> tuple[str, ...]:
        (state,) = account.bootstrap().plan([after, ROLES[1]], NOBODY, regions=["eu-west-1"]).role_states
        return state.launches

    launch(account, publish(account, "ml-b", role="launch-ml-b"), "other")
    assert losing() == ()
    launch(account, publish(account, "ml-a", role="launch-ml-a"), "churn")
    launch(
        account, publish(account, "ml-a", role="launch-ml-a", region="eu-west-1"), "fraud", region="eu-west-1"
    )
    assert losing() == ("eu-west-1/fraud", "us-west-2/churn")


def test_launches_are_read_only_when_a_role_loses_something(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    more = [launch_role("ml-a", "sns:Subscribe", "sns:Publish"), ROLES[1]]
    with denied(account, "search_provisioned_products", service="servicecatalog"):
        assert account.bootstrap().plan(more, NOBODY).unread == ""
        plan = account.bootstrap().plan([launch_role("ml-a", "sns:Publish"), ROLES[1]], NOBODY)
    assert plan == replace(
        result("unchanged", "update", states=(exchanged("launch-ml-a"),)),
        unread=f"cannot list the launches of {ACCOUNT}/us-west-2: SearchProvisionedProducts answered "
        "AccessDenied: no",
    )
