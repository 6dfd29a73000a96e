"""Whether roles and users of a template have their boundary, and what makes its launch role an administrator.

Refuses to know how policies are derived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from publisher.errors import enumerated
from publisher.permissions.boundary import BOUNDED
from publisher.permissions.names import Names
from publisher.permissions.policies import Policy
from publisher.permissions.values import UNKNOWN, Values, covers

PROPERTY = "PermissionsBoundary"
# What they give no boundary limits.
_UNLIMITED = {
    "AWS::IAM::Group": "a group gives its users",
    "AWS::IAM::GroupPolicy": "a group gives its users",
    "AWS::IAM::UserToGroupAddition": "a group gives its users",
    "AWS::SSO::Assignment": "a permission set gives its users",
    "AWS::SSO::PermissionSet": "a permission set gives its users",
}
_HARMLESS = re.compile(
    r"(?i)iam:(?:(?:get|list|simulate|generateservicelast|tag|untag)[\w*?]*|(?:create|delete)servicelinkedrole)"
)
_TAKES_A_ROLE = ("iam:passrole", "sts:assumerole")
_ROLE_ARN = re.compile(r"arn:(?:\$\{[^}]*\}|[^:$])*:iam::(?:\$\{[^}]*\}|[^:$])*:role/(?P<name>.*)")
_PLACE = re.compile(r"\$\{AWS::(?:Partition|AccountId)\}")
_BOUNDARY_KEY = "iam:permissionsboundary"


def unbounded(
    names: Names, resolve: Callable[[str], str] = lambda arn: _PLACE.sub(UNKNOWN, arn)
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

    `boundary` is the derived one; of one that exists already nothing is known.
    """
    types = [names.type_of(logical_id) for logical_id in names.resources]
    reasons = [f"no boundary limits what {_UNLIMITED[it]}" for it in types if it in _UNLIMITED]
    if not names.scope.boundary and not BOUNDED.isdisjoint(types):
        reasons.append("nothing limits the policies of the roles and users that it creates")
    statements = boundary.document["Statement"] if boundary else ()
    if allowed := sorted({action for it in statements for action in _escalations(it)}):
        reasons.append(f"the boundary of the roles that it creates allows {enumerated(allowed)}")
    return tuple(dict.fromkeys(reasons))


def _escalations(statement: Mapping[str, Any]) -> Iterator[str]:
    """The actions of a statement by which one gets more than the statement says."""
    if "NotAction" in statement:
        if not any(covers(it.lower(), "iam:*") for it in _texts(statement["NotAction"])):
            yield "all actions but some"
        return
    keys = {key.lower() for pairs in statement.get("Condition", {}).values() for key in pairs}
    for action in _texts(statement.get("Action")):
        folded = action.lower()
        takes = folded in _TAKES_A_ROLE
        if takes and not all(map(_is_named, _texts(statement.get("Resource", UNKNOWN)))):
            yield f"{action} of any role"
        writes = folded.startswith("iam:") and not (takes or _HARMLESS.fullmatch(folded))
        if UNKNOWN in folded.partition(":")[0] or (writes and _BOUNDARY_KEY not in keys):
            yield action


def _is_named(arn: str) -> bool:
    """Whether a role's ARN begins with fixed text, other than that of launch roles."""
    match = _ROLE_ARN.fullmatch(arn)
    beginning = match["name"].partition(UNKNOWN)[0] if match else ""
    return bool(beginning) and not beginning.startswith("launch-") and not "launch-".startswith(beginning)


def _texts(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()
