"""The templates that a portfolio file also places in S3, and what makes them usable in Studio. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from publisher.aws.buckets import template_bucket_name
from publisher.declarations import PortfolioFile, Variant
from publisher.declarations.portfolio import SageMakerTemplates
from publisher.declarations.studio_products import placed_in_s3
from publisher.documents import canonical_json
from publisher.model import (
    ExecutionRolePolicy,
    ProjectTemplate,
    StudioDomain,
    StudioOrigin,
    TemplateLocation,
)
from publisher.rules import Placed, Target


def location_of(templates: SageMakerTemplates, target: Target) -> TemplateLocation:
    """Where a target has the templates: in its template bucket, unless another one is named."""
    named = target.resolve(templates.bucket) if templates.bucket else None
    bucket = named or target.bucket or template_bucket_name(target.fill("{account_id}"), target.region)
    return TemplateLocation(bucket=bucket, prefix=templates.prefix)


def project_resources(
    portfolio: PortfolioFile,
    held: Collection[Variant],
    digests: Mapping[str, str],
    target: Target,
    *,
    passing: Collection[Variant],
) -> Iterator[Placed]:
    """What the portfolio's `sagemaker_templates` asks for at a target. `digests` by product.

    Execution roles can pass the roles of the products `passing`.
    """
    templates = portfolio.sagemaker_templates
    if templates is None:
        return
    where, key = portfolio.document.where, "sagemaker_templates"
    location, placed = location_of(templates, target), placed_in_s3(portfolio, held)
    bucket = where(key, "bucket") if templates.bucket else where(key, key=True)
    yield Placed(resource=StudioOrigin(bucket=location.bucket), where=bucket)
    for variant in placed:
        if variant.family.file.retire not in ("disassociate", "delete"):
            template = ProjectTemplate(
                portfolio=portfolio.name,
                bucket=location.bucket,
                prefix=location.prefix,
                product=variant.key,
                version=variant.family.version,
                digest=digests[variant.key],
            )
            yield Placed(resource=template, where=where(key, key=True))
    for arn, n in target.resolved(templates.execution_roles).items():
        document = canonical_json(_permissions(location, passing, target))
        policy = ExecutionRolePolicy(portfolio=portfolio.name, role_arn=arn, document=document)
        place = where(key, "execution_roles", n)
        yield Placed(resource=policy, where=place, places={arn: place})
    for domain, n in target.resolved(templates.domain_ids).items():
        arn = target.fill(f"arn:{{partition}}:sagemaker:{{region}}:{{account_id}}:domain/{domain}")
        tag = StudioDomain(portfolio=portfolio.name, domain_arn=arn, location=str(location))
        yield Placed(resource=tag, where=where(key, "domain_ids", n))


def _permissions(
    location: TemplateLocation, placed: Collection[Variant], target: Target
) -> Mapping[str, Any]:
    """What users of Studio need to make, change and delete projects of the templates.

    SP-* are the stacks of projects, as in the policies of AWS's samples, which also have
    s3:GetObjectTagging, iam:PassRole and cloudformation:ValidateTemplate; SageMaker makes, and describes, the
    stack as who makes the project. CloudFormation is who assumes the role (API_CfnCreateTemplateProvider), so
    the role is passed to it; what iam:PassedToService is in SageMaker's own check is not documented.
    https://github.com/aws-samples/sagemaker-custom-project-templates/tree/main/s3_templates

    Who may pass a deploy role could make a stack of any template with it, so that the template must be one of
    these. That SageMaker hands CloudFormation the URL, as it got it, is not documented.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    bucket = f"arn:{{partition}}:s3:::{location.bucket}"
    stacks = "arn:{partition}:cloudformation:{region}:{account_id}:stack/SP-*"
    statements: list[dict[str, Any]] = [
        {
            "Sid": "ReadTemplates",
            "Action": ["s3:GetObject", "s3:GetObjectTagging"],
            "Resource": f"{bucket}/{location.prefix}/*",
        },
        {
            "Sid": "ListTemplates",
            "Action": "s3:ListBucket",
            "Resource": bucket,
            "Condition": {"StringLike": {"s3:prefix": [location.prefix, f"{location.prefix}/*"]}},
        },
        {
            "Sid": "MakeStacksOfTemplates",
            "Action": ["cloudformation:CreateStack", "cloudformation:UpdateStack"],
            "Resource": stacks,
            "Condition": {"StringLike": {"cloudformation:TemplateUrl": _urls(location, target)}},
        },
        {
            "Sid": "KeepStacksOfProjects",
            "Action": [
                "cloudformation:DeleteStack",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStacks",
                "cloudformation:TagResource",
                "cloudformation:UntagResource",
            ],
            "Resource": stacks,
        },
        # Of a template that is in no stack yet, IAM knows no resource.
        {
            "Sid": "ReadParameters",
            "Action": ["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"],
            "Resource": "*",
        },
        {
            "Sid": "MakeProjects",
            "Action": [
                "sagemaker:AddTags",
                "sagemaker:CreateProject",
                "sagemaker:DeleteProject",
                "sagemaker:DescribeProject",
                "sagemaker:UpdateProject",
            ],
            "Resource": "arn:{partition}:sagemaker:{region}:{account_id}:project/*",
        },
    ]
    if placed:
        roles = [f"arn:{{partition}}:iam::{{account_id}}:role/{it.deploy_role}" for it in placed]
        statements.append(
            {
                "Sid": "PassDeployRoles",
                "Action": "iam:PassRole",
                "Resource": roles,
                "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
            }
        )
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", **_filled(it, target)} for it in statements],
    }


def _urls(location: TemplateLocation, target: Target) -> list[str]:
    """Of all templates, in every form that S3 has.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    suffix = "amazonaws.com.cn" if target.fill("{partition}") == "aws-cn" else "amazonaws.com"
    hosts = (f"s3.{{region}}.{suffix}", f"s3.{suffix}")
    bucket, under = location.bucket, f"{location.prefix}/*"
    return [
        url
        for host in hosts
        for url in (f"https://{bucket}.{host}/{under}", f"https://{host}/{bucket}/{under}")
    ]


def _filled(value: Any, target: Target) -> Any:
    match value:
        case str():
            return target.fill(value)
        case list():
            return [_filled(it, target) for it in value]
        case dict():
            return {name: _filled(it, target) for name, it in value.items()}
    return value
