"""Adopting a portfolio that was made by hand."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.conftest import Project, signalling
from tests.conftest import cases

BODY = """\
# Written by hand, comments and all.
Parameters:
  Size: {Type: String, Default: a, AllowedValues: [a, b]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Size}
"""
RULES = '{"Rules": {"Small": {"Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "Size"}]}}]}}}'


class ByHand:
    """A portfolio that somebody made by hand, with two products."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.client: Any = boto3.client("servicecatalog")
        self._build = project.account.build
        self.id = self._build.portfolio(
            "Data Science!",
            principal="arn:aws:iam:::role/ml-*",
            ProviderName="Somebody",
            Description="By hand.",
            Tags=[{"Key": "team", "Value": "a"}],
        )
        self.products = [self.product("Notebook"), self.product("2nd Notebook")]
        option = self.client.create_tag_option(Key="stage", Value="dev")["TagOptionDetail"]["Id"]
        self.client.associate_tag_option_with_resource(ResourceId=self.id, TagOptionId=option)
        self.constraint("LAUNCH", '{"LocalRoleName": "theirs"}')
        self.constraint("TEMPLATE", RULES, "Small ones.")
        self.constraint("TEMPLATE", RULES, "Tiny ones.")

    def product(self, name: str) -> str:
        return self._build.product(
            name,
            portfolio=self.id,
            template=BODY,
            version="v1",
            Owner="Somebody",
            SupportEmail="help@example.com",
            Tags=[{"Key": "cost", "Value": "1"}],
        )

    def constraint(self, type_: str, parameters: str, description: str = "") -> None:
        self.client.create_constraint(
            PortfolioId=self.id,
            ProductId=self.products[0],
            Type=type_,
            Parameters=parameters,
            Description=description,
            IdempotencyToken="".join(filter(str.isalnum, description)) or type_,
        )

    def action(self, name: str, *products: str) -> str:
        """A service action on the newest version of these products."""
        definition = {
            "Name": "AWS-RestartEC2Instance",
            "Version": "1",
            "AssumeRole": "LAUNCH_ROLE",
            "Parameters": '[{"Name": "Other", "Type": "TEXT_VALUE"},'
            ' {"Type": "TARGET", "Name": "InstanceId"}]',
        }
        made = self.client.create_service_action(
            Name=name,
            Description="By hand.",
            DefinitionType="SSM_AUTOMATION",
            Definition=definition,
            IdempotencyToken=name,
        )
        id_ = str(made["ServiceActionDetail"]["ServiceActionSummary"]["Id"])
        for product in products:
            versions = self.client.list_provisioning_artifacts(ProductId=product)
            self.client.associate_service_action_with_provisioning_artifact(
                ProductId=product,
                ProvisioningArtifactId=versions["ProvisioningArtifactDetails"][-1]["Id"],
                ServiceActionId=id_,
            )
        return id_

    def ids(self) -> dict[str, Any]:
        """Everything that has an id."""
        return {
            "portfolios": [it["Id"] for it in self.client.list_portfolios()["PortfolioDetails"]],
            "versions": {
                id_: [
                    it["Id"]
                    for it in self.client.list_provisioning_artifacts(ProductId=id_)[
                        "ProvisioningArtifactDetails"
                    ]
                ]
                for id_ in self.products
            },
            "constraints": sorted(
                it["ConstraintId"]
                for it in self.client.list_constraints_for_portfolio(PortfolioId=self.id)["ConstraintDetails"]
            ),
        }


@pytest.fixture
def by_hand(project: Project) -> ByHand:
    project.bootstrap()
    for path in ("portfolio/ml.yaml", "products/studio/product.yaml"):
        (project.root / path).unlink()
    (project.root / "products/studio/template/main.yaml.j2").unlink()
    (project.root / "products/studio/content/seed/README.md").unlink()
    for folder in ("template", "content/seed", "content", ""):
        (project.root / "products/studio" / folder).rmdir()
    return ByHand(project)


def files(root: Path) -> list[str]:
    return sorted(it.relative_to(root).as_posix() for it in root.rglob("*") if it.is_file())


def test_a_signal_lets_the_mark_under_way_be_finished(by_hand: ByHand) -> None:
    connect = signalling("UpdateProduct", signal.SIGTERM)
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes", connect=connect)
    document = run.document
    done, left = document["adopted"], document["not_adopted"]
    assert (run.code, document["error"]["code"]) == (143, "interrupted")
    assert document["error"]["message"] == f"interrupted: {len(done)} of {len(done) + len(left)} adopted"
    assert f"interrupted: waiting for {done[-1]}; no more is started (again: end at once)" in run.err
    assert done and left
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert (run.code, run.document["plans"][0]["changes"]) == (0, [])
    assert {*left} <= {*run.document["adopted"]}


def test_the_next_plan_is_empty(by_hand: ByHand) -> None:
    before = by_hand.ids()
    run = by_hand.project.run("adopt", by_hand.id, "--yes")
    assert run.err.splitlines()[:6] == [
        f"reading the portfolio {by_hand.id}",
        "wrote portfolio/data-science.yaml",
        "wrote products/notebook/product.yaml",
        "wrote products/notebook/template.yaml",
        "wrote products/x-2nd-notebook/product.yaml",
        "wrote products/x-2nd-notebook/template.yaml",
    ]
    assert (run.code, run.out.splitlines()[1:][0][:11]) == (0, "no changes.")
    assert by_hand.ids() == before
    assert by_hand.project.run("plan", "--check").code == 0
    assert by_hand.project.run("validate").code == 0
    assert (by_hand.project.root / "products/notebook/template.yaml").read_text() == BODY


def test_the_files(by_hand: ByHand) -> None:
    by_hand.project.run("adopt", by_hand.id, "--yes")
    root = by_hand.project.root
    assert (
        (root / "portfolio/data-science.yaml").read_text()
        == """\
# yaml-language-server: $schema=../docs/schema/portfolio.schema.json
display_name: Data Science!
provider_name: Somebody
description: By hand.
regions:
- us-west-2
tags:
  team: a
principals:
- principal_arn: arn:aws:iam:::role/ml-*
  principal_type: IAM_PATTERN
tag_options:
- key: stage
  values:
  - dev
products:
- product: notebook
  constraints:
  - type: LAUNCH
    local_role_name: theirs
  - type: TEMPLATE
    name: template-1
    rules:
      Small:
        Assertions:
        - Assert:
            Fn::Contains:
            - - a
            - Ref: Size
    description: Small ones.
  - type: TEMPLATE
    name: template-2
    rules:
      Small:
        Assertions:
        - Assert:
            Fn::Contains:
            - - a
            - Ref: Size
    description: Tiny ones.
- product: x-2nd-notebook
"""
    )
    assert (
        (root / "products/notebook/product.yaml").read_text()
        == """\
# yaml-language-server: $schema=../../docs/schema/product.schema.json
family: notebook
version: 1.0.0
display_name: Notebook
owner: Somebody
support_email: help@example.com
tags:
  cost: '1'
template: template.yaml
launch_role: theirs
"""
    )


def test_service_actions_are_declared(by_hand: ByHand) -> None:
    mine = by_hand.action("Restart_it", by_hand.products[0])
    shared = by_hand.action("Shared", *by_hand.products)
    by_hand.project.account.build.version(by_hand.products[1], "v2", template=BODY)
    partly = by_hand.action("Partly", by_hand.products[1])
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert run.code == 0, run.out
    assert run.document["omitted"] == [
        f"the service action 'Shared' ({shared}) of the product notebook: other products also use it",
        f"the service action 'Partly' ({partly}) of the product x-2nd-notebook: version v1 does not have it",
        f"the service action 'Shared' ({shared}) of the product x-2nd-notebook: version v2 does not have it",
    ]
    assert f"service action notebook/restart-it ({mine})" in run.document["adopted"]
    assert run.document["plans"][0]["changes"] == []
    assert by_hand.project.run("validate").code == 0
    assert """\
service_actions:
  restart-it:
    display_name: Restart_it
    document: AWS-RestartEC2Instance
    document_version: '1'
    parameters:
      InstanceId: TARGET
      Other: TEXT_VALUE
    description: By hand.
""" in (by_hand.project.root / "products/notebook/product.yaml").read_text()


def test_rules_are_checked_before_the_first_write(by_hand: ByHand) -> None:
    by_hand.project.run("adopt", by_hand.id)
    product = "products/notebook/product.yaml"
    by_hand.project.edit(product, "owner: ", "tag_options: [{key: stage, values: [other]}]\nowner: ")
    run = by_hand.project.run("adopt", by_hand.id, "--yes")
    assert run.code == 2
    assert run.err.splitlines()[-2] == (
        f"error: {product}:5:37: P209 'notebook' and portfolio 'data-science' have no common value for "
        "TagOption 'stage', so launches would be refused"
    )
    assert "adopted " not in run.err


def test_a_tag_of_portfolio_and_product_is_adopted(by_hand: ByHand) -> None:
    """It works in some Regions, so it is a warning."""
    by_hand.client.update_product(Id=by_hand.products[0], AddTags=[{"Key": "team", "Value": "a"}])
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert (run.code, run.document["plans"][0]["changes"]) == (0, [])
    run = by_hand.project.run("validate")
    assert (run.code, "P217 warning: 'team'" in run.out + run.err) == (0, True)


def test_without_confirmation_only_files_are_written(by_hand: ByHand) -> None:
    run = by_hand.project.run("adopt", by_hand.id)
    assert run.code == 3
    assert f"to adopt: portfolio data-science ({by_hand.id})" in run.err
    assert "Tags" not in {
        it["Key"]
        for it in by_hand.client.describe_portfolio(Id=by_hand.id)["Tags"]
        if "publisher" in it["Key"]
    }
    again = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert (again.code, again.document["written"], again.document["kept"]) == (0, [], [])
    assert again.document["plans"][0]["changes"] == []


def test_existing_files_are_kept(by_hand: ByHand) -> None:
    by_hand.project.run("adopt", by_hand.id)
    by_hand.project.edit("portfolio/data-science.yaml", "By hand.", "By hand, once.")
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert run.document["kept"] == ["portfolio/data-science.yaml"]
    (change,) = run.document["plans"][0]["changes"]
    assert (change["before"]["description"], change["after"]["description"]) == ("By hand.", "By hand, once.")


def test_a_stopped_run_is_finished_by_the_next(by_hand: ByHand) -> None:
    by_hand.project.run("adopt", by_hand.id)
    by_hand.client.update_product(
        Id=by_hand.products[0],
        AddTags=[
            {"Key": "publisher:product", "Value": "notebook"},
            {"Key": "publisher:family", "Value": "notebook"},
        ],
    )
    assert by_hand.project.run("adopt", by_hand.id, "--yes").code == 0
    by_hand.project.run("sync", "--yes")
    assert by_hand.project.run("plan", "--check").code == 0


def test_omitted_resources_are_reported(by_hand: ByHand) -> None:
    inactive = by_hand.client.list_provisioning_artifacts(ProductId=by_hand.products[1])
    by_hand.client.update_provisioning_artifact(
        ProductId=by_hand.products[1],
        ProvisioningArtifactId=inactive["ProvisioningArtifactDetails"][0]["Id"],
        Active=False,
    )
    role = boto3.client("iam").create_role(RoleName="gone", AssumeRolePolicyDocument="{}")["Role"]
    by_hand.client.associate_principal_with_portfolio(
        PortfolioId=by_hand.id, PrincipalARN=role["Arn"], PrincipalType="IAM"
    )
    boto3.client("iam").delete_role(RoleName="gone")
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert run.code == 0
    assert run.document["omitted"] == [
        f"the principal {role['RoleId']} of a deleted role or user",
        f"the product '2nd Notebook' ({by_hand.products[1]}): it has no launchable version",
    ]
    (plan,) = run.document["plans"]
    assert plan["changes"] == []
    assert {it["kind"] for it in plan["unmanaged"]} == {"product", "deleted principal"}


def test_a_name_cannot_steer_the_terminal(by_hand: ByHand) -> None:
    product = by_hand.product("Clear\x1b[2J")
    listed = by_hand.client.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    by_hand.client.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=listed[0]["Id"], Active=False
    )
    run = by_hand.project.run("adopt", by_hand.id, "--yes")
    assert f"not adopted: the product 'Clear\\x1b[2J' ({product})" in run.err
    assert "\x1b" not in run.out + run.err


def test_principals_of_the_account_are_adopted(by_hand: ByHand) -> None:
    role = boto3.client("iam").create_role(RoleName="analyst", AssumeRolePolicyDocument="{}")["Role"]
    by_hand.client.associate_principal_with_portfolio(
        PortfolioId=by_hand.id, PrincipalARN=role["Arn"], PrincipalType="IAM"
    )
    run = by_hand.project.run("--json", "adopt", by_hand.id, "--yes")
    assert (run.code, run.document["plans"][0]["changes"]) == (0, [])
    assert by_hand.project.run("plan", "--check").code == 0


def test_a_managed_portfolio_is_refused(by_hand: ByHand) -> None:
    by_hand.project.run("adopt", by_hand.id, "--yes")
    run = by_hand.project.run("adopt", by_hand.id, "--yes")
    assert run.code == 3
    assert f"error: the portfolio {by_hand.id} is already managed: data-science" in run.err


@cases(
    ("words", "message"),
    {
        "unknown": (["port-none0000"], "portfolio 'port-none0000' not found"),
        "neither": ([], "adopt requires either a portfolio id or --factory FILE"),
        "both": (["port-a", "--factory", "x"], "adopt requires either a portfolio id or"),
    },
)
def test_wrong_arguments(project: Project, words: list[str], message: str) -> None:
    run = project.run("adopt", *words)
    assert run.code == 2
    assert f"error: {message}" in run.err


def test_a_factory_file(project: Project) -> None:
    project.write(
        "demo.yaml",
        "Portfolios:\n  - DisplayName: a\n    ProviderName: b\n    Components:\n"
        "      - {Name: studio, Owner: c, Versions: [{Name: v1}]}\n",
    )
    run = project.run("adopt", "--factory", "demo.yaml")
    assert run.code == 0
    assert run.err == (
        "wrote products/studio-2/product.yaml\nwrote portfolio/demo-a.yaml\n"
        "wrote docs/schema/portfolio.schema.json\nwrote docs/schema/product.schema.json\n"
    )
    (schema, *_) = (project.root / "products/studio-2/product.yaml").read_text().splitlines()
    named = schema.removeprefix("# yaml-language-server: $schema=")
    assert (project.root / "products/studio-2" / named).is_file()
    assert run.out == (
        "not adopted: the template of product studio-2: save it as products/studio-2/template.yaml;"
        " its source is unknown\n"
    )
    assert "P131" in project.run("validate").out
    project.write("products/studio-2/template.yaml", BODY)
    assert project.run("validate").code == 0


def test_factory_products_are_entered_in_a_portfolio_that_was_edited(project: Project) -> None:
    project.write("portfolios/demo.yaml", "Portfolios: [{DisplayName: a, ProviderName: b}]\n")
    product = "Products:\n- {Name: queue, Owner: c, Portfolios: [a], Versions: [{Name: v1}]}\n"
    project.write("products/queue.yaml", product)
    run = project.run("adopt", "--factory", "portfolios/demo.yaml")
    assert run.out == "not adopted: products/queue.yaml: adopt it after this file, with --factory\n"
    project.edit("portfolio/demo-a.yaml", "regions:", "# Here only.\nregions:")
    run = project.run("--json", "adopt", "--factory", "products/queue.yaml")
    entered = [{"path": "portfolio/demo-a.yaml", "product": "queue"}]
    assert (run.code, run.document["entered"]) == (0, entered)
    text = (project.root / "portfolio/demo-a.yaml").read_text()
    assert text.endswith("# Here only.\nregions:\n- us-east-1\nproducts:\n- product: queue\n")
    again = project.run("--json", "adopt", "--factory", "products/queue.yaml")
    assert (again.document["written"], again.document["kept"], again.document["entered"]) == ([], [], [])
    project.edit(
        "portfolio/demo-a.yaml", "products:\n- product: queue\n", "products: [{product: studio-*}]\n"
    )
    run = project.run("adopt", "--factory", "products/queue.yaml")
    assert 'product queue in portfolio/demo-a.yaml: add to its products: - {"product": "queue"}' in run.out
