"""One resource of each type with many properties, and a change to it; `@Name.Attribute` is another's."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

OWN = [{"Key": "own", "Value": "1"}]


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    allowing = [{"Effect": "Allow", **statement} for statement in statements]
    return {"Version": "2012-10-17", "Statement": allowing}


READ = _policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::x/*"})
WRITE = _policy({"Action": "s3:PutObject", "Resource": "arn:aws:s3:::x/*"})
TRUST = _policy(
    {
        "Principal": {"Service": ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    },
    {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"},
)
TLS_ONLY = _policy(
    {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::ml-artifacts/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
)
EMPTY_DASHBOARD = json.dumps({"widgets": []})
TEXT = {"type": "text", "x": 0, "y": 0, "width": 3, "height": 3, "properties": {"markdown": "a"}}
EXPIRE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
            "action": {"type": "expire"},
        }
    ]
}


def publish(sid: str, resource: str = "*") -> dict[str, Any]:
    """A resource policy for EventBridge."""
    principal = {"Service": "events.amazonaws.com"}
    return _policy({"Sid": sid, "Principal": principal, "Action": "sns:Publish", "Resource": resource})


def key_policy(*more: str) -> dict[str, Any]:
    """A key policy for the account and more principals."""
    arns = [f"arn:aws:iam::123456789012:{principal}" for principal in ("root", *more)]
    return _policy(*({"Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"} for arn in arns))


TOPIC = """\
Parameters: {Title: {Type: String, Default: hello}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Title}}}
Outputs: {TopicArn: {Value: !Ref Topic}}
"""
PROJECT = TOPIC.replace(
    "{Title:", "{SageMakerProjectName: {Type: String}, SageMakerProjectId: {Type: String}, Title:"
)


def version(name: str, description: str, key: str = "topic.yaml") -> dict[str, Any]:
    """A version of a product."""
    url = f"https://seed.s3.us-west-2.amazonaws.com/{key}"
    return {"Name": name, "Description": description, "Info": {"LoadTemplateFromURL": url}}


def action(document: str) -> list[dict[str, str]]:
    """The definition of a service action."""
    definition = {"Name": document, "Version": "1", "AssumeRole": "LAUNCH_ROLE"}
    return [{"Key": key, "Value": value} for key, value in definition.items()]


RUNBOOK = {"schemaVersion": "0.3", "mainSteps": [{"name": "w", "action": "aws:sleep", "inputs": {}}]}


MACHINE = {
    "StartAt": "Tell",
    "States": {
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
        | {"Parameters": {"TopicArn": "${Topic}", "Message": "m"}},
    },
}


def content(files: Mapping[str, str] = MappingProxyType({"README.md": "hello"})) -> bytes:
    """A zip for a repository."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def make_seed_bucket(client: Callable[[str], Any], region: str) -> None:
    """The bucket with the starting content of repositories, and with templates for products and projects."""
    s3 = client("s3")
    s3.create_bucket(Bucket="seed", CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_object(Bucket="seed", Key="a.zip", Body=content())
    for key in ("topic.yaml", "other.yaml"):
        s3.put_object(Bucket="seed", Key=key, Body=TOPIC)
    visible = "sagemaker:studio-visibility=true"
    s3.put_object(Bucket="seed", Key="project.yaml", Body=PROJECT, Tagging=visible)
    s3.put_object(Bucket="seed", Key="pipeline.json", Body=b"{}")
    here = [{"Key": "sagemaker:projectS3TemplatesLocation", "Value": "s3://seed"}]
    client("sagemaker").create_domain(DomainName="studio", AuthMode="IAM", DefaultUserSettings={}, Tags=here)


def pipeline(provider: str) -> list[dict[str, Any]]:
    """Two stages."""
    return [
        {
            "Name": "Source",
            "Actions": [
                {
                    "Name": "Fetch",
                    "ActionTypeId": {
                        "Category": "Source",
                        "Owner": "AWS",
                        "Provider": "CodeCommit",
                        "Version": "1",
                    },
                    "Configuration": {
                        "RepositoryName": "model-build",
                        "BranchName": "main",
                        "PollForSourceChanges": False,
                    },
                    "OutputArtifacts": [{"Name": "source"}],
                    "RunOrder": "1",
                }
            ],
        },
        {
            "Name": "Build",
            "Actions": [
                {
                    "Name": "Build",
                    "ActionTypeId": {
                        "Category": "Build",
                        "Owner": "AWS",
                        "Provider": provider,
                        "Version": "1",
                    },
                    "Configuration": {"ProjectName": "project"},
                    "InputArtifacts": [{"Name": "source"}],
                }
            ],
        },
    ]


@dataclass(frozen=True, kw_only=True)
class ResourceCase:
    """A resource's properties, and a change to them; a read does not show the `unreadable` ones.

    `after` are cases that it needs without referring to them.
    """

    type_name: str
    properties: Mapping[str, Any]
    change: Mapping[str, Any]
    unreadable: frozenset[str]
    after: tuple[str, ...]

    def needs(self) -> set[str]:
        """Names of the cases that this one refers to."""
        return {*_references(self.properties), *_references(self.change), *self.after}

    def changed(self) -> dict[str, Any]:
        """The properties after the change; None takes one away."""
        merged = {**self.properties, **self.change}
        return {name: value for name, value in merged.items() if value is not None}


def resolve(value: Any, lookup: Callable[[str, str], Any]) -> Any:
    """The value with its references looked up."""
    match value:
        case str() if value.startswith("@"):
            name, _, attribute = value[1:].partition(".")
            return lookup(name, attribute)
        case Mapping():
            return {key: resolve(item, lookup) for key, item in value.items()}
        case list():
            return [resolve(item, lookup) for item in value]
    return value


def _references(value: Any) -> Iterator[str]:
    match value:
        case str() if value.startswith("@"):
            yield value[1:].partition(".")[0]
        case Mapping():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


def closure(name: str) -> list[str]:
    """The case and what it needs, in an order in which they can be made."""
    left, order = [name], [name]
    while left:
        needed = RESOURCE_CASES[left.pop()].needs()
        order.extend(needed)
        left.extend(needed)
    names = list(RESOURCE_CASES)
    return sorted(set(order), key=names.index)


def _case(
    kind: str,
    *,
    change: Mapping[str, Any] = MappingProxyType({}),
    unreadable: Sequence[str] = (),
    after: Sequence[str] = (),
    **properties: Any,
) -> ResourceCase:
    return ResourceCase(
        type_name=f"AWS::{kind}",
        properties=properties,
        change=change,
        unreadable=frozenset(unreadable),
        after=tuple(after),
    )


def constraint(
    kind: str, *, change: Mapping[str, Any], unreadable: Sequence[str] = (), **more: Any
) -> ResourceCase:
    """A constraint of the product in the portfolio."""
    both = {"PortfolioId": "@Portfolio", "ProductId": "@Product", "Description": "d"}
    kind = f"ServiceCatalog::{kind}Constraint"
    return _case(kind, change=change, unreadable=unreadable, after=("InPortfolio",), **both, **more)


RESOURCE_CASES: dict[str, ResourceCase] = {
    "Key": _case(
        "KMS::Key",
        change={"Description": "e", "KeyPolicy": key_policy("role/x"), "EnableKeyRotation": False},
        unreadable=("PendingWindowInDays",),
        KeyPolicy=key_policy(),
        EnableKeyRotation="true",
        Description="d",
        PendingWindowInDays="30",
        Tags=OWN,
    ),
    "Alias": _case("KMS::Alias", AliasName="alias/x", TargetKeyId="@Key"),
    "Bucket": _case(
        "S3::Bucket",
        change={"VersioningConfiguration": {"Status": "Suspended"}},
        BucketName="ml-artifacts",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "@Key.Arn",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
        VersioningConfiguration={"Status": "Enabled"},
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": "true",
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        LifecycleConfiguration={
            "Rules": [
                {
                    "Id": "a",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": "30"},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                },
                {"Id": "b", "Status": "Enabled", "Prefix": "x/", "ExpirationInDays": 3},
            ]
        },
        NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        Tags=OWN,
    ),
    "BucketPolicy": _case("S3::BucketPolicy", Bucket="@Bucket", PolicyDocument=TLS_ONLY),
    "ManagedPolicy": _case(
        "IAM::ManagedPolicy",
        change={"PolicyDocument": WRITE},
        PolicyDocument=READ,
        Path="/a/",
        Description="x",
    ),
    "Boundary": _case("IAM::ManagedPolicy", PolicyDocument=READ),
    "Role": _case(
        "IAM::Role",
        change={
            "Description": "new",
            "PermissionsBoundary": None,
            "Policies": [{"PolicyName": "q", "PolicyDocument": WRITE}],
            "ManagedPolicyArns": None,
        },
        Path="/ml/x/",
        AssumeRolePolicyDocument=TRUST,
        Policies=[{"PolicyName": "p", "PolicyDocument": READ}],
        ManagedPolicyArns=["@ManagedPolicy"],
        PermissionsBoundary="@Boundary",
        Tags=OWN,
    ),
    "Policy": _case(
        "IAM::Policy", change={"PolicyName": "qq"}, PolicyName="q", PolicyDocument=READ, Roles=["@Role"]
    ),
    "LogGroup": _case(
        "Logs::LogGroup",
        change={"RetentionInDays": 30},
        LogGroupName="/ml/x/compliance",
        RetentionInDays="365",
        KmsKeyId="@Key.Arn",
        ResourcePolicyDocument=publish("a", "arn:aws:logs:us-west-2:123456789012:log-group:/ml/x:*"),
        Tags=OWN,
    ),
    "Topic": _case(
        "SNS::Topic",
        change={"DisplayName": "E"},
        TopicName="alerts",
        KmsMasterKeyId="@Key",
        DisplayName="D",
        Tags=OWN,
    ),
    "TopicPolicy": _case(
        "SNS::TopicPolicy",
        Topics=["@Topic"],
        PolicyDocument=publish("a", "arn:aws:sns:us-west-2:123456789012:alerts"),
    ),
    "Subscription": _case(
        "SNS::Subscription",
        TopicArn="@Topic",
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-west-2:123456789012:alerts",
        FilterPolicy={"a": ["b"]},
    ),
    "Rule": _case(
        "Events::Rule",
        change={"State": "DISABLED"},
        Description="x",
        EventPattern={"source": ["aws.codepipeline"], "detail": {"state": ["FAILED"]}},
        State="ENABLED",
        Targets=[
            {
                "Id": "t",
                "Arn": "@Topic",
                "InputTransformer": {
                    "InputPathsMap": {"p": "$.detail.pipeline"},
                    "InputTemplate": '"Pipeline <p>"',
                },
            },
            {"Id": "a", "Arn": "arn:aws:codepipeline:us-west-2:123456789012:pipe", "RoleArn": "@Role.Arn"},
        ],
        Tags=OWN,
    ),
    "Bus": _case("Events::EventBus", Name="bus", Tags=OWN, Description="d"),
    "BusPolicy": _case(
        "Events::EventBusPolicy",
        unreadable=("Statement", "EventBusName"),
        EventBusName="@Bus",
        StatementId="s1",
        Statement={
            "Effect": "Allow",
            "Principal": "*",
            "Action": "events:PutEvents",
            "Resource": "arn:aws:events:us-west-2:123456789012:event-bus/bus",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        },
    ),
    "BusRule": _case(
        "Events::Rule",
        change={"Description": "z"},
        unreadable=("EventBusName",),
        EventBusName="@Bus",
        EventPattern={"source": ["x"]},
        Tags=OWN,
    ),
    "Parameter": _case(
        "SSM::Parameter",
        change={"Value": "w"},
        Name="/ml/x/A",
        Type="String",
        Value="v",
        Description="d",
        Tags={"own": "1"},
    ),
    "Document": _case(
        "SSM::Document",
        change={"Content": {**RUNBOOK, "description": "other"}},
        unreadable=("UpdateMethod",),
        Name="runbook",
        DocumentType="Automation",
        UpdateMethod="NewVersion",
        Content=RUNBOOK,
        Tags=OWN,
    ),
    "DocumentOfText": _case(
        "SSM::Document",
        change={"Content": "{schemaVersion: '2.2', mainSteps: [], description: d}"},
        DocumentFormat="YAML",
        Content="{schemaVersion: '2.2', mainSteps: []}",
    ),
    "Machine": _case(
        "StepFunctions::StateMachine",
        change={"Definition": {**MACHINE, "Comment": "other"}},
        StateMachineName="machine",
        StateMachineType="EXPRESS",
        RoleArn="@Role.Arn",
        Definition=MACHINE,
        DefinitionSubstitutions={"Topic": "@Topic"},
        Tags=OWN,
    ),
    "MachineOfText": _case(
        "StepFunctions::StateMachine",
        change={"DefinitionString": json.dumps({**MACHINE, "Comment": "other"})},
        RoleArn="@Role.Arn",
        DefinitionString=json.dumps(MACHINE),
    ),
    "List": _case("SSM::Parameter", Name="/ml/x/L", Type="StringList", Value="a,b"),
    "Vpc": _case(
        "EC2::VPC",
        change={"EnableDnsHostnames": False},
        CidrBlock="10.0.0.0/16",
        EnableDnsSupport=True,
        EnableDnsHostnames="true",
        Tags=OWN,
    ),
    "Subnet": _case(
        "EC2::Subnet",
        change={"MapPublicIpOnLaunch": True},
        VpcId="@Vpc",
        CidrBlock="10.0.1.0/24",
        AvailabilityZone="us-west-2a",
        MapPublicIpOnLaunch="false",
        Tags=OWN,
    ),
    "OtherSubnet": _case("EC2::Subnet", VpcId="@Vpc", CidrBlock="10.0.2.0/24"),
    "Gateway": _case("EC2::InternetGateway", Tags=OWN),
    "Attachment": _case("EC2::VPCGatewayAttachment", VpcId="@Vpc", InternetGatewayId="@Gateway"),
    "Table": _case("EC2::RouteTable", VpcId="@Vpc", Tags=OWN),
    "Route": _case(
        "EC2::Route",
        after=("Attachment",),
        RouteTableId="@Table",
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId="@Gateway",
    ),
    "Association": _case("EC2::SubnetRouteTableAssociation", RouteTableId="@Table", SubnetId="@Subnet"),
    "Group": _case(
        "EC2::SecurityGroup",
        change={"SecurityGroupIngress": []},
        GroupDescription="g",
        VpcId="@Vpc",
        SecurityGroupIngress=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": "443",
                "CidrIp": "10.0.0.0/16",
                "Description": "d",
            }
        ],
        SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}],
        Tags=OWN,
    ),
    "Ingress": _case(
        "EC2::SecurityGroupIngress",
        change={"Description": "other"},
        GroupId="@Group",
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        SourceSecurityGroupId="@Group",
        Description="self",
    ),
    "Egress": _case(
        "EC2::SecurityGroupEgress",
        GroupId="@Group",
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        CidrIp="0.0.0.0/0",
    ),
    "Interface": _case(
        "EC2::VPCEndpoint",
        change={"PrivateDnsEnabled": False},
        VpcId="@Vpc",
        ServiceName="com.amazonaws.us-west-2.sagemaker.api",
        VpcEndpointType="Interface",
        PrivateDnsEnabled="true",
        SubnetIds=["@Subnet"],
        SecurityGroupIds=["@Group"],
        Tags=OWN,
    ),
    "S3Endpoint": _case(
        "EC2::VPCEndpoint",
        VpcId="@Vpc",
        ServiceName="com.amazonaws.us-west-2.s3",
        RouteTableIds=["@Table"],
        PolicyDocument=READ,
    ),
    "Address": _case("EC2::EIP", change={"Tags": [{"Key": "own", "Value": "2"}]}, Domain="vpc", Tags=OWN),
    "Transit": _case(
        "EC2::TransitGateway",
        change={"Description": "dd", "DnsSupport": "disable"},
        Description="d",
        AmazonSideAsn=64513,
        DnsSupport="enable",
        Tags=OWN,
    ),
    "Attached": _case(
        "EC2::TransitGatewayAttachment",
        change={"SubnetIds": ["@OtherSubnet"], "Options": {"ApplianceModeSupport": "enable"}},
        TransitGatewayId="@Transit",
        VpcId="@Vpc",
        SubnetIds=["@Subnet"],
        Tags=OWN,
    ),
    "AttachedVpc": _case(
        "EC2::TransitGatewayVpcAttachment",
        change={"AddSubnetIds": ["@OtherSubnet"], "RemoveSubnetIds": ["@Subnet"]},
        unreadable=("AddSubnetIds", "RemoveSubnetIds"),
        TransitGatewayId="@Transit",
        VpcId="@Vpc",
        SubnetIds=["@Subnet"],
        Options={"DnsSupport": "disable"},
    ),
    "FlowLog": _case(
        "EC2::FlowLog",
        unreadable=("ResourceType",),
        ResourceId="@Vpc",
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="@LogGroup",
        DeliverLogsPermissionArn="@Role.Arn",
        Tags=OWN,
    ),
    "Repository": _case(
        "CodeCommit::Repository",
        change={"RepositoryDescription": "dd"},
        unreadable=("Code",),
        RepositoryName="repo",
        RepositoryDescription="d",
        KmsKeyId="@Key.Arn",
        Code={"BranchName": "main", "S3": {"Bucket": "seed", "Key": "a.zip"}},
        Tags=OWN,
    ),
    "Project": _case(
        "CodeBuild::Project",
        change={"Description": "x"},
        Name="proj",
        ServiceRole="@Role.Arn",
        EncryptionKey="@Key.Arn",
        Source={"Type": "CODEPIPELINE", "BuildSpec": "buildspec.yml"},
        Artifacts={"Type": "CODEPIPELINE"},
        Environment={
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "EnvironmentVariables": [
                {"Name": "A", "Value": "1"},
                {"Name": "B", "Value": 2, "Type": "PLAINTEXT"},
            ],
        },
        LogsConfig={"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "g"}},
        TimeoutInMinutes="30",
        Tags=OWN,
    ),
    "ProjectInOtherSpelling": _case(
        "CodeBuild::Project",
        change={"Description": "x"},
        Name="other",
        ServiceRole="@Role.Arn",
        Source={"Type": "no_source", "BuildSpec": "version: 0.2"},
        Artifacts={"Type": "no_artifacts"},
        Environment={"Type": "linuxContainer", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "i"},
    ),
    "Pipeline": _case(
        "CodePipeline::Pipeline",
        change={"ExecutionMode": "SUPERSEDED", "Stages": pipeline("Jenkins")},
        Name="pipe",
        RoleArn="@Role.Arn",
        PipelineType="V2",
        ExecutionMode="QUEUED",
        ArtifactStore={
            "Type": "S3",
            "Location": "@Bucket",
            "EncryptionKey": {"Id": "@Key.Arn", "Type": "KMS"},
        },
        Stages=pipeline("CodeBuild"),
        Tags=OWN,
    ),
    "ModelGroup": _case(
        "SageMaker::ModelPackageGroup",
        ModelPackageGroupName="g",
        ModelPackageGroupDescription="d",
        Tags=OWN,
        ModelPackageGroupPolicy=READ,
    ),
    "ModelVersion": _case(
        "SageMaker::ModelPackage",
        change={"ModelApprovalStatus": "Approved"},
        after=("ModelGroup",),
        ModelPackageGroupName="g",
        ModelApprovalStatus="PendingManualApproval",
        Tags=OWN,
    ),
    "Training": _case(
        "SageMaker::Pipeline",
        change={
            "PipelineDefinition": {"PipelineDefinitionBody": '{"Version": "2020-12-01", "Steps": [1]}'},
            "PipelineDescription": "dd",
        },
        PipelineName="train",
        PipelineDescription="d",
        PipelineDefinition={"PipelineDefinitionBody": '{"Version": "2020-12-01", "Steps": []}'},
        RoleArn="@Role.Arn",
        ParallelismConfiguration={"MaxParallelExecutionSteps": "2"},
        Tags=OWN,
    ),
    "TrainingInS3": _case(
        "SageMaker::Pipeline",
        unreadable=("PipelineDefinition",),
        PipelineName="train-in-s3",
        PipelineDefinition={"PipelineDefinitionS3Location": {"Bucket": "seed", "Key": "pipeline.json"}},
        RoleArn="@Role.Arn",
    ),
    "TemplateProject": _case(
        "SageMaker::Project",
        ProjectName="by-template",
        ProjectDescription="d",
        TemplateProviderDetails=[
            {
                "CfnTemplateProviderDetail": {
                    "TemplateName": "topic",
                    "TemplateURL": "https://seed.s3.us-west-2.amazonaws.com/project.yaml",
                    "Parameters": [{"Key": "Title", "Value": "again"}],
                }
            }
        ],
        Tags=OWN,
    ),
    "Model": _case(
        "SageMaker::Model",
        ExecutionRoleArn="@Role.Arn",
        PrimaryContainer={"Image": "i", "ModelDataUrl": "s3://x"},
        Tags=OWN,
    ),
    "EndpointConfig": _case(
        "SageMaker::EndpointConfig",
        ProductionVariants=[
            {
                "ModelName": "@Model.ModelName",
                "VariantName": "v",
                "InitialInstanceCount": "1",
                "InstanceType": "ml.t2.medium",
                "InitialVariantWeight": "1.0",
            }
        ],
        Tags=OWN,
    ),
    "Endpoint": _case(
        "SageMaker::Endpoint", EndpointConfigName="@EndpointConfig.EndpointConfigName", Tags=OWN
    ),
    "Dashboard": _case(
        "CloudWatch::Dashboard",
        change={"DashboardBody": json.dumps({"widgets": [TEXT]})},
        DashboardName="dash",
        DashboardBody=EMPTY_DASHBOARD,
    ),
    "Images": _case(
        "ECR::Repository",
        change={"ImageTagMutability": "MUTABLE"},
        ImageScanningConfiguration={"ScanOnPush": "true"},
        ImageTagMutability="IMMUTABLE",
        RepositoryPolicyText=publish("a"),
        LifecyclePolicy={"LifecyclePolicyText": json.dumps(EXPIRE)},
        Tags=OWN,
    ),
    "Portfolio": _case(
        "ServiceCatalog::Portfolio",
        change={"DisplayName": "Lab", "Description": None, "Tags": [{"Key": "other", "Value": "2"}]},
        DisplayName="Platform",
        ProviderName="Team",
        Description="d",
        Tags=OWN,
    ),
    "Product": _case(
        "ServiceCatalog::CloudFormationProduct",
        change={
            "Owner": "Others",
            "SupportDescription": None,
            "ProvisioningArtifactParameters": [version("1", "changed"), version("3", "third")],
        },
        unreadable=("ReplaceProvisioningArtifacts",),
        Name="topic",
        Owner="Team",
        SupportDescription="s",
        ReplaceProvisioningArtifacts="false",
        ProvisioningArtifactParameters=[version("1", "first"), version("2", "second")],
        Tags=OWN,
    ),
    "OneVersion": _case(
        "ServiceCatalog::CloudFormationProduct",
        change={"ProvisioningArtifactParameters": [version("1", "moved", "other.yaml")]},
        Name="one",
        Owner="Team",
        ProvisioningArtifactParameters=[version("1", "first")],
    ),
    "InPortfolio": _case(
        "ServiceCatalog::PortfolioProductAssociation", PortfolioId="@Portfolio", ProductId="@Product"
    ),
    "Launcher": _case(
        "ServiceCatalog::PortfolioPrincipalAssociation",
        PortfolioId="@Portfolio",
        PrincipalARN="arn:aws:iam:::user/launch*",
        PrincipalType="IAM_PATTERN",
    ),
    "LaunchAs": constraint(
        "LaunchRole", change={"LocalRoleName": None, "RoleArn": "@Role.Arn"}, LocalRoleName="launch"
    ),
    "Notify": constraint("LaunchNotification", change={"Description": None}, NotificationArns=["@Topic"]),
    "Rules": constraint(
        "LaunchTemplate",
        change={"Rules": json.dumps({"B": {"Assertions": [{"Assert": {"Fn::Equals": ["b", "b"]}}]}})},
        Rules=json.dumps({"A": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "a"]}}]}}),
    ),
    "StackSet": constraint(
        "StackSet",
        change={"RegionList": ["us-east-1"]},
        AccountList=["123456789012"],
        RegionList=["us-west-2"],
        AdminRole="@Role.Arn",
        ExecutionRole="execution",
        StackInstanceControl="ALLOWED",
    ),
    "MayTag": constraint(
        "ResourceUpdate",
        change={"TagUpdateOnProvisionedProduct": "NOT_ALLOWED"},
        TagUpdateOnProvisionedProduct="ALLOWED",
    ),
    "TagOption": _case(
        "ServiceCatalog::TagOption", change={"Active": True}, Key="stage", Value="dev", Active="false"
    ),
    "TagOptionOn": _case(
        "ServiceCatalog::TagOptionAssociation", TagOptionId="@TagOption", ResourceId="@Portfolio"
    ),
    "Action": _case(
        "ServiceCatalog::ServiceAction",
        change={"Name": "start", "Definition": action("AWS-StartEC2Instance")},
        Name="restart",
        DefinitionType="SSM_AUTOMATION",
        Definition=action("AWS-RestartEC2Instance"),
        Description="d",
    ),
    "ActionOn": _case(
        "ServiceCatalog::ServiceActionAssociation",
        ProductId="@OneVersion",
        ProvisioningArtifactId="@OneVersion.ProvisioningArtifactIds",
        ServiceActionId="@Action",
    ),
    "Share": _case(
        "ServiceCatalog::PortfolioShare",
        change={"ShareTagOptions": True},
        PortfolioId="@Portfolio",
        AccountId="222222222222",
        ShareTagOptions="false",
    ),
    "ProjectProduct": _case(
        "ServiceCatalog::CloudFormationProduct",
        Name="project",
        Owner="Team",
        ProvisioningArtifactParameters=[version("1", "first", "project.yaml")],
    ),
    "ProjectInPortfolio": _case(
        "ServiceCatalog::PortfolioProductAssociation", PortfolioId="@Portfolio", ProductId="@ProjectProduct"
    ),
    "ProductProject": _case(
        "SageMaker::Project",
        after=("ProjectInPortfolio", "Launcher"),
        ProjectName="by-product",
        ServiceCatalogProvisioningDetails={
            "ProductId": "@ProjectProduct",
            "ProvisioningParameters": [{"Key": "Title", "Value": "again"}],
        },
    ),
    "Launch": _case(
        "ServiceCatalog::CloudFormationProvisionedProduct",
        change={
            "ProvisioningArtifactName": "2",
            "ProvisioningParameters": [{"Key": "Title", "Value": "again"}],
        },
        unreadable=("ProvisioningArtifactName", "ProvisioningParameters", "Tags"),
        after=("InPortfolio", "Launcher", "MayTag"),
        ProductId="@Product",
        ProvisioningArtifactName="1",
        ProvisionedProductName="mine",
        ProvisioningParameters=[{"Key": "Title", "Value": "good"}],
        Tags=OWN,
    ),
}
