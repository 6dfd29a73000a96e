import json
from typing import Any

import pytest

from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, TEMPLATE, Account, Launchable, client, refused

QUEUE = """\
Parameters:
  Title: {Type: String, Default: hello}
  Days: {Type: Number, Default: 1}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Title}
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueArn: {Value: !GetAtt Queue.Arn}
"""
BROKEN = """\
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: vpc-none, CidrBlock: 10.0.0.0/24}
"""
RULES = {
    "Rules": {
        "Short": {
            "Assertions": [
                {
                    "Assert": {"Fn::Contains": [["hello", "bye"], {"Ref": "Title"}]},
                    "AssertDescription": "Be polite",
                }
            ]
        }
    }
}


def stacks() -> Any:
    return client("cloudformation").describe_stacks()["Stacks"]


def test_provision(launchable: Launchable) -> None:
    role = launchable.account.role("launch")
    launchable.constrain("LAUNCH", {"LocalRoleName": "launch"})
    made = launchable.provision(
        ProvisioningParameters=[{"Key": "Title", "Value": "bye"}], Tags=[{"Key": "team", "Value": "ml"}]
    )
    identifier = made["ProvisionedProductId"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "PROVISION_PRODUCT")
    found = launchable.user.describe_record(Id=made["RecordId"])
    detail = found["RecordDetail"]
    assert (detail["Status"], detail["LaunchRoleArn"], detail["RecordErrors"]) == ("SUCCEEDED", role, [])
    [stack] = stacks()
    assert stack["StackName"] == f"SC-{ACCOUNT}-{identifier}"
    assert stack["Parameters"] == [{"ParameterKey": "Title", "ParameterValue": "bye"}]
    assert stack["RoleARN"] == role
    arn = f"arn:aws:servicecatalog:{REGION}:{ACCOUNT}:stack/mine/{identifier}"
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one/someone"
    catalog = f"arn:aws:catalog:{REGION}:{ACCOUNT}"
    tags = {
        "team": "ml",
        "aws:servicecatalog:portfolioArn": f"{catalog}:portfolio/{launchable.portfolio}",
        "aws:servicecatalog:productArn": f"{catalog}:product/{launchable.product}",
        "aws:servicecatalog:provisionedProductArn": arn,
        "aws:servicecatalog:provisioningArtifactIdentifier": launchable.version,
        "aws:servicecatalog:provisioningPrincipalArn": principal,
    }
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == tags
    assert detail["RecordTags"] == [{"Key": "team", "Value": "ml"}]
    topic = stack["Outputs"][0]["OutputValue"]
    output = {"OutputKey": "TopicArn", "OutputValue": topic, "Description": "Where it is."}
    outputs = [
        {
            "OutputKey": "CloudformationStackARN",
            "OutputValue": stack["StackId"],
            "Description": "The ARN of the launched Cloudformation Stack",
        },
        output,
    ]
    assert found["RecordOutputs"] == outputs
    product = launchable.user.describe_provisioned_product(Id=identifier)["ProvisionedProductDetail"]
    assert {
        name: value for name, value in product.items() if name not in ("CreatedTime", "IdempotencyToken")
    } == {
        "Name": "mine",
        "Arn": arn,
        "Type": "CFN_STACK",
        "Id": identifier,
        "Status": "AVAILABLE",
        "LastRecordId": made["RecordId"],
        "LastProvisioningRecordId": made["RecordId"],
        "LastSuccessfulProvisioningRecordId": made["RecordId"],
        "ProductId": launchable.product,
        "ProvisioningArtifactId": launchable.version,
        "LaunchRoleArn": role,
    }
    shown = launchable.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    assert shown == outputs


@cases(
    ("more", "code", "message"),
    {
        "product": ({"ProductId": "prod-none"}, "ResourceNotFoundException", "prod-none not found"),
        "version": ({"ProvisioningArtifactId": "pa-none"}, "ResourceNotFoundException", "pa-none of product"),
        "path": ({"PathId": "lpv3-none"}, "InvalidParametersException", "Invalid PathId: lpv3-none"),
        "unknown parameter": (
            {"ProvisioningParameters": [{"Key": "Colour", "Value": "red"}]},
            "InvalidParametersException",
            "Parameters: [Colour] do not exist in the template",
        ),
        "long value": (
            {"ProvisioningParameters": [{"Key": "Title", "Value": "x" * 11}]},
            "InvalidParametersException",
            "must contain at most 10 characters",
        ),
        "parameter twice": (
            {"ProvisioningParameters": [{"Key": "Title", "Value": "x"}] * 2},
            "InvalidParametersException",
            "Duplicate provisioning parameter: Title",
        ),
        "no key": (
            {"ProvisioningParameters": [{"Value": "x"}]},
            "InvalidParametersException",
            "A provisioning parameter has no key",
        ),
        "tag": ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidParametersException", "are reserved"),
        "preferences": (
            {"ProvisioningPreferences": {"StackSetAccounts": [ACCOUNT]}},
            "InvalidParametersException",
            "ProvisioningPreferences need a STACKSET constraint on the product.",
        ),
        "topic": ({"NotificationArns": ["x"]}, "ValidationException", "at 'notificationArns.1.member'"),
    },
)
def test_refused(launchable: Launchable, more: Any, code: str, message: str) -> None:
    with refused(code, message):
        launchable.provision(**more)
    assert stacks() == []
    assert launchable.user.scan_provisioned_products()["ProvisionedProducts"] == []


def test_missing_parameter(account: Account) -> None:
    body = "Parameters: {A: {Type: String}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n"
    with refused("InvalidParametersException", "Parameters: [A] must have values"):
        Launchable(account, url=account.put("a.yaml", body)).provision()


def test_ssm_parameter(account: Account) -> None:
    body = (
        "Parameters: {A: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}}\n"
        "Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref A}}}\n"
    )
    launchable = Launchable(account, url=account.put("a.yaml", body))
    with refused("InvalidParametersException", "Unable to fetch parameters [/a] from parameter store"):
        launchable.provision()
    client("ssm").put_parameter(Name="/a", Value="x", Type="String")
    assert launchable.record(launchable.provision())["Status"] == "SUCCEEDED"


def test_names_are_unique(launchable: Launchable) -> None:
    launchable.provision()
    with refused("DuplicateResourceException", "A provisioned product named mine already exists."):
        launchable.provision()
    launchable.provision("other")
    with refused("ValidationException", "at 'provisionedProductName'"):
        launchable.provision("-x")


def test_versions_that_cannot_be_launched(launchable: Launchable) -> None:
    admin = launchable.account.admin
    version = {"ProductId": launchable.product, "ProvisioningArtifactId": launchable.version}
    launchable.provision("before")
    admin.update_provisioning_artifact(**version, Guidance="DEPRECATED")
    with refused("InvalidParametersException", f"Provisioning artifact {launchable.version} is deprecated."):
        launchable.provision()
    launchable.user.update_provisioned_product(
        ProvisionedProductName="before", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )
    admin.update_provisioning_artifact(**version, Active=False)
    with refused("ResourceNotFoundException", f"Provisioning artifact {launchable.version} is not active."):
        launchable.provision()
    with refused("ResourceNotFoundException", f"Provisioning artifact {launchable.version} is not active."):
        launchable.user.update_provisioned_product(ProvisionedProductName="before")


@cases(
    ("deprecated", "from_", "to", "allowed"),
    {
        "its own version": ("1", "1", "1", True),
        "to a newer one": ("1", "1", "2", True),
        "to a newer one that is deprecated, too": ("12", "1", "2", True),
        "back from it": ("2", "2", "1", False),
        "back to it": ("1", "2", "1", False),
        "back between others": ("", "2", "1", True),
    },
)
def test_updates_and_deprecated_versions(
    launchable: Launchable, deprecated: str, from_: str, to: str, allowed: bool
) -> None:
    admin, ids = launchable.account.admin, {"1": launchable.version}
    other = launchable.account.put("other.yaml", TEMPLATE.replace("A topic.", "Another topic."))
    made = admin.create_provisioning_artifact(
        ProductId=launchable.product, Parameters=launchable.account.version("2", other)
    )
    ids["2"] = made["ProvisioningArtifactDetail"]["Id"]
    launchable.provision(ProvisioningArtifactId=ids[from_])
    for name in deprecated:
        admin.update_provisioning_artifact(
            ProductId=launchable.product, ProvisioningArtifactId=ids[name], Guidance="DEPRECATED"
        )
    request = {"ProvisioningArtifactId": ids[to], "ProvisioningParameters": [{"Key": "Title", "Value": "x"}]}
    plan = {"PlanName": "p", "PlanType": "CLOUDFORMATION", "ProductId": launchable.product}

    def update() -> None:
        made = launchable.user.create_provisioned_product_plan(
            **plan, **request, ProvisionedProductName="mine"
        )
        launchable.user.delete_provisioned_product_plan(PlanId=made["PlanId"])
        launchable.user.update_provisioned_product(ProvisionedProductName="mine", **request)

    if allowed:
        update()
        assert launchable.provisioned()["ProvisioningArtifactId"] == ids[to]
        return
    message = f"Provisioning artifact {ids[deprecated]} is deprecated: "
    with refused("InvalidParametersException", message):
        update()
    with refused("InvalidParametersException", message):
        launchable.user.update_provisioned_product(ProvisionedProductName="mine", **request)


def test_template_constraint(launchable: Launchable) -> None:
    launchable.constrain("TEMPLATE", RULES)
    with refused("InvalidParametersException", "Template constraint violated: Be polite"):
        launchable.provision(ProvisioningParameters=[{"Key": "Title", "Value": "no"}])
    launchable.provision()


def test_notifications(launchable: Launchable) -> None:
    sns = client("sns")
    first, second = (sns.create_topic(Name=name)["TopicArn"] for name in ("a", "b"))
    launchable.constrain("NOTIFICATION", {"NotificationArns": [first]})
    launchable.provision(NotificationArns=[second, first])
    assert stacks()[0]["NotificationARNs"] == [second, first]


def test_notifications_reach_their_topic(launchable: Launchable) -> None:
    sns, sqs = client("sns"), client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="a")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def statuses() -> list[str]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        events = [json.loads(one["Body"])["Message"] for one in found]
        return [event.split("ResourceStatus='")[1].split("'")[0] for event in events]

    launchable.provision()
    assert statuses() == []
    # A constraint that is made after the launch holds from the next update on.
    launchable.constrain("NOTIFICATION", {"NotificationArns": [topic]})
    launchable.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "bye"}]
    )
    assert statuses()[0] == "UPDATE_IN_PROGRESS"


@cases(("given", "tag"), {"the only value": ([], "ml"), "the same": ([{"Key": "team", "Value": "ml"}], "ml")})
def test_tag_options(launchable: Launchable, given: Any, tag: str) -> None:
    option = launchable.account.admin.create_tag_option(Key="team", Value="ml")["TagOptionDetail"]["Id"]
    launchable.account.admin.associate_tag_option_with_resource(
        ResourceId=launchable.portfolio, TagOptionId=option
    )
    launchable.provision(Tags=given)
    assert {"Key": "team", "Value": tag} in stacks()[0]["Tags"]


def test_tags_of_portfolio_and_product(launchable: Launchable) -> None:
    launchable.account.admin.update_portfolio(Id=launchable.portfolio, AddTags=[{"Key": "a", "Value": "1"}])
    launchable.account.admin.update_product(Id=launchable.product, AddTags=[{"Key": "b", "Value": "2"}])
    with refused("InvalidParametersException", "Tag a is 1 for this product, not 3."):
        launchable.provision(Tags=[{"Key": "a", "Value": "3"}])
    launchable.provision(Tags=[{"Key": "c", "Value": "3"}])
    tags = {tag["Key"]: tag["Value"] for tag in stacks()[0]["Tags"]}
    assert {key: tags.get(key) for key in "abc"} == {"a": "1", "b": "2", "c": "3"}


def test_a_key_that_is_a_tag_of_portfolio_and_product(launchable: Launchable) -> None:
    launchable.account.admin.update_portfolio(Id=launchable.portfolio, AddTags=[{"Key": "a", "Value": "1"}])
    launchable.account.admin.update_product(Id=launchable.product, AddTags=[{"Key": "a", "Value": "2"}])
    with refused("InvalidParametersException", "Duplicate tag keys on portfolio"):
        launchable.provision()
    launchable.account.admin.update_product(Id=launchable.product, AddTags=[{"Key": "a", "Value": "1"}])
    launchable.provision()
    assert {"Key": "a", "Value": "1"} in stacks()[0]["Tags"]


def test_tag_options_that_conflict(launchable: Launchable) -> None:
    admin = launchable.account.admin
    options = {
        value: admin.create_tag_option(Key="team", Value=value)["TagOptionDetail"]["Id"] for value in "abc"
    }
    for value in "ab":
        admin.associate_tag_option_with_resource(ResourceId=launchable.portfolio, TagOptionId=options[value])
    with refused("InvalidParametersException", "Tag team must be one of a, b."):
        launchable.provision()
    with refused("InvalidParametersException", "Tag team must be one of a, b, not x."):
        launchable.provision(Tags=[{"Key": "team", "Value": "x"}])
    admin.associate_tag_option_with_resource(ResourceId=launchable.product, TagOptionId=options["c"])
    with refused("InvalidParametersException", "have no common value of team."):
        launchable.provision()
    admin.update_tag_option(Id=options["c"], Active=False)
    launchable.provision(Tags=[{"Key": "team", "Value": "a"}])


@cases(
    ("trust", "reason"),
    {
        "no role": (None, "The launch role arn:aws:iam::123456789012:role/launch does not exist."),
        "other trust": (
            {"Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}}},
            "cannot be assumed: it does not trust servicecatalog.amazonaws.com.",
        ),
        "principal": ({"Statement": [{"Effect": "Allow", "Principal": "*"}]}, "does not trust"),
    },
)
@pytest.mark.parametrize(
    "parameters", [{"LocalRoleName": "launch"}, {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/launch"}]
)
def test_unusable_launch_role(launchable: Launchable, trust: Any, reason: str, parameters: Any) -> None:
    if trust is not None:
        launchable.account.role("launch", trust=trust)
    launchable.constrain("LAUNCH", parameters)
    made = launchable.provision()
    assert made["Status"] == "CREATED"
    record = launchable.record(made)
    [error] = record["RecordErrors"]
    assert (record["Status"], error["Code"]) == ("FAILED", "StackOperationFailed")
    assert reason in error["Description"]
    assert launchable.provisioned()["Status"] == "ERROR"
    with refused("InvalidParametersException", "Last Successful Provisioning Record doesn't exist."):
        launchable.user.get_provisioned_product_outputs(ProvisionedProductName="mine")
    assert stacks() == []
    with refused("InvalidParametersException", "is in status ERROR."):
        launchable.user.update_provisioned_product(ProvisionedProductName="mine")
    ended = launchable.user.terminate_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    assert launchable.record(ended)["Status"] == "SUCCEEDED"
    launchable.provision()


def test_resource_that_fails(account: Account) -> None:
    launchable = Launchable(account, url=account.put("broken.yaml", BROKEN))
    record = launchable.record(launchable.provision())
    [error] = record["RecordErrors"]
    assert (record["Status"], error["Code"]) == ("FAILED", "CREATE_FAILED")
    assert error["Description"].startswith("Subnet (AWS::EC2::Subnet): ")
    assert "vpc-none" in error["Description"]
    found = launchable.provisioned()
    assert (found["Status"], found["StatusMessage"]) == ("ERROR", error["Description"])
    assert "LastSuccessfulProvisioningRecordId" not in found
    launchable.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert stacks() == []


def newer(launchable: Launchable, body: str = QUEUE) -> str:
    made = launchable.account.admin.create_provisioning_artifact(
        ProductId=launchable.product,
        Parameters=launchable.account.version("2.0.0", launchable.account.put("new.yaml", body)),
    )
    return str(made["ProvisioningArtifactDetail"]["Id"])


def test_update(launchable: Launchable) -> None:
    launchable.provision(ProvisioningParameters=[{"Key": "Title", "Value": "bye"}])
    version = newer(launchable)
    made = launchable.user.update_provisioned_product(
        ProvisionedProductName="mine",
        ProvisioningArtifactName="2.0.0",
        ProvisioningParameters=[{"Key": "Title", "UsePreviousValue": True}, {"Key": "Days", "Value": "3"}],
    )["RecordDetail"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "UPDATE_PROVISIONED_PRODUCT")
    record = launchable.record(made)
    assert (record["Status"], record["ProvisioningArtifactId"]) == ("SUCCEEDED", version)
    [stack] = stacks()
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert values == {"Title": "bye", "Days": "3"}
    found = launchable.provisioned()
    assert (found["ProvisioningArtifactId"], found["Status"]) == (version, "AVAILABLE")
    outputs = launchable.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    assert [one["OutputKey"] for one in outputs] == ["CloudformationStackARN", "QueueArn"]
    launchable.user.update_provisioned_product(ProvisionedProductName="mine")
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stacks()[0]["Parameters"]}
    assert values == {"Title": "hello", "Days": "1"}
    made = launchable.user.update_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    record = launchable.record(made)
    assert record["RecordErrors"][0]["Description"] == "No updates are to be performed."
    assert (record["Status"], launchable.provisioned()["Status"]) == ("FAILED", "TAINTED")


def test_update_without_previous_value(launchable: Launchable) -> None:
    launchable.provision()
    newer(launchable)
    with refused("InvalidParametersException", "Parameter Days has no previous value"):
        launchable.user.update_provisioned_product(
            ProvisionedProductName="mine",
            ProvisioningArtifactName="2.0.0",
            ProvisioningParameters=[{"Key": "Days", "UsePreviousValue": True}],
        )


def test_update_that_fails_taints(launchable: Launchable) -> None:
    first = launchable.provision()
    version = newer(launchable, BROKEN)
    made = launchable.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningArtifactId=version
    )["RecordDetail"]
    record = launchable.record(made)
    assert record["Status"] == "FAILED"
    assert [error["Description"][:26] for error in record["RecordErrors"]] == ["Subnet (AWS::EC2::Subnet):"]
    found = launchable.provisioned()
    assert found["Status"] == "TAINTED"
    assert found["ProvisioningArtifactId"] == launchable.version
    assert found["LastSuccessfulProvisioningRecordId"] == first["RecordId"]
    assert found["LastProvisioningRecordId"] == made["RecordId"]
    launchable.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )
    assert launchable.provisioned()["Status"] == "AVAILABLE"


LOG = "Resources: {Log: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: log%s}}%s}\n"


def test_update_whose_rollback_fails(account: Account) -> None:
    """Until its rollback has been continued the launch can only be terminated."""
    launchable = Launchable(account, url=account.put("log.yaml", LOG % ("", "")))
    account.role("launch")
    deny = {"Effect": "Deny", "Action": "logs:DeleteRetentionPolicy", "Resource": "*"}
    policy = {"RoleName": "launch", "PolicyName": "deny"}
    account.iam.put_role_policy(
        **policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    launchable.constrain("LAUNCH", {"LocalRoleName": "launch"})
    launchable.provision()
    bad = ", Bad: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !ImportValue none}}"
    newer(launchable, LOG % (", RetentionInDays: 7", bad))
    update = {"ProvisionedProductName": "mine", "ProvisioningArtifactName": "2.0.0"}
    record = launchable.record(launchable.user.update_provisioned_product(**update)["RecordDetail"])
    assert [(record["Status"], launchable.provisioned()["Status"])] == [("FAILED", "TAINTED")]
    assert [one["Description"].partition(":")[0] for one in record["RecordErrors"]] == [
        "Bad (AWS",
        "Log (AWS",
    ]

    stuck = "is in UPDATE_ROLLBACK_FAILED state and can not be updated."
    record = launchable.record(launchable.user.update_provisioned_product(**update)["RecordDetail"])
    assert (record["Status"], stuck in record["RecordErrors"][0]["Description"]) == ("FAILED", True)
    made = launchable.user.create_provisioned_product_plan(
        PlanName="p", PlanType="CLOUDFORMATION", ProvisionedProductName="mine", **launchable.key
    )
    plan = launchable.user.describe_provisioned_product_plan(PlanId=made["PlanId"])
    details = plan["ProvisionedProductPlanDetails"]
    assert (details["Status"], stuck in details["StatusMessage"]) == ("CREATE_FAILED", True)
    launchable.user.delete_provisioned_product_plan(PlanId=made["PlanId"])

    account.iam.delete_role_policy(**policy)
    client("cloudformation").continue_update_rollback(StackName=stacks()[0]["StackName"])
    assert launchable.provisioned()["Status"] == "TAINTED"
    newer(launchable, LOG % (", RetentionInDays: 9", ""))
    version = launchable.user.describe_product(Id=launchable.product)["ProvisioningArtifacts"][-1]["Id"]
    launchable.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=version)
    assert launchable.provisioned()["Status"] == "AVAILABLE"
    launchable.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert stacks() == []


def test_update_of_tags(launchable: Launchable) -> None:
    launchable.provision(Tags=[{"Key": "team", "Value": "ml"}])
    change = {"ProvisionedProductName": "mine", "Tags": [{"Key": "team", "Value": "web"}]}
    with refused("InvalidParametersException", "no RESOURCE_UPDATE constraint allows it."):
        launchable.user.update_provisioned_product(**change)
    constraint = launchable.account.constrain(
        launchable.portfolio,
        launchable.product,
        "RESOURCE_UPDATE",
        {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "NOT_ALLOWED"}},
    )
    with refused("InvalidParametersException", "no RESOURCE_UPDATE constraint allows it."):
        launchable.user.update_provisioned_product(**change)
    launchable.account.admin.update_constraint(
        Id=constraint,
        Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
    )
    launchable.user.update_provisioned_product(**change)
    assert launchable.provisioned()["Status"] == "AVAILABLE"
    assert {"Key": "team", "Value": "web"} in stacks()[0]["Tags"]


def test_update_needs_a_path(launchable: Launchable) -> None:
    launchable.provision()
    with refused("ResourceNotFoundException", "No launch paths found"):
        launchable.account.admin.update_provisioned_product(ProvisionedProductName="mine")


def test_update_when_the_path_is_another(launchable: Launchable) -> None:
    launchable.provision()
    admin = launchable.account.admin
    other = launchable.account.portfolio("Other")
    admin.associate_product_with_portfolio(ProductId=launchable.product, PortfolioId=other)
    admin.associate_principal_with_portfolio(
        PortfolioId=other, PrincipalARN="arn:aws:iam:::role/ml-*", PrincipalType="IAM_PATTERN"
    )
    made = launchable.user.update_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    paths = launchable.user.list_launch_paths(ProductId=launchable.product)["LaunchPathSummaries"]
    assert made["PathId"] == paths[0]["Id"]
    admin.disassociate_product_from_portfolio(ProductId=launchable.product, PortfolioId=launchable.portfolio)
    made = launchable.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )["RecordDetail"]
    assert made["PathId"] == paths[1]["Id"]


def test_update_to_another_product(launchable: Launchable) -> None:
    launchable.provision()
    other, _ = launchable.account.product("queue", url=launchable.account.put("queue.yaml", QUEUE))
    launchable.account.admin.associate_product_with_portfolio(
        ProductId=other, PortfolioId=launchable.portfolio
    )
    launchable.user.update_provisioned_product(
        ProvisionedProductName="mine", ProductName="queue", ProvisioningArtifactName="1.0.0"
    )
    found = launchable.provisioned()
    assert (found["Status"], found["ProductId"]) == ("AVAILABLE", other)


def test_terminate(launchable: Launchable) -> None:
    identifier = launchable.provision()["ProvisionedProductId"]
    made = launchable.user.terminate_provisioned_product(ProvisionedProductId=identifier)["RecordDetail"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "TERMINATE_PROVISIONED_PRODUCT")
    assert launchable.record(made)["Status"] == "SUCCEEDED"
    assert stacks() == []
    with refused("ResourceNotFoundException", "Provisioned product mine not found."):
        launchable.user.describe_provisioned_product(Name="mine")
    with refused("ResourceNotFoundException", f"Provisioned product {identifier} not found."):
        launchable.user.terminate_provisioned_product(ProvisionedProductId=identifier)
    with refused("InvalidParametersException", "Specify either the provisioned product's id or its name."):
        launchable.user.terminate_provisioned_product()


def test_terminate_and_keep_the_stack(launchable: Launchable) -> None:
    launchable.provision()
    launchable.user.terminate_provisioned_product(ProvisionedProductName="mine", RetainPhysicalResources=True)
    assert launchable.user.scan_provisioned_products()["ProvisionedProducts"] == []
    assert len(stacks()) == 1


BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\nOutputs: {Name: {Value: !Ref Bucket}}\n"


def test_terminate_that_fails(account: Account) -> None:
    launchable = Launchable(account, url=account.put("bucket.yaml", BUCKET))
    launchable.provision()
    [_, output] = launchable.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    account.s3.put_object(Bucket=output["OutputValue"], Key="x", Body=b"x")
    made = launchable.user.terminate_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    record = launchable.record(made)
    assert record["Status"] == "FAILED"
    assert record["RecordErrors"][0]["Description"].startswith("Bucket (AWS::S3::Bucket): ")
    assert launchable.provisioned()["Status"] == "TAINTED"
    launchable.user.terminate_provisioned_product(ProvisionedProductName="mine", IgnoreErrors=True)
    assert launchable.user.scan_provisioned_products()["ProvisionedProducts"] == []
