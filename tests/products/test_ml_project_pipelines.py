"""How the pipelines are built, and what starts them, watches them and records them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publisher.documents import parse
from tests.conftest import ROOT, cases
from tests.products.family import SOURCE, rendered, resources
from tests.products.resolve import resolve
from tests.products.test_ml_project import ENTERPRISE, PRODUCTS, USUAL, WITH_ALERTS

ML_NAME = "techcorp-prod-a001-us-west-2-customer-churn-ml"


def rules(product: str) -> dict[str, dict[str, Any]]:
    return resources(product, "AWS::Events::Rule")


@pytest.mark.parametrize("product", PRODUCTS)
def test_stages(product: str) -> None:
    pipelines = resources(product, "AWS::CodePipeline::Pipeline")
    stages = {name: [stage["Name"] for stage in each["Stages"]] for name, each in pipelines.items()}
    approval = [] if "starter" in product else ["Approval"]
    assert stages == {
        "BuildPipeline": ["Source", "Build"],
        "DeployPipeline": ["Source", "Build", "Staging", *approval, "Production"],
    }
    assert {each["PipelineType"] for each in pipelines.values()} == {"V2"}


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_a_person_approves_production(product: str) -> None:
    stages = resources(product, "AWS::CodePipeline::Pipeline")["DeployPipeline"]["Stages"]
    (action,) = next(stage["Actions"] for stage in stages if stage["Name"] == "Approval")
    assert action["ActionTypeId"] == {
        "Category": "Approval",
        "Owner": "AWS",
        "Provider": "Manual",
        "Version": "1",
    }


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_release_without_a_package_skips_the_stages_and_no_approval_alone(product: str) -> None:
    """Whatever the variable is, what is skipped is the approval with the production that it guards."""
    stages = resources(product, "AWS::CodePipeline::Pipeline")["DeployPipeline"]["Stages"]
    conditional = {stage["Name"]: stage["BeforeEntry"] for stage in stages if "BeforeEntry" in stage}
    rule = {
        "Name": "ModelPackageApproved",
        "RuleTypeId": {"Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1"},
        "Configuration": {
            "Variable": "#{Build.MODEL_PACKAGE_ARN}", "Operator": "CONTAINS", "Value": ":model-package/",
        },
    }  # fmt: skip
    approval = [] if "starter" in product else ["Approval"]
    assert list(conditional) == ["Staging", *approval, "Production"]
    assert all(it == {"Conditions": [{"Result": "SKIP", "Rules": [rule]}]} for it in conditional.values())
    (build,) = next(stage["Actions"] for stage in stages if stage["Name"] == "Build")
    assert build["Namespace"] == "Build"
    buildspec = parse((ROOT / "products/ml-project/content/model-deploy/buildspec.yml").read_text(), path="x")
    assert buildspec.get("env", "exported-variables") == ["MODEL_PACKAGE_ARN"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_deployment_names_its_stage_and_takes_the_release(product: str) -> None:
    stages = resources(product, "AWS::CodePipeline::Pipeline")["DeployPipeline"]["Stages"]
    builds = [
        action
        for stage in stages
        for action in stage["Actions"]
        if action["ActionTypeId"]["Category"] == "Build"
    ]
    assert [json.loads(action["Configuration"]["EnvironmentVariables"])[0]["value"] for action in builds] == [
        "build", "staging", "production",
    ]  # fmt: skip
    assert [action["InputArtifacts"] for action in builds] == [
        [{"Name": "Source"}], [{"Name": "Release"}], [{"Name": "Release"}],
    ]  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_polls(product: str) -> None:
    for pipeline in resources(product, "AWS::CodePipeline::Pipeline").values():
        (source,) = pipeline["Stages"][0]["Actions"]
        detected = ("PollForSourceChanges", "false") if SOURCE not in product else ("DetectChanges", "true")
        assert detected in source["Configuration"].items()
        assert "Triggers" not in pipeline


@cases(
    ("pipeline", "repository"),
    {"BuildPipeline": ("BuildPipeline", "build"), "DeployPipeline": ("DeployPipeline", "deploy")},
)
def test_a_push_to_the_branch_starts_a_pipeline_of_a_connection(pipeline: str, repository: str) -> None:
    """The provider's webhook does, to which no rule of ours belongs."""
    product = f"ml-project-professional-{SOURCE}"
    (source,) = resources(product, "AWS::CodePipeline::Pipeline")[pipeline]["Stages"][0]["Actions"]
    assert source["ActionTypeId"] == {
        "Category": "Source",
        "Owner": "AWS",
        "Provider": "CodeStarSourceConnection",
        "Version": "1",
    }
    assert source["Configuration"] == {
        "ConnectionArn": {"Ref": "CodeConnectionArn"},
        "FullRepositoryId": {"Ref": f"{repository.title()}RepositoryFullName"},
        "BranchName": {"Ref": "BranchName"},
        "DetectChanges": "true",
        "OutputArtifactFormat": "CODE_ZIP",
    }
    assert not {"BuildSourceRule", "DeploySourceRule"} & rules(product).keys()


def test_where_the_sources_of_a_connection_are() -> None:
    value = rendered()[f"ml-project-starter-{SOURCE}"].template["Outputs"]["SourceLocation"]["Value"]
    known = {
        "BuildRepositoryFullName": "a/build",
        "DeployRepositoryFullName": "a/b/deploy",
        "BranchName": "main",
    }
    assert resolve(value, known) == "a/build@main,a/b/deploy@main"


@pytest.mark.parametrize(
    ("rule", "repository"),
    [("BuildSourceRule", "ModelBuildRepository"), ("DeploySourceRule", "ModelDeployRepository")],
)
def test_a_commit_on_main_starts_a_pipeline(rule: str, repository: str) -> None:
    assert rules("ml-project-starter-codecommit")[rule]["EventPattern"] == {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [{"Fn::GetAtt": [repository, "Arn"]}],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": ["main"],
        },
    }


@cases(("prefix", "key"), {"no prefix": ("", "model-deploy.zip"), "prefix": ("a/b", "a/b/model-deploy.zip")})
def test_a_new_archive_starts_a_pipeline(prefix: str, key: str) -> None:
    known = USUAL | {"SourceBucket": "code", "SourcePrefix": prefix}
    pattern = resolve(rules("ml-project-starter-s3")["DeploySourceRule"]["EventPattern"], known)
    assert pattern == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["code"]}, "object": {"key": [key]}},
    }
    pipeline = resources("ml-project-starter-s3", "AWS::CodePipeline::Pipeline")["DeployPipeline"]
    configuration = resolve(pipeline["Stages"][0]["Actions"][0]["Configuration"], known)
    assert configuration == {"S3Bucket": "code", "S3ObjectKey": key, "PollForSourceChanges": "false"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_approved_model_starts_the_deployment(product: str) -> None:
    rule = rules(product)["ModelApprovedRule"]
    assert resolve(rule["EventPattern"], USUAL) == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [ML_NAME], "ModelApprovalStatus": ["Approved"]},
    }
    (target,) = rule["Targets"]
    assert target["Arn"]["Fn::Sub"].endswith(":${DeployPipeline}")
    assert target["RoleArn"] == {"Fn::GetAtt": ["EventsRole", "Arn"]}


@pytest.mark.parametrize("product", PRODUCTS)
def test_environment_variables_of_the_builds(product: str) -> None:
    variables = {
        name: {variable["Name"] for variable in project["Environment"]["EnvironmentVariables"]}
        for name, project in resources(product, "AWS::CodeBuild::Project").items()
    }
    names = {"ML_NAME", "MODEL_PACKAGE_GROUP_NAME", "ARTIFACT_BUCKET", "SAGEMAKER_EXECUTION_ROLE_ARN"}
    if product in ENTERPRISE:
        names |= {"KMS_KEY_ARN", "SUBNET_IDS", "SECURITY_GROUP_ID"}
    assert variables == {"BuildProject": names, "DeployProject": names | {"ENDPOINT_PREFIX", "STAGE"}}


@pytest.mark.parametrize("product", PRODUCTS)
def test_builds_stay_outside_the_vpc_and_log_to_their_own_group(product: str) -> None:
    for name, project in resources(product, "AWS::CodeBuild::Project").items():
        assert "VpcConfig" not in project
        assert project["Environment"]["Image"] == "aws/codebuild/amazonlinux-x86_64-standard:6.0"
        group = name.replace("Project", "LogGroup")
        assert project["LogsConfig"]["CloudWatchLogs"] == {"Status": "ENABLED", "GroupName": {"Ref": group}}


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_alert_rules(product: str) -> None:
    alerts = {
        name: rule["EventPattern"]["detail-type"]
        for name, rule in rules(product).items()
        if rule["Targets"][0]["Arn"] == {"Ref": "AlertsTopic"}
    }
    trail = ["AWS API Call via CloudTrail"]
    assert alerts == {
        "PipelineFailedRule": ["CodePipeline Pipeline Execution State Change"],
        "BuildFailedRule": ["CodeBuild Build State Change"],
        "ApprovalWaitingRule": ["CodePipeline Action Execution State Change"],
        "BucketChangedRule": trail,
        **({"KeyEndangeredRule": trail} if product in ENTERPRISE else {}),
    }


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_what_an_alert_mentions_is_in_the_event(product: str) -> None:
    for rule in rules(product).values():
        transformer = rule["Targets"][0].get("InputTransformer")
        if transformer:
            text = json.loads(transformer["InputTemplate"])
            assert all(f"<{name}>" in text for name in transformer["InputPathsMap"])
            assert text.count("<") == len(transformer["InputPathsMap"])


@pytest.mark.parametrize("product", ENTERPRISE)
def test_the_compliance_log_gets_pipeline_build_registry_and_key_events(product: str) -> None:
    sources = [
        rule["EventPattern"]["source"][0]
        for rule in rules(product).values()
        if rule["Targets"][0]["Id"] == "compliance-log"
    ]
    assert sorted(sources) == ["aws.codebuild", "aws.codepipeline", "aws.kms", "aws.kms", "aws.sagemaker"]


@pytest.mark.parametrize("product", ENTERPRISE)
def test_the_compliance_log_is_kept_for_a_year_at_least(product: str) -> None:
    template = rendered()[product].template
    group = resources(product, "AWS::Logs::LogGroup")["ComplianceLogGroup"]
    assert group["RetentionInDays"] == {
        "Fn::FindInMap": ["ComplianceRetention", {"Ref": "LogRetentionDays"}, "Days"]
    }
    allowed = template["Parameters"]["LogRetentionDays"]["AllowedValues"]
    assert {days: each["Days"] for days, each in template["Mappings"]["ComplianceRetention"].items()} == {
        str(days): max(days, 365) for days in allowed
    }


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_the_dashboard_is_json_and_shows_pipelines_builds_and_the_registry(product: str) -> None:
    text, _ = resources(product, "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(text)["widgets"]
    namespaces = {
        metric[0]
        for widget in widgets
        if widget["type"] == "metric"
        for metric in widget["properties"]["metrics"]
    }
    assert namespaces == {"AWS/CodePipeline", "AWS/CodeBuild", "AWS/Events"}
    assert "${ModelApprovedRule}" in text
