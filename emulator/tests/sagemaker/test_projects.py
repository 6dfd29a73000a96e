"""Projects by product and by template in S3: made, changed, deleted, and refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from catalog_emulator import settings
from catalog_emulator.server import account_state
from tests.conftest import cases
from tests.sagemaker.conftest import PROJECT_TEMPLATE, Studio, policy, topic
from tests.servicecatalog.account import ACCOUNT, TEMPLATE, client, refused, trust

TITLE = [{"Key": "Title", "Value": "new"}]
FORMATION = trust({"Service": "cloudformation.amazonaws.com"})
AFTER = datetime(2100, 1, 1, tzinfo=UTC)
BROKEN = PROJECT_TEMPLATE.replace("DisplayName: !Ref Title", "TopicName: a name")
SOURCES: dict[str, object] = {
    "product": Studio.by_product,
    "template": Studio.by_template,
    "template at the endpoint": lambda studio: studio.by_template(
        TemplateURL="http://127.0.0.1:4001/templates/project.yaml"
    ),
}


def test_project_of_a_product(studio: Studio) -> None:
    made = studio.client.create_project(
        ProjectName="churn", ProjectDescription="Who leaves", **studio.by_product()
    )
    found = studio.described()
    record = client("servicecatalog").describe_provisioned_product(Name=f"churn-{made['ProjectId']}")
    launch = record["ProvisionedProductDetail"]

    assert made["ProjectArn"] == f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:project/churn"
    assert len(made["ProjectId"]) == 14
    assert {key: found[key] for key in found if key not in ("CreationTime", "ResponseMetadata")} == {
        "ProjectName": "churn",
        "ProjectDescription": "Who leaves",
        "ProjectArn": made["ProjectArn"],
        "ProjectId": made["ProjectId"],
        "ProjectStatus": "CreateCompleted",
        "ServiceCatalogProvisioningDetails": {
            "ProductId": studio.product,
            "ProvisioningArtifactId": studio.version,
        },
        "ServiceCatalogProvisionedProductDetails": {
            "ProvisionedProductId": launch["Id"],
            "ProvisionedProductStatusMessage": "AVAILABLE",
        },
        "CreatedBy": found["CreatedBy"],
    }
    assert found["CreatedBy"]["IamIdentity"]["Arn"].endswith(":assumed-role/studio/someone")


def test_project_of_a_template(studio: Studio) -> None:
    role = studio.account.role("launch", trust=FORMATION)
    made = studio.client.create_project(
        ProjectName="churn", **studio.by_template(RoleARN=role, Parameters=TITLE)
    )
    [stack] = client("cloudformation").describe_stacks()["Stacks"]

    assert (stack["StackName"], stack["RoleARN"]) == (f"SP-{ACCOUNT}-{made['ProjectId']}", role)
    assert studio.described()["TemplateProviderDetails"] == [
        {
            "CfnTemplateProviderDetail": {
                "TemplateName": "topic",
                "TemplateURL": studio.url,
                "RoleARN": role,
                "Parameters": TITLE,
                "StackDetail": {
                    "Name": stack["StackName"],
                    "Id": stack["StackId"],
                    "StatusMessage": "CREATE_COMPLETE",
                },
            }
        }
    ]


@cases("source", SOURCES)
def test_what_a_project_makes_has_its_tags_and_parameters(
    source: Callable[[Studio], dict[str, Any]], studio: Studio
) -> None:
    tags = [{"Key": "team", "Value": "ml"}]
    made = studio.client.create_project(ProjectName="churn", Tags=tags, **source(studio))
    [stack] = client("cloudformation").describe_stacks()["Stacks"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}

    assert values["SageMakerProjectName"], values["SageMakerProjectId"] == ("churn", made["ProjectId"])
    assert topic() == (
        "hello",
        {"team": "ml", "sagemaker:project-name": "churn", "sagemaker:project-id": made["ProjectId"]},
    )
    assert studio.client.list_tags(ResourceArn=made["ProjectArn"])["Tags"] == tags


@cases(
    ("source", "change"),
    {
        "product": (
            Studio.by_product,
            lambda studio: {"ServiceCatalogProvisioningUpdateDetails": {"ProvisioningParameters": TITLE}},
        ),
        "template": (Studio.by_template, lambda studio: studio.change_template(Parameters=TITLE)),
    },
)
def test_update_and_delete(
    source: Callable[[Studio], dict[str, Any]], change: Callable[[Studio], dict[str, Any]], studio: Studio
) -> None:
    studio.client.create_project(ProjectName="churn", **source(studio))
    studio.client.update_project(ProjectName="churn", **change(studio))
    updated = studio.described()
    name, _ = topic()
    studio.client.delete_project(ProjectName="churn")

    assert (updated["ProjectStatus"], name) == ("UpdateCompleted", "new")
    assert TITLE in [
        updated.get("ServiceCatalogProvisioningDetails", {}).get("ProvisioningParameters"),
        *(
            one["CfnTemplateProviderDetail"]["Parameters"]
            for one in updated.get("TemplateProviderDetails", ())
        ),
    ]
    assert studio.described()["ProjectStatus"] == "DeleteCompleted"
    assert client("sns").list_topics()["Topics"] == []
    assert client("cloudformation").describe_stacks()["Stacks"] == []
    with refused("ValidationException", "Cannot delete Project in DeleteCompleted status"):
        studio.client.delete_project(ProjectName="churn")
    studio.client.create_project(ProjectName="churn", **source(studio))
    assert studio.described()["ProjectStatus"] == "CreateCompleted"


def test_newest_version_is_the_default(studio: Studio) -> None:
    url = studio.account.put("next.yaml", PROJECT_TEMPLATE.replace("Default: hello", "Default: next"))
    made = studio.account.admin.create_provisioning_artifact(
        ProductId=studio.product, Parameters=studio.account.version("2.0.0", url)
    )
    studio.client.create_project(ProjectName="churn", **studio.by_product())

    details = studio.described()["ServiceCatalogProvisioningDetails"]
    assert (details["ProvisioningArtifactId"], topic()[0]) == (
        made["ProvisioningArtifactDetail"]["Id"],
        "next",
    )


def test_description_changes_without_the_launch(studio: Studio) -> None:
    studio.client.create_project(ProjectName="churn", **studio.by_product())
    studio.client.update_project(ProjectName="churn", ProjectDescription="Who stays")

    found = studio.described()
    assert (found["ProjectStatus"], found["ProjectDescription"]) == ("UpdateCompleted", "Who stays")


def test_tags_of_a_product_need_a_constraint(studio: Studio) -> None:
    studio.client.create_project(ProjectName="churn", **studio.by_product())
    change: dict[str, Any] = {"ProjectName": "churn", "Tags": [{"Key": "team", "Value": "ml"}]}
    with refused("ValidationException", "no RESOURCE_UPDATE constraint allows it"):
        studio.client.update_project(**change)
    allowed = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}
    studio.account.constrain(studio.portfolio, studio.product, "RESOURCE_UPDATE", allowed)
    studio.client.update_project(**change)

    assert (studio.described()["ProjectStatus"], topic()[1]["team"]) == ("UpdateCompleted", "ml")


def _undeclared(studio: Studio) -> dict[str, Any]:
    product, _ = studio.account.product("other")
    studio.account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=studio.portfolio)
    return studio.by_product(ProductId=product)


def _broken_product(studio: Studio) -> dict[str, Any]:
    product, _ = studio.account.product("broken", url=studio.account.put("broken.yaml", BROKEN))
    studio.account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=studio.portfolio)
    return studio.by_product(ProductId=product)


def _template(studio: Studio, text: str) -> dict[str, Any]:
    url = studio.account.put("other.yaml", text)
    studio.show("other.yaml")
    return studio.by_template(TemplateURL=url)


@cases(
    ("source", "reason"),
    {
        "product without the parameters": (_undeclared, "Client error: "),
        "product whose stack fails": (
            _broken_product,
            "Client error: Provisioning failed with error: Topic (AWS::SNS::Topic)",
        ),
        "product with a path that is not there": (
            lambda studio: studio.by_product(PathId="lpv3-none"),
            "Client error: Invalid PathId: lpv3-none",
        ),
        "template whose stack fails": (
            lambda studio: _template(studio, BROKEN),
            "Client error: Provisioning failed with error: Errors from CloudFormation: [{",
        ),
        "template that is too large": (
            lambda studio: _template(studio, PROJECT_TEMPLATE + "#" * 1_000_000),
            "Client error: Template may not exceed 1000000 bytes in size.",
        ),
        "template with a parameter it does not declare": (
            lambda studio: studio.by_template(Parameters=[{"Key": "Other", "Value": ""}]),
            "Client error: Parameters: [Other] do not exist in the template",
        ),
        "role that CloudFormation may not assume": (
            lambda studio: studio.by_template(RoleARN=studio.role_arn),
            "is invalid or cannot be assumed",
        ),
    },
)
def test_failed_project_says_why_and_can_be_deleted(
    source: Callable[[Studio], dict[str, Any]], reason: str, studio: Studio
) -> None:
    studio.client.create_project(ProjectName="churn", **source(studio))
    found = studio.described()
    message = str(found.get("ServiceCatalogProvisionedProductDetails", found.get("TemplateProviderDetails")))
    studio.client.delete_project(ProjectName="churn")

    assert (found["ProjectStatus"], reason in message) == ("CreateFailed", True), message
    assert studio.described()["ProjectStatus"] == "DeleteCompleted"


def test_deletion_fails_with_the_reason(studio: Studio) -> None:
    url = studio.account.put(
        "bucket.yaml",
        PROJECT_TEMPLATE.replace("SNS::Topic", "S3::Bucket").replace("DisplayName", "BucketName"),
    )
    studio.show("bucket.yaml")
    studio.client.create_project(ProjectName="churn", **studio.by_template(TemplateURL=url))
    studio.account.s3.put_object(Bucket="hello", Key="a", Body=b"")
    studio.client.delete_project(ProjectName="churn")

    [detail] = studio.described()["TemplateProviderDetails"]
    assert studio.described()["ProjectStatus"] == "DeleteFailed"
    assert "Client error: Termination failed with error: Errors from CloudFormation: [{" in str(detail)


def _hidden(studio: Studio) -> dict[str, Any]:
    return studio.by_template(TemplateURL=studio.account.put("hidden.yaml", TEMPLATE))


@cases(
    ("request_of", "message"),
    {
        "neither": (lambda studio: {}, "Specify either"),
        "both": (lambda studio: {**studio.by_product(), **studio.by_template()}, "Specify either"),
        "product": (lambda studio: studio.by_product(ProductId="prod-none"), "does not exist"),
        "version": (
            lambda studio: studio.by_product(ProvisioningArtifactId="pa-none"),
            "Provisioning artifact pa-none does not exist or access was denied.",
        ),
        "template that is not visible": (_hidden, "does not have the tag sagemaker:studio-visibility=true"),
        "template in JSON": (lambda studio: _template(studio, "{}"), "is not in YAML format"),
        "template that is not there": (
            lambda studio: studio.by_template(TemplateURL=studio.url + "l"),
            "Unable to access the template",
        ),
        "template of another bucket": (
            lambda studio: studio.by_template(TemplateURL="https://other.s3.amazonaws.com/a.yaml"),
            "No domain in this Region has the tag sagemaker:projectS3TemplatesLocation",
        ),
        "URL without TLS": (
            lambda studio: studio.by_template(TemplateURL=studio.url.replace("https:", "http:")),
            "is not the URL of an object in Amazon S3",
        ),
        "URL of another host": (
            lambda studio: studio.by_template(TemplateURL="https://example.com/a.yaml"),
            "is not the URL of an object in Amazon S3",
        ),
        "name": (
            lambda studio: {**studio.by_product(), "ProjectName": "a_b"},
            "Member must satisfy regular expression pattern",
        ),
        "description": (
            lambda studio: {**studio.by_product(), "ProjectDescription": "bell\a"},
            "Member must satisfy regular expression pattern",
        ),
    },
)
def test_requests_that_are_refused(
    request_of: Callable[[Studio], dict[str, Any]], message: str, studio: Studio
) -> None:
    with refused("ValidationException", message):
        studio.client.create_project(**{"ProjectName": "churn", **request_of(studio)})
    assert studio.client.list_projects()["ProjectSummaryList"] == []


@cases(
    ("change", "message"),
    {
        "other source": (
            lambda studio: studio.change_template(),
            "is not made from what the request updates",
        ),
        "version": (
            lambda studio: {"ServiceCatalogProvisioningUpdateDetails": {"ProvisioningArtifactId": "pa-none"}},
            "pa-none does not exist",
        ),
    },
)
def test_updates_that_are_refused_change_nothing(
    change: Callable[[Studio], dict[str, Any]], message: str, studio: Studio
) -> None:
    studio.client.create_project(ProjectName="churn", **studio.by_product())
    with refused("ValidationException", message):
        studio.client.update_project(ProjectName="churn", ProjectDescription="no", **change(studio))
    found = studio.described()
    assert (found["ProjectStatus"], "ProjectDescription" in found) == ("CreateCompleted", False)


@pytest.mark.parametrize("operation", ["describe", "update", "delete"])
def test_unknown_project(operation: str, sagemaker: Any) -> None:
    with refused("ValidationException", "Project none does not exist."):
        getattr(sagemaker, f"{operation}_project")(ProjectName="none")


def test_name_is_taken(studio: Studio) -> None:
    studio.client.create_project(ProjectName="churn", **studio.by_product())
    with refused("ValidationException", "Project churn already exists."):
        studio.client.create_project(ProjectName="churn", **studio.by_product())


def test_caller_without_access_to_the_product(studio: Studio) -> None:
    other = studio.account.session(studio.account.role("other"), "sagemaker")
    with refused("ValidationException", "does not exist or access was denied"):
        other.create_project(ProjectName="churn", **studio.by_product())


def test_caller_must_be_allowed_to_pass_the_role(studio: Studio) -> None:
    role = studio.account.role("launch", trust=FORMATION)
    settings.authorize = True
    studio.account.iam.put_role_policy(
        RoleName="studio",
        PolicyName="everything",
        PolicyDocument=policy("sagemaker:*", "s3:*", "cloudformation:*"),
    )
    with refused("AccessDeniedException", "is not authorized to perform: iam:PassRole"):
        studio.client.create_project(ProjectName="churn", **studio.by_template(RoleARN=role))


def test_list(studio: Studio) -> None:
    for name in ("beta", "alpha", "gamma"):
        studio.client.create_project(ProjectName=name, **studio.by_product())
    studio.client.delete_project(ProjectName="beta")

    def names(**request: Any) -> list[str]:
        pages = studio.client.get_paginator("list_projects").paginate(**request)
        return [one["ProjectName"] for page in pages for one in page["ProjectSummaryList"]]

    first = studio.client.list_projects(MaxResults=2)
    assert [one["ProjectStatus"] for one in first["ProjectSummaryList"]] == [
        "DeleteCompleted",
        "CreateCompleted",
    ]
    assert names(MaxResults=1) == ["beta", "alpha", "gamma"]
    assert names(SortBy="Name", SortOrder="Descending") == ["gamma", "beta", "alpha"]
    assert names(NameContains="mm") == ["gamma"]
    assert (names(CreationTimeAfter=AFTER), names(CreationTimeBefore=AFTER)) == (
        [],
        ["beta", "alpha", "gamma"],
    )
    with refused("ValidationException", "Invalid NextToken"):
        studio.client.list_projects(NextToken=first["NextToken"], NameContains="a")


def test_portfolio_status(sagemaker: Any) -> None:
    def status() -> str:
        return str(sagemaker.get_sagemaker_servicecatalog_portfolio_status()["Status"])

    seen = [status()]
    for change in ("enable", "disable"):
        getattr(sagemaker, f"{change}_sagemaker_servicecatalog_portfolio")()
        seen.append(status())
    assert seen == ["Disabled", "Enabled", "Disabled"]


def test_stack_fails_with_the_reason_of_its_project(studio: Studio) -> None:
    project = {
        "Type": "AWS::SageMaker::Project",
        "Properties": {"ProjectName": "churn", **_broken_product(studio)},
    }
    formation = studio.account.session(studio.role_arn, "cloudformation")
    formation.create_stack(StackName="one", TemplateBody=json.dumps({"Resources": {"It": project}}))
    events = client("cloudformation").describe_stack_events(StackName="one")["StackEvents"]
    reasons = [
        event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"
    ]

    assert reasons[0].startswith(
        "CreateFailed: Client error: Provisioning failed with error: Topic (AWS::SNS::Topic)"
    )
    assert studio.described()["ProjectStatus"] == "DeleteCompleted"


def test_projects_are_saved(studio: Studio, tmp_path: Path) -> None:
    for name, source in {"one": studio.by_product(), "two": studio.by_template()}.items():
        studio.client.create_project(ProjectName=name, **source)
    domain = studio.domain.rpartition("/")[2]
    client("sagemaker").create_user_profile(DomainId=domain, UserProfileName="ann")

    def seen() -> list[Any]:
        admin = client("sagemaker")
        found = [admin.describe_project(ProjectName=name) for name in ("one", "two")]
        profile = admin.describe_user_profile(DomainId=domain, UserProfileName="ann")
        return [{**one, "ResponseMetadata": None} for one in (*found, profile)]

    before = seen()
    file = tmp_path / "state.json"
    file.write_text(account_state.dump("http://127.0.0.1:4001"))
    with mock_aws():
        account_state.load(file, "http://127.0.0.1:4001")
        assert seen() == before
        client("sagemaker").delete_project(ProjectName="two")
        assert client("sagemaker").describe_project(ProjectName="two")["ProjectStatus"] == "DeleteCompleted"
