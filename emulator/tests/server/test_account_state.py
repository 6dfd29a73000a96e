"""A prepared account, saved and loaded: clients see no difference."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog_emulator import install, settings, sns
from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.server import account_state
from tests.conftest import cases

URL = "http://127.0.0.1:4001"
LATER_URL = "http://127.0.0.1:4002"
ADDRESS = "team@example.com"
TEMPLATE = {
    "Parameters": {"Address": {"Type": "String"}},
    "Resources": {
        "Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}},
        "Mail": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Protocol": "email",
                "TopicArn": {"Ref": "Alerts"},
                "Endpoint": {"Ref": "Address"},
            },
        },
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
        "Index": {"Type": "AWS::Kendra::Index", "Properties": {"Edition": "DEVELOPER_EDITION"}},
        "Name": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/topic", "Type": "String", "Value": {"Ref": "Alerts"}},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "sagemaker.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                }
            },
        },
    },
    "Outputs": {"Topic": {"Value": {"Ref": "Alerts"}}},
}
TEMPLATE["Resources"]["Index"]["Properties"] |= {  # type: ignore[index]
    "Name": "index",
    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
}


def client(service: str) -> Any:
    session: Any = boto3.Session()
    return session.client(service, region_name="us-west-2")


@pytest.fixture
def account() -> Iterator[None]:
    install()
    with mock_aws():
        sns.settings.base_url = URL
        yield


def prepare() -> None:
    """A portfolio with a product, a launch of it, an object with versions, a user who launches."""
    s3, catalog = client("s3"), client("servicecatalog")
    s3.create_bucket(Bucket="source", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket="source", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="source", Key="t.json", Body=b"first")
    s3.put_object(Bucket="source", Key="t.json", Body=json.dumps(TEMPLATE), Metadata={"a": "b"})
    user = client("iam").create_user(UserName="ada")["User"]["Arn"]
    client("iam").create_access_key(UserName="ada")
    portfolio = catalog.create_portfolio(
        DisplayName="ml", ProviderName="us", IdempotencyToken="portfolio", Tags=[{"Key": "k", "Value": "v"}]
    )["PortfolioDetail"]["Id"]
    product = catalog.create_product(
        Name="alerts",
        Owner="us",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={
            "Name": "1.0.0",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": "https://source.s3.us-west-2.amazonaws.com/t.json"},
        },
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    catalog.associate_product_with_portfolio(PortfolioId=portfolio, ProductId=product)
    catalog.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=user, PrincipalType="IAM")
    launched().provision_product(
        ProductName="alerts",
        ProvisioningArtifactName="1.0.0",
        ProvisionedProductName="launch",
        ProvisioningParameters=[{"Key": "Address", "Value": ADDRESS}],
    )


def launched() -> Any:
    """Service Catalog as the user who launches."""
    (key,) = client("iam").list_access_keys(UserName="ada")["AccessKeyMetadata"]
    session: Any = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="x")
    return session.client("servicecatalog", region_name="us-west-2")


def seen() -> dict[str, Any]:
    """What clients see of the account."""
    catalog, stacks = client("servicecatalog"), client("cloudformation")
    (portfolio,) = catalog.list_portfolios()["PortfolioDetails"]
    products = catalog.search_products_as_admin(PortfolioId=portfolio["Id"])["ProductViewDetails"]
    product = products[0]["ProductViewSummary"]["ProductId"]
    answers = {
        "portfolio": catalog.describe_portfolio(Id=portfolio["Id"]),
        "products": products,
        "versions": catalog.list_provisioning_artifacts(ProductId=product),
        "principals": catalog.list_principals_for_portfolio(PortfolioId=portfolio["Id"]),
        "launches": launched().search_provisioned_products(),
        "outputs": launched().get_provisioned_product_outputs(ProvisionedProductName="launch"),
        "stacks": stacks.describe_stacks(),
        "objects": client("s3").list_object_versions(Bucket="source"),
        "object": client("s3").get_object(Bucket="source", Key="t.json")["Body"].read(),
        "parameter": client("ssm").get_parameter(Name="/topic"),
        "keys": client("kms").list_keys(),
        "topics": client("sns").list_subscriptions(),
        "role": client("iam").list_roles(),
    }
    for stack in answers["stacks"]["Stacks"]:
        name = stack["StackName"]
        answers[name] = stacks.describe_stack_resources(StackName=name)
        answers[f"{name} events"] = stacks.describe_stack_events(StackName=name)
    for answer in answers.values():
        if isinstance(answer, dict):
            answer.pop("ResponseMetadata", None)
    return answers


def restored(file: Path) -> None:
    """Loads the saved account in place of another one."""
    client("iam").create_user(UserName="somebody")
    account_state.load(file, LATER_URL)


def test_everything_is_restored(account: None, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    prepare()
    before = seen()
    file.write_text(account_state.dump(URL))
    restored(file)
    assert without_keys(account_state.dump(LATER_URL)) == without_keys(
        file.read_text().replace(URL, LATER_URL)
    )
    assert seen() == before
    assert [user["UserName"] for user in client("iam").list_users()["Users"]] == ["ada"]


def without_keys(state: str) -> str:
    return re.sub(
        r"A[KS]IA\w{16}|(?<=\"secret_access_key\":\")[^\"]+|(?<=\"session_token\":\")[^\"]+", "", state
    )


@cases("written", {"plainly": "A", "escaped": "\\u0041"})
def test_no_key_of_a_file_is_one_afterwards(account: None, tmp_path: Path, written: str) -> None:
    """Of a user, of a session, and of a stack, whose resource has the key's id."""
    prepare()
    client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="ada")
    key = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "ada"}}
    client("cloudformation").create_stack(
        StackName="key",
        TemplateBody=json.dumps({"Resources": {"Key": key}}),
        Capabilities=["CAPABILITY_IAM"],
    )
    file = tmp_path / "state.json"
    saved = account_state.dump(URL)
    file.write_text(re.sub(r"A(?=[KS]IA)", lambda _: written, saved))
    restored(file)
    secret = r'(?:"secret_access_key"|"session_token"):"([^"]+)"|(A[KS]IA\w{16})'
    before, after = (set(re.findall(secret, text)) for text in (saved, account_state.dump(URL)))
    assert len(before) == 7 and before.isdisjoint(after)
    resources = client("cloudformation").describe_stack_resources(StackName="key")["StackResources"]
    found = {
        one["AccessKeyId"] for one in client("iam").list_access_keys(UserName="ada")["AccessKeyMetadata"]
    }
    assert len(found) == 2 and resources[0]["PhysicalResourceId"] in found


def test_what_was_uploaded_in_parts_and_queues_are_restored(account: None, tmp_path: Path) -> None:
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="source", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    parts = [os.urandom(5 << 20), b"end"]
    for key in ("complete", "begun"):
        upload = {"Bucket": "source", "Key": key}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        sent = [
            {"PartNumber": n, "ETag": s3.upload_part(PartNumber=n, Body=part, **upload)["ETag"]}
            for n, part in enumerate(parts, 1)
        ]
        if key == "complete":
            s3.complete_multipart_upload(MultipartUpload={"Parts": sent}, **upload)
    s3.put_object(Bucket="source", Key="over", Body=b"old")
    s3.put_object(Bucket="source", Key="over", Body=b"new")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    (tmp_path / "state.json").write_text(account_state.dump(URL))
    restored(tmp_path / "state.json")
    assert s3.get_object(Bucket="source", Key="complete")["Body"].read() == b"".join(parts)
    assert s3.get_object(Bucket="source", Key="over")["Body"].read() == b"new"
    s3.complete_multipart_upload(MultipartUpload={"Parts": sent}, **upload)
    assert s3.get_object(Bucket="source", Key="begun")["Body"].read() == b"".join(parts)
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"


def test_a_restored_account_can_be_used(account: None, tmp_path: Path) -> None:
    prepare()
    (tmp_path / "state.json").write_text(account_state.dump(URL))
    restored(tmp_path / "state.json")
    catalog = client("servicecatalog")
    again = catalog.create_portfolio(
        DisplayName="ml", ProviderName="us", IdempotencyToken="portfolio", Tags=[{"Key": "k", "Value": "v"}]
    )
    assert [one["Id"] for one in catalog.list_portfolios()["PortfolioDetails"]] == [
        again["PortfolioDetail"]["Id"]
    ]
    launched().update_provisioned_product(
        ProvisionedProductName="launch",
        ProvisioningParameters=[{"Key": "Address", "Value": "other@example.com"}],
    )
    (launch,) = launched().search_provisioned_products()["ProvisionedProducts"]
    assert launch["Status"] == "AVAILABLE"
    launched().terminate_provisioned_product(ProvisionedProductName="launch")
    assert launched().search_provisioned_products()["ProvisionedProducts"] == []
    assert client("sns").list_topics()["Topics"] == []
    client("ssm").put_parameter(Name="/new", Value="x", Type="String")
    client("iam").create_role(RoleName="new", AssumeRolePolicyDocument="{}")


def test_links_lead_to_the_running_endpoint(account: None, tmp_path: Path) -> None:
    prepare()
    (tmp_path / "state.json").write_text(account_state.dump(URL))
    restored(tmp_path / "state.json")
    (mail,) = sns.mails(ADDRESS)
    assert mail.link is not None and mail.link.startswith(f"{LATER_URL}/_emulator/sns/confirm?")


def test_a_running_stack_operation_prevents_saving(account: None) -> None:
    slow = {"Resources": {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(200)}}
    settings.background = True
    client("cloudformation").create_stack(StackName="slow", TemplateBody=json.dumps(slow))
    with pytest.raises(EmulatorError, match="while stack slow is CREATE_IN_PROGRESS"):
        account_state.dump(URL)
    while client("cloudformation").describe_stacks()["Stacks"][0]["StackStatus"] != "CREATE_COMPLETE":
        time.sleep(0.02)


def test_a_missing_file(account: None, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"none\.json: No such file or directory"):
        account_state.load(tmp_path / "none.json", URL)
