"""Stacks with Service Catalog's types: who launches, what a failure leaves, what stays of products."""

import json
from typing import Any

from tests.conftest import Local, cases
from tests.servicecatalog.account import (
    ACCOUNT,
    REGION,
    TEMPLATE,
    Account,
    Elsewhere,
    Launchable,
    client,
    trust,
)

_LAUNCH = "AWS::ServiceCatalog::CloudFormationProvisionedProduct"


def template(kind: str, properties: dict[str, Any], **outputs: str) -> str:
    """A stack with one resource, It; outputs are attributes of it."""
    shown = {name: {"Value": {"Fn::GetAtt": ["It", attribute]}} for name, attribute in outputs.items()}
    resources = {"It": {"Type": kind, "Properties": properties}}
    return json.dumps({"Resources": resources, **({"Outputs": shown} if shown else {})})


def deployed(formation: Any, body: str, verb: str = "create", **more: Any) -> tuple[str, dict[str, str], str]:
    """The stack's status, its outputs, and the reason of the resource's failure."""
    getattr(formation, f"{verb}_stack")(StackName="s", TemplateBody=body, **more)
    stack = formation.describe_stacks(StackName="s")["Stacks"][0]
    events = formation.describe_stack_events(StackName="s")["StackEvents"]
    reasons = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"].endswith("_FAILED")]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return stack["StackStatus"], outputs, reasons[-1] if reasons else ""


def admitted(launchable: Launchable) -> str:
    """The ARN of a role for stacks, which the portfolio admits."""
    account = launchable.account
    arn = account.role("stacks", trust=trust({"Service": "cloudformation.amazonaws.com"}))
    account.admin.associate_principal_with_portfolio(
        PortfolioId=launchable.portfolio, PrincipalARN=arn, PrincipalType="IAM"
    )
    return arn


def launch(launchable: Launchable, **more: Any) -> str:
    """A stack that launches the product."""
    return template(
        _LAUNCH,
        {**launchable.key, "ProvisionedProductName": "mine", **more},
        Topic="Outputs.TopicArn",
        Stack="CloudformationStackArn",
        Record="RecordId",
    )


def test_launch_by_the_role_of_a_stack(launchable: Launchable) -> None:
    status, outputs, reason = deployed(
        client("cloudformation"), launch(launchable), RoleARN=admitted(launchable)
    )
    assert (status, reason) == ("CREATE_COMPLETE", "")
    admin = launchable.account.admin
    [found] = admin.search_provisioned_products()["ProvisionedProducts"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/stacks/AWSCloudFormation"
    assert (found["Name"], found["Status"], found["UserArnSession"]) == ("mine", "AVAILABLE", session)
    assert (outputs["Stack"], outputs["Record"]) == (found["PhysicalId"], found["LastRecordId"])
    assert outputs["Topic"].startswith(f"arn:aws:sns:{REGION}:{ACCOUNT}:SC-{ACCOUNT}-pp-")


def test_launch_by_the_caller_of_a_stack(launchable: Launchable) -> None:
    body = launch(launchable)
    role = f"arn:aws:iam::{ACCOUNT}:role/ml-team-one"

    status, _, reason = deployed(launchable.account.session(role, "cloudformation"), body)

    assert (status, reason) == ("CREATE_COMPLETE", "")
    found = launchable.account.admin.search_provisioned_products()["ProvisionedProducts"][0]
    assert found["UserArn"] == role


@cases(
    ("changed", "reason"),
    {
        "no such product": ({"ProductId": "prod-aaaaaaaaaaaaa"}, "Product prod-aaaaaaaaaaaaa not found"),
        "refused value": (
            {"ProvisioningParameters": [{"Key": "Title", "Value": "longer than ten"}]},
            "Title",
        ),
        "failing stack": ({"NotificationArns": ["arn:aws:sns:us-west-2:1:x"]}, "mine"),
    },
)
def test_failed_launch_leaves_nothing(launchable: Launchable, changed: dict[str, Any], reason: str) -> None:
    if "NotificationArns" in changed:
        launchable.constrain("LAUNCH", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/gone"})
        changed = {}

    status, _, found = deployed(
        client("cloudformation"), launch(launchable, **changed), RoleARN=admitted(launchable)
    )

    assert status == "ROLLBACK_COMPLETE" and reason in found
    assert launchable.account.admin.search_provisioned_products()["ProvisionedProducts"] == []


def product(*versions: dict[str, Any], **more: Any) -> str:
    """A stack with a product."""
    properties = {"Name": "topic", "Owner": "Team", "ProvisioningArtifactParameters": versions, **more}
    kind = "AWS::ServiceCatalog::CloudFormationProduct"
    return template(
        kind, properties, Id="Id", Ids="ProvisioningArtifactIds", Names="ProvisioningArtifactNames"
    )


@cases(
    ("replace", "same"),
    {"versions are matched by name and URL": (False, True), "all versions are replaced": (True, False)},
)
def test_versions_of_a_product(account: Account, replace: bool, same: bool) -> None:
    formation, admin = client("cloudformation"), account.admin
    status, made, reason = deployed(formation, product(account.version("1"), account.version("2")))
    assert (status, reason, made["Names"]) == ("CREATE_COMPLETE", "", "1,2")
    old = made["Ids"].split(",")
    other = admin.create_provisioning_artifact(ProductId=made["Id"], Parameters=account.version("other"))
    action = admin.create_service_action(
        Name="restart",
        DefinitionType="SSM_AUTOMATION",
        Definition={"Name": "AWS-StopEC2Instance", "Version": "1"},
    )["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
    for version in old:
        admin.associate_service_action_with_provisioning_artifact(
            ProductId=made["Id"], ProvisioningArtifactId=version, ServiceActionId=action
        )

    body = product(
        {**account.version("2"), "Description": "new"},
        account.version("3"),
        Owner="Others",
        ReplaceProvisioningArtifacts=replace,
    )
    status, after, reason = deployed(formation, body, "update")

    assert (status, reason, after["Id"]) == ("UPDATE_COMPLETE", "", made["Id"])
    found = {
        one["Name"]: (one["Id"], one.get("Description"))
        for one in admin.list_provisioning_artifacts(ProductId=made["Id"])["ProvisioningArtifactDetails"]
    }
    assert sorted(found) == ["2", "3", "other"]
    assert found["other"][0] == other["ProvisioningArtifactDetail"]["Id"]
    assert (found["2"][0] == old[1], found["2"][1]) == (same, "new")


def test_versions_of_the_same_name_and_url(account: Account) -> None:
    formation, twin = client("cloudformation"), account.version("1")
    _, made, _ = deployed(formation, product(twin, twin))
    _, after, _ = deployed(formation, product(twin, twin, Owner="Others"), "update")
    assert (after["Names"], after["Ids"]) == ("1,1", made["Ids"])
    _, after, _ = deployed(formation, product(twin), "update")
    assert after["Ids"] == made["Ids"].split(",")[0]


def test_accepted_share(account: Account) -> None:
    owner = Elsewhere().admin
    shared = owner.create_portfolio(DisplayName="Shared", ProviderName="Hub")["PortfolioDetail"]["Id"]
    body = template("AWS::ServiceCatalog::AcceptedPortfolioShare", {"PortfolioId": shared})
    formation = client("cloudformation")

    assert deployed(formation, body)[0] == "ROLLBACK_COMPLETE"
    formation.delete_stack(StackName="s")
    owner.create_portfolio_share(PortfolioId=shared, AccountId=ACCOUNT)
    assert deployed(formation, body)[0] == "CREATE_COMPLETE"
    assert account.admin.list_accepted_portfolio_shares()["PortfolioDetails"][0]["Id"] == shared
    formation.delete_stack(StackName="s")
    assert account.admin.list_accepted_portfolio_shares()["PortfolioDetails"] == []


def test_served_stack_waits_for_its_launch(local: Local) -> None:
    """The launch runs on the same endpoint; its caller is the user whom the endpoint's profile is."""
    admin, formation, s3 = (local.client(name) for name in ("servicecatalog", "cloudformation", "s3"))
    s3.create_bucket(Bucket="items", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="items", Key="t.yaml", Body=TEMPLATE)
    version = {
        "Name": "1",
        "Info": {"LoadTemplateFromURL": f"https://items.s3.{REGION}.amazonaws.com/t.yaml"},
    }
    both = {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}}
    user = f"arn:aws:iam:::user/{local.endpoint.admin_profile}"
    who = {"PrincipalARN": user, "PrincipalType": "IAM_PATTERN"}
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "Portfolio": ("Portfolio", {"DisplayName": "Shelf", "ProviderName": "Team"}),
        "Product": (
            "CloudFormationProduct",
            {"Name": "topic", "Owner": "Team", "ProvisioningArtifactParameters": [version]},
        ),
        "In": ("PortfolioProductAssociation", both),
        "Who": ("PortfolioPrincipalAssociation", {"PortfolioId": both["PortfolioId"], **who}),
        "It": (
            "CloudFormationProvisionedProduct",
            {"ProductName": "topic", "ProvisioningArtifactName": "1", "ProvisionedProductName": "mine"},
        ),
    }
    resources: dict[str, Any] = {
        name: {"Type": f"AWS::ServiceCatalog::{kind}", "Properties": properties}
        for name, (kind, properties) in rows.items()
    }
    resources["It"]["DependsOn"] = ["In", "Who"]
    outputs = {"Topic": {"Value": {"Fn::GetAtt": ["It", "Outputs.TopicArn"]}}}
    stack = formation.create_stack(
        StackName="all", TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs})
    )["StackId"]
    pace: Any = {"Delay": 0, "MaxAttempts": 2000}
    formation.get_waiter("stack_create_complete").wait(StackName="all", WaiterConfig=pace)
    [found] = admin.search_provisioned_products()["ProvisionedProducts"]
    assert (found["Name"], found["Status"]) == ("mine", "AVAILABLE")
    assert found["UserArn"].endswith(f":user/{local.endpoint.admin_profile}")

    formation.delete_stack(StackName="all")
    formation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=pace)
    assert admin.search_provisioned_products()["ProvisionedProducts"] == []
    assert (
        admin.list_portfolios()["PortfolioDetails"],
        admin.search_products_as_admin()["ProductViewDetails"],
    ) == (
        [],
        [],
    )
