"""The launch roles of the products in this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.bootstrap.placement import place_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.declarations import load
from publisher.permissions import Need, Scope, launch_policies, needs, policies
from publisher.permissions.iam_reference import action
from publisher.templates.render import Rendered, render_all
from tests.bootstrap.test_templates import findings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def products() -> tuple[Rendered, ...]:
    return render_all(load(Path(__file__).parents[2], configs=False).variants)


@pytest.fixture(scope="module")
def derived(products: tuple[Rendered, ...]) -> list[tuple[Need, ...]]:
    return [needs(one.template, scope=Scope.of(one.variant)) for one in products]


def test_every_action_is_one_that_iam_knows(derived: list[tuple[Need, ...]]) -> None:
    found = {need.action for found in derived for need in found}
    assert sorted(name for name in found if "*" in name or action(name) is None) == []


def test_what_stands_on_all_resources_has_a_reason(derived: list[tuple[Need, ...]]) -> None:
    for found in derived:
        assert [need for need in found if ("*" in need.resources) != bool(need.why_wide)] == []
        wide = {need.action for need in found if "*" in need.resources}
        for policy in policies(found):
            for statement in policy.document["Statement"]:
                on_all = statement["Resource"] == "*"
                assert on_all == statement["Sid"].startswith("AccountWide")
                assert not on_all or set(statement["Action"]) <= wide


def test_cfn_lint_finds_nothing(products: tuple[Rendered, ...]) -> None:
    chosen = [products[0], products[-1]]
    roles = [
        LaunchRole(
            product=rendered.product,
            name=f"launch-{rendered.product}",
            policies=launch_policies(rendered.template, scope=Scope.of(rendered.variant)),
        )
        for rendered in chosen
    ]
    (template,) = place_roles(roles).templates
    assert findings(template) == []
