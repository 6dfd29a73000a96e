"""Errors that no service raised reach clients as errors of AWS."""

from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog_emulator.server.error_replies import with_error_replies
from tests.conftest import Local, cases


@cases(
    ("service", "operation", "arguments"),
    {
        "query": ("cloudformation", "EstimateTemplateCost", {}),
        "ec2": ("ec2", "DescribeFastSnapshotRestores", {}),
        "json": ("ssm", "ListNodes", {}),
    },
)
def test_a_missing_operation_is_named(
    local: Local, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = local.client(service)
    with pytest.raises(ClientError) as raised:
        client._make_api_call(operation, arguments)
    assert raised.value.response["Error"] | {"Type": ""} == {
        "Code": "NotImplemented",
        "Message": f"{service}.{operation} is not implemented by this endpoint",
        "Type": "",
    }


def test_an_internal_error_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    def failing(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"].read()
        raise KeyError("thing")

    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=a/20260101/us-west-2/sns/aws4_request",
        "wsgi.input": BytesIO(b"Action=Publish"),
    }
    (body,) = with_error_replies(failing)(environ, lambda status, headers: started.append(status))
    assert started == ["500 Refused"]
    assert b"<Code>InternalFailure</Code><Message>sns.Publish failed: KeyError: 'thing'</Message>" in body
    assert [record.exc_info is not None for record in caplog.records] == [True]
