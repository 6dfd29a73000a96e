from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from publisher.aws.clients import Aws
from publisher.errors import AwsError, Refused
from publisher.model import StoredContent, StoredTemplate
from publisher.publishing.template_bucket import TemplateBucket
from tests.account import BUCKET, Account
from tests.conftest import cases, raising
from tests.samples import Ticks

TEMPLATE = StoredTemplate(object_key="templates/a.yaml", size=14)
CONTENT = StoredContent(object_key="content/b.zip", size=2)
ARCHIVE = StoredTemplate(object_key="templates/c.tar.gz", size=2)
BODIES = {TEMPLATE.object_key: b"Resources: {}\n", CONTENT.object_key: b"PK", ARCHIVE.object_key: b"\x1f"}


@pytest.fixture
def aws(account: Account) -> Aws:
    account.build.bucket()
    return account.aws


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def bucket(aws: Aws, ticks: Ticks) -> TemplateBucket:
    return TemplateBucket(aws, BODIES, clock=ticks.clock())


def fail(aws: Aws, operation: str, *codes: str) -> None:
    """The next calls of an operation fail with these codes."""
    left = list(codes)

    def refuse(**_: object) -> None:
        if left:
            raise ClientError({"Error": {"Code": left.pop(0), "Message": "no"}}, operation)

    aws.client("s3").meta.events.register(f"before-call.s3.{operation}", refuse)


def test_what_is_stored_is_found(aws: Aws, bucket: TemplateBucket) -> None:
    other = StoredContent(object_key="content/d.zip", size=2)
    bucket.store(CONTENT)
    assert bucket.found([CONTENT, other]) == (CONTENT,)


@cases(
    ("stored", "content_type"),
    {
        "template": (TEMPLATE, "application/yaml"),
        "content": (CONTENT, "application/zip"),
        "archive": (ARCHIVE, "application/gzip"),
    },
)
def test_an_object_as_it_is_stored(
    aws: Aws, bucket: TemplateBucket, stored: StoredContent | StoredTemplate, content_type: str
) -> None:
    bucket.store(stored)
    s3 = aws.client("s3")
    there = s3.get_object(Bucket=BUCKET, Key=stored.object_key)
    assert (there["Body"].read(), there["ContentType"]) == (BODIES[stored.object_key], content_type)
    tags = s3.get_object_tagging(Bucket=BUCKET, Key=stored.object_key)["TagSet"]
    assert tags == [{"Key": "servicecatalog:provisioning", "Value": "true"}]


@cases(
    ("region", "url"),
    {
        "aws": ("us-west-2", f"https://{BUCKET}.s3.us-west-2.amazonaws.com/templates/a.yaml"),
        "aws-cn": ("cn-north-1", f"https://{BUCKET}.s3.cn-north-1.amazonaws.com.cn/templates/a.yaml"),
        "aws-us-gov": ("us-gov-west-1", f"https://{BUCKET}.s3.us-gov-west-1.amazonaws.com/templates/a.yaml"),
    },
)
def test_where_a_template_is_loaded_from(account: Account, region: str, url: str) -> None:
    account.client("ssm", region).put_parameter(Name="/publisher/bucket", Value=BUCKET, Type="String")
    bucket = TemplateBucket(account.in_region(region), BODIES)
    assert bucket.url(TEMPLATE.object_key) == url


def test_an_object_that_is_there_stays(aws: Aws, bucket: TemplateBucket) -> None:
    bucket.store(TEMPLATE)
    TemplateBucket(aws, {TEMPLATE.object_key: b"other"}).store(TEMPLATE)
    there = aws.client("s3").get_object(Bucket=BUCKET, Key=TEMPLATE.object_key)["Body"].read()
    assert there == BODIES[TEMPLATE.object_key]
    assert (aws.calls["s3:HeadObject"], aws.calls["s3:PutObject"]) == (0, 2)


def test_an_object_that_another_run_is_writing(aws: Aws, bucket: TemplateBucket, ticks: Ticks) -> None:
    fail(aws, "PutObject", "ConditionalRequestConflict", "ConditionalRequestConflict")
    bucket.store(TEMPLATE)
    assert aws.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    assert ticks.seconds == 0.25 + 0.5


def test_an_object_that_others_keep_writing(aws: Aws, bucket: TemplateBucket) -> None:
    fail(aws, "PutObject", *["ConditionalRequestConflict"] * 100)
    with raising(
        AwsError, "conflicting writes of templates/a.yaml to the template bucket", "run publisher sync again"
    ):
        bucket.store(TEMPLATE)


def test_a_bucket_that_refuses(aws: Aws, bucket: TemplateBucket) -> None:
    fail(aws, "PutObject", "AccessDenied")
    fail(aws, "HeadObject", "403")
    with pytest.raises(AwsError) as raised:
        bucket.store(TEMPLATE)
    message = f"cannot write to the template bucket {BUCKET}: PutObject answered AccessDenied: no"
    assert (raised.value.message, raised.value.aws_code) == (message, "AccessDenied")
    message = f"cannot read the template bucket {BUCKET}: HeadObject answered 403: no"
    with raising(
        AwsError, message, "allow this operation in your role's policy, or choose another --profile"
    ):
        bucket.found([CONTENT])


def test_no_bootstrap(account: Account) -> None:
    with raising(
        Refused,
        "123456789012/us-west-2 has no template bucket: no SSM parameter /publisher/bucket",
        "run publisher bootstrap first",
    ):
        TemplateBucket(account.aws, BODIES).store(TEMPLATE)


def test_a_parameter_without_permission_to_read_it(aws: Aws) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetParameter")

    aws.client("ssm").meta.events.register("before-call.ssm.GetParameter", refuse)
    with pytest.raises(AwsError, match="cannot read the SSM parameter /publisher/bucket: GetParameter"):
        TemplateBucket(aws, BODIES).found([CONTENT])
