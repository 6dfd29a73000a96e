"""Whether roles and users of a template have their boundary, and what makes its launch role an administrator.

Refuses to know how policies are derived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from publisher.errors import enumerated
from publisher.permissions.boundary import BOUNDED
from publisher.permissions.iam_reference import action, matching
from publisher.permissions.iam_writes import BOUNDARY_KEY, NEVER, matches_others
from publisher.permissions.known_types import aws_policies
from publisher.permissions.names import Names
from publisher.permissions.policies import Policy
from publisher.permissions.values import ACCOUNT, PARTITION, PLACE, UNKNOWN, Values, covers

PROPERTY = "PermissionsBoundary"
# What these make, whole namespaces among them, no boundary limits.
_UNLIMITED = {
    "AWS::CloudFormation::StackSet": "a stack set makes in other accounts",
    "AWS::ControlTower::": "the organization gives its accounts",
    "AWS::IAM::Group": "a group gives its users",
    "AWS::IAM::UserToGroupAddition": "a group gives its users",
    "AWS::IdentityStore::": "a group gives its users",
    "AWS::Organizations::": "the organization gives its accounts",
    "AWS::RolesAnywhere::": "certificates give their owners",
    "AWS::SSO::": "a permission set gives its users",
    "AWS::ServiceCatalog::LaunchRoleConstraint": "a product gives its launches",
}
# Services that decide who may do what, and those of their actions by which nobody gets more than he has.
_ADMINISTERS = frozenset(
    {"controltower", "iam", "identitystore", "organizations", "rolesanywhere", "sso", "sso-directory", "sts"}
)
_HARMLESS = re.compile(
    r"iam:(?:(?:Create|Delete)ServiceLinkedRole|(?:Tag|Untag)\w+)"
    r"|sso:\w+(?:Application|ManagedApplicationInstance)\w*|sts:(?!AssumeRo(?:le|ot)$)\w+"
)
_TAKES_A_ROLE = frozenset({"iam:PassRole", "sts:AssumeRole"})
# Who may call these on anything runs his own code, or commands, with the roles of others.
# AWS documents no such list: this one is ours.
_RUNS_CODE = frozenset(
    {
        "cloudformation:ExecuteChangeSet",
        "cloudformation:UpdateStack",
        "codebuild:StartBuild",
        "codebuild:UpdateProject",
        "ecs:ExecuteCommand",
        "glue:UpdateJob",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "servicecatalog:ProvisionProduct",
        "ssm:SendCommand",
        "ssm:StartSession",
        "states:UpdateStateMachine",
    }
)
_ROLE_ARN = re.compile(r"arn:(?:\$\{[^}]*\}|[^:$])*:iam::(?:\$\{[^}]*\}|[^:$])*:role/(?P<name>.*)")
_POLICY_ARN = re.compile(r"arn:[^:]*:iam::(?!aws:)[^:]*:policy/[^*?]+")
_OF_AWS = re.compile(r"arn:.*:iam::aws:policy/(.*)")
_LIKE = frozenset({"arnequals", "arnlike", "stringequals", "stringlike"})


def unbounded(
    names: Names, resolve: Callable[[str], str] = lambda arn: PLACE.sub(UNKNOWN, arn)
) -> dict[str, list[str]]:
    """What is wrong with the boundaries of roles and users, and their logical IDs.

    With a launch's values in the scope, those of the launch; `resolve` then fills partition and account.
    """
    found: dict[str, list[str]] = {}
    for logical_id, resource in names.resources.items() if names.scope.boundary else ():
        made = names.values.condition(str(resource.get("Condition"))) is not False
        if made and names.type_of(logical_id) in BOUNDED:
            wrong = _wrong(names.properties(logical_id).get(PROPERTY), names.values, resolve)
            if wrong:
                found.setdefault(wrong, []).append(logical_id)
    return found


def _wrong(expression: Any, values: Values, resolve: Callable[[str], str]) -> str:
    demanded = values.scope.boundary
    found = list(values.choices(expression))
    texts = [text for choice in found for text in values.texts(choice)]
    admitted = resolve(demanded)
    fits = [covers(resolve(text), admitted) or covers(admitted, resolve(text)) for text in texts]
    if not texts:
        return f"no permissions boundary '{demanded}'"
    if None in found:
        return f"no permissions boundary '{demanded}' in some launches"
    if all(fits) if values.scope.parameters else any(fits):
        return ""
    return f"permissions boundary '{texts[fits.index(False)]}' instead of '{demanded}'"


def administrator(names: Names, boundary: Policy | None) -> tuple[str, ...]:
    """Why a launch role is equivalent to an administrator; nothing when it is none.

    `boundary` is the derived one; of one that exists already nothing is known, unless it is of AWS.
    """
    types = [names.type_of(logical_id) for logical_id in names.resources]
    reasons = [
        f"no boundary limits what {what}"
        for name in types
        for beginning, what in _UNLIMITED.items()
        if name.startswith(beginning)
    ]
    statements = boundary.document["Statement"] if boundary else ()
    if not BOUNDED.isdisjoint(types):
        if not names.scope.boundary:
            reasons.append("nothing limits the policies of the roles and users that it creates")
        elif of_aws := _OF_AWS.fullmatch(names.scope.boundary):
            statements = aws_policies().get(of_aws[1], ())
            if not statements:
                reasons.append(f"the content of the boundary '{names.scope.boundary}' is not known")
    if allowed := sorted({action for it in statements for action in _escalations(it)}):
        reasons.append(f"the boundary of the roles that it creates allows {enumerated(allowed)}")
    return tuple(dict.fromkeys(reasons))


def _escalations(statement: Mapping[str, Any]) -> Iterator[str]:
    """The actions of a statement by which one gets more than the statement says."""
    if "NotAction" in statement:
        yield "all actions but some"
        return
    resources = _texts(statement.get("Resource", UNKNOWN))
    limited = _is_bounded(statement.get("Condition", {}))
    for pattern in _texts(statement.get("Action")):
        service = pattern.partition(":")[0].lower()
        if UNKNOWN in service or "?" in service:
            yield pattern
        elif service in _ADMINISTERS:
            yield from _administers(pattern, resources, limited)
        elif not _RUNS_CODE.isdisjoint(matching(pattern)) and any(map(_is_anything, resources)):
            yield f"{pattern} on anything"


def _is_anything(arn: str) -> bool:
    """Whether no part of the name in an ARN pattern is fixed: `*` or `arn:…:function:*`."""
    *_, name = PLACE.sub("0", arn).split(":", 5)
    return not re.search("[A-Za-z0-9]", re.sub(r"\$\{[^}]*\}", "", re.split("[:/]", name, maxsplit=1)[-1]))


def _administers(pattern: str, resources: Sequence[str], limited: bool) -> Iterator[str]:
    found = [it for it in map(action, matching(pattern)) if it and it.writes and not _HARMLESS.match(it.name)]
    names = {
        it.name for it in found if not (limited and BOUNDARY_KEY in it.condition_keys) or it.name in NEVER
    }
    if names - _TAKES_A_ROLE:
        yield pattern
    elif names and not all(map(_is_named, resources)):
        yield f"{pattern} of any role"


def _is_bounded(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether it is for roles and users of one boundary only, which is not of AWS."""
    return any(
        operator.lower() in _LIKE
        and key.lower() == BOUNDARY_KEY.lower()
        and all(_POLICY_ARN.fullmatch(PLACE.sub("0", it)) for it in _texts(values))
        for operator, pairs in condition.items()
        for key, values in pairs.items()
    )


def _is_named(arn: str) -> bool:
    """Whether a role's ARN begins with fixed text, other than that of launch roles, in whichever account."""
    match = _ROLE_ARN.fullmatch(arn)
    return match is not None and not matches_others(f"arn:{PARTITION}:iam::{ACCOUNT}:role/{match['name']}")


def _texts(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()
