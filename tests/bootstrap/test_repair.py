"""Roles that were changed by hand: what bootstrap sees of it, and that afterwards they are as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from publisher.aws.account_roles import AccountRoles, Role
from publisher.bootstrap.deployment import Readers
from publisher.bootstrap.grants import NO_CHANGES, GrantChanges
from publisher.bootstrap.role_states import Deviation, Kind, RoleState
from publisher.bootstrap.templates import REGION_TAG
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch_role
from tests.conftest import cases
from tests.policies import allowing, denying, trusting

ROLE = "launch-ml-a"
ROLES = [launch_role("ml-a", policies=2, boundary="sns:Publish"), launch_role("ml-b"), launch_role("ml-c")]
FIRST, SECOND = (f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-{number}" for number in (1, 2))
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}-boundary"
OTHER = f"arn:aws:iam::{ACCOUNT}:policy/other"


def rewrite(iam: Any, text: str, arn: str = FIRST) -> None:
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def rewrite_often(iam: Any) -> None:
    for number in range(4):
        rewrite(iam, allowing(f"sns:Action{number}"))


def detach_all(iam: Any) -> None:
    for arn in (FIRST, SECOND):
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)


def delete_policies(iam: Any) -> None:
    detach_all(iam)
    for arn in (FIRST, SECOND):
        iam.delete_policy(PolicyArn=arn)


def delete_role(iam: Any) -> None:
    detach_all(iam)
    iam.delete_role(RoleName=ROLE)


def delete_both(iam: Any) -> None:
    delete_policies(iam)
    iam.delete_role(RoleName=ROLE)


def attach(iam: Any) -> None:
    iam.create_policy(PolicyName="other", PolicyDocument=allowing("s3:GetObject"))
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=OTHER)


def trust(iam: Any) -> None:
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trusting(AWS=ACCOUNT))


def inline(iam: Any, text: str) -> None:
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=text)


def by_hand(*deviations: tuple[Kind, str]) -> tuple[Deviation, ...]:
    return tuple(Deviation(kind=kind, subject=subject) for kind, subject in deviations)


def untagged(role: Role) -> Role:
    return replace(role, tags={key: it for key, it in role.tags.items() if not key.startswith("aws:")})


@cases(
    ("change", "deviations", "added", "removed", "state"),
    {
        "policy changed": (
            lambda iam: rewrite(iam, allowing("sns:Publish")),
            by_hand(("policy changed", FIRST)),
            (),
            ("sns:Publish",),
            "changed",
        ),
        "five versions": (
            rewrite_often,
            by_hand(("policy changed", FIRST)),
            (),
            ("sns:Action3",),
            "changed",
        ),
        "policies detached": (
            detach_all,
            by_hand(("policy detached", FIRST), ("policy detached", SECOND)),
            ("sns:Subscribe",),
            (),
            "changed",
        ),
        "policies deleted": (
            delete_policies,
            by_hand(("policy deleted", FIRST), ("policy deleted", SECOND)),
            ("sns:Subscribe",),
            (),
            "changed",
        ),
        "boundary changed": (
            lambda iam: rewrite(iam, allowing("s3:*"), BOUNDARY),
            by_hand(("policy changed", BOUNDARY)),
            ("sns:Publish",),
            ("s3:*",),
            "changed",
        ),
        "boundary deleted": (
            lambda iam: iam.delete_policy(PolicyArn=BOUNDARY),
            by_hand(("policy deleted", BOUNDARY)),
            ("sns:Publish",),
            (),
            "changed",
        ),
        "role deleted": (delete_role, by_hand(("role deleted", "")), ("sns:Subscribe",), (), "missing"),
        "role and policies deleted": (
            delete_both,
            by_hand(("role deleted", ""), ("policy deleted", FIRST), ("policy deleted", SECOND)),
            ("sns:Subscribe",),
            (),
            "missing",
        ),
        "another policy": (
            attach,
            by_hand(("policy attached", OTHER)),
            (),
            ("s3:GetObject",),
            "changed",
        ),
        "inline policy": (
            lambda iam: inline(iam, allowing("s3:*")),
            by_hand(("inline policy added", "more")),
            (),
            ("s3:*",),
            "changed",
        ),
        "a denial": (
            lambda iam: inline(iam, denying("sns:Sub*")),
            by_hand(("inline policy added", "more")),
            ("sns:Subscribe",),
            (),
            "changed",
        ),
        "tag removed": (
            lambda iam: iam.untag_role(RoleName=ROLE, TagKeys=[REGION_TAG]),
            by_hand(("tags changed", "")),
            (),
            (),
            "changed",
        ),
        "tag of another Region": (
            lambda iam: iam.tag_role(RoleName=ROLE, Tags=[{"Key": REGION_TAG, "Value": "nowhere"}]),
            by_hand(("tags changed", "")),
            (),
            (),
            "changed",
        ),
        "trust": (trust, by_hand(("trust policy changed", "")), (), (), "changed"),
    },
)
def test_a_role_changed_by_hand_is_seen_and_repaired(
    account: Account,
    change: Callable[[Any], None],
    deviations: tuple[Deviation, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    state: Any,
) -> None:
    account.bootstrap().deploy(ROLES, Readers())
    before = AccountRoles.read(account.aws)
    change(account.client("iam"))
    changes, of_boundary = GrantChanges(added=added, removed=removed), deviations[0].subject == BOUNDARY
    found = RoleState(
        name=ROLE,
        state=state,
        actions=NO_CHANGES if of_boundary else changes,
        boundary=changes if of_boundary else NO_CHANGES,
        by_hand=deviations,
    )
    plan = account.bootstrap().plan(ROLES, Readers())
    assert (plan.role_states, plan.steps[1].action) == ((found,), "repair")
    assert account.bootstrap().deploy(ROLES, Readers()) == plan
    after = AccountRoles.read(account.aws)
    # Nobody but CloudFormation can set its tags.
    assert {name: untagged(it) for name, it in after.roles.items()} == {
        name: untagged(it) for name, it in before.roles.items()
    }
    assert {**after.policies, **before.policies} == after.policies
    assert not account.bootstrap().plan(ROLES, Readers()).changes


def test_a_deleted_role_that_the_files_change_is_made_again(account: Account) -> None:
    account.bootstrap().deploy(ROLES, Readers())
    delete_both(account.client("iam"))
    changed = [launch_role("ml-a", "sns:Publish"), ROLES[1]]
    assert account.bootstrap().deploy(changed, Readers()).steps[1].action == "update"
    assert not account.bootstrap().plan(changed, Readers()).changes
    assert FIRST in AccountRoles.read(account.aws).roles[ROLE].attached
