"""Portfolios as others leave them: refused before anything is marked, or adopted with an empty plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.account import PATTERN, Account
from tests.cli.conftest import Project
from tests.conftest import cases, whole

OTHER = "222222222222"


class Odd:
    """A portfolio that somebody made, to which a case adds what is odd."""

    def __init__(self, account: Account) -> None:
        self.account, self.build, self.client = account, account.build, account.catalog
        self.id = self.build.portfolio("Theirs")

    def product(self, name: str = "Vend", **fields: Any) -> str:
        return self.build.product(name, portfolio=self.id, **fields)

    def versions(self, *names: str | None, templates: str = "abcdef") -> str:
        """A product with a version of each name, each with other content; its id."""
        first, *others = [
            self._parameters(name, letter) for name, letter in zip(names, templates, strict=False)
        ]
        made = self.client.create_product(
            Name="Vend",
            Owner="IT",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=first,
        )
        product = str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
        for parameters in others:
            self.client.create_provisioning_artifact(ProductId=product, Parameters=parameters)
        self.build.place(product, self.id)
        return product

    def _parameters(self, name: str | None, letter: str) -> dict[str, Any]:
        url = self.build.store(f"Description: {letter}\nResources: {{T: {{Type: 'AWS::SNS::Topic'}}}}\n")
        named = {} if name is None else {"Name": name}
        return {**named, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}

    def version_ids(self, product: str) -> list[str]:
        listed = self.client.list_provisioning_artifacts(ProductId=product)
        return [it["Id"] for it in listed["ProvisioningArtifactDetails"]]

    def constraint(self, product: str, type_: str, parameters: object, description: str = "") -> None:
        self.client.create_constraint(
            PortfolioId=self.id,
            ProductId=product,
            Type=type_,
            Parameters=json.dumps(parameters),
            Description=description,
        )

    def tagged(self, **tags: str) -> None:
        self.client.update_product(
            Id=self.product(), AddTags=[{"Key": f"publisher:{key}", "Value": it} for key, it in tags.items()]
        )

    def managed(self, product: str, name: str) -> None:
        """A portfolio that files of another project declare, with this product."""
        tags = [{"Key": "publisher:portfolio", "Value": name}]
        self.build.place(product, self.build.portfolio(name, principal="", Tags=tags))
        tags = [{"Key": "publisher:product", "Value": name}, {"Key": "publisher:family", "Value": name}]
        self.client.update_product(Id=product, AddTags=tags)

    def shared(self) -> tuple[str, str]:
        """A portfolio that another account shares, and its product."""
        role = f"arn:aws:iam::{OTHER}:role/admin"
        theirs = self.account.aws.assuming(role, region="us-west-2")
        build = type(self.build)(theirs.client, bucket="theirs")
        portfolio = build.portfolio("Shared", principal="")
        product = build.product("Far", portfolio=portfolio)
        owner = theirs.client("servicecatalog")
        account = self.account.aws.account_id
        owner.create_portfolio_share(PortfolioId=portfolio, AccountId=account)
        self.client.accept_portfolio_share(PortfolioId=portfolio)
        return portfolio, product

    def snapshot(self) -> str:
        """Everything that marking could change."""
        return json.dumps(list(self._details()), default=str, sort_keys=True)

    def _details(self) -> Iterator[Any]:
        client = self.client
        for portfolio in client.list_portfolios()["PortfolioDetails"]:
            yield _answer(client.describe_portfolio(Id=portfolio["Id"]))
            for it in client.list_constraints_for_portfolio(PortfolioId=portfolio["Id"])["ConstraintDetails"]:
                yield _answer(client.describe_constraint(Id=it["ConstraintId"]))
        for view in client.search_products_as_admin()["ProductViewDetails"]:
            product = view["ProductViewSummary"]["ProductId"]
            yield _answer(client.describe_product_as_admin(Id=product))
            yield _answer(client.list_provisioning_artifacts(ProductId=product))
        yield _answer(client.list_service_actions())


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: it for name, it in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def odd(project: Project) -> Odd:
    project.bootstrap()
    shutil.rmtree(project.root / "products/studio")
    (project.root / "portfolio/ml.yaml").unlink()
    return Odd(project.account)


def tag_option(odd: Odd, resource: str, value: str, *, active: bool = True) -> None:
    option = odd.client.create_tag_option(Key="stage", Value=value)["TagOptionDetail"]["Id"]
    odd.client.associate_tag_option_with_resource(ResourceId=resource, TagOptionId=option)
    if not active:
        odd.client.update_tag_option(Id=option, Active=False)


def apart(odd: Odd) -> None:
    tag_option(odd, odd.id, "dev")
    tag_option(odd, odd.product(), "prod")


def inactive(odd: Odd) -> None:
    tag_option(odd, odd.product(), "prod", active=False)


def tags(count: int) -> Callable[[Odd], None]:
    def tag(odd: Odd) -> None:
        odd.product(Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(count)])

    return tag


def long_version(odd: Odd) -> None:
    product = odd.product()
    (version,) = odd.version_ids(product)
    odd.client.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version, Description="d" * 8180
    )


def long_constraint(odd: Odd) -> None:
    rules = {"Rules": {"Small": {"Assertions": [{"Assert": {"Fn::Equals": ["a", {"Ref": "Size"}]}}]}}}
    odd.constraint(odd.product(), "TEMPLATE", rules, "d" * 1995)


def constraints(odd: Odd) -> None:
    product = odd.product()
    arn = odd.account.role("theirs")
    odd.constraint(product, "LAUNCH", {"RoleArn": arn})
    allowed = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}
    odd.constraint(product, "RESOURCE_UPDATE", allowed)
    topic = odd.account.client("sns").create_topic(Name="t")["TopicArn"]
    odd.constraint(product, "NOTIFICATION", {"NotificationArns": [topic]}, "(odd)")
    odd.constraint(product, "NOTIFICATION", {"NotificationArns": [topic]}, "odd (notification-1)")
    odd.constraint(product, "NOTIFICATION", {"NotificationArns": [topic]})


def stack_set(odd: Odd) -> None:
    properties = {
        "AccountList": [odd.account.aws.account_id],
        "RegionList": ["us-west-2"],
        "AdminRole": f"arn:aws:iam::{odd.account.aws.account_id}:role/admin",
        "ExecutionRole": "execution",
    }
    odd.constraint(odd.product(), "STACKSET", {"Version": "2.0", "Properties": properties})


def products_of_one_name(odd: Odd) -> None:
    odd.product()
    odd.product(template="Resources: {Two: {Type: 'AWS::SNS::Topic'}}\n")
    odd.build.portfolio("Theirs", principal="")


def name_that_is_managed(odd: Odd) -> None:
    odd.managed(odd.build.product("Vend"), "vend")
    odd.managed(odd.build.product("Theirs"), "theirs")
    odd.product()


def renamed_twins(odd: Odd) -> None:
    product = odd.versions("release", "release", "release")
    id_ = odd.version_ids(product)[0]
    odd.client.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=id_, Name=f"release (older, {odd.version_ids(product)[1]})"
    )


def twins_whose_younger_is_inactive(odd: Odd) -> None:
    product = odd.versions("release", "release")
    odd.client.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=odd.version_ids(product)[1], Active=False
    )


def user_and_path(odd: Odd) -> None:
    odd.product()
    iam = odd.account.client("iam")
    user = iam.create_user(UserName="u", Path="/a/b/")["User"]["Arn"]
    group = iam.create_group(GroupName="g")["Group"]["Arn"]
    for arn in (user, group):
        odd.client.associate_principal_with_portfolio(
            PortfolioId=odd.id, PrincipalARN=arn, PrincipalType="IAM"
        )


def no_template(odd: Odd) -> None:
    parameters = odd._parameters("1.0.0", "a: [") | {"DisableTemplateValidation": True}
    made = odd.client.create_product(
        Name="Vend",
        Owner="IT",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters=parameters,
    )
    odd.build.place(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"], odd.id)


def by_a_stack(odd: Odd) -> None:
    """A portfolio with two products and constraints, all of CloudFormation's types."""
    rules = {"Small": {"Assertions": [{"Assert": {"Fn::Equals": ["a", "a"]}}]}}
    versions = {"first": ["v1"], "second": ["v1", "v2"]}
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "It": ("Portfolio", {"DisplayName": "By stack", "ProviderName": "IT"}),
        "Who": ("PortfolioPrincipalAssociation", {"PrincipalARN": PATTERN, "PrincipalType": "IAM_PATTERN"}),
        "Role": ("LaunchRoleConstraint", {"ProductId": {"Ref": "first"}, "LocalRoleName": "theirs"}),
        "Rules": (
            "LaunchTemplateConstraint",
            {"ProductId": {"Ref": "second"}, "Rules": json.dumps(rules), "Description": "Small ones."},
        ),
        "Tags": (
            "ResourceUpdateConstraint",
            {"ProductId": {"Ref": "second"}, "TagUpdateOnProvisionedProduct": "ALLOWED"},
        ),
        "Stage": ("TagOption", {"Key": "stage", "Value": "dev"}),
        "On": ("TagOptionAssociation", {"TagOptionId": {"Ref": "Stage"}, "ResourceId": {"Ref": "It"}}),
    }
    for name, named in versions.items():
        artifacts = [odd._parameters(version, f"{name} {version}") for version in named]
        fields = {"Name": f"Vend {name}", "Owner": "IT", "ProvisioningArtifactParameters": artifacts}
        rows[name] = ("CloudFormationProduct", fields)
        rows[f"in{name}"] = ("PortfolioProductAssociation", {"ProductId": {"Ref": name}})
    there = {"PortfolioId": {"Ref": "It"}}
    resources: dict[str, Any] = {
        name: {
            "Type": f"AWS::ServiceCatalog::{kind}",
            "Properties": {**fields, **(there if kind.startswith("Portfolio") else {})},
        }
        for name, (kind, fields) in rows.items()
    }
    del resources["It"]["Properties"]["PortfolioId"]
    for name in ("Role", "Rules", "Tags"):
        resources[name]["Properties"] |= there
        resources[name]["DependsOn"] = ["infirst", "insecond"]
    formation = odd.account.client("cloudformation")
    formation.create_stack(StackName="catalog", TemplateBody=json.dumps({"Resources": resources}))
    made = formation.describe_stack_resource(StackName="catalog", LogicalResourceId="It")
    odd.id = made["StackResourceDetail"]["PhysicalResourceId"]


@cases(
    ("make", "code"),
    {
        "made by a stack": (by_a_stack, 0),
        "twin versions": (lambda odd: odd.versions("release", "release"), 0),
        "twins in disguise": (renamed_twins, 0),
        "a younger twin that is inactive": (twins_whose_younger_is_inactive, 0),
        "semantic twins": (lambda odd: odd.versions("1.0.0", "2.0.0", "1.0.0", "2.0.0"), 0),
        "no names": (lambda odd: odd.versions(None, None), 0),
        "no name among names": (lambda odd: odd.versions("v1", None, "v2", " "), 0),
        "blanks": (lambda odd: odd.versions(" AWS Control Tower Account Factory ", "a  b", "\t"), 0),
        "paths and other scripts": (lambda odd: odd.versions("../../a", "版本 ✓", "\x1b[2J", "a\nb"), 0),
        "long names": (lambda odd: odd.versions("1" * 8192, "x" * 200, f"{'9' * 5000}.0.0"), 0),
        "dates and builds": (lambda odd: odd.versions("2024.01.15", "1.0.0+5"), 0),
        "no version number in order": (lambda odd: odd.versions("v10", "v9"), 0),
        "products of one name": (products_of_one_name, 0),
        "names that are managed": (name_that_is_managed, 0),
        "a product of another project": (lambda odd: odd.managed(odd.product(), "far"), 3),
        "a tag that is a path": (lambda odd: odd.tagged(product="../../x", family="../../x"), 3),
        "a tag of axes": (lambda odd: odd.tagged(product="vend-small", family="vend"), 3),
        "a tag without a family": (lambda odd: odd.tagged(product="vend"), 3),
        "marked by a stopped run": (lambda odd: odd.tagged(product="vend", family="vend"), 0),
        "17 tags": (tags(17), 0),
        "18 tags": (tags(18), 2),
        "20 tags": (tags(20), 2),
        "a long description of a version": (long_version, 3),
        "a long description of a constraint": (long_constraint, 2),
        "constraints": (constraints, 0),
        "a stack set": (stack_set, 0),
        "TagOptions without a common value": (apart, 2),
        "an inactive TagOption": (inactive, 0),
        "users and groups": (user_and_path, 0),
        "a product without Latin letters": (lambda odd: odd.product("製品"), 0),
        "control characters in a product": (lambda odd: odd.product("a\x1b[2Jb", Owner="\x07"), 2),
        "not a template": (no_template, 2),
        "no products": (lambda odd: None, 0),
    },
)
def test_adopted_or_as_before(project: Project, odd: Odd, make: Callable[[Odd], object], code: int) -> None:
    make(odd)
    before = odd.snapshot()
    run = project.run("--json", "adopt", odd.id, "--yes")
    assert run.code == code, run.err + run.out
    assert "Traceback" not in run.err
    if code:
        assert odd.snapshot() == before
    else:
        assert run.document["plans"][0]["changes"] == []
        again = project.run("--json", "plan", "--check")
        assert (again.code, again.document["plans"]) == (0, run.document["plans"])


def test_a_portfolio_that_another_account_shares_is_refused(project: Project, odd: Odd) -> None:
    portfolio, _ = odd.shared()
    run = project.run("adopt", portfolio, "--yes")
    assert (run.code, sorted(it.name for it in (project.root / "portfolio").iterdir())) == (3, [])
    assert f"error: the portfolio {portfolio} belongs to account {OTHER}, which shares it" in run.err


def test_a_product_that_another_account_shares_is_omitted(project: Project, odd: Odd) -> None:
    portfolio, product = odd.shared()
    odd.client.associate_product_with_portfolio(
        ProductId=product, PortfolioId=odd.id, SourcePortfolioId=portfolio
    )
    odd.product()
    run = project.run("--json", "adopt", odd.id, "--yes")
    assert run.code == 0, run.err
    assert run.document["omitted"] == [f"the product 'Far' ({product}): it belongs to account {OTHER}"]


def test_a_product_of_a_connected_repository_is_omitted(project: Project, odd: Odd) -> None:
    product = odd.product()
    odd.client.meta.events.register(
        "after-call.service-catalog.DescribeProductAsAdmin",
        lambda parsed, **_: parsed["ProductViewDetail"].update(SourceConnection={"Type": "CODESTAR"}),
    )
    run = project.run("--json", "adopt", odd.id, "--yes", connect=lambda **_: odd.account.aws)
    reason = "a connected repository publishes its versions"
    assert (run.code, run.document["omitted"]) == (0, [f"the product 'Vend' ({product}): {reason}"])


def test_a_version_without_anything_optional_is_adopted(project: Project, odd: Odd) -> None:
    odd.versions("v1", "v2")

    def bare(parsed: dict[str, Any], **_: object) -> None:
        parsed["ProvisioningArtifactDetails"] = [
            {"Id": it["Id"], **{key: it[key] for key in ("Description",) if key in it}}
            for it in parsed["ProvisioningArtifactDetails"]
        ]

    odd.client.meta.events.register("after-call.service-catalog.ListProvisioningArtifacts", bare)
    run = project.run("--json", "adopt", odd.id, "--yes", connect=lambda **_: odd.account.aws)
    assert run.code == 0, run.err
    (older,) = run.document["plans"][0]["duplicates"]
    assert older["version"].startswith("(no name) (older, pa-")


def test_a_template_that_was_edited_is_published_as_a_new_version(project: Project, odd: Odd) -> None:
    product = odd.product()
    assert project.run("adopt", odd.id).code == 3
    project.edit("products/vend/template.yaml", "Type: String", "Type: String, Default: a")
    project.edit("products/vend/product.yaml", "version: 1.0.0", "version: 1.1.0")
    run = project.run("--json", "adopt", odd.id, "--yes")
    assert run.code == 0, run.err
    created = [it["key"][-1] for it in run.document["plans"][0]["changes"] if it["action"] == "create"]
    assert "1.1.0" in created
    (version,) = odd.client.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert "sha256" not in version.get("Description", "")


def test_an_edited_template_under_a_published_name_is_refused(project: Project, odd: Odd) -> None:
    odd.product()
    project.run("adopt", odd.id)
    project.edit("products/vend/template.yaml", "Type: String", "Type: String, Default: a")
    before = odd.snapshot()
    run = project.run("adopt", odd.id, "--yes")
    assert (run.code, "P601" in run.err, odd.snapshot()) == (2, True, before)


@pytest.mark.parametrize("made", [0, whole(1), 2, whole(3), 4, whole(5)])
def test_a_run_that_is_killed_is_finished_by_the_next(project: Project, odd: Odd, made: int) -> None:
    constraints(odd)
    odd.product()
    left = [*range(made)]

    def count(**_: object) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()

    for operation in ("UpdatePortfolio", "UpdateProduct", "UpdateProvisioningArtifact", "UpdateConstraint"):
        odd.client.meta.events.register(f"before-call.service-catalog.{operation}", count)
    assert project.run("adopt", odd.id, "--yes", connect=lambda **_: odd.account.aws).code not in (0, 2)
    # Another checkout has no files of the first run.
    for path in ("portfolio/theirs.yaml", "products/vend/product.yaml", "products/vend-2/product.yaml"):
        (project.root / path).unlink()
    run = project.run("--json", "adopt", odd.id, "--yes")
    assert (run.code, run.document["plans"][0]["changes"]) == (0, []), run.err
    assert project.run("validate").code == 0


def test_adopting_two_portfolios_with_one_product(project: Project, odd: Odd) -> None:
    product = odd.product()
    other = odd.build.portfolio("Others")
    odd.build.place(product, other)
    assert project.run("adopt", odd.id, "--yes").code == 0
    run = project.run("--json", "adopt", other, "--yes")
    assert (run.code, run.document["plans"][0]["changes"]) == (0, []), run.err
