"""A prepared account, saved and loaded: clients see no difference."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.s3.models import s3_backends

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
    assert json.loads(file.read_text())["left_out"] == []
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


ROLE = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}


def zipped() -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return 1")
    return content.getvalue()


def with_function() -> Callable[[], Any]:
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(ROLE))["Role"]["Arn"]
    functions = client("lambda")
    arn = functions.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped()},
        Publish=True,
    )["FunctionArn"]
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.publish_layer_version(LayerName="l", Content={"ZipFile": zipped()})
    return lambda: (
        functions.get_function(FunctionName=arn),
        functions.list_aliases(FunctionName="f"),
        functions.list_layers(),
        functions.list_tags(Resource=arn.removesuffix(":1")),
    )


def with_certificate() -> Callable[[], Any]:
    certificates = client("acm")
    arn = certificates.request_certificate(DomainName="example.com")["CertificateArn"]
    return lambda: (
        certificates.describe_certificate(CertificateArn=arn),
        certificates.get_certificate(CertificateArn=arn),
    )


def with_pool() -> Callable[[], Any]:
    pools = client("cognito-idp")
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = pools.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    pools.admin_create_user(UserPoolId=pool, Username="ada", TemporaryPassword="Secret-1")
    pools.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Secret-2", Permanent=True)
    login = {"USERNAME": "ada", "PASSWORD": "Secret-2"}

    def read() -> Any:
        tokens = pools.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=login)
        return pools.describe_user_pool(UserPoolId=pool), sorted(tokens["AuthenticationResult"])

    return read


def with_database() -> Callable[[], Any]:
    databases = client("rds")
    arn = databases.create_db_instance(
        DBInstanceIdentifier="d",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="u",
        MasterUserPassword="Secret-1",
        Tags=[{"Key": "a", "Value": "b"}],
    )["DBInstance"]["DBInstanceArn"]
    return lambda: databases.list_tags_for_resource(ResourceName=arn)


def with_api() -> Callable[[], Any]:
    apis = client("apigateway")
    api = apis.create_rest_api(name="a")["id"]
    root = apis.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    apis.put_method(authorizationType="NONE", **method)
    apis.put_integration(type="MOCK", **method)
    apis.put_method_response(statusCode="200", **method)
    apis.put_integration_response(statusCode="200", **method)
    apis.create_deployment(restApiId=api, stageName="s")
    return lambda: (
        apis.get_resources(restApiId=api),
        apis.get_integration(**method),
        apis.get_stages(restApiId=api),
    )


def with_group() -> Callable[[], Any]:
    groups = client("identitystore")
    groups.create_group(IdentityStoreId="d-1", DisplayName="g")
    return lambda: groups.list_groups(IdentityStoreId="d-1")


def with_workspace() -> Callable[[], Any]:
    workspaces = client("amp")
    name = workspaces.create_workspace(tags={"a": "b"})["workspaceId"]
    return lambda: workspaces.describe_workspace(workspaceId=name)


def with_trace() -> Callable[[], Any]:
    traces, trace = client("xray"), "1-58406520-a006649127e371903a2de979"
    segment = {"trace_id": trace, "id": "70de5b6f19ff9a0a", "start_time": 1.0, "end_time": 2.0, "name": "n"}
    traces.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    return lambda: traces.batch_get_traces(TraceIds=[trace])


@cases(
    "make",
    {
        "a function": with_function,
        "a certificate": with_certificate,
        "a pool of users": with_pool,
        "a database": with_database,
        "a REST API": with_api,
        "a group of an identity store": with_group,
        "a workspace": with_workspace,
        "a trace": with_trace,
    },
)
def test_what_moto_keeps_in_its_own_way(
    account: None, tmp_path: Path, make: Callable[[], Callable[[], Any]]
) -> None:
    read = make()
    before = without_request(read())
    file = tmp_path / "state.json"
    file.write_text(account_state.dump(URL))
    assert json.loads(file.read_text())["left_out"] == []
    restored(file)
    assert without_request(read()) == before


def without_request(answers: Any) -> Any:
    return [
        {**one, "ResponseMetadata": None} if isinstance(one, dict) else one
        for one in (answers if isinstance(answers, tuple) else [answers])
    ]


def test_listings_in_progress_are_not_saved(account: None, tmp_path: Path) -> None:
    tags, s3 = client("resourcegroupstaggingapi"), client("s3")
    for name in ("one", "two"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    token = tags.get_resources(ResourcesPerPage=1)["PaginationToken"]
    file = tmp_path / "state.json"
    file.write_text(account_state.dump(URL))
    restored(file)
    assert len(tags.get_resources()["ResourceTagMappingList"]) == 2
    with pytest.raises(ClientError, match="PaginationTokenExpired"):
        tags.get_resources(PaginationToken=token)


def test_what_cannot_be_saved_is_left_out_and_named(account: None, tmp_path: Path) -> None:
    client("sns").create_topic(Name="t")
    backend: Any = s3_backends["123456789012"]["aws"]
    shared = [1]
    backend.odd, backend.even = [shared, {"a": lambda: 1}], [shared]
    file = tmp_path / "state.json"
    file.write_text(account_state.dump(URL))
    (left_out,) = json.loads(file.read_text())["left_out"]
    assert left_out.startswith("s3.odd[]['a'] contains code: <function ")
    restored(file)
    assert len(client("sns").list_topics()["Topics"]) == 1
    assert vars(s3_backends["123456789012"]["aws"])["even"] == [[1]]


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
