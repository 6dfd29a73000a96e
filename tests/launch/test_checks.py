"""Checks of every launch: what its parameters name, its template's endpoints, quotas, alerts, launch role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.clients import Aws
from publisher.declarations import load
from publisher.errors import InputError
from publisher.launch.checks.examination import Examination, examine
from publisher.launch.checks.quotas import quotas
from publisher.launch.checks.rule import Subject
from publisher.launch.preflight import Checking, prepare
from publisher.permissions import Scope, needs, policies, trust
from publisher.templates.render import Rendered, render
from tests.account import ACCOUNT, REGION
from tests.conftest import cases, raising, write_files
from tests.launch.account import NAME, PATH, PRODUCT, TITLE, Account, launch_request
from tests.policies import allowing

TEMPLATE = """
Parameters:
  Vpc: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", Default: /vpc/id}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Tables: {Type: CommaDelimitedList, Default: ""}
  PrivateDns: {Type: String, Default: "true"}
  Alerts: {Type: String, Default: ""}
Conditions:
  HasTables: !Not [!Equals [!Join ["", !Ref Tables], ""]]
  HasAlerts: !Not [!Equals [!Ref Alerts, ""]]
Resources:
  Api:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub "com.amazonaws.${AWS::Region}.sts"
      VpcId: !Ref Vpc
      SubnetIds: !Ref Subnets
      PrivateDnsEnabled: !Ref PrivateDns
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3"
      VpcId: !Ref Vpc
      RouteTableIds: !If [HasTables, !Ref Tables, !Ref "AWS::NoValue"]
  First: {Type: AWS::EC2::EIP}
  Second: {Type: AWS::EC2::EIP}
  Changes:
    Type: AWS::Events::Rule
    Condition: HasAlerts
    Properties:
      EventPattern:
        source: [aws.kms]
        detail-type: [AWS API Call via CloudTrail]
        detail: {eventSource: [kms.amazonaws.com], eventName: [DisableKey]}
"""
FAMILY = """
family: net
version: "1.0.0"
display_name: Net
owner: Platform
ssm_parameters: [/vpc/*]
template: template/main.yaml
"""
TRAIL_WITHOUT_KMS = [
    {
        "IncludeManagementEvents": True,
        "ReadWriteType": "All",
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
    }
]


@pytest.fixture
def rendered(tmp_path: Path) -> Rendered:
    root = write_files(
        tmp_path, {"products/net/product.yaml": FAMILY, "products/net/template/main.yaml": TEMPLATE}
    )
    (variant,) = load(root, configs=False).variants
    return render(variant)


class Network:
    """A VPC with a subnet and a route table, and ways to fill the account."""

    def __init__(self, account: Account) -> None:
        self.account, self.ec2 = account, account.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24")
        self.subnet = subnet["Subnet"]["SubnetId"]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        account.client("ssm").put_parameter(Name="/vpc/id", Value=self.vpc, Type="String")

    def endpoint(self, service: str, kind: str, **more: Any) -> str:
        name = f"com.amazonaws.{REGION}.{service}"
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, VpcEndpointType=kind, **more)
        id_: str = made["VpcEndpoint"]["VpcEndpointId"]
        return id_

    def has(self, what: str) -> None:
        match what:
            case "private DNS":
                self.endpoint("sts", "Interface", SubnetIds=[self.subnet], PrivateDnsEnabled=True)
            case "an endpoint":
                self.endpoint("sts", "Interface", SubnetIds=[self.subnet], PrivateDnsEnabled=False)
            case "a route":
                self.endpoint("s3", "Gateway", RouteTableIds=[self.table])
            case "four addresses":
                for _ in range(4):
                    self.ec2.allocate_address(Domain="vpc")
            case "a trail":
                self.trail()
            case "a trail without KMS":
                self.trail(EventSelectors=TRAIL_WITHOUT_KMS)
            case "a trail of reads":
                self.trail(EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}])
            case "a trail of others":
                self.trail(AdvancedEventSelectors=[{"FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]}]}])  # fmt: skip
            case "a stopped trail":
                self.trail()
                self.account.client("cloudtrail").stop_logging(Name="audit")

    def trail(self, **selectors: Any) -> None:
        place = {"LocationConstraint": REGION}
        self.account.s3.create_bucket(Bucket="audit-logs", CreateBucketConfiguration=place)
        trails = self.account.client("cloudtrail")
        trails.create_trail(Name="audit", S3BucketName="audit-logs")
        selectors = selectors or {
            "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
        }
        trails.put_event_selectors(TrailName="audit", **selectors)
        trails.start_logging(Name="audit")


@pytest.fixture
def network(account: Account) -> Network:
    return Network(account)


def subject(
    account: Account, rendered: Rendered, values: Mapping[str, str], *, role: str = "", **more: Any
) -> Subject:
    declared = rendered.template["Parameters"]
    described = [{"ParameterKey": key, "ParameterType": it["Type"]} for key, it in declared.items()]
    defaults = {key: it.get("Default", "") for key, it in declared.items()}
    return Subject(
        aws=account.aws,
        request=launch_request(),
        version="1.0.0",
        described={
            "ProvisioningArtifactParameters": described,
            "UsageInstructions": [{"Type": "launchAsRole", "Value": role}] if role else [],
        },
        values={**defaults, **values},
        template=rendered.template,
        variant=rendered.variant,
        **more,
    )


def flaws(found: Examination) -> list[str]:
    return [f"{it.rule.id} {it.status} {it.message}" for it in found.outcomes if it.status != "ok"]


NO_TRAIL = (
    "L302 warning us-west-2 has no trail that {} the management events that Changes waits for: "
    "these alerts are never sent"
)


EVERY_LAUNCH: dict[str, tuple[str, dict[str, str], str]] = {
    "nothing wrong": ("", {}, ""),
    "an SSM parameter that is missing": (
        "", {"Vpc": "/vpc/other"}, "L201 error SSM parameter /vpc/other not found, which Vpc names"
    ),
    "a subnet that is missing": (
        "",
        {"Subnets": "{subnet},subnet-0123456789abcdef0"},
        "L202 error subnet-0123456789abcdef0 not found, which Subnets names",
    ),
    "another endpoint without private DNS": ("an endpoint", {}, ""),
    "a private DNS name that is taken": (
        "private DNS",
        {},
        "L215 error endpoint {endpoint} in {vpc} already has the private DNS name of "
        "com.amazonaws.us-west-2.sts, which Api asks for",
    ),
    "a private DNS name that is not asked for": ("private DNS", {"PrivateDns": "false"}, ""),
    "a route table with a route": (
        "a route",
        {"Tables": "{table}"},
        "L216 error route table {table} already has a route to com.amazonaws.us-west-2.s3 by endpoint "
        "{endpoint}, and S3 would add another",
    ),
    "a route table without one": ("", {"Tables": "{table}"}, ""),
    "a quota": (
        "four addresses", {}, "L301 error 6 Elastic IP addresses of at most 5, 2 of them new"
    ),
    "alerts without a trail": ("", {"Alerts": "yes"}, NO_TRAIL.format("logs")),
    "alerts with a trail": ("a trail", {"Alerts": "yes"}, ""),
    "alerts with a stopped trail": ("a stopped trail", {"Alerts": "yes"}, NO_TRAIL.format("logs")),
    "alerts with a trail of reads": ("a trail of reads", {"Alerts": "yes"}, NO_TRAIL.format("logs")),
    "alerts with a trail of others": ("a trail of others", {"Alerts": "yes"}, NO_TRAIL.format("logs")),
    "alerts with a trail that leaves them out": (
        "a trail without KMS", {"Alerts": "yes"}, NO_TRAIL.format("includes")
    ),
}  # fmt: skip


@cases(("has", "values", "expected"), EVERY_LAUNCH)
def test_every_launch_is_checked(
    account: Account,
    network: Network,
    rendered: Rendered,
    has: str,
    values: dict[str, str],
    expected: str,
) -> None:
    network.has(has)
    endpoints = network.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    names = {"vpc": network.vpc, "subnet": network.subnet, "table": network.table}
    names["endpoint"] = endpoints[0]["VpcEndpointId"] if endpoints else ""
    filled = {"Subnets": network.subnet, **{key: text.format(**names) for key, text in values.items()}}
    found = flaws(examine(subject(account, rendered, filled)))
    assert found == ([expected.format(**names)] if expected else [])


def test_an_update_does_not_collide_with_its_own_launch(
    account: Account, network: Network, rendered: Rendered
) -> None:
    stacks = account.client("cloudformation")
    values = {"Subnets": network.subnet, "Tables": network.table}
    stacks.create_stack(
        StackName="mine",
        TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": key, "ParameterValue": text} for key, text in values.items()],
    )
    network.ec2.allocate_address(Domain="vpc")
    network.ec2.allocate_address(Domain="vpc")
    found = flaws(examine(subject(account, rendered, values, stack="mine")))
    assert found == []
    assert {it.split()[0] for it in flaws(examine(subject(account, rendered, values)))} == {
        "L215", "L216", "L301"
    }  # fmt: skip


LAUNCH_ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str, list[str]]] = {
    "everything": (("*",), (), "derived", []),
    "too little": (
        ("cloudformation:*", "ec2:*", "s3:*", "ssm:*"),
        (),
        "derived",
        ["L107 error launch role launch-net does not allow events:"],
    ),
    "too little within its boundary": (
        ("*",),
        ("cloudformation:*", "ec2:*", "events:*", "route53:*", "s3:*"),
        "derived",
        ["L107 error launch role launch-net does not allow ssm:GetParameter"],
    ),
    "a role of others": (
        ("cloudformation:*", "ec2:*", "s3:*", "ssm:*"),
        (),
        "launch-net",
        ["L108 warning launch role launch-net does not allow events:"],
    ),
}


@cases(("allowed", "boundary", "launch_role", "expected"), LAUNCH_ROLES)
def test_the_launch_role_is_simulated(
    account: Account,
    network: Network,
    rendered: Rendered,
    tmp_path: Path,
    allowed: tuple[str, ...],
    boundary: tuple[str, ...],
    launch_role: str,
    expected: list[str],
) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="launch-net", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="launch-net", PolicyName="all", PolicyDocument=allowing(*allowed))
    if boundary:
        arn = iam.create_policy(PolicyName="limit", PolicyDocument=allowing(*boundary))["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName="launch-net", PermissionsBoundary=arn)
    if launch_role != "derived":
        write_files(tmp_path, {"products/net/product.yaml": f"{FAMILY}launch_role: {launch_role}\n"})
        (variant,) = load(tmp_path, configs=False).variants
        rendered = render(variant)
    found = flaws(examine(subject(account, rendered, {"Subnets": network.subnet}, role="launch-net")))
    assert [text[: len(start)] for text, start in zip(found, expected, strict=True)] == expected


PROJECT = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:project/churn"
NOT_VISIBLE = (
    "choose a version that has it with --version, or ask the platform team to run publisher sync, which "
    "gives it to the newest that can be launched"
)
PROJECTS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "nothing wrong": ("s3", "", ("*",), ""),
    "a template that is not visible": (
        "s3",
        "hidden",
        ("*",),
        "L109 error s3://templates/hidden.yaml does not have the tag sagemaker:studio-visibility=true",
    ),
    "too little": (
        "s3",
        "",
        ("sagemaker:DescribeProject",),
        f"L110 warning ml-team-fraud does not allow sagemaker:CreateProject on {PROJECT} and iam:PassRole on "
        f"arn:aws:iam::{ACCOUNT}:role/deploy-{PRODUCT}",
    ),
    "too little for an update": (
        "service-catalog",
        "an update",
        ("sagemaker:CreateProject",),
        f"L110 warning ml-team-fraud does not allow sagemaker:UpdateProject on {PROJECT}",
    ),
    "nothing passed through Service Catalog": ("service-catalog", "", ("sagemaker:CreateProject",), ""),
}


@cases(("door", "what", "allowed", "expected"), PROJECTS)
def test_sagemaker_projects_are_checked(
    account: Account, door: Any, what: str, allowed: tuple[str, ...], expected: str
) -> None:
    account.client("iam").put_role_policy(
        RoleName="ml-team-fraud", PolicyName="all", PolicyDocument=allowing(*allowed)
    )
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="hidden.yaml", Body="{}")
    visible = "sagemaker:studio-visibility=true"
    s3.put_object(Bucket="templates", Key="visible.yaml", Body="{}", Tagging=visible)
    found = examine(
        Subject(
            aws=account.aws,
            request=launch_request(name="churn", sagemaker_project=door, alerts_address="x@example.com"),
            described={"TemplateId": f"s3://templates/{'hidden' if what == 'hidden' else 'visible'}.yaml"},
            stack="SC-mine" if what == "an update" else "",
            caller=account.aws.identity[1],
        )
    )
    assert [text for text in flaws(found) if "not checked" not in text] == ([expected] if expected else [])
    hints = [it.hint for it in found.outcomes if it.rule.id == "L109" and it.status == "error"]
    assert hints == ([NOT_VISIBLE] if what == "hidden" else [])


BLUEPRINTS: dict[str, tuple[set[str], str, str]] = {
    "a second one": (
        {"account-prod", TITLE},
        "",
        f"L111 error account {ACCOUNT} has a blueprint already: {NAME}, {TITLE} 1.0.0",
    ),
    "an update": ({"account-prod", TITLE}, "SC-mine", ""),
    "the first one": ({"account-prod", "Account: prod"}, "", ""),
    "no blueprint": (set(), "", ""),
}


@cases(("blueprints", "stack", "expected"), BLUEPRINTS)
def test_an_account_has_one_blueprint(
    account: Account, blueprints: set[str], stack: str, expected: str
) -> None:
    account.publish()
    account.launch(launch_request())
    request = launch_request(name="account", product="account-prod", blueprints=frozenset(blueprints))
    found = flaws(examine(Subject(aws=account.aws, request=request, stack=stack)))
    assert [text for text in found if text.startswith("L111")] == ([expected] if expected else [])


def test_what_the_caller_may_not_read_the_operations_role_reads(
    account: Account, network: Network, rendered: Rendered
) -> None:
    account.deny("ec2", "DescribeAddresses", code="UnauthorizedOperation")
    account.deny("ssm", "GetParameters")
    of_launch = subject(account, rendered, {"Subnets": network.subnet})
    assert (
        flaws(examine(of_launch))[-1]
        == "L302 not checked your role is not allowed to read the SSM parameters"
    )
    asked: list[str] = []

    def operations() -> Aws:
        asked.append("once")
        return Aws(region=REGION).assuming(f"arn:aws:iam::{ACCOUNT}:role/operations", region=REGION)

    assert flaws(examine(of_launch, operations=operations)) == []
    assert asked == ["once"]


def test_what_nobody_may_read_is_not_checked_and_the_rest_is(
    account: Account, network: Network, rendered: Rendered
) -> None:
    account.deny("kms", "ListKeys")
    account.deny("service-quotas", "GetServiceQuota")
    network.has("four addresses")
    found = flaws(examine(subject(account, rendered, {"Subnets": network.subnet})))
    assert found == ["L301 not checked ml-team-fraud is not allowed GetServiceQuota"]


def test_warnings_can_be_skipped_and_errors_cannot(
    account: Account, network: Network, rendered: Rendered
) -> None:
    of_launch = subject(account, rendered, {"Subnets": network.subnet, "Alerts": "yes"})
    assert [it.status for it in examine(of_launch, skip=["L302"]).outcomes if it.rule.id == "L302"] == [
        "skipped"
    ]
    with raising(
        InputError,
        "--skip L301: its errors cannot be skipped: The account's quotas have room for what the launch makes",
    ):
        examine(of_launch, skip=["L301"])
    with raising(InputError, "--skip 'L999' is not a check before a launch"):
        prepare(account.aws, launch_request(), report=print, checking=Checking(skip=["L999"]))


def test_launches_with_alerts_and_no_address_are_told(account: Account) -> None:
    account.publish()
    prepare(account.aws, launch_request(alerts_address=""), report=account.lines.append)
    assert account.lines[0] == (
        f"{NAME}: note: L205 no alerts are delivered: ml_product.alerts_email is not set in {PATH}; "
        "set ml_product.alerts_email, or subscribe to the topic of 'AlertsTopicArn'"
    )


def test_the_template_counts_that_was_published(account: Account, rendered: Rendered) -> None:
    """A version of another digest has another template than the files."""
    account.publish()
    prepare(account.aws, launch_request(), report=account.lines.append, checking=Checking(rendered=rendered))
    (unknown,) = account.lines
    assert unknown.endswith("not checked: the template of version 1.0.0 is not in the files")


def test_all_refusals_are_one_error() -> None:
    found = Examination(name=NAME, path=PATH, product=PRODUCT, version="1.0.0", outcomes=())
    assert (found.refusal(), list(found.lines())) == (None, [])


@cases("quota", {it.code: it for it in quotas()})
def test_quotas_can_be_counted(account: Account, quota: Any) -> None:
    """The operation is one of the service's client, and Service Quotas knows the quota."""
    from publisher.launch.checks.quotas import _room

    used, most = _room(account.aws, quota, "vpc-0123456789abcdef0" if quota.per else "")
    assert used >= 0
    assert most > 0


# IAM's names where they are not those of the client's operation.
ACTIONS = {"s3:ListBuckets": "s3:ListAllMyBuckets", "elbv2:DescribeLoadBalancers": "elasticloadbalancing:"}


@cases("quota", {it.code: it for it in quotas()})
def test_operations_roles_may_count_what_quotas_limit(quota: Any) -> None:
    service, operation, _ = quota.used.split(" ", 2)
    words = "".join(it.capitalize() for it in operation.split("_")).replace("Db", "DB")
    action = ACTIONS.get(f"{service}:{words}", f"{service}:{words}")
    allowed = {one for fact in trust("person").needs for one in fact.actions if fact.resources == ("*",)}
    assert any(one.startswith(action) for one in allowed), action


def test_the_operations_role_reads_all_that_preflight_asks(
    account: Account, network: Network, rendered: Rendered
) -> None:
    """With its policy as it is printed, and nothing else; IAM's own engine says what is missing."""
    scope = Scope(for_="person", ssm_parameters=("/vpc/*",), stack=trust("person").named, region=REGION)
    iam, role = account.client("iam"), "operations"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    for one in policies(needs(rendered.template, scope=scope)):
        document = json.dumps(one.resolved(partition="aws", account_id=ACCOUNT))
        iam.put_role_policy(RoleName=role, PolicyName=f"p{one.number}", PolicyDocument=document)
    asked = {
        "*": ["servicequotas:GetServiceQuota", "cloudtrail:DescribeTrails", "ec2:DescribeVpcEndpoints"],
        f"arn:aws:iam::{ACCOUNT}:role/launch-net": ["iam:GetRole", "iam:SimulatePrincipalPolicy"],
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/vpc/id": ["ssm:GetParameters"],
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-{ACCOUNT}-pp-a/b": [
            "cloudformation:DetectStackDrift",
            "cloudformation:CreateChangeSet",
            "cloudformation:ListStackResources",
        ],
    }
    for resource, actions in asked.items():
        results = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            ActionNames=actions,
            ResourceArns=[resource],
        )["EvaluationResults"]
        denied = [it["EvalActionName"] for it in results if it["EvalDecision"] != "allowed"]
        assert denied == [], resource
