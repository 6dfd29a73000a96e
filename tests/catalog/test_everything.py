"""The files of tests/declarations/everything, published: what they ask for is what is read back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog import ServiceCatalog
from publisher.declarations import load
from publisher.errors import InputError
from publisher.model import Catalog, ProvisioningArtifact, ServiceActionAssociation
from publisher.planning.apply import apply
from publisher.planning.changes import change_document
from publisher.planning.plan import Plan, plan
from publisher.publishing.desired_catalog import desired
from publisher.templates.render import Rendered, render_all
from tests.account import BUCKET
from tests.catalog.conftest import Account
from tests.catalog.test_kinds import Company, _budgets

EVERYTHING = Path(__file__).parents[1] / "declarations" / "everything"
TOPIC = "arn:aws:sns:us-west-2:123456789012:tools"
ACCOUNT = "123456789012"


class Tools:
    """The project in a folder of its own, for one account."""

    def __init__(self, account: Account, folder: Path) -> None:
        shutil.copytree(EVERYTHING, folder)
        self.account, self.folder = account, folder
        company = Company(account)
        self.unit = company.unit
        self.edit("portfolio/tools.yaml", "ou-ab12-cdefgh34", company.unit)
        self.edit(
            "portfolio/tools.yaml",
            '{organization_node: "333333333333"}',
            f'{{organization_node: "{company.member}"}}',
        )
        _budgets(account, "tools", "plain", "other")
        account.aws.client("s3").put_object(Bucket=BUCKET, Key="a.tar.gz", Body=b"\x1f\x8b\xff")

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert before in text
        (self.folder / path).write_text(text.replace(before, after), encoding="utf-8")

    def rendered(self) -> dict[str, Rendered]:
        return {it.product: it for it in render_all(load(self.folder).variants)}

    def desired(self, **variables: str) -> Catalog:
        return desired(
            load(self.folder),
            self.rendered(),
            account_id=ACCOUNT,
            region="us-west-2",
            partition="aws",
            variables=variables,
        )

    def target(self) -> ServiceCatalog:
        rendered, s3 = self.rendered(), self.account.aws.client("s3")

        def store(version: ProvisioningArtifact) -> str:
            one = rendered[version.product]
            s3.put_object(Bucket=BUCKET, Key=one.object_key, Body=one.published)
            return f"https://{BUCKET}.s3.us-west-2.amazonaws.com/{one.object_key}"

        return ServiceCatalog(
            self.account.aws, template_url=store, clock=self.account.ticks.clock(), workers=2
        )

    def plan(self, target: ServiceCatalog, **variables: str) -> Plan:
        return plan(self.desired(**variables), target.observe(), target="t")

    def sync(self, **variables: str) -> list[str]:
        """Publishes; the changes, as words."""
        target = self.target()
        planned = self.plan(target, **variables)
        errors = [str(outcome.error) for outcome in apply(planned, target, workers=2) if outcome.error]
        assert errors == []
        documents = [change_document(change) for change in planned.changes]
        return [" ".join((it["action"], *it["key"])) for it in documents]


@pytest.fixture
def tools(account: Account, tmp_path: Path) -> Tools:
    tools = Tools(account, tmp_path / "project")
    # A product that is retired is not made: it was there before.
    tools.edit("products/engine/product.yaml", "retire: deprecate\n", "")
    tools.sync()
    return tools


def test_what_the_files_ask_for_is_what_is_there(tools: Tools) -> None:
    expected = Catalog.of(
        replace(it, digest=it.short_digest)
        if isinstance(it, ProvisioningArtifact)
        else replace(it, version="0.3.0")
        if isinstance(it, ServiceActionAssociation)
        else it
        for it in tools.desired()
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


ON_TOOLS = "update constraint tools {} {}"


@pytest.mark.parametrize(
    ("path", "before", "after", "changes"),
    [
        pytest.param(
            "portfolio/tools.yaml",
            "display_name: Tools",
            "display_name: Tool shed",
            ["update portfolio tools"],
            id="portfolio's name",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "{team: tools}",
            "{team: shed}",
            ["update portfolio tools"],
            id="portfolio's tag",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "share_tag_options: true",
            "share_tag_options: false",
            ["update portfolio-share tools ACCOUNT 444444444444"],
            id="share's flag",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "values: [dev, prod], inactive: [qa]",
            "values: [dev, prod, qa]",
            ["update tag-option stage qa"],
            id="TagOption is active again",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "values: [dev, prod]",
            "values: [dev, prod, test]",
            ["create tag-option stage test", "create tag-option-association portfolio tools stage test"],
            id="TagOption",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "budget: tools",
            "budget: other",
            ["update budget-association portfolio tools"],
            id="budget",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "tag_update_on_provisioned_product: ALLOWED",
            "tag_update_on_provisioned_product: NOT_ALLOWED",
            [ON_TOOLS.format(it, "RESOURCE_UPDATE") for it in ("tools-second-topic", "tools-topic")],
            id="tag updates",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "[[small], {Ref: Size}]",
            "[[small, large], {Ref: Size}]",
            [ON_TOOLS.format(it, "TEMPLATE sizes") for it in ("tools-second-topic", "tools-topic")],
            id="rules",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "region_list: [us-west-2, eu-west-1]",
            "region_list: [us-west-2]",
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="stack set's Regions",
        ),
        pytest.param(
            "products/plain/product.yaml",
            "owner: Tool Team",
            "owner: Others",
            ["update product plain"],
            id="product's owner",
        ),
        pytest.param(
            "products/plain/product.yaml",
            "display_name: Restart",
            "display_name: Reboot",
            ["update service-action plain/restart"],
            id="service action",
        ),
        pytest.param(
            "products/plain/product.yaml",
            'version: "0.3.0"',
            'version: "0.3.0"\nversions: {"0.3.0": deprecated}',
            ["update provisioning-artifact plain 0.3.0"],
            id="state of a version",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "provider_name: Tool Team",
            "provider_name: Others",
            ["update portfolio tools"],
            id="provider's name",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "description: One of everything",
            "description: Some of everything",
            ["update portfolio tools"],
            id="portfolio's description",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "{team: tools}",
            "{team: tools, cost: '12'}",
            ["update portfolio tools"],
            id="portfolio's new tag",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "tags: {team: tools}\n",
            "",
            ["update portfolio tools"],
            id="portfolio without tags",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "regions: [eu-west-1, us-west-2]",
            "regions: [us-west-2]",
            [],
            id="Regions of linting",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "name: sizes",
            "name: sizes\n        description: Small ones only.",
            [ON_TOOLS.format(it, "TEMPLATE sizes") for it in ("tools-second-topic", "tools-topic")],
            id="description of rules",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "Who runs them.",
            "Those.",
            [ON_TOOLS.format(it, "NOTIFICATION operations") for it in ("tools-second-topic", "tools-topic")],
            id="description of a notification",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            ':operations"',
            ':others"',
            [ON_TOOLS.format(it, "NOTIFICATION operations") for it in ("tools-second-topic", "tools-topic")],
            id="topic",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            '["333333333333", "{account_id}"]',
            '["333333333333"]',
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="stack set's accounts",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "role/stack-sets",
            "role/others",
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="stack set's administrator",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "stack-set-execution",
            "others",
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="stack set's execution role",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "stack_instance_control: ALLOWED",
            "stack_instance_control: NOT_ALLOWED",
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="control of stack instances",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "Into every account.",
            "Everywhere.",
            [ON_TOOLS.format("plain", "LAUNCH")],
            id="description of a stack set",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "local_role_name: launch-tools",
            'role_arn: "arn:{partition}:iam::{account_id}:role/launch-tools"',
            [ON_TOOLS.format(it, "LAUNCH") for it in ("tools-second-topic", "tools-topic")],
            id="launch role by ARN",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "local_role_name: launch-tools",
            "local_role_name: launch-tools\n        description: Why.",
            [ON_TOOLS.format(it, "LAUNCH") for it in ("tools-second-topic", "tools-topic")],
            id="description of a launch role",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "share_principals: true",
            "share_principals: false",
            ["update portfolio-share tools ORGANIZATIONAL_UNIT <unit>"],
            id="principals of a share",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "principals:\n",
            'principals:\n  - {principal_arn: "arn:{partition}:iam:::role/other-*",'
            " principal_type: IAM_PATTERN}\n",
            ["create principal tools IAM_PATTERN arn:aws:iam:::role/other-*"],
            id="principal",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "shares:\n",
            'shares:\n  - {account_id: "555555555555"}\n',
            ["create portfolio-share tools ACCOUNT 555555555555"],
            id="share",
        ),
        pytest.param(
            "portfolio/tools.yaml",
            "values: [dev, prod], inactive: [qa]",
            "values: [dev], inactive: [qa, prod]",
            ["update tag-option stage prod"],
            id="TagOption is inactive",
        ),
        pytest.param(
            "products/tools/product.yaml",
            'display_name: "Tool {template}"',
            'display_name: "The {template}"',
            ["update product tools-second-topic", "update product tools-topic"],
            id="products' names",
        ),
        pytest.param(
            "products/tools/product.yaml",
            "owner: Tool Team",
            "owner: Tool Team\ndescription: a\ndistributor: b\nsupport_description: c\n"
            "support_email: d@example.com\ntags: {f: g}",
            ["update product tools-second-topic", "update product tools-topic"],
            id="products' texts",
        ),
        pytest.param(
            "products/tools/product.yaml",
            "values: [dev]",
            "values: [dev, prod]",
            [
                f"create tag-option-association product {it} stage prod"
                for it in ("tools-second-topic", "tools-topic")
            ],
            id="product's TagOption",
        ),
        pytest.param(
            "products/plain/product.yaml",
            "budget: plain",
            "budget: other",
            ["update budget-association product plain"],
            id="product's budget",
        ),
        pytest.param(
            "products/plain/product.yaml",
            'document_version: "1"',
            'document_version: "2"',
            ["update service-action plain/restart"],
            id="document of a service action",
        ),
        pytest.param(
            "products/plain/product.yaml",
            "parameters: {InstanceId: TARGET}",
            'assume_role: "arn:{partition}:iam::{account_id}:role/launch-tools"',
            ["update service-action plain/restart"],
            id="role and parameters of a service action",
        ),
        pytest.param(
            "products/plain/product.yaml",
            "service_actions:\n",
            "service_actions:\n  stop: {display_name: Stop, document: AWS-StopEC2Instance,"
            ' document_version: "1"}\n',
            [
                "create service-action plain/stop",
                "create service-action-association plain 0.3.0 plain/stop",
            ],
            id="new service action",
        ),
        pytest.param(
            "products/plain/product.yaml",
            'version: "0.3.0"',
            'version: "0.4.0"',
            [],
            id="version without new content",
        ),
        pytest.param(
            "products/engine/product.yaml",
            "launch_role: launch-engine",
            "launch_role: another",
            ["update constraint tools engine LAUNCH"],
            id="launch role",
        ),
    ],
)
def test_one_edit_is_that_change_and_no_other(
    tools: Tools, path: str, before: str, after: str, changes: list[str]
) -> None:
    text = (tools.folder / path).read_text(encoding="utf-8")
    tools.edit(path, before, after)
    assert tools.sync() == [it.replace("<unit>", tools.unit) for it in changes]
    assert tools.sync() == []
    (tools.folder / path).write_text(text, encoding="utf-8")
    tools.sync()
    assert tools.sync() == []


def test_new_content_of_a_plain_template_is_a_new_version(tools: Tools) -> None:
    tools.edit("products/plain/main.yaml", "Topic:", "Subject:")
    with pytest.raises(InputError, match="P601"):
        tools.sync()
    tools.edit("products/plain/product.yaml", 'version: "0.3.0"', 'version: "0.4.0"')
    assert tools.sync() == [
        "create provisioning-artifact plain 0.4.0",
        "create service-action-association plain 0.4.0 plain/restart",
    ]
    tools.edit("products/plain/main.yaml", "# Somebody else's", "# Somebody's")
    assert tools.sync() == []


def test_one_more_template_in_the_folder_is_one_more_product(tools: Tools) -> None:
    templates = tools.folder / "products" / "tools" / "templates"
    shutil.copy(templates / "topic.yaml", templates / "third.yaml")
    assert tools.sync()[:2] == [
        "create product tools-third",
        "create provisioning-artifact tools-third 2.0.0",
    ]


def test_a_retired_product_is_not_launched_any_more(tools: Tools) -> None:
    tools.edit("products/engine/product.yaml", "launch_role:", "retire: deprecate\nlaunch_role:")
    assert tools.sync() == ["update provisioning-artifact engine 1.0.0"]
    assert tools.sync() == []
