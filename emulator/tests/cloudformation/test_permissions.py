"""Stacks with a role: what it must be, and what happens without an action that it needs."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from tests.conftest import cases

REGION, ACCOUNT = "us-west-2", "123456789012"
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "ml-artifacts"}}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "t",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
}
CUSTOM = {
    "Type": "Custom::Thing",
    "Properties": {"ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"},
}


def trust(*services: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{name}.amazonaws.com" for name in services]},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Stacks:
    """One stack, made and changed as one role."""

    def __init__(self) -> None:
        self.iam: Any = boto3.client("iam", region_name=REGION)
        self.formation: Any = boto3.client("cloudformation", region_name=REGION)
        made = self.iam.create_role(RoleName="launch", AssumeRolePolicyDocument=trust("cloudformation"))
        self.role = made["Role"]["Arn"]

    def allow(self, *actions: str, name: str = "p", **more: Any) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*", **more}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName="launch", PolicyName=name, PolicyDocument=text)

    def create(self, *, role: str = "", **resources: Any) -> str:
        text = json.dumps({"Resources": resources})
        self.formation.create_stack(
            StackName="it",
            TemplateBody=text,
            RoleARN=role or self.role,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return self.status()

    def update(self, **resources: Any) -> str:
        self.formation.update_stack(StackName="it", TemplateBody=json.dumps({"Resources": resources}))
        return self.status()

    def delete(self) -> str:
        self.formation.delete_stack(StackName="it")
        return self.status()

    def status(self) -> str:
        stack = self.formation.list_stacks()["StackSummaries"][0]
        return str(stack["StackStatus"])

    def reasons(self) -> list[tuple[str, str]]:
        """What is not allowed: logical id, and the message from the action on."""
        stack = self.formation.list_stacks()["StackSummaries"][0]["StackId"]
        events = self.formation.describe_stack_events(StackName=stack)["StackEvents"]
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/launch/AWSCloudFormation"
        user = f"User: {session} is not authorized to perform: "
        return [
            (event["LogicalResourceId"], event["ResourceStatusReason"].removeprefix(user))
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED") and user in event.get("ResourceStatusReason", "")
        ]


def lacks(action: str, resource: str) -> str:
    service = action.partition(":")[0].capitalize()
    return (
        f"{action} on resource: {resource} because no identity-based policy allows the {action} action "
        f"(Service: {service}, Status Code: 403)"
    )


@pytest.fixture
def stacks() -> Iterator[Stacks]:
    install()
    with mock_aws():
        yield Stacks()


@cases(
    ("role", "services"), {"not there": ("none", ()), "trusts others": ("other", ("ec2", "servicecatalog"))}
)
def test_role_must_be_assumable(stacks: Stacks, role: str, services: tuple[str, ...]) -> None:
    if services:
        stacks.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(*services))
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    with pytest.raises(ClientError) as caught:
        stacks.create(role=arn, Topic=TOPIC)
    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "ValidationError",
        "Message": f"Role {arn} is invalid or cannot be assumed",
    }
    assert stacks.formation.list_stacks()["StackSummaries"] == []


def test_deleted_role_refuses_operations(stacks: Stacks) -> None:
    stacks.allow("*")
    assert stacks.create(Topic=TOPIC) == "CREATE_COMPLETE"
    stacks.iam.delete_role_policy(RoleName="launch", PolicyName="p")
    stacks.iam.delete_role(RoleName="launch")
    for change in (stacks.delete, lambda: stacks.update(Topic=TOPIC, Bucket=BUCKET)):
        with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
            change()
    assert stacks.status() == "CREATE_COMPLETE"


def test_denied_creation_rolls_back(stacks: Stacks) -> None:
    stacks.allow("sns:*")
    arn = "arn:aws:s3:::ml-artifacts"
    assert stacks.create(Topic=TOPIC, Bucket=BUCKET) == "ROLLBACK_COMPLETE"
    assert stacks.reasons() == [("Bucket", lacks("s3:ListBucket", arn))]
    sns: Any = boto3.client("sns", region_name=REGION)
    assert sns.list_topics()["Topics"] == []


def test_denied_deletion_fails_the_rollback(stacks: Stacks) -> None:
    stacks.allow("sns:CreateTopic", "sns:TagResource")
    assert stacks.create(Topic=TOPIC, Bucket={**BUCKET, "DependsOn": "Topic"}) == "ROLLBACK_FAILED"
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    assert stacks.reasons() == [
        ("Bucket", lacks("s3:ListBucket", "arn:aws:s3:::ml-artifacts")),
        ("Topic", lacks("sns:DeleteTopic", topic)),
    ]


def test_denied_second_call_rolls_back(stacks: Stacks) -> None:
    stacks.allow("s3:CreateBucket", "s3:ListBucket")
    assert stacks.create(Bucket=BUCKET) == "ROLLBACK_COMPLETE"
    assert stacks.reasons() == [("Bucket", lacks("s3:PutBucketTagging", "arn:aws:s3:::ml-artifacts"))]


def test_denied_update_rolls_back(stacks: Stacks) -> None:
    stacks.allow("sns:CreateTopic", "sns:TagResource")
    stacks.create(Topic=TOPIC)
    named = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts", "DisplayName": "x"}}
    assert stacks.update(Topic=named) == "UPDATE_ROLLBACK_COMPLETE"
    reason = lacks("sns:SetTopicAttributes", f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts")
    assert stacks.reasons() == [("Topic", reason)]


def test_denied_deletion_fails(stacks: Stacks) -> None:
    stacks.allow("sns:CreateTopic", "sns:TagResource")
    stacks.create(Topic=TOPIC)
    assert stacks.delete() == "DELETE_FAILED"
    reason = lacks("sns:DeleteTopic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts")
    assert stacks.reasons() == [("Topic", reason)]


def test_policies_name_resources_and_conditions(stacks: Stacks) -> None:
    stacks.allow("sns:*", Resource="arn:aws:sns:*:*:other")
    assert stacks.create(Topic=TOPIC) == "ROLLBACK_COMPLETE"
    stacks.delete()
    stacks.allow("sns:*", Condition={"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}})
    assert stacks.create(Topic=TOPIC) == "CREATE_COMPLETE"


AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
OF_BOUNDARY = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
OF_POLICY = {"ArnEquals": {"iam:PolicyARN": AWS_POLICY}}
STATEMENT = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
INLINE = {"PolicyName": "i", "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]}}


def worker(**more: Any) -> dict[str, Any]:
    properties = {"RoleName": "worker", "AssumeRolePolicyDocument": json.loads(trust("lambda")), **more}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


@cases(
    ("condition", "boundary", "more", "denied"),
    {
        "the boundary": (OF_BOUNDARY, BOUNDARY, {"Policies": [INLINE]}, ""),
        "no boundary": (OF_BOUNDARY, None, {}, "iam:CreateRole"),
        "another boundary": (OF_BOUNDARY, AWS_POLICY, {}, "iam:CreateRole"),
        "the policy": (OF_POLICY, BOUNDARY, {"ManagedPolicyArns": [AWS_POLICY]}, ""),
        "another policy": (
            OF_POLICY,
            BOUNDARY,
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
            "iam:AttachRolePolicy",
        ),
    },
)  # fmt: skip
def test_policies_name_boundaries_and_attached_policies(
    stacks: Stacks, condition: dict[str, Any], boundary: str | None, more: dict[str, Any], denied: str
) -> None:
    stacks.iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(INLINE["PolicyDocument"]))
    attach = ("iam:AttachRolePolicy", "iam:DetachRolePolicy")
    writes = ("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy")
    if condition is OF_POLICY:
        stacks.allow(*attach, name="attach", Condition=condition)
        stacks.allow(*writes, name="writes")
    else:
        stacks.allow(*attach, name="attach")
        stacks.allow(*writes, name="writes", Condition=condition)
    # Its condition key is none of these actions'.
    stacks.allow("iam:DeleteRole", "iam:TagRole", "iam:Get*", "iam:List*", name="rest")
    status = stacks.create(Role=worker(**({"PermissionsBoundary": boundary} if boundary else {}), **more))
    assert status == ("ROLLBACK_COMPLETE" if denied else "CREATE_COMPLETE"), stacks.reasons()
    assert [reason.partition(" ")[0] for _, reason in stacks.reasons()] == [denied] * bool(denied)
    if not denied:
        assert stacks.delete() == "DELETE_COMPLETE"


def test_the_boundary_of_a_role_is_what_it_has_now(stacks: Stacks) -> None:
    stacks.iam.create_role(RoleName="free", AssumeRolePolicyDocument=trust("lambda"))
    stacks.allow("iam:PutRolePolicy", "iam:DeleteRolePolicy", Condition=OF_BOUNDARY)
    policy = {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": "free", **INLINE}}
    assert stacks.create(Policy=policy) == "ROLLBACK_COMPLETE"
    assert lacks("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/free") == stacks.reasons()[-1][1]


@cases(
    ("condition", "status"),
    {
        "its VPC": ({"ArnLike": {"ec2:Vpc": f"arn:aws:ec2:*:{ACCOUNT}:vpc/vpc-*"}}, "CREATE_COMPLETE"),
        "another VPC": ({"StringLike": {"ec2:Vpc": "arn:aws:ec2:*:*:vpc/other"}}, "ROLLBACK_COMPLETE"),
        "its tag": ({"StringEquals": {"aws:ResourceTag/team": "ml"}}, "CREATE_COMPLETE"),
        "another tag": ({"StringEquals": {"ec2:ResourceTag/team": "web"}}, "ROLLBACK_COMPLETE"),
    },
)  # fmt: skip
def test_policies_name_what_ec2_knows_of_a_resource(
    stacks: Stacks, condition: dict[str, Any], status: str
) -> None:
    ec2: Any = boto3.client("ec2", region_name=REGION)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "ml"}]}]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc, TagSpecifications=tags)
    stacks.allow("ec2:AuthorizeSecurityGroupIngress", Condition=condition)
    stacks.allow("ec2:Describe*", name="rest")
    rule = {
        "GroupId": group["GroupId"],
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "CidrIp": "10.0.0.0/8",
    }
    assert stacks.create(Rule={"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule}) == status


def test_role_reads_ssm_parameters(stacks: Stacks) -> None:
    ssm: Any = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/a/name", Value="alerts", Type="String")
    text = json.dumps(
        {
            "Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/name"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
        }
    )
    stacks.allow("sns:*")
    with pytest.raises(ClientError) as caught:
        stacks.formation.create_stack(StackName="it", TemplateBody=text, RoleARN=stacks.role)
    message = caught.value.response["Error"]["Message"]
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a/name"
    assert f"is not authorized to perform: ssm:GetParameters on resource: {arn} because" in message
    stacks.allow("sns:*", "ssm:GetParameters")
    stacks.formation.create_stack(StackName="it", TemplateBody=text, RoleARN=stacks.role)
    assert stacks.status() == "CREATE_COMPLETE"


@cases(
    ("secret", "status"),
    {"by its name": ("alerts-??????", "CREATE_COMPLETE"), "another": ("other-??????", "ROLLBACK_COMPLETE")},
)
def test_role_reads_secrets(stacks: Stacks, secret: str, status: str) -> None:
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="alerts", SecretString="a")
    stacks.allow("sns:*")
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{secret}"
    stacks.allow("secretsmanager:GetSecretValue", name="secret", Resource=arn)
    properties = {"TopicName": "{{resolve:secretsmanager:alerts}}"}
    assert stacks.create(Topic={"Type": "AWS::SNS::Topic", "Properties": properties}) == status


def test_role_looks_up_values_of_aws_types(stacks: Stacks) -> None:
    ec2: Any = boto3.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    parameters = {"Vpc": {"Type": "AWS::EC2::VPC::Id", "Default": vpc}}
    text = json.dumps({"Parameters": parameters, "Resources": {"Topic": TOPIC}})
    stacks.allow("sns:*")
    stacks.formation.create_stack(StackName="it", TemplateBody=text, RoleARN=stacks.role)
    assert stacks.status() == "ROLLBACK_COMPLETE"
    [stack] = stacks.formation.describe_stacks()["Stacks"]
    assert "is not authorized to perform: ec2:DescribeVpcs on resource: *" in stack["StackStatusReason"]


@cases(
    ("resource", "missing"),
    {
        "a type of moto's": (
            TABLE,
            lacks("dynamodb:CreateTable", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"),
        ),
        "a type without a service": (
            {"Type": "AWS::Athena::NamedQuery", "Properties": {"Database": "d", "QueryString": "SELECT 1"}},
            lacks("athena:CreateNamedQuery", "*"),
        ),
        "a custom resource with a function": (
            CUSTOM,
            lacks("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"),
        ),
        "a custom resource with a topic": (
            {"Type": "Custom::Thing", "Properties": {"ServiceToken": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}},
            lacks("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:t"),
        ),
        "a nested stack": (
            {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/k"},
            },
            lacks("cloudformation:CreateStack", "*"),
        ),
    },
)
def test_action_named_like_the_type(stacks: Stacks, resource: dict[str, Any], missing: str) -> None:
    stacks.allow("s3:*")
    assert stacks.create(It=resource) == "ROLLBACK_COMPLETE"
    assert stacks.reasons() == [("It", missing)]


@cases(
    ("type_name", "properties", "create", "delete"),
    {
        "record": (
            "AWS::Athena::NamedQuery",
            {"Database": "d", "QueryString": "SELECT 1"},
            "athena:CreateNamedQuery",
            "athena:DeleteNamedQuery",
        ),
        "by the adapter": (
            "AWS::ApiGateway::RestApi",
            {"Name": "a"},
            "apigateway:POST apigateway:GET apigateway:PUT",
            "apigateway:DELETE",
        ),
    },
)
def test_type_without_handler_needs_its_actions(
    stacks: Stacks, type_name: str, properties: dict[str, str], create: str, delete: str
) -> None:
    stacks.allow(*create.split())
    assert stacks.create(It={"Type": type_name, "Properties": properties}) == "CREATE_COMPLETE"
    assert stacks.delete() == "DELETE_FAILED"
    stacks.allow(delete)
    assert stacks.delete() == "DELETE_COMPLETE"


@cases(
    ("services", "passed_to", "status"),
    {
        "to the service that the role trusts": (("states",), "states.amazonaws.com", "CREATE_COMPLETE"),
        "to one of two services": (("ec2", "states"), "states.amazonaws.com", "CREATE_COMPLETE"),
        "to a service that the role does not trust": (("states",), "ec2.amazonaws.com", "ROLLBACK_COMPLETE"),
        "a missing role": ((), "iotwireless.amazonaws.com", "CREATE_COMPLETE"),
    },
)
def test_pass_role_of_generic_types(
    stacks: Stacks, services: tuple[str, ...], passed_to: str, status: str
) -> None:
    if services:
        stacks.iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust(*services))
    stacks.allow("iotwireless:CreateDestination", name="own")
    stacks.allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": passed_to}})
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    properties = {"Name": "d", "Expression": "e", "ExpressionType": "RuleName", "RoleArn": role}
    destination = {"Type": "AWS::IoTWireless::Destination", "Properties": properties}
    assert stacks.create(It=destination) == status
    expected = [] if status == "CREATE_COMPLETE" else [("It", lacks("iam:PassRole", role))]
    assert stacks.reasons() == expected


@pytest.mark.usefixtures("images")
def test_instance_gets_the_role_of_its_profile(stacks: Stacks) -> None:
    stacks.iam.create_role(RoleName="worker", Path="/ml/", AssumeRolePolicyDocument=trust("ec2"))
    stacks.allow(
        "ec2:*", "iam:CreateInstanceProfile", "iam:*FromInstanceProfile", "iam:DeleteInstanceProfile"
    )
    stacks.allow("iam:AddRoleToInstanceProfile", "iam:GetInstanceProfile", name="profile")
    role = f"arn:aws:iam::{ACCOUNT}:role/ml/worker"
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["worker"]}}
    image = boto3.client("ec2", region_name=REGION).describe_images()["Images"][0]["ImageId"]
    properties = {"ImageId": image, "InstanceType": "t3.micro", "IamInstanceProfile": "held"}
    instance = {"Type": "AWS::EC2::Instance", "Properties": properties}
    stacks.iam.create_instance_profile(InstanceProfileName="held")
    stacks.iam.add_role_to_instance_profile(InstanceProfileName="held", RoleName="worker")
    for resource in (profile, instance):
        assert stacks.create(It=resource) == "ROLLBACK_COMPLETE"
        assert stacks.reasons() == [("It", lacks("iam:PassRole", role))]
        stacks.delete()
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    stacks.allow("iam:PassRole", name="pass", Resource=role, Condition=to_ec2)
    assert stacks.create(Profile=profile, Instance=instance) == "CREATE_COMPLETE"


def test_nested_stack_uses_the_role_of_its_parent(stacks: Stacks) -> None:
    s3: Any = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="inner", Body=json.dumps({"Resources": {"Topic": TOPIC}}).encode())
    url = "https://templates.s3.amazonaws.com/inner"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    stacks.allow("cloudformation:*")
    stacks.create(Inner=nested)
    found = stacks.formation.list_stacks()["StackSummaries"]
    assert "ROLLBACK_COMPLETE" in {stack["StackStatus"] for stack in found}
    stacks.delete()
    stacks.allow("cloudformation:*", "sns:*")
    stacks.create(Inner=nested)
    stack = stacks.formation.describe_stacks(StackName="it")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
