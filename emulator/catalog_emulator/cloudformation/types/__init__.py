"""The resource types that are real: each makes the resource in moto's own service, through its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from catalog_emulator.cloudformation.resources.resource import ResourceType
from catalog_emulator.cloudformation.types import gaps

# Type → module and class. A module is imported when a template first has a type of its: moto's load slowly.
TABLE = {
    "AWS::CloudWatch::Alarm": "cloudwatch.Alarm",
    "AWS::CloudWatch::Dashboard": "cloudwatch.Dashboard",
    "AWS::CodeBuild::Project": "codebuild.Project",
    "AWS::CodeCommit::Repository": "codecommit.Repository",
    "AWS::CodePipeline::Pipeline": "codepipeline.Pipeline",
    "AWS::EC2::EgressOnlyInternetGateway": "ec2.ipv6.EgressOnlyInternetGateway",
    "AWS::EC2::FlowLog": "ec2.flow_logs.FlowLog",
    "AWS::EC2::InternetGateway": "ec2.vpc.InternetGateway",
    "AWS::EC2::Route": "ec2.routes.Route",
    "AWS::EC2::RouteTable": "ec2.routes.RouteTable",
    "AWS::EC2::SecurityGroup": "ec2.security_groups.SecurityGroup",
    "AWS::EC2::SecurityGroupEgress": "ec2.security_groups.SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress": "ec2.security_groups.SecurityGroupIngress",
    "AWS::EC2::Subnet": "ec2.vpc.Subnet",
    "AWS::EC2::SubnetRouteTableAssociation": "ec2.routes.SubnetRouteTableAssociation",
    "AWS::EC2::VPC": "ec2.vpc.Vpc",
    "AWS::EC2::VPCCidrBlock": "ec2.ipv6.VpcCidrBlock",
    "AWS::EC2::VPCEndpoint": "ec2.endpoints.VpcEndpoint",
    "AWS::EC2::VPCGatewayAttachment": "ec2.vpc.VpcGatewayAttachment",
    "AWS::ECR::Repository": "ecr.Repository",
    "AWS::Events::EventBus": "events.EventBus",
    "AWS::Events::EventBusPolicy": "events.EventBusPolicy",
    "AWS::Events::Rule": "events.Rule",
    "AWS::IAM::Group": "iam_holders.Group",
    "AWS::IAM::ManagedPolicy": "iam.ManagedPolicy",
    "AWS::IAM::Policy": "iam.Policy",
    "AWS::IAM::Role": "iam_holders.Role",
    "AWS::IAM::RolePolicy": "iam.RolePolicy",
    "AWS::IAM::User": "iam_users.User",
    "AWS::KMS::Alias": "kms.Alias",
    "AWS::KMS::Key": "kms.Key",
    "AWS::Logs::LogGroup": "logs.LogGroup",
    "AWS::S3::Bucket": "s3.Bucket",
    "AWS::S3::BucketPolicy": "s3.BucketPolicy",
    "AWS::SNS::Subscription": "sns.Subscription",
    "AWS::SNS::Topic": "sns.Topic",
    "AWS::SNS::TopicInlinePolicy": "sns.TopicInlinePolicy",
    "AWS::SNS::TopicPolicy": "sns.TopicPolicy",
    "AWS::SSM::Parameter": "ssm.Parameter",
    "AWS::SecretsManager::Secret": "secretsmanager.Secret",
    "AWS::SageMaker::Endpoint": "sagemaker.Endpoint",
    "AWS::SageMaker::EndpointConfig": "sagemaker.EndpointConfig",
    "AWS::SageMaker::Model": "sagemaker.Model",
    "AWS::SageMaker::ModelPackageGroup": "sagemaker.ModelPackageGroup",
    "AWS::SageMaker::NotebookInstance": "notebooks.NotebookInstance",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": "notebooks.NotebookInstanceLifecycleConfig",
}


class _Types(Mapping[str, ResourceType]):
    """The table as a mapping whose values are made when they are asked for."""

    def __getitem__(self, type_name: str) -> ResourceType:
        return _made(TABLE[type_name])

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE)

    def __len__(self) -> int:
        return len(TABLE)


def resource_types() -> Mapping[str, ResourceType]:
    """Every type that is made for real, by its name."""
    return _Types()


def install() -> None:
    """Puts into moto the few calls that these types need and its services lack."""
    gaps.install()


@cache
def _made(path: str) -> ResourceType:
    module, name = path.rsplit(".", 1)
    gaps.install(module.split(".", 1)[0])
    made: ResourceType = getattr(import_module(f"{__name__}.{module}"), name)()
    return made
