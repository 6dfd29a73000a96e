from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.core.request import Request

from catalog_emulator.faults.called_operation import Call, read_call, read_sent
from tests.conftest import cases

KEYS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": "x", "region_name": "eu-west-1"}


def call(method: str, url: str, headers: Any, body: Any = b"") -> Call:
    return read_call(Request.from_primitives(method, url, headers, body).environ)


def called(service: str, operation: str, arguments: dict[str, Any], **options: Any) -> Call:
    """The call that a boto3 client's request is read as; nothing is sent."""
    session: Any = boto3.Session()
    client = session.client(service, config=Config(retries={"total_max_attempts": 1}), **KEYS, **options)
    found: list[Call] = []

    class Sent(Exception):
        pass

    def read(request: Any, **_: Any) -> None:
        found.append(read_sent(request))
        raise Sent

    client.meta.events.register("before-send", read)
    with pytest.raises(Sent):
        getattr(client, operation)(**arguments)
    return found[0]


@cases(
    ("service", "operation", "arguments", "expected"),
    {
        "json": (
            "servicecatalog",
            "describe_portfolio",
            {"Id": "port-1"},
            ("servicecatalog.DescribePortfolio", "json", False),
        ),
        "query": (
            "cloudformation",
            "create_stack",
            {"StackName": "s"},
            ("cloudformation.CreateStack", "query", True),
        ),
        "ec2": ("ec2", "describe_vpcs", {}, ("ec2.DescribeVpcs", "ec2", False)),
        "rest-json": (
            "lambda",
            "delete_function",
            {"FunctionName": "f"},
            ("lambda.DeleteFunction", "rest-json", True),
        ),
        "s3 buckets": ("s3", "list_buckets", {}, ("s3.ListBuckets", "rest-xml", False)),
        "s3 object": (
            "s3",
            "put_object",
            {"Bucket": "bucket", "Key": "a/b", "Body": b"x"},
            ("s3.PutObject", "rest-xml", True),
        ),
        "s3 told by a header": (
            "s3",
            "copy_object",
            {"Bucket": "bucket", "Key": "a", "CopySource": "bucket/b"},
            ("s3.CopyObject", "rest-xml", True),
        ),
        "s3 told by the query": (
            "s3",
            "get_bucket_policy",
            {"Bucket": "bucket"},
            ("s3.GetBucketPolicy", "rest-xml", False),
        ),
        "s3 told by values of the query": (
            "s3",
            "upload_part",
            {"Bucket": "bucket", "Key": "k", "PartNumber": 1, "UploadId": "u", "Body": b"x"},
            ("s3.UploadPart", "rest-xml", True),
        ),
    },
)
def test_what_boto3_asks(
    service: str, operation: str, arguments: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    found = called(service, operation, arguments)
    assert (found.name, found.protocol, found.writes) == expected
    assert (found.access_key, found.region) == ("AKIAX", "eu-west-1")


def test_a_bucket_in_the_path() -> None:
    found = called("s3", "get_object", {"Bucket": "b", "Key": "k"}, endpoint_url="http://127.0.0.1:1")
    assert found.name == "s3.GetObject"


def test_a_presigned_url() -> None:
    session: Any = boto3.Session()
    url = session.client("s3", config=Config(signature_version="s3v4"), **KEYS).generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "k"}
    )
    found = call("GET", url, {})
    assert (found.name, found.access_key, found.region) == ("s3.GetObject", "AKIAX", "eu-west-1")


@cases(
    ("headers", "url", "expected"),
    {
        "cbor": (
            {"smithy-protocol": "rpc-v2-cbor", "authorization": "Credential=A/1/r/monitoring/aws4_request"},
            "http://h/service/Granite/operation/PutDashboard",
            ("monitoring.PutDashboard", "cbor"),
        ),
        "two APIs of a name, the newer": (
            {"authorization": "Credential=A/1/r/elasticloadbalancing/aws4_request"},
            "http://h/?Action=CreateLoadBalancer&Version=2015-12-01",
            ("elasticloadbalancing.CreateLoadBalancer", "query"),
        ),
        "unsigned": ({}, "http://h/", ("s3.ListBuckets", "rest-xml")),
        "unsigned, of a REST API": (
            {},
            "http://h/restapis/a/b/_user_request_/",
            ("unsigned.GET", "rest-json"),
        ),
        "signs with another service's name": (
            {"authorization": "Credential=A/1/r/servicecatalog/aws4_request"},
            "http://h/applications",
            ("servicecatalog.ListApplications", "rest-json"),
        ),
        "signs with a name that no service has": (
            {"authorization": "Credential=A/1/r/elasticfilesystem/aws4_request"},
            "http://h/2015-02-01/file-systems",
            ("elasticfilesystem.DescribeFileSystems", "rest-json"),
        ),
        "unknown service": (
            {"authorization": "Credential=A/1/r/nothing-known/aws4_request"},
            "http://h/",
            ("nothing-known.GET", "rest-json"),
        ),
        "unsigned with a target": (
            {"x-amz-target": "AWS242ServiceCatalogService.ListPortfolios"},
            "http://h/",
            ("aws242servicecatalogservice.ListPortfolios", "json"),
        ),
    },
)
def test_other_requests(headers: dict[str, str], url: str, expected: tuple[str, str]) -> None:
    found = call("GET", url, headers, b"{not JSON")
    assert (found.name, found.protocol, dict(found.params)) == (*expected, {})
