"""Templates in S3 of SageMaker projects, as Service Catalog would describe them to who launches.

A product is the folder `<prefix>/<product>` of its versions, `<version>.yaml`, in a location that a domain
names by its tag. Products and versions have ids like `s3://bucket/prefix/product/1.0.0.yaml`.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.declarations.form_fields import parameter_text
from publisher.errors import Refused, command
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import LaunchRequest, deploy_role
from publisher.launch.selection import DEPRECATED, AvailableProduct, Named
from publisher.model import DIGEST_TAG, LOCATION_TAG, VISIBLE, precedence, short_digest
from publisher.stopping import Pool

# Where a described version has its own id.
TEMPLATE_ID = "TemplateId"
_SCHEME, _SUFFIX = "s3://", ".yaml"
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_LONGEST = 1_048_576
_MISSING = ("NoSuchKey", "NoSuchBucket", "404")
_LIMITS = (
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
)


def requested(aws: Aws, request: LaunchRequest, *, report: Callable[[str], None]) -> AvailableProduct:
    """The requested product, in a location of a domain. Raises Refused, AwsError."""
    with aws_errors(f"{request.product}: cannot read the templates of SageMaker projects"):
        places = locations(aws)
        held = {it: _products(aws, it, request.product) for it in places}
        found = [_product(aws, it) for it in sorted(set().union(*filter(None, held.values())))]
    if len(found) == 1:
        return found[0]
    place = f"{aws.account_id}/{aws.region}"
    if not places:
        raise Refused(
            f"{request.product}: no SageMaker domain of {place} has the tag {LOCATION_TAG}",
            hint="ask the platform team to name the domain in sagemaker_templates of the portfolio's file: "
            f"then {command('plan')} shows the tag for the domain's owner",
        )
    if not found:
        unread = [it for it, ids in held.items() if ids is None]
        which = f"; cannot read {' and '.join(unread)}, or it is of another account" if unread else ""
        raise Refused(
            f"{request.product}: no template in {' or '.join(places)}{which}",
            hint=f"if it is not published, run {command('sync')}",
        )
    raise Refused(
        f"{request.product}: templates in {len(found)} places: {', '.join(it.id for it in found)}",
        hint="ask an administrator to leave it in one of them",
    )


def product(aws: Aws, product_id: str) -> AvailableProduct | None:
    """A product by its id. Raises ClientError."""
    found = _product(aws, product_id)
    return found if found.versions else None


def described(aws: Aws, product: AvailableProduct, version: Named, path: Named) -> Mapping[str, Any]:
    """The parameters of a version, and the role that makes its stack. Raises AwsError, InputError."""
    from publisher.templates.template_digest import digest

    found = template(aws, product_id=product.id, version_id=version.id)
    if found is None:
        raise Refused(f"{version.id}: no template", hint=f"run {command('sync')}")
    if version.digest not in ("", short_digest(digest(found))):
        raise Refused(
            f"{version.id} is not what publisher placed there",
            hint=f"ask the platform team to delete the object and run {command('sync')}",
        )
    role = deploy_role_arn(aws, product.id.rpartition("/")[2])
    return {
        "ProvisioningArtifactParameters": list(_parameters(found)),
        # Nothing forbids other tags.
        "ConstraintSummaries": [{"Type": "RESOURCE_UPDATE"}],
        "UsageInstructions": [{"Type": "launchAsRole", "Value": role}],
        TEMPLATE_ID: version.id,
    }


def template(aws: Aws, *, product_id: str, version_id: str) -> dict[str, Any] | None:
    """The template of a version in the long form; None where it is gone. Raises AwsError, InputError."""
    bucket, key = bucket_and_key(version_id)
    with aws_errors(f"cannot read {version_id}"):
        read = partial(aws.client("s3").get_object, Bucket=bucket, Key=key, **_of_ours(aws))
        answer = or_none(read, *_MISSING)
        body: bytes | None = answer["Body"].read(_LONGEST + 1) if answer else None
    return None if body is None else _parsed(body.decode(errors="replace"))


def outputs(aws: Aws, provisioned: ProvisionedProduct) -> dict[str, str]:
    """The outputs of the stack, sorted by name. Raises AwsError."""
    from publisher.launch.deployed import described_stack

    stack = described_stack(aws, provisioned) or {}
    return dict(sorted((it["OutputKey"], it.get("OutputValue", "")) for it in stack.get("Outputs", ())))


def locations(aws: Aws) -> list[str]:
    """Where the Region's domains have their templates, as `s3://bucket/prefix`. Raises ClientError."""
    client = aws.client("sagemaker")
    domains = [it for page in client.get_paginator("list_domains").paginate() for it in page["Domains"]]
    found = set()
    for domain in domains:
        pages = client.get_paginator("list_tags").paginate(ResourceArn=domain["DomainArn"])
        tags = {it["Key"]: it["Value"] for page in pages for it in page["Tags"]}
        found.add(tags.get(LOCATION_TAG, ""))
    return sorted(it for it in found if _LOCATION.fullmatch(it))


def tags_of(aws: Aws, version_id: str) -> dict[str, str]:
    """The tags of a template's object. Raises ClientError."""
    bucket, key = bucket_and_key(version_id)
    found = aws.client("s3").get_object_tagging(Bucket=bucket, Key=key, **_of_ours(aws))["TagSet"]
    return {it["Key"]: it["Value"] for it in found}


def is_visible(tags: Mapping[str, str]) -> bool:
    """Whether Studio shows a template with these tags."""
    return VISIBLE in tags.items()


def url_of(aws: Aws, version_id: str) -> str:
    """The URL of a template, as CloudFormation takes it."""
    bucket, key = bucket_and_key(version_id)
    return f"https://{bucket}.s3.{aws.region}.{aws.url_suffix}/{quote(key)}"


def deploy_role_arn(aws: Aws, product: str) -> str:
    """The role that CloudFormation assumes for the stacks of a product's template."""
    return f"arn:{aws.partition}:iam::{aws.account_id}:role/{deploy_role(product)}"


def bucket_and_key(id_: str) -> tuple[str, str]:
    """Of an id like `s3://bucket/key`."""
    bucket, _, key = id_.removeprefix(_SCHEME).partition("/")
    return bucket, key


def _products(aws: Aws, location: str, product: str) -> set[str] | None:
    """The folders of a product in a location, which may be above the prefix of its templates.

    None where it cannot be read: one domain of many may name it.
    """
    bucket, prefix = bucket_and_key(f"{location.rstrip('/')}/")
    keys = or_none(lambda: _keys(aws, bucket, prefix), "NoSuchBucket", *DENIED)
    folders = (key.rpartition("/")[0] for key in keys or ())
    held = {f"{_SCHEME}{bucket}/{it}" for it in folders if it.rpartition("/")[2] == product}
    return None if keys is None else held


def _product(aws: Aws, product_id: str) -> AvailableProduct:
    """Versions that are newer than the newest visible one are as deprecated: they are not offered yet."""
    bucket, prefix = bucket_and_key(product_id)
    names = [key.removeprefix(f"{prefix}/").removesuffix(_SUFFIX) for key in _keys(aws, bucket, f"{prefix}/")]
    newest_first = sorted((it for it in names if "/" not in it), key=precedence, reverse=True)
    versions = [Named(id=f"{product_id}/{name}{_SUFFIX}", name=name) for name in newest_first]
    with Pool() as pool:
        tags = list(pool.map(lambda it: tags_of(aws, it.id), versions))
    newest = next((n for n, it in enumerate(tags) if is_visible(it)), 0)
    offered = (
        replace(
            version,
            digest=short_digest(tags[n].get(DIGEST_TAG, "")),
            guidance=DEPRECATED if n < newest else "",
        )
        for n, version in enumerate(versions)
    )
    location = product_id.rpartition("/")[0]
    return AvailableProduct(
        id=product_id, versions=tuple(offered), paths=(Named(id=location, name=location),)
    )


def _keys(aws: Aws, bucket: str, prefix: str) -> list[str]:
    """The keys of templates."""
    paginator = aws.client("s3").get_paginator("list_objects_v2")
    pages = paginator.paginate(Bucket=bucket, Prefix=prefix, **_of_ours(aws))
    keys = (it["Key"] for page in pages for it in page.get("Contents", ()))
    return [it for it in keys if it.endswith(_SUFFIX)]


def _of_ours(aws: Aws) -> dict[str, str]:
    """A domain's tag may name anybody's bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    return {"ExpectedBucketOwner": aws.account_id}


def _parameters(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, it in found.get("Parameters", {}).items():
        default = {"DefaultValue": parameter_text(it["Default"])} if "Default" in it else {}
        yield {
            "ParameterKey": name,
            "ParameterType": it.get("Type", "String"),
            "IsNoEcho": parameter_text(it.get("NoEcho", False)) == "true",
            "ParameterConstraints": {key: it[key] for key in _LIMITS if key in it},
            **default,
        }


@lru_cache(8)
def _parsed(text: str) -> dict[str, Any]:
    """To read a template in YAML takes a second. Raises InputError."""
    from publisher.templates.cloudformation import parse

    found: dict[str, Any] = parse(text, "template in S3").value
    return found
