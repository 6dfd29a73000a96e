"""The policies of roles as pages show them: nothing is left out, and everything has its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from publisher.model import Catalog, LaunchConstraint, Resource
from publisher.permissions import Scope, derive
from publisher.report.arn_text import readable_arns
from publisher.report.product_policies import product_policies
from publisher.report.role_policy import Reason, RolePolicy, role_policy
from publisher.templates.render import render
from tests.conftest import cases, whole
from tests.permissions.test_permissions import role
from tests.products.family import repository
from tests.samples import PLACED, STACK_SET, association, launch, ml, product

_ARN = "arn:${AWS::Partition}:"
_HERE = "*:${AWS::AccountId}:"


@cases(
    ("arns", "texts"),
    {
        "one part differs": (
            [f"{_ARN}codebuild:{_HERE}project/{env}-{job}" for env in ("dev", "prod") for job in "ab"],
            ["project {dev, prod}-{a, b}"],
        ),
        "not all combinations": (
            [f"{_ARN}sns:{_HERE}{name}" for name in ("dev-a", "dev-b", "prod-a")],
            ["topic dev-{a, b}", "topic prod-a"],
        ),
        "kinds without a word of their own": (
            [f"{_ARN}s3:::x-*", f"{_ARN}s3:::x-*/*", f"{_ARN}codepipeline:{_HERE}x/*"],
            ["bucket x-*", "object x-*/*", "stage x/*"],
        ),
        "names with the slash that ARNs leave out": (
            [f"{_ARN}ssm:{_HERE}parameter/ml/*", f"{_ARN}logs:{_HERE}log-group:/ml/*"],
            ["parameter /ml/*", "log group /ml/*"],
        ),
        "other places": (
            ["arn:aws:sqs:us-west-2:123456789012:x", "arn:aws:iam::aws:policy/job-function/X"],
            ["queue x in us-west-2 of account 123456789012", "policy job-function/X of AWS"],
        ),
        "the account in a name": (
            [f"{_ARN}cloudformation:{_HERE}stack/SC-${{AWS::AccountId}}-pp-*/*"],
            ["stack SC-<account>-pp-*/*"],
        ),
        "no ARNs": (
            ["*", "o-1", "arn:x", "arn:aws:nosuch:::a:b"],
            ["all resources", "o-1", "arn:x", "nosuch a:b"],
        ),
    },
)
def test_readable_arns(arns: list[str], texts: list[str]) -> None:
    assert list(readable_arns(arns)) == texts


def derived(template: dict[str, Any], **scope: Any) -> RolePolicy:
    return role_policy("launch-x", derive(template, Scope(**scope)), boundary=scope.get("boundary", ""))


def test_a_statement_in_words() -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "models"}}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Models"}, "PolicyDocument": {}},
    }
    view = derived({"Resources": {"Models": bucket, "Policy": policy}})
    (found,) = (it for it in view.documents[0].statements if it.resources == ("bucket models",))
    assert (found.sid, found.service, found.conditions, found.wide) == ("OnlyS3", "s3", (), ())
    assert dict(found.actions)["Permissions management"][0] == "DeleteBucketPolicy"
    assert found.reasons[:2] == (
        Reason(
            why="its resource handlers",
            subjects=("AWS::S3::Bucket",),
            actions=("DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"),
            but=True,
        ),
        Reason(
            why="its resource handlers",
            subjects=("AWS::S3::BucketPolicy",),
            actions=("DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"),
        ),
    )


BOUNDARY = f"{_ARN}iam::${{AWS::AccountId}}:policy/launch-x-boundary"


def test_conditions_in_words() -> None:
    made = role("lambda.amazonaws.com")
    made["Properties"] |= {"RoleName": "x", "PermissionsBoundary": {"Fn::Sub": BOUNDARY}}
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
    view = derived({"Resources": {"Role": made, "Function": function}}, boundary=BOUNDARY)
    found = {text for it in view.documents[0].statements for text in it.conditions}
    assert found >= {
        "the role has the permissions boundary launch-x-boundary",
        "the role has the permissions boundary launch-x-boundary, or there is none",
        "the role is passed to lambda.amazonaws.com",
        "the object has the tag servicecatalog:provisioning = true",
    }


@cases(
    "name",
    {
        it.key: it.key if it.key in ("ml-project-starter-s3", "sagemaker-deploy-role") else whole(it.key)
        for it in repository().variants
    },
)
def test_each_action_has_its_reason_and_each_wide_one_says_why(name: str) -> None:
    (variant,) = repository().select(name)
    one = render(variant)
    made = derive(one.template, Scope.of(one.variant), limits=True)
    view = role_policy(one.variant.launch_role, made, boundary=Scope.of(one.variant).boundary)
    assert [json.loads(it.text) for it in view.documents] == [it.document for it in made.policies]
    for document in view.documents:
        for statement in document.statements:
            of_all = any(not it.actions for it in statement.reasons)
            named = [name for _, names in statement.actions for name in names]
            explained = {action for it in statement.reasons for action in _actions(it, named)}
            assert of_all or explained == set(named), statement
            assert bool(statement.wide) == (statement.arns == ("*",)), statement


def _actions(reason: Reason, named: list[str]) -> list[str]:
    return [it for it in named if (it in reason.actions) != reason.but]


EMPTY: Mapping[str, Any] = {"Resources": {}}
OWNED = "the role exists already: its policies are those that its owner gave it"


@cases(
    ("resources", "template", "roles"),
    {
        "its launch role": ([launch()], EMPTY, [("launch-studio", "")]),
        "a role of others": ([launch(role="theirs")], EMPTY, [("theirs", OWNED)]),
        "a role's ARN": (
            [LaunchConstraint(portfolio="ml", product="studio", role_arn="arn:aws:iam::1:role/x")],
            EMPTY,
            [("arn:aws:iam::1:role/x", OWNED)],
        ),
        "no role": ([], EMPTY, [("", "")]),
        "no template": (
            [launch()],
            None,
            [("launch-studio", "its template is not known, so neither are its policies")],
        ),
        "in S3, too": ([launch(), PLACED], EMPTY, [("launch-studio", ""), ("deploy-studio", "")]),
        "a stack set": (
            [STACK_SET],
            EMPTY,
            [
                (
                    "e",
                    "it is in each account of the stack sets of arn:a: its policies are those that its owner "
                    "gave it",
                )
            ],
        ),
        "no policy can be derived": (
            [launch()],
            {"Resources": {}, "Transform": "Mine"},
            [
                (
                    "launch-studio",
                    "the launch policy of transform Mine cannot be derived: what it makes of the template "
                    "is not known here (set launch_role in product.yaml to an existing role)",
                )
            ],
        ),
    },
)
def test_roles_of_a_product(
    resources: list[Resource], template: Mapping[str, Any] | None, roles: list[tuple[str, str]]
) -> None:
    catalog = Catalog.of([ml, product("studio"), association(), *resources])
    found = product_policies(catalog, "studio", template)
    assert [(it.role, it.note) for it in found] == roles
    assert all(bool(it.documents) != bool(it.note) for it in found)


def test_a_published_template_with_the_boundary_of_its_product() -> None:
    made = role("lambda.amazonaws.com")
    made["Properties"]["PermissionsBoundary"] = {"Fn::Sub": BOUNDARY.replace("-x-", "-studio-")}
    catalog = Catalog.of([ml, product("studio"), association(), launch()])
    (found,) = product_policies(catalog, "studio", {"Resources": {"Role": made}})
    assert (found.boundary_name, found.boundary is not None, found.warnings) == (
        "launch-studio-boundary",
        True,
        (),
    )
