"""The files of tests/declarations/everything, published: what they ask for is what is read back."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog import ServiceCatalog
from publisher.declarations import Repository, load
from publisher.errors import InputError
from publisher.model import Catalog, ServiceActionAssociation
from publisher.planning.apply import apply
from publisher.planning.changes import change_document
from publisher.planning.plan import Plan, plan
from publisher.publishing.desired_catalog import desired
from publisher.publishing.template_bucket import TemplateBucket
from publisher.templates.render import Rendered, render_all
from tests.account import BUCKET
from tests.catalog.conftest import Account
from tests.catalog.test_portfolio_shares import Company
from tests.conftest import cases
from tests.samples import as_observed

EVERYTHING = Path(__file__).parents[1] / "declarations" / "everything"
TOPIC = "arn:aws:sns:us-west-2:123456789012:tools"
ACCOUNT = "123456789012"


class Tools:
    """A project in a folder of its own, for one account with an organization."""

    def __init__(self, account: Account, folder: Path, source: Path = EVERYTHING) -> None:
        shutil.copytree(source, folder)
        self.account, self.folder = account, folder
        self._read: tuple[Repository, dict[str, Rendered]] | None = None
        self.company = company = Company(account)
        self.edit("portfolio/tools.yaml", "ou-ab12-cdefgh34", company.unit)
        self.edit(
            "portfolio/tools.yaml",
            '{organization_node: "333333333333"}',
            f'{{organization_node: "{company.member}"}}',
        )
        account.budgets("tools", "plain", "other")
        account.aws.client("s3").put_object(Bucket=BUCKET, Key="a.tar.gz", Body=b"\x1f\x8b\xff")

    def edit(self, path: str, before: str, after: str) -> None:
        text = self.text(path)
        assert before in text
        self.write(path, text.replace(before, after))

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text, encoding="utf-8")
        self._read = None

    def read(self) -> tuple[Repository, dict[str, Rendered]]:
        """The declarations and the rendered products, once after each edit."""
        if self._read is None:
            repository = load(self.folder)
            self._read = repository, {it.product: it for it in render_all(repository.variants)}
        return self._read

    def desired(self, **variables: str) -> Catalog:
        return desired(
            *self.read(),
            account_id=ACCOUNT,
            region="us-west-2",
            partition="aws",
            variables=variables,
        )

    def target(self) -> ServiceCatalog:
        bodies = {it.object_key: it.published for it in self.read()[1].values()}
        clock = self.account.ticks.clock()
        bucket = TemplateBucket(self.account.aws, bodies, clock=clock)
        return ServiceCatalog(self.account.aws, bucket=bucket, clock=clock, workers=2)

    def plan(self, target: ServiceCatalog, **variables: str) -> Plan:
        return plan(self.desired(**variables), target.observe(), target="t")

    def sync(self, **variables: str) -> list[str]:
        """Publishes; the changes, as words."""
        target = self.target()
        planned = self.plan(target, **variables)
        errors = [str(outcome.error) for outcome in apply(planned, target, workers=2) if outcome.error]
        assert errors == []
        documents = [change_document(change) for change in planned.changes]
        return [re.sub("[0-9a-f]{64}", "…", " ".join((it["action"], *it["key"]))) for it in documents]


@pytest.fixture
def tools(account: Account, tmp_path: Path) -> Tools:
    tools = Tools(account, tmp_path / "project")
    # A product that is retired is not made: it was there before.
    tools.edit("products/engine/product.yaml", "retire: deprecate\n", "")
    tools.sync()
    return tools


def test_what_the_files_ask_for_is_what_is_there(tools: Tools) -> None:
    expected = Catalog.of(
        replace(it, version="0.3.0") if isinstance(it, ServiceActionAssociation) else it
        for it in as_observed(tools.desired())
    )
    assert tools.target().observe() == expected
    assert tools.sync() == []


def test_a_variable_of_the_target_adds_its_topic(tools: Tools) -> None:
    assert tools.sync(launch_events=TOPIC) == [
        "create constraint tools plain NOTIFICATION operations",
        "update constraint tools tools-second-topic NOTIFICATION operations",
        "update constraint tools tools-topic NOTIFICATION operations",
    ]
    assert tools.sync(launch_events=TOPIC) == []


def on_tools(change: str) -> list[str]:
    """The same update of both products of the family 'tools'."""
    return [f"update {change.format(name)}" for name in ("tools-second-topic", "tools-topic")]


TOOLS, PLAIN = "portfolio/tools.yaml", "products/plain/product.yaml"
FAMILY = "products/tools/product.yaml"


@cases(
    ("path", "before", "after", "changes"),
    {
        "TagOption is active again": (
            TOOLS,
            "values: [dev, prod], inactive: [qa]",
            "values: [dev, prod, qa]",
            ["update tag-option stage qa"],
        ),
        "TagOption is inactive": (
            TOOLS,
            "values: [dev, prod], inactive: [qa]",
            "values: [dev], inactive: [qa, prod]",
            ["update tag-option stage prod"],
        ),
        "portfolio without tags": (TOOLS, "tags: {team: tools}\n", "", ["update portfolio tools"]),
        "Regions of linting": (TOOLS, "regions: [eu-west-1, us-west-2]", "regions: [us-west-2]", []),
        "launch role by ARN": (
            TOOLS,
            "local_role_name: launch-tools",
            'role_arn: "arn:{partition}:iam::{account_id}:role/launch-tools"',
            on_tools("constraint tools {} LAUNCH"),
        ),
        "version without new content": (PLAIN, 'version: "0.3.0"', 'version: "0.4.0"', []),
        "products' names": (
            FAMILY,
            'display_name: "Tool {template}"',
            'display_name: "The {template}"',
            on_tools("product {}"),
        ),
        "products' texts": (
            FAMILY,
            "owner: Tool Team",
            "owner: Tool Team\ndescription: a\ndistributor: b\nsupport_description: c\n"
            "support_email: d@example.com\ntags: {f: g}",
            on_tools("product {}"),
        ),
    },
)
def test_one_edit_is_that_change_and_no_other(
    tools: Tools, path: str, before: str, after: str, changes: list[str]
) -> None:
    """And so is taking it back; test_every_field.py has an edit of each field."""
    text = tools.text(path)
    tools.edit(path, before, after)
    assert tools.sync() == changes
    assert tools.sync() == []
    tools.write(path, text)
    assert len(tools.sync()) == len(changes)
    assert tools.sync() == []


def test_new_content_of_a_plain_template_is_a_new_version(tools: Tools) -> None:
    tools.edit("products/plain/main.yaml", "Topic:", "Subject:")
    with pytest.raises(InputError, match="P601"):
        tools.sync()
    tools.edit("products/plain/product.yaml", 'version: "0.3.0"', 'version: "0.4.0"')
    assert tools.sync() == [
        "create stored-object templates/….yaml",
        "create provisioning-artifact plain 0.4.0",
        "create service-action-association plain 0.4.0 plain/restart",
    ]
    tools.edit("products/plain/main.yaml", "# Somebody else's", "# Somebody's")
    assert tools.sync() == []


def test_one_more_template_in_the_folder_is_one_more_product(tools: Tools) -> None:
    templates = "products/tools/templates"
    tools.write(f"{templates}/third.yaml", tools.text(f"{templates}/topic.yaml"))
    assert tools.sync()[:2] == ["create stored-object templates/….yaml", "create product tools-third"]


def test_a_retired_product_becomes_deprecated(tools: Tools) -> None:
    tools.edit("products/engine/product.yaml", "launch_role:", "retire: deprecate\nlaunch_role:")
    assert tools.sync() == ["update provisioning-artifact engine 1.0.0"]
    assert tools.sync() == []
