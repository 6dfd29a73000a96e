from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import settings
from catalog_emulator.cloudformation.engine.backend import engine
from catalog_emulator.cloudformation.resources.clients import clients
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import UNMAKEABLE, body, group
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

OWNER, FIRST, SECOND = "123456789012", "222222222222", "333333333333"
ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION = "AWSCloudFormationStackSetExecutionRole"
TEMPLATE = body(
    {"Group": {**group("unused"), "Properties": {"Name": {"Ref": "Name"}}}},
    Parameters={"Name": {"Type": "String", "Default": "default"}},
    Outputs={"Name": {"Value": {"Ref": "Group"}}},
)


def iam(account: str) -> Any:
    return clients(account, REGION)("iam")


def trust(account: str, role: str, principal: dict[str, str], action: str = "sts:AssumeRole") -> None:
    statement = {"Effect": "Allow", "Action": action, "Principal": principal}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam(account).create_role(RoleName=role, AssumeRolePolicyDocument=document)
    allow(account, role, "*")


def allow(account: str, role: str, action: str) -> None:
    """The role may do this, and nothing else."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam(account).put_role_policy(RoleName=role, PolicyName="may", PolicyDocument=document)


@pytest.fixture
def trusted(cfn: CloudFormationClient) -> CloudFormationClient:
    trust(OWNER, ADMINISTRATION, {"Service": "cloudformation.amazonaws.com"})
    for account in (FIRST, SECOND):
        trust(account, EXECUTION, {"AWS": f"arn:aws:iam::{OWNER}:role/{ADMINISTRATION}"})
    cfn.create_stack_set(StackSetName="many", TemplateBody=TEMPLATE, Description="d")
    return cfn


def make(client: CloudFormationClient, *regions: str, **supplied: Any) -> dict[str, Any]:
    """Stacks in both accounts; the operation."""
    started = client.create_stack_instances(
        StackSetName="many", Accounts=[FIRST, SECOND], Regions=regions or (REGION,), **supplied
    )
    return operation(client, started["OperationId"])


def operation(client: CloudFormationClient, operation_id: str) -> dict[str, Any]:
    response = client.describe_stack_set_operation(StackSetName="many", OperationId=operation_id)
    return dict(response["StackSetOperation"])


def results(client: CloudFormationClient, operation_id: str) -> list[tuple[str, str, str, str | None]]:
    response = client.list_stack_set_operation_results(StackSetName="many", OperationId=operation_id)
    return [
        (one["Account"], one["Region"], one["Status"], one.get("StatusReason"))
        for one in response["Summaries"]
    ]


def instances(client: CloudFormationClient) -> list[tuple[str, str, str, str]]:
    response = client.list_stack_instances(StackSetName="many")["Summaries"]
    return [
        (one["Account"], one["Region"], one["Status"], one["StackInstanceStatus"]["DetailedStatus"])
        for one in response
    ]


def stack(account: str, region: str = REGION) -> Any:
    (found,) = engine(account, region).stacks.values()
    return found


def name_of(account: str, region: str = REGION) -> str:
    return str(stack(account, region).outputs[0]["OutputValue"])


def test_lifecycle_of_a_stack_set(trusted: CloudFormationClient) -> None:
    made = make(trusted, REGION, "eu-west-1")

    assert (made["Action"], made["Status"]) == ("CREATE", "SUCCEEDED")
    assert made["EndTimestamp"] >= made["CreationTimestamp"]
    assert instances(trusted) == [
        (FIRST, REGION, "CURRENT", "SUCCEEDED"),
        (SECOND, REGION, "CURRENT", "SUCCEEDED"),
        (FIRST, "eu-west-1", "CURRENT", "SUCCEEDED"),
        (SECOND, "eu-west-1", "CURRENT", "SUCCEEDED"),
    ]
    shown = trusted.describe_stack_set(StackSetName="many")["StackSet"]
    assert (shown["TemplateBody"], shown["Status"]) == (TEMPLATE, "ACTIVE")
    assert (shown["PermissionModel"], shown["ExecutionRoleName"]) == ("SELF_MANAGED", EXECUTION)
    assert shown["AdministrationRoleARN"] == f"arn:aws:iam::{OWNER}:role/{ADMINISTRATION}"
    assert shown["Regions"] == [REGION, "eu-west-1"]
    assert name_of(FIRST, "eu-west-1") == "default"
    assert stack(FIRST).name.startswith("StackSet-many-")
    response = trusted.describe_stack_instance(
        StackSetName="many", StackInstanceAccount=FIRST, StackInstanceRegion=REGION
    )["StackInstance"]
    assert response["StackId"] == stack(FIRST).stack_id
    assert response["LastOperationId"] == made["OperationId"]

    overrides: Any = [{"ParameterKey": "Name", "ParameterValue": "own"}]
    trusted.update_stack_instances(
        StackSetName="many", Accounts=[FIRST], Regions=[REGION], ParameterOverrides=overrides
    )
    assert (name_of(FIRST), name_of(SECOND)) == ("own", "default")

    shared: Any = [{"ParameterKey": "Name", "ParameterValue": "shared"}]
    trusted.update_stack_set(StackSetName="many", UsePreviousTemplate=True, Parameters=shared)
    assert (name_of(FIRST), name_of(SECOND), name_of(FIRST, "eu-west-1")) == ("own", "shared", "shared")

    with pytest.raises(ClientError, match="StackSet is not empty"):
        trusted.delete_stack_set(StackSetName="many")
    gone = trusted.delete_stack_instances(
        StackSetName="many", Accounts=[FIRST, SECOND], Regions=[REGION, "eu-west-1"], RetainStacks=False
    )
    assert operation(trusted, gone["OperationId"])["RetainStacks"] is False
    assert instances(trusted) == []
    assert [one["Action"] for one in trusted.list_stack_set_operations(StackSetName="many")["Summaries"]] == [
        "DELETE",
        "UPDATE",
        "UPDATE",
        "CREATE",
    ]
    trusted.delete_stack_set(StackSetName="many")
    with pytest.raises(trusted.exceptions.StackSetNotFoundException):
        trusted.describe_stack_set(StackSetName="many")
    assert [one["Status"] for one in trusted.list_stack_sets()["Summaries"]] == ["DELETED"]
    assert trusted.list_stack_sets(Status="ACTIVE")["Summaries"] == []


def test_retained_stacks_stay(trusted: CloudFormationClient) -> None:
    make(trusted)
    trusted.delete_stack_instances(StackSetName="many", Accounts=[FIRST], Regions=[REGION], RetainStacks=True)

    assert instances(trusted) == [(SECOND, REGION, "CURRENT", "SUCCEEDED")]
    assert stack(FIRST).status == "CREATE_COMPLETE"


@cases(
    "trusted",
    {
        "another account": ("444444444444", "sts:AssumeRole"),
        "another action": (OWNER, "sts:TagSession"),
    },
)
def test_roles_are_required(trusted: tuple[str, str], cfn: CloudFormationClient) -> None:
    cfn.create_stack_set(StackSetName="many", TemplateBody=TEMPLATE)
    with pytest.raises(ClientError, match=f"'{ADMINISTRATION}' role with trust relationship to Cloud"):
        make(cfn)

    trust(OWNER, ADMINISTRATION, {"Service": "cloudformation.amazonaws.com"})
    trust(FIRST, EXECUTION, {"AWS": OWNER})
    account, action = trusted
    trust(SECOND, EXECUTION, {"AWS": account}, action)
    made = make(cfn, OperationPreferences={"FailureToleranceCount": 1})

    reason = (
        f"Account {SECOND} should have '{EXECUTION}' role with trust relationship to Role '{ADMINISTRATION}'."
    )
    assert (made["Status"], made["StatusDetails"]) == ("SUCCEEDED", {"FailedStackInstancesCount": 1})
    assert results(cfn, made["OperationId"]) == [
        (FIRST, REGION, "SUCCEEDED", None),
        (SECOND, REGION, "FAILED", reason),
    ]
    assert instances(cfn)[1] == (SECOND, REGION, "OUTDATED", "FAILED")


def test_failure_stops_the_following_regions(trusted: CloudFormationClient) -> None:
    broken = body({"Group": UNMAKEABLE})
    trusted.update_stack_set(StackSetName="many", TemplateBody=broken)

    made = make(trusted, "eu-west-1", REGION, OperationPreferences={"RegionOrder": [REGION]})

    assert made["Status"] == "FAILED"
    response = results(trusted, made["OperationId"])
    assert [(account, region, status) for account, region, status, _ in response] == [
        (FIRST, "eu-west-1", "CANCELLED"),
        (SECOND, "eu-west-1", "CANCELLED"),
        (FIRST, REGION, "FAILED"),
        (SECOND, REGION, "FAILED"),
    ]
    assert response[2][3] is not None
    assert response[2][3].startswith("ResourceLogicalId:Group, ResourceType:AWS::MediaConvert::Queue, ")

    trusted.update_stack_set(StackSetName="many", TemplateBody=TEMPLATE)
    assert {status for _, _, status, _ in instances(trusted)} == {"CURRENT"}


@cases(
    ("preferences", "status"),
    {
        "half may fail": ({"FailureTolerancePercentage": 50}, "SUCCEEDED"),
        "less than half may fail": ({"FailureTolerancePercentage": 49}, "FAILED"),
        "all": ({"RegionConcurrencyType": "PARALLEL", "FailureToleranceCount": 2}, "SUCCEEDED"),
    },
)
def test_failure_tolerance(preferences: dict[str, Any], status: str, trusted: CloudFormationClient) -> None:
    iam(SECOND).delete_role_policy(RoleName=EXECUTION, PolicyName="may")

    assert make(trusted, REGION, "eu-west-1", OperationPreferences=preferences)["Status"] == status


def test_execution_role_needs_permissions(trusted: CloudFormationClient) -> None:
    role = f"arn:aws:sts::{SECOND}:assumed-role/{EXECUTION}/AWSCloudFormationStackSet is not authorized to "
    allow(SECOND, EXECUTION, "mediaconvert:*")
    made = make(trusted, OperationPreferences={"FailureToleranceCount": 1})
    reason = results(trusted, made["OperationId"])[1][3]
    assert reason is not None
    assert reason.startswith(f"User: {role}perform: cloudformation:CreateStack on resource: ")

    allow(SECOND, EXECUTION, "cloudformation:*")
    made = make(trusted, OperationPreferences={"FailureToleranceCount": 1})

    # The instance is tried again, as it is OUTDATED.
    [(account, _, status, reason)] = results(trusted, made["OperationId"])
    assert (account, status) == (SECOND, "FAILED")
    assert reason == (
        "ResourceLogicalId:Group, ResourceType:AWS::MediaConvert::Queue, ResourceStatusReason:User: "
        f"{role}perform: mediaconvert:CreateQueue on resource: * because no identity-based policy allows the "
        "mediaconvert:CreateQueue action (Service: Mediaconvert, Status Code: 403)."
    )
    assert stack(FIRST).role_arn == f"arn:aws:iam::{FIRST}:role/{EXECUTION}"

    allow(SECOND, EXECUTION, "*")
    trusted.update_stack_set(StackSetName="many", UsePreviousTemplate=True)
    assert {status for _, _, status, _ in instances(trusted)} == {"CURRENT"}


def test_drift_of_all_stacks(trusted: CloudFormationClient) -> None:
    make(trusted)

    started = trusted.detect_stack_set_drift(StackSetName="many")
    done = operation(trusted, started["OperationId"])

    details = done["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["TotalStackInstancesCount"]) == ("IN_SYNC", 2)
    assert [one["DriftStatus"] for one in trusted.list_stack_instances(StackSetName="many")["Summaries"]] == [
        "IN_SYNC",
        "IN_SYNC",
    ]


@cases(
    ("call", "code"),
    {
        "name": (
            lambda one: one.create_stack_set(StackSetName="many", TemplateBody=TEMPLATE),
            "NameAlreadyExistsException",
        ),
        "operation": (
            lambda one: one.describe_stack_set_operation(StackSetName="many", OperationId="no"),
            "OperationNotFoundException",
        ),
        "operation id": (lambda one: make(one, OperationId="first"), "OperationIdAlreadyExistsException"),
        "stop what is done": (
            lambda one: one.stop_stack_set_operation(StackSetName="many", OperationId="first"),
            "InvalidOperationException",
        ),
        "instance": (
            lambda one: one.describe_stack_instance(
                StackSetName="many", StackInstanceAccount=OWNER, StackInstanceRegion=REGION
            ),
            "StackInstanceNotFoundException",
        ),
        "update of an instance": (
            lambda one: one.update_stack_instances(StackSetName="many", Accounts=[OWNER], Regions=[REGION]),
            "StackInstanceNotFoundException",
        ),
        "a count and a percentage": (
            lambda one: make(
                one, OperationPreferences={"FailureToleranceCount": 1, "FailureTolerancePercentage": 1}
            ),
            "ValidationError",
        ),
        "template": (
            lambda one: one.create_stack_set(StackSetName="n", TemplateBody="{}"),
            "ValidationError",
        ),
        "no organization": (
            lambda one: one.create_stack_set(
                StackSetName="n", TemplateBody=TEMPLATE, PermissionModel="SERVICE_MANAGED"
            ),
            "ValidationError",
        ),
    },
)
def test_refused_calls(call: Callable[[Any], Any], code: str, trusted: CloudFormationClient) -> None:
    make(trusted, OperationId="first")

    with pytest.raises(ClientError) as refusal:
        call(trusted)

    assert refusal.value.response["Error"]["Code"] == code


def test_repeated_creation_with_a_token(cfn: CloudFormationClient) -> None:
    made = [
        cfn.create_stack_set(StackSetName="many", TemplateBody=TEMPLATE, ClientRequestToken="t")
        for _ in range(2)
    ]

    assert made[0]["StackSetId"] == made[1]["StackSetId"]


def organized(client: CloudFormationClient) -> tuple[str, list[str]]:
    """A unit with an account, and one below it with another; the unit's id, and the accounts."""
    organizations = boto3.client("organizations", region_name="us-east-1")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    upper = organizations.create_organizational_unit(ParentId=root, Name="a")["OrganizationalUnit"]["Id"]
    lower = organizations.create_organizational_unit(ParentId=upper, Name="b")["OrganizationalUnit"]["Id"]
    accounts = []
    for unit in (upper, lower):
        status = organizations.create_account(AccountName="a", Email="a@example.com")["CreateAccountStatus"]
        accounts.append(status["AccountId"])
        organizations.move_account(
            AccountId=status["AccountId"], SourceParentId=root, DestinationParentId=unit
        )
    client.create_stack_set(StackSetName="many", TemplateBody=TEMPLATE, PermissionModel="SERVICE_MANAGED")
    return upper, accounts


@cases(
    ("kind", "chosen"),
    {"all": ("NONE", [0, 1]), "only those": ("INTERSECTION", [1]), "all but those": ("DIFFERENCE", [0])},
)
def test_organizational_units(kind: str, chosen: list[int], cfn: CloudFormationClient) -> None:
    unit, accounts = organized(cfn)
    targets: Any = {"OrganizationalUnitIds": [unit], "AccountFilterType": kind}
    if kind != "NONE":
        targets["Accounts"] = [accounts[1]]

    cfn.create_stack_instances(StackSetName="many", DeploymentTargets=targets, Regions=[REGION])

    assert [one[0] for one in instances(cfn)] == [accounts[place] for place in chosen]
    assert name_of(accounts[chosen[0]]) == "default"
    assert cfn.describe_stack_set(StackSetName="many")["StackSet"]["OrganizationalUnitIds"] == [unit]
    cfn.delete_stack_instances(
        StackSetName="many",
        DeploymentTargets={"OrganizationalUnitIds": [unit]},
        Regions=[REGION],
        RetainStacks=False,
    )
    assert instances(cfn) == []


def test_a_delegated_administrator_has_the_stack_sets_of_the_management_account(
    cfn: CloudFormationClient,
) -> None:
    unit, (delegate, other) = organized(cfn)
    own: Any = clients(delegate, REGION)("cloudformation")
    asked = {"StackSetName": "many", "CallAs": "DELEGATED_ADMIN"}
    with pytest.raises(ClientError, match="Account used is not a delegated administrator"):
        own.describe_stack_set(**asked)
    boto3.client("organizations", region_name="us-east-1").register_delegated_administrator(
        AccountId=delegate, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )

    assert f":{OWNER}:" in own.describe_stack_set(**asked)["StackSet"]["StackSetARN"]
    own.create_stack_instances(**asked, DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=[REGION])
    assert [one[0] for one in instances(cfn)] == [delegate, other]
    assert [one["StackSetName"] for one in own.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"]] == [
        "many"
    ]
    for call_as, model, message in (
        ("DELEGATED_ADMIN", "SELF_MANAGED", "requires the SERVICE_MANAGED permission model"),
        ("SELF", "SERVICE_MANAGED", "You must be the management account or delegated admin account"),
    ):
        with pytest.raises(ClientError, match=message):
            own.create_stack_set(
                StackSetName="n", TemplateBody=TEMPLATE, PermissionModel=model, CallAs=call_as
            )


@cases("retained", {"deleted": False, "retained": True})
def test_automatic_deployment_follows_accounts(retained: bool, cfn: CloudFormationClient) -> None:
    unit, (first, second) = organized(cfn)
    automatic: Any = {"Enabled": True, "RetainStacksOnAccountRemoval": retained}
    cfn.update_stack_set(StackSetName="many", UsePreviousTemplate=True, AutoDeployment=automatic)
    targets: Any = {"OrganizationalUnitIds": [unit]}
    cfn.create_stack_instances(StackSetName="many", DeploymentTargets=targets, Regions=[REGION])
    organizations = boto3.client("organizations", region_name="us-east-1")
    root = organizations.list_roots()["Roots"][0]["Id"]
    joined = organizations.create_account(AccountName="c", Email="c@example.com")["CreateAccountStatus"][
        "AccountId"
    ]
    assert [one[0] for one in instances(cfn)] == [first, second]

    organizations.move_account(AccountId=joined, SourceParentId=root, DestinationParentId=unit)
    assert [one[0] for one in instances(cfn)] == [first, second, joined]
    assert name_of(joined) == "default"
    organizations.move_account(AccountId=joined, SourceParentId=unit, DestinationParentId=root)
    assert [one[0] for one in instances(cfn)] == [first, second]
    assert len(engine(joined, REGION).stacks) == retained


def test_automatic_deployment_begins_with_an_empty_unit(cfn: CloudFormationClient) -> None:
    _, (first, _) = organized(cfn)
    organizations = boto3.client("organizations", region_name="us-east-1")
    root = organizations.list_roots()["Roots"][0]["Id"]
    empty = organizations.create_organizational_unit(ParentId=root, Name="c")["OrganizationalUnit"]["Id"]
    source = organizations.list_parents(ChildId=first)["Parents"][0]["Id"]
    cfn.update_stack_set(StackSetName="many", UsePreviousTemplate=True, AutoDeployment={"Enabled": True})
    targets: Any = {"OrganizationalUnitIds": [empty]}
    cfn.create_stack_instances(StackSetName="many", DeploymentTargets=targets, Regions=[REGION])
    assert cfn.describe_stack_set(StackSetName="many")["StackSet"]["OrganizationalUnitIds"] == [empty]

    organizations.move_account(AccountId=first, SourceParentId=source, DestinationParentId=empty)
    assert [one[0] for one in instances(cfn)] == [first]
    cfn.delete_stack_instances(
        StackSetName="many", DeploymentTargets=targets, Regions=[REGION], RetainStacks=False
    )
    assert cfn.describe_stack_set(StackSetName="many")["StackSet"]["OrganizationalUnitIds"] == []


def test_members_cannot_read_the_organization(cfn: CloudFormationClient) -> None:
    _, (delegate, other) = organized(cfn)
    organizations = boto3.client("organizations", region_name="us-east-1")
    organizations.register_delegated_administrator(
        AccountId=delegate, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
    )
    seen = clients(delegate, REGION)("organizations").list_roots()["Roots"]
    assert seen == organizations.list_roots()["Roots"]
    member = clients(other, REGION)("organizations")
    assert member.describe_organization()["Organization"]["MasterAccountId"] == OWNER
    with pytest.raises(ClientError, match="You don't have permissions to access this"):
        member.list_roots()


def test_suspended_accounts_are_skipped(cfn: CloudFormationClient) -> None:
    unit, (closed, other) = organized(cfn)
    boto3.client("organizations", region_name="us-east-1").close_account(AccountId=closed)

    started = cfn.create_stack_instances(
        StackSetName="many", DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=[REGION]
    )

    assert operation(cfn, started["OperationId"])["Status"] == "SUCCEEDED"
    assert instances(cfn) == [
        (closed, REGION, "OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT"),
        (other, REGION, "CURRENT", "SUCCEEDED"),
    ]
    assert engine(closed, REGION).stacks == {}


def test_operations_run_in_the_background(trusted: CloudFormationClient) -> None:
    def finished(operation_id: str) -> dict[str, Any]:
        while (found := operation(trusted, operation_id))["Status"] == "RUNNING":
            pass
        return found

    settings.background = True
    assert finished(make(trusted, REGION, "eu-west-1")["OperationId"])["Status"] == "SUCCEEDED"
    assert {status for _, _, status, _ in instances(trusted)} == {"CURRENT"}

    started = trusted.detect_stack_set_drift(StackSetName="many")["OperationId"]
    details = finished(started)["StackSetDriftDetectionDetails"]
    assert (details["TotalStackInstancesCount"], details["InSyncStackInstancesCount"]) == (4, 4)


def test_failed_drift_detection(trusted: CloudFormationClient) -> None:
    make(trusted)
    for account in (FIRST, SECOND):
        stack(account).resources["Group"].properties = None

    response = operation(trusted, trusted.detect_stack_set_drift(StackSetName="many")["OperationId"])

    assert response["StackSetDriftDetectionDetails"]["FailedStackInstancesCount"] == 2
    account, _, status, reason = results(trusted, response["OperationId"])[0]
    assert (account, status) == (FIRST, "FAILED")
    assert str(reason).startswith("Failed to detect drift on resources [Group: ")
