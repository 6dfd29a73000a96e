"""Many roles in several stacks: which stack has which."""

from __future__ import annotations

import pytest

from publisher.bootstrap.deployment import Readers, Result
from publisher.bootstrap.placement import CLOUDFORMATION, Limits, Placement, place_roles, roles_in, stack_name
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.templates import BUCKET_STACK, Template, body
from tests.bootstrap.account import Account, launch_role, policy
from tests.bootstrap.test_templates import findings

# Six kilobytes, as large as a managed policy can be.
LARGE = tuple(f"sns:Action{number:090}" for number in range(56))


def large(product: str, *, policies: int = 4) -> LaunchRole:
    return LaunchRole(
        product=product,
        name=f"launch-{product}",
        policies=tuple(policy(number, *LARGE) for number in range(1, policies + 1)),
    )


def stacks_of(placement: Placement) -> dict[str, int]:
    return {name: n for n, it in enumerate(placement.templates, 1) for name in roles_in(it)}


def test_350_products_fit_and_another_one_moves_none() -> None:
    roles = [large(f"ml-{number:03}") for number in range(350)]
    placement = place_roles(roles)
    assert len(placement.templates) > 1
    for template in placement.templates:
        assert len(body(template)) <= CLOUDFORMATION.size * 0.6
        assert len(template["Resources"]) <= CLOUDFORMATION.resources * 0.6
    before = stacks_of(placement)
    assert sorted(before) == [it.name for it in roles]
    again = place_roles([large("aa"), *roles], current=placement.templates)
    after = stacks_of(again)
    assert (again.moved, {name: after[name] for name in before}) == ((), before)
    assert place_roles(reversed(roles), current=placement.templates) == placement


def test_only_the_first_stack_has_the_parameter_of_the_bucket() -> None:
    first, second = place_roles([launch_role("ml-1-2"), launch_role("ml-12")]).templates
    assert [sorted(it["Parameters"]) for it in (first, second)] == [
        ["HubAccountId", "RolesRegion"],
        ["RolesRegion"],
    ]
    assert ["BucketParameter" in it["Resources"] for it in (first, second)] == [True, False]
    assert findings(second) == []


def test_roles_of_names_that_are_alike_without_hyphens_are_in_two_stacks() -> None:
    assert stacks_of(place_roles([launch_role("ml-1-2"), launch_role("ml-12")])) == {
        "launch-ml-1-2": 1,
        "launch-ml-12": 2,
    }


def test_a_role_moves_when_its_stack_is_full() -> None:
    roles = [large(f"ml-{number:02}") for number in range(20)]
    current = place_roles(roles).templates
    grown = [large(f"ml-{number:02}", policies=9) for number in range(20)]
    placement = place_roles(grown, current=current)
    assert len(current) == 1
    assert placement.moved == ("launch-ml-18", "launch-ml-19")
    assert {stacks_of(placement)[name] for name in placement.moved} == {2}


def test_an_emptied_stack_stays_while_others_follow() -> None:
    roles = [large(f"ml-{number:02}") for number in range(50)]
    current = place_roles(roles).templates
    places = stacks_of(Placement(templates=current))
    kept = [it for it in roles if places[it.name] != 2]
    first, second, third = place_roles(kept, current=current).templates
    assert (current[0], current[2]) == (first, third)
    assert list(second["Resources"]) == ["Nothing"]
    assert findings(second) == []
    last = [it for it in roles if places[it.name] == 1]
    assert place_roles(last, current=current).templates == (first,)
    assert len(place_roles(last, current=current, fewest=3).templates) == 3


def test_others_are_kept_where_they_are() -> None:
    roles = [large(f"ml-{number:02}") for number in range(30)]
    current = place_roles(roles).templates
    assert place_roles([roles[7]], current=current, keep_others=True).templates == current


@pytest.mark.parametrize(
    "template",
    [
        None,
        {},
        {"Resources": []},
        {"Resources": {"A": {"Type": "AWS::IAM::Role"}, "B": None}},
        {"Resources": {"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "a"}}}},
    ],
)
def test_what_is_not_of_bootstrap_has_no_roles(template: Template | None) -> None:
    assert roles_in(template) == {}
    assert place_roles([launch_role("ml-a")], current=[template]) == place_roles([launch_role("ml-a")])


def test_roles_of_several_stacks_are_deployed_moved_and_removed(account: Account) -> None:
    roles = [launch_role(f"ml-{number}") for number in range(4)]
    # Two new roles in a stack, three that have grown.
    bootstrap = account.bootstrap(limits=Limits(resources=9))
    bootstrap.deploy(roles[:2], Readers())
    first, second = stack_name(1), stack_name(2)
    assert steps(bootstrap.deploy(roles, Readers())) == [(first, "unchanged", 2), (second, "create", 2)]
    there = account.bootstrap("eu-west-1", limits=Limits(resources=9))
    assert steps(there.plan(roles, Readers())) == [(first, "unchanged", 2), (second, "unchanged", 2)]
    grown = [launch_role(it.product, policies=4) for it in roles[:3]]
    moved = bootstrap.deploy(grown, Readers())
    assert (moved.moved, steps(moved)) == (
        ("launch-ml-1",),
        [(first, "update", 1), (second, "update", 1), (stack_name(3), "create", 1)],
    )
    assert len(account.client("iam").list_roles()["Roles"]) == 3
    assert steps(bootstrap.deploy(grown[:1], Readers())) == [
        (first, "unchanged", 1),
        (second, "delete", 0),
        (stack_name(3), "delete", 0),
    ]
    bootstrap.deploy(roles, Readers())
    removal = bootstrap.plan_removal([])
    assert steps(removal) == [(first, "delete", 2), (second, "delete", 2)]
    bootstrap.remove(removal)
    assert account.client("iam").list_roles()["Roles"] == []


def steps(result: Result) -> list[tuple[str, str, int]]:
    """Those of the roles."""
    return [(it.stack, it.action, it.roles) for it in result.steps if it.stack != BUCKET_STACK]
