"""Service principals and managed policies that AWS does not have are refused."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.iam.policy_principals import is_service
from tests.conftest import cases

NONE = "sagemakr.amazonaws.com"
MANAGED = "arn:aws:iam::aws:policy/"


def policy(service: Any, element: str = "Principal") -> str:
    statement = {
        "Effect": "Allow",
        element: {"Service": service},
        "Action": "sts:AssumeRole",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Clients:
    """Clients, and a resource of each service."""

    def __init__(self) -> None:
        self.iam, self.s3, self.sns = self.client("iam"), self.client("s3"), self.client("sns")
        self.sqs, self.kms, self.ecr = self.client("sqs"), self.client("kms"), self.client("ecr")
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        self.s3.create_bucket(
            Bucket="policies", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        self.topic = self.sns.create_topic(Name="t")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="q")["QueueUrl"]
        self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]
        self.ecr.create_repository(repositoryName="images")

    def client(self, service: str) -> Any:
        """A client in the Region of the tests."""
        session: Any = boto3.Session()
        return session.client(service, region_name="us-west-2")

    def put(self, where: str, text: str) -> None:
        """Gives a resource a policy."""
        match where:
            case "create_role":
                self.iam.create_role(RoleName="new", AssumeRolePolicyDocument=text)
            case "update_role":
                self.iam.update_assume_role_policy(RoleName="r", PolicyDocument=text)
            case "s3":
                self.s3.put_bucket_policy(Bucket="policies", Policy=text)
            case "sns":
                self.sns.set_topic_attributes(
                    TopicArn=self.topic, AttributeName="Policy", AttributeValue=text
                )
            case "new topic":
                self.sns.create_topic(Name="new", Attributes={"Policy": text})
            case "sqs":
                self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": text})
            case "new queue":
                self.sqs.create_queue(QueueName="new", Attributes={"Policy": text})
            case "kms":
                self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=text)
            case "new key":
                self.kms.create_key(Policy=text)
            case "secretsmanager":
                name = self.client("secretsmanager").create_secret(Name=str(len(text)))["Name"]
                self.client("secretsmanager").put_resource_policy(SecretId=name, ResourcePolicy=text)
            case "ecr":
                self.ecr.set_repository_policy(repositoryName="images", policyText=text)


@pytest.fixture
def clients() -> Iterator[Clients]:
    install()
    with mock_aws():
        yield Clients()


@cases(
    ("where", "code", "message"),
    {
        "create_role": (
            "create_role",
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "SERVICE":"{NONE}"',
        ),
        "update_role": (
            "update_role",
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "SERVICE":"{NONE}"',
        ),
        "s3": ("s3", "MalformedPolicy", "Invalid principal in policy"),
        "sns": ("sns", "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
        "new topic": ("new topic", "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
        "sqs": ("sqs", "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        "new queue": ("new queue", "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        "kms": (
            "kms",
            "MalformedPolicyDocumentException",
            "Policy contains a statement with one or more invalid principals.",
        ),
        "new key": (
            "new key",
            "MalformedPolicyDocumentException",
            "Policy contains a statement with one or more invalid principals.",
        ),
        "secretsmanager": (
            "secretsmanager",
            "MalformedPolicyDocumentException",
            "This resource policy contains an unsupported principal.",
        ),
        "ecr": ("ecr", "InvalidParameterException", "Invalid parameter at 'PolicyText' failed to satisfy"),
    },
)
def test_principal_that_does_not_exist(clients: Clients, where: str, code: str, message: str) -> None:
    text = trust if where.endswith("role") else policy
    with pytest.raises(ClientError) as refused:
        clients.put(where, text(["ec2.amazonaws.com", NONE]))
    error = refused.value.response["Error"]
    assert (error["Code"], message in error["Message"]) == (code, True)
    clients.put(where, text(["ec2.amazonaws.com", "delivery.logs.amazonaws.com"]))


@cases(
    ("where", "code"),
    {
        "s3": ("s3", "MalformedPolicy"),
        "kms": ("kms", "MalformedPolicyDocumentException"),
        "new key": ("new key", "MalformedPolicyDocumentException"),
        "secretsmanager": ("secretsmanager", "MalformedPolicyDocumentException"),
        "ecr": ("ecr", "InvalidParameterException"),
    },
)
@pytest.mark.parametrize("text", ["{", "[]", "[" * 9999])
def test_policy_that_is_no_object(clients: Clients, where: str, code: str, text: str) -> None:
    with pytest.raises(ClientError) as refused:
        clients.put(where, text)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("principal", "known"),
    [
        ("sagemaker.amazonaws.com", True),
        ("ecs-tasks.amazonaws.com", True),
        ("codedeploy.eu-west-1.amazonaws.com", True),
        ("ec2.amazonaws.com.cn", True),
        ("member.org.stacksets.cloudformation.amazonaws.com", True),
        ("alexa-appkit.amazon.com", True),
        ("sagemakr.amazonaws.com", False),
        ("sagemaker.amazon.com", False),
        ("other.sagemaker.amazonaws.com", False),
        ("sagemaker", False),
        ("", False),
    ],
)
def test_service_principals(principal: str, known: bool) -> None:
    assert is_service(principal) is known


def test_managed_policies(clients: Clients) -> None:
    iam = clients.iam
    iam.attach_role_policy(RoleName="r", PolicyArn=f"{MANAGED}AmazonS3ReadOnlyAccess")
    assert iam.get_policy(PolicyArn=f"{MANAGED}service-role/AWSLambdaRole")["Policy"]["AttachmentCount"] == 0
    for retired in ("AWSLambdaFullAccess", "AWSCodePipelineReadOnlyAccess", "NoSuchPolicy"):
        with pytest.raises(ClientError) as refused:
            iam.attach_role_policy(RoleName="r", PolicyArn=f"{MANAGED}{retired}")
        assert refused.value.response["Error"]["Message"] == (
            f"Policy {MANAGED}{retired} does not exist or is not attachable."
        )
    [attached] = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonS3ReadOnlyAccess"
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=iam.get_role(RoleName="r")["Role"]["Arn"],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in simulated] == ["allowed", "implicitDeny"]


def test_permissions_boundary_must_exist(clients: Clients) -> None:
    iam, arn = clients.iam, "arn:aws:iam::111111111111:policy/boundary"
    message = f"Scope ARN: {arn} does not exist or is not attachable."
    for call, named in (
        (iam.create_role, {"RoleName": "n", "AssumeRolePolicyDocument": trust("lambda.amazonaws.com")}),
        (iam.put_role_permissions_boundary, {"RoleName": "r"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**named, PermissionsBoundary=arn)
        error = refused.value.response["Error"]
        assert (error["Code"], error["Message"]) == ("NoSuchEntity", message)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=f"{MANAGED}PowerUserAccess")


def test_permission_for_a_principal_that_does_not_exist(clients: Clients) -> None:
    functions = clients.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def f(event, context): ...")
    role = clients.iam.create_role(RoleName="f", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="f.f",
        Code={"ZipFile": packed.getvalue()},
    )
    permission = {"FunctionName": "f", "Action": "lambda:InvokeFunction"}
    with pytest.raises(ClientError, match="The provided principal was invalid"):
        functions.add_permission(**permission, StatementId="a", Principal=NONE)
    assert functions.add_permission(**permission, StatementId="a", Principal="events.amazonaws.com")
    assert functions.add_permission(**permission, StatementId="b", Principal="111111111111")
