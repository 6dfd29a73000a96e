"""The files of tests/declarations/everything, published: what they ask for is what is read back."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog import ServiceCatalog
from publisher.declarations import load
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
from tests.catalog.test_kinds import Company
from tests.samples import as_observed

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
        account.budgets("tools", "plain", "other")
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
        bodies = {it.object_key: it.published for it in self.rendered().values()}
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


def on_tools(change: str, action: str = "update") -> list[str]:
    """The same change of both products of the family 'tools'."""
    return [f"{action} {change.format(name)}" for name in ("tools-second-topic", "tools-topic")]


PORTFOLIO, STACK_SET = ["update portfolio tools"], ["update constraint tools plain LAUNCH"]
RESTART = ["update service-action plain/restart"]
EDITS: dict[str, dict[str, tuple[str, str, list[str]]]] = {
    "portfolio/tools.yaml": {
        "portfolio's name": ("display_name: Tools", "display_name: Tool shed", PORTFOLIO),
        "portfolio's tag": ("{team: tools}", "{team: shed}", PORTFOLIO),
        "share's flag": (
            "share_tag_options: true",
            "share_tag_options: false",
            ["update portfolio-share tools ACCOUNT 444444444444"],
        ),
        "TagOption is active again": (
            "values: [dev, prod], inactive: [qa]",
            "values: [dev, prod, qa]",
            ["update tag-option stage qa"],
        ),
        "TagOption": (
            "values: [dev, prod]",
            "values: [dev, prod, test]",
            ["create tag-option stage test", "create tag-option-association portfolio tools stage test"],
        ),
        "budget": ("budget: tools", "budget: other", ["update budget-association portfolio tools"]),
        "tag updates": (
            "tag_update_on_provisioned_product: ALLOWED",
            "tag_update_on_provisioned_product: NOT_ALLOWED",
            on_tools("constraint tools {} RESOURCE_UPDATE"),
        ),
        "rules": (
            "[[small], {Ref: Size}]",
            "[[small, large], {Ref: Size}]",
            on_tools("constraint tools {} TEMPLATE sizes"),
        ),
        "stack set's Regions": ("region_list: [us-west-2, eu-west-1]", "region_list: [us-west-2]", STACK_SET),
        "provider's name": ("provider_name: Tool Team", "provider_name: Others", PORTFOLIO),
        "portfolio's description": (
            "description: One of everything",
            "description: Some of everything",
            PORTFOLIO,
        ),
        "portfolio's new tag": ("{team: tools}", "{team: tools, cost: '12'}", PORTFOLIO),
        "portfolio without tags": ("tags: {team: tools}\n", "", PORTFOLIO),
        "Regions of linting": ("regions: [eu-west-1, us-west-2]", "regions: [us-west-2]", []),
        "description of rules": (
            "name: sizes",
            "name: sizes\n        description: Small ones only.",
            on_tools("constraint tools {} TEMPLATE sizes"),
        ),
        "description of a notification": (
            "Who runs them.",
            "Those.",
            on_tools("constraint tools {} NOTIFICATION operations"),
        ),
        "topic": (':operations"', ':others"', on_tools("constraint tools {} NOTIFICATION operations")),
        "stack set's accounts": ('["333333333333", "{account_id}"]', '["333333333333"]', STACK_SET),
        "stack set's administrator": ("role/stack-sets", "role/others", STACK_SET),
        "stack set's execution role": ("stack-set-execution", "others", STACK_SET),
        "control of stack instances": (
            "stack_instance_control: ALLOWED",
            "stack_instance_control: NOT_ALLOWED",
            STACK_SET,
        ),
        "description of a stack set": ("Into every account.", "Everywhere.", STACK_SET),
        "launch role by ARN": (
            "local_role_name: launch-tools",
            'role_arn: "arn:{partition}:iam::{account_id}:role/launch-tools"',
            on_tools("constraint tools {} LAUNCH"),
        ),
        "description of a launch role": (
            "local_role_name: launch-tools",
            "local_role_name: launch-tools\n        description: Why.",
            on_tools("constraint tools {} LAUNCH"),
        ),
        "principals of a share": (
            "share_principals: true",
            "share_principals: false",
            ["update portfolio-share tools ORGANIZATIONAL_UNIT <unit>"],
        ),
        "principal": (
            "principals:\n",
            'principals:\n  - {principal_arn: "arn:{partition}:iam:::role/other-*",'
            " principal_type: IAM_PATTERN}\n",
            ["create principal tools IAM_PATTERN arn:aws:iam:::role/other-*"],
        ),
        "share": (
            "shares:\n",
            'shares:\n  - {account_id: "555555555555"}\n',
            ["create portfolio-share tools ACCOUNT 555555555555"],
        ),
        "TagOption is inactive": (
            "values: [dev, prod], inactive: [qa]",
            "values: [dev], inactive: [qa, prod]",
            ["update tag-option stage prod"],
        ),
    },
    "products/plain/product.yaml": {
        "product's owner": ("owner: Tool Team", "owner: Others", ["update product plain"]),
        "service action": ("display_name: Restart", "display_name: Reboot", RESTART),
        "state of a version": (
            'version: "0.3.0"',
            'version: "0.3.0"\nversions: {"0.3.0": deprecated}',
            ["update provisioning-artifact plain 0.3.0"],
        ),
        "product's budget": ("budget: plain", "budget: other", ["update budget-association product plain"]),
        "document of a service action": ('document_version: "1"', 'document_version: "2"', RESTART),
        "role and parameters of a service action": (
            "parameters: {InstanceId: TARGET}",
            'assume_role: "arn:{partition}:iam::{account_id}:role/launch-tools"',
            RESTART,
        ),
        "new service action": (
            "service_actions:\n",
            "service_actions:\n  stop: {display_name: Stop, document: AWS-StopEC2Instance,"
            ' document_version: "1"}\n',
            ["create service-action plain/stop", "create service-action-association plain 0.3.0 plain/stop"],
        ),
        "version without new content": ('version: "0.3.0"', 'version: "0.4.0"', []),
    },
    "products/tools/product.yaml": {
        "products' names": (
            'display_name: "Tool {template}"',
            'display_name: "The {template}"',
            on_tools("product {}"),
        ),
        "products' texts": (
            "owner: Tool Team",
            "owner: Tool Team\ndescription: a\ndistributor: b\nsupport_description: c\n"
            "support_email: d@example.com\ntags: {f: g}",
            on_tools("product {}"),
        ),
        "product's TagOption": (
            "values: [dev]",
            "values: [dev, prod]",
            on_tools("tag-option-association product {} stage prod", "create"),
        ),
    },
    "products/engine/product.yaml": {
        "launch role": (
            "launch_role: launch-engine",
            "launch_role: another",
            ["update constraint tools engine LAUNCH"],
        )
    },
}


@pytest.mark.parametrize(
    ("path", "before", "after", "changes"),
    [pytest.param(path, *edit, id=name) for path, edits in EDITS.items() for name, edit in edits.items()],
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
        "create stored-object templates/….yaml",
        "create provisioning-artifact plain 0.4.0",
        "create service-action-association plain 0.4.0 plain/restart",
    ]
    tools.edit("products/plain/main.yaml", "# Somebody else's", "# Somebody's")
    assert tools.sync() == []


def test_one_more_template_in_the_folder_is_one_more_product(tools: Tools) -> None:
    templates = tools.folder / "products" / "tools" / "templates"
    shutil.copy(templates / "topic.yaml", templates / "third.yaml")
    assert tools.sync()[:2] == ["create stored-object templates/….yaml", "create product tools-third"]


def test_a_retired_product_becomes_deprecated(tools: Tools) -> None:
    tools.edit("products/engine/product.yaml", "launch_role:", "retire: deprecate\nlaunch_role:")
    assert tools.sync() == ["update provisioning-artifact engine 1.0.0"]
    assert tools.sync() == []
