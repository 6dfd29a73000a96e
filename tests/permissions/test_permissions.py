from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from typing import Any

import pytest

from publisher.errors import InputError
from publisher.permissions import Knowledge, Need, Scope, explain, launch_policies, needs, policies
from publisher.permissions.iam_reference import action as iam_action
from publisher.permissions.known_types import Fact, UnknownTypeError
from publisher.permissions.policies import POLICIES_PER_ROLE, POLICY_SIZE
from publisher.permissions.trusts import trusts
from publisher.templates.resource_schemas import type_names
from tests.conftest import cases, raising

ROLE_TRUST = "AssumeRolePolicyDocument"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def role(*services: Any) -> dict[str, Any]:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": list(services)}}]}
    return {"Type": "AWS::IAM::Role", "Properties": {ROLE_TRUST: trust}}


def of(knowledge: Knowledge, resources: dict[str, Any], **sections: Any) -> tuple[Need, ...]:
    scope = Scope(ssm_parameters=("/own/*",))
    return needs({"Resources": resources, **sections}, scope=scope, knowledge=knowledge)


def beyond(knowledge: Knowledge, resources: dict[str, Any], **sections: Any) -> list[str]:
    """The actions that are not Service Catalog's own."""
    ours = {need for need in of(knowledge, {})}
    return sorted({need.action for need in of(knowledge, resources, **sections) if need not in ours})


def only(knowledge: Knowledge, resources: dict[str, Any], action: str) -> list[Need]:
    return [need for need in of(knowledge, resources) if need.action == action]


def test_service_catalog_itself(knowledge: Knowledge) -> None:
    found = of(knowledge, {})
    by_resources: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for need in found:
        by_resources.setdefault((need.resources, need.condition), set()).add(need.action)
    stacks = tuple(
        f"arn:${{AWS::Partition}}:cloudformation:*:${{AWS::AccountId}}:{name}/*"
        for name in ("stack/SC-${AWS::AccountId}-pp-*", "changeSet/SC-*")
    )
    assert {
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:DeleteStack",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:UpdateStack",
    } <= by_resources.pop((stacks, ""))
    assert by_resources == {
        (("*",), ""): {
            "cloudformation:DescribeStackDriftDetectionStatus",
            "cloudformation:GetTemplateSummary",
            "cloudformation:ValidateTemplate",
        },
        (("*",), '{"StringEquals":{"s3:ExistingObjectTag/servicecatalog:provisioning":["true"]}}'): {
            "s3:GetObject"
        },
        (("arn:${AWS::Partition}:s3:::publisher-*/content/*",), ""): {"s3:GetObject"},
    }


def test_actions_of_a_type_come_from_its_handlers_and_tagging(knowledge: Knowledge) -> None:
    assert beyond(knowledge, {"Group": {"Type": "AWS::SageMaker::ModelPackageGroup"}}) == [
        "sagemaker:AddTags",
        "sagemaker:CreateModelPackageGroup",
        "sagemaker:DeleteModelPackageGroup",
        "sagemaker:DeleteModelPackageGroupPolicy",
        "sagemaker:DeleteTags",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:GetModelPackageGroupPolicy",
        "sagemaker:ListModelPackageGroups",
        "sagemaker:ListTags",
        "sagemaker:PutModelPackageGroupPolicy",
    ]


def test_a_type_without_handlers_comes_from_the_facts(knowledge: Knowledge) -> None:
    found = only(knowledge, {"Build": {"Type": "AWS::CodeBuild::Project"}}, "codebuild:CreateProject")
    source = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html"
    assert found == [
        Need(
            action="codebuild:CreateProject",
            reason=f"AWS::CodeBuild::Project: the type's schema has no handlers ({source})",
            resources=("arn:${AWS::Partition}:codebuild:*:${AWS::AccountId}:project/Build-*",),
        )
    ]


@cases(
    ("type_name", "actions"),
    {
        "nothing is made": ("AWS::CloudFormation::WaitCondition", []),
        "facts": (
            "AWS::Glue::DevEndpoint",
            [
                "glue:CreateDevEndpoint",
                "glue:DeleteDevEndpoint",
                "glue:GetDevEndpoint",
                "glue:GetTags",
                "glue:TagResource",
                "glue:UntagResource",
                "glue:UpdateDevEndpoint",
            ],
        ),
        "additions": ("AWS::SNS::TopicPolicy", ["sns:GetTopicAttributes", "sns:SetTopicAttributes"]),
    },
)
def test_actions_of_a_type(knowledge: Knowledge, type_name: str, actions: list[str]) -> None:
    assert beyond(knowledge, {"It": {"Type": type_name}}) == actions


def test_entries_and_functions_that_are_malformed(knowledge: Knowledge) -> None:
    values = [{"Fn::Sub": [1]}, {"Fn::Sub": []}, {"Fn::If": 5}, {"Fn::GetAtt": []}, {"Ref": [1]}]
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": ["a"]},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsKeyId": values}},
    }
    assert "sns:CreateTopic" in beyond(knowledge, resources, Parameters={"P": 1}, Outputs={"O": values})
    assert beyond(knowledge, {}, Parameters=["P"]) == []


@cases(
    ("type_name", "why"),
    {
        "no handlers": ("AWS::Pinpoint::App", "its resource schema has no handlers"),
        "unknown": ("AWS::No::Such", "unknown resource type"),
        "not a resource": ("It", "unknown resource type"),
        "a nested stack": (
            "AWS::CloudFormation::Stack",
            "it is a nested stack, whose template is elsewhere",
        ),
        "a module": ("My::Own::Thing::MODULE", "it is a module, whose template is elsewhere"),
        "service wildcard": ("AWS::SCN::Instance", "its handlers require 'chime:*'"),
    },
)
def test_a_type_that_nothing_is_known_of(knowledge: Knowledge, type_name: str, why: str) -> None:
    hint = "set launch_role in product.yaml to an existing role"
    if not why.startswith("it is"):
        hint += ", or add the type to types in publisher/permissions/facts.yaml"
    with raising(InputError, f"the launch policy of {type_name} cannot be derived: {why}", hint):
        of(knowledge, {type_name: [] if type_name == "It" else {"Type": type_name}})


@cases(
    ("sections", "name"),
    {
        "transform": ({"Transform": "AWS::Serverless-2016-10-31"}, "AWS::Serverless-2016-10-31"),
        "one of several": ({"Transform": ["AWS::LanguageExtensions", "Mine"]}, "Mine"),
        "include": ({"Outputs": {"A": {"Fn::Transform": {"Name": "AWS::Include"}}}}, "AWS::Include"),
    },
)
def test_transforms_change_a_template(knowledge: Knowledge, sections: dict[str, Any], name: str) -> None:
    with raising(
        InputError,
        f"the launch policy of transform {name} cannot be derived: "
        "what it makes of the template is not known here",
        "set launch_role in product.yaml to an existing role",
    ):
        of(knowledge, {}, **sections)


def test_a_loop_over_a_parameter_can_make_anything(knowledge: Knowledge) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "t-${Name}"}}}
    loop = {"Fn::ForEach::Topics": ["Name", {"Ref": "Names"}, {"Topic${Name}": topic}]}
    found = only(knowledge, loop, "sns:CreateTopic")
    assert [need.resources for need in found] == [("arn:${AWS::Partition}:sns:*:${AWS::AccountId}:t-*",)]


@cases(
    ("listed", "corrected"),
    {
        "service in capitals": ("Batch:CreateJobQueue", ["batch:CreateJobQueue"]),
        "small letter": ("glue:putSchemaVersionMetadata", ["glue:PutSchemaVersionMetadata"]),
        "wildcard of one verb": ("ec2:Describe*", ["ec2:Describe*"]),
        "no action": ("s3:REST.PUT.OBJECT", []),
        "the API's name": ("S3:deletebucketcors", ["s3:PutBucketCORS"]),
        "two halves": ("kms:ReEncrypt", ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        "other roles": ("sts:AssumeRole", []),
        "no service": ("initech:ListReports", ["initech:ListReports"]),
        "empty": ("", []),
    },
)
def test_corrected(knowledge: Knowledge, listed: str, corrected: list[str]) -> None:
    assert list(knowledge.corrected([listed])) == corrected


@cases(
    ("listed", "message"),
    {
        "service": ("ec2:*", "its handlers require 'ec2:*'"),
        "everything": ("*", "its handlers require '*'"),
        "everything of everything": ("*:*", "its handlers require '*:*'"),
        "no name": ("ec2", "its handlers require 'ec2'"),
        "no action": (
            "ec2:Run.Instances",
            "its handlers require 'ec2:Run.Instances', which is not an IAM action",
        ),
        "wild inside": ("ec2:De*cribe*", "its handlers require 'ec2:De*cribe*', which is not an IAM action"),
    },
)
def test_never_let_through(knowledge: Knowledge, listed: str, message: str) -> None:
    with pytest.raises(UnknownTypeError, match=re.escape(message)):
        list(knowledge.corrected([listed]))


@pytest.mark.slow
def test_no_type_of_all_gets_a_wildcard_of_a_service_or_an_odd_action(knowledge: Knowledge) -> None:
    action = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+\*?")
    known, unknown = 0, set()
    for type_name in type_names():
        try:
            found = of(knowledge, {"It": {"Type": type_name}})
        except InputError:
            unknown.add(type_name)
            continue
        known += 1
        assert [need.action for need in found if not action.fullmatch(need.action)] == []
        for need in found:
            assert need.action != "iam:PassRole"
            assert need.action != "iam:CreateServiceLinkedRole" or need.resources != ("*",)
    assert known > 1700
    assert len(unknown) < 150


def test_facts_name_actions_that_iam_knows_and_pages_of_aws(knowledge: Knowledge) -> None:
    facts = knowledge.facts
    every: list[Fact] = [
        *(fact for one in trusts().values() for fact in one.needs),
        *facts.ssm_parameters,
        *facts.keys,
        *facts.dynamic_references.values(),
        *facts.parameter_types.values(),
        *facts.functions.values(),
        *facts.unscoped.values(),
        *facts.types.values(),
        *facts.removals.values(),
        *(fact for additions in facts.additions.values() for fact in additions),
    ]
    assert [fact for fact in every if not fact.source.startswith("https://docs.aws.amazon.com/")] == []
    # What AWS requires to the letter may have a wildcard.
    actions = {action for fact in every if not fact.sid for action in fact.actions}
    actions |= {action for corrected in facts.corrections.values() for action in corrected}
    assert sorted(action for action in actions if not iam_action(action) or "*" in action) == []


def test_facts_are_still_needed(knowledge: Knowledge) -> None:
    """A type that has got handlers since leaves the facts."""
    kept = []
    for type_name in knowledge.facts.types:
        try:
            knowledge.handler_actions(type_name)
        except UnknownTypeError:
            continue
        kept.append(type_name)
    assert kept == []


def own(logical_id: str) -> str:
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/SC-${{AWS::AccountId}}-pp-*-{logical_id}-*"


@cases(
    ("resources", "passed"),
    {
        "own role": (
            {
                "Role": role("codebuild.amazonaws.com"),
                "Build": {
                    "Type": "AWS::CodeBuild::Project",
                    "Properties": {"ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]}},
                },
            },
            [
                (
                    "Build (AWS::CodeBuild::Project) uses Role as ServiceRole",
                    own("Role"),
                    ["codebuild.amazonaws.com"],
                )
            ],
        ),
        "credentials of an integration, or the caller's": (
            {
                "Role": role("apigateway.amazonaws.com"),
                "Own": {
                    "Type": "AWS::ApiGatewayV2::Integration",
                    "Properties": {"CredentialsArn": {"Fn::GetAtt": ["Role", "Arn"]}},
                },
                "Caller": {
                    "Type": "AWS::ApiGateway::Method",
                    "Properties": {"Integration": {"Credentials": "arn:aws:iam::*:user/*"}},
                },
                "Other": {
                    "Type": "AWS::QuickSight::DataSource",
                    "Properties": {"Credentials": {"CopySourceArn": {"Ref": "AWS::StackName"}}},
                },
            },
            [
                (
                    "Own (AWS::ApiGatewayV2::Integration) uses Role as CredentialsArn",
                    own("Role"),
                    ["apigateway.amazonaws.com"],
                )
            ],
        ),
        "substituted service": (
            {
                "Role": role({"Fn::Sub": "events.${AWS::URLSuffix}"}),
                "Rule": {
                    "Type": "AWS::Events::Rule",
                    "Properties": {"Targets": [{"RoleArn": {"Fn::GetAtt": "Role.Arn"}}]},
                },
            },
            [("Rule (AWS::Events::Rule) uses Role as Targets.RoleArn", own("Role"), ["events.*"])],
        ),
        "several, one conditional": (
            {
                "One": role({"Fn::If": ["Cn", "sagemaker.amazonaws.com.cn", "sagemaker.amazonaws.com"]}),
                "Two": role("codepipeline.amazonaws.com"),
                "Pipeline": {
                    "Type": "AWS::CodePipeline::Pipeline",
                    "Properties": {"RoleArn": {"Fn::Sub": "${Two.Arn}"}},
                },
                "Domain": {
                    "Type": "AWS::SageMaker::Model",
                    "Properties": {
                        "ExecutionRoleArn": {
                            "Fn::If": ["Own", {"Fn::GetAtt": ["One", "Arn"]}, {"Ref": "AWS::NoValue"}]
                        }
                    },
                },
            },
            [
                (
                    "Domain (AWS::SageMaker::Model) uses One as ExecutionRoleArn",
                    own("One"),
                    ["sagemaker.amazonaws.com", "sagemaker.amazonaws.com.cn"],
                ),
                (
                    "Pipeline (AWS::CodePipeline::Pipeline) uses Two as RoleArn",
                    own("Two"),
                    ["codepipeline.amazonaws.com"],
                ),
            ],
        ),
        "roles from outside": (
            {
                "Log": {
                    "Type": "AWS::EC2::FlowLog",
                    "Properties": {
                        "DeliverLogsPermissionArn": {
                            "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/logs"
                        }
                    },
                },
                "Function": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {"Role": "arn:aws:iam::111111111111:role/worker"},
                },
            },
            [
                (
                    "Function (AWS::Lambda::Function) uses a role from outside the template as Role",
                    "arn:aws:iam::111111111111:role/worker",
                    ["lambda.amazonaws.com"],
                ),
                (
                    "Log (AWS::EC2::FlowLog) uses a role from outside the template as "
                    "DeliverLogsPermissionArn",
                    "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/logs",
                    ["vpc-flow-logs.amazonaws.com"],
                ),
            ],
        ),
        "assumed in another account, not passed": (
            {
                "Role": role("codepipeline.amazonaws.com"),
                "Pipeline": {
                    "Type": "AWS::CodePipeline::Pipeline",
                    "Properties": {
                        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                        "Stages": [
                            {"Actions": [{"RoleArn": {"Fn::Sub": "arn:aws:iam::${X}:role/x"}}]},
                            {"Actions": [{"RoleArn": "arn:aws:iam::222222222222:role/x"}]},
                        ],
                    },
                },
            },
            [
                (
                    "Pipeline (AWS::CodePipeline::Pipeline) uses Role as RoleArn",
                    own("Role"),
                    ["codepipeline.amazonaws.com"],
                )
            ],
        ),
        "instance profile, and no policy": (
            {
                "Role": role("ec2.amazonaws.com"),
                "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
                "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role"}]}},
            },
            [("Profile (AWS::IAM::InstanceProfile) uses Role as Roles", own("Role"), ["ec2.amazonaws.com"])],
        ),
        "named, not handed over": (
            {
                "Role": role("sagemaker.amazonaws.com"),
                "Arn": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
                },
                "Group": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker"}},
            },
            [],
        ),
    },
)
def test_roles_go_to_the_services_that_take_them(
    knowledge: Knowledge, resources: dict[str, Any], passed: list[tuple[str, str, list[str]]]
) -> None:
    assert only(knowledge, resources, "iam:PassRole") == [
        Need(
            action="iam:PassRole",
            reason=reason,
            resources=(arn,),
            condition=json.dumps({"StringLike": {"iam:PassedToService": services}}, separators=(",", ":")),
        )
        for reason, arn, services in passed
    ]


@cases(
    ("properties", "handed"),
    {
        "reference": ({"KmsMasterKeyId": {"Ref": "Key"}}, True),
        "alias": ({"KmsMasterKeyId": "alias/mine"}, True),
        "conditional": ({"KmsMasterKeyId": {"Fn::If": ["A", {"Ref": "Key"}, "x"]}}, True),
        "inside": ({"Store": [{"EncryptionKey": {"Id": {"Ref": "Key"}, "Type": "KMS"}}]}, True),
        "AWS's own": ({"KmsMasterKeyId": "alias/aws/sns"}, False),
        "AWS's ARN": ({"KmsMasterKeyId": {"Fn::Sub": "arn:${AWS::Partition}:kms:x:y:alias/aws/sns"}}, False),
        "a number": ({"KmsDataKeyReusePeriodSeconds": 300}, False),
        "none": ({"TopicName": "kms-key"}, False),
    },
)
def test_keys_that_are_handed_over(knowledge: Knowledge, properties: dict[str, Any], handed: bool) -> None:
    found = of(knowledge, {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}})
    of_keys = {(need.action, need.condition) for need in found if need.action.startswith("kms:")}
    via = '{"StringLike":{"kms:ViaService":["*.amazonaws.com","*.amazonaws.com.cn"]}}'
    assert of_keys == (
        {
            ("kms:CreateGrant", '{"Bool":{"kms:GrantIsForAWSResource":["true"]}}'),
            ("kms:Decrypt", via),
            ("kms:DescribeKey", ""),
            ("kms:Encrypt", via),
            ("kms:GenerateDataKey", via),
            ("kms:GenerateDataKeyWithoutPlaintext", via),
            ("kms:ReEncryptFrom", via),
            ("kms:ReEncryptTo", via),
        }
        if handed
        else set()
    )


def test_an_alias_is_not_handed_its_key(knowledge: Knowledge) -> None:
    resources = {"Alias": {"Type": "AWS::KMS::Alias", "Properties": {"TargetKeyId": {"Ref": "Key"}}}}
    assert only(knowledge, resources, "kms:CreateGrant") == []


@cases(
    ("declared", "actions"),
    {
        "text": ("String", []),
        "VPC": ("AWS::EC2::VPC::Id", ["ec2:DescribeVpcs"]),
        "list": ("List<AWS::EC2::Subnet::Id>", ["ec2:DescribeSubnets"]),
        "SSM": ("AWS::SSM::Parameter::Value<String>", ["ssm:GetParameters"]),
        "SSM name": ("AWS::SSM::Parameter::Name", ["ssm:GetParameters"]),
        "list from SSM": (
            "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
            ["ec2:DescribeSubnets", "ssm:GetParameters"],
        ),
    },
)
def test_parameters_that_cloudformation_looks_up(
    knowledge: Knowledge, declared: str, actions: list[str]
) -> None:
    assert beyond(knowledge, {}, Parameters={"It": {"Type": declared}}) == actions


def test_dynamic_references(knowledge: Knowledge) -> None:
    resources = {
        "Wait": {
            "Type": "AWS::CloudFormation::WaitConditionHandle",
            "Metadata": [
                "{{resolve:ssm:/a}}",
                {"b": "x {{resolve:secretsmanager:c}}"},
                "{{resolve:other:d}}",
            ],
        }
    }
    assert beyond(knowledge, resources) == ["secretsmanager:GetSecretValue", "ssm:GetParameters"]


def test_service_linked_roles_only_below_their_path(knowledge: Knowledge) -> None:
    found = only(knowledge, {"Domain": {"Type": "AWS::SageMaker::Domain"}}, "iam:CreateServiceLinkedRole")
    assert [need.resources for need in found] == [
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/*",)
    ]


def test_starting_content_does_not_open_every_bucket(knowledge: Knowledge) -> None:
    resources = {"Repository": {"Type": "AWS::CodeCommit::Repository"}}
    found = only(knowledge, resources, "s3:GetObject")
    assert [need for need in found if need.resources == ("*",) and not need.condition] == []


def test_explain(knowledge: Knowledge) -> None:
    found = of(knowledge, {"Topic": {"Type": "AWS::SNS::Topic"}})
    assert [need.action for need in explain(found, "SNS:createtopic")] == ["sns:CreateTopic"]
    assert [need.action for need in explain(found, "sns:*scribe")] == ["sns:Subscribe", "sns:Unsubscribe"]
    assert explain(found, "ec2:RunInstances") == ()
    wildcard = Need(action="ec2:Describe*", reason="")
    assert explain([wildcard], "ec2:DescribeVpcs") == (wildcard,)


def test_policy_documents() -> None:
    condition = '{"StringLike":{"iam:PassedToService":["events.amazonaws.com"]}}'
    found = [
        Need(action="vpc-lattice:GetService", reason="a"),
        Need(action="sns:Subscribe", reason="b"),
        Need(action="sns:CreateTopic", reason="c", resources=("a",)),
        Need(action="sns:CreateTopic", reason="d", resources=("a", "b")),
        Need(action="sns:ListTopics", reason="e"),
        Need(action="ec2:DescribeVpcs", reason="f"),
        Need(
            action="iam:PassRole",
            reason="g",
            condition=condition,
            resources=("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/a",),
        ),
        Need(action="s3:GetObject", reason="h", resources=("arn:${AWS::Partition}:s3:::a/*",)),
        Need(
            action="s3:GetObject", reason="i", resources=("arn:${AWS::Partition}:s3:::c/${AWS::AccountId}",)
        ),
    ]
    (policy,) = policies(found)
    assert policy.number == 1
    assert policy.document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountWide",
                "Effect": "Allow",
                "Action": ["ec2:DescribeVpcs", "sns:ListTopics", "sns:Subscribe", "vpc-lattice:GetService"],
                "Resource": "*",
            },
            {
                "Sid": "OnlyIam",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/a",
                "Condition": {"StringLike": {"iam:PassedToService": ["events.amazonaws.com"]}},
            },
            {
                "Sid": "OnlyS3",
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": [
                    "arn:${AWS::Partition}:s3:::a/*",
                    "arn:${AWS::Partition}:s3:::c/${AWS::AccountId}",
                ],
            },
            {
                "Sid": "OnlySns",
                "Effect": "Allow",
                "Action": ["sns:CreateTopic"],
                "Resource": ["a", "b"],
            },
        ],
    }
    resolved = policy.resolved(partition="aws-cn", account_id="111111111111")
    assert resolved["Statement"][2]["Resource"] == [
        "arn:aws-cn:s3:::a/*",
        "arn:aws-cn:s3:::c/111111111111",
    ]


def many(count: int) -> list[Need]:
    services = ("sns", "sqs", "ssm", "ec2")
    return [Need(action=f"{services[n % 4]}:Act{n:04}{'x' * 30}", reason="test") for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 120, 400, 1000])
def test_policies_hold_every_need_within_the_size_of_iam(count: int) -> None:
    found = policies(many(count))
    assert [policy for policy in found if len(policy.text) > POLICY_SIZE] == []
    assert [policy.number for policy in found] == list(range(1, len(found) + 1))
    statements = [statement for policy in found for statement in policy.document["Statement"]]
    assert sorted(action for statement in statements for action in statement["Action"]) == sorted(
        need.action for need in many(count)
    )
    size = sum(len(policy.text) for policy in found)
    assert len(found) <= size // (POLICY_SIZE // 2) + 1


def test_resources_that_no_policy_holds_at_once_are_split() -> None:
    arns = tuple(f"arn:aws:logs:*:1:log-group:/{'x' * 500}/{n:02}/{'y' * 100}" for n in range(16))
    found = policies([Need(action="logs:CreateLogGroup", reason="", resources=arns)])
    assert [policy for policy in found if len(policy.text) > POLICY_SIZE] == []
    statements = [statement for policy in found for statement in policy.document["Statement"]]
    assert sorted(arn for one in statements for arn in one["Resource"]) == sorted(arns)


def test_policies_do_not_depend_on_the_order_of_needs() -> None:
    shuffled = many(400)
    random.Random(7).shuffle(shuffled)
    assert policies(shuffled) == policies(many(400))


def test_more_policies_than_a_role_holds() -> None:
    with pytest.raises(InputError) as caught:
        policies(many(2000))
    taken = int(re.findall(r"requires (\d+)", caught.value.message)[0])
    assert taken > POLICIES_PER_ROLE
    assert caught.value.message == (
        f"the launch policy requires {taken} managed policies, a role can have at most {POLICIES_PER_ROLE}"
    )
    assert caught.value.hint == "split the product, or set launch_role to an existing role"


def test_launch_policies_of_a_template() -> None:
    template: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    found = launch_policies(template)
    statements = [statement for policy in found for statement in policy.document["Statement"]]
    assert [statement["Sid"] for statement in statements] == [
        "AccountWide",
        "AccountWide2",
        "OnlyCloudformation",
        "OnlyS3",
        "OnlySns",
    ]


def test_only_the_files_of_cfn_lint_are_read() -> None:
    code = (
        "import sys; from publisher.permissions import Knowledge; Knowledge.load(); "
        "print(sorted(name for name in ('cfnlint', 'boto3', 'moto') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
