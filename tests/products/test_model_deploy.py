"""The four products of sagemaker-model-deploy: names, pipeline, events, and who may do what."""

from __future__ import annotations

import json
import re
import shutil
from itertools import product as combinations
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run, cases, write_files
from tests.products.family import as_list, everything, rendered, repository, resources
from tests.products.family import statements as of_roles
from tests.products.resolve import resolve

BY_SOURCE = {
    "codecommit": {"PublisherBucket"},
    "codeconnection": {"CodeConnectionArn", "RepositoryFullName", "BranchName"},
}
BY_TARGET = {
    "organization": {"OrganizationalUnitStagingId", "OrganizationalUnitProdId", "CallAs", "OrganizationId"},
    "account": {"StagingAccountId", "ProdAccountId"},
}
PRODUCTS = [
    f"sagemaker-model-deploy-{source}-{target}" for source, target in combinations(BY_SOURCE, BY_TARGET)
]
UNITS = [it for it in PRODUCTS if it.endswith("organization")]
ACCOUNTS = [it for it in PRODUCTS if it.endswith("account")]
CODECOMMIT = [it for it in PRODUCTS if "codecommit" in it]
ACCOUNT = "111111111111"
STACK = "arn:aws:cloudformation:us-west-2:111111111111:stack/SC-1/8d0b1c70-5f0e-11ee-8c99-0242ac120002"
USUAL = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "us-west-2",
    "AWS::StackId": STACK,
    "AWS::URLSuffix": "amazonaws.com",
    "SageMakerProjectName": "churn",
    "SageMakerProjectId": "p-0123456789ab",
    "SageMakerExecutionRoleStagingName": "sagemaker-role-s",
    "SageMakerExecutionRoleProdName": "sagemaker-role-p",
    "StagingAccountId": "222222222222",
    "ProdAccountId": "333333333333",
    "OrganizationalUnitStagingId": "ou-ab12-staging1",
    "OrganizationalUnitProdId": "ou-ab12-product1",
    "OrganizationId": "o-a1b2c3d4e5",
    "Organization": "o-a1b2c3d4e5",
    "CallAs": "DELEGATED_ADMIN",
    "ArtifactBucket": "the-bucket",
    "ArtifactBucket.Arn": "arn:aws:s3:::the-bucket",
    "Pipeline": "sagemaker-churn-p-0123456789ab-modeldeploy",
    "Repository.Arn": "arn:aws:codecommit:us-west-2:111111111111:code",
}
OWN = "sagemaker-churn-p-0123456789ab"
ROOTS = [f"arn:aws:iam::{account}:root" for account in ("222222222222", "333333333333")]
BUILD = {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"}


def only(product: str, type_name: str) -> dict[str, Any]:
    (found,) = resources(product, type_name).values()
    return found


def statements(product: str, role: str) -> dict[str, dict[str, Any]]:
    """By their Sid."""
    return {it["Sid"]: it for name, it in of_roles(product) if name == role}


def variables(product: str, project: str) -> dict[str, Any]:
    found = resources(product, "AWS::CodeBuild::Project")[project]["Environment"]["EnvironmentVariables"]
    return {it["Name"]: resolve(it["Value"], USUAL) for it in found}


def stages(product: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = only(product, "AWS::CodePipeline::Pipeline")["Stages"]
    return found


def action(product: str, name: str) -> dict[str, Any]:
    return next(it for stage in stages(product) for it in stage["Actions"] if it["Name"] == name)


def test_the_four_products() -> None:
    assert sorted(rendered("sagemaker-model-deploy")) == sorted(PRODUCTS)
    family = next(it for it in repository().families if it.name == "sagemaker-model-deploy")
    assert family.file.tags == {"sagemaker:studio-visibility": "true"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_parameters(product: str) -> None:
    source, target = product.removeprefix("sagemaker-model-deploy-").split("-")
    roles = {"SageMakerExecutionRoleStagingName", "SageMakerExecutionRoleProdName"}
    optional = {"ModelPackageGroupName", "ModelBucketName", "LogRetentionDays", "PermissionsBoundaryArn"}
    optional |= {"PublisherBucket", "BranchName", "CallAs", "OrganizationId"}
    found = everything()[product].template["Parameters"]
    assert set(found) == (
        {"SageMakerProjectName", "SageMakerProjectId", *BY_SOURCE[source], *BY_TARGET[target], *roles}
        | {"ModelPackageGroupName", "ModelBucketName", "LogRetentionDays", "PermissionsBoundaryArn"}
    )
    assert {name for name, it in found.items() if "Default" in it} == optional & set(found)


@cases(
    ("name", "value", "legal"),
    {
        "longest name": ("SageMakerProjectName", "A" + "-b" * 15 + "c", True),
        "dash at the end": ("SageMakerProjectName", "a-", False),
        "SageMaker's id": ("SageMakerProjectId", "p-0123456789ab", True),
        "longest id": ("SageMakerProjectId", "p-" + "i" * 18, True),
        "capitals in the id": ("SageMakerProjectId", "p-0123456789AB", False),
        "too long an id": ("SageMakerProjectId", "p-" + "i" * 19, False),
        "deploy role": ("SageMakerExecutionRoleStagingName", "sagemaker-role-churn", True),
        "another role": ("SageMakerExecutionRoleStagingName", "admin", False),
        "longest role": ("SageMakerExecutionRoleProdName", "sagemaker-role-" + "x" * 49, True),
        "too long a role": ("SageMakerExecutionRoleProdName", "sagemaker-role-" + "x" * 50, False),
        "account": ("StagingAccountId", "012345678901", True),
        "short account": ("StagingAccountId", "12345678901", False),
        "default group": ("ModelPackageGroupName", "", True),
    },
)
def test_values_of_parameters(name: str, value: str, legal: bool) -> None:
    parameter = everything()[ACCOUNTS[0]].template["Parameters"][name]
    fits = len(value) <= parameter.get("MaxLength", len(value))
    assert (fits and re.fullmatch(parameter["AllowedPattern"], value) is not None) == legal


def test_a_config_with_capitals_in_the_id_says_why_not(run: Run, tmp_path: Path) -> None:
    """The bucket's name holds the id."""
    shutil.copytree(ROOT / "products/sagemaker-model-deploy", tmp_path / "products/sagemaker-model-deploy")
    values = {
        "SageMakerProjectName": "churn",
        "SageMakerProjectId": "p-0123456789AB",
        "SageMakerExecutionRoleStagingName": "sagemaker-role-s",
        "SageMakerExecutionRoleProdName": "sagemaker-role-p",
        "StagingAccountId": "222222222222",
        "ProdAccountId": "333333333333",
    }
    config = {"product": ACCOUNTS[0], "name": "churn", "account_id": ACCOUNT, "region": "us-west-2"}
    write_files(tmp_path, {"configs/churn.yaml": json.dumps(config | {"parameters": values})})
    ran = run("-C", tmp_path, "--json", "validate")
    assert ran.code == 2
    (problem,) = ran.document["problems"]
    assert (problem["rule"], problem["hint"]) == (
        "P158",
        "write a value that matches: 'Up to 20 lower case letters, digits and dashes, none at the ends; "
        "bucket names have no capitals.'",
    )


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_outlives_a_launch_and_what_it_is_tagged_with(product: str) -> None:
    found = everything()[product].template["Resources"]
    kept = {
        name: (it["DeletionPolicy"], it["UpdateReplacePolicy"])
        for name, it in found.items()
        if it.get("DeletionPolicy", "Delete") != "Delete"
    }
    key = {"Key"} if product in ACCOUNTS else set()
    assert kept == dict.fromkeys(
        {"ArtifactBucket", "ArtifactBucketPolicy", *key}, ("RetainExceptOnCreate", "Retain")
    )
    untagged = {it["Type"] for it in found.values() if "Tags" not in it["Properties"]}
    assert untagged == {"AWS::S3::BucketPolicy"}
    assert resolve(found["Pipeline"]["Properties"]["Tags"], USUAL) == [
        {"Key": "sagemaker:project-name", "Value": "churn"},
        {"Key": "sagemaker:project-id", "Value": "p-0123456789ab"},
    ]


@pytest.mark.parametrize("product", PRODUCTS)
def test_stages(product: str) -> None:
    assert [(stage["Name"], [it["Name"] for it in stage["Actions"]]) for stage in stages(product)] == [
        ("Source", ["ModelDeployInfraCode"]),
        ("Build", ["BuildDeploymentTemplates"]),
        ("DeployStaging", ["DeployStaging"]),
        ("TestStaging", ["TestStaging"]),
        ("Approval", ["ApproveDeployment"]),
        ("DeployProd", ["DeployProd"]),
    ]
    assert only(product, "AWS::CodePipeline::Pipeline")["PipelineType"] == "V2"
    approval = action(product, "ApproveDeployment")
    assert approval["ActionTypeId"]["Provider"] == "Manual"
    assert approval["Configuration"]["CustomData"].endswith(": #{Build.MODEL_PACKAGE_ARN}")


@pytest.mark.parametrize("product", PRODUCTS)
def test_without_a_package_every_stage_after_the_build_is_skipped(product: str) -> None:
    """So the first execution succeeds, and no approval is a way around the condition of production."""
    rule = {
        "Name": "ModelPackageApproved",
        "RuleTypeId": {"Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1"},
        "Configuration": {
            "Variable": "#{Build.MODEL_PACKAGE_ARN}", "Operator": "CONTAINS", "Value": ":model-package/",
        },
    }  # fmt: skip
    found = [stage.get("BeforeEntry") for stage in stages(product)]
    assert found == [None] * 2 + [{"Conditions": [{"Result": "SKIP", "Rules": [rule]}]}] * 4
    assert action(product, "BuildDeploymentTemplates")["Namespace"] == "Build"


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_source_is_watched_not_polled(product: str) -> None:
    source = action(product, "ModelDeployInfraCode")
    if product in CODECOMMIT:
        assert source["ActionTypeId"]["Provider"] == "CodeCommit"
        assert source["Configuration"]["PollForSourceChanges"] == "false"
        return
    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"] == {
        "ConnectionArn": {"Ref": "CodeConnectionArn"},
        "FullRepositoryId": {"Ref": "RepositoryFullName"},
        "BranchName": {"Ref": "BranchName"},
        "OutputArtifactFormat": "CODE_ZIP",
        "DetectChanges": "true",
    }


@pytest.mark.parametrize("product", UNITS)
@pytest.mark.parametrize(("stage", "unit"), [("staging", "staging1"), ("prod", "product1")])
def test_a_build_step_keeps_the_stack_set_of_a_unit(product: str, stage: str, unit: str) -> None:
    step = action(product, f"Deploy{stage.title()}")
    handed = json.loads(resolve(step["Configuration"]["EnvironmentVariables"], USUAL))
    assert step["ActionTypeId"] == BUILD
    assert {it["name"]: it["value"] for it in handed} == {
        "STACK_SET_NAME": f"{OWN}-deploy-{stage}",
        "BUILD_CONFIG": f"{stage}-config-export.json",
        "ORGANIZATIONAL_UNIT_ID": f"ou-ab12-{unit}",
    }
    assert step["Configuration"]["PrimarySource"] == "SourceArtifact"


@pytest.mark.parametrize("product", ACCOUNTS)
@pytest.mark.parametrize(
    ("stage", "role"),
    [("staging", "222222222222:role/sagemaker-role-s"), ("prod", "333333333333:role/sagemaker-role-p")],
)
def test_cloudformation_deploys_as_the_role_in_the_account(product: str, stage: str, role: str) -> None:
    step = resolve(action(product, f"Deploy{stage.title()}"), USUAL)
    assert step["RoleArn"] == f"arn:aws:iam::{role}"
    assert step["Configuration"] == {
        "ActionMode": "CREATE_UPDATE",
        "StackName": f"{OWN}-deploy-{stage}",
        "TemplatePath": "BuildArtifact::template-export.yml",
        "TemplateConfiguration": f"BuildArtifact::{stage}-config-export.json",
        "RoleArn": f"arn:aws:iam::{role}",
    }
    store = only(product, "AWS::CodePipeline::Pipeline")["ArtifactStore"]
    assert store["EncryptionKey"] == {"Id": {"Fn::GetAtt": ["Key", "Arn"]}, "Type": "KMS"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_variables_of_the_builds(product: str) -> None:
    every = {"SAGEMAKER_PROJECT_NAME": "churn", "SAGEMAKER_PROJECT_ID": "p-0123456789ab"}
    every |= {"AWS_REGION": "us-west-2"}
    units = {"STAGING": "ou-ab12-staging1", "PROD": "ou-ab12-product1"}
    accounts = {"STAGING_ACCOUNT_ID": "222222222222", "PROD_ACCOUNT_ID": "333333333333"}
    of_units = product in UNITS
    assert variables(product, "BuildProject") == every | {
        "ARTIFACT_BUCKET": "the-bucket",
        "SOURCE_MODEL_PACKAGE_GROUP_NAME": "churn",
        "EXPORT_TEMPLATE_NAME": "template-export.yml",
        "EXPORT_TEMPLATE_STAGING_CONFIG": "staging-config-export.json",
        "EXPORT_TEMPLATE_PROD_CONFIG": "prod-config-export.json",
        "SAGEMAKER_EXECUTION_ROLE_STAGING_NAME": "sagemaker-role-s",
        "SAGEMAKER_EXECUTION_ROLE_PROD_NAME": "sagemaker-role-p",
    } | ({f"ORGANIZATIONAL_UNIT_{k}_ID": v for k, v in units.items()} if of_units else accounts)
    where = {
        "ORGANIZATIONAL_UNIT_ID": units["STAGING"],
        "STACK_SET_NAME": f"{OWN}-deploy-staging",
        "CALL_AS": "DELEGATED_ADMIN",
    } if of_units else {"STAGING_ACCOUNT_ID": "222222222222"}  # fmt: skip
    assert variables(product, "TestProject") == every | where | {
        "BUILD_CONFIG": "staging-config-export.json",
        "EXPORT_TEST_RESULTS": "test-results.json",
        "SAGEMAKER_EXECUTION_ROLE_NAME": "sagemaker-role-s",
    }
    if of_units:
        names = {"EXPORT_TEMPLATE_NAME": "template-export.yml", "CALL_AS": "DELEGATED_ADMIN"}
        assert variables(product, "DeployProject") == every | names


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_starts_the_pipeline(product: str) -> None:
    rules = resolve(resources(product, "AWS::Events::Rule"), USUAL)
    patterns = {it["Name"]: it["EventPattern"] for it in rules.values()}
    approved = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved"]},
    }
    pushed = {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": ["arn:aws:codecommit:us-west-2:111111111111:code"],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": ["main"],
        },
    }
    code = {"sagemaker-p-0123456789ab-code": pushed} if product in CODECOMMIT else {}
    assert patterns == {"sagemaker-p-0123456789ab-model": approved} | code
    targets = {target["Arn"] for it in rules.values() for target in it["Targets"]}
    assert targets == {f"arn:aws:codepipeline:us-west-2:{ACCOUNT}:{OWN}-modeldeploy"}


def test_another_group_by_its_name() -> None:
    rule = resources(PRODUCTS[0], "AWS::Events::Rule")["ModelApprovedRule"]
    known = USUAL | {"ModelPackageGroupName": "fraud-ml", "ModelPackageGroup": "yes"}
    assert resolve(rule["EventPattern"], known)["detail"]["ModelPackageGroupName"] == ["fraud-ml"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_roles_lie_under_the_project_s_path_and_are_for_one_source(product: str) -> None:
    roles = resources(product, "AWS::IAM::Role")
    deploy = {"DeployRole"} if product in UNITS else set()
    assert set(roles) == {"BuildRole", "TestRole", "PipelineRole", "EventsRole", *deploy}
    for name, role in roles.items():
        assert resolve(role["Path"], USUAL) == "/sagemaker-model-deploy/churn-p-0123456789ab/"
        (trust,) = resolve(role["AssumeRolePolicyDocument"], USUAL)["Statement"]
        sources = as_list(trust["Condition"]["ArnEquals"]["aws:SourceArn"])
        assert sources and not any("*" in it for it in sources), name


@pytest.mark.parametrize("product", PRODUCTS)
def test_who_works_in_other_accounts(product: str) -> None:
    def assumed(role: str) -> list[Any]:
        found = statements(product, role).values()
        return [
            (resolve(it["Resource"], USUAL), it.get("Condition"))
            for it in found
            if it["Action"] == "sts:AssumeRole"
        ]

    staging, production = (
        "arn:aws:iam::222222222222:role/sagemaker-role-s",
        "arn:aws:iam::333333333333:role/sagemaker-role-p",
    )
    if product in ACCOUNTS:
        assert assumed("TestRole") == [(staging, None)]
        assert assumed("PipelineRole") == [([staging, production], None)]
        return
    own_organization = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert assumed("TestRole") == [("arn:aws:iam::*:role/sagemaker-role-s", own_organization)]
    assert assumed("PipelineRole") == []
    sets = resolve(statements(product, "DeployRole")["KeepStackSets"]["Resource"], USUAL)
    assert {it.partition(":stackset")[2].partition("/")[2] for it in sets} == {
        f"{OWN}-deploy-staging:*",
        f"{OWN}-deploy-prod:*",
    }


@pytest.mark.parametrize("product", ACCOUNTS)
def test_two_accounts_read_and_decrypt(product: str) -> None:
    read = only(product, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    decrypt = only(product, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    others = [it for it in resolve([*read, *decrypt], USUAL) if it["Principal"] == {"AWS": ROOTS}]
    assert [(it["Action"], sorted(it)) for it in others] == [
        (
            ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
            ["Action", "Effect", "Principal", "Resource", "Sid"],
        ),
        (["kms:Decrypt", "kms:DescribeKey"], ["Action", "Effect", "Principal", "Resource", "Sid"]),
    ]


@pytest.mark.parametrize("product", UNITS)
def test_two_units_of_the_named_organization_read(product: str) -> None:
    found = only(product, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = [it for it in resolve(found, USUAL | {"Organization": "yes"}) if it["Effect"] == "Allow"]
    paths = [f"o-a1b2c3d4e5/*/ou-ab12-{unit}/*" for unit in ("staging1", "product1")]
    assert allowed["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": paths},
    }
    nobody = resolve(found, USUAL | {"Organization": "", "AWS::NoValue": "nothing"})
    assert [it["Effect"] for it in nobody if it != "nothing"] == ["Deny", "Deny"]


@cases(
    ("product", "known", "readers"),
    {
        "accounts": (ACCOUNTS[0], {}, {"Principal": {"AWS": ROOTS}}),
        "units": (
            UNITS[0],
            {},
            {
                "Principal": {"AWS": "*"},
                "Condition": {
                    "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                    "ForAnyValue:StringLike": {
                        "aws:PrincipalOrgPaths": [
                            "o-a1b2c3d4e5/*/ou-ab12-staging1/*",
                            "o-a1b2c3d4e5/*/ou-ab12-product1/*",
                        ]
                    },
                },
            },
        ),
        "bucket of one's own": (
            ACCOUNTS[0],
            {"ModelBucket": "yes", "ModelBucketName": "models"},
            {"Principal": {"AWS": ROOTS}},
        ),
    },
)
def test_the_statement_for_the_bucket_of_the_models(
    product: str, known: dict[str, str], readers: dict[str, Any]
) -> None:
    text = resolve(
        everything()[product].template["Outputs"]["ModelBucketPolicyStatement"]["Value"], USUAL | known
    )
    bucket = f"arn:aws:s3:::{known.get('ModelBucketName', f'sagemaker-us-west-2-{ACCOUNT}')}"
    assert json.loads(text) == readers | {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [bucket, f"{bucket}/*"],
    }
