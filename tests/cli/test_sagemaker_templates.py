"""Templates that sync also places in S3, for SageMaker projects without Service Catalog."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from publisher.cli.catalogue_sources import published_source
from publisher.declarations import load
from publisher.model import ProjectTemplate
from publisher.publishing.targets import PublishingTarget
from publisher.report.source import CatalogueSource
from tests.account import ACCOUNT, BUCKET, REGION, Account
from tests.cli.conftest import PORTFOLIO, Project
from tests.conftest import Ran, Run, cases
from tests.policies import allowing
from tests.reliability.wire import Killed, Wire, stretched

PREFIX = "sagemaker-projects"
TAG = 'tags: {"sagemaker:studio-visibility": "true"}\n'
FAMILY = f"""
family: studio
version: "1.0.0"
display_name: Studio
owner: Platform
{TAG}template: main.yaml
"""
TEMPLATE = """
Parameters:
  SageMakerProjectName: {Type: String}
  SageMakerProjectId: {Type: String}
Resources:
  Topic: {Type: AWS::SNS::Topic}
"""
VISIBLE = {"sagemaker:studio-visibility": "true"}


class Door(Project):
    """A project whose templates are also placed in S3, a domain and an execution role."""

    def __init__(self, account: Account, root: Path, run: Run) -> None:
        self.account, self.root, self._run = account, root, run
        for role in ("launch-studio", "launch-tools", "deploy-studio"):
            account.role(role, service="servicecatalog.amazonaws.com")
        account.build.bucket()
        self.s3, self.sagemaker, self.iam = (account.client(it) for it in ("s3", "sagemaker", "iam"))
        self.iam.create_role(RoleName="science", AssumeRolePolicyDocument="{}")
        self.domain = account.studio().rpartition("/")[2]
        self.write("products/studio/product.yaml", FAMILY)
        self.write("products/studio/main.yaml", TEMPLATE)
        tools = FAMILY.replace(TAG, "").replace("studio", "tools").replace("Studio", "Tools")
        self.write("products/tools/product.yaml", tools)
        self.write("products/tools/main.yaml", TEMPLATE)
        role = "arn:{partition}:iam::{account_id}:role/science"
        self.declare(f"{{domain_ids: [{self.domain}], execution_roles: ['{role}']}}")

    def declare(self, templates: str) -> None:
        line = f"sagemaker_templates: {templates}\n" if templates else ""
        text = PORTFOLIO.replace("studio-*", '"*"').replace("principals:", f"{line}principals:")
        self.write("portfolio/ml.yaml", text)

    def release(self, version: str, type_name: str = "AWS::SNS::Topic") -> None:
        """A version with one more resource."""
        self.edit_version(version)
        self.write("products/studio/main.yaml", f"{TEMPLATE}  Second: {{Type: {type_name}}}\n")

    def edit_version(self, version: str) -> None:
        text = (self.root / "products/studio/product.yaml").read_text()
        lines = [f'version: "{version}"' if it.startswith("version:") else it for it in text.splitlines()]
        self.write("products/studio/product.yaml", "\n".join(lines) + "\n")

    def sync(self, *options: str) -> Ran:
        done = self.run("sync", "--yes", *options)
        assert done.code == 0, done.err
        return done

    def templates(self, bucket: str = BUCKET) -> dict[str, bool]:
        """The keys of placed templates, and whether Studio shows them."""
        found = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        keys = [it["Key"] for it in found if not it["Key"].startswith(("templates/", "content/"))]
        return {key: VISIBLE.items() <= self.tags(key, bucket).items() for key in keys}

    def tags(self, key: str, bucket: str = BUCKET) -> dict[str, str]:
        answer = self.s3.get_object_tagging(Bucket=bucket, Key=key)
        return {it["Key"]: it["Value"] for it in answer["TagSet"]}

    def location(self) -> dict[str, str]:
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{self.domain}"
        return {it["Key"]: it["Value"] for it in self.sagemaker.list_tags(ResourceArn=arn)["Tags"]}

    def rules(self) -> list[dict[str, Any]]:
        return list(self.s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"])


@pytest.fixture
def door(account: Account, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return Door(account, tmp_path, run)


FIRST = f"{PREFIX}/studio/1.0.0.yaml"
SECOND = f"{PREFIX}/studio/1.1.0.yaml"


def test_a_template_is_placed_with_the_bytes_of_the_template_bucket(door: Door) -> None:
    ran = door.run("plan")
    assert ran.code == 0, ran.err
    planned = ran.out
    for line in (
        f"create  StudioOrigin         {BUCKET}",
        f"create  ProjectTemplate      s3://{BUCKET}/{FIRST}",
        f"create  ExecutionRolePolicy  ml / arn:aws:iam::{ACCOUNT}:role/science",
        f"create  StudioDomain         {door.domain}",
    ):
        assert line in planned
    done = door.sync()
    [template] = [it for it in door.stored() if it.startswith("templates/") and it.endswith(".yaml")]
    bodies = [door.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in (template, FIRST)]
    assert bodies[0] == bodies[1]
    digest = "sha256:" + template.partition("/")[2].partition(".")[0]
    assert door.tags(FIRST) == {**VISIBLE, "publisher:product": "studio", "publisher:digest": digest}
    assert door.templates() == {FIRST: True}
    assert [it["AllowedOrigins"] for it in door.rules()] == [["https://*.sagemaker.aws"]]
    # What is somebody else's is left, and said.
    assert door.location() == {}
    assert (
        f"without --allow studio-domain: aws sagemaker add-tags --resource-arn arn:aws:sagemaker:{REGION}"
        in done.out
    )
    assert "without --allow execution-role: aws iam put-role-policy --role-name science" in done.out


def test_pages_of_the_account_have_the_templates(door: Door) -> None:
    def read() -> CatalogueSource:
        return published_source(PublishingTarget(aws=door.account.aws), load(door.root))

    door.sync()
    source = read()
    placed = [it for it in source.catalog if isinstance(it, ProjectTemplate)]
    assert [(it.portfolio, it.object_key, it.visible) for it in placed] == [("ml", FIRST, True)]
    assert (source.target, source.notes) == (f"{ACCOUNT}/{REGION}", ())
    door.account.client("ssm").delete_parameter(Name="/publisher/bucket")
    source = read()
    assert not [it for it in source.catalog if isinstance(it, ProjectTemplate)]
    bucket = "has no template bucket: no SSM parameter /publisher/bucket"
    assert source.notes == (f"{ACCOUNT}/{REGION} {bucket}",)


def test_what_is_somebody_elses_is_changed_where_it_is_allowed(door: Door) -> None:
    done = door.sync("--allow", "studio-domain")
    assert "left to its owner without --allow execution-role: aws iam" in done.out
    assert "without --allow studio-domain" not in done.out
    assert "no changes; 1 left to its owner. plan " in door.sync().out
    assert door.location() == {"sagemaker:projectS3TemplatesLocation": f"s3://{BUCKET}/{PREFIX}/"}
    assert door.iam.list_role_policies(RoleName="science")["PolicyNames"] == []
    assert door.run("plan", "--check").code == 4
    assert "left to" not in door.sync("--allow", "execution-role").out
    policy = door.iam.get_role_policy(RoleName="science", PolicyName="publisher-ml")["PolicyDocument"]
    [passing] = [it for it in policy["Statement"] if it["Sid"] == "PassDeployRoles"]
    assert passing["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/deploy-studio"]
    assert door.run("plan", "--check").code == 0


URL = f"https://{BUCKET}.s3.{REGION}.amazonaws.com"


@cases(
    ("url", "decision"),
    {
        "ours": (f"{URL}/{FIRST}", "allowed"),
        "path style": (f"https://s3.{REGION}.amazonaws.com/{BUCKET}/{FIRST}", "allowed"),
        "none": ("", "implicitDeny"),
        "another prefix": (f"{URL}/templates/x.yaml", "implicitDeny"),
        "another bucket": (f"https://mine.s3.{REGION}.amazonaws.com/{BUCKET}/{FIRST}", "implicitDeny"),
    },
)
def test_the_role_makes_stacks_of_placed_templates_alone(door: Door, url: str, decision: str) -> None:
    """Else who may pass the deploy role could do all that it can, with a template of his own."""
    door.sync("--allow", "execution-role")
    key = {
        "ContextKeyName": "cloudformation:TemplateUrl",
        "ContextKeyType": "string",
        "ContextKeyValues": [url],
    }
    found = door.iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/science",
        ActionNames=["cloudformation:CreateStack"],
        ResourceArns=[f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SP-{ACCOUNT}-p-1/1"],
        ContextEntries=[key] if url else [],
    )
    assert [it["EvalDecision"] for it in found["EvaluationResults"]] == [decision]


def test_the_newest_version_is_the_one_that_is_visible(door: Door) -> None:
    door.sync()
    door.release("1.1.0")
    planned = door.run("plan", "--format", "json").document["plans"][0]["changes"]
    shown = [(it["action"], it["key"][2]) for it in planned if it["resource"] == "ProjectTemplate"]
    assert shown == [("create", SECOND), ("update", FIRST)]
    door.sync()
    assert door.templates() == {FIRST: False, SECOND: True}
    # New content under no other version: the published version names the object.
    door.edit_version("2.0.0")
    assert "ProjectTemplate" not in door.run("plan").out
    door.write("products/studio/product.yaml", FAMILY.replace("1.0.0", "2.0.0") + "retire: deprecate\n")
    door.sync()
    assert door.templates() == {FIRST: False, SECOND: False}


def test_a_rollback_shows_the_version_that_it_goes_back_to(door: Door) -> None:
    door.sync()
    door.release("1.1.0")
    door.sync()
    back = door.run("rollback", "studio", "--to", "1.0.0", "--yes")
    assert back.code == 0, back.err
    assert "run publisher sync" in back.out
    door.sync()
    assert door.templates() == {FIRST: True, SECOND: False}
    assert "ProjectTemplate" not in door.run("plan", "--prune").out


def test_a_rollback_to_a_version_that_was_never_placed(door: Door) -> None:
    door.declare("")
    door.sync()
    door.declare("{}")
    door.release("1.1.0")
    door.sync()
    assert door.templates() == {SECOND: True}
    assert door.run("rollback", "studio", "--to", "1.0.0", "--yes").code == 0
    door.sync()
    assert door.templates() == {FIRST: True, SECOND: False}
    digest = door.tags(FIRST)["publisher:digest"].removeprefix("sha256:")
    bodies = [
        door.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        for key in (FIRST, f"templates/{digest}.yaml")
    ]
    assert bodies[0] == bodies[1]
    assert "ProjectTemplate" not in door.run("plan").out


def test_a_run_that_is_stopped_at_any_write_is_finished_by_the_next(door: Door) -> None:
    """And at no time more than one call has been made with two templates visible, or none."""
    door.sync()
    door.release("1.1.0")
    before = door.templates()
    with stretched(Wire(stop=0, writing=True)) as wire:
        door.sync()
    after, number = door.templates(), 0
    assert (before, after) == ({FIRST: True}, {FIRST: False, SECOND: True})
    seen = []
    for number in range(1, wire.calls + 1):
        for version in ("1.0.0", "1.1.0"):
            text = FIRST if version == "1.0.0" else SECOND
            door.account.client("s3").delete_object(Bucket=BUCKET, Key=text)
        door.s3.delete_bucket_cors(Bucket=BUCKET)
        with stretched(Wire(stop=number, writing=True)), suppress(Killed):
            door.run("sync", "--yes")
        seen.append(door.templates())
        door.sync()
        assert door.templates() == {SECOND: True}
        assert len(door.rules()) == 1
    assert {} in seen


def test_an_object_of_somebody_else_is_neither_replaced_nor_deleted(door: Door) -> None:
    other = f"{PREFIX}/other/1.0.0.yaml"
    for key in (FIRST, other):
        door.s3.put_object(Bucket=BUCKET, Key=key, Body=b"theirs")
    refused = door.run("sync", "--yes")
    assert refused.code == 3
    assert refused.err.endswith(
        f"ProjectTemplate s3://{BUCKET}/{FIRST}: an object is there that publisher did not place\n"
        "hint: nothing was written; delete the object, or set another prefix in sagemaker_templates\n"
    )
    door.s3.delete_object(Bucket=BUCKET, Key=FIRST)
    door.sync()
    door.declare("")
    door.sync("--prune", "--allow", "delete")
    assert [*door.templates()] == [other]


def test_what_the_files_no_longer_place_is_pruned_unless_a_project_uses_it(door: Door) -> None:
    theirs = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"]}
    door.s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [theirs]})
    door.sync("--allow", "studio-domain")
    assert [it["AllowedOrigins"][0] for it in door.rules()] == [
        "https://example.com",
        "https://*.sagemaker.aws",
    ]
    template = {
        "TemplateName": "studio",
        "TemplateURL": f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{FIRST}",
    }
    door.sagemaker.create_project(ProjectName="churn", TemplateProviders=[{"CfnTemplateProvider": template}])
    door.declare("")
    [used] = [it for it in door.run("plan", "--prune").out.splitlines() if "ProjectTemplate" in it]
    assert used.split()[:3] == ["delete", "ProjectTemplate", f"s3://{BUCKET}/{FIRST}"]
    assert used.endswith("used by churn")
    assert door.run("sync", "--prune", "--yes", "--allow", "delete").code == 3
    door.sagemaker.delete_project(ProjectName="churn")
    assert door.sagemaker.describe_project(ProjectName="churn")["ProjectStatus"] == "DeleteCompleted"
    door.sync("--prune", "--allow", "delete")
    assert door.templates() == {}
    assert [it["AllowedOrigins"][0] for it in door.rules()] == ["https://example.com"]


def test_a_bucket_and_a_domain_of_variables(door: Door) -> None:
    door.s3.create_bucket(
        Bucket="templates-of-ours", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    door.declare(
        "{bucket: '{variables.b}', prefix: ml/projects, domain_ids: ['{variables.d}', '{variables.e}']}"
    )
    door.write(
        "configs/targets.yaml",
        f"variables: {{b: templates-of-ours, d: {door.domain}}}\n"
        f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [{REGION}]}}}}\n',
    )
    door.sync("--allow", "studio-domain")
    assert door.templates("templates-of-ours") == {"ml/projects/studio/1.0.0.yaml": True}
    assert door.location() == {"sagemaker:projectS3TemplatesLocation": "s3://templates-of-ours/ml/projects/"}
    assert door.run("plan", "--check").code == 0
    # Whoever set it to the bucket itself finds them, too.
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{door.domain}"
    tag = {"Key": "sagemaker:projectS3TemplatesLocation", "Value": "s3://templates-of-ours"}
    door.sagemaker.add_tags(ResourceArn=arn, Tags=[tag])
    assert door.run("plan", "--check").code == 0


@cases(
    ("templates", "message"),
    {
        "bucket": (
            "{bucket: nobody-has-this}",
            "StudioOrigin nobody-has-this: bucket 'nobody-has-this' not found",
        ),
        "bucket of another Region": (
            "{bucket: far-away}",
            "StudioOrigin far-away: bucket 'far-away' is in eu-west-1",
        ),
        "domain": (
            "{domain_ids: [d-abcdefghij12]}",
            "StudioDomain d-abcdefghij12: SageMaker domain 'd-abcdefghij12' not found",
        ),
        "role": (
            "{execution_roles: ['arn:aws:iam::{account_id}:role/nobody']}",
            f"ExecutionRolePolicy ml / arn:aws:iam::{ACCOUNT}:role/nobody: "
            f"role 'arn:aws:iam::{ACCOUNT}:role/nobody' not found",
        ),
    },
)
def test_what_is_missing_is_reported_before_the_first_write(door: Door, templates: str, message: str) -> None:
    door.account.client("s3", region="eu-west-1").create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    door.declare(templates)
    refused = door.run("sync", "--yes")
    assert (refused.code, door.stored()) == (3, [])
    assert f"error: {ACCOUNT}/{REGION}: {message}\n" in refused.err


def test_a_role_that_may_do_it_all_gets_no_policy(door: Door) -> None:
    door.iam.put_role_policy(RoleName="science", PolicyName="all", PolicyDocument=allowing("*"))
    assert "ExecutionRolePolicy" not in door.run("plan").out
    door.iam.delete_role_policy(RoleName="science", PolicyName="all")
    assert "create  ExecutionRolePolicy" in door.run("plan").out


def test_a_fast_plan_lists_templates_only(door: Door) -> None:
    door.sync("--allow", "studio-domain", "--allow", "execution-role")
    door.sagemaker.delete_tags(
        ResourceArn=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{door.domain}",
        TagKeys=["sagemaker:projectS3TemplatesLocation"],
    )
    assert "no changes" in door.run("plan", "--fast").out
    door.s3.delete_object(Bucket=BUCKET, Key=FIRST)
    assert f"create  ProjectTemplate  s3://{BUCKET}/{FIRST}" in door.run("plan", "--fast").out


def test_a_saved_plan_has_what_is_left_to_others(door: Door) -> None:
    file = str(door.root / "plan.json")
    assert door.run("plan", "-o", file).code == 0
    done = door.run("--json", "sync", file, "--yes", "--allow", "execution-role")
    [planned] = done.document["plans"]
    assert [it["resource"] for it in planned["left"]] == ["StudioDomain"]
    assert planned["left"][0]["command"].startswith("aws sagemaker add-tags")
    assert "StudioDomain" not in {it["change"]["resource"] for it in done.document["outcomes"]}
    assert "StudioDomain" in {it["resource"] for it in planned["changes"]}


def test_bootstrap_makes_a_role_that_cloudformation_assumes(door: Door) -> None:
    for name in ("launch-studio", "launch-tools", "deploy-studio"):
        door.iam.delete_role_policy(RoleName=name, PolicyName="all")
        door.iam.delete_role(RoleName=name)
    door.s3.delete_bucket(Bucket=BUCKET)
    door.account.client("ssm").delete_parameter(Name="/publisher/bucket")
    made = door.run("--json", "bootstrap", "--yes").document["targets"][0]
    assert made["roles"] == ["deploy-studio", "launch-studio", "launch-tools"]
    role = door.iam.get_role(RoleName="deploy-studio")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/deploy-studio-1"
    document = door.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    actions = {action for it in document["Statement"] for action in it["Action"]}
    assert "sns:CreateTopic" in actions
    assert not any(it.startswith("cloudformation:") for it in actions)
    door.sync()
    # What the next version needs, the role has before Studio shows it.
    door.release("1.1.0", "AWS::SQS::Queue")
    refused = door.run("sync", "--yes")
    assert refused.code == 3
    assert (
        f"{ACCOUNT}/{REGION}: launch role deploy-studio of studio is out of date, lacks sqs:" in refused.err
    )
    assert door.templates() == {FIRST: True}
    door.sync("--bootstrap", "--allow", "launch-role")
    assert door.templates() == {FIRST: False, SECOND: True}
    # A project of the first version keeps its role, though nothing is placed any more.
    template = {
        "TemplateName": "studio",
        "TemplateURL": f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{SECOND}",
        "RoleARN": role["Arn"],
    }
    door.sync("--allow", "studio-domain")
    door.sagemaker.create_project(ProjectName="churn", TemplateProviders=[{"CfnTemplateProvider": template}])
    assert door.sagemaker.describe_project(ProjectName="churn")["ProjectStatus"] == "CreateCompleted"
    door.declare("")
    lost = door.run("bootstrap", "--yes")
    assert lost.code == 3
    assert "use roles of products that were removed: project churn (deploy-studio)" in lost.err
    door.sagemaker.delete_project(ProjectName="churn")
    assert door.sagemaker.describe_project(ProjectName="churn")["ProjectStatus"] == "DeleteCompleted"
    assert door.run("bootstrap", "--yes").code == 0
    assert not [it for it in door.iam.list_roles()["Roles"] if it["RoleName"] == "deploy-studio"]


def test_the_role_and_the_visible_version_are_shown(door: Door) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/deploy-studio"
    assert (
        "deploy role  arn:{partition}:iam::{account_id}:role/deploy-studio\n"
        in door.run("show", "studio").out
    )
    assert "deploy role" not in door.run("show", "tools").out
    targets = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [{REGION}]}}}}\n'
    door.write("configs/targets.yaml", targets)
    assert door.run("--json", "show", "studio").document["products"][0]["deploy_roles"] == [arn]
    assert "STUDIO" not in door.run("status").out
    door.sync()
    door.release("1.1.0")
    door.sync()
    header, studio, tools = door.run("status").out.splitlines()[1:4]
    assert (header.split()[-1], studio.split()[-1], tools.split()[-1]) == ("STUDIO", "1.1.0", "-")
    [found, _] = door.run("--json", "status").document["targets"][0]["products"]
    assert found["project_templates"] == [
        {"url": f"s3://{BUCKET}/{key}", "version": key[-10:-5], "visible": key == SECOND}
        for key in (SECOND, FIRST)
    ]


def test_a_product_that_is_held_up_keeps_its_template(door: Door) -> None:
    door.sync("--allow", "execution-role")
    door.write("products/studio/main.yaml", "Resources: {Topic: {Type: AWS::SNS::Nothing}}\n")
    door.edit_version("2.0.0")
    held = door.run(
        "sync", "--yes", "--keep-going", "--prune", "--allow", "delete", "--allow", "execution-role"
    )
    assert held.code == 1
    assert door.templates() == {FIRST: True}
    policy = door.iam.get_role_policy(RoleName="science", PolicyName="publisher-ml")["PolicyDocument"]
    assert "deploy-studio" in str(policy)
    door.write("products/studio/main.yaml", TEMPLATE)
    door.edit_version("1.0.0")
    door.edit("products/studio/product.yaml", TAG, "")
    assert "update  ExecutionRolePolicy" in door.run("plan").out


def test_a_version_that_service_catalog_does_not_have_is_not_shown(door: Door) -> None:
    """Somebody may delete it there while it is visible, or write one with our tags."""
    door.sync("--allow", "studio-domain", "--allow", "execution-role")
    other = f"{PREFIX}/studio/9.9.9.yaml"
    tags = "publisher:product=studio&sagemaker:studio-visibility=true"
    door.s3.put_object(Bucket=BUCKET, Key=other, Body=b"x", Tagging=tags)
    door.sync()
    assert door.templates() == {FIRST: True, other: False}
    assert door.run("plan", "--check").code == 0
    door.sync("--prune", "--allow", "delete")
    assert door.templates() == {FIRST: True}
