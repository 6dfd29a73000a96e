"""Errors that no service raised reach clients as errors of AWS."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model
from moto.s3.responses import S3Response

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.middleware import CALL
from catalog_emulator.server import error_replies
from catalog_emulator.server.error_replies import with_error_replies
from tests.conftest import Local, cases
from tests.server.test_local_server import access_key, asked


@cases(
    ("service", "operation", "arguments"),
    {
        "query": ("cloudformation", "EstimateTemplateCost", {}),
        "ec2": ("ec2", "DescribeFastSnapshotRestores", {}),
        "json": ("ssm", "ListNodes", {}),
        "rest-json": ("appconfig", "ListDeploymentStrategies", {}),
        "rest-xml": ("route53", "GetGeoLocation", {}),
        "a service, json": ("apprunner", "ListServices", {}),
        "a service, rest-json": ("imagebuilder", "ListImages", {}),
        "a service, cbor": ("marketplace-agreement", "DescribeAgreement", {"agreementId": "a"}),
        "a service that signs with another name": ("accessanalyzer", "ListAnalyzers", {}),
        "a service that signs with the name of one that is there": (
            "appconfigdata",
            "GetLatestConfiguration",
            {"ConfigurationToken": "t"},
        ),
        "an older API of a service": ("kinesisanalytics", "ListApplications", {}),
        "s3": ("s3", "DeleteBucketAnalyticsConfiguration", {"Bucket": "plain", "Id": "i"}),
        "an object of s3": ("s3", "RenameObject", {"Bucket": "plain", "Key": "k", "RenameSource": "j"}),
    },
)
def test_a_missing_operation_is_named(
    local: Local, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = local.client(service)
    with pytest.raises(ClientError) as raised:
        client._make_api_call(operation, arguments)
    signed_for = client.meta.service_model.signing_name
    assert raised.value.response["Error"] | {"Type": ""} == {
        "Code": "NotImplemented",
        "Message": f"{signed_for}.{operation} is not implemented by this endpoint",
        "Type": "",
    }
    status = raised.value.response["ResponseMetadata"]
    assert (status["HTTPStatusCode"], status["RetryAttempts"]) == (501, 0)
    local.client("s3").head_bucket(Bucket="plain")


def test_the_operations_of_s3_that_moto_takes_for_others() -> None:
    """Those whose queries the methods of moto that answer to buckets and objects do not look at."""
    model = get_service_model("s3")
    missing = set()
    for operation in map(model.operation_model, model.operation_names):
        place = "key" if "{Key" in operation.http["requestUri"] else "bucket"
        method = getattr(S3Response, f"_{place}_response_{operation.http['method'].lower()}", None)
        asked = set(operation.http_trait.query_args) - {"x-id", "delete", "select-type"}
        if asked and not asked <= set(constants(method)):
            missing.add(operation.name)
    # These have a path or a header of their own.
    missing |= {"ListDirectoryBuckets", "WriteGetObjectResponse"}
    assert missing == set(filter(error_replies._NOT_IN_S3.fullmatch, model.operation_names))


def constants(method: Any) -> Iterator[Any]:
    for one in method.__code__.co_consts:
        yield from one if isinstance(one, tuple) else (one,)


SIGNED = "AWS4-HMAC-SHA256 Credential={key}/20260101/us-west-2/{service}/aws4_request, Signature=0"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASSUMED = b"Action=AssumeRole&RoleSessionName=me&RoleArn="
JSON = {"X-Amz-Target": "AWS242ServiceCatalogService.DescribePortfolio"}
CHUNKS = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}


@cases(
    ("service", "request_line", "headers", "body", "expected"),
    {
        "json: syntax": ("servicecatalog", "POST /", JSON, b'{"Id": ', (400, "SerializationException")),
        "json: no object": ("servicecatalog", "POST /", JSON, b"[]", (400, "SerializationException")),
        "json: null": ("servicecatalog", "POST /", JSON, b"null", (400, "SerializationException")),
        "json: bytes": ("servicecatalog", "POST /", JSON, b'{"Id": "\xff"}', (400, "SerializationException")),
        "json: nesting": ("servicecatalog", "POST /", JSON, b"[" * 99999, (400, "SerializationException")),
        "json: type": ("servicecatalog", "POST /", JSON, b'{"Id": 1}', (400, "SerializationException")),
        "json: required": ("servicecatalog", "POST /", JSON, b'{"Id": null}', (400, "ValidationException")),
        "json: nothing": ("servicecatalog", "POST /", JSON, b"", (400, "ValidationException")),
        "rest-json": ("lambda", "POST /2015-03-31/functions", {}, b"{", (400, "SerializationException")),
        "rest-json: type": (
            "lambda",
            "POST /2015-03-31/functions",
            {},
            b'{"FunctionName": "f", "Role": [], "Code": {}}',
            (400, "SerializationException"),
        ),
        "rest-xml": ("route53", "POST /2013-04-01/hostedzone", {}, b"<a>", (400, "MalformedInput")),
        "s3": ("s3", "PUT /plain?tagging", {}, b"<Tagging>", (400, "MalformedXML")),
        "s3: nothing": ("s3", "PUT /plain?lifecycle", {}, b"", (400, "MalformedXML")),
        "s3: size of a chunk": (
            "s3",
            "PUT /plain/k",
            CHUNKS,
            b"zz\r\nabc\r\n0\r\n\r\n",
            (400, "IncompleteBody"),
        ),
        "s3: end of a chunk": (
            "s3",
            "PUT /plain/k",
            CHUNKS,
            b"3\r\nabcd\r\n0\r\n\r\n",
            (400, "IncompleteBody"),
        ),
        "s3: last chunk": ("s3", "PUT /plain/k", CHUNKS, b"3\r\nabc\r\n", (400, "IncompleteBody")),
        "s3: length": (
            "s3",
            "PUT /plain/k",
            CHUNKS | {"x-amz-decoded-content-length": "4"},
            b"3\r\nabc\r\n0\r\n\r\n",
            (400, "IncompleteBody"),
        ),
        "query": ("sns", "POST /", FORM, b"Action=CreateTopic&Name=\xff", (400, "MalformedQueryString")),
        "query: required": ("iam", "POST /", FORM, b"Action=CreateUser", (400, "ValidationError")),
        "query: required list": (
            "iam",
            "POST /",
            FORM,
            b"Action=SimulateCustomPolicy&PolicyInputList.member.1={}",
            (400, "ValidationError"),
        ),
        "query: of two models": (
            "elasticloadbalancing",
            "POST /",
            FORM,
            b"Action=CreateLoadBalancer&Version=2015-12-01&Name=l&Subnets.member.1=s",
            (400, "InvalidSubnetID.NotFound"),
        ),
        "query: number": ("iam", "POST /", FORM, b"Action=ListUsers&MaxItems=x", (400, "MalformedInput")),
        "query: operation": ("iam", "POST /", FORM, b"Action=DoThings", (501, "iam.DoThings is not")),
        "query: a role": ("sts", "POST /", FORM, ASSUMED + b"arn:aws:iam::1:role/x", (400, "is invalid")),
        "query: a role elsewhere": (
            "sts",
            "POST /",
            FORM,
            ASSUMED + b"arn:aws-x:iam::111111111111:role/x",
            (400, "is invalid"),
        ),
        "query: a time": (
            "sts",
            "POST /",
            FORM,
            ASSUMED + b"arn:aws:iam::111111111111:role/x&DurationSeconds=1",
            (400, "ValidationError"),
        ),
        "ec2: required": ("ec2", "POST /", FORM, b"Action=CreateSubnet", (400, "MissingParameter")),
        "ec2: number": (
            "ec2",
            "POST /",
            FORM,
            b"Action=DescribeVpcs&MaxResults=x",
            (400, "InvalidParameterValue"),
        ),
        "json: operation": (
            "sagemaker",
            "POST /",
            {"X-Amz-Target": "SageMaker.Do"},
            b"{}",
            (501, "sagemaker.Do"),
        ),
        "rest-xml: required": ("route53", "POST /2013-04-01/hostedzone", {}, b"", (400, "MalformedInput")),
        "rest-xml: root": ("route53", "POST /2013-04-01/hostedzone", {}, b"<a/>", (400, "MalformedInput")),
        "s3: root": ("s3", "PUT /plain?tagging", {}, b"<a/>", (400, "MalformedXML")),
        "s3: required": ("s3", "POST /plain?delete", {}, b"<Delete/>", (400, "MalformedXML")),
        "s3: number": ("s3", "GET /plain?max-keys=x", {}, b"", (400, "InvalidArgument")),
        "s3: a form": ("s3", "POST /plain", {}, b"", (400, "InvalidArgument")),
        "s3: operation": ("s3", "DELETE /", {}, b"", (501, "s3.DELETE")),
        "ec2": ("ec2", "POST /", FORM, b"Action=DescribeVpcs&\xff=1", (400, "MalformedQueryString")),
        "cbor": (
            "monitoring",
            "POST /service/S/operation/PutDashboard",
            {"smithy-protocol": "rpc-v2-cbor"},
            b"\xa1\x61",
            (400, "SerializationException"),
        ),
    },
)
def test_a_malformed_body(
    local: Local,
    service: str,
    request_line: str,
    headers: dict[str, str],
    body: bytes,
    expected: tuple[int, str],
) -> None:
    signed = SIGNED.format(key=access_key(local), service=service)
    method, path = request_line.split()
    status, answer, _ = asked(local.endpoint, method, path, body, Authorization=signed, **headers)
    assert (status, expected[1] in answer) == (expected[0], True), answer
    assert "Contents" not in local.client("s3").list_objects_v2(Bucket="plain")


def test_an_internal_error_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    def failing(environ: dict[str, Any], start_response: Any) -> Any:
        raise KeyError("thing")

    started: list[Any] = []
    call = Call(service="sns", operation="Unsubscribe", protocol="query")
    environ = {CALL: call, "REQUEST_METHOD": "POST", "wsgi.input": BytesIO()}
    (body,) = with_error_replies(failing)(environ, lambda status, headers: started.append(status))
    assert started == ["500 INTERNAL SERVER ERROR"]
    assert b"<Code>InternalFailure</Code><Message>sns.Unsubscribe failed: KeyError: 'thing'</Message>" in body
    assert [record.exc_info is not None for record in caplog.records] == [True]


@cases(
    "kind",
    {
        "a form": "application/x-www-form-urlencoded",
        "a form in parts": "multipart/form-data; boundary=b",
        "JSON": "application/json",
    },
)
def test_a_presigned_upload_keeps_its_body_and_type(local: Local, kind: str) -> None:
    s3 = local.client("s3")
    place = {"Bucket": "plain", "Key": "k"}
    for body in (b"Action=CreateTopic&a=b", b"--b--"):
        url = s3.generate_presigned_url("put_object", Params=place | {"ContentType": kind})
        status, _, _ = asked(
            local.endpoint, "PUT", url.removeprefix(local.endpoint.url), body, **{"Content-Type": kind}
        )
        stored = s3.get_object(**place)
        assert (status, stored["Body"].read(), stored["ContentType"]) == (200, body, kind)


def test_a_presigned_request_reaches_its_service(local: Local) -> None:
    url = local.client("sts").generate_presigned_url("get_caller_identity")
    status, answer, _ = asked(local.endpoint, "GET", url.removeprefix(local.endpoint.url))
    assert (status, "GetCallerIdentityResponse" in answer) == (200, True), answer
