"""Each fault at each place: all else is planned as if there were none, and what is wrong stays as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from catalog_emulator import install
from moto import mock_aws

from publisher.model import Key
from publisher.planning.changes import Change, change_document, subjects
from publisher.publishing.project import Project
from publisher.publishing.rollout import Rollout
from publisher.publishing.targets import PublishingTarget
from publisher.stopping import Stop
from tests.account import Account
from tests.conftest import cases, write_files

pytestmark = pytest.mark.slow

PORTFOLIO = """
display_name: {name}
provider_name: P
description: First.
regions: [us-west-2]
principals: [{{principal_arn: "arn:{{partition}}:iam:::role/{name}-*", principal_type: IAM_PATTERN}}]
tag_options: [{{key: cost, values: [{name}, all]}}]
products:
"""
ML = PORTFOLIO.format(name="ml") + (
    "  - {product: 'studio-*', constraints: [{type: LAUNCH}]}\n"
    "  - product: box\n"
    "    constraints:\n"
    "      - {type: LAUNCH}\n"
    "      - type: TEMPLATE\n"
    "        name: sizes\n"
    "        rules: {Sizes: {Assertions: [{Assert: {'Fn::Contains': [[a, b], {Ref: Size}]}}]}}\n"
)
LAB = PORTFOLIO.format(name="lab") + (
    "  - {product: box, constraints: [{type: LAUNCH}]}\n"
    "  - {product: 'tool*', constraints: [{type: LAUNCH}]}\n"
)
FAMILY = """
family: {name}
version: "1.0.0"
display_name: {name}
owner: P
template: {template}
support_url: https://example.com/{name}
tag_options: [{{key: cost, values: [all, {name}]}}]
service_actions:
  restart: {{display_name: Restart-{name}, document: AWS-RestartEC2Instance, document_version: "1"}}
"""
STUDIO = FAMILY.format(name="studio", template="main.yaml.j2").replace(
    "display_name: studio", 'display_name: "studio {size}"'
) + ("axes: {size: {big: big, small: small}}\ncombinations: [{size: [big, small]}]\ncontent: {seed: seed}\n")
TEMPLATE = "Parameters: {Size: {Type: String}}\nResources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
STUDIO_TEMPLATE = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: {{ product }}, DisplayName: {{ content['seed'].key }}}
"""
PUBLISHED = {
    "portfolio/ml.yaml": ML,
    "portfolio/lab.yaml": LAB,
    "products/studio/product.yaml": STUDIO,
    "products/studio/main.yaml.j2": STUDIO_TEMPLATE,
    "products/studio/seed/README.md": "1\n",
    **{
        f"products/{name}/{file}": text
        for name in ("box", "tool", "tools")
        for file, text in {
            "product.yaml": FAMILY.format(name=name, template="main.yaml"),
            "main.yaml": TEMPLATE,
        }.items()
    },
}
# Everything has a new version and new fields; `tools` is no longer in the files.
CHANGED = {
    path: text.replace("1.0.0", "1.1.0")
    .replace("owner: P", "owner: Q")
    .replace("First.", "Second.")
    .replace("Restart-", "Restart-the-")
    .replace("Resources:", "Description: Changed.\nResources:")
    for path, text in PUBLISHED.items()
    if "/tools/" not in path
}
BOX, BOX_TEMPLATE, MAIN = (
    "products/box/product.yaml",
    "products/box/main.yaml",
    "products/studio/main.yaml.j2",
)
Edit = Mapping[str, str | tuple[str, str]]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with the first version of all products."""
    install()
    with mock_aws():
        account = Account()
        account.build.bucket()
        first = rollout(tmp_path_factory.mktemp("published"), account, PUBLISHED, {})
        assert not first.project.held_up.problems
        ready = first.plan(prune=False, fast=False)
        assert [str(outcome.error) for _, outcome in first.sync(ready, Stop()) if outcome.error] == []
        yield account


def rollout(root: Path, account: Account, files: Mapping[str, str], edits: Edit) -> Rollout:
    """The edited files at the account; an empty text removes a file."""
    shutil.rmtree(root)
    write_files(root, files)
    for path, edit in edits.items():
        text = edit
        if isinstance(edit, tuple):
            assert edit[0] in files[path], (path, edit)
            text = files[path].replace(*edit)
        write_files(root, {path: str(text)})
        if not text:
            (root / path).unlink()
    return Rollout.of(Project.read(root, keep_going=True), [PublishingTarget(aws=account.aws)])


def owned(change: Change) -> set[Key]:
    """The portfolios and products that a change is about."""
    return {key for it in subjects(change) for key in it.owners}


FAULTS: Mapping[str, tuple[Edit, set[str]]] = {
    "unknown key of a product file": ({BOX: ("owner:", "owmer: Q\nowner:")}, {"product box"}),
    "no YAML": ({BOX: "{"}, {"product box"}),
    "no template": ({BOX_TEMPLATE: ""}, {"product box"}),
    "template that is no YAML": ({BOX_TEMPLATE: "{"}, {"product box"}),
    "template of one product": (
        {MAIN: ("Resources", "{% if product == 'studio-big' %}{{ nothing }}{% endif %}\nResources")},
        {"product studio-big"},
    ),
    "template of all products": (
        {MAIN: ("Resources", "{{ nothing }}\nResources")},
        {"product studio-big", "product studio-small"},
    ),
    "content": ({"products/studio/seed/README.md": ""}, {"product studio-big", "product studio-small"}),
    "rule without its parameter": ({BOX_TEMPLATE: ("Size", "Extent")}, {"product box"}),
    "rule of no possible value": (
        {BOX_TEMPLATE: ("Type: String", "Type: String, AllowedValues: [c]")},
        {"product box"},
    ),
    "two launch roles": (
        {"portfolio/ml.yaml": ("      - {type: LAUNCH}\n", "      - {type: LAUNCH}\n" * 2)},
        {"product box"},
    ),
    "TagOptions without a common value": ({BOX: ("values: [all, ", "values: [")}, {"product box"}),
    "role of another account": (
        {
            "portfolio/lab.yaml": (
                "box, constraints: [{type: LAUNCH",
                "box, constraints: [{type: LAUNCH, role_arn: 'arn:aws:iam::999999999999:role/x'",
            )
        },
        {"product box"},
    ),
    "version with other content": ({BOX: ("1.1.0", "1.0.0")}, {"product box"}),
    "version that goes back": ({BOX: ("1.1.0", "0.9.0")}, {"product box"}),
    "support URL removed": ({BOX: ("support_url: https://example.com/box\n", "")}, {"product box"}),
    "lint": ({BOX_TEMPLATE: ("SNS::Topic'", "SNS::Topic', Properties: {Nope: x}")}, {"product box"}),
    "retired, with a fault": ({BOX: ("owner: Q", "retire: delete\nowmer: Q")}, {"product box"}),
    "unknown key of a portfolio": (
        {"portfolio/lab.yaml": ("provider_name:", "provider: P\nprovider_name:")},
        {"portfolio lab", "product box", "product tool", "product tools"},
    ),
    "portfolio that is no YAML": (
        {"portfolio/lab.yaml": "{"},
        {"portfolio lab", "product box", "product tool", "product tools"},
    ),
    "product in no other portfolio": (
        {"portfolio/ml.yaml": ("product: 'studio-*'", "product: 'studia-*'")},
        {"portfolio ml", "product box", "product studio-big", "product studio-small"},
    ),
    "form": ({"products/tool/launch.yaml": "{"}, {"product tool"}),
    "product of a portfolio that is removed": (
        {"portfolio/lab.yaml": "", "products/tool/product.yaml": "{"},
        {"portfolio lab", "product box", "product tool", "product tools"},
    ),
}


@pytest.mark.parametrize("prune", [False, True], ids=["sync", "prune"])
@cases(("edits", "held_up"), {name: row for name, row in FAULTS.items()})
def test_a_fault_holds_up_what_it_is_about(
    edits: Edit, held_up: set[str], prune: bool, target: Account, tmp_path: Path
) -> None:
    (wrong,) = (it.plan for it in rollout(tmp_path, target, CHANGED, edits).plan(prune=prune, fast=False))
    held = {f"{kind} {name}" for kind, names, _ in wrong.held_up.groups() for name in names}
    assert held == held_up
    keys = {tuple(it.split()) for it in held_up}
    assert [it for it in wrong.changes if owned(it) & keys] == []
    (right,) = (it.plan for it in rollout(tmp_path, target, CHANGED, {}).plan(prune=prune, fast=False))
    others = [change_document(it) for it in right.changes if owned(it) and not owned(it) & keys]
    assert [change_document(it) for it in wrong.changes if owned(it)] == others
    everything = [change_document(it) for it in right.changes]
    # What belongs to no portfolio and no product: stored objects, TagOptions, service actions.
    assert all(change_document(it) in everything for it in wrong.changes)
