"""Every field of a declaration, changed in the files and published: what the API then shows.

`fields/` has declarations and, in rows.yaml, the table. The declarations are published once, and each row
edits them further, in a place of its own: the text before and after (in the portfolio's file or in that of a
family, `plain` unless named), the changes of the plan, values of the observed model, what AWS shows where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from catalog_emulator import install
from moto import mock_aws

from publisher.declarations import PortfolioFile
from publisher.declarations.fields import Declared
from publisher.declarations.product import ProductFile
from publisher.model import ProjectResource, Resource
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.catalog.test_everything import Tools

pytestmark = pytest.mark.account

SOURCE = Path(__file__).parent / "fields"
TABLE = (SOURCE / "rows.yaml").read_text(encoding="utf-8")
ROWS: dict[str, dict[str, Any]] = yaml.safe_load(TABLE)
# Declared, but not of the account.
ELSEWHERE = {
    "portfolio.regions": "the Regions that templates are linted for",
    "portfolio.blueprint": "which rules lint has for the products",
    **{
        f"portfolio.products.constraints.{it}.type": "which of the five; all have rows"
        for it in ("LAUNCH", "TEMPLATE", "NOTIFICATION", "RESOURCE_UPDATE", "STACKSET")
    },
    "product.family": "the name of the folder; products are named after it",
    "product.template": "the content of a version; changed with it",
    "product.templates.include": "which files of the folder are products",
    "product.templates.exclude": "which are none",
    "product.content": "its digest is in the template",
    "product.permissions_boundary": "its ARN is in the template",
    "product.ssm_parameters": "of the launch role",
    **{
        f"portfolio.sagemaker_templates.{it}": "not of Service Catalog: tests/cli/test_sagemaker_templates.py"
        for it in ("bucket", "domain_ids", "execution_roles", "prefix")
    },
}
# In the model, but not of a declared field.
UNDECLARED = {
    **{
        f"Stored{it}": "of the bucket: tests/publishing/test_template_bucket.py"
        for it in (
            "Content.object_key",
            "Content.size",
            "Template.object_key",
            "Template.size",
            "Template.content",
        )
    },
    **{
        f"{kind.__name__}.{it.name}": "not of Service Catalog: tests/cli/test_sagemaker_templates.py"
        for kind in get_args(ProjectResource)
        for it in fields_of(kind)
    },
    **{
        f"{it}Constraint.status": "AWS is at work"
        for it in ("Launch", "Template", "Notification", "ResourceUpdate", "StackSet")
    },
}


class Fields(Tools):
    """The declarations, published, and the table with the ids of the organization."""

    def __init__(self, folder: Path) -> None:
        account = Account()
        super().__init__(account, folder, SOURCE)
        organizations = account.client("organizations")
        made = organizations.create_account(Email="b@example.com", AccountName="b")["CreateAccountStatus"]
        company = self.company
        words = {"<unit>": company.unit, "<member>": company.member, "<other>": made["AccountId"]}
        self.rows = yaml.safe_load(reduce(lambda text, word: text.replace(word, words[word]), words, TABLE))
        account.role("typed")
        self.sync()
        for name in ("aging", "aged"):
            account.build.version(_products(account.catalog)[name]["ProductId"], "0.9.0")
        self.sync()


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fields]:
    install()
    with mock_aws():
        yield Fields(tmp_path_factory.mktemp("fields") / "project")


@pytest.mark.parametrize("path", ROWS)
def test_a_field_reaches_the_account(fields: Fields, path: str) -> None:
    row = fields.rows[path]
    family = row.get("family", "plain")
    portfolio = path.startswith("portfolio.")
    fields.edit("portfolio/tools.yaml" if portfolio else f"products/{family}/product.yaml", *row["edit"])
    assert fields.sync() == row["changes"]
    observed = fields.target().observe()
    assert plan(fields.desired(), observed, target="t").changes == ()
    for kind, values in row["model"].items():
        found = [it for it in observed if type(it).__name__ == kind]
        assert values in [{name: _listed(getattr(it, name)) for name in values} for it in found]
    for place, value in row["shown"].items():
        section, *steps = place.split(" > ")
        assert reduce(getitem, steps, _read(fields.account.catalog, section)) == value


def test_the_table_has_every_declared_field() -> None:
    declared = {*_declared(PortfolioFile, "portfolio"), *_declared(ProductFile, "product")}
    assert {path.partition(" ")[0] for path in ROWS} | ELSEWHERE.keys() == declared


def test_the_table_reaches_every_field_of_the_model() -> None:
    names = {f"{kind.__name__}.{field.name}" for kind in get_args(Resource) for field in fields_of(kind)}
    reached = {
        (kind, name) for row in ROWS.values() for kind, fields in row["model"].items() for name in fields
    }
    assert {f"{kind}.{name}" for kind, name in reached} | UNDECLARED.keys() == names


def _listed(value: object) -> object:
    """With lists for tuples, as YAML has them."""
    return [_listed(it) for it in value] if isinstance(value, tuple) else value


def _declared(model: type[Declared], path: str) -> Iterator[str]:
    """The paths of all fields below; constraints by their type."""
    for name, field in model.model_fields.items():
        parts = list(_parts(field.annotation))
        for part in parts:
            type_ = part.model_fields.get("type")
            word = f".{get_args(type_.annotation)[0]}" if type_ else ""
            yield from _declared(part, f"{path}.{name}{word}")
        if not parts:
            yield f"{path}.{name}"


def _parts(annotation: Any) -> Iterator[type[Declared]]:
    """The models in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _read(client: Any, section: str) -> Any:
    """A section of the account in the API's own words."""
    (listed,) = client.list_portfolios()["PortfolioDetails"]
    place = {"PortfolioId": listed["Id"]}
    match section:
        case "products":
            return _products(client)
        case "principals":
            principals = client.list_principals_for_portfolio(**place)["Principals"]
            return {it["PrincipalARN"]: it["PrincipalType"] for it in principals}
        case "shares":
            return dict(_shares(client, place))
    names = {one["ProductId"]: name for name, one in _products(client).items()}
    match section:
        case "constraints":
            return dict(_constraints(client, place, names))
        case "actions":
            return dict(_actions(client, names))
    held = client.search_products_as_admin(**place)["ProductViewDetails"]
    summaries = [it["ProductViewSummary"] for it in held]
    portfolio = _owner(client.describe_portfolio(Id=listed["Id"]), listed)
    return {**portfolio, "Products": {names[it["ProductId"]]: it["Name"] for it in summaries}}


def _owner(described: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **fields,
        "Tags": {it["Key"]: it["Value"] for it in described["Tags"]},
        "TagOptions": {f"{it['Key']}={it['Value']}": it["Active"] for it in described["TagOptions"]},
        "Budgets": [it["BudgetName"] for it in described["Budgets"]],
    }


def _products(client: Any) -> dict[str, dict[str, Any]]:
    """By their ownership tag, with versions by name."""
    found = {}
    for view in client.search_products_as_admin()["ProductViewDetails"]:
        id_ = view["ProductViewSummary"]["ProductId"]
        described = client.describe_product_as_admin(Id=id_)
        product = _owner(described, described["ProductViewDetail"]["ProductViewSummary"])
        versions = client.list_provisioning_artifacts(ProductId=id_)["ProvisioningArtifactDetails"]
        product["Versions"] = {it["Name"]: it for it in versions}
        found[product["Tags"]["publisher:product"]] = product
    return found


def _shares(client: Any, place: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for type_ in ("ACCOUNT", "ORGANIZATION", "ORGANIZATIONAL_UNIT", "ORGANIZATION_MEMBER_ACCOUNT"):
        for it in client.describe_portfolio_shares(**place, Type=type_)["PortfolioShareDetails"]:
            yield f"{type_} {it['PrincipalId'].rpartition('/')[2]}", it


def _constraints(
    client: Any, place: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = [client.list_constraints_for_portfolio(**place)]
    while token := pages[-1].get("NextPageToken"):
        pages.append(client.list_constraints_for_portfolio(**place, PageToken=token))
    for it in (it for page in pages for it in page["ConstraintDetails"]):
        parameters = json.loads(client.describe_constraint(Id=it["ConstraintId"])["ConstraintParameters"])
        name = re.findall(r"\((.+)\)$", it.get("Description", ""))
        words = (names[it["ProductId"]], it["Type"], *name)
        yield " ".join(words), {**it, "Parameters": parameters}


def _actions(client: Any, names: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for summary in client.list_service_actions()["ServiceActionSummaries"]:
        detail = client.describe_service_action(Id=summary["Id"])["ServiceActionDetail"]
        views = client.list_provisioning_artifacts_for_service_action(ServiceActionId=summary["Id"])
        versions = [
            f"{names[it['ProductViewSummary']['ProductId']]} {it['ProvisioningArtifact']['Name']}"
            for it in views["ProvisioningArtifactViews"]
        ]
        (name,) = re.findall(r"\((.+)\)$", summary["Description"])
        yield (
            name,
            {**detail["ServiceActionSummary"], "Definition": detail["Definition"], "Versions": versions},
        )
