"""The types whose templates `make test` makes; `make sweep` takes every type."""

from typing import Final


def _full(names: str) -> tuple[str, ...]:
    """Full names."""
    return tuple(f"AWS::{name}" for name in names.split())


ML: Final = _full("""
Bedrock::Agent Bedrock::Guardrail Bedrock::KnowledgeBase ECR::Repository EFS::AccessPoint EFS::FileSystem
Glue::Crawler Glue::Database Glue::Job Kendra::Index KMS::Alias KMS::Key S3::Bucket
SageMaker::App SageMaker::AppImageConfig SageMaker::CodeRepository SageMaker::DataQualityJobDefinition
SageMaker::Domain SageMaker::Endpoint SageMaker::EndpointConfig SageMaker::FeatureGroup SageMaker::Image
SageMaker::ImageVersion SageMaker::InferenceComponent SageMaker::Model SageMaker::ModelBiasJobDefinition
SageMaker::ModelCard SageMaker::ModelExplainabilityJobDefinition SageMaker::ModelPackage
SageMaker::ModelPackageGroup SageMaker::ModelQualityJobDefinition SageMaker::MonitoringSchedule
SageMaker::NotebookInstance SageMaker::NotebookInstanceLifecycleConfig SageMaker::Pipeline
SageMaker::ProcessingJob SageMaker::Space SageMaker::StudioLifecycleConfig
SageMaker::UserProfile SageMaker::Workteam
""")
NETWORK: Final = _full("""
EC2::CustomerGateway EC2::DHCPOptions EC2::EIP EC2::FlowLog EC2::InternetGateway EC2::NatGateway
EC2::NetworkAcl EC2::NetworkAclEntry EC2::PrefixList EC2::Route EC2::RouteTable EC2::SecurityGroup
EC2::SecurityGroupEgress EC2::SecurityGroupIngress EC2::Subnet EC2::SubnetRouteTableAssociation
EC2::TransitGateway EC2::TransitGatewayAttachment EC2::VPC EC2::VPCDHCPOptionsAssociation EC2::VPCEndpoint
EC2::VPCEndpointService EC2::VPCGatewayAttachment EC2::VPCPeeringConnection EC2::VPNGateway
ElasticLoadBalancingV2::Listener ElasticLoadBalancingV2::LoadBalancer ElasticLoadBalancingV2::TargetGroup
NetworkFirewall::Firewall NetworkFirewall::FirewallPolicy Route53::HostedZone Route53::RecordSet
Route53Resolver::ResolverEndpoint Route53Resolver::ResolverRule
""")
PIPELINES: Final = _full("""
ApiGateway::RestApi Athena::WorkGroup Batch::JobDefinition CloudWatch::Alarm CloudWatch::Dashboard
CodeArtifact::Domain CodeArtifact::Repository CodeBuild::Project CodeCommit::Repository
CodeDeploy::Application CodeDeploy::DeploymentGroup CodePipeline::CustomActionType CodePipeline::Pipeline
CodePipeline::Webhook CodeStarConnections::Connection DynamoDB::Table ECS::Cluster ECS::Service
ECS::TaskDefinition Events::Archive Events::Connection Events::EventBus Events::EventBusPolicy Events::Rule
IAM::InstanceProfile IAM::ManagedPolicy IAM::Policy IAM::Role IAM::RolePolicy ImageBuilder::Component
Kinesis::Stream KinesisFirehose::DeliveryStream Lambda::Alias Lambda::EventSourceMapping Lambda::Function
Lambda::LayerVersion Lambda::Permission Lambda::Version Logs::LogGroup Logs::MetricFilter
MWAA::Environment Pipes::Pipe SNS::Subscription SNS::Topic SNS::TopicPolicy SQS::Queue SQS::QueuePolicy
SSM::Document SSM::Parameter Scheduler::Schedule Scheduler::ScheduleGroup SecretsManager::Secret
StepFunctions::Activity StepFunctions::StateMachine
""")
# What the product families of the publisher's catalog are made of, and what their pipelines deploy.
FAMILIES: Final = _full("""
CloudWatch::Dashboard CodeBuild::Project CodeCommit::Repository CodePipeline::Pipeline
EC2::EIP EC2::FlowLog EC2::InternetGateway EC2::NatGateway EC2::Route EC2::RouteTable EC2::SecurityGroup
EC2::SecurityGroupEgress EC2::SecurityGroupIngress EC2::Subnet EC2::SubnetRouteTableAssociation
EC2::TransitGatewayAttachment EC2::TransitGatewayVpcAttachment EC2::VPC EC2::VPCEndpoint
EC2::VPCGatewayAttachment ECR::Repository Events::EventBus Events::EventBusPolicy Events::Rule
IAM::ManagedPolicy IAM::Policy IAM::Role KMS::Alias KMS::Key Logs::LogGroup Logs::ResourcePolicy
S3::Bucket S3::BucketPolicy SNS::Subscription SNS::Topic SNS::TopicPolicy SSM::Parameter
SageMaker::Domain SageMaker::Endpoint SageMaker::EndpointConfig SageMaker::Model SageMaker::ModelPackage
SageMaker::ModelPackageGroup SageMaker::Pipeline SageMaker::Project SageMaker::UserProfile
""")
# The calls for tags name the resource by an ARN that the service does not show, or moto has no such calls.
UNTAGGED: Final = _full("""
DMS::ReplicationSubnetGroup
ACMPCA::CertificateAuthority CertificateManager::Certificate CloudWatch::Dashboard DataSync::LocationS3
Forecast::DatasetGroup Glue::Registry GuardDuty::Filter IAM::ServerCertificate IoT::BillingGroup
IoT::DomainConfiguration IoT::Job IoT::JobTemplate IoT::Policy IoT::RoleAlias IoT::ThingGroup
IoT::ThingType IoT::TopicRule Kinesis::Stream KinesisFirehose::DeliveryStream KinesisVideo::Stream
Lex::Bot MediaConnect::Flow MediaConnect::FlowVpcInterface MediaPackageV2::ChannelGroup
OpenSearchService::Domain Personalize::Schema RAM::ResourceShare ResourceGroups::Group
Route53::HealthCheck Route53::HostedZone S3::AccessPoint S3Tables::TableBucket SES::ConfigurationSet
SES::DedicatedIpPool SSM::MaintenanceWindow SSO::PermissionSet SageMaker::ModelCard
SageMaker::NotebookInstanceLifecycleConfig SecurityHub::Hub WAFv2::IPSet WAFv2::RuleGroup WAFv2::WebACL
""")
