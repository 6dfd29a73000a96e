"""How what policies allow changes, action by action."""

from __future__ import annotations

from typing import Any

from publisher.bootstrap.grants import ChangedAction, GrantChanges, grant_changes
from tests.conftest import cases

ANY, MINE = "arn:aws:sns:*:1:*", "arn:aws:sns:*:1:mine-*"
BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": "arn:b"}}
IF_BOUNDED = '{"StringEquals": {"iam:PermissionsBoundary": "arn:b"}}'


def allow(actions: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


def changed(action: str, added: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> GrantChanges:
    return GrantChanges(changed=(ChangedAction(action=action, added=added, removed=removed),))


@cases(
    ("before", "after", "changes"),
    {
        "the same": (allow("sns:Publish", [MINE]), allow(["sns:Publish"], MINE), GrantChanges()),
        "another action": (
            allow("sns:Publish", MINE),
            allow("sns:Subscribe", MINE),
            GrantChanges(added=("sns:Subscribe",), removed=("sns:Publish",)),
        ),
        "wider": (allow("sns:Publish", MINE), allow("sns:Publish", ANY), changed("sns:Publish", (ANY,))),
        "narrower": (
            allow("sns:Publish", ANY),
            allow("sns:Publish", MINE),
            changed("sns:Publish", removed=(ANY,)),
        ),
        "elsewhere": (
            allow("sns:Publish", "a"),
            allow("sns:Publish", "b"),
            changed("sns:Publish", ("b",), ("a",)),
        ),
        "a question mark is one character": (
            allow("sns:Publish", "a?"),
            allow("sns:Publish", "a*"),
            changed("sns:Publish", ("a*",)),
        ),
        "no longer under a condition": (
            allow("iam:CreateRole", "*", **BOUNDED),
            allow("iam:CreateRole", "*"),
            changed("iam:CreateRole", ("*",)),
        ),
        "under a condition": (
            allow("iam:CreateRole", "*"),
            allow("iam:CreateRole", "*", **BOUNDED),
            changed("iam:CreateRole", removed=("*",)),
        ),
        "more values of a condition": (
            allow("iam:AttachRolePolicy", "*", ArnEquals={"iam:PolicyARN": "a"}),
            allow("iam:AttachRolePolicy", "*", ArnEquals={"iam:PolicyARN": ["a", "b"]}),
            changed("iam:AttachRolePolicy", ('* if {"ArnEquals": {"iam:PolicyARN": ["a", "b"]}}',)),
        ),
        "one more condition": (
            allow("iam:PassRole", "*", StringLike={"iam:PassedToService": "a.*"}),
            allow("iam:PassRole", "*", StringLike={"iam:PassedToService": "a.b"}, **BOUNDED),
            changed("iam:PassRole", removed=('* if {"StringLike": {"iam:PassedToService": "a.*"}}',)),
        ),
        "another operator": (
            allow("iam:PassRole", "*", StringNotEquals={"a": "b"}),
            allow("iam:PassRole", "*", StringNotEquals={"a": ["b", "c"]}),
            changed(
                "iam:PassRole",
                ('* if {"StringNotEquals": {"a": ["b", "c"]}}',),
                ('* if {"StringNotEquals": {"a": "b"}}',),
            ),
        ),
        "a pattern of actions": (
            allow("s3:*", "*"),
            allow(["s3:GetObject"], "*"),
            GrantChanges(removed=("s3:*",)),
        ),
    },
)
def test_changes(before: dict[str, Any], after: dict[str, Any], changes: GrantChanges) -> None:
    assert grant_changes([before], [after]) == changes
    assert grant_changes([after], [after]) == GrantChanges()


def test_what_is_allowed_in_more_cases_is_granted() -> None:
    before, after = allow("sns:Publish", MINE), allow(["sns:Publish", "sns:Subscribe"], ANY)
    assert grant_changes([before], [after]).granted == ("sns:Publish", "sns:Subscribe")
    assert grant_changes([after], [before]).granted == ()
