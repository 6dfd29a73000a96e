"""What the products' roles may do, and how their stores, keys and networks are closed."""

from __future__ import annotations

import pytest

from tests.products.family import SOURCE, as_list, rendered, resources, statements
from tests.products.resolve import resolve
from tests.products.test_ml_project import ENTERPRISE, PRODUCTS, USUAL, WITH_ALERTS

ML_NAME = "techcorp-prod-a001-us-west-2-customer-churn-ml"
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
ACCOUNT = {"Ref": "AWS::AccountId"}


def arn(service: str) -> str:
    return f"arn:aws-us-gov:{service}:us-west-2:111111111111"


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_role_lies_under_the_project_s_path(product: str) -> None:
    roles = resources(product, "AWS::IAM::Role")
    assert set(roles) == {"BuildRole", "DeployRole", "PipelineRole", "SageMakerExecutionRole", "EventsRole"}
    for role in roles.values():
        assert resolve(role["Path"], USUAL) == "/ml-project/techcorp-prod-a001-us-west-2-customer-churn-ml/"


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_pipelines_alone_use_the_connection_and_no_other(product: str) -> None:
    """By both names of the service: IAM takes the one that the connection's ARN has."""
    found = [(name, each) for name, each in statements(product) if "UseConnection" in str(each["Action"])]
    expected = {
        "Sid": "UseConnection",
        "Effect": "Allow",
        "Action": ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
        "Resource": {"Ref": "CodeConnectionArn"},
    }
    assert found == ([("PipelineRole", expected)] if SOURCE in product else [])


@pytest.mark.parametrize("product", PRODUCTS)
def test_rules_start_the_pipelines_that_they_are_for(product: str) -> None:
    (started,) = (each["Resource"] for name, each in statements(product) if name == "EventsRole")
    build = [] if SOURCE in product else ["BuildPipeline"]
    assert [it["Fn::Sub"].rpartition("${")[2] for it in started] == [
        f"{it}}}" for it in (*build, "DeployPipeline")
    ]


@pytest.mark.parametrize("product", PRODUCTS)
def test_roles_are_passed_to_sagemaker_only(product: str) -> None:
    passing = [
        (name, each) for name, each in statements(product) if "iam:PassRole" in as_list(each["Action"])
    ]
    assert {name for name, _ in passing} == {"BuildRole", "DeployRole", "SageMakerExecutionRole"}
    for _, statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@pytest.mark.parametrize("product", PRODUCTS)
def test_only_enterprise_roles_hold_a_key_each_in_its_own_policy(product: str) -> None:
    holders = {name for name, each in statements(product) if each["Resource"] == KEY}
    assert holders == (
        {"BuildRole", "DeployRole", "PipelineRole", "SageMakerExecutionRole"}
        if product in ENTERPRISE
        else set()
    )


@pytest.mark.parametrize("product", PRODUCTS)
def test_old_versions_of_objects_expire(product: str) -> None:
    bucket = resources(product, "AWS::S3::Bucket")["ArtifactBucket"]
    assert any("NoncurrentVersionExpiration" in rule for rule in bucket["LifecycleConfiguration"]["Rules"])


@pytest.mark.parametrize("product", PRODUCTS)
def test_everything_is_deleted_with_the_stack(product: str) -> None:
    policies = {
        (name, resource["Type"], resource.get(policy))
        for name, resource in rendered()[product].template["Resources"].items()
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
    }
    stateful = ("AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::S3::Bucket")
    assert {value for _, type_name, value in policies if type_name in stateful} == {"Delete"}
    assert {value for _, type_name, value in policies if type_name not in stateful} == {None}


@pytest.mark.parametrize("product", PRODUCTS)
def test_logs_are_kept_for_a_time_and_encrypted_where_there_is_a_key(product: str) -> None:
    for group in resources(product, "AWS::Logs::LogGroup").values():
        assert "RetentionInDays" in group
        assert group.get("KmsKeyId") == (KEY if product in ENTERPRISE else None)


@pytest.mark.parametrize("product", ENTERPRISE)
def test_the_key_encrypts_what_can_be(product: str) -> None:
    for pipeline in resources(product, "AWS::CodePipeline::Pipeline").values():
        assert pipeline["ArtifactStore"]["EncryptionKey"] == {"Id": KEY, "Type": "KMS"}
    for project in resources(product, "AWS::CodeBuild::Project").values():
        assert project["EncryptionKey"] == KEY
    for repository in resources(product, "AWS::CodeCommit::Repository").values():
        assert repository["KmsKeyId"] == KEY
    assert resources(product, "AWS::SNS::Topic")["AlertsTopic"]["KmsMasterKeyId"] == KEY


@pytest.mark.parametrize("product", ENTERPRISE)
def test_the_key_rotates_names_no_role_and_waits_thirty_days(product: str) -> None:
    (key,) = resources(product, "AWS::KMS::Key").values()
    assert (key["EnableKeyRotation"], key["PendingWindowInDays"]) == (True, 30)
    known = USUAL | {"AWS::URLSuffix": "amazonaws.com"}
    principals = [resolve(each["Principal"], known) for each in key["KeyPolicy"]["Statement"]]
    assert principals == [
        {"AWS": "arn:aws-us-gov:iam::111111111111:root"},
        {"Service": "logs.us-west-2.amazonaws.com"},
        {"Service": "events.amazonaws.com"},
        {"Service": "cloudwatch.amazonaws.com"},
    ]


@pytest.mark.parametrize("product", ENTERPRISE)
def test_services_use_the_key_for_this_launch_only(product: str) -> None:
    (key,) = resources(product, "AWS::KMS::Key").values()
    conditions = [resolve(each.get("Condition"), USUAL) for each in key["KeyPolicy"]["Statement"]]
    base = "techcorp-prod-a001-us-west-2-customer-churn"
    topic = {"kms:EncryptionContext:aws:sns:topicArn": f"{arn('sns')}:{base}-alerts"}
    account = {"aws:SourceAccount": "111111111111"}
    assert conditions == [
        None,
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{arn('logs')}:log-group:/ml/{base}-ml/*"}},
        {"StringEquals": topic, "StringEqualsIfExists": account},
        {"StringEquals": account | topic},
    ]  # fmt: skip


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_the_topic_takes_messages_of_this_account_over_tls(product: str) -> None:
    (policy,) = resources(product, "AWS::SNS::TopicPolicy").values()
    rules, alarms, insecure = policy["PolicyDocument"]["Statement"]
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert rules["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert (insecure["Effect"], insecure["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize("product", ENTERPRISE)
def test_the_compliance_log_brings_its_own_permission(product: str) -> None:
    group = resources(product, "AWS::Logs::LogGroup")["ComplianceLogGroup"]
    policy = group["ResourcePolicyDocument"]["Statement"]
    assert [(each["Action"], list(each["Condition"])) for each in policy] == [
        ("logs:CreateLogStream", ["StringEqualsIfExists"]),
        ("logs:PutLogEvents", ["ArnLike"]),
    ]


@pytest.mark.parametrize("product", ENTERPRISE)
def test_endpoints(product: str) -> None:
    group = (
        {"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]}
        if "standalone" in product
        else {"Ref": "SecurityGroupId"}
    )
    endpoints = resources(product, "AWS::EC2::VPCEndpoint")
    interfaces = {name: each for name, each in endpoints.items() if each["VpcEndpointType"] == "Interface"}
    assert sorted(each["ServiceName"]["Fn::Sub"] for each in interfaces.values()) == [
        "com.amazonaws.${AWS::Region}.sagemaker.api",
        "com.amazonaws.${AWS::Region}.sagemaker.runtime",
        "com.amazonaws.${AWS::Region}.sts",
    ]
    for each in interfaces.values():
        assert each["PrivateDnsEnabled"] == {"Ref": "EndpointPrivateDns"}
        assert each["SecurityGroupIds"] == [group]
        assert each["SubnetIds"] == {"Ref": "SubnetIds"}
    (gateway,) = (each for each in endpoints.values() if each["VpcEndpointType"] == "Gateway")
    assert gateway["RouteTableIds"] == {
        "Fn::If": ["HasRouteTables", {"Ref": "RouteTableIds"}, {"Ref": "AWS::NoValue"}]
    }
    everybody, own = gateway["PolicyDocument"]["Statement"]
    assert (everybody["Effect"], everybody["Resource"], "Condition" in everybody) == ("Allow", "*", False)
    assert (own["Effect"], resolve(own["Condition"], USUAL)) == (
        "Deny",
        {
            "ArnLike": {"aws:PrincipalArn": f"arn:aws-us-gov:iam::111111111111:role/ml-project/{ML_NAME}/*"},
            "StringNotEquals": {"aws:ResourceAccount": "111111111111"},
        },
    )


@pytest.mark.parametrize("product", PRODUCTS)
def test_private_dns_is_off_and_requires_the_range_of_its_clients(product: str) -> None:
    """The group admits only its own members otherwise, and the names lead everybody in the VPC to it."""
    template = rendered()[product].template
    if product in ENTERPRISE:
        assert template["Parameters"]["EndpointPrivateDns"]["Default"] == "false"
    assertion = {
        "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "EndpointClientCidr"}, ""]}]},
        "AssertDescription": "EndpointPrivateDns true requires EndpointClientCidr, "
        "the IPv4 range of the VPC.",
    }
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "EndpointPrivateDns"}, "true"]},
        "Assertions": [assertion],
    }
    assert template.get("Rules") == ({"PrivateDnsNeedsClients": rule} if "standalone" in product else None)


@pytest.mark.parametrize("product", [product for product in ENTERPRISE if "standalone" in product])
def test_the_security_group_lets_in_443_from_itself_and_the_named_clients(product: str) -> None:
    ingress = resources(product, "AWS::EC2::SecurityGroupIngress")
    assert {(each["FromPort"], each["ToPort"], each["IpProtocol"]) for each in ingress.values()} == {
        (443, 443, "tcp")
    }
    group = {"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]}
    assert ingress["EndpointIngressFromMembers"]["SourceSecurityGroupId"] == group
    assert ingress["EndpointIngressFromClients"]["CidrIp"] == {"Ref": "EndpointClientCidr"}
    clients = rendered()[product].template["Resources"]["EndpointIngressFromClients"]
    assert clients["Condition"] == "HasEndpointClientCidr"
