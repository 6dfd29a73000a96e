"""No policy of a project matches a name of another project, also where names begin alike.

A later family joins with an entry of FAMILIES, and with the types in ARNS that it names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from itertools import product as combinations
from typing import Any

import pytest

from publisher.templates.render import render_all
from tests.products.family import repository
from tests.products.resolve import launched, resolve

pytestmark = pytest.mark.slow

# Type → the property with the name, and the ARN that it is part of.
ARNS = {
    "AWS::CloudWatch::Dashboard": ("DashboardName", "arn:{p}:cloudwatch::{a}:dashboard/{name}"),
    "AWS::CodeBuild::Project": ("Name", "arn:{p}:codebuild:{r}:{a}:project/{name}"),
    "AWS::CodeCommit::Repository": ("RepositoryName", "arn:{p}:codecommit:{r}:{a}:{name}"),
    "AWS::CodePipeline::Pipeline": ("Name", "arn:{p}:codepipeline:{r}:{a}:{name}"),
    "AWS::Events::Rule": ("Name", "arn:{p}:events:{r}:{a}:rule/{name}"),
    "AWS::IAM::Role": ("Path", "arn:{p}:iam::{a}:role{name}SC-{a}-pp-abcdefghijklm-{id}-0123456789AB"),
    "AWS::KMS::Alias": ("AliasName", "arn:{p}:kms:{r}:{a}:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:{p}:logs:{r}:{a}:log-group:{name}:*"),
    "AWS::S3::Bucket": ("BucketName", "arn:{p}:s3:::{name}"),
    "AWS::SageMaker::ModelPackageGroup": (
        "ModelPackageGroupName",
        "arn:{p}:sagemaker:{r}:{a}:model-package-group/{name}",
    ),
    "AWS::SNS::Topic": ("TopicName", "arn:{p}:sns:{r}:{a}:{name}"),
    "AWS::SSM::Parameter": ("Name", "arn:{p}:ssm:{r}:{a}:parameter{name}"),
}
PSEUDO = {
    "AWS::AccountId": "111111111111",
    "AWS::Partition": "aws",
    "AWS::Region": "us-west-2",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "SC-111111111111-pp-abcdefghijklm",
    "VpcId": "vpc-1",
    "SourceBucket": "client-sources",
    "SourcePrefix": "ml",
    "CodeConnectionArn": "arn:aws:codeconnections:us-west-2:111111111111:connection/c",
    "StagingAccountId": "222222222222",
    "ProdAccountId": "333333333333",
    "SageMakerExecutionRoleStagingName": "sagemaker-role-x",
    "SageMakerExecutionRoleProdName": "sagemaker-role-x",
    "OrganizationId": "o-1",
    "OrganizationalUnitStagingId": "ou-ab12-staging1",
    "OrganizationalUnitProdId": "ou-ab12-product1",
}
_WILD = re.compile(r"[*?]")


@dataclass(frozen=True, kw_only=True)
class Family:
    """Products, the parameters of projects whose names begin and end alike, and how many names they have.

    `shared` are the ends of the patterns that name no project, and why.
    """

    products: tuple[str, ...]
    projects: Sequence[Mapping[str, str]]
    least: int
    shared: Mapping[str, str]


def every(**values: Sequence[str]) -> list[dict[str, str]]:
    """All combinations of values of parameters of ml-project, and what its first resource becomes."""
    found = (dict(zip(values, one, strict=True)) for one in combinations(*values.values()))
    return [launched(PSEUDO | one) for one in found]


FAMILIES = {
    "ml-project": Family(
        products=("ml-project-enterprise-codecommit-standalone-ssm", "ml-project-starter-s3"),
        least=3_000,
        projects=every(
            # x-dev-a001 and x-dev hold an environment and a tenant, like all that comes after x.
            CompanyPrefix=("x", "x-", "x-dev", "x-dev-a001"),
            Environment=("dev", "test"),
            TenantId=("a001", "test", "abcd"),
            UseCase=("a", "a-b", "abcd-a", "test-abcd-a", "a-staging", "a-build-0123456789"),
            Workload=("", "b-"),
        ),
        shared={
            ":client-sources": "the client's bucket, which several projects can read",
            ":client-sources/ml/model-build.zip": "as above",
            ":client-sources/ml/model-deploy.zip": "as above",
            "rule/*": "rules have names that CloudFormation makes",
            "sagemaker:us-west-2:111111111111:*": "which of its resources takes a role is not documented",
            "processing-job/pipelines-*": "named by SageMaker; the tag of the project decides",
            "training-job/pipelines-*": "as above",
            "/aws/sagemaker/ProcessingJobs*": "SageMaker's log groups for the whole account",
            "/aws/sagemaker/TrainingJobs*": "as above",
            ":prod-us-west-2-starport-layer-bucket/*": "AWS's buckets",
            ":jumpstart-cache-prod-us-west-2/*": "as above",
            ":sagemaker-sample-files/*": "as above",
            "repository/sagemaker-xgboost": "SageMaker's image",
            "network-interface/*": "the service chooses the ID; the VPC decides",
            "subnet/*": "as above",
            "vpc/vpc-1": "the VPC of the launch",
        },
    ),
    # SageMaker gives no id twice, and all of them have this form; a name is one project's at a time.
    "sagemaker-model-deploy": Family(
        products=(
            "sagemaker-model-deploy-codecommit-organization",
            "sagemaker-model-deploy-codeconnection-account",
        ),
        least=200,
        projects=[
            PSEUDO | {"SageMakerProjectName": name, "SageMakerProjectId": f"p-0123456789{number:02}"}
            for number, name in enumerate(
                ("a", "a-b", "a-p-012345678900", "p", "p-012345678900-a", "a-modeldeploy", "a-deploy", "b-a",
                 "a-p-012345678900-deploy", "a-model", "sagemaker", "A")
            )
        ],
        shared={
            ":role/sagemaker-role-x": "roles of other accounts, which the launch names",
            ":root": "as above",
            ":connection/c": "the connection that the launch names",
            "type/resource/AWS-SageMaker-*": "CloudFormation's types",
        },
    ),
}  # fmt: skip


def names_and_patterns(template: Mapping[str, Any], known: dict[str, str]) -> tuple[list[str], list[str]]:
    """The ARNs of what a launch names, and the patterns of its policies."""
    place = {"p": known["AWS::Partition"], "r": known["AWS::Region"], "a": known["AWS::AccountId"]}
    names: list[str] = []
    for logical_id, resource in template["Resources"].items():
        found = ARNS.get(resource["Type"])
        name = resolve(resource["Properties"].get(found[0]), known) if found else None
        arn = (
            found[1].format(**place, name=name, id=logical_id)
            if found and name
            else f"own:{known['own']}:{logical_id}"
        )
        names.append(arn)
        # Ref of what IAM knows by its ARN alone is used as such.
        known.setdefault(
            logical_id, arn if resource["Type"].startswith(("AWS::SNS", "AWS::KMS")) else str(name)
        )
        for attribute in ("Arn", "GroupId", "ModelPackageGroupArn"):
            known[f"{logical_id}.{attribute}"] = arn
    return names, list(_patterns(resolve(_statements(template["Resources"]), known)))


def _statements(value: Any) -> list[Any]:
    """The policy statements in a value, without what they allow to whom."""
    if isinstance(value, list):
        return [found for item in value for found in _statements(item)]
    if not isinstance(value, dict):
        return []
    if "Effect" in value:
        kept = {key: value[key] for key in ("Resource", "NotResource", "Condition") if key in value}
        return [kept]
    return [found for item in value.values() for found in _statements(item)]


def _patterns(value: Any) -> Iterator[str]:
    # What has no ARN at all is for actions without resources.
    if isinstance(value, str) and value.startswith(("arn:", "own:")):
        yield value
    elif isinstance(value, list):
        yield from (text for item in value for text in _patterns(item))
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _patterns(item))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_no_policy_of_a_project_matches_a_name_of_another(family: Family) -> None:
    for product in family.products:
        (one,) = render_all(repository().select(product))
        template = one.template
        owned: dict[str, str] = {}
        wild: dict[str, str] = {}
        for number, values in enumerate(family.projects):
            known = dict(values)
            own = str(number)
            stack = f"arn:aws:cloudformation:us-west-2:111111111111:stack/x/a-b-c-d-{number:012x}"
            known |= {"own": own, "AWS::StackId": stack}
            names, patterns = names_and_patterns(template, known)
            patterns = [it for it in patterns if not it.endswith(tuple(family.shared))]
            examples = [_WILD.sub("0", it) for it in patterns]
            for name in {*names, *examples}:
                assert owned.setdefault(name, own) == own, name
            for pattern in patterns:
                if _WILD.search(pattern):
                    assert wild.setdefault(pattern, own) == own, pattern
        ordered = sorted(owned)
        assert len(ordered) > family.least
        for pattern, own in wild.items():
            start = _WILD.split(pattern, maxsplit=1)[0]
            matches = re.compile(translate(pattern)).match
            first, last = bisect_left(ordered, start), bisect_left(ordered, f"{start}\uffff")
            assert [name for name in ordered[first:last] if owned[name] != own and matches(name)] == [], (
                pattern
            )
