"""The launch roles of the products in this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.bootstrap.placement import place_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.declarations import load
from publisher.permissions import Knowledge, launch_policies, needs
from publisher.templates.render import Rendered, render_all
from tests.bootstrap.test_templates import findings


@pytest.fixture(scope="module")
def products() -> tuple[Rendered, ...]:
    return render_all(load(Path(__file__).parents[2], configs=False).variants)


def test_every_action_is_one_that_iam_knows(products: tuple[Rendered, ...]) -> None:
    knowledge = Knowledge.load()
    found = {need.action for rendered in products for need in needs(rendered.template, knowledge=knowledge)}
    assert sorted(action for action in found if "*" in action or not knowledge.is_action(action)) == []


def test_statements_on_all_resources_are_named_so(products: tuple[Rendered, ...]) -> None:
    knowledge = Knowledge.load()
    for rendered in products:
        for policy in launch_policies(rendered.template, knowledge=knowledge):
            wide = [one for one in policy.document["Statement"] if one["Resource"] == "*"]
            assert [
                one["Sid"] for one in wide if not one["Sid"].startswith(("Unscoped", "AccountWide"))
            ] == []


def test_cfn_lint_finds_nothing(products: tuple[Rendered, ...]) -> None:
    chosen = [products[0], products[-1]]
    roles = [
        LaunchRole(
            product=rendered.product,
            name=f"launch-{rendered.product}",
            policies=launch_policies(rendered.template),
        )
        for rendered in chosen
    ]
    (template,) = place_roles(roles).templates
    assert findings(template) == []
