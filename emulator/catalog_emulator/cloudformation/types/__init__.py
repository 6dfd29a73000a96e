"""Resource types with a handler: each makes its resource in moto's own service, through the API."""

from functools import cache
from importlib import import_module

from catalog_emulator.cloudformation.resources.resource import ResourceType
from catalog_emulator.cloudformation.types import moto_additions

# Module → the service of its types, and these: a class is named like its type. A module is imported with the
# first of its types: moto's services load slowly.
_MODULES = {
    "awslambda": ("Lambda", "Permission"),
    "codebuild": ("CodeBuild", "Project"),
    "codecommit": ("CodeCommit", "Repository"),
    "codepipeline": ("CodePipeline", "Pipeline"),
    "ec2_endpoints": ("EC2", "VPCEndpoint"),
    "ec2_gateways": ("EC2", "EIP TransitGateway TransitGatewayAttachment TransitGatewayVpcAttachment"),
    "ec2_routes": ("EC2", "Route"),
    "ec2_security_groups": ("EC2", "SecurityGroup SecurityGroupEgress SecurityGroupIngress"),
    "ec2_vpc": ("EC2", "Subnet VPC VPCGatewayAttachment"),
    "events": ("Events", "EventBusPolicy Rule"),
    "iam": ("IAM", "ManagedPolicy Policy"),
    "iam_roles": ("IAM", "Role"),
    "kms": ("KMS", "Key"),
    "logs": ("Logs", "LogGroup"),
    "s3": ("S3", "Bucket BucketPolicy"),
    "sagemaker": ("SageMaker", "ModelPackage Pipeline Project"),
    "servicecatalog": (
        "ServiceCatalog",
        "AcceptedPortfolioShare CloudFormationProduct CloudFormationProvisionedProduct"
        " LaunchNotificationConstraint LaunchRoleConstraint LaunchTemplateConstraint Portfolio"
        " PortfolioPrincipalAssociation PortfolioProductAssociation PortfolioShare ResourceUpdateConstraint"
        " ServiceAction ServiceActionAssociation StackSetConstraint TagOption TagOptionAssociation",
    ),
    "sns": ("SNS", "Subscription Topic TopicPolicy"),
    "ssm": ("SSM", "Document Parameter"),
    "stepfunctions": ("StepFunctions", "StateMachine"),
}
# Type → module.
TABLE = {
    f"AWS::{service}::{name}": module
    for module, (service, types) in _MODULES.items()
    for name in types.split()
}


def handler(type_name: str) -> ResourceType | None:
    """The type's own handler, which makes the resource through its service's API, if it has one."""
    return _made(TABLE[type_name], type_name.rpartition(":")[2]) if type_name in TABLE else None


@cache
def _made(module: str, name: str) -> ResourceType:
    moto_additions.add(module.partition("_")[0])
    made: ResourceType = getattr(import_module(f"{__name__}.{module}"), name)()
    return made
