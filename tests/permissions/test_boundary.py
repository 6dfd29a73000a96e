from __future__ import annotations

from typing import Any

import pytest

from publisher.errors import InputError
from publisher.permissions import Knowledge, Scope
from publisher.permissions.boundary import boundary
from publisher.permissions.boundary_checks import administrator, unbounded
from publisher.permissions.known_types import aws_policies
from publisher.permissions.names import Names
from publisher.permissions.policies import POLICY_SIZE
from tests.conftest import cases

ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/launch-x-boundary"
SCOPE = Scope(boundary=ARN)
NOTHING = {"Ref": "AWS::NoValue"}
KNOWLEDGE = Knowledge.load()
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def role(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}]
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies, **properties}}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def template(*resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Resources": {f"R{n}": it for n, it in enumerate(resources, 1)}, **sections}


def statements(*resources: dict[str, Any], **sections: Any) -> list[dict[str, Any]]:
    made = template(*resources, **sections)
    found = boundary(Names(made, SCOPE, KNOWLEDGE))
    assert found is not None
    return [{key: it[key] for key in it if key != "Effect"} for it in found.document["Statement"]]


def granting(kind: str, **properties: Any) -> dict[str, Any]:
    document = {"Statement": allow("sqs:SendMessage")}
    return {"Type": f"AWS::IAM::{kind}", "Properties": {"PolicyDocument": document, **properties}}


PARAMETERS = {"Bucket": {"Type": "String"}, "Actions": {"Type": "CommaDelimitedList"}}
CONDITIONS = {"Big": {"Fn::Equals": [{"Ref": "Bucket"}, "x"]}}


@cases(
    ("resources", "expected"),
    {
        "inline policy": (
            [role(allow("s3:GetObject", {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}-x/*"}))],
            [{"Action": "s3:GetObject", "Resource": "arn:${AWS::Partition}:s3:::*-x/*"}],
        ),
        "policies of several roles": (
            [role(allow("s3:GetObject", "a")), role(allow(["s3:GetObject", "s3:PutObject"], "a"))],
            [{"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "a"}],
        ),
        "covered by a pattern": (
            [role(allow("s3:Get*"), allow("s3:GetObject", "a"))],
            [{"Action": "s3:Get*", "Resource": "*"}],
        ),
        "denied": (
            [role(allow("s3:*"), {"Effect": "Deny", "Action": "s3:*"})],
            [{"Action": "s3:*", "Resource": "*"}],
        ),
        "all but some actions": (
            [role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})],
            [{"NotAction": "iam:*", "Resource": "*"}],
        ),
        "all but unknown resources": (
            [role({"Effect": "Allow", "Action": "s3:*", "NotResource": {"Ref": "Bucket"}})],
            [{"Action": "s3:*", "Resource": "*"}],
        ),
        "statements in some launches": (
            [role({"Fn::If": ["Big", allow("s3:GetObject"), NOTHING]})],
            [{"Action": "s3:GetObject", "Resource": "*"}],
        ),
        "policies in some launches": (
            [
                role(
                    Policies={
                        "Fn::If": ["Big", [], [{"PolicyDocument": {"Statement": allow("s3:GetObject")}}]]
                    }
                )
            ],
            [{"Action": "s3:GetObject", "Resource": "*"}],
        ),
        "a condition": (
            [role(allow("s3:*", Condition={"StringEquals": {"a": "b"}, "Bool": {"c": "true"}}))],
            [
                {
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"c": ["true"]}, "StringEquals": {"a": ["b"]}},
                }
            ],
        ),
        "a condition that depends on the launch": (
            [
                role(
                    allow(
                        "s3:*",
                        Condition={
                            "ForAnyValue:StringEqualsIfExists": {"a": {"Ref": "Bucket"}},
                            "StringNotEquals": {"b": {"Ref": "Bucket"}},
                        },
                    )
                )
            ],
            [
                {
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"ForAnyValue:StringLikeIfExists": {"a": ["*"]}},
                }
            ],
        ),
        "policy variables": (
            [role(allow("s3:*", {"Fn::Sub": "a/${!aws:username}/${Bucket}"}))],
            [{"Action": "s3:*", "Resource": "a/${aws:username}/*"}],
        ),
        **{
            kind: (
                [role(), granting(kind)],
                [{"Action": "sqs:SendMessage", "Resource": "*"}],
            )
            for kind in ("Policy", "ManagedPolicy", "RolePolicy", "UserPolicy")
        },
        "a policy of AWS": (
            [role(ManagedPolicyArns=[BASIC])],
            [
                {
                    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": "*",
                }
            ],
        ),
        "a policy of the template": (
            [role(ManagedPolicyArns=[{"Ref": "R2"}]), granting("ManagedPolicy")],
            [{"Action": "sqs:SendMessage", "Resource": "*"}],
        ),
        "a resource's policy that names a role": (
            [
                role(),
                {
                    "Type": "AWS::SQS::QueuePolicy",
                    "Properties": {
                        "PolicyDocument": {
                            "Statement": [
                                {
                                    **allow("sqs:SendMessage", "q"),
                                    "Principal": {"AWS": {"Fn::GetAtt": "R1.Arn"}},
                                },
                                {**allow("sqs:*", "q"), "Principal": {"Service": "sns.amazonaws.com"}},
                            ]
                        }
                    },
                },
            ],
            [{"Action": "sqs:SendMessage", "Resource": "q"}],
        ),
    },
)
def test_a_boundary_allows_what_policies_give(
    resources: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    assert statements(*resources, Parameters=PARAMETERS, Conditions=CONDITIONS) == expected


def test_loops_make_roles_and_statements() -> None:
    loop = ["It", ["A", "B"], {"Role${It}": role(allow("sqs:SendMessage", "q-${It}"))}]
    found = Names({"Resources": {"Fn::ForEach::Each": loop}}, SCOPE, KNOWLEDGE)
    limit = boundary(found)
    assert limit is not None
    assert limit.document["Statement"] == [allow("sqs:SendMessage", ["q-A", "q-B"])]
    assert unbounded(found) == {f"no permissions boundary '{ARN}'": ["RoleA", "RoleB"]}


def test_a_template_without_roles_has_no_boundary() -> None:
    made = template({"Type": "AWS::SNS::Topic"}, granting("ManagedPolicy"))
    assert boundary(Names(made, SCOPE, KNOWLEDGE)) is None


@cases(
    ("resource", "message"),
    {
        "an unknown policy": (
            role(ManagedPolicyArns=["arn:aws:iam::111111111111:policy/ours"]),
            "R1 is given the policy 'arn:aws:iam::111111111111:policy/ours', whose content is not known",
        ),
        "any policy": (
            role(ManagedPolicyArns=[{"Ref": "Bucket"}]),
            r"R1 is given the policy '\*', whose content is not known",
        ),
        "any actions": (role(allow({"Ref": "Actions"})), "R1: the actions of a policy depend on the launch"),
        "any policy text": (
            role(Policies=[{"PolicyDocument": {"Ref": "Bucket"}}]),
            "R1: a policy is not readable",
        ),
        "a text": (role(Policies=[{"PolicyDocument": "x"}]), "R1: a policy is not readable"),
        "too much": (
            role(*(allow(f"iam:Get{'x' * 20}{n}", f"{n}") for n in range(200))),
            r"the permissions boundary has [0-9]+ characters, a policy can have 6144",
        ),
    },
)
def test_what_no_boundary_can_be_made_of(resource: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        statements(resource, Parameters=PARAMETERS)
    assert "permissions_boundary in product.yaml" in raised.value.hint


def test_a_boundary_is_as_exact_as_fits() -> None:
    """Of two services that together are too long, the one that saves most is widened."""
    few = [allow(f"sqs:Get{n}", f"arn:aws:sqs:::{'b' * 60}{n}") for n in range(10)]
    many = [allow(f"s3:Get{n}", f"arn:aws:s3:::{'a' * 60}{n}") for n in range(50)]
    found = statements(role(*few, *many))
    assert all({"Action": it["Action"], "Resource": it["Resource"]} in found for it in few)
    (wide,) = [it for it in found if isinstance(it["Action"], list)]
    assert [len(wide["Action"]), len(wide["Resource"])] == [50, 50]


def test_a_long_boundary_has_wider_resources_of_the_same_services() -> None:
    """The resources of a service together; IAM's stay exact."""
    passing = allow("iam:PassRole", "arn:aws:iam::1:role/x")
    many = [allow(f"s3:Get{n}", f"arn:aws:s3:::{'a' * 60}{n}") for n in range(50)]
    alike = [
        allow("sqs:SendMessage", f"arn:${{AWS::Partition}}:sqs:*:1:*-{'b' * 20}{n}-*-x") for n in range(50)
    ]
    found = statements(role(passing, *many, *alike))
    assert {"Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/x"} in found
    assert {"Action": "sqs:SendMessage", "Resource": "arn:${AWS::Partition}:sqs:*:1:*-x"} in found
    assert len(found) == 3
    assert len(str(found)) < POLICY_SIZE


@cases(
    ("properties", "wrong"),
    {
        "right": ({"PermissionsBoundary": {"Fn::Sub": ARN}}, ""),
        "of the launch": (
            {"PermissionsBoundary": {"Fn::If": ["Big", {"Ref": "Bucket"}, {"Fn::Sub": ARN}]}},
            "",
        ),
        "none": ({}, f"no permissions boundary '{ARN}'"),
        "none by a reference": ({"PermissionsBoundary": NOTHING}, f"no permissions boundary '{ARN}'"),
        "in some launches": (
            {"PermissionsBoundary": {"Fn::If": ["Big", {"Ref": "Bucket"}, NOTHING]}},
            f"no permissions boundary '{ARN}' in some launches",
        ),
        "another": (
            {"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
            f"permissions boundary 'arn:aws:iam::aws:policy/PowerUserAccess' instead of '{ARN}'",
        ),
        "malformed": ({"PermissionsBoundary": ["x"]}, f"permissions boundary 'x' instead of '{ARN}'"),
    },
)
@pytest.mark.parametrize("kind", ["Role", "User"])
def test_roles_and_users_need_the_boundary(properties: dict[str, Any], wrong: str, kind: str) -> None:
    made = template(
        {"Type": f"AWS::IAM::{kind}", "Properties": properties}, Parameters=PARAMETERS, Conditions=CONDITIONS
    )
    found = unbounded(Names(made, SCOPE, KNOWLEDGE))
    assert found == ({wrong: ["R1"]} if wrong else {})
    assert unbounded(Names(made, Scope(), KNOWLEDGE)) == {}


LIMIT = "arn:aws:iam::1:policy/limit"
LIMITED = "the boundary of the roles that it creates allows "


@cases(
    ("resource", "reasons"),
    {
        "reads": (role(allow(["iam:Get*", "iam:ListRoles", "s3:*"])), ()),
        "passing of own roles": (role(allow("iam:PassRole", {"Fn::GetAtt": "R1.Arn"})), ()),
        "passing of any role": (role(allow("iam:PassRole")), (f"{LIMITED}iam:PassRole of any role",)),
        "passing of launch roles": (
            role(allow("iam:PassRole", "arn:aws:iam::1:role/launch-*")),
            (f"{LIMITED}iam:PassRole of any role",),
        ),
        "any role's rights": (role(allow("sts:AssumeRole")), (f"{LIMITED}sts:AssumeRole of any role",)),
        "everything": (role(allow("*")), (f"{LIMITED}*",)),
        "a policy of AWS": (
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            (f"{LIMITED}*",),
        ),
        "writes": (role(allow(["iam:Put*", "iam:CreateUser"])), (f"{LIMITED}iam:CreateUser and iam:Put*",)),
        "writes under a boundary": (
            role(allow("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": LIMIT}})),
            (),
        ),
        "writes under any boundary": (
            role(allow("iam:CreateRole", Condition={"StringLike": {"iam:PermissionsBoundary": "*"}})),
            (f"{LIMITED}iam:CreateRole",),
        ),
        "writes under a boundary of AWS": (
            role(
                allow(
                    "iam:CreateRole",
                    Condition={
                        "ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
                    },
                )
            ),
            (f"{LIMITED}iam:CreateRole",),
        ),
        "writes without a boundary, too": (
            role(
                allow(
                    "iam:CreateRole", Condition={"StringEqualsIfExists": {"iam:PermissionsBoundary": LIMIT}}
                )
            ),
            (f"{LIMITED}iam:CreateRole",),
        ),
        "writes that no boundary is asked for": (
            role(
                allow(
                    ["iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary"],
                    Condition={"StringEquals": {"iam:PermissionsBoundary": LIMIT}},
                )
            ),
            (f"{LIMITED}iam:CreatePolicyVersion and iam:DeleteRolePermissionsBoundary",),
        ),
        "patterns of what takes a role": (
            role(allow(["iam:pass*", "sts:Assume?ole"])),
            (f"{LIMITED}iam:pass* of any role and sts:Assume?ole of any role",),
        ),
        "passing of what a pattern can be": (
            role(allow("iam:PassRole", "arn:aws:iam::1:role/laun?h-*")),
            (f"{LIMITED}iam:PassRole of any role",),
        ),
        "the organization's": (
            role(allow(["organizations:*", "sso:CreateAccountAssignment", "sso:CreateApplication"])),
            (f"{LIMITED}organizations:* and sso:CreateAccountAssignment",),
        ),
        "code of others": (
            role(allow(["lambda:Update*", "ssm:SendCommand"])),
            (f"{LIMITED}lambda:Update* on anything and ssm:SendCommand on anything",),
        ),
        "code of what ends alike": (
            role(allow("codebuild:StartBuild", "arn:aws:codebuild:*:1:project/*-dev-*-build")),
            (),
        ),
        "code of any function": (
            role(allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:1:function:*")),
            (f"{LIMITED}lambda:UpdateFunctionCode on anything",),
        ),
        "code of its own": (role(allow("lambda:Update*", "arn:aws:lambda:*:1:function:own-*")), ()),
        "all but some": (
            role({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            (f"{LIMITED}all actions but some",),
        ),
        "all but IAM": (
            role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            (f"{LIMITED}all actions but some",),
        ),
    },
)
def test_who_is_an_administrator(resource: dict[str, Any], reasons: tuple[str, ...]) -> None:
    made = template(resource)
    limit = boundary(Names(made, SCOPE, KNOWLEDGE))
    assert administrator(Names(made, SCOPE, KNOWLEDGE), limit) == reasons
    unlimited = ("nothing limits the policies of the roles and users that it creates",)
    assert administrator(Names(made, Scope(), KNOWLEDGE), None) == unlimited


def test_what_no_boundary_limits() -> None:
    types = [
        "IAM::Group",
        "IAM::Group",
        "SSO::Assignment",
        "Organizations::Policy",
        "CloudFormation::StackSet",
    ]
    made = template(*({"Type": f"AWS::{it}"} for it in types))
    assert administrator(Names(made, SCOPE, KNOWLEDGE), None) == (
        "no boundary limits what a group gives its users",
        "no boundary limits what a permission set gives its users",
        "no boundary limits what the organization gives its accounts",
        "no boundary limits what a stack set makes in other accounts",
    )


@cases(
    ("name", "reasons"),
    {
        "known": ("AdministratorAccess", (f"{LIMITED}*",)),
        "unknown": ("X", ("the content of the boundary 'arn:aws:iam::aws:policy/X' is not known",)),
        "harmless": ("AmazonS3ReadOnlyAccess", ()),
    },
)
def test_a_boundary_of_aws(name: str, reasons: tuple[str, ...]) -> None:
    scope = Scope(boundary=f"arn:aws:iam::aws:policy/{name}")
    assert administrator(Names(template(role()), scope, KNOWLEDGE), None) == reasons


@pytest.mark.parametrize("name", aws_policies())
def test_a_policy_of_aws_fits_a_boundary(name: str) -> None:
    arn = f"arn:${{AWS::Partition}}:iam::aws:policy/{name}"
    assert statements(role(ManagedPolicyArns=[{"Fn::Sub": arn}]))
