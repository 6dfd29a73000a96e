"""The text of a published version's template."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from publisher.aws.clients import Aws
from publisher.errors import AwsError

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_LONGEST = 1_048_576
_HINT = "save the template by hand"


class NoTemplateError(AwsError):
    """AWS has no template for the version, or what cannot be one."""


def template_text(aws: Aws, *, product_id: str, version_id: str) -> str:
    """As Service Catalog answers it, else from its URL: it is not documented that Verbose returns the text.

    Raises NoTemplateError, ClientError.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningArtifact.html
    """
    described = aws.client("servicecatalog").describe_provisioning_artifact(
        ProductId=product_id, ProvisioningArtifactId=version_id, Verbose=True
    )
    info = described.get("Info", {})
    text = info.get("CloudFormationTemplate")
    body = text.encode(errors="surrogatepass") if text else _stored(aws, info.get("TemplateUrl", ""))
    if len(body) > _LONGEST:
        raise NoTemplateError(f"the template has more than {_LONGEST:,} bytes", hint=_HINT)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise NoTemplateError(f"the template is not UTF-8: {error.reason}", hint=_HINT) from error


def stored_object(url: str) -> tuple[str, str, str]:
    """The bucket, key and version of an object by its URL, of either style; empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", "", ""
    # A bucket's name may have dots, the rest of a host begins with the last .s3.
    bucket, rest, _ = parts.netloc.rpartition(".s3")
    path = unquote(parts.path).lstrip("/")
    if not rest:
        bucket, _, path = path.partition("/")
    return bucket, path, parse_qs(parts.query).get("versionId", [""])[0]


def _stored(aws: Aws, url: str) -> bytes:
    """An object by its URL; at most a byte more than a template can have."""
    bucket, path, version = stored_object(url)
    if not bucket or not path:
        raise NoTemplateError("Service Catalog returned no URL of the template", hint=_HINT)
    extra: Mapping[str, str] = {"VersionId": version} if version else {}
    body: bytes = aws.client("s3").get_object(Bucket=bucket, Key=path, **extra)["Body"].read(_LONGEST + 1)
    return body
