"""An access key that the endpoint did not make is refused, as on AWS."""

from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.sts.models import sts_backends

from tests.conftest import Local, cases

TOKEN = "The security token included in the request is invalid."
CONFIG = Config(retries={"total_max_attempts": 1})


def with_keys(local: Local, service: str, key: str, secret: str = "x", token: str | None = None) -> Any:
    """A client of someone who has these keys."""
    session: Any = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)
    return session.client(service, "us-west-2", endpoint_url=local.endpoint.url, config=CONFIG)


def refusal(client: Any, operation: str, **arguments: Any) -> tuple[str, str, int]:
    """The code, the message and the status of a refused call."""
    with pytest.raises(ClientError) as refused:
        client._make_api_call(operation, arguments)
    error, metadata = refused.value.response["Error"], refused.value.response["ResponseMetadata"]
    return error.get("Code", ""), error.get("Message", ""), metadata["HTTPStatusCode"]


@cases(
    ("service", "operation", "arguments", "expected"),
    {
        "query": ("sts", "GetCallerIdentity", {}, ("InvalidClientTokenId", TOKEN, 403)),
        "ec2": (
            "ec2",
            "DescribeVpcs",
            {},
            ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        ),
        "json": ("servicecatalog", "ListPortfolios", {}, ("UnrecognizedClientException", TOKEN, 400)),
        "json, once query": ("sqs", "ListQueues", {}, ("InvalidClientTokenId", TOKEN, 403)),
        "cbor, once query": ("cloudwatch", "ListDashboards", {}, ("InvalidClientTokenId", TOKEN, 403)),
        "rest-json": ("lambda", "ListFunctions", {}, ("UnrecognizedClientException", TOKEN, 403)),
        "rest-xml": ("route53", "ListHostedZones", {}, ("InvalidClientTokenId", TOKEN, 403)),
        "S3": (
            "s3",
            "ListBuckets",
            {},
            ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        ),
        "a request without a body": ("s3", "HeadBucket", {"Bucket": "b"}, ("403", "Forbidden", 403)),
        "a service that moto lacks": (
            "cloudcontrol",
            "ListResources",
            {"TypeName": "AWS::S3::Bucket"},
            ("UnrecognizedClientException", TOKEN, 400),
        ),
    },
)
@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "test"])
def test_unknown_key(
    local: Local, key: str, service: str, operation: str, arguments: Any, expected: tuple[str, str, int]
) -> None:
    assert refusal(with_keys(local, service, key), operation, **arguments) == expected


def test_presigned_address_with_an_unknown_key(local: Local) -> None:
    url = with_keys(local, "s3", "test").generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    connection = HTTPConnection(urlsplit(local.endpoint.url).netloc)
    connection.request("GET", url.removeprefix(local.endpoint.url))
    answer = connection.getresponse()
    assert (answer.status, b"<Code>InvalidAccessKeyId</Code>" in answer.read()) == (403, True)


def test_key_of_a_user_works_until_it_is_inactive(local: Local) -> None:
    iam = local.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    mine = with_keys(local, "sts", key["AccessKeyId"])
    assert mine.get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:user/ann"
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(mine, "GetCallerIdentity")[0] == "InvalidClientTokenId"
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    assert refusal(mine, "GetCallerIdentity")[0] == "InvalidClientTokenId"


@cases(
    ("operation", "arguments", "arn"),
    {
        "assumed role": (
            "assume_role",
            {"RoleArn": "arn:aws:iam::222222222222:role/anything", "RoleSessionName": "me"},
            "arn:aws:sts::222222222222:assumed-role/anything/me",
        ),
        "session": ("get_session_token", {}, "arn:aws:iam::111111111111:user/emulator-admin"),
        "federation": (
            "get_federation_token",
            {"Name": "bob"},
            "arn:aws:iam::111111111111:user/emulator-admin",
        ),
    },
)
def test_temporary_keys_work(local: Local, operation: str, arguments: Any, arn: str) -> None:
    made = getattr(local.client("sts"), operation)(**arguments)["Credentials"]
    keys = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert with_keys(local, "sts", *keys).get_caller_identity()["Arn"] == arn


def test_expired_session_is_refused(local: Local) -> None:
    made = local.client("sts").assume_role(
        RoleArn="arn:aws:iam::111111111111:role/emulator-launcher", RoleSessionName="me"
    )["Credentials"]
    backend: Any = sts_backends["111111111111"]["aws"]
    backend.assumed_roles[-1].expiration -= timedelta(hours=2)
    codes = [
        refusal(with_keys(local, service, made["AccessKeyId"]), operation)[0]
        for service, operation in (
            ("sts", "GetCallerIdentity"),
            ("ssm", "DescribeParameters"),
            ("s3", "ListBuckets"),
            ("ec2", "DescribeVpcs"),
        )
    ]
    assert codes == ["ExpiredToken", "ExpiredTokenException", "ExpiredToken", "RequestExpired"]


def test_request_without_a_key(local: Local) -> None:
    local.client("s3").create_bucket(
        Bucket="open", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    local.client("s3").put_object(Bucket="open", Key="k", Body=b"x", ACL="public-read")
    session: Any = boto3.Session()

    def unsigned(service: str) -> Any:
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        return session.client(service, "us-west-2", endpoint_url=local.endpoint.url, config=config)

    text = "Request is missing Authentication Token"
    assert refusal(unsigned("ssm"), "DescribeParameters") == (
        "MissingAuthenticationTokenException",
        text,
        400,
    )
    assert refusal(unsigned("iam"), "ListUsers") == ("MissingAuthenticationToken", text, 403)
    assert unsigned("s3").get_object(Bucket="open", Key="k")["Body"].read() == b"x"
    for operation, arguments in {
        "CreateBucket": {"Bucket": "nobodys"},
        "ListBuckets": {},
        "ListObjectsV2": {"Bucket": "open"},
        "PutObject": {"Bucket": "open", "Key": "k"},
    }.items():
        assert refusal(unsigned("s3"), operation, **arguments) == ("AccessDenied", "Access Denied", 403)
    assert unsigned("cognito-identity").exceptions is not None
    found = refusal(unsigned("cognito-identity"), "GetId", IdentityPoolId="us-west-2:none")
    assert "Authentication" not in found[0]
