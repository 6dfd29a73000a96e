"""What a target has for SageMaker projects of templates in S3, and the projects. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from publisher.aws.clients import Aws
from publisher.aws.published_template import stored_object
from publisher.catalog.kinds import execution_role_policy as policies
from publisher.catalog.kinds import project_template as templates
from publisher.catalog.kinds import studio_domain as domains
from publisher.catalog.kinds import studio_origin as origins
from publisher.model import (
    Catalog,
    ExecutionRolePolicy,
    Launch,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    StudioDomain,
    StudioOrigin,
    TemplateLocation,
    placed_template,
    precedence,
)
from publisher.stopping import READERS, Pool

# Of the template bucket, what is not for projects.
_OTHERS = ("templates/", "content/")


def project_resources(
    aws: Aws, desired: Catalog, published: Catalog, *, bucket: str = "", fast: bool = False
) -> list[Resource]:
    """What there is of it: a call a bucket, domain, role and template.

    All templates that publisher placed at the desired locations, and anywhere in `bucket`, the template
    bucket. A `fast` read makes a call a location, and assumes the rest: that the version of the newest
    `published` one that can be launched is visible, and that all else is as desired.
    """
    placed = [it for it in desired if isinstance(it, ProjectTemplate)]
    locations = {it.location: it.portfolio for it in placed}
    buckets = sorted({it.bucket for it in desired if isinstance(it, StudioOrigin)} | {bucket} - {""})
    others = [it for it in desired if isinstance(it, ExecutionRolePolicy | StudioDomain)]
    with Pool(READERS) as pool:
        listed = [*pool.map(lambda name: _keys(aws, name, locations, all_of=bucket), buckets)]
        keys = [(name, key) for name, some in zip(buckets, listed, strict=True) for key in some]
        if fast:
            origins_ = [it for it in desired if isinstance(it, StudioOrigin)]
            return [*origins_, *others, *(_assumed(placed, published, *it) for it in keys)]
        found: list[Resource | None] = [*pool.map(lambda it: _template(aws, locations, *it), keys)]
        found += pool.map(partial(_origin, aws, desired), buckets)
        found += pool.map(partial(_other, aws), others)
    return [it for it in found if it]


def _keys(aws: Aws, name: str, locations: Iterable[TemplateLocation], *, all_of: str) -> list[str]:
    client = aws.client("s3")
    prefixes = [f"{it.prefix}/" for it in locations if it.bucket == name]
    if name == all_of:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=name, Delimiter="/")
        tops = [it["Prefix"] for page in pages for it in page.get("CommonPrefixes", ())]
        prefixes = [it for it in tops if it not in _OTHERS]
    found = {key for prefix in prefixes for key in templates.keys_under(client, name, prefix)}
    return sorted(key for key in found if placed_template(key))


def _template(
    aws: Aws, locations: Mapping[TemplateLocation, str], bucket: str, key: str
) -> ProjectTemplate | None:
    found = templates.observed(bucket, key, templates.tags_of(aws.client("s3"), bucket, key))
    return replace(found, portfolio=locations.get(found.location, "")) if found else None


def _assumed(placed: Iterable[ProjectTemplate], published: Catalog, bucket: str, key: str) -> ProjectTemplate:
    prefix, product, version = placed_template(key) or ("", "", "")
    location = TemplateLocation(bucket=bucket, prefix=prefix)
    wanted = next((it for it in placed if (it.location, it.product) == (location, product)), None)
    versions = [it for it in published if isinstance(it, ProvisioningArtifact) and it.product == product]
    newest = max(
        (it for it in versions if it.launchable), key=lambda it: precedence(it.version), default=None
    )
    return ProjectTemplate(
        portfolio=wanted.portfolio if wanted else "",
        bucket=bucket,
        prefix=prefix,
        product=product,
        version=version,
        digest=wanted.digest if wanted else "",
        visible=bool(newest and newest.version == version),
    )


def _origin(aws: Aws, desired: Catalog, bucket: str) -> StudioOrigin | None:
    """Where it is not desired, only a rule of publisher counts."""
    resource = StudioOrigin(bucket=bucket)
    counts = origins.allows_studio if resource.key in desired else origins.is_own
    return resource if any(map(counts, origins.rules_of(aws.client("s3"), bucket))) else None


def _other(aws: Aws, desired: ExecutionRolePolicy | StudioDomain) -> Resource | None:
    match desired:
        case ExecutionRolePolicy():
            return policies.observed(aws.client("iam"), desired)
        case StudioDomain(portfolio=portfolio, domain_arn=arn, location=location):
            value = domains.location_in(aws.client("sagemaker"), arn)
            if not value:
                return None
            shown = location if location.startswith(f"{value.rstrip('/')}/") else value
            return StudioDomain(portfolio=portfolio, domain_arn=arn, location=shown)


def project_launches(aws: Aws, placed: Iterable[ProjectTemplate]) -> Iterator[Launch]:
    """The projects of the Region that were made of these templates, as launches of their products."""
    known = {(it.bucket, it.object_key): it for it in placed}
    for it in projects(aws) if known else ():
        for url in _template_urls(it):
            if used := known.get(stored_object(url)[:2]):
                yield Launch(name=it["ProjectName"], product=used.product, version=used.version)


def projects(aws: Aws) -> list[Any]:
    """What DescribeProject answers of each project of the Region that was not deleted. Raises ClientError."""
    client = aws.client("sagemaker")
    names = [
        it["ProjectName"]
        for page in client.get_paginator("list_projects").paginate()
        for it in page["ProjectSummaryList"]
        if it["ProjectStatus"] != "DeleteCompleted"
    ]
    with Pool(READERS) as pool:
        return [*pool.map(lambda name: client.describe_project(ProjectName=name), names)]


def _template_urls(project: Any) -> Iterator[str]:
    for provider in project.get("TemplateProviderDetails") or ():
        yield provider.get("CfnTemplateProviderDetail", {}).get("TemplateURL", "")
