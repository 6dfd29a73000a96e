"""Templates in S3 for SageMaker Studio, once their placeholders and variables are filled for a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.errors import Problem, quoted
from publisher.model import ExecutionRolePolicy, ProjectTemplate, StudioDomain, StudioOrigin
from publisher.rules.rule import Placed, Rule, Target

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)")
_DOMAIN = re.compile(r"d-(?:-*[a-z0-9]){1,61}")
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+")
# Of all inline policies of a role, without white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE = 10_240


@Rule.of("P220", "sagemaker/latest/dg/sagemaker-projects-templates-custom.html", per_target=True)
def names(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Buckets, domains and execution roles of templates in S3 are valid once variables are filled."""
    for each in placed:
        match each.resource:
            case StudioOrigin(bucket=name):
                pattern, what = _BUCKET, "the name of a bucket without dots, of 3 to 63 characters"
            case StudioDomain(domain_id=name):
                pattern, what = _DOMAIN, "the ID of a SageMaker domain"
            case ExecutionRolePolicy(role_arn=name):
                pattern, what = _ROLE, "the ARN of a role"
            case _:
                continue
        if not pattern.fullmatch(name):
            message = f"at {target}, {quoted(name)} is not {what}"
            yield rule.problem(each.where, message, "correct it, or the target's variable")


@Rule.of("P221", "sagemaker/latest/dg/sagemaker-projects-templates-custom.html", per_target=True)
def one_portfolio(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A domain, and a location of templates in S3, is that of one portfolio.

    A domain has the tag once, and who prunes the one portfolio must not delete what is the other's.
    """
    taken: dict[str, tuple[str, Placed]] = {}
    for each in placed:
        match each.resource:
            case StudioDomain(portfolio=portfolio, domain_id=name):
                hint = "keep it in one of them; it finds templates below its own prefix, too"
            case ProjectTemplate(portfolio=portfolio, location=location):
                name, hint = str(location), "use another prefix, which can be below the other one"
            case _:
                continue
        first, at = taken.setdefault(name, (portfolio, each))
        if first != portfolio:
            message = f"at {target}, {quoted(name)} is also that of portfolio {quoted(first)} at {at.where}"
            yield rule.problem(each.where, message, hint)


@Rule.of("P222", "IAM/latest/UserGuide/reference_iam-quotas.html", per_target=True)
def policy_size(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """The policy of an execution role has at most 10240 characters."""
    for each in placed:
        match each.resource:
            case ExecutionRolePolicy(document=document) if len(document) > _INLINE:
                message = (
                    f"the policy of an execution role has {len(document)} characters, at most {_INLINE} are "
                    "allowed"
                )
                yield rule.problem(each.where, message, "split the portfolio")
