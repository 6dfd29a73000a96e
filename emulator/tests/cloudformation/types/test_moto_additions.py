"""Calls that moto's services lack and the resource types need."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import install, sns
from tests.conftest import cases
from tests.servicecatalog.account import refused

from .conftest import Handlers, Resources, client
from .resource_cases import pipeline, publish

GROUP = "arn:aws:logs:us-west-2:123456789012:log-group:/ml/x"


def test_project_keeps_all_members(resources: Resources) -> None:
    resources.make("Project")
    (project,) = client("codebuild").batch_get_projects(names=["proj"])["projects"]
    assert project["encryptionKey"] == resources.made["Key"].attributes["Arn"]
    assert project["source"] == {"type": "CODEPIPELINE", "buildspec": "buildspec.yml"}
    assert (project["timeoutInMinutes"], project["queuedTimeoutInMinutes"]) == (30, 480)
    assert {tag["key"] for tag in project["tags"]} == {"own", "team", "aws:cloudformation:stack-name"}


def test_project_has_the_types_of_the_service(resources: Resources) -> None:
    resources.make("ProjectInOtherSpelling")
    (project,) = client("codebuild").batch_get_projects(names=["other"])["projects"]
    types = [project[part]["type"] for part in ("source", "artifacts", "environment")]
    assert types == ["NO_SOURCE", "NO_ARTIFACTS", "LINUX_CONTAINER"]


def test_update_project_needs_a_project() -> None:
    with pytest.raises(ClientError, match="Project cannot be found: nothing"):
        client("codebuild").update_project(name="nothing")


def test_other_sources_need_a_location() -> None:
    with pytest.raises(ClientError, match="Project source location is required"):
        client("codebuild").create_project(
            name="project",
            source={"type": "S3"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole="arn:aws:iam::123456789012:role/r",
        )


def test_pipeline_is_as_declared(resources: Resources) -> None:
    resources.make("Pipeline")
    held = client("codepipeline").get_pipeline(name="pipe")["pipeline"]
    assert (held["pipelineType"], held["executionMode"], held["version"]) == ("V2", "QUEUED", 1)
    assert held["stages"][0]["actions"][0]["configuration"]["PollForSourceChanges"] == "false"
    tags = client("codepipeline").list_tags_for_resource(
        resourceArn="arn:aws:codepipeline:us-west-2:123456789012:pipe"
    )
    assert {tag["key"]: tag["value"] for tag in tags["tags"]} == {
        "own": "1",
        "team": "ml",
        "aws:cloudformation:stack-name": "test",
    }


def test_pipeline_state_shows_disabled_transition(handlers: Handlers, resources: Resources) -> None:
    resources.make("Role")
    closed = {"StageName": "Build", "Reason": "not yet"}
    properties: dict[str, Any] = {
        "Name": "p",
        "RoleArn": resources.made["Role"].attributes["Arn"],
        "ArtifactStore": {"Type": "S3", "Location": "ml-artifacts"},
        "Stages": pipeline("CodeBuild"),
    }
    kind = handlers("AWS::CodePipeline::Pipeline")
    kind.create(**properties, DisableInboundStageTransitions=[closed])
    state = client("codepipeline").get_pipeline_state(name="p")["stageStates"]
    assert [stage["inboundTransitionState"]["enabled"] for stage in state] == [True, False]
    kind.update("p", {**properties, "DisableInboundStageTransitions": [closed]}, properties)
    state = client("codepipeline").get_pipeline_state(name="p")["stageStates"]
    assert [stage["inboundTransitionState"]["enabled"] for stage in state] == [True, True]


def test_repository_has_its_first_commit(resources: Resources) -> None:
    resources.make("Repository")
    codecommit = client("codecommit")
    made = resources.made["Repository"]
    (row,) = codecommit.list_repositories()["repositories"]
    assert row == {"repositoryName": "repo", "repositoryId": made.physical_id}
    assert codecommit.list_branches(repositoryName="repo")["branches"] == ["main"]
    assert len(codecommit.get_branch(repositoryName="repo", branchName="main")["branch"]["commitId"]) == 40
    assert codecommit.get_file(repositoryName="repo", filePath="README.md")["fileContent"] == b"hello"
    assert codecommit.get_repository(repositoryName="repo")["repositoryMetadata"]["defaultBranch"] == "main"
    with pytest.raises(ClientError, match="Branch other does not exist in repository repo"):
        codecommit.get_branch(repositoryName="repo", branchName="other")


def test_repository_can_be_renamed(handlers: Handlers) -> None:
    repository = handlers("AWS::CodeCommit::Repository")
    before, after = {"RepositoryName": "a"}, {"RepositoryName": "b"}
    made = repository.create(**before)
    renamed = repository.update(made.physical_id, before, after)
    assert renamed.physical_id == made.physical_id
    assert renamed.attributes["Arn"] == "arn:aws:codecommit:us-west-2:123456789012:b"
    repository.create(**before)
    with pytest.raises(ClientError, match="Repository named a already exists"):
        repository.update(made.physical_id, after, before)


def test_log_group_resource_policy() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    document = json.dumps(publish("a"))
    logs.put_resource_policy(resourceArn=GROUP, policyDocument=document)
    logs.put_resource_policy(policyName="of the account", policyDocument=document)
    (own,) = logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"]
    assert (own["resourceArn"], own["policyDocument"]) == (GROUP, document)
    (other,) = logs.describe_resource_policies()["resourcePolicies"]
    assert other["policyName"] == "of the account"
    logs.delete_resource_policy(resourceArn=GROUP)
    logs.delete_resource_policy(policyName="of the account")
    assert logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"] == []
    with pytest.raises(ClientError, match="No policy exists for resource"):
        logs.delete_resource_policy(resourceArn=GROUP)


def test_resource_policy_needs_a_log_group() -> None:
    with pytest.raises(ClientError) as error:
        client("logs").put_resource_policy(resourceArn=GROUP, policyDocument="{}")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_log_group_key_can_be_changed() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    logs.associate_kms_key(logGroupName="/ml/x", kmsKeyId="arn:aws:kms:us-west-2:123456789012:key/k")
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"].endswith("key/k")
    logs.disassociate_kms_key(logGroupName="/ml/x")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


@pytest.mark.parametrize("more", [False, True], ids=["alone", "with a queue"])
def test_bucket_shows_event_bridge_configuration(more: bool) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    if more:
        client("sqs").create_queue(QueueName="q")
        queue = {"QueueArn": "arn:aws:sqs:us-west-2:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
        configuration["QueueConfigurations"] = [queue]
    s3.put_bucket_notification_configuration(Bucket="bbb", NotificationConfiguration=configuration)
    shown = s3.get_bucket_notification_configuration(Bucket="bbb")
    assert shown["EventBridgeConfiguration"] == {}
    assert ("QueueConfigurations" in shown) == more


@cases("member", {"origin": "AllowedOrigins", "header": "AllowedHeaders"})
def test_cors_rules_have_one_wildcard_a_value(member: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.sagemaker.aws"]}
    s3.put_bucket_cors(Bucket="bbb", CORSConfiguration={"CORSRules": [rule]})
    with refused("InvalidRequest", f'{member[:-1]} "*.x.*" can not have more than one wildcard.'):
        s3.put_bucket_cors(Bucket="bbb", CORSConfiguration={"CORSRules": [{**rule, member: ["*.x.*"]}]})
    assert s3.get_bucket_cors(Bucket="bbb")["CORSRules"] == [rule]


@cases("call", {"bucket": "list_objects_v2", "object": "get_object"})
def test_a_bucket_is_refused_to_who_expects_another_owner(call: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="bbb", Key="a", Body=b"a")
    members = {"Bucket": "bbb", **({"Key": "a"} if call == "get_object" else {})}
    assert getattr(s3, call)(**members, ExpectedBucketOwner="123456789012")
    with refused("AccessDenied", "Access Denied"):
        getattr(s3, call)(**members, ExpectedBucketOwner="222222222222")


def _rule(*targets: dict[str, Any], state: str = "ENABLED") -> None:
    events = client("events")
    pattern = json.dumps({"source": ["aws.codepipeline"]})
    events.put_rule(Name="r", EventPattern=pattern, State=state)
    events.put_targets(Rule="r", Targets=list(targets))
    entry = {
        "Source": "aws.codepipeline",
        "DetailType": "failed",
        "Detail": json.dumps({"pipeline": "p", "n": 3}),
    }
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@cases(
    ("input_of_target", "body"),
    {
        "constant": ({"Input": '"constant"'}, '"constant"'),
        "transformed": (
            {
                "InputTransformer": {
                    "InputPathsMap": {"p": "$.detail.pipeline", "n": "$.detail.n"},
                    "InputTemplate": '"Pipeline <p> failed"\n"<n> times"',
                }
            },
            "Pipeline p failed\n3 times",
        ),
    },
)
def test_rule_delivers_input_to_topic(input_of_target: dict[str, Any], body: str) -> None:
    install()
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    (asked,) = sns.mails()
    assert asked.link is not None
    sns.confirm(topic, asked.link.rsplit("Token=", 1)[1])
    _rule({"Id": "a", "Arn": topic, **input_of_target})
    assert [mail.body for mail in sns.mails()[1:]] == [body]


def test_rule_delivers_event_and_starts_pipeline(resources: Resources) -> None:
    resources.make("Pipeline")
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    start = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="start", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [start]})
    client("iam").put_role_policy(RoleName="start", PolicyName="p", PolicyDocument=document)
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    queue = "arn:aws:sqs:us-west-2:123456789012:q"
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    _rule(
        {"Id": "f", "Arn": "arn:aws:lambda:us-west-2:123456789012:function:f"},
        {
            "Id": "l",
            "Arn": "arn:aws:codepipeline:us-west-2:123456789012:pipe",
            "RoleArn": role,
        },
        {"Id": "n", "Arn": "arn:aws:codepipeline:us-west-2:123456789012:none", "RoleArn": role},
        {"Id": "t", "Arn": topic},
        {"Id": "u", "Arn": f"{topic}-gone"},
    )
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(json.loads(message["Body"])["Message"])
    assert (event["source"], event["detail"]) == ("aws.codepipeline", {"pipeline": "p", "n": 3})
    executions = client("codepipeline").list_pipeline_executions(pipelineName="pipe")
    triggers = [one["trigger"]["triggerType"] for one in executions["pipelineExecutionSummaries"]]
    assert triggers == ["CloudWatchEvent", "CreatePipeline"]


def test_disabled_rule_delivers_nothing() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ml/x")
    _rule({"Id": "l", "Arn": GROUP}, state="DISABLED")
    assert logs.describe_log_streams(logGroupName="/ml/x")["logStreams"] == []


def test_rule_delivers_to_each_log_group() -> None:
    logs = client("logs")
    for name in ("/ml/x", "/ml/y"):
        logs.create_log_group(logGroupName=name)
    _rule({"Id": "x", "Arn": GROUP}, {"Id": "y", "Arn": GROUP.replace("/x", "/y")})
    for name in ("/ml/x", "/ml/y"):
        assert len(logs.describe_log_streams(logGroupName=name)["logStreams"]) == 1


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_model_package_group_policy_is_missing(operation: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    with pytest.raises(ClientError, match="Cannot find resource policy for"):
        getattr(sagemaker, f"{operation}_model_package_group_policy")(ModelPackageGroupName="g")


def test_delete_model_package_needs_a_package() -> None:
    with pytest.raises(ClientError, match="ModelPackage nothing does not exist"):
        client("sagemaker").delete_model_package(ModelPackageName="nothing")


NO_VPC, NO_SUBNET, NO_GROUP = (f"{kind}-{'0' * 17}" for kind in ("vpc", "subnet", "sg"))
TAG = {"Key": "own", "Value": "1"}
ENDPOINT = {"ServiceName": "com.amazonaws.us-west-2.s3"}


@cases(
    ("operation", "arguments", "message"),
    {
        "group": (
            "create_security_group",
            {"GroupName": "g", "Description": "g", "VpcId": NO_VPC},
            "(InvalidVpcID.NotFound)",
        ),
        "subnet": ("create_subnet", {"VpcId": NO_VPC, "CidrBlock": "10.0.0.0/24"}, "(InvalidVpcID.NotFound)"),
        "table": ("create_route_table", {"VpcId": NO_VPC}, "(InvalidVpcID.NotFound)"),
        "ACL": ("create_network_acl", {"VpcId": NO_VPC}, "(InvalidVpcID.NotFound)"),
        "endpoint": ("create_vpc_endpoint", {**ENDPOINT, "VpcId": NO_VPC}, "(InvalidVpcID.NotFound)"),
        "endpoint in subnets": (
            "create_vpc_endpoint",
            {**ENDPOINT, "VpcId": "@", "VpcEndpointType": "Interface", "SubnetIds": [NO_SUBNET]},
            "(InvalidSubnetID.NotFound)",
        ),
        "endpoint with groups": (
            "create_vpc_endpoint",
            {**ENDPOINT, "VpcId": "@", "VpcEndpointType": "Interface", "SecurityGroupIds": [NO_GROUP]},
            "(InvalidGroup.NotFound)",
        ),
        "endpoint with routes": (
            "create_vpc_endpoint",
            {**ENDPOINT, "VpcId": "@", "RouteTableIds": ["rtb-0"]},
            "(InvalidRouteTableID.NotFound)",
        ),
        "interface": ("create_network_interface", {"SubnetId": NO_SUBNET}, "(InvalidSubnetID.NotFound)"),
        "gateway": ("create_nat_gateway", {"SubnetId": NO_SUBNET}, "(InvalidSubnetID.NotFound)"),
        "no gateway": ("delete_nat_gateway", {"NatGatewayId": "nat-0"}, "(NatGatewayNotFound)"),
        "attachment": (
            "create_transit_gateway_vpc_attachment",
            {"TransitGatewayId": "tgw-0", "VpcId": "@", "SubnetIds": [NO_SUBNET]},
            "(InvalidSubnetID.NotFound)",
        ),
        "transit gateway": (
            "delete_transit_gateway",
            {"TransitGatewayId": "tgw-0"},
            "(InvalidTransitGatewayID.NotFound)",
        ),
        "instances": (
            "run_instances",
            {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "SecurityGroupIds": [NO_GROUP]},
            "(InvalidGroup.NotFound)",
        ),
    },
)
def test_what_is_not_there_is_refused(operation: str, arguments: dict[str, Any], message: str) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    named = {name: vpc if value == "@" else value for name, value in arguments.items()}
    with pytest.raises(ClientError) as refusal:
        getattr(client("ec2"), operation)(**named)
    assert message in str(refusal.value)
    if "Vpc" in message:
        assert refusal.value.response["Error"]["Message"] == f"The vpc ID '{NO_VPC}' does not exist"


class Network:
    """A VPC with a subnet and a security group."""

    def __init__(self) -> None:
        ec2 = client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self._subnet("a")
        self.other = self._subnet("b")
        made = ec2.create_security_group(GroupName="g", Description="g", VpcId=self.vpc)
        self.group = made["GroupId"]

    def _subnet(self, zone: str) -> str:
        block = f"10.0.{ord(zone)}.0/24"
        made = client("ec2").create_subnet(
            VpcId=self.vpc, CidrBlock=block, AvailabilityZone=f"us-west-2{zone}"
        )
        return str(made["Subnet"]["SubnetId"])

    def attach(self) -> Any:
        """An attachment to a transit gateway, with a tag."""
        ec2 = client("ec2")
        transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        made = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=transit,
            VpcId=self.vpc,
            SubnetIds=[self.subnet],
            TagSpecifications=[{"ResourceType": "transit-gateway-attachment", "Tags": [TAG]}],
        )
        return made["TransitGatewayVpcAttachment"]

    def use(self, user: str) -> Callable[[], Any]:
        """Make a user of the network; returns what ends it."""
        ec2, groups = client("ec2"), [self.group]
        match user:
            case "interface":
                made = ec2.create_network_interface(SubnetId=self.subnet, Groups=groups)
                eni = made["NetworkInterface"]["NetworkInterfaceId"]
                return lambda: ec2.delete_network_interface(NetworkInterfaceId=eni)
            case "endpoint":
                made = ec2.create_vpc_endpoint(
                    VpcId=self.vpc,
                    VpcEndpointType="Interface",
                    SubnetIds=[self.subnet],
                    SecurityGroupIds=groups,
                    **ENDPOINT,
                )
                endpoint = made["VpcEndpoint"]["VpcEndpointId"]
                return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
            case "instance":
                image = ec2.describe_images()["Images"][0]["ImageId"]
                made = ec2.run_instances(
                    ImageId=image, MinCount=1, MaxCount=1, SubnetId=self.subnet, SecurityGroupIds=groups
                )
                instance = made["Instances"][0]["InstanceId"]
                return lambda: ec2.terminate_instances(InstanceIds=[instance])
            case "NAT gateway":
                made = ec2.create_nat_gateway(SubnetId=self.subnet, ConnectivityType="private")
                gateway = made["NatGateway"]["NatGatewayId"]
                return lambda: ec2.delete_nat_gateway(NatGatewayId=gateway)
            case "load balancer":
                elb = client("elbv2")
                made = elb.create_load_balancer(
                    Name="b", Subnets=[self.subnet, self.other], SecurityGroups=groups
                )
                arn = made["LoadBalancers"][0]["LoadBalancerArn"]
                return lambda: elb.delete_load_balancer(LoadBalancerArn=arn)
            case "rule":
                made = ec2.create_security_group(GroupName="h", Description="h", VpcId=self.vpc)
                rule = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": self.group}]}]
                ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=rule)
                return lambda: ec2.delete_security_group(GroupId=made["GroupId"])
            case "internet gateway":
                gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
                ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
                return lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
            case "attachment":
                attached = self.attach()["TransitGatewayAttachmentId"]
                return lambda: ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attached)
        return lambda: ec2.delete_security_group(GroupId=self.group)


@pytest.mark.usefixtures("images")
@cases(
    ("user", "used"),
    {
        "group of an interface": ("interface", "group"),
        "group of an endpoint": ("endpoint", "group"),
        "group of an instance": ("instance", "group"),
        "group of a load balancer": ("load balancer", "group"),
        "group of a rule": ("rule", "group"),
        "subnet of an interface": ("interface", "subnet"),
        "subnet of an endpoint": ("endpoint", "subnet"),
        "subnet of an instance": ("instance", "subnet"),
        "subnet of a NAT gateway": ("NAT gateway", "subnet"),
        "VPC with an internet gateway": ("internet gateway", "vpc"),
        "subnet of an attachment": ("attachment", "subnet"),
        "VPC with a group": ("group", "vpc"),
    },
)
def test_what_is_in_use_is_not_deleted(user: str, used: str) -> None:
    ec2, network = client("ec2"), Network()
    end = network.use(user)
    if used == "vpc":
        for subnet in (network.subnet, network.other):
            ec2.delete_subnet(SubnetId=subnet)
        if user != "group":
            ec2.delete_security_group(GroupId=network.group)

    def delete() -> None:
        if used == "group":
            ec2.delete_security_group(GroupId=network.group)
        elif used == "subnet":
            ec2.delete_subnet(SubnetId=network.subnet)
        else:
            ec2.delete_vpc(VpcId=network.vpc)

    with pytest.raises(ClientError) as refusal:
        delete()
    identity = getattr(network, used)
    assert refusal.value.response["Error"] == {
        "Code": "DependencyViolation",
        "Message": {
            "group": f"resource {identity} has a dependent object",
            "subnet": f"The subnet '{identity}' has dependencies and cannot be deleted.",
            "vpc": f"The vpc '{identity}' has dependencies and cannot be deleted.",
        }[used],
    }
    end()
    delete()


FUNCTION: dict[str, Any] = {"FunctionName": "f", "Handler": "a.b", "Code": {"ZipFile": b"x"}}


@cases(
    ("runtime", "message"),
    {
        "retired": ("nodejs12.x", "The runtime parameter of nodejs12.x is no longer supported for creating"),
        "unknown": ("python99", "Value python99 at 'runtime' failed to satisfy constraint: Member must"),
    },
)
def test_runtimes(runtime: str, message: str, resources: Resources) -> None:
    resources.make("Role")
    role, functions = resources.made["Role"].attributes["Arn"], client("lambda")
    with pytest.raises(ClientError, match=rf"\(InvalidParameterValueException\).*{message}"):
        functions.create_function(**FUNCTION, Runtime=runtime, Role=role)
    functions.create_function(**FUNCTION, Runtime="python3.13", Role=role)
    with pytest.raises(ClientError, match=message):
        functions.update_function_configuration(FunctionName="f", Runtime=runtime)
    assert functions.get_function_configuration(FunctionName="f")["Runtime"] == "python3.13"

    cloudformation = client("cloudformation")
    properties = {"Runtime": runtime, "Role": role, "Handler": "a.b", "Code": {"ZipFile": "x"}}
    template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    cloudformation.create_stack(StackName="one", TemplateBody=json.dumps(template), DisableValidation=True)
    events = cloudformation.describe_stack_events(StackName="one")["StackEvents"]
    assert [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]


def test_budgets_are_updated_and_have_tags() -> None:
    budgets = client("budgets")
    account = {"AccountId": "123456789012"}
    budget = {"BudgetName": "ml", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
    arn = {"ResourceARN": "arn:aws:budgets::123456789012:budget/ml"}
    with pytest.raises(ClientError, match="Unable to get budget: ml - the budget"):
        budgets.list_tags_for_resource(**arn)
    tags = [{"Key": "team", "Value": "ml"}]
    budgets.create_budget(
        Budget={**budget, "BudgetLimit": {"Amount": "10", "Unit": "USD"}}, ResourceTags=tags, **account
    )
    period = budgets.describe_budget(BudgetName="ml", **account)["Budget"]["TimePeriod"]
    budgets.update_budget(NewBudget={**budget, "BudgetLimit": {"Amount": "20", "Unit": "USD"}}, **account)
    held = budgets.describe_budget(BudgetName="ml", **account)["Budget"]
    assert (held["BudgetLimit"], held["TimePeriod"]) == ({"Amount": "20", "Unit": "USD"}, period)
    budgets.tag_resource(
        ResourceTags=[{"Key": "team", "Value": "data"}, {"Key": "stage", "Value": "dev"}], **arn
    )
    budgets.untag_resource(ResourceTagKeys=["stage"], **arn)
    assert budgets.list_tags_for_resource(**arn)["ResourceTags"] == [{"Key": "team", "Value": "data"}]
    tagging, named = client("resourcegroupstaggingapi"), {"ResourceARNList": list(arn.values())}
    assert tagging.tag_resources(Tags={"a": "b"}, **named)["FailedResourcesMap"] == {}
    tagging.untag_resources(TagKeys=["team"], **named)
    [found] = tagging.get_resources(ResourceTypeFilters=["budgets"])["ResourceTagMappingList"]
    assert found == {"ResourceARN": arn["ResourceARN"], "Tags": [{"Key": "a", "Value": "b"}]}
    assert budgets.list_tags_for_resource(**arn)["ResourceTags"] == [{"Key": "a", "Value": "b"}]


def test_transit_gateway_with_an_attachment() -> None:
    ec2, made = client("ec2"), Network().attach()
    [found] = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    assert found["Tags"] == [TAG]
    with pytest.raises(ClientError, match="has non-deleted VPC Attachments"):
        ec2.delete_transit_gateway(TransitGatewayId=made["TransitGatewayId"])
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=made["TransitGatewayAttachmentId"])
    ec2.delete_transit_gateway(TransitGatewayId=made["TransitGatewayId"])
    assert ec2.describe_transit_gateways()["TransitGateways"] == []


def test_flow_logs_find_the_group_of_an_arn() -> None:
    client("logs").create_log_group(logGroupName="flows")
    for group in ("flows", "others"):
        client("ec2").create_flow_logs(
            ResourceType="VPC",
            ResourceIds=[Network().vpc],
            TrafficType="ALL",
            LogDestination=f"arn:aws:logs:us-west-2:123456789012:log-group:{group}",
            DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
        )
    found = client("ec2").describe_flow_logs()["FlowLogs"]
    assert [one["DeliverLogsStatus"] for one in found] == ["SUCCESS", "FAILED"]


def test_address_of_a_deleted_nat_gateway_is_free() -> None:
    ec2 = client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=Network().subnet, AllocationId=address)["NatGateway"]
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])

    assert "AssociationId" not in ec2.describe_addresses()["Addresses"][0]


@cases(
    ("region", "service", "code", "value"),
    {
        "of moto": ("eu-west-1", "vpc", "L-29B6F2EB", 50.0),
        "of a Region": ("eu-west-1", "codepipeline", "L-78D200AD", 1000.0),
        "of the account": ("us-east-1", "s3", "L-DC2B2D3D", 10000.0),
        "of the account, in another Region": ("eu-west-1", "s3", "L-DC2B2D3D", None),
        "unknown": ("eu-west-1", "ec2", "L-00000000", None),
        "of an unknown service": ("eu-west-1", "nothing", "L-00000000", None),
    },
)
def test_quotas_have_their_default_values(region: str, service: str, code: str, value: float | None) -> None:
    quotas = boto3.client("service-quotas", region_name=region)
    for read in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        if value is None:
            with pytest.raises(ClientError, match="NoSuchResourceException"):
                read(ServiceCode=service, QuotaCode=code)
            continue
        quota = read(ServiceCode=service, QuotaCode=code)["Quota"]
        arn = f"arn:aws:servicequotas:{region}::{service}/{code}"
        assert (quota["Value"], quota["QuotaArn"]) == (value, arn)


@cases("value", {it: it for it in ("NaN", "Infinity", "1e400", "1e11", '"NaN"', '"101"')})
def test_an_increase_to_what_is_no_quota_is_refused(value: str) -> None:
    quotas = boto3.client("service-quotas", region_name="us-west-2")
    quota = {"ServiceCode": "servicecatalog", "QuotaCode": "L-C6458716"}

    def sent(params: dict[str, Any], **_: object) -> None:
        params["body"] = json.dumps(quota | {"DesiredValue": 0}).replace(": 0}", f": {value}}}").encode()

    quotas.meta.events.register("before-call", sent)
    with pytest.raises(ClientError, match=r"IllegalArgumentException|ValidationException"):
        quotas.request_service_quota_increase(**quota, DesiredValue=101)


def test_increases_of_quotas_are_granted() -> None:
    quotas = client("service-quotas")
    quota = {"ServiceCode": "servicecatalog", "QuotaCode": "L-C6458716"}
    with pytest.raises(ClientError, match="greater than the current quota value"):
        quotas.request_service_quota_increase(**quota, DesiredValue=100)
    made = quotas.request_service_quota_increase(**quota, DesiredValue=101)["RequestedQuota"]
    assert (made["Status"], made["DesiredValue"]) == ("APPROVED", 101.0)
    for read in (quotas.get_service_quota, partial(quotas.list_service_quotas, MaxResults=5)):
        found = read(**quota)
        assert [it["Value"] for it in found.get("Quotas") or [found["Quota"]]] == [101.0]
    assert quotas.get_aws_default_service_quota(**quota)["Quota"]["Value"] == 100.0
    assert quotas.get_requested_service_quota_change(RequestId=made["Id"])["RequestedQuota"] == made
    for listing, request in (
        (quotas.list_requested_service_quota_change_history, {}),
        (quotas.list_requested_service_quota_change_history_by_quota, quota),
    ):
        assert listing(**request)["RequestedQuotas"] == [made]
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="servicecatalog", PaginationConfig={"PageSize": 4}
    )
    assert [len(page["Quotas"]) for page in pages] == [4, 2]


def test_quotas_of_iam() -> None:
    iam, quotas = client("iam"), boto3.client("service-quotas", region_name="us-east-1")
    empty = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=empty)
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    )
    for number in range(11):
        arn = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document)["Policy"]["Arn"]
        if number < 10:
            iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    with pytest.raises(ClientError, match="Cannot exceed quota for PoliciesPerRole: 10"):
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    quotas.request_service_quota_increase(ServiceCode="iam", QuotaCode="L-0DA4ABF3", DesiredValue=11)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AttachedPoliciesPerRoleQuota"], summary["RolesQuota"]) == (11, 1000)
