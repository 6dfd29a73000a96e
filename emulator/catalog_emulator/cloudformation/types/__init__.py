"""Resource types with a handler: each makes its resource in moto's own service, through the API."""

from functools import cache
from importlib import import_module

from catalog_emulator.cloudformation.resources.resource import ResourceType
from catalog_emulator.cloudformation.types import moto_additions

# Type → module and class. A module is imported with the first of its types: moto's services load slowly.
TABLE = {
    "AWS::CodeBuild::Project": "codebuild.Project",
    "AWS::CodeCommit::Repository": "codecommit.Repository",
    "AWS::CodePipeline::Pipeline": "codepipeline.Pipeline",
    "AWS::EC2::EIP": "ec2_gateways.Eip",
    "AWS::EC2::Route": "ec2_routes.Route",
    "AWS::EC2::SecurityGroup": "ec2_security_groups.SecurityGroup",
    "AWS::EC2::SecurityGroupEgress": "ec2_security_groups.SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress": "ec2_security_groups.SecurityGroupIngress",
    "AWS::EC2::Subnet": "ec2_vpc.Subnet",
    "AWS::EC2::TransitGateway": "ec2_gateways.TransitGateway",
    "AWS::EC2::TransitGatewayAttachment": "ec2_gateways.TransitGatewayVpcAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment": "ec2_gateways.TransitGatewayVpcAttachment",
    "AWS::EC2::VPC": "ec2_vpc.Vpc",
    "AWS::EC2::VPCEndpoint": "ec2_endpoints.VpcEndpoint",
    "AWS::EC2::VPCGatewayAttachment": "ec2_vpc.VpcGatewayAttachment",
    "AWS::Events::EventBusPolicy": "events.EventBusPolicy",
    "AWS::Events::Rule": "events.Rule",
    "AWS::IAM::ManagedPolicy": "iam.ManagedPolicy",
    "AWS::IAM::Policy": "iam.Policy",
    "AWS::IAM::Role": "iam_roles.Role",
    "AWS::KMS::Key": "kms.Key",
    "AWS::Lambda::Permission": "awslambda.Permission",
    "AWS::Logs::LogGroup": "logs.LogGroup",
    "AWS::S3::Bucket": "s3.Bucket",
    "AWS::S3::BucketPolicy": "s3.BucketPolicy",
    "AWS::SNS::Subscription": "sns.Subscription",
    "AWS::SNS::Topic": "sns.Topic",
    "AWS::SNS::TopicPolicy": "sns.TopicPolicy",
    "AWS::SSM::Document": "ssm.Document",
    "AWS::SSM::Parameter": "ssm.Parameter",
    "AWS::SageMaker::ModelPackage": "sagemaker.ModelPackage",
    "AWS::SageMaker::Pipeline": "sagemaker.Pipeline",
    "AWS::SageMaker::Project": "sagemaker.Project",
    "AWS::ServiceCatalog::AcceptedPortfolioShare": "servicecatalog.AcceptedPortfolioShare",
    "AWS::ServiceCatalog::CloudFormationProduct": "servicecatalog.Product",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": "servicecatalog.ProvisionedProduct",
    "AWS::ServiceCatalog::LaunchNotificationConstraint": "servicecatalog.LaunchNotificationConstraint",
    "AWS::ServiceCatalog::LaunchRoleConstraint": "servicecatalog.LaunchRoleConstraint",
    "AWS::ServiceCatalog::LaunchTemplateConstraint": "servicecatalog.LaunchTemplateConstraint",
    "AWS::ServiceCatalog::Portfolio": "servicecatalog.Portfolio",
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": "servicecatalog.PortfolioPrincipalAssociation",
    "AWS::ServiceCatalog::PortfolioProductAssociation": "servicecatalog.PortfolioProductAssociation",
    "AWS::ServiceCatalog::PortfolioShare": "servicecatalog.PortfolioShare",
    "AWS::ServiceCatalog::ResourceUpdateConstraint": "servicecatalog.ResourceUpdateConstraint",
    "AWS::ServiceCatalog::ServiceAction": "servicecatalog.ServiceAction",
    "AWS::ServiceCatalog::ServiceActionAssociation": "servicecatalog.ServiceActionAssociation",
    "AWS::ServiceCatalog::StackSetConstraint": "servicecatalog.StackSetConstraint",
    "AWS::ServiceCatalog::TagOption": "servicecatalog.TagOption",
    "AWS::ServiceCatalog::TagOptionAssociation": "servicecatalog.TagOptionAssociation",
    "AWS::StepFunctions::StateMachine": "stepfunctions.StateMachine",
}


def handler(type_name: str) -> ResourceType | None:
    """The type's own handler, which makes the resource through its service's API, if it has one."""
    return _made(TABLE[type_name]) if type_name in TABLE else None


@cache
def _made(path: str) -> ResourceType:
    module, name = path.split(".")
    moto_additions.add(module.partition("_")[0])
    made: ResourceType = getattr(import_module(f"{__name__}.{module}"), name)()
    return made
