"""Whether what a plan's changes name outside the catalog exists: roles, budgets, topics, accounts..

A write that names something else fails, some only after others are done. Each kind is one row of `_LOOKS`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from publisher.aws.arns import Arn
from publisher.aws.buckets import template_bucket_name
from publisher.aws.calls import ClientError, aws_errors, error_code, or_none
from publisher.aws.clients import Aws
from publisher.catalog.kinds.project_template import GONE, PRODUCT_TAG
from publisher.model import (
    BudgetAssociation,
    ExecutionRolePolicy,
    LaunchConstraint,
    NotificationConstraint,
    PortfolioShare,
    Principal,
    ProjectTemplate,
    Resource,
    ServiceAction,
    StackSetConstraint,
    StudioDomain,
    StudioOrigin,
)
from publisher.planning.changes import Create, Update, subjects
from publisher.planning.plan import Missing, Plan
from publisher.stopping import READERS, Pool

_SERVICE_CATALOG = "servicecatalog.amazonaws.com"
# Names of documents that AWS owns. The local endpoint has none of them.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
_OF_AWS = ("aws", "amazon", "amzn")
# (kind of `_LOOKS`, name)
Name = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class _Look:
    """How a kind is looked up: `find` answers what is wrong, or nothing. `absent`: its error code."""

    find: Callable[[Aws, str], str]
    absent: str
    message: str
    hint: str


def with_missing(planned: Plan, aws: Aws, *, derived: Collection[str] = ()) -> Plan:
    """The plan with what is missing for its changes, and what could not be looked up.

    `derived`: the roles that bootstrap makes. Launches need them, the catalog does not.
    """
    named: defaultdict[Name, list[Resource]] = defaultdict(list)
    for change in planned.changes:
        for resource in subjects(change) if isinstance(change, Create | Update) else ():
            for name in _named(resource, aws, derived):
                named[name].append(resource)
    missing: list[Missing] = []
    unknown: list[str] = []
    with Pool(READERS) as pool:
        for name, (wrong, refused) in zip(named, pool.map(partial(_looked_up, aws), named), strict=True):
            if wrong:
                hint = _LOOKS[name[0]].hint.format(aws.account_id)
                missing.append(Missing(message=wrong, hint=hint, resources=tuple(named[name])))
            elif refused:
                unknown.append(f"{' '.join(name).strip()} ({refused})")
    return replace(planned, missing=tuple(missing), unknown=tuple(unknown))


def _looked_up(aws: Aws, name: Name) -> tuple[str, str]:
    """What is wrong, and the code with which AWS refused to answer."""
    kind, value = name
    look = _LOOKS[kind]
    with aws_errors(f"cannot look up {kind} {value}".strip()):
        try:
            return look.find(aws, value), ""
        except ClientError as error:
            if error_code(error) != look.absent:
                return "", error_code(error)
            return look.message.format(value), ""


def _named(resource: Resource, aws: Aws, derived: Collection[str]) -> Iterator[Name]:
    """What a resource names."""
    match resource:
        case Principal(principal_type="IAM", principal_arn=arn):
            # It "must already exist":
            # https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
            kind = Arn.parse(arn).resource.partition("/")[0]
            if kind in ("role", "user", "group"):
                yield kind, arn
        case LaunchConstraint(role_arn=arn, local_role_name=local):
            # "must exist in the account used to create the launch constraint":
            # https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
            if arn or local not in derived:
                yield "role", arn or f"arn:{aws.partition}:iam::{aws.account_id}:role/{local}"
        case StackSetConstraint(admin_role=arn):
            yield "role", arn
        case NotificationConstraint(notification_arns=arns):
            yield from (("topic", arn) for arn in arns)
        case BudgetAssociation(budget_name=budget):
            yield "budget", budget
        case ServiceAction(definition=definition):
            entries = dict(definition)
            if not entries.get("Name", "").lower().startswith(_OF_AWS):
                yield "document", entries.get("Name", "")
            if entries.get("AssumeRole", "").startswith("arn:"):
                yield "role", entries["AssumeRole"]
        case PortfolioShare(share_type=share_type, principal_id=node) if share_type != "ACCOUNT":
            yield from (("access", ""), ("sharing", ""), (share_type, node))
        case _:
            yield from _named_for_studio(resource, aws)


def _named_for_studio(resource: Resource, aws: Aws) -> Iterator[Name]:
    match resource:
        case StudioOrigin(bucket=bucket):
            # Without a template bucket the plan is blocked, with a better hint.
            if bucket != template_bucket_name(aws.account_id, aws.region):
                yield "bucket", bucket
        case ProjectTemplate(label=url):
            yield "object", url
        case StudioDomain(domain_id=domain):
            yield "domain", domain
        case ExecutionRolePolicy(role_arn=arn):
            yield "role", arn


def _identity(kind: str) -> Callable[[Aws, str], str]:
    """A role, user or group by its ARN. IAM finds it by its name, whatever its path."""

    def find(aws: Aws, arn: str) -> str:
        name = arn.rpartition("/")[2]
        read = getattr(aws.client("iam"), f"get_{kind}")
        found = read(**{f"{kind.title()}Name": name})[kind.title()]["Arn"]
        return "" if found == arn else f"{kind} '{arn}' not found; '{name}' is '{found}'"

    return find


def _existing(service: str, operation: str, parameter: str) -> Callable[[Aws, str], str]:
    """What a read by name answers without an error."""

    def find(aws: Aws, name: str) -> str:
        getattr(aws.client(service), operation)(**{parameter: name})
        return ""

    return find


def _budget(aws: Aws, name: str) -> str:
    aws.client("budgets").describe_budget(AccountId=aws.account_id, BudgetName=name)
    return ""


def _access(aws: Aws, _: str) -> str:
    status = aws.client("servicecatalog").get_aws_organizations_access_status().get("AccessStatus")
    return "" if status == "ENABLED" else "Service Catalog has no access to the organization"


def _sharing(aws: Aws, _: str) -> str:
    """The management account or a delegated administrator shares; no other can list administrators.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html
    """
    client = aws.client("organizations")
    if client.describe_organization()["Organization"].get("MasterAccountId") == aws.account_id:
        return ""
    pages = client.get_paginator("list_delegated_administrators").paginate(ServicePrincipal=_SERVICE_CATALOG)
    if any(
        it.get("Id") == aws.account_id for page in pages for it in page.get("DelegatedAdministrators", ())
    ):
        return ""
    return f"account {aws.account_id} cannot share with the organization"


def _organization(aws: Aws, node: str) -> str:
    own = aws.client("organizations").describe_organization()["Organization"].get("Id", node)
    return "" if own == node else f"organization '{node}' not found; the account is in '{own}'"


def _bucket(aws: Aws, name: str) -> str:
    """A bucket in the target's Region: CloudFormation reads templates there, and another has its own."""
    head = aws.client("s3").head_bucket(Bucket=name)
    headers = head["ResponseMetadata"]["HTTPHeaders"]
    region = head.get("BucketRegion") or headers.get("x-amz-bucket-region", aws.region)
    return "" if region == aws.region else f"bucket '{name}' is in {region}"


def _object(aws: Aws, url: str) -> str:
    """An object at the place of a template that nobody has placed yet."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    answer = or_none(partial(aws.client("s3").get_object_tagging, Bucket=bucket, Key=key), *GONE)
    tags = {it["Key"] for it in answer["TagSet"]} if answer else {PRODUCT_TAG}
    return "" if PRODUCT_TAG in tags else "an object is there that publisher did not place"


_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
_IDENTITY_HINT = "create it, or correct its ARN or name in the files"
_NODE_HINT = "correct the organization_node in the files"
_LOOKS: Mapping[str, _Look] = {
    **{
        kind: _Look(
            find=_identity(kind),
            absent="NoSuchEntity",
            message=f"{kind} '{{}}' not found",
            hint=_IDENTITY_HINT,
        )
        for kind in ("role", "user", "group")
    },
    "topic": _Look(
        find=_existing("sns", "get_topic_attributes", "TopicArn"),
        absent="NotFound",
        message="SNS topic '{}' not found",
        hint="create it, or correct its ARN in the files",
    ),
    "budget": _Look(
        find=_budget,
        absent="NotFoundException",
        message="budget '{}' not found in the account",
        hint="create the budget, or remove it from the file",
    ),
    "document": _Look(
        find=_existing("ssm", "describe_document", "Name"),
        absent="InvalidDocument",
        message="SSM document '{}' not found",
        hint="create it, or correct its name in the files",
    ),
    "bucket": _Look(
        find=_bucket,
        absent="404",
        message="bucket '{}' not found",
        hint="create it here, or correct its name in sagemaker_templates or in configs/targets.yaml",
    ),
    "object": _Look(
        find=_object,
        absent="NoSuchBucket",
        message="the bucket of '{}' not found",
        hint="delete the object, or set another prefix in sagemaker_templates",
    ),
    "domain": _Look(
        find=_existing("sagemaker", "describe_domain", "DomainId"),
        absent="ResourceNotFound",
        message="SageMaker domain '{}' not found",
        hint="correct its ID in sagemaker_templates or in configs/targets.yaml",
    ),
    "access": _Look(
        find=_access,
        absent="ResourceNotFoundException",
        message="Service Catalog has no access to the organization",
        hint="in the organization's management account, run "
        "aws servicecatalog enable-aws-organizations-access",
    ),
    "sharing": _Look(
        find=_sharing,
        absent=_NO_ORGANIZATION,
        message="the account is in no organization",
        hint="in the organization's management account, run aws organizations "
        f"register-delegated-administrator --account-id {{}} --service-principal {_SERVICE_CATALOG}",
    ),
    "ORGANIZATION": _Look(
        find=_organization,
        absent=_NO_ORGANIZATION,
        message="organization '{}' not found: the account is in no organization",
        hint=_NODE_HINT,
    ),
    "ORGANIZATIONAL_UNIT": _Look(
        find=_existing("organizations", "describe_organizational_unit", "OrganizationalUnitId"),
        absent="OrganizationalUnitNotFoundException",
        message="organizational unit '{}' not found",
        hint=_NODE_HINT,
    ),
    "ORGANIZATION_MEMBER_ACCOUNT": _Look(
        find=_existing("organizations", "describe_account", "AccountId"),
        absent="AccountNotFoundException",
        message="account '{}' not found in the organization",
        hint=_NODE_HINT,
    ),
}
