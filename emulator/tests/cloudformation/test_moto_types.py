"""Resources that moto's models make are changed in place, and what others do to them is drift."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, physical_ids, status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker", "AssumeRolePolicyDocument": TRUST}}
ARN = {"Fn::GetAtt": ["Role", "Arn"]}
NETWORK: dict[str, Any] = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
    },
    "Other": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": "us-west-2b",
        },
    },
}
CODE: dict[str, Any] = {
    "Code": {"ZipFile": "def handler(event, context): return 1"},
    "Handler": "index.handler",
    "Role": ARN,
    "Runtime": "python3.13",
}
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}}


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A type; what its service tells of it once it is changed; what somebody then does, and its drift."""

    type_name: str
    properties: Mapping[str, Any]
    changed: Mapping[str, Any]
    told: Callable[[str], Any]
    value: Any
    meddled: Callable[[str], object]
    drift: list[tuple[str, str, str]]
    around: Mapping[str, Any] = field(default_factory=dict)


def table(name: str) -> Any:
    return client("dynamodb").describe_table(TableName=name)["Table"]


def lifetime(name: str) -> Any:
    return client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]


def queue(url: str) -> Any:
    return client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def tags_of_queue(url: str) -> Any:
    tags = client("sqs").list_queue_tags(QueueUrl=url)["Tags"]
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def machine(arn: str) -> Any:
    return client("stepfunctions").describe_state_machine(stateMachineArn=arn)


def function(name: str) -> Any:
    return client("lambda").get_function_configuration(FunctionName=name)


def notebook(arn: str) -> Any:
    name = arn.rpartition("/")[2]
    return client("sagemaker").describe_notebook_instance(NotebookInstanceName=name)


def instance(name: str) -> Any:
    return client("ec2").describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]


def database(name: str) -> Any:
    return client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def balancer_attributes(arn: str) -> Any:
    found = client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {one["Key"]: one["Value"] for one in found}["idle_timeout.timeout_seconds"]


KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
TASK = {
    "Type": "AWS::ECS::TaskDefinition",
    "Properties": {"Family": "f", "ContainerDefinitions": [{"Name": "a", "Image": "b", "Memory": 128}]},
}
CASES = {
    "DynamoDB: throughput": Case(
        type_name="AWS::DynamoDB::Table",
        properties={**KEYS, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
        changed={"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}},
        told=lambda name: table(name)["ProvisionedThroughput"]["ReadCapacityUnits"],
        value=5,
        meddled=lambda name: client("dynamodb").update_table(
            TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 1}
        ),
        drift=[("/ProvisionedThroughput/ReadCapacityUnits", "5", "7")],
    ),
    "DynamoDB: time to live": Case(
        type_name="AWS::DynamoDB::Table",
        properties={**KEYS, "BillingMode": "PAY_PER_REQUEST"},
        changed={"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}},
        told=lifetime,
        value={"TimeToLiveStatus": "ENABLED", "AttributeName": "until"},
        meddled=lambda name: client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=True),
        drift=[],
    ),
    "SQS: visibility": Case(
        type_name="AWS::SQS::Queue",
        properties={"VisibilityTimeout": 30, "DelaySeconds": 2},
        changed={"VisibilityTimeout": 60},
        told=lambda url: queue(url)["VisibilityTimeout"],
        value="60",
        meddled=lambda url: client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"DelaySeconds": "9"}
        ),
        drift=[("/DelaySeconds", "2", "9")],
    ),
    "SQS: tags": Case(
        type_name="AWS::SQS::Queue",
        properties={"Tags": [{"Key": "a", "Value": "1"}]},
        changed={"Tags": [{"Key": "a", "Value": "2"}]},
        told=tags_of_queue,
        value={"a": "2"},
        meddled=lambda url: client("sqs").tag_queue(QueueUrl=url, Tags={"a": "3"}),
        drift=[("/Tags/0/Value", "2", "3")],
    ),
    "Step Functions: definition": Case(
        type_name="AWS::StepFunctions::StateMachine",
        properties={"DefinitionString": json.dumps(PASS), "RoleArn": ARN},
        changed={"DefinitionString": json.dumps(WAIT)},
        told=lambda arn: json.loads(machine(arn)["definition"]),
        value=WAIT,
        meddled=lambda arn: client("stepfunctions").update_state_machine(
            stateMachineArn=arn, definition=json.dumps(PASS)
        ),
        drift=[("/DefinitionString", json.dumps(WAIT), json.dumps(PASS))],
        around={"Role": ROLE},
    ),
    "Lambda: memory": Case(
        type_name="AWS::Lambda::Function",
        properties={**CODE, "MemorySize": 128, "Timeout": 3},
        changed={"MemorySize": 256},
        told=lambda name: function(name)["MemorySize"],
        value=256,
        meddled=lambda name: client("lambda").update_function_configuration(FunctionName=name, Timeout=9),
        drift=[("/Timeout", "3", "9")],
        around={"Role": ROLE},
    ),
    "Lambda: concurrency": Case(
        type_name="AWS::Lambda::Function",
        properties={**CODE, "ReservedConcurrentExecutions": 1},
        changed={"ReservedConcurrentExecutions": 2},
        told=lambda name: client("lambda").get_function_concurrency(FunctionName=name)[
            "ReservedConcurrentExecutions"
        ],
        value=2,
        meddled=lambda name: client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=3
        ),
        drift=[("/ReservedConcurrentExecutions", "2", "3")],
        around={"Role": ROLE},
    ),
    "Lambda: tags": Case(
        type_name="AWS::Lambda::Function",
        properties=CODE,
        changed={"Tags": [{"Key": "team", "Value": "ml"}]},
        told=lambda name: client("lambda").get_function(FunctionName=name)["Tags"]["team"],
        value="ml",
        meddled=lambda name: client("lambda").tag_resource(
            Resource=function(name)["FunctionArn"], Tags={"team": "other"}
        ),
        drift=[("/Tags/0/Value", "ml", "other")],
        around={"Role": ROLE},
    ),
    "Kinesis: retention": Case(
        type_name="AWS::Kinesis::Stream",
        properties={"ShardCount": 1, "RetentionPeriodHours": 24},
        changed={"RetentionPeriodHours": 48},
        told=lambda name: client("kinesis").describe_stream_summary(StreamName=name)[
            "StreamDescriptionSummary"
        ]["RetentionPeriodHours"],
        value=48,
        meddled=lambda name: client("kinesis").increase_stream_retention_period(
            StreamName=name, RetentionPeriodHours=72
        ),
        drift=[("/RetentionPeriodHours", "48", "72")],
    ),
    "ECS: count": Case(
        type_name="AWS::ECS::Service",
        properties={"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 1},
        changed={"DesiredCount": 2},
        told=lambda arn: client("ecs").describe_services(cluster="work", services=[arn])["services"][0][
            "desiredCount"
        ],
        value=2,
        meddled=lambda arn: client("ecs").update_service(cluster="work", service=arn, desiredCount=5),
        drift=[("/DesiredCount", "2", "5")],
        around={
            "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "work"}},
            "Task": TASK,
        },
    ),
    "SageMaker: notebook": Case(
        type_name="AWS::SageMaker::NotebookInstance",
        properties={"InstanceType": "ml.t3.medium", "RoleArn": ARN, "LifecycleConfigName": "c"},
        changed={"InstanceType": "ml.t3.large", "VolumeSizeInGB": 20},
        told=lambda arn: [notebook(arn)[key] for key in ("InstanceType", "VolumeSizeInGB")],
        value=["ml.t3.large", 20],
        meddled=lambda arn: client("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}]),
        drift=[],
        around={"Role": ROLE},
    ),
    "SageMaker: notebook's scripts": Case(
        type_name="AWS::SageMaker::NotebookInstanceLifecycleConfig",
        properties={"NotebookInstanceLifecycleConfigName": "c", "OnStart": [{"Content": "YQ=="}]},
        changed={"OnStart": [{"Content": "Yg=="}]},
        told=lambda arn: client("sagemaker").describe_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName="c"
        )["OnStart"],
        value=[{"Content": "Yg=="}],
        meddled=lambda arn: client("sagemaker").update_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName="c", OnStart=[{"Content": "Yw=="}]
        ),
        drift=[("/OnStart/0/Content", "Yg==", "Yw==")],
    ),
    "EC2: instance": Case(
        type_name="AWS::EC2::Instance",
        properties={"ImageId": "ami-03cf127a", "InstanceType": "t3.micro", "SubnetId": {"Ref": "Subnet"}},
        changed={"InstanceType": "t3.large"},
        told=lambda name: instance(name)["InstanceType"],
        value="t3.large",
        meddled=lambda name: client("ec2").modify_instance_attribute(
            InstanceId=name, InstanceType={"Value": "t3.small"}
        ),
        drift=[("/InstanceType", "t3.large", "t3.small")],
        around=NETWORK,
    ),
    "EC2: volume": Case(
        type_name="AWS::EC2::Volume",
        properties={"AvailabilityZone": "us-west-2a", "Size": 10, "VolumeType": "gp2"},
        changed={"Size": 20},
        told=lambda name: client("ec2").describe_volumes(VolumeIds=[name])["Volumes"][0]["Size"],
        value=20,
        meddled=lambda name: client("ec2").modify_volume(VolumeId=name, Size=30),
        drift=[("/Size", "20", "30")],
    ),
    "EC2: transit gateway": Case(
        type_name="AWS::EC2::TransitGateway",
        properties={"Description": "one", "DnsSupport": "enable"},
        changed={"Description": "two"},
        told=lambda name: client("ec2").describe_transit_gateways(TransitGatewayIds=[name])[
            "TransitGateways"
        ][0]["Description"],
        value="two",
        meddled=lambda name: client("ec2").modify_transit_gateway(TransitGatewayId=name, Description="x"),
        drift=[("/Description", "two", "x")],
    ),
    "EC2: NAT gateway's tags": Case(
        type_name="AWS::EC2::NatGateway",
        properties={
            "SubnetId": {"Ref": "Subnet"},
            "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
        },
        changed={"Tags": [{"Key": "Name", "Value": "out"}]},
        told=lambda name: [
            tag["Value"]
            for tag in client("ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"][0]["Tags"]
            if tag["Key"] == "Name"
        ],
        value=["out"],
        meddled=lambda name: client("ec2").create_tags(
            Resources=[name], Tags=[{"Key": "Name", "Value": "x"}]
        ),
        drift=[("/Tags/0/Value", "out", "x")],
        around={**NETWORK, "Address": {"Type": "AWS::EC2::EIP"}},
    ),
    "RDS: class": Case(
        type_name="AWS::RDS::DBInstance",
        properties={
            "DBInstanceClass": "db.t3.micro",
            "Engine": "postgres",
            "AllocatedStorage": "20",
            "MasterUsername": "root",
            "MasterUserPassword": "only-for-tests",
        },
        changed={"DBInstanceClass": "db.t3.large", "AllocatedStorage": "40"},
        told=lambda name: [database(name)[key] for key in ("DBInstanceClass", "AllocatedStorage")],
        value=["db.t3.large", 40],
        meddled=lambda name: client("rds").modify_db_instance(
            DBInstanceIdentifier=name, AllocatedStorage=50, ApplyImmediately=True
        ),
        drift=[("/AllocatedStorage", "40", "50")],
    ),
    "ELB: attributes": Case(
        type_name="AWS::ElasticLoadBalancingV2::LoadBalancer",
        properties={
            "Subnets": [{"Ref": "Subnet"}, {"Ref": "Other"}],
            "Scheme": "internal",
            "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "60"}],
        },
        changed={"LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "90"}]},
        told=balancer_attributes,
        value="90",
        meddled=lambda arn: client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "100"}]
        ),
        drift=[("/LoadBalancerAttributes/0/Value", "90", "100")],
        around=NETWORK,
    ),
    "ELB: target group": Case(
        type_name="AWS::ElasticLoadBalancingV2::TargetGroup",
        properties={"VpcId": {"Ref": "Vpc"}, "Port": 80, "Protocol": "HTTP", "HealthCheckPath": "/a"},
        changed={"HealthCheckPath": "/b"},
        told=lambda arn: client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0][
            "HealthCheckPath"
        ],
        value="/b",
        meddled=lambda arn: client("elbv2").modify_target_group(TargetGroupArn=arn, HealthCheckPath="/c"),
        drift=[("/HealthCheckPath", "/b", "/c")],
        around=NETWORK,
    ),
    "EFS: lifecycle": Case(
        type_name="AWS::EFS::FileSystem",
        properties={"LifecyclePolicies": [{"TransitionToIA": "AFTER_7_DAYS"}]},
        changed={"LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]},
        told=lambda name: client("efs").describe_lifecycle_configuration(FileSystemId=name)[
            "LifecyclePolicies"
        ],
        value=[{"TransitionToIA": "AFTER_30_DAYS"}],
        meddled=lambda name: client("efs").put_lifecycle_configuration(
            FileSystemId=name, LifecyclePolicies=[{"TransitionToIA": "AFTER_90_DAYS"}]
        ),
        drift=[("/LifecyclePolicies/0/TransitionToIA", "AFTER_30_DAYS", "AFTER_90_DAYS")],
    ),
    "Route 53: health check": Case(
        type_name="AWS::Route53::HealthCheck",
        properties={
            "HealthCheckConfig": {
                "Type": "HTTP",
                "IPAddress": "10.0.0.1",
                "Port": 80,
                "FailureThreshold": 3,
            }
        },
        changed={
            "HealthCheckConfig": {
                "Type": "HTTP",
                "IPAddress": "10.0.0.1",
                "Port": 81,
                "FailureThreshold": 3,
            }
        },
        told=lambda name: client("route53").get_health_check(HealthCheckId=name)["HealthCheck"][
            "HealthCheckConfig"
        ]["Port"],
        value=81,
        meddled=lambda name: client("route53").update_health_check(HealthCheckId=name, Port=82),
        drift=[("/HealthCheckConfig/Port", "81", "82")],
    ),
    "API Gateway: description": Case(
        type_name="AWS::ApiGateway::RestApi",
        properties={"Name": "api", "Description": "one"},
        changed={"Description": "two"},
        told=lambda name: client("apigateway").get_rest_api(restApiId=name)["description"],
        value="two",
        meddled=lambda name: client("apigateway").update_rest_api(
            restApiId=name, patchOperations=[{"op": "replace", "path": "/description", "value": "x"}]
        ),
        drift=[("/Description", "two", "x")],
    ),
    "IAM: user": Case(
        type_name="AWS::IAM::User",
        properties={"UserName": "ann", "Groups": [{"Ref": "One"}]},
        changed={"Groups": [{"Ref": "Two"}], "LoginProfile": {"Password": "only-for-tests"}},
        told=lambda name: [
            group["GroupName"] for group in client("iam").list_groups_for_user(UserName=name)["Groups"]
        ],
        value=["two"],
        meddled=lambda name: client("iam").remove_user_from_group(UserName=name, GroupName="two"),
        drift=[("/Groups/0", "two", "null")],
        around={
            "One": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "one"}},
            "Two": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "two"}},
        },
    ),
    "IAM: instance profile": Case(
        type_name="AWS::IAM::InstanceProfile",
        properties={"Roles": [{"Ref": "Role"}]},
        changed={"Roles": [{"Ref": "Second"}]},
        told=lambda name: [
            role["RoleName"]
            for role in client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"][
                "Roles"
            ]
        ],
        value=["second"],
        meddled=lambda name: client("iam").remove_role_from_instance_profile(
            InstanceProfileName=name, RoleName="second"
        ),
        drift=[("/Roles/0", "second", "null")],
        around={
            "Role": ROLE,
            "Second": {
                "Type": "AWS::IAM::Role",
                "Properties": {"RoleName": "second", "AssumeRolePolicyDocument": TRUST},
            },
        },
    ),
    "Logs: policy": Case(
        type_name="AWS::Logs::ResourcePolicy",
        properties={"PolicyName": "p", "PolicyDocument": json.dumps({"Statement": []})},
        changed={"PolicyDocument": json.dumps({"Statement": [], "Id": "2"})},
        told=lambda name: json.loads(
            client("logs").describe_resource_policies()["resourcePolicies"][0]["policyDocument"]
        ),
        value={"Statement": [], "Id": "2"},
        meddled=lambda name: client("logs").put_resource_policy(
            policyName=name, policyDocument='{"Id": "x"}'
        ),
        drift=[("/PolicyDocument", '{"Statement": [], "Id": "2"}', '{"Id": "x"}')],
    ),
}


def template(case: Case, properties: Mapping[str, Any]) -> str:
    return body({**case.around, "It": {"Type": case.type_name, "Properties": properties}})


def drift(cloudformation: CloudFormationClient) -> tuple[str, list[tuple[str, str, str]]]:
    cloudformation.detect_stack_drift(StackName="one")
    found = cloudformation.detect_stack_resource_drift(StackName="one", LogicalResourceId="It")
    told = found["StackResourceDrift"]
    return told["StackResourceDriftStatus"], [
        (one["PropertyPath"], one["ExpectedValue"], one["ActualValue"]) for one in told["PropertyDifferences"]
    ]


@pytest.mark.parametrize("name", CASES)
def test_an_update_in_place_and_drift(name: str, strict: CloudFormationClient) -> None:
    case = CASES[name]
    capabilities: Any = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    strict.create_stack(StackName="one", TemplateBody=template(case, case.properties), **capabilities)
    assert status(strict) == ("CREATE_COMPLETE", None)
    assert drift(strict) == ("IN_SYNC", [])
    physical_id = physical_ids(strict)["It"]

    changed = {**case.properties, **case.changed}
    strict.update_stack(StackName="one", TemplateBody=template(case, changed), **capabilities)
    assert status(strict) == ("UPDATE_COMPLETE", None)
    assert case.told(physical_id) == case.value
    assert physical_ids(strict)["It"] == physical_id
    assert drift(strict) == ("IN_SYNC", [])

    case.meddled(physical_id)
    assert drift(strict) == ("MODIFIED" if case.drift else "IN_SYNC", case.drift)
    strict.delete_stack(StackName="one")


def test_what_moto_cannot_change_is_told(strict: CloudFormationClient) -> None:
    volume: dict[str, Any] = {"AvailabilityZone": "us-west-2a", "Size": 10, "AutoEnableIO": False}
    changed = {**volume, "AutoEnableIO": True, "AvailabilityZone": "us-west-2b"}
    for call, properties in ((strict.create_stack, volume), (strict.update_stack, changed)):
        call(
            StackName="one", TemplateBody=body({"It": {"Type": "AWS::EC2::Volume", "Properties": properties}})
        )

    events = strict.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        event.get("ResourceStatusReason")
        for event in events
        if (event["LogicalResourceId"], event["ResourceStatus"]) == ("It", "UPDATE_COMPLETE")
    ] == ["moto cannot change AutoEnableIO, AvailabilityZone: only the stack has the new value"]
    assert drift(strict) == ("MODIFIED", [("/AvailabilityZone", "us-west-2b", "us-west-2a")])


@pytest.mark.parametrize(
    ("type_name", "properties", "delete"),
    [
        pytest.param(
            "AWS::SQS::Queue",
            {"DelaySeconds": 1},
            lambda url: client("sqs").delete_queue(QueueUrl=url),
            id="refused",
        ),
        pytest.param(
            "AWS::EC2::Volume",
            {"AvailabilityZone": "us-west-2a", "Size": 10},
            lambda name: client("ec2").delete_volume(VolumeId=name),
            id="not found",
        ),
        pytest.param(
            "AWS::EC2::TransitGateway",
            {"Description": "d"},
            lambda name: client("ec2").delete_transit_gateway(TransitGatewayId=name),
            id="told as deleted",
        ),
    ],
)
def test_deleted_by_somebody_else(
    type_name: str,
    properties: Mapping[str, Any],
    delete: Callable[[str], object],
    strict: CloudFormationClient,
) -> None:
    template = body({"It": {"Type": type_name, "Properties": properties}})
    strict.create_stack(StackName="one", TemplateBody=template)
    delete(physical_ids(strict)["It"])

    assert drift(strict) == ("DELETED", [])
