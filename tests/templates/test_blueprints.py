"""The rules for templates that account vending launches: what each finds, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publisher.templates import template_digest
from publisher.templates.blueprints import BLUEPRINT_CHECKS
from publisher.templates.checks import check
from publisher.templates.lint import lint_each
from publisher.templates.render import Rendered, render
from tests.conftest import cases
from tests.templates.conftest import Project

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def role(name: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name}}}}


def bucket(name: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}}


def topic(name: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}}}}


def code(**fields: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": "AWS::Lambda::Function", "Properties": {"Code": fields}}}}


def parameter(**fields: Any) -> dict[str, Any]:
    return {"Parameters": {"P": {"Type": "String", **fields}}}


SSM = "AWS::SSM::Parameter::Value<String>"
AMI = "/aws/service/ami-amazon-linux-latest/al2023"
SPLIT = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
WHOLE = "x-${AWS::AccountId}-${AWS::Region}"


@cases(
    ("sections", "found"),
    {
        "inline code": (code(ZipFile="pass"), []),
        "code that is given": (code(S3Bucket={"Ref": "Topic"}, S3Key="k"), []),
        "code somewhere": (
            code(S3Bucket="assets", S3Key="k"),
            ["T120 bucket 'assets' is in another account"],
        ),
        "assets of CDK": (
            topic(sub("${AWS::AccountId}.dkr/cdk-hnb659fds-container-assets-x")),
            ["T120 'cdk-hnb659fds-container-assets-' is in another account"],
        ),
        "address of an object": (topic("s3://assets/x"), ["T120 's3://assets' is in another account"]),
        "address of a given object": (topic(sub("https://${Topic}.s3.amazonaws.com/x")), []),
        "public parameter": (parameter(Type=f"{SSM}", Default=AMI), []),
        "parameter of the account": (parameter(Type=SSM, Default="/a"), ["T121 parameter 'P' reads '/a'"]),
        "rule": (
            {
                **parameter(Type=SSM, Default="/a"),
                "Rules": {"Check": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "P"}, "1"]}}]}},
            },
            ["T121 parameter 'P' reads '/a'", "T121 rule 'Check' reads parameter 'P'"],
        ),
        "rule over a parameter": (
            {
                **parameter(Default=""),
                "Rules": {"Check": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "P"}, "1"]}}]}},
            },
            [],
        ),
        "dynamic reference": (topic("{{resolve:ssm:/a:1}}"), ["T121 the template reads '/a'"]),
        "own secret": (topic(sub("{{resolve:secretsmanager:${Secret}}}")), []),
        "import": (topic({"Fn::ImportValue": "vpc"}), ["T121 the template imports 'vpc'"]),
        "no name": (role({"Ref": "AWS::NoValue"}), []),
        "fixed name": (role("studio"), ["T122 RoleName 'studio' ends in neither Region nor account"]),
        "name of a parameter": (
            bucket(sub("x-${Topic}")),
            ["T122 BucketName 'x-{Topic}' ends in neither Region nor account"],
        ),
        "one of two": (
            role({"Fn::If": ["C", sub(WHOLE), "x"]}),
            ["T122 RoleName 'x[-{account_id}-{region}]' ends in neither Region nor account"],
        ),
        "of the stack": (bucket({"Fn::Join": ["-", ["x", SPLIT]]}), []),
        "whole name": (bucket(sub(WHOLE)), []),
        "role of the Region": (role(sub("x-${AWS::Region}")), []),
        "role of the account": (
            role({"Fn::Join": ["-", ["x", {"Ref": "AWS::AccountId"}]]}),
            ["T123 warning: RoleName 'x-{account_id}' is the same in other Regions"],
        ),
        "bucket of the Region": (
            bucket(sub("x-${AWS::Region}")),
            ["T123 warning: BucketName 'x-{region}' is the same in other accounts or Regions"],
        ),
        "default": (parameter(Default=""), []),
        "no default": (
            parameter(Description="P"),
            ["T124 parameter 'P' has no default, and does not say why"],
        ),
        "no default for a reason": (parameter(Description="The P. Required: nobody knows yours."), []),
        "output": ({"Outputs": {"O": {"Value": 1}}}, []),
        "export": (
            {"Outputs": {"O": {"Value": 1, "Export": {"Name": "vpc"}}}},
            ["T125 output 'O' is exported as 'vpc'"],
        ),
    },
)
def test_rules(rendering: Callable[..., Rendered], sections: dict[str, Any], found: list[str]) -> None:
    template = {**sections, "Resources": {**TOPIC, **sections.get("Resources", {})}}
    rendered = rendering(f"{{% raw %}}{template_digest.dump(template)}{{% endraw %}}")
    problems = check(rendered, BLUEPRINT_CHECKS)
    assert [str(it).split(": ", 1)[1] for it in problems] == found


def test_starting_content_is_out_of_reach(project: Project) -> None:
    text = "Resources:\n  R: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: {{ content.seed.key }} } }\n"
    (variant,) = project({"main.yaml.j2": text}, content={"seed": {"a": "a"}})
    (problem,) = check(render(variant), BLUEPRINT_CHECKS)
    assert problem.message == "starting content 'seed' is in the template bucket"


def test_they_are_for_blueprints(rendering: Callable[..., Rendered]) -> None:
    rendered = rendering("Resources: {R: {Type: 'AWS::S3::Bucket', Properties: {BucketName: studio}}}\n")
    ours = [
        [it.rule for it in lint_each([(rendered, ["us-west-2"])], blueprints=keys) if it.rule[0] == "T"]
        for keys in ((), ("fam",))
    ]
    assert ours == [[], ["T122"]]
