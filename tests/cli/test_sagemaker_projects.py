"""Launches that are SageMaker projects, by either door: of a product, and of a template in S3."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from publisher.aws.stack_events import StackEvents
from publisher.launch.project_operations import Verb, project_state
from publisher.templates.cloudformation import parse
from publisher.templates.template_digest import digest
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import Publisher, clock
from tests.conftest import Ran, Run, cases, write_files
from tests.launch.account import Account, Answered
from tests.reliability.wire import Killed, Wire, stretched

# Writes the config.
Config = Callable[..., None]
PRODUCT, CONFIG = "delivery-queue", "configs/churn.yaml"
TEMPLATE = """\
Parameters:
  SageMakerProjectName: {Type: String}
  SageMakerProjectId: {Type: String, AllowedPattern: "[a-z0-9-]+"}
  Title: {Type: String, Default: hello}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Title}
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Sub /sagemaker/${SageMakerProjectName}-${SageMakerProjectId}/BucketName
      Type: String
      Value: !Ref Bucket
Outputs:
  BucketName: {Value: !Ref Bucket}
"""
NEWER = TEMPLATE.replace("Outputs:", "  Log: {Type: AWS::Logs::LogGroup}\nOutputs:")
FORM = f"""\
schema:
  type: object
  required: [delivery]
  properties:
    delivery:
      type: object
      required: [name, account, region, door]
      properties:
        name: {{type: string, maxLength: 20, pattern: "[a-z-]+"}}
        account: {{type: string, format: account-id}}
        region: {{type: string, format: region}}
        door: {{type: string, enum: [service-catalog, s3]}}
        title: {{type: string}}
        suffix: {{type: string, maxLength: 8, minLength: 0, default: ""}}
account_id: delivery.account
region: delivery.region
name: "{{{{ delivery.name }}}}{{{{ '-' ~ delivery.suffix if delivery.suffix else '' }}}}"
name_fields: [delivery.name, delivery.suffix]
test_field: delivery.suffix
product: {PRODUCT}
sagemaker_project: "{{{{ delivery.door }}}}"
parameters: [{{set: {{Title: "{{{{ delivery.title }}}}"}}}}]
ssm: ["/sagemaker/{{name}}-{{project_id}}"]
outputs: {{empties: [BucketName]}}
"""


def _digest(template: str) -> str:
    return digest(parse(template, "template").value) if "Resources" in template else ""


class Studio(Account):
    """An account with a domain, the product, and its template in S3."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        for role, service in (("launch", "servicecatalog"), ("deploy", "cloudformation")):
            self.role(f"{role}-{PRODUCT}", service=f"{service}.amazonaws.com")
        self.product = self.publish("Delivery queue", template=TEMPLATE, role=f"launch-{PRODUCT}")
        self.catalog.create_constraint(
            ProductId=self.product,
            PortfolioId=self.portfolio,
            Type="RESOURCE_UPDATE",
            Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
        )
        self.domain = self.studio()
        location = f"s3://publisher-{ACCOUNT}-{REGION}/sagemaker-projects/"
        tag = {"Key": "sagemaker:projectS3TemplatesLocation", "Value": location}
        self.client("sagemaker").add_tags(ResourceArn=self.domain, Tags=[tag])
        self.place("1.0.0", TEMPLATE)

    def place(self, version: str, template: str, *, visible: bool = True) -> None:
        """A template in S3, as sync places it; the only visible one, if it is."""
        s3, folder = self.client("s3"), f"sagemaker-projects/{PRODUCT}"
        bucket = f"publisher-{ACCOUNT}-{REGION}"
        shown = "&sagemaker:studio-visibility=true" if visible else ""
        for it in s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", ()):
            if visible:
                s3.delete_object_tagging(Bucket=bucket, Key=it["Key"])
        s3.put_object(
            Bucket=bucket,
            Key=f"{folder}/{version}.yaml",
            Body=template,
            Tagging=f"publisher:product=x&publisher:digest={_digest(template)}{shown}",
        )

    def put(self, key: str, template: str) -> str:
        """A visible template somewhere in the bucket; its URL."""
        bucket = f"publisher-{ACCOUNT}-{REGION}"
        visible = "sagemaker:studio-visibility=true"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=template, Tagging=visible)
        return f"https://{bucket}.s3.{REGION}.amazonaws.com/{key}"

    def forget(self, role: str) -> None:
        """Somebody deletes a role."""
        iam = self.client("iam")
        iam.delete_role_policy(RoleName=role, PolicyName="all")
        iam.delete_role(RoleName=role)


@pytest.fixture
def studio(moto: None, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return Studio(monkeypatch)


@pytest.fixture
def publisher(run: Run, studio: Studio, tmp_path: Path) -> Publisher:
    write_files(tmp_path, {"products/delivery/launch.yaml": FORM})

    def publisher_(*words: object, **injected: Any) -> Ran:
        return run("-C", tmp_path, "--region", REGION, *words, connect=studio.connect, **injected)

    return publisher_


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Writes the config."""

    def write(door: str, **fields: str) -> None:
        values = {"name": "churn", "account": f'"{ACCOUNT}"', "region": REGION, "door": door, **fields}
        lines = "".join(f"  {key}: {value}\n" for key, value in values.items())
        write_files(tmp_path, {CONFIG: f"delivery:\n{lines}"})

    return write


DOORS = {"service-catalog": "service-catalog", "s3": "s3"}
WARNING = (
    "note: AWS warns: a SageMaker project that is in use must not be updated, because resources that it has "
    "created may be lost\n"
)


@cases("door", DOORS)
def test_from_launch_to_termination(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door)
    made = publisher("--json", "launch", CONFIG, "--expires", "2030-01-31")
    described = studio.aws.client("sagemaker").describe_project(ProjectName="churn")
    project, document = described["ProjectId"], made.document
    bucket = document["outputs"]["BucketName"]
    stack = document["stack"]
    assert stack.startswith({"service-catalog": "SC-", "s3": f"SP-{ACCOUNT}-{project}"}[door])
    assert document == {
        "name": "churn",
        "product": PRODUCT,
        "version": "1.0.0",
        "config": "churn",
        "status": "AVAILABLE",
        "reason": "",
        "stack": stack,
        "outputs": {"BucketName": bucket},
        "ssm": {f"/sagemaker/churn-{project}/BucketName": bucket},
        "alerts": {"endpoint": "", "state": "none"},
        "sagemaker_project": {"id": project, "door": door, "status": "CreateCompleted"},
    }
    assert "CREATE_COMPLETE     AWS::SNS::Topic                     Topic\n" in made.err
    assert publisher("--json", "outputs", "churn").document == document

    [listed] = publisher("--json", "launches").document["launches"]
    assert (listed["name"], listed["version"], listed["expires"]) == ("churn", "1.0.0", "2030-01-31")
    assert listed["sagemaker_project"]["door"] == door

    config(door, title="other")
    assert publisher("launch", CONFIG).code == 3
    shown = publisher("changes", CONFIG)
    assert shown.out == (
        f"churn  AVAILABLE\nproduct  {PRODUCT} 1.0.0\n\n  parameter  Title  hello -> other\n\n"
        f"impact: safe\n  safe  in place  property  Topic.DisplayName  hello -> other\n{WARNING}"
    )
    refused = publisher("update", CONFIG, "--yes")
    assert refused.code == 3 and WARNING in refused.out
    assert refused.err.endswith(
        "error: churn: a SageMaker project is updated only with --force; the impact of the update is safe\n"
        "hint: check the changes above; if they are intended, add --force\n"
    )
    updated = publisher("update", CONFIG, "--yes", "--force")
    assert (updated.code, updated.err.splitlines()[-1]) == (0, "churn: UpdateCompleted")
    assert publisher("drift", "churn", "--check").code == 0

    ended = publisher("terminate", CONFIG, "--force")
    assert ended.out == (
        f"churn: terminated, stack {stack} deleted\n"
        f"retained, no longer part of a launch: AWS::S3::Bucket {bucket}\n"
    )
    assert publisher("outputs", CONFIG).code == 1
    assert publisher("--json", "launches").document["launches"] == []


@cases("door", DOORS)
def test_update_to_a_newer_version(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door, title="kept")
    assert publisher("launch", CONFIG).code == 0
    studio.build.version(studio.product, "1.1.0", template=NEWER)
    studio.place("1.1.0", NEWER)

    [listed] = publisher("--json", "launches").document["launches"]
    assert (listed["newest"], listed["impact"]) == ("1.1.0", "safe")
    ran = publisher("update", "churn", "--version", "1.1.0", "--yes", "--force")

    assert ran.code == 0, ran.err
    assert "Log" in ran.err
    found = publisher("--json", "outputs", "churn").document
    assert (found["version"], found["config"], found["status"]) == ("1.1.0", "churn", "AVAILABLE")
    topics = studio.client("sns").list_topics()["Topics"]
    titles = [
        studio.client("sns").get_topic_attributes(TopicArn=it["TopicArn"])["Attributes"]["DisplayName"]
        for it in topics
    ]
    assert titles == ["kept"]


@cases("door", DOORS)
def test_failure_and_the_way_out(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    broken = TEMPLATE.replace("DisplayName: !Ref Title", "TopicName: a name")
    studio.build.version(studio.product, "1.1.0", template=broken)
    studio.place("1.1.0", broken)
    config(door)
    failed = publisher("launch", CONFIG)
    assert failed.code == 1
    assert "error: churn: the launch failed: Topic (AWS::SNS::Topic): " in failed.err
    shown = publisher("--json", "outputs", CONFIG).document
    assert (shown["status"], shown["sagemaker_project"]["status"]) == ("ERROR", "CreateFailed")
    assert publisher("launch", CONFIG).err.startswith(
        f"error: churn: already launched from this config: {PRODUCT} 1.1.0, ERROR: "
    )
    assert publisher("terminate", CONFIG, "--force").code == 0
    studio.place("1.2.0", TEMPLATE)
    studio.build.version(studio.product, "1.2.0", template=TEMPLATE)
    assert publisher("launch", CONFIG).code == 0
    # An update that failed is tried again as projects are updated.
    studio.place("1.3.0", broken)
    studio.build.version(studio.product, "1.3.0", template=broken)
    assert publisher("update", CONFIG, "--version", "1.3.0", "--yes", "--force").code == 1
    assert "TAINTED" in (shown := publisher("outputs", CONFIG).out)
    assert f" update {CONFIG} --force to try again, or " in shown
    assert publisher("launch", CONFIG).err.endswith(f" update {CONFIG} --force to try it again\n")


@cases("door", DOORS)
def test_test_launch(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door)
    ran = publisher("--json", "launch", CONFIG, "--test", "--remove-after")
    assert (ran.code, ran.document["status"]) == (0, "TERMINATED"), ran.err
    assert ran.document["name"].startswith("churn-t")
    assert publisher("--json", "launches").document["launches"] == []


NO_TAG = (
    f"no SageMaker domain of {ACCOUNT}/{REGION} has the tag sagemaker:projectS3TemplatesLocation\n"
    "hint: ask the platform team to name the domain in sagemaker_templates of the portfolio's file: then "
)
LOCATION = f"s3://publisher-{ACCOUNT}-{REGION}/sagemaker-projects"


def untag(studio: Studio) -> None:
    tag = "sagemaker:projectS3TemplatesLocation"
    studio.client("sagemaker").delete_tags(ResourceArn=studio.domain, TagKeys=[tag])


def move(studio: Studio) -> None:
    studio.client("s3").delete_object(
        Bucket=f"publisher-{ACCOUNT}-{REGION}", Key=f"sagemaker-projects/{PRODUCT}/1.0.0.yaml"
    )


def replace(studio: Studio) -> None:
    """Somebody writes another template, with the tags of the one that was there."""
    tags = f"publisher:digest=sha256:{'a' * 64}&sagemaker:studio-visibility=true"
    key = f"sagemaker-projects/{PRODUCT}/1.0.0.yaml"
    studio.client("s3").put_object(Bucket=f"publisher-{ACCOUNT}-{REGION}", Key=key, Body=NEWER, Tagging=tags)


def point_to(studio: Studio, bucket: str) -> None:
    tag = {"Key": "sagemaker:projectS3TemplatesLocation", "Value": f"s3://{bucket}/x"}
    studio.client("sagemaker").add_tags(ResourceArn=studio.domain, Tags=[tag])


def point_to_another_account(studio: Studio) -> None:
    """Whose bucket has a template of this product."""
    sts = studio.client("sts")
    keys = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/x", RoleSessionName="others")[
        "Credentials"
    ]
    s3: Any = boto3.client(
        "s3",
        REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    s3.create_bucket(Bucket="of-others", CreateBucketConfiguration={"LocationConstraint": REGION})
    visible = "sagemaker:studio-visibility=true"
    s3.put_object(Bucket="of-others", Key=f"x/{PRODUCT}/1.0.0.yaml", Body=TEMPLATE, Tagging=visible)
    point_to(studio, "of-others")


REFUSED: dict[str, tuple[Callable[[Studio], object], tuple[str, ...], str]] = {
    "no domain": (untag, (), NO_TAG),
    "no template": (move, (), f"no template in {LOCATION}/"),
    "two templates": (
        lambda studio: studio.put(f"sagemaker-projects/old/{PRODUCT}/1.0.0.yaml", TEMPLATE),
        (),
        f"templates in 2 places: {LOCATION}/{PRODUCT}, {LOCATION}/old/{PRODUCT}",
    ),
    "a version that is hidden": (
        lambda studio: studio.place("1.1.0", TEMPLATE),
        ("--version", "1.0.0"),
        f"{LOCATION}/{PRODUCT}/1.0.0.yaml does not have the tag sagemaker:studio-visibility=true",
    ),
    "a role that is missing": (
        lambda studio: studio.forget(f"deploy-{PRODUCT}"),
        (),
        f"launch role deploy-{PRODUCT} does not exist in account {ACCOUNT}\n"
        f"hint: role 'deploy-{PRODUCT}' does not exist or cannot be assumed: ask the platform team to run ",
    ),
    "a template without SageMaker's parameters": (
        lambda studio: studio.place("1.1.0", TEMPLATE.replace("SageMakerProjectId:", "Id:")),
        (),
        "version 1.1.0 has no parameter SageMakerProjectId, which SageMaker fills in",
    ),
    "a template that somebody replaced": (replace, (), "1.0.0.yaml is not what publisher placed there"),
    "a bucket that is gone": (
        lambda studio: point_to(studio, "nobody-has-this"),
        (),
        "x; cannot read s3://nobody-has-this/x, or it is of another account",
    ),
    "a bucket of another account": (
        point_to_another_account,
        (),
        "no template in s3://of-others/x; cannot read s3://of-others/x, or it is of another account",
    ),
    "no bucket's name": (lambda studio: point_to(studio, "[no/name"), (), NO_TAG),
    "a template that is none": (lambda studio: studio.place("1.1.0", "[]"), (), "template in S3"),
}


@cases(("prepare", "words", "message"), REFUSED)
def test_refused(
    studio: Studio,
    publisher: Publisher,
    config: Config,
    prepare: Callable[[Studio], object],
    words: tuple[str, ...],
    message: str,
) -> None:
    prepare(studio)
    config("s3")
    ran = publisher("launch", CONFIG, *words)
    assert ran.code in (2, 3) and message in ran.err, ran.err
    assert publisher("--json", "launches").document["launches"] == []


def test_a_newer_version_is_not_launched_before_it_is_visible(
    studio: Studio, publisher: Publisher, config: Config
) -> None:
    studio.place("1.1.0", NEWER, visible=False)
    config("s3")
    assert publisher("--json", "launch", CONFIG).document["version"] == "1.0.0"


@cases("door", DOORS)
def test_lost_reply(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door)
    sent: list[int] = []

    def lose(attempts: int, **_: object) -> int | None:
        sent.append(attempts)
        return 0 if attempts == 1 else None

    studio.aws.client("sagemaker").meta.events.register("needs-retry.sagemaker.CreateProject", lose)
    ran = publisher("launch", CONFIG)
    assert (ran.code, sent) == (0, [1, 2]), ran.err


@cases("door", DOORS)
def test_name_of_another_config(
    door: str, studio: Studio, publisher: Publisher, config: Config, tmp_path: Path
) -> None:
    config(door)
    assert publisher("launch", CONFIG).code == 0
    (tmp_path / "configs/other.yaml").write_text((tmp_path / CONFIG).read_text())
    ran = publisher("launch", "configs/other.yaml")
    assert ran.code == 3
    assert ran.err.startswith(
        f"error: churn: config 'churn' already uses this name: {PRODUCT} 1.0.0, AVAILABLE"
    )


@cases("door", DOORS)
def test_operation_in_progress(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door)
    assert publisher("launch", CONFIG).code == 0
    studio.deny("sagemaker", "UpdateProject", "DeleteProject", code="ConflictException")
    config(door, title="other")
    busy = "error: churn: an operation is in progress\n"
    assert busy in publisher("update", CONFIG, "--yes", "--force").err
    assert busy in publisher("terminate", CONFIG, "--force").err


@cases("door", DOORS)
def test_update_all_leaves_projects(door: str, studio: Studio, publisher: Publisher, config: Config) -> None:
    config(door)
    assert publisher("launch", CONFIG).code == 0
    studio.build.version(studio.product, "1.1.0", template=NEWER)
    studio.place("1.1.0", NEWER)
    ran = publisher("--json", "update", "--all", "*", "--to", "1.1.0", "--yes")
    [move_] = ran.document["launches"]
    assert (move_["state"], move_["reason"][:19]) == ("kept", "a SageMaker project")


def test_a_caller_who_may_not_list_projects(studio: Studio, publisher: Publisher, config: Config) -> None:
    config("s3")
    assert publisher("launch", CONFIG).code == 0
    studio.deny("sagemaker", "ListProjects", "DescribeProject")
    listed = publisher("--json", "launches").document
    assert listed["launches"] == []
    assert listed["notes"][0].endswith("your role lacks sagemaker:ListProjects")
    # Its name may be that of a project that he may not see.
    assert "no launch has this name" in publisher("outputs", "churn").err
    assert "DescribeProject answered AccessDeniedException" in publisher("outputs", CONFIG).err


def test_projects_of_others_are_not_listed(studio: Studio, publisher: Publisher) -> None:
    url = studio.put("sagemaker-projects/theirs/1.0.0.yaml", TEMPLATE)
    template = {"TemplateName": "x", "TemplateURL": url}
    studio.client("sagemaker").create_project(
        ProjectName="theirs", TemplateProviders=[{"CfnTemplateProvider": template}]
    )
    assert publisher("--json", "launches").document["launches"] == []
    assert publisher("--json", "outputs", "theirs").document["product"] == "theirs"


@cases("url", {"no host": "https://[/x", "no key": "https://x", "short": "https://a.s3.b/c"})
def test_strange_template(url: str, studio: Studio, publisher: Publisher) -> None:
    described = {
        "ProjectName": "odd",
        "ProjectArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:project/odd",
        "ProjectId": "p-1",
        "ProjectStatus": "CreateFailed",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "TemplateProviderDetails": [{"CfnTemplateProviderDetail": {"TemplateName": "x", "TemplateURL": url}}],
    }
    studio.answer("sagemaker", "DescribeProject", described)
    studio.answer("sagemaker", "ListTags", {"Tags": []})
    shown = publisher("--json", "outputs", "odd")
    assert (shown.code, shown.document["status"]) == (0, "ERROR"), shown.err


def test_watch_follows_what_somebody_began(studio: Studio, publisher: Publisher, config: Config) -> None:
    config("service-catalog")
    assert publisher("launch", CONFIG).code == 0
    client = studio.aws.client("sagemaker")
    statuses = ["UpdateInProgress", "UpdateInProgress"]

    def answered(parsed: dict[str, Any], **_: object) -> None:
        if statuses:
            parsed["ProjectStatus"] = statuses.pop()
        else:
            parsed["ProjectStatus"] = "UpdateCompleted"

    client.meta.events.register("after-call.sagemaker.DescribeProject", answered)
    ran = publisher("outputs", CONFIG, "--watch", clock=clock())
    assert ran.err == "churn: UpdateInProgress\nchurn: UpdateCompleted\n"


@cases(
    ("door", "message"),
    {
        "service-catalog": (
            "service-catalog",
            "this bypasses SageMaker and Service Catalog: CloudFormation changes the stack as arn:",
        ),
        "s3": (
            "s3",
            f"this bypasses SageMaker: CloudFormation changes the stack with its role deploy-{PRODUCT};",
        ),
    },
)
def test_drift_is_reverted(
    door: str, message: str, studio: Studio, publisher: Publisher, config: Config
) -> None:
    config(door)
    assert publisher("launch", CONFIG).code == 0
    sns = studio.client("sns")
    [topic] = sns.list_topics()["Topics"]
    sns.set_topic_attributes(
        TopicArn=topic["TopicArn"], AttributeName="DisplayName", AttributeValue="by hand"
    )
    assert publisher("drift", CONFIG, "--check").code == 4
    reverted = publisher("drift", CONFIG, "--revert", "--yes")
    assert (reverted.code, message in reverted.err) == (0, True), reverted.err
    attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
    assert attributes["DisplayName"] == "hello"


def test_a_project_keeps_its_door(studio: Studio, publisher: Publisher, config: Config) -> None:
    config("service-catalog")
    assert publisher("launch", CONFIG).code == 0
    config("s3")
    refused = publisher("update", CONFIG, "--force", "--yes")
    assert (refused.code, refused.err.splitlines()[0]) == (
        3,
        "error: churn: a SageMaker project by service-catalog cannot become one by s3",
    )


def test_a_project_whose_provisioned_product_is_gone(
    studio: Studio, publisher: Publisher, config: Config
) -> None:
    config("service-catalog")
    assert publisher("launch", CONFIG).code == 0
    [found] = studio.catalog.search_provisioned_products()["ProvisionedProducts"]
    studio.catalog.terminate_provisioned_product(ProvisionedProductId=found["Id"])
    shown = publisher("--json", "outputs", CONFIG).document
    assert (shown["status"], shown["outputs"], shown["reason"]) == (
        "ERROR",
        {},
        f"its provisioned product {found['Id']} no longer exists",
    )


def test_a_launch_may_have_the_name_of_a_project(
    studio: Studio, publisher: Publisher, config: Config, tmp_path: Path
) -> None:
    studio.build.product("Plain", portfolio=studio.portfolio, role=f"launch-{PRODUCT}-plain")
    studio.role(f"launch-{PRODUCT}-plain", service="servicecatalog.amazonaws.com")
    config("s3")
    assert publisher("launch", CONFIG).code == 0
    plain = {"product": f"{PRODUCT}-plain", "name": "churn", "account_id": ACCOUNT, "region": REGION}
    lines = "".join(f'{key}: "{value}"\n' for key, value in plain.items())
    write_files(tmp_path, {"configs/plain.yaml": f"{lines}parameters: {{Size: small}}\n"})
    assert publisher("launch", "configs/plain.yaml").code == 0
    assert publisher("--json", "outputs", CONFIG).document["product"] == PRODUCT
    assert publisher("--json", "outputs", "configs/plain.yaml").document["product"] == f"{PRODUCT}-plain"
    listed = publisher("--json", "launches").document["launches"]
    assert [(it["name"], "sagemaker_project" in it) for it in listed] == [("churn", False), ("churn", True)]


@cases("door", DOORS)
def test_a_project_keeps_its_product(
    door: str, studio: Studio, publisher: Publisher, config: Config, tmp_path: Path
) -> None:
    config(door)
    assert publisher("launch", CONFIG).code == 0
    other = FORM.replace(f"product: {PRODUCT}", f"product: {PRODUCT}-two")
    write_files(tmp_path, {"products/delivery/launch.yaml": other})
    refused = publisher("update", CONFIG, "--force", "--yes")
    assert refused.code == 3
    assert f"is for product {PRODUCT}-two, and it was launched as {PRODUCT} 1.0.0" in refused.err


def test_the_provisioned_product_of_a_project_is_the_project(
    studio: Studio, publisher: Publisher, config: Config
) -> None:
    """By its own name it could be changed without --force, and deleted without SageMaker."""
    config("service-catalog")
    assert publisher("launch", CONFIG).code == 0
    studio.build.version(studio.product, "1.1.0", template=NEWER)
    [found] = studio.catalog.search_provisioned_products()["ProvisionedProducts"]
    refused = publisher("update", found["Name"], "--version", "1.1.0", "--yes")
    assert (refused.code, "is updated only with --force" in refused.err) == (3, True)
    studio.deny("sagemaker", "DeleteProject", "DescribeProject")
    denied = publisher("terminate", found["Name"], "--force")
    assert "DeleteProject answered AccessDeniedException" in denied.err
    assert studio.catalog.describe_provisioned_product(Id=found["Id"])


@cases(
    ("verb", "answers", "outcomes"),
    {
        "seen late": (
            "Create",
            ["", "CreateInProgress", "CreateCompleted"],
            ["running", "running", "succeeded"],
        ),
        "deleted by somebody": ("Create", ["DeleteInProgress"], ["failed"]),
        "gone": ("Update", [""], ["failed"]),
        "updated by somebody": ("Create", ["UpdateFailed"], ["succeeded"]),
        "not begun": ("Update", ["CreateCompleted", "UpdateFailed"], ["running", "failed"]),
        "deleted": (
            "Delete",
            ["UpdateCompleted", "DeleteInProgress", ""],
            ["running", "running", "succeeded"],
        ),
    },
)
def test_what_a_status_says_of_an_operation(
    verb: Verb, answers: list[str], outcomes: list[str], studio: Studio
) -> None:
    left = list(answers)

    def answered(**_: object) -> object:
        status = left.pop(0)
        refusal = {"Error": {"Code": "ValidationException", "Message": "none"}}
        described = {"ProjectArn": "a", "ProjectName": "churn", "ProjectId": "p-1", "ProjectStatus": status}
        return Answered(200 if status else 400), {
            **(described if status else refusal),
            "ResponseMetadata": {},
        }

    studio.aws.client("sagemaker").meta.events.register("before-call.sagemaker.DescribeProject", answered)
    state = project_state(studio.aws, "churn", verb, StackEvents(studio.aws, ""))
    assert [state().outcome for _ in answers] == outcomes


def _launch(publisher: Publisher) -> Ran:
    return publisher("launch", CONFIG)


def _update(publisher: Publisher) -> Ran:
    return publisher("update", CONFIG, "--yes", "--force")


def _terminate(publisher: Publisher) -> Ran:
    return publisher("terminate", CONFIG, "--force")


@cases("door", DOORS)
@cases(("operation", "again"), {"launch": (_launch, 3), "update": (_update, 0), "terminate": (_terminate, 1)})
def test_killed_at_each_call(
    door: str,
    operation: Callable[[Publisher], Ran],
    again: int,
    studio: Studio,
    publisher: Publisher,
    config: Config,
) -> None:
    """The same command again finishes it, or says that it is done; there is never a second project."""
    client, number, killed = studio.client("sagemaker"), 0, True
    while killed:
        number, killed = number + 1, False
        config(door)
        if operation is not _launch:
            assert _launch(publisher).code == 0
            config(door, title=f"title {number}")
        with stretched(Wire(stop=number, writing=True)), suppress(Killed):
            killed = True
            done = operation(publisher)
            killed = False
        if killed:
            done = operation(publisher)
        assert done.code == (again if killed else 0), done.err
        [made] = client.list_projects()["ProjectSummaryList"]
        ends: dict[object, str] = {_launch: "Create", _update: "Update", _terminate: "Delete"}
        assert made["ProjectStatus"] == f"{ends[operation]}Completed"
        assert operation is _terminate or _terminate(publisher).code == 0
    assert number > 1
