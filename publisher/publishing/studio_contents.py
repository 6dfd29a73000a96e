"""What a target has for SageMaker projects of the templates that the files place in S3. Renders nothing."""

from __future__ import annotations

from publisher.aws.calls import aws_errors
from publisher.catalog.sagemaker_projects import project_resources
from publisher.declarations import Repository
from publisher.model import Catalog, Resource
from publisher.publishing.desired_catalog import unrendered
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.template_bucket import TemplateBucket
from publisher.rules import Target


def studio_contents(
    place: PublishingTarget, repository: Repository, observed: Catalog, bucket: TemplateBucket
) -> list[Resource]:
    """The templates with their versions, the domains that list them and the roles that may use them.

    Of an observed catalog of the target. Raises AwsError, and Refused without a template bucket.
    """
    if not any(it.sagemaker_templates for it in repository.portfolios):
        return []
    aws = place.aws
    target = Target(
        account_id=aws.account_id,
        region=aws.region,
        partition=aws.partition,
        bucket=bucket.name,
        variables=tuple(place.variables.items()),
    )
    with aws_errors("cannot read the templates of SageMaker projects"):
        return project_resources(aws, unrendered(repository, target), observed, bucket=target.bucket)
