"""Domains, user profiles, and tags of what has an ARN."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import cases
from tests.sagemaker.conftest import make_domain
from tests.servicecatalog.account import Account, client, refused

DEFINITION = '{"Version": "2020-12-01", "Steps": []}'
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}


def test_user_profiles(sagemaker: Any) -> None:
    domain = make_domain().rpartition("/")[2]
    made = [
        sagemaker.create_user_profile(DomainId=domain, UserProfileName=name, UserSettings={})[
            "UserProfileArn"
        ]
        for name in ("ann", "bob")
    ]
    role = "arn:aws:iam::123456789012:role/studio"
    sagemaker.update_user_profile(
        DomainId=domain, UserProfileName="ann", UserSettings={"ExecutionRole": role}
    )
    found = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ann")

    assert made[0].endswith(f":user-profile/{domain}/ann")
    assert (found["UserProfileArn"], found["Status"], found["UserSettings"]) == (
        made[0],
        "InService",
        {"ExecutionRole": role},
    )
    pages = sagemaker.get_paginator("list_user_profiles").paginate(DomainIdEquals=domain, MaxResults=1)
    assert [one["UserProfileName"] for page in pages for one in page["UserProfiles"]] == ["ann", "bob"]
    assert (
        sagemaker.list_user_profiles(UserProfileNameContains="o")["UserProfiles"][0]["UserProfileName"]
        == "bob"
    )
    with refused("ResourceInUse", "UserProfile(s) are associated with it"):
        sagemaker.delete_domain(DomainId=domain)
    for name in ("ann", "bob"):
        sagemaker.delete_user_profile(DomainId=domain, UserProfileName=name)
    sagemaker.delete_domain(DomainId=domain)
    assert sagemaker.list_domains()["Domains"] == []


def test_domain_changes(sagemaker: Any) -> None:
    domain = make_domain().rpartition("/")[2]
    sagemaker.update_domain(DomainId=domain, AppNetworkAccessType="VpcOnly")
    assert sagemaker.describe_domain(DomainId=domain)["AppNetworkAccessType"] == "VpcOnly"


@cases(
    ("call", "code", "message"),
    {
        "profile": (
            lambda one, domain: one.describe_user_profile(DomainId=domain, UserProfileName="none"),
            "ResourceNotFound",
            "User Profile with Name none does not exist",
        ),
        "domain": (
            lambda one, domain: one.create_user_profile(DomainId="d-none", UserProfileName="ann"),
            "ResourceNotFound",
            "Domain d-none does not exist.",
        ),
        "subnet": (
            lambda one, domain: one.update_domain(DomainId=domain, SubnetIds=["subnet-none"]),
            "ValidationException",
            "The subnet ID 'subnet-none' does not exist",
        ),
        "VPC": (
            lambda one, domain: one.create_domain(
                DomainName="a", AuthMode="IAM", DefaultUserSettings={}, VpcId="vpc-none", SubnetIds=["s"]
            ),
            "ValidationException",
            "The vpc ID 'vpc-none' does not exist",
        ),
        "token": (
            lambda one, domain: one.list_user_profiles(NextToken="eA=="),
            "ValidationException",
            "Invalid NextToken",
        ),
        "tags": (
            lambda one, domain: one.list_tags(
                ResourceArn="arn:aws:sagemaker:us-west-2:123456789012:project/none"
            ),
            "ResourceNotFound",
            "Could not find project with name none",
        ),
    },
)
def test_what_is_not_there(call: Callable[[Any, str], Any], code: str, message: str, sagemaker: Any) -> None:
    domain = make_domain().rpartition("/")[2]
    with refused(code, message):
        call(sagemaker, domain)


@pytest.mark.parametrize("kind", ["domain", "profile", "configuration"])
def test_tags(kind: str, sagemaker: Any) -> None:
    arn = make_domain()
    if kind == "profile":
        made = sagemaker.create_user_profile(DomainId=arn.rpartition("/")[2], UserProfileName="ann")
        arn = made["UserProfileArn"]
    if kind == "configuration":
        sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/studio")
        arn = sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[VARIANT])[
            "EndpointConfigArn"
        ]
    for value in ("one", "two"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": value}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "two"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "none"])
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == []


def test_pipeline_definition_in_s3(account: Account, sagemaker: Any) -> None:
    account.put("definition.json", DEFINITION)
    request = {"PipelineName": "train", "RoleArn": "arn:aws:iam::123456789012:role/studio"}
    place = {"Bucket": "templates", "ObjectKey": "definition.json"}
    sagemaker.create_pipeline(**request, PipelineDefinitionS3Location=place)
    assert sagemaker.describe_pipeline(PipelineName="train")["PipelineDefinition"] == DEFINITION

    account.put("definition.json", "no JSON")
    with refused("ValidationException", "Unable to read the pipeline definition in templates"):
        sagemaker.update_pipeline(**request, PipelineDefinitionS3Location=place)


def test_stack_changes_a_domain_and_its_user_profile(sagemaker: Any) -> None:
    role = {"ExecutionRole": "arn:aws:iam::123456789012:role/studio"}
    domain = {"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": role}
    profile = {"DomainId": {"Ref": "Domain"}, "UserProfileName": "ann", "UserSettings": {}}
    formation = client("cloudformation")

    def deploy(call: str, **settings: Any) -> str:
        properties = {"Domain": {**domain, "DomainSettings": settings}, "UserProfile": profile}
        resources = {
            name: {"Type": f"AWS::SageMaker::{name}", "Properties": one} for name, one in properties.items()
        }
        getattr(formation, call)(StackName="one", TemplateBody=json.dumps({"Resources": resources}))
        return str(formation.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"])

    assert deploy("create_stack") == "CREATE_COMPLETE"
    assert deploy("update_stack", ExecutionRoleIdentityConfig="USER_PROFILE_NAME") == "UPDATE_COMPLETE"
    [found] = sagemaker.list_domains()["Domains"]
    described = sagemaker.describe_domain(DomainId=found["DomainId"])
    assert described["DomainSettings"] == {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}
    assert sagemaker.describe_user_profile(DomainId=found["DomainId"], UserProfileName="ann")
    formation.delete_stack(StackName="one")
    assert sagemaker.list_domains()["Domains"] == []


def test_event_names_what_is_not_taken(sagemaker: Any) -> None:
    package = {"ModelPackageGroupName": "g", "SourceUri": "s3://source", "ModelApprovalStatus": "Approved"}
    group = {
        "ModelPackageGroupName": "g",
        "ModelPackageGroupPolicy": {"Version": "2012-10-17", "Statement": []},
    }
    resources: dict[str, Any] = {
        "Group": {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": group},
        "It": {"Type": "AWS::SageMaker::ModelPackage", "Properties": package, "DependsOn": "Group"},
    }
    formation = client("cloudformation")
    formation.create_stack(StackName="one", TemplateBody=json.dumps({"Resources": resources}))
    events = formation.describe_stack_events(StackName="one")["StackEvents"]
    made = {one["LogicalResourceId"]: one for one in events if one["ResourceStatus"] == "CREATE_COMPLETE"}
    assert made["It"]["ResourceStatusReason"] == "not confirmed by the service: SourceUri"
    assert "ResourceStatusReason" not in made["Group"]
