"""The exact interface, resources and roles of the four account blueprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import cases
from tests.products.family import as_list, everything, rendered, resources, statements
from tests.products.resolve import resolve

PRODUCTS = tuple(
    f"account-blueprint-{workload}-{stage}"
    for workload in ("shared-services", "workload")
    for stage in ("nonprod", "prod")
)
SHARED = PRODUCTS[:2]
RETAINED = {"Key", "Repository", "ArtifactBucket", "ArtifactBucketPolicy"}


def test_the_four_products() -> None:
    assert sorted(rendered("account-blueprint")) == list(PRODUCTS)
    assert [everything()[it].variant.display_name for it in PRODUCTS] == [
        "Account blueprint: ML shared services, non-production",
        "Account blueprint: ML shared services, production",
        "Account blueprint: ML workload, non-production",
        "Account blueprint: ML workload, production",
    ]


@pytest.mark.parametrize("product", PRODUCTS)
def test_resources(product: str) -> None:
    ec2 = {"VPC": 1, "Subnet": 4, "RouteTable": 3, "SubnetRouteTableAssociation": 4, "FlowLog": 1}
    ec2 |= {"SecurityGroup": 1, "SecurityGroupIngress": 1, "VPCEndpoint": 1}
    if product.endswith("nonprod"):
        ec2 |= {"InternetGateway": 1, "VPCGatewayAttachment": 1, "EIP": 2, "NatGateway": 2, "Route": 3}
    else:
        ec2 |= {"TransitGatewayAttachment": 1, "Route": 2, "SecurityGroup": 2, "VPCEndpoint": 18}
    expected = Counter({f"AWS::EC2::{name}": count for name, count in ec2.items()})
    expected += Counter(["AWS::Logs::LogGroup", "AWS::KMS::Key", "AWS::IAM::Role"])
    expected["AWS::SSM::Parameter"] = 4
    if product in SHARED:
        expected["AWS::SSM::Parameter"] = 10
        expected += Counter({
            "AWS::EC2::SecurityGroup": 1,
            "AWS::EC2::SecurityGroupEgress": 1,
            "AWS::EC2::SecurityGroupIngress": 2,
            "AWS::ECR::Repository": 1,
            "AWS::Events::EventBus": 1,
            "AWS::Events::EventBusPolicy": 1,
            "AWS::IAM::Role": 3,
            "AWS::S3::Bucket": 1,
            "AWS::S3::BucketPolicy": 1,
            "AWS::SageMaker::Domain": 1,
        })  # fmt: skip
    found = Counter(it["Type"] for it in everything()[product].template["Resources"].values())
    assert found == expected


@pytest.mark.parametrize("product", PRODUCTS)
def test_only_the_transit_gateway_has_no_default(product: str) -> None:
    parameters = everything()[product].template["Parameters"]
    required = {name: it["Description"] for name, it in parameters.items() if "Default" not in it}
    assert set(required) == ({"TransitGatewayId"} if product.endswith("-prod") else set())
    assert all(text.startswith("Required: ") for text in required.values())
    assert all(it["ConstraintDescription"] for it in parameters.values())


@pytest.mark.parametrize("product", PRODUCTS)
def test_data_is_retained_under_names_that_no_launch_meets_again(product: str) -> None:
    template = everything()[product].template
    retained = {
        name
        for name, it in template["Resources"].items()
        if (it.get("DeletionPolicy"), it.get("UpdateReplacePolicy")) == ("RetainExceptOnCreate", "Retain")
    }
    assert retained == RETAINED & set(template["Resources"])
    named = {
        name
        for name, it in template["Resources"].items()
        if {"BucketName", "GroupName", "LogGroupName", "RepositoryName", "RoleName"} & it["Properties"].keys()
    }
    assert named == set()


@pytest.mark.parametrize("product", SHARED)
def test_only_a_lead_approves_and_only_the_execution_role_is_passed(product: str) -> None:
    approving, passed, registering = set(), set(), set()
    for name, statement in statements(product):
        actions = as_list(statement["Action"])
        if "sagemaker:UpdateModelPackage" in actions:
            approving.add(name)
        if "iam:PassRole" in actions:
            assert statement["Condition"] == {
                "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
            }
            passed.add(statement["Resource"]["Fn::Sub"].partition(":role")[2])
        if "sagemaker:CreateModelPackage" in actions:
            status = statement["Condition"]["StringEqualsIfExists"]["sagemaker:ModelApprovalStatus"]
            registering.add((name, status))
    assert approving == {"LeadRole"}
    assert passed == {"/account-blueprint/execution/*"}
    assert registering == {
        (name, "PendingManualApproval") for name in ("DataScientistRole", "ExecutionRole", "LeadRole")
    }
    paths = {name: role["Path"] for name, role in resources(product, "AWS::IAM::Role").items()}
    assert [name for name, path in paths.items() if path == "/account-blueprint/execution/"] == [
        "ExecutionRole"
    ]


@pytest.mark.parametrize("product", [it for it in PRODUCTS if it.endswith("-prod")])
def test_endpoints_share_a_group_that_admits_the_vpc(product: str) -> None:
    endpoints = resources(product, "AWS::EC2::VPCEndpoint")
    gateway = endpoints.pop("VpcEndpointS3")
    assert gateway["RouteTableIds"] == [{"Ref": "PrivateRouteTable1"}, {"Ref": "PrivateRouteTable2"}]
    for endpoint in endpoints.values():
        assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]}]
        assert endpoint["PrivateDnsEnabled"] is True
        assert endpoint["SubnetIds"] == [{"Ref": "PrivateSubnet1"}, {"Ref": "PrivateSubnet2"}]
    group = resources(product, "AWS::EC2::SecurityGroup")["EndpointSecurityGroup"]
    (ingress,) = group["SecurityGroupIngress"]
    assert (ingress["FromPort"], ingress["ToPort"], ingress["CidrIp"]) == (443, 443, {"Ref": "VpcCidr"})
    names = {resolve(it["ServiceName"], {"AWS::Region": "r"}) for it in endpoints.values()}
    services = "sagemaker.api sagemaker.runtime servicecatalog sts ecr.api ecr.dkr git-codecommit codebuild"
    assert {"aws.sagemaker.r.studio", *(f"com.amazonaws.r.{it}" for it in services.split())} <= names


@cases(
    ("parameters", "condition"),
    {
        "organization": (
            {"OrganizationId": "o-abcde12345", "HasOrgPath": ""},
            {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}},
        ),
        "unit": (
            {"OrganizationId": "o-abcde12345", "OrgPath": "o-abcde12345/r-ab12/ou-ab12-11111111/*"},
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-abcde12345/r-ab12/ou-ab12-11111111/*"]}},
        ),
    },
)
def test_who_sends_events(parameters: dict[str, str], condition: Mapping[str, Any]) -> None:
    template = everything()[SHARED[0]].template
    policy = template["Resources"]["EventBusPolicy"]
    assert resolve(policy["Properties"]["Statement"]["Condition"], parameters) == condition
    assert (policy["Condition"], template["Conditions"]["HasSenders"]) == (
        "HasSenders",
        {"Fn::Or": [{"Condition": "HasOrgPath"}, {"Condition": "HasOrganization"}]},
    )
