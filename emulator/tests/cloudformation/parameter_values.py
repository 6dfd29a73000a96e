"""Property values that cfn-lint or the service needs, and the schemas of the types do not say."""

from collections.abc import Mapping
from typing import Any

_CLUSTER = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 10}}


def _of(type_name: str, attribute: str | None = None) -> dict[str, Any]:
    return {"Of": type_name, **({"Attribute": attribute} if attribute else {})}


def _trusting(*services: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in services]},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _allowing(action: str, *, resource: str = "*", principal: str | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if principal:
        statement["Principal"] = {"Service": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _stage(name: str, category: str, provider: str, **artifacts: Any) -> dict[str, Any]:
    kind = {"Owner": "AWS", "Category": category, "Version": "1", "Provider": provider}
    return {"Name": name, "Actions": [{"ActionTypeId": kind, "Name": name, **artifacts}]}


_STAGES = [
    _stage(
        "Source",
        "Source",
        "CodeCommit",
        OutputArtifacts=[{"Name": "Code"}],
        Configuration={"RepositoryName": "code", "BranchName": "main"},
    ),
    _stage("Approve", "Approval", "Manual"),
]

VALUES: Mapping[str, Mapping[str, Any]] = {
    "AWS::AmazonMQ::Broker": {"HostInstanceType": "mq.t3.micro"},
    "AWS::Amplify::Webhook": {"AppId": _of("AWS::Amplify::App", "AppId"), "BranchName": "main"},
    "AWS::ApiGateway::Authorizer": {
        "Type": "TOKEN",
        "AuthorizerUri": "arn:aws:lambda:us-west-2:1:function:f",
    },
    "AWS::ApiGateway::Deployment": {
        "RestApiId": _of("AWS::ApiGateway::RestApi"),
        "Description": _of("AWS::ApiGateway::Method"),
    },
    "AWS::ApiGateway::Method": {
        "RestApiId": _of("AWS::ApiGateway::RestApi"),
        "ResourceId": _of("AWS::ApiGateway::RestApi", "RootResourceId"),
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "HTTP", "IntegrationHttpMethod": "GET", "Uri": "https://example.com/"},
    },
    "AWS::ApiGateway::Resource": {
        "RestApiId": _of("AWS::ApiGateway::RestApi"),
        "ParentId": _of("AWS::ApiGateway::RestApi", "RootResourceId"),
    },
    "AWS::ApiGateway::RestApi": {"Name": "api"},
    "AWS::ApiGateway::Stage": {
        "RestApiId": _of("AWS::ApiGateway::RestApi"),
        "DeploymentId": _of("AWS::ApiGateway::Deployment"),
        "StageName": "one",
    },
    "AWS::ApiGatewayV2::Api": {"Name": "api", "ProtocolType": "HTTP"},
    "AWS::AppStream::Fleet": {"InstanceType": "GeneralPurpose.t3.small"},
    "AWS::AutoScaling::AutoScalingGroup": {
        "AvailabilityZones": ["us-west-2a"],
        "MinSize": "0",
        "MaxSize": "1",
        "LaunchConfigurationName": _of("AWS::AutoScaling::LaunchConfiguration"),
    },
    "AWS::Batch::JobQueue": {
        "ComputeEnvironmentOrder": [
            {"Order": 1, "ComputeEnvironment": _of("AWS::Batch::ComputeEnvironment")}
        ],
        "JobQueueName": "queue",
    },
    "AWS::Batch::ComputeEnvironment": {
        "Type": "UNMANAGED",
        "ComputeEnvironmentName": "environment",
        "ServiceRole": _of("AWS::IAM::Role", "Arn"),
        "ComputeResources": {
            "Type": "EC2",
            "MaxvCpus": 1,
            "MinvCpus": 0,
            "InstanceRole": _of("AWS::IAM::InstanceProfile", "Arn"),
            "InstanceTypes": ["optimal"],
            "SecurityGroupIds": [_of("AWS::EC2::SecurityGroup", "GroupId")],
            "Subnets": [_of("AWS::EC2::Subnet")],
        },
    },
    "AWS::Batch::JobDefinition": {
        "Type": "container",
        "ContainerProperties": {"Image": "busybox", "Vcpus": 1, "Memory": 128},
    },
    "AWS::Budgets::BudgetsAction": {"BudgetName": "budget"},
    "AWS::CertificateManager::Certificate": {"DomainName": "example.com", "KeyAlgorithm": None},
    "AWS::CloudFormation::GuardHook": {"Alias": "My::Own::Hook"},
    "AWS::CloudFormation::LambdaHook": {"Alias": "My::Own::Hook"},
    "AWS::CloudWatch::Dashboard": {"DashboardBody": '{"widgets":[]}'},
    "AWS::CodeBuild::Project": {
        "ServiceRole": _of("AWS::IAM::Role", "Arn"),
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
        "Environment": {
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/standard:7.0",
            "Type": "LINUX_CONTAINER",
        },
    },
    "AWS::CodePipeline::Pipeline": {
        "Stages": _STAGES,
        "RoleArn": _of("AWS::IAM::Role", "Arn"),
        "ArtifactStore": {"Type": "S3", "Location": _of("AWS::S3::Bucket")},
    },
    "AWS::Connect::HoursOfOperation": {"Name": "hours"},
    "AWS::DAX::Cluster": {"NodeType": "dax.t3.small"},
    "AWS::DocDB::DBInstance": {"DBInstanceClass": "db.t3.medium"},
    "AWS::DynamoDB::Table": {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "AWS::EC2::CustomerGateway": {"IpAddress": "203.0.113.1", "BgpAsn": 65000, "CertificateArn": None},
    "AWS::EC2::FlowLog": {
        "ResourceId": _of("AWS::EC2::VPC"),
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "flows",
        "DeliverLogsPermissionArn": _of("AWS::IAM::Role", "Arn"),
    },
    "AWS::EC2::Instance": {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro"},
    "AWS::EC2::NatGateway": {
        "SubnetId": _of("AWS::EC2::Subnet"),
        "AllocationId": _of("AWS::EC2::EIP", "AllocationId"),
    },
    "AWS::EC2::VPCCidrBlock": {"CidrBlock": "10.1.0.0/16"},
    "AWS::EC2::NetworkAclEntry": {
        "NetworkAclId": _of("AWS::EC2::NetworkAcl"),
        "CidrBlock": "10.0.0.0/24",
        "Ipv6CidrBlock": None,
        "Protocol": 6,
        "RuleAction": "allow",
        "RuleNumber": 100,
        "PortRange": {"From": 1, "To": 2},
    },
    "AWS::EC2::Route": {
        "RouteTableId": _of("AWS::EC2::RouteTable"),
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": _of("AWS::EC2::InternetGateway"),
    },
    "AWS::EC2::SecurityGroupEgress": {
        "GroupId": _of("AWS::EC2::SecurityGroup", "GroupId"),
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "CidrIp": "10.0.0.0/16",
    },
    "AWS::EC2::SecurityGroupIngress": {
        "GroupId": _of("AWS::EC2::SecurityGroup", "GroupId"),
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "CidrIp": "10.0.0.0/16",
    },
    "AWS::EC2::SpotFleet": {
        "SpotFleetRequestConfigData": {
            "AllocationStrategy": "lowestPrice",
            "IamFleetRole": _of("AWS::IAM::Role", "Arn"),
            "TargetCapacity": 1,
            "SpotPrice": "1",
            "LaunchSpecifications": [{"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro"}],
        }
    },
    "AWS::EC2::Subnet": {"CidrBlock": "10.0.1.0/24"},
    "AWS::EC2::TransitGateway": {"AmazonSideAsn": 64512},
    "AWS::EC2::TransitGatewayAttachment": {"SubnetIds": [_of("AWS::EC2::Subnet")]},
    "AWS::EC2::TransitGatewayVpcAttachment": {"SubnetIds": [_of("AWS::EC2::Subnet")]},
    "AWS::EC2::SubnetRouteTableAssociation": {"RouteTableId": _of("AWS::EC2::RouteTable")},
    "AWS::EC2::VPC": {"CidrBlock": "10.0.0.0/16"},
    "AWS::EC2::VPCGatewayAttachment": {"InternetGatewayId": _of("AWS::EC2::InternetGateway")},
    **{
        f"AWS::EC2::TransitGateway{kind}": {
            "TransitGatewayId": _of("AWS::EC2::TransitGateway"),
            "VpcId": _of("AWS::EC2::VPC"),
            "SubnetIds": [_of("AWS::EC2::Subnet")],
        }
        for kind in ("Attachment", "VpcAttachment")
    },
    "AWS::EC2::TransitGatewayPeeringAttachment": {"TransitGatewayId": _of("AWS::EC2::TransitGateway")},
    "AWS::EC2::TransitGatewayRouteTableAssociation": {
        "TransitGatewayAttachmentId": _of("AWS::EC2::TransitGatewayVpcAttachment", "Id"),
    },
    "AWS::EC2::TransitGatewayRouteTablePropagation": {
        "TransitGatewayAttachmentId": _of("AWS::EC2::TransitGatewayVpcAttachment", "Id"),
    },
    "AWS::EC2::TransitGatewayRouteTable": {"TransitGatewayId": _of("AWS::EC2::TransitGateway")},
    "AWS::EC2::VPCPeeringConnection": {"PeerVpcId": _of("AWS::EC2::VPC")},
    "AWS::EC2::VPCEndpoint": {"ServiceName": "com.amazonaws.us-west-2.s3"},
    "AWS::EC2::VolumeAttachment": {
        "InstanceId": _of("AWS::EC2::Instance"),
        "VolumeId": _of("AWS::EC2::Volume"),
        "Device": "/dev/sdf",
    },
    "AWS::EC2::Volume": {"AvailabilityZone": "us-west-2a", "Size": 1},
    "AWS::ECS::Service": {
        "Cluster": _of("AWS::ECS::Cluster"),
        "TaskDefinition": _of("AWS::ECS::TaskDefinition"),
        "DesiredCount": 0,
    },
    "AWS::ECS::TaskDefinition": {
        "ContainerDefinitions": [{"Name": "one", "Image": "busybox", "Memory": 128}]
    },
    "AWS::EFS::MountTarget": {"FileSystemId": _of("AWS::EFS::FileSystem")},
    "AWS::EMR::InstanceGroupConfig": {"JobFlowId": _of("AWS::EMR::Cluster"), "InstanceRole": "TASK"},
    "AWS::EMR::Cluster": {
        "Name": "cluster",
        "ReleaseLabel": "emr-6.0.0",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
        "Instances": {
            "MasterInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
            "CoreInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.xlarge"},
        },
    },
    "AWS::ElastiCache::CacheCluster": {"CacheNodeType": "cache.t3.micro", "Engine": "redis"},
    "AWS::ElasticLoadBalancing::LoadBalancer": {
        "Listeners": [{"LoadBalancerPort": "80", "InstancePort": "80", "Protocol": "HTTP"}],
        "AvailabilityZones": ["us-west-2a"],
    },
    "AWS::ElasticLoadBalancingV2::Listener": {
        "LoadBalancerArn": _of("AWS::ElasticLoadBalancingV2::LoadBalancer"),
        "Port": 80,
        "Protocol": "TCP",
        "DefaultActions": [
            {"Type": "forward", "TargetGroupArn": _of("AWS::ElasticLoadBalancingV2::TargetGroup")}
        ],
    },
    "AWS::ElasticLoadBalancingV2::ListenerRule": {
        "ListenerArn": _of("AWS::ElasticLoadBalancingV2::Listener"),
        "Priority": 1,
        "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
        "Actions": [{"Type": "forward", "TargetGroupArn": _of("AWS::ElasticLoadBalancingV2::TargetGroup")}],
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {"Type": "network", "Subnets": [_of("AWS::EC2::Subnet")]},
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "Port": 80,
        "Protocol": "TCP",
        "VpcId": _of("AWS::EC2::VPC"),
    },
    "AWS::Events::Archive": {"SourceArn": _of("AWS::Events::EventBus", "Arn")},
    "AWS::Events::Connection": {
        "AuthorizationType": "API_KEY",
        "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
    },
    "AWS::Events::EventBusPolicy": {
        "StatementId": "one",
        "Action": "events:PutEvents",
        "Principal": "111111111111",
    },
    "AWS::Events::Rule": {"ScheduleExpression": "rate(1 hour)", "EventPattern": None},
    "AWS::Glue::Database": {"CatalogId": "123456789012", "DatabaseInput": {"Name": "facts"}},
    "AWS::Glue::Table": {
        "CatalogId": "123456789012",
        "DatabaseName": _of("AWS::Glue::Database"),
        "TableInput": {"Name": "events"},
    },
    "AWS::GameLift::GameServerGroup": {
        "InstanceDefinitions": [{"InstanceType": "c5.large"}, {"InstanceType": "c5.xlarge"}]
    },
    "AWS::GroundStation::Config": {"ConfigData": {"TrackingConfig": {"Autotrack": "REQUIRED"}}},
    "AWS::IAM::AccessKey": {"UserName": _of("AWS::IAM::User")},
    "AWS::IAM::InstanceProfile": {"Roles": [_of("AWS::IAM::Role")]},
    "AWS::IAM::ManagedPolicy": {"PolicyDocument": _allowing("s3:GetObject")},
    "AWS::IAM::Policy": {
        "PolicyDocument": _allowing("s3:GetObject"),
        "Roles": [_of("AWS::IAM::Role")],
        "Groups": None,
        "Users": None,
    },
    "AWS::IAM::Role": {
        "AssumeRolePolicyDocument": _trusting("codebuild", "codepipeline", "lambda", "sagemaker")
    },
    "AWS::IAM::RolePolicy": {
        "PolicyDocument": _allowing("s3:GetObject"),
        "PolicyName": "inline",
        "RoleName": _of("AWS::IAM::Role"),
    },
    "AWS::KinesisFirehose::DeliveryStream": {
        "ExtendedS3DestinationConfiguration": {
            "BucketARN": _of("AWS::S3::Bucket", "Arn"),
            "RoleARN": _of("AWS::IAM::Role", "Arn"),
        }
    },
    "AWS::KMS::Alias": {"AliasName": "alias/some", "TargetKeyId": _of("AWS::KMS::Key")},
    "AWS::Lambda::Alias": {
        "FunctionName": _of("AWS::Lambda::Function"),
        "FunctionVersion": "$LATEST",
        "Name": "live",
    },
    "AWS::Lambda::Url": {"TargetFunctionArn": _of("AWS::Lambda::Function", "Arn"), "AuthType": "NONE"},
    "AWS::Lambda::EventSourceMapping": {
        "EventSourceArn": _of("AWS::SQS::Queue", "Arn"),
        "FunctionName": _of("AWS::Lambda::Function"),
    },
    "AWS::Lambda::Function": {
        "Code": {"ZipFile": "def handler(event, context): return event"},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": _of("AWS::IAM::Role", "Arn"),
    },
    "AWS::Lambda::Permission": {"FunctionName": _of("AWS::Lambda::Function")},
    "AWS::Lambda::Version": {"FunctionName": _of("AWS::Lambda::Function")},
    "AWS::Logs::Transformer": {"TransformerConfig": [{"ParseJSON": {}}]},
    "AWS::MSK::Replicator": {
        "KafkaClusters": [
            {
                "AmazonMskCluster": {"MskClusterArn": f"arn:aws:kafka:us-west-2:123456789012:cluster/{name}"},
                "VpcConfig": {"SubnetIds": [_of("AWS::EC2::Subnet"), "subnet-0123456789abcdef0"]},
            }
            for name in ("one", "two")
        ]
    },
    "AWS::Neptune::DBInstance": {"DBInstanceClass": "db.t3.medium"},
    "AWS::QuickSight::ActionConnector": {"Name": "connector"},
    "AWS::QuickSight::DLPSetting": {"Name": "setting"},
    "AWS::QuickSight::Space": {"Name": "space"},
    "AWS::RDS::DBCluster": {
        "Engine": "aurora-postgresql",
        "MasterUsername": "root1",
        "ManageMasterUserPassword": True,
    },
    "AWS::RDS::DBInstance": {
        "Engine": "postgres",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": "20",
        "MasterUsername": "root1",
        "ManageMasterUserPassword": True,
    },
    "AWS::RDS::DBSubnetGroup": {"SubnetIds": [_of("AWS::EC2::Subnet")]},
    "AWS::Redshift::Cluster": {"ClusterType": "single-node", "NodeType": "ra3.large"},
    "AWS::Redshift::ClusterSubnetGroup": {"SubnetIds": [_of("AWS::EC2::Subnet")]},
    "AWS::Route53::HostedZone": {"Name": "example.com"},
    "AWS::Route53::RecordSet": {
        "HostedZoneId": _of("AWS::Route53::HostedZone"),
        "Name": "www.example.com",
        "Type": "A",
        "TTL": "60",
        "ResourceRecords": ["10.0.0.1"],
    },
    "AWS::Route53::RecordSetGroup": {
        "HostedZoneId": _of("AWS::Route53::HostedZone"),
        "RecordSets": [
            {"Name": "api.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.2"]}
        ],
    },
    "AWS::S3::BucketPolicy": {
        "Bucket": _of("AWS::S3::Bucket"),
        "PolicyDocument": _allowing(
            "s3:GetObject", resource="arn:aws:s3:::*/*", principal="logging.s3.amazonaws.com"
        ),
    },
    "AWS::SNS::TopicPolicy": {
        "Topics": [_of("AWS::SNS::Topic")],
        "PolicyDocument": _allowing("sns:Publish", principal="events.amazonaws.com"),
    },
    "AWS::SNS::TopicInlinePolicy": {
        "PolicyDocument": _allowing("sns:Publish", principal="events.amazonaws.com")
    },
    "AWS::SQS::QueuePolicy": {
        "Queues": [_of("AWS::SQS::Queue")],
        "PolicyDocument": _allowing("sqs:SendMessage", principal="events.amazonaws.com"),
    },
    "AWS::SSM::Document": {
        "Content": {"schemaVersion": "2.2", "description": "some", "mainSteps": []},
        "DocumentType": "Command",
    },
    "AWS::StepFunctions::StateMachine": {
        "Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    },
    "AWS::SageMaker::UserProfile": {"DomainId": _of("AWS::SageMaker::Domain")},
    "AWS::SageMaker::DataQualityJobDefinition": {"JobResources": _CLUSTER},
    "AWS::SageMaker::Endpoint": {
        "EndpointConfigName": _of("AWS::SageMaker::EndpointConfig", "EndpointConfigName")
    },
    "AWS::SageMaker::EndpointConfig": {
        "ProductionVariants": [
            {
                "VariantName": "one",
                "ModelName": _of("AWS::SageMaker::Model", "ModelName"),
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 1,
                "InstanceType": "ml.m5.large",
            }
        ]
    },
    "AWS::SageMaker::Model": {
        "ExecutionRoleArn": _of("AWS::IAM::Role", "Arn"),
        "PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-west-2.amazonaws.com/image:1"},
    },
    "AWS::SageMaker::ModelBiasJobDefinition": {"JobResources": _CLUSTER},
    "AWS::SageMaker::ModelExplainabilityJobDefinition": {"JobResources": _CLUSTER},
    "AWS::SageMaker::ModelQualityJobDefinition": {"JobResources": _CLUSTER},
    "AWS::WellArchitected::AgentContext": {"Title": "title"},
    "AWS::WellArchitected::AgentGoal": {"Title": "title"},
}

# Changes that a type accepts, where the first that its schema allows is refused.
CHANGED: Mapping[str, tuple[str, Any]] = {
    "AWS::CloudWatch::Dashboard": ("DashboardBody", '{"widgets":[],"start":"-PT1H"}'),
    "AWS::Redshift::Cluster": ("NodeType", "ra3.4xlarge"),
}
REPLACED: Mapping[str, tuple[str, Any] | None] = {
    "AWS::EC2::FlowLog": ("LogGroupName", "other-flows"),
    # Its address belongs to the one that it would replace.
    "AWS::EC2::NatGateway": None,
    "AWS::EC2::SecurityGroupIngress": ("CidrIp", "10.1.0.0/16"),
    "AWS::EC2::Subnet": ("CidrBlock", "10.0.2.0/24"),
    # A VPC has one attachment to a gateway.
    "AWS::EC2::TransitGatewayAttachment": None,
    "AWS::EC2::TransitGatewayVpcAttachment": None,
    "AWS::EC2::VPCEndpoint": ("ServiceName", "com.amazonaws.us-west-2.dynamodb"),
    "AWS::ApiGatewayV2::Api": None,
    "AWS::EC2::VPCPeeringConnection": None,
    "AWS::Lambda::Url": None,
    # Lambda publishes no second version of the same code.
    "AWS::Lambda::Version": None,
    "AWS::OpenSearchService::Domain": ("DomainName", "search"),
    "AWS::EFS::FileSystem": None,
    # There can be one in a zone.
    "AWS::EFS::MountTarget": None,
    "AWS::Events::EventBusPolicy": ("StatementId", "two"),
    "AWS::SageMaker::ModelPackage": ("ModelPackageDescription", "another"),
    # Its name can change, but not while the template has its id.
    "AWS::QuickSight::DLPSetting": ("DLPSettingId", "another"),
}
