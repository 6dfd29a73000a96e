from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from publisher.aws.clients import Aws
from publisher.errors import AwsError, Refused
from publisher.publishing.template_bucket import Stored, TemplateBucket, template_bucket
from tests.account import BUCKET, REGION, Account
from tests.conftest import cases, raising
from tests.samples import Ticks

TEMPLATE = Stored(key="templates/a.yaml", body=b"Resources: {}\n", content_type="application/yaml")
CONTENT = Stored(key="content/b.zip", body=b"PK", content_type="application/zip")


@pytest.fixture
def aws(account: Account) -> Aws:
    account.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return account.aws


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def bucket(aws: Aws, ticks: Ticks) -> TemplateBucket:
    return TemplateBucket(aws, BUCKET, clock=ticks.clock())


def fail(aws: Aws, operation: str, *codes: str) -> None:
    """The next calls of an operation fail with these codes."""
    left = list(codes)

    def refuse(**_: object) -> None:
        if left:
            raise ClientError({"Error": {"Code": left.pop(0), "Message": "no"}}, operation)

    aws.client("s3").meta.events.register(f"before-call.s3.{operation}", refuse)


def test_what_is_missing_is_written_once(aws: Aws, bucket: TemplateBucket) -> None:
    assert bucket.missing([TEMPLATE, CONTENT]) == (TEMPLATE, CONTENT)
    assert bucket.store([TEMPLATE, CONTENT]) == (TEMPLATE.key, CONTENT.key)
    assert bucket.missing([TEMPLATE, CONTENT]) == ()
    assert bucket.store([TEMPLATE]) == ()
    assert aws.calls["s3:PutObject"] == 2


def test_an_object_as_it_is_stored(aws: Aws, bucket: TemplateBucket) -> None:
    bucket.store([TEMPLATE])
    s3 = aws.client("s3")
    stored = s3.get_object(Bucket=BUCKET, Key=TEMPLATE.key)
    assert (stored["Body"].read(), stored["ContentType"]) == (TEMPLATE.body, "application/yaml")
    tags = s3.get_object_tagging(Bucket=BUCKET, Key=TEMPLATE.key)["TagSet"]
    assert tags == [{"Key": "servicecatalog:provisioning", "Value": "true"}]


@cases(
    ("region", "url"),
    {
        "aws": ("us-west-2", f"https://{BUCKET}.s3.us-west-2.amazonaws.com/templates/a.yaml"),
        "aws-cn": ("cn-north-1", f"https://{BUCKET}.s3.cn-north-1.amazonaws.com.cn/templates/a.yaml"),
        "aws-us-gov": ("us-gov-west-1", f"https://{BUCKET}.s3.us-gov-west-1.amazonaws.com/templates/a.yaml"),
    },
)
def test_where_a_template_is_loaded_from(region: str, url: str) -> None:
    assert TemplateBucket(Aws(region=region), BUCKET).url(TEMPLATE.key) == url


def test_an_object_that_another_run_wrote_a_moment_ago(aws: Aws, bucket: TemplateBucket) -> None:
    bucket.store([TEMPLATE])
    fail(aws, "HeadObject", "404")
    other = Stored(key=TEMPLATE.key, body=b"other", content_type="application/yaml")
    assert bucket.store([other]) == ()
    assert aws.client("s3").get_object(Bucket=BUCKET, Key=TEMPLATE.key)["Body"].read() == TEMPLATE.body


def test_an_object_that_another_run_is_writing(aws: Aws, bucket: TemplateBucket, ticks: Ticks) -> None:
    fail(aws, "PutObject", "ConditionalRequestConflict", "ConditionalRequestConflict")
    assert bucket.store([TEMPLATE]) == (TEMPLATE.key,)
    assert ticks.seconds == 0.25 + 0.5


def test_an_object_that_others_keep_writing(aws: Aws, bucket: TemplateBucket) -> None:
    fail(aws, "PutObject", *["ConditionalRequestConflict"] * 100)
    with raising(AwsError, "conflicting writes of templates/a.yaml to the template bucket", "run sync again"):
        bucket.store([TEMPLATE])


@pytest.mark.parametrize("operation", ["HeadObject", "PutObject"])
def test_a_bucket_that_refuses(aws: Aws, bucket: TemplateBucket, operation: str) -> None:
    fail(aws, operation, "AccessDenied")
    with pytest.raises(AwsError) as raised:
        bucket.store([TEMPLATE])
    message = f"cannot write to the template bucket {BUCKET}: {operation} answered AccessDenied: no"
    assert (raised.value.message, raised.value.aws_code) == (message, "AccessDenied")


def test_the_bucket_of_bootstrap(aws: Aws) -> None:
    aws.client("ssm").put_parameter(Name="/publisher/bucket", Value=BUCKET, Type="String")
    assert template_bucket(aws).name == BUCKET


def test_no_bootstrap(aws: Aws) -> None:
    with raising(
        Refused,
        "123456789012/us-west-2 has no template bucket: no SSM parameter /publisher/bucket",
        "run publisher bootstrap first, with the same --local, --profile, --region or --target",
    ):
        template_bucket(aws)


def test_a_parameter_without_permission_to_read_it(aws: Aws) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetParameter")

    aws.client("ssm").meta.events.register("before-call.ssm.GetParameter", refuse)
    with pytest.raises(AwsError, match="cannot read the SSM parameter /publisher/bucket: GetParameter"):
        template_bucket(aws)
