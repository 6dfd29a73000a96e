"""What account blueprints make: as instances of a stack set, and launched from the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from catalog_emulator.cloudformation.resources.clients import clients

from publisher.bootstrap.roles import PolicyRequest, launch_roles
from publisher.permissions import launch_policies, trust
from tests.account import ACCOUNT, REGION
from tests.conftest import WHOLE, Local, Run, copy_family, whole
from tests.policies import allowing, trusting
from tests.products.contract import promised
from tests.products.family import everything
from tests.products.test_account_blueprint import PRODUCTS, RETAINED, SHARED

VENDED = "222222222222"
REGIONS = (REGION, "eu-west-1") if WHOLE else (REGION,)
ADMINISTRATION, EXECUTION = (
    f"AWSCloudFormationStackSet{name}Role" for name in ("Administration", "Execution")
)
BLUEPRINT_ACCESS = "AWSControlTowerBlueprintAccess"


def prepare(product: str) -> None:
    """The roles of self-managed stack sets, and the product's boundary: no role may more than is derived."""
    own, vended = (clients(account, REGION)("iam") for account in (ACCOUNT, VENDED))
    administration = own.create_role(
        RoleName=ADMINISTRATION, AssumeRolePolicyDocument=trusting(Service="cloudformation.amazonaws.com")
    )["Role"]["Arn"]
    own.put_role_policy(RoleName=ADMINISTRATION, PolicyName="all", PolicyDocument=allowing("*"))
    vended.create_role(RoleName=EXECUTION, AssumeRolePolicyDocument=trusting(AWS=administration))
    one = everything()[product]
    scope = PolicyRequest(trust=trust("stackset")).scope(one.variant)
    for policy in launch_policies(one.template, scope=scope):
        text = json.dumps(policy.resolved(partition="aws", account_id=VENDED))
        vended.put_role_policy(RoleName=EXECUTION, PolicyName=str(policy.number), PolicyDocument=text)
    [role] = launch_roles([one])
    assert role.boundary is not None
    text = json.dumps(role.boundary.resolved(partition="aws", account_id=VENDED))
    vended.create_policy(PolicyName=f"launch-{product}-boundary", PolicyDocument=text)


def stack_set(product: str) -> Any:
    """A client of a stack set with the product's template, which is too long for a request."""
    body = everything()[product].body.encode()
    s3: Any = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="it", Body=body)
    made: Any = boto3.client("cloudformation", region_name=REGION)
    made.create_stack_set(
        StackSetName="it",
        TemplateURL=f"https://templates.s3.{REGION}.amazonaws.com/it",
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return made


def instances(cloudformation: Any, parameters: Mapping[str, str], *regions: str) -> list[tuple[str, str]]:
    """Makes instances; their Regions and, of those that failed, why."""
    started = cloudformation.create_stack_instances(
        StackSetName="it",
        Accounts=[VENDED],
        Regions=regions,
        ParameterOverrides=[{"ParameterKey": key, "ParameterValue": it} for key, it in parameters.items()],
    )["OperationId"]
    found = cloudformation.list_stack_set_operation_results(StackSetName="it", OperationId=started)
    return [(it["Region"], it.get("StatusReason") or it["Status"]) for it in found["Summaries"]]


def shown(region: str) -> tuple[dict[str, str], dict[str, str]]:
    """The outputs of the vended account's stack, and its SSM parameters."""
    client = clients(VENDED, region)
    [stack] = client("cloudformation").describe_stacks()["Stacks"]
    found = client("ssm").get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}
    return outputs, {it["Name"]: it["Value"] for it in found}


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("product", [it if it == SHARED[0] else whole(it) for it in PRODUCTS])
def test_instances_of_a_stack_set(product: str) -> None:
    """As a role with derived policies; what holds data is left."""
    prepare(product)
    cloudformation = stack_set(product)
    expected = dict(promised(product))
    for region in REGIONS:
        parameters = {}
        if product.endswith("-prod"):
            gateway = clients(VENDED, region)("ec2").create_transit_gateway()["TransitGateway"]
            parameters = {"TransitGatewayId": gateway["TransitGatewayId"]}
        assert instances(cloudformation, parameters, region) == [(region, "SUCCEEDED")]
        outputs, parameters = shown(region)
        assert parameters == {expected[name]: value for name, value in outputs.items()}
        assert set(outputs) == set(expected)
    cloudformation.delete_stack_instances(
        StackSetName="it", Accounts=[VENDED], Regions=REGIONS, RetainStacks=False
    )
    assert cloudformation.list_stack_instances(StackSetName="it")["Summaries"] == []
    left = clients(VENDED, REGION)("cloudformation").list_stacks()["StackSummaries"]
    assert [it["StackStatus"] for it in left] == ["DELETE_COMPLETE"]
    events = clients(VENDED, REGION)("cloudformation").describe_stack_events(StackName=left[0]["StackId"])
    skipped = {
        it["LogicalResourceId"] for it in events["StackEvents"] if it["ResourceStatus"] == "DELETE_SKIPPED"
    }
    assert skipped == RETAINED & set(everything()[product].template["Resources"])
    assert clients(VENDED, REGION)("ec2").describe_flow_logs()["FlowLogs"] == []


@pytest.mark.usefixtures("moto")
def test_an_account_without_the_boundary_gets_no_roles() -> None:
    prepare(PRODUCTS[2])
    arn = f"arn:aws:iam::{VENDED}:policy/launch-{PRODUCTS[2]}-boundary"
    clients(VENDED, REGION)("iam").delete_policy(PolicyArn=arn)
    [(_, reason)] = instances(stack_set(PRODUCTS[2]), {}, REGION)
    assert f"{arn} does not exist or is not attachable" in reason


@pytest.fixture
def project(local: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """A project of one blueprint, and a profile of the role that their portfolio is for."""
    for folder in ("products", "portfolio", "configs"):
        shutil.rmtree(local.project / folder)
    copy_family(
        local.project, "account-blueprint", "account-blueprints", "techcorp-account-workload-nonprod.yaml"
    )
    family = local.project / "products/account-blueprint/product.yaml"
    alone = family.read_text().replace("[workload, shared-services]", "[workload]")
    family.write_text(alone.replace("stage: [nonprod, prod]", "stage: [nonprod]"))
    iam = local.client("iam")
    role = iam.create_role(
        RoleName=BLUEPRINT_ACCESS,
        AssumeRolePolicyDocument=trusting(AWS=f"arn:aws:iam::{local.endpoint.account_id}:root"),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=BLUEPRINT_ACCESS, PolicyName="may", PolicyDocument=allowing("servicecatalog:*")
    )
    config = local.endpoint.config_file
    before = config.read_text()
    profile = f"[profile blueprint]\nrole_arn = {role}\nsource_profile = {local.endpoint.admin_profile}\n"
    config.write_text(before + profile)
    (local.endpoint.folder / "config").write_text(config.read_text())
    yield local
    config.write_text(before)


def test_launch_update_and_termination_as_the_role_of_account_vending(project: Local, run: Run) -> None:
    here = ("-C", project.project, "--local")
    assert run(*here, "bootstrap", "--yes").code == 0
    assert run(*here, "sync", "--yes").code == 0
    config = project.project / "configs/techcorp-account-workload-nonprod.yaml"
    refused = run(*here, "launch", config)
    assert (refused.code, "not" in refused.err) == (3, True), refused.err
    launching = (*here, "--profile", "blueprint")
    launched = run(*launching, "launch", config)
    assert (launched.code, launched.err) == (0, launched.err)
    second = config.with_name("techcorp-account-second.yaml")
    second.write_text(
        config.read_text().replace("name: techcorp-account-workload-nonprod", f"name: {second.stem}")
    )
    refused = run(*launching, "launch", second)
    assert (refused.code, "has a blueprint already: techcorp-account-workload-nonprod" in refused.err) == (
        3,
        True,
    )
    ec2 = project.client("ec2")
    tagged = [{"Name": "tag-key", "Values": ["account-blueprint:stage"]}]
    subnets = ec2.describe_subnets(Filters=tagged)["Subnets"]
    private, public = (
        sorted((it["CidrBlock"], it["AvailabilityZone"]) for it in subnets if kind in str(it["Tags"]))
        for kind in ("private", "public")
    )
    assert private == [("10.64.0.0/22", "us-west-2a"), ("10.64.4.0/22", "us-west-2b")]
    assert public == [("10.64.8.0/24", "us-west-2a"), ("10.64.9.0/24", "us-west-2b")]
    [flow_log] = ec2.describe_flow_logs()["FlowLogs"]
    assert flow_log["DeliverLogsStatus"] == "SUCCESS"
    config.write_text(
        config.read_text().replace("parameters:\n", "parameters:\n  NatGateways: one-per-zone\n")
    )
    updated = run(*launching, "update", config, "--yes")
    assert updated.code == 0, updated.err
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 2
    ended = run(*launching, "terminate", config, "--force")
    assert ended.code == 0, ended.err
    assert ec2.describe_subnets(Filters=tagged)["Subnets"] == []
