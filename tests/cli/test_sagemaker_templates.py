"""Templates that sync also places in S3, for SageMaker projects without Service Catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.account import ACCOUNT, BUCKET, REGION, Account
from tests.cli.conftest import PORTFOLIO, Project
from tests.conftest import Ran, Run

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
        self.bootstrap()
        self.s3, self.sagemaker, self.iam = (account.client(it) for it in ("s3", "sagemaker", "iam"))
        self.iam.create_role(RoleName="science", AssumeRolePolicyDocument="{}")
        self.domain = self._domain()
        self.write("products/studio/product.yaml", FAMILY)
        self.write("products/studio/main.yaml", TEMPLATE)
        tools = FAMILY.replace(TAG, "").replace("studio", "tools").replace("Studio", "Tools")
        self.write("products/tools/product.yaml", tools)
        self.write("products/tools/main.yaml", TEMPLATE)
        role = "arn:{partition}:iam::{account_id}:role/science"
        self.declare(f"{{domain_ids: [{self.domain}], execution_roles: ['{role}']}}")

    def _domain(self) -> str:
        ec2 = self.account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        made = self.sagemaker.create_domain(
            DomainName="d", AuthMode="IAM", DefaultUserSettings={}, SubnetIds=[subnet], VpcId=vpc
        )
        return str(made["DomainId"])

    def declare(self, templates: str) -> None:
        line = f"sagemaker_templates: {templates}\n" if templates else ""
        text = PORTFOLIO.replace("studio-*", '"*"').replace("principals:", f"{line}principals:")
        self.write("portfolio/ml.yaml", text)

    def release(self, version: str, name: str = "Topic") -> None:
        self.edit_version(version)
        self.write("products/studio/main.yaml", TEMPLATE.replace("Topic:", f"{name}:"))

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


def test_what_is_somebody_elses_is_changed_where_it_is_allowed(door: Door) -> None:
    door.sync("--allow", "studio-domain")
    assert door.location() == {"sagemaker:projectS3TemplatesLocation": f"s3://{BUCKET}/{PREFIX}/"}
    assert door.iam.list_role_policies(RoleName="science")["PolicyNames"] == []
    assert door.run("plan", "--check").code == 4
    door.sync("--allow", "execution-role")
    policy = door.iam.get_role_policy(RoleName="science", PolicyName="publisher-ml")["PolicyDocument"]
    [passing] = [it for it in policy["Statement"] if it["Sid"] == "PassDeployRoles"]
    assert passing["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/deploy-studio"]
    assert door.run("plan", "--check").code == 0
