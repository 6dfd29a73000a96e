"""A project as Studio makes it, by either door: its pipeline starts when a version of a model is approved."""

from collections.abc import Callable
from typing import Any

from tests.conftest import cases
from tests.sagemaker.conftest import PARAMETERS, Studio
from tests.servicecatalog.account import client

DEPLOYMENT = (
    PARAMETERS
    + """
Resources:
  PipelineRole:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: [
      {Effect: Allow, Principal: {Service: codepipeline.amazonaws.com}, Action: sts:AssumeRole}]}}
  Repository:
    Type: AWS::CodeCommit::Repository
    Properties: {RepositoryName: !Sub "sagemaker-${SageMakerProjectId}-modeldeploy"}
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: !Sub sagemaker-${SageMakerProjectName}-${SageMakerProjectId}-modeldeploy
      RoleArn: !GetAtt PipelineRole.Arn
      ArtifactStore: {Type: S3, Location: templates}
      Stages:
        - Name: Source
          Actions:
            - Name: Source
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: "1"}
              Configuration: {RepositoryName: !GetAtt Repository.Name, BranchName: main}
              OutputArtifacts: [{Name: Source}]
        - Name: Approve
          Actions:
            - Name: Approve
              ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
  EventsRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [
        {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: start
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: codepipeline:StartPipelineExecution
                Resource: !Sub arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}
  ModelRule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.sagemaker]
        detail-type: [SageMaker Model Package State Change]
        detail:
          ModelPackageGroupName: [!Ref SageMakerProjectName]
          ModelApprovalStatus: [Approved]
      Targets: &targets
        - Id: pipeline
          Arn: !Sub arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}
          RoleArn: !GetAtt EventsRole.Arn
  CodeRule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.codecommit]
        detail-type: [CodeCommit Repository State Change]
        resources: [!GetAtt Repository.Arn]
        detail: {referenceType: [branch], referenceName: [main]}
      Targets: *targets
"""
)


@cases("door", {"product": Studio.by_product, "template": Studio.by_template})
def test_only_an_approval_starts_the_pipeline(
    door: Callable[[Studio], dict[str, Any]], studio: Studio
) -> None:
    url = studio.account.put("project.yaml", DEPLOYMENT)
    studio.show("project.yaml")
    studio.account.admin.create_provisioning_artifact(
        ProductId=studio.product, Parameters=studio.account.version("2.0.0", url)
    )
    project = studio.client.create_project(ProjectName="churn", **door(studio))["ProjectId"]
    assert studio.described()["ProjectStatus"] == "CreateCompleted"
    pipelines, sagemaker, codecommit = map(client, ("codepipeline", "sagemaker", "codecommit"))

    def started() -> list[str]:
        name = f"sagemaker-churn-{project}-modeldeploy"
        found = pipelines.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return [one["trigger"]["triggerType"] for one in found]

    arns = {}
    for group in ("churn", "churn-2"):
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
        arns[group] = sagemaker.create_model_package(ModelPackageGroupName=group)["ModelPackageArn"]
    for group, status in (("churn", "Rejected"), ("churn-2", "Approved")):
        sagemaker.update_model_package(ModelPackageArn=arns[group], ModelApprovalStatus=status)
    assert started() == ["CreatePipeline"]
    sagemaker.update_model_package(ModelPackageArn=arns["churn"], ModelApprovalStatus="Approved")
    assert started() == ["CloudWatchEvent", "CreatePipeline"]
    repository = f"sagemaker-{project}-modeldeploy"
    for branch in ("main", "other"):
        commit = {"filePath": branch, "fileContent": b"x", "branchName": branch}
        if branch == "other":
            tip = codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"]
            codecommit.create_branch(repositoryName=repository, branchName=branch, commitId=tip)
            commit["parentCommitId"] = tip
        codecommit.put_file(repositoryName=repository, **commit)
    assert started() == ["CloudWatchEvent", "CloudWatchEvent", "CreatePipeline"]
