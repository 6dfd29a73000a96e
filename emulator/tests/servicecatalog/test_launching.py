from __future__ import annotations

import json
from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, REGION, Account, client, refused

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


class Offer:
    """A product that a role can launch."""

    def __init__(self, account: Account, **more: Any) -> None:
        self.account = account
        self.portfolio, self.product, self.version = account.offered(**more)
        self.user = account.launcher(self.portfolio)

    def provision(self, name: str = "mine", **more: Any) -> Any:
        """The record of a launch."""
        made = self.user.provision_product(
            **{"ProductId": self.product, "ProvisioningArtifactId": self.version, **more},
            ProvisionedProductName=name,
        )
        return made["RecordDetail"]

    def record(self, detail: Any) -> Any:
        """The record as it stands."""
        return self.user.describe_record(Id=detail["RecordId"])["RecordDetail"]

    def status(self, name: str = "mine") -> str:
        """The status of a provisioned product."""
        detail = self.user.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
        return str(detail["Status"])

    def stacks(self) -> Any:
        """What CloudFormation has."""
        return client("cloudformation").describe_stacks()["Stacks"]


@pytest.fixture
def offer(account: Account) -> Offer:
    return Offer(account)


def test_provision(offer: Offer) -> None:
    role = offer.account.role("launch")
    offer.account.constrain(offer.portfolio, offer.product, "LAUNCH", {"LocalRoleName": "launch"})
    made = offer.provision(
        ProvisioningParameters=[{"Key": "Title", "Value": "bye"}], Tags=[{"Key": "team", "Value": "ml"}]
    )
    identifier = made["ProvisionedProductId"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "PROVISION_PRODUCT")
    found = offer.user.describe_record(Id=made["RecordId"])
    detail = found["RecordDetail"]
    assert (detail["Status"], detail["LaunchRoleArn"], detail["RecordErrors"]) == ("SUCCEEDED", role, [])
    [stack] = offer.stacks()
    assert stack["StackName"] == f"SC-{ACCOUNT}-{identifier}"
    assert stack["Parameters"] == [{"ParameterKey": "Title", "ParameterValue": "bye"}]
    assert stack["RoleARN"] == role
    arn = f"arn:aws:servicecatalog:{REGION}:{ACCOUNT}:stack/mine/{identifier}"
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one/someone"
    tags = {
        "team": "ml",
        "aws:servicecatalog:portfolioArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:portfolio/{offer.portfolio}",
        "aws:servicecatalog:productArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/{offer.product}",
        "aws:servicecatalog:provisionedProductArn": arn,
        "aws:servicecatalog:provisioningArtifactIdentifier": offer.version,
        "aws:servicecatalog:provisioningPrincipalArn": principal,
    }
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == tags
    assert {tag["Key"]: tag["Value"] for tag in detail["RecordTags"]} == tags
    topic = stack["Outputs"][0]["OutputValue"]
    output = {"OutputKey": "TopicArn", "OutputValue": topic, "Description": "Where it is."}
    assert found["RecordOutputs"] == [
        {
            "OutputKey": "CloudformationStackARN",
            "OutputValue": stack["StackId"],
            "Description": "The ARN of the launched Cloudformation Stack",
        },
        output,
    ]
    product = offer.user.describe_provisioned_product(Id=identifier)["ProvisionedProductDetail"]
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
        "ProductId": offer.product,
        "ProvisioningArtifactId": offer.version,
        "LaunchRoleArn": role,
    }
    outputs = offer.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    assert outputs == [output]


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        pytest.param(
            {"ProductId": "prod-none"}, "ResourceNotFoundException", "prod-none not found", id="product"
        ),
        pytest.param(
            {"ProvisioningArtifactId": "pa-none"},
            "ResourceNotFoundException",
            "pa-none of product",
            id="version",
        ),
        pytest.param(
            {"PathId": "lpv3-none"}, "ResourceNotFoundException", "No launch path lpv3-none", id="path"
        ),
        pytest.param(
            {"ProvisioningParameters": [{"Key": "Colour", "Value": "red"}]},
            "InvalidParametersException",
            "Parameters: [Colour] do not exist in the template",
            id="unknown parameter",
        ),
        pytest.param(
            {"ProvisioningParameters": [{"Key": "Title", "Value": "x" * 11}]},
            "InvalidParametersException",
            "must contain at most 10 characters",
            id="long value",
        ),
        pytest.param(
            {"ProvisioningParameters": [{"Key": "Title", "Value": "x"}] * 2},
            "InvalidParametersException",
            "Duplicate provisioning parameter: Title",
            id="parameter twice",
        ),
        pytest.param(
            {"ProvisioningParameters": [{"Value": "x"}]},
            "InvalidParametersException",
            "A provisioning parameter has no key",
            id="no key",
        ),
        pytest.param(
            {"Tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidParametersException", "are reserved", id="tag"
        ),
        pytest.param(
            {"ProvisioningPreferences": {"StackSetAccounts": [ACCOUNT]}},
            "InvalidParametersException",
            "ProvisioningPreferences need a STACKSET constraint on the product.",
            id="preferences",
        ),
        pytest.param(
            {"NotificationArns": ["x"]}, "ValidationException", "at 'notificationArns.1.member'", id="topic"
        ),
    ],
)
def test_refused(offer: Offer, more: Any, code: str, message: str) -> None:
    with refused(code, message):
        offer.provision(**more)
    assert offer.stacks() == []
    assert offer.user.scan_provisioned_products()["ProvisionedProducts"] == []


def test_missing_parameter(account: Account) -> None:
    body = "Parameters: {A: {Type: String}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n"
    with refused("InvalidParametersException", "Parameters: [A] must have values"):
        Offer(account, url=account.put("a.yaml", body)).provision()


def test_ssm_parameter(account: Account) -> None:
    body = (
        "Parameters: {A: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}}\n"
        "Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref A}}}\n"
    )
    offer = Offer(account, url=account.put("a.yaml", body))
    with refused("InvalidParametersException", "Unable to fetch parameters [/a] from parameter store"):
        offer.provision()
    client("ssm").put_parameter(Name="/a", Value="x", Type="String")
    assert offer.record(offer.provision())["Status"] == "SUCCEEDED"


def test_names_are_unique(offer: Offer) -> None:
    offer.provision()
    with refused("DuplicateResourceException", "A provisioned product named mine already exists."):
        offer.provision()
    offer.provision("other")
    with refused("ValidationException", "at 'provisionedProductName'"):
        offer.provision("-x")


def test_versions_that_cannot_be_launched(offer: Offer) -> None:
    admin = offer.account.admin
    version = {"ProductId": offer.product, "ProvisioningArtifactId": offer.version}
    offer.provision("before")
    admin.update_provisioning_artifact(**version, Guidance="DEPRECATED")
    with refused("InvalidParametersException", f"Provisioning artifact {offer.version} is deprecated."):
        offer.provision()
    offer.user.update_provisioned_product(
        ProvisionedProductName="before", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )
    admin.update_provisioning_artifact(**version, Active=False)
    with refused("ResourceNotFoundException", f"Provisioning artifact {offer.version} is not active."):
        offer.provision()
    with refused("ResourceNotFoundException", f"Provisioning artifact {offer.version} is not active."):
        offer.user.update_provisioned_product(ProvisionedProductName="before")


def test_template_constraint(offer: Offer) -> None:
    offer.account.constrain(offer.portfolio, offer.product, "TEMPLATE", RULES)
    with refused("InvalidParametersException", "Template constraint violated: Be polite"):
        offer.provision(ProvisioningParameters=[{"Key": "Title", "Value": "no"}])
    offer.provision()


def test_notifications(offer: Offer) -> None:
    sns = client("sns")
    first, second = (sns.create_topic(Name=name)["TopicArn"] for name in ("a", "b"))
    offer.account.constrain(offer.portfolio, offer.product, "NOTIFICATION", {"NotificationArns": [first]})
    offer.provision(NotificationArns=[second, first])
    assert offer.stacks()[0]["NotificationARNs"] == [second, first]


def test_notifications_reach_their_topic(offer: Offer) -> None:
    sns, sqs = client("sns"), client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="a")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def statuses() -> list[str]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        events = [json.loads(one["Body"])["Message"] for one in found]
        return [event.split("ResourceStatus='")[1].split("'")[0] for event in events]

    offer.provision()
    assert statuses() == []
    # A constraint that is made after the launch holds from the next update on.
    offer.account.constrain(offer.portfolio, offer.product, "NOTIFICATION", {"NotificationArns": [topic]})
    offer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "bye"}]
    )
    assert statuses()[0] == "UPDATE_IN_PROGRESS"


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        pytest.param([], "ml", id="the only value"),
        pytest.param([{"Key": "team", "Value": "ml"}], "ml", id="the same"),
    ],
)
def test_tag_options(offer: Offer, given: Any, tag: str) -> None:
    option = offer.account.admin.create_tag_option(Key="team", Value="ml")["TagOptionDetail"]["Id"]
    offer.account.admin.associate_tag_option_with_resource(ResourceId=offer.portfolio, TagOptionId=option)
    offer.provision(Tags=given)
    assert {"Key": "team", "Value": tag} in offer.stacks()[0]["Tags"]


def test_tags_of_portfolio_and_product(offer: Offer) -> None:
    offer.account.admin.update_portfolio(Id=offer.portfolio, AddTags=[{"Key": "a", "Value": "1"}])
    offer.account.admin.update_product(Id=offer.product, AddTags=[{"Key": "b", "Value": "2"}])
    with refused("InvalidParametersException", "Tag a is 1 for this product, not 3."):
        offer.provision(Tags=[{"Key": "a", "Value": "3"}])
    offer.provision(Tags=[{"Key": "c", "Value": "3"}])
    tags = {tag["Key"]: tag["Value"] for tag in offer.stacks()[0]["Tags"]}
    assert {key: tags.get(key) for key in "abc"} == {"a": "1", "b": "2", "c": "3"}


def test_a_key_that_is_a_tag_of_portfolio_and_product(offer: Offer) -> None:
    offer.account.admin.update_portfolio(Id=offer.portfolio, AddTags=[{"Key": "a", "Value": "1"}])
    offer.account.admin.update_product(Id=offer.product, AddTags=[{"Key": "a", "Value": "2"}])
    with refused("InvalidParametersException", "Duplicate tag keys on portfolio"):
        offer.provision()
    offer.account.admin.update_product(Id=offer.product, AddTags=[{"Key": "a", "Value": "1"}])
    offer.provision()
    assert {"Key": "a", "Value": "1"} in offer.stacks()[0]["Tags"]


def test_tag_options_that_conflict(offer: Offer) -> None:
    admin = offer.account.admin
    options = {
        value: admin.create_tag_option(Key="team", Value=value)["TagOptionDetail"]["Id"] for value in "abc"
    }
    for value in "ab":
        admin.associate_tag_option_with_resource(ResourceId=offer.portfolio, TagOptionId=options[value])
    with refused("InvalidParametersException", "Tag team must be one of a, b."):
        offer.provision()
    with refused("InvalidParametersException", "Tag team must be one of a, b, not x."):
        offer.provision(Tags=[{"Key": "team", "Value": "x"}])
    admin.associate_tag_option_with_resource(ResourceId=offer.product, TagOptionId=options["c"])
    with refused("InvalidParametersException", "have no common value of team."):
        offer.provision()
    admin.update_tag_option(Id=options["c"], Active=False)
    offer.provision(Tags=[{"Key": "team", "Value": "a"}])


@pytest.mark.parametrize(
    ("trust", "reason"),
    [
        pytest.param(
            None, "The launch role arn:aws:iam::123456789012:role/launch does not exist.", id="no role"
        ),
        pytest.param(
            {"Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}}},
            "cannot be assumed: it does not trust servicecatalog.amazonaws.com.",
            id="other trust",
        ),
        pytest.param(
            {"Statement": [{"Effect": "Allow", "Principal": "*"}]}, "does not trust", id="principal"
        ),
    ],
)
@pytest.mark.parametrize(
    "parameters", [{"LocalRoleName": "launch"}, {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/launch"}]
)
def test_launch_role_that_does_not_do(offer: Offer, trust: Any, reason: str, parameters: Any) -> None:
    if trust is not None:
        offer.account.role("launch", trust=trust)
    offer.account.constrain(offer.portfolio, offer.product, "LAUNCH", parameters)
    made = offer.provision()
    assert made["Status"] == "CREATED"
    record = offer.record(made)
    [error] = record["RecordErrors"]
    assert (record["Status"], error["Code"]) == ("FAILED", "StackOperationFailed")
    assert reason in error["Description"]
    assert offer.status() == "ERROR"
    assert offer.stacks() == []
    with refused("InvalidParametersException", "is in status ERROR."):
        offer.user.update_provisioned_product(ProvisionedProductName="mine")
    ended = offer.user.terminate_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    assert offer.record(ended)["Status"] == "SUCCEEDED"
    offer.provision()


def test_resource_that_fails(account: Account) -> None:
    offer = Offer(account, url=account.put("broken.yaml", BROKEN))
    record = offer.record(offer.provision())
    [error] = record["RecordErrors"]
    assert (record["Status"], error["Code"]) == ("FAILED", "CREATE_FAILED")
    assert error["Description"].startswith("Subnet (AWS::EC2::Subnet): ")
    assert "vpc-none" in error["Description"]
    found = offer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert (found["Status"], found["StatusMessage"]) == ("ERROR", error["Description"])
    assert "LastSuccessfulProvisioningRecordId" not in found
    offer.user.terminate_provisioned_product(ProvisionedProductName="mine")
    assert offer.stacks() == []


def newer(offer: Offer, body: str = QUEUE) -> str:
    made = offer.account.admin.create_provisioning_artifact(
        ProductId=offer.product,
        Parameters=offer.account.version("2.0.0", offer.account.put("new.yaml", body)),
    )
    return str(made["ProvisioningArtifactDetail"]["Id"])


def test_update(offer: Offer) -> None:
    offer.provision(ProvisioningParameters=[{"Key": "Title", "Value": "bye"}])
    version = newer(offer)
    made = offer.user.update_provisioned_product(
        ProvisionedProductName="mine",
        ProvisioningArtifactName="2.0.0",
        ProvisioningParameters=[{"Key": "Title", "UsePreviousValue": True}, {"Key": "Days", "Value": "3"}],
    )["RecordDetail"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "UPDATE_PROVISIONED_PRODUCT")
    record = offer.record(made)
    assert (record["Status"], record["ProvisioningArtifactId"]) == ("SUCCEEDED", version)
    [stack] = offer.stacks()
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert values == {"Title": "bye", "Days": "3"}
    found = offer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert (found["ProvisioningArtifactId"], found["Status"]) == (version, "AVAILABLE")
    [output] = offer.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    assert output["OutputKey"] == "QueueArn"
    offer.user.update_provisioned_product(ProvisionedProductName="mine")
    values = {one["ParameterKey"]: one["ParameterValue"] for one in offer.stacks()[0]["Parameters"]}
    assert values == {"Title": "hello", "Days": "1"}


def test_update_without_previous_value(offer: Offer) -> None:
    offer.provision()
    newer(offer)
    with refused("InvalidParametersException", "Parameter Days has no previous value"):
        offer.user.update_provisioned_product(
            ProvisionedProductName="mine",
            ProvisioningArtifactName="2.0.0",
            ProvisioningParameters=[{"Key": "Days", "UsePreviousValue": True}],
        )


def test_update_that_fails_taints(offer: Offer) -> None:
    first = offer.provision()
    version = newer(offer, BROKEN)
    made = offer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningArtifactId=version
    )["RecordDetail"]
    record = offer.record(made)
    assert record["Status"] == "FAILED"
    assert [error["Description"][:26] for error in record["RecordErrors"]] == ["Subnet (AWS::EC2::Subnet):"]
    found = offer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert found["Status"] == "TAINTED"
    assert found["ProvisioningArtifactId"] == offer.version
    assert found["LastSuccessfulProvisioningRecordId"] == first["RecordId"]
    assert found["LastProvisioningRecordId"] == made["RecordId"]
    offer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )
    assert offer.status() == "AVAILABLE"


def test_update_of_tags(offer: Offer) -> None:
    offer.provision(Tags=[{"Key": "team", "Value": "ml"}])
    change = {"ProvisionedProductName": "mine", "Tags": [{"Key": "team", "Value": "web"}]}
    with refused("InvalidParametersException", "no RESOURCE_UPDATE constraint allows it."):
        offer.user.update_provisioned_product(**change)
    constraint = offer.account.constrain(
        offer.portfolio,
        offer.product,
        "RESOURCE_UPDATE",
        {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "NOT_ALLOWED"}},
    )
    with refused("InvalidParametersException", "no RESOURCE_UPDATE constraint allows it."):
        offer.user.update_provisioned_product(**change)
    offer.account.admin.update_constraint(
        Id=constraint,
        Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
    )
    offer.user.update_provisioned_product(**change)
    assert offer.status() == "AVAILABLE"
    assert {"Key": "team", "Value": "web"} in offer.stacks()[0]["Tags"]


def test_update_needs_a_path(offer: Offer) -> None:
    offer.provision()
    with refused("ResourceNotFoundException", "No launch paths found"):
        offer.account.admin.update_provisioned_product(ProvisionedProductName="mine")


def test_update_when_the_path_is_another(offer: Offer) -> None:
    offer.provision()
    admin = offer.account.admin
    other = offer.account.portfolio("Other")
    admin.associate_product_with_portfolio(ProductId=offer.product, PortfolioId=other)
    admin.associate_principal_with_portfolio(
        PortfolioId=other, PrincipalARN="arn:aws:iam:::role/ml-*", PrincipalType="IAM_PATTERN"
    )
    made = offer.user.update_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    paths = offer.user.list_launch_paths(ProductId=offer.product)["LaunchPathSummaries"]
    assert made["PathId"] == paths[0]["Id"]
    admin.disassociate_product_from_portfolio(ProductId=offer.product, PortfolioId=offer.portfolio)
    made = offer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProvisioningParameters=[{"Key": "Title", "Value": "x"}]
    )["RecordDetail"]
    assert made["PathId"] == paths[1]["Id"]


def test_update_to_another_product(offer: Offer) -> None:
    offer.provision()
    other, _ = offer.account.product("queue", url=offer.account.put("queue.yaml", QUEUE))
    offer.account.admin.associate_product_with_portfolio(ProductId=other, PortfolioId=offer.portfolio)
    offer.user.update_provisioned_product(
        ProvisionedProductName="mine", ProductName="queue", ProvisioningArtifactName="1.0.0"
    )
    found = offer.user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert (found["Status"], found["ProductId"]) == ("AVAILABLE", other)


def test_terminate(offer: Offer) -> None:
    identifier = offer.provision()["ProvisionedProductId"]
    made = offer.user.terminate_provisioned_product(ProvisionedProductId=identifier)["RecordDetail"]
    assert (made["Status"], made["RecordType"]) == ("CREATED", "TERMINATE_PROVISIONED_PRODUCT")
    assert offer.record(made)["Status"] == "SUCCEEDED"
    assert offer.stacks() == []
    with refused("ResourceNotFoundException", "Provisioned product mine not found."):
        offer.user.describe_provisioned_product(Name="mine")
    with refused("ResourceNotFoundException", f"Provisioned product {identifier} not found."):
        offer.user.terminate_provisioned_product(ProvisionedProductId=identifier)
    with refused("InvalidParametersException", "Specify either the provisioned product's id or its name."):
        offer.user.terminate_provisioned_product()


def test_terminate_and_keep_the_stack(offer: Offer) -> None:
    offer.provision()
    offer.user.terminate_provisioned_product(ProvisionedProductName="mine", RetainPhysicalResources=True)
    assert offer.user.scan_provisioned_products()["ProvisionedProducts"] == []
    assert len(offer.stacks()) == 1


BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\nOutputs: {Name: {Value: !Ref Bucket}}\n"


def test_terminate_that_fails(account: Account) -> None:
    offer = Offer(account, url=account.put("bucket.yaml", BUCKET))
    offer.provision()
    [output] = offer.user.get_provisioned_product_outputs(ProvisionedProductName="mine")["Outputs"]
    account.s3.put_object(Bucket=output["OutputValue"], Key="x", Body=b"x")
    made = offer.user.terminate_provisioned_product(ProvisionedProductName="mine")["RecordDetail"]
    record = offer.record(made)
    assert record["Status"] == "FAILED"
    assert record["RecordErrors"][0]["Description"].startswith("Bucket (AWS::S3::Bucket): ")
    assert offer.status() == "TAINTED"
    offer.user.terminate_provisioned_product(ProvisionedProductName="mine", IgnoreErrors=True)
    assert offer.user.scan_provisioned_products()["ProvisionedProducts"] == []
