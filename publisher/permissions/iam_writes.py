"""IAM writes of a launch role: only on the template's own roles, users and policies, under their boundary.

Nothing in IAM limits what a written policy says, so who writes one on a role that he can use is an
administrator: each write whose action takes the key is conditioned on the permissions boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from publisher.permissions.iam_reference import action
from publisher.permissions.names import Names
from publisher.permissions.need import Need, Refusal, canonical
from publisher.permissions.values import PLACE, UNKNOWN, covering, covers

# ARNs to IAM, so that they may be patterns where no account is known.
BOUNDARY_KEY, POLICY_KEY = "iam:PermissionsBoundary", "iam:PolicyARN"
NEVER = frozenset({"iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"})
# What only takes away is allowed on roles without a boundary, too: launches of older versions end so.
_TAKES_AWAY = re.compile(r"iam:(?:Delete|Detach)\w+|iam:Update(?:Role|User)(?:Description)?")
# Groups have no boundary, and anyone can be a member.
_OF_GROUPS = frozenset({"iam:AttachGroupPolicy", "iam:PutGroupPolicy"})
SERVICE_LINKED_ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/*"
# The roles and policies of bootstrap begin so.
RESERVED = ("launch-", "deploy-")
_IAM_NAME = re.compile(r"arn:\$\{AWS::Partition\}:iam::\$\{AWS::AccountId\}:[a-z-]+/(.*)")


class IamWrites:
    """The IAM writes of one template; `refusals` are those that no policy can be derived for."""

    def __init__(self, names: Names) -> None:
        self.refusals: list[Refusal] = []
        self._names, self._scope = names, names.scope
        self._own = {
            logical_id: names.arns(logical_id)
            for logical_id in names.resources
            if names.type_of(logical_id).startswith("AWS::IAM::")
        }
        self._attached = covering(self._attached_policies())
        self._groups_with_policies = [
            Refusal(
                subject=f"{logical_id} ({names.type_of(logical_id)})",
                message="no permissions boundary limits what a group is allowed",
                hint="give its policies to users or roles, or set permissions_boundary: none",
            )
            for logical_id in self._own
            if names.properties(logical_id).get("Groups")
            or (
                names.type_of(logical_id).startswith("AWS::IAM::Group")
                and names.properties(logical_id).keys() & {"Policies", "ManagedPolicyArns", "PolicyDocument"}
            )
        ]
        self.refusals += [
            Refusal(
                subject=f"{logical_id} ({names.type_of(logical_id)})",
                message=f"its name can be that of another: '{arn}'",
                hint="begin its name with fixed text or ${AWS::StackName}, or leave its name out",
            )
            for logical_id, arns in self._own.items()
            for arn in [one for one in arns if matches_others(one) or self._is_boundary(one)][:1]
        ]

    def narrowed(self, need: Need) -> Iterator[Need]:
        """The need as a policy may state it; none when the template does not need it."""
        found = action(need.action)
        if not need.action.startswith("iam:") or found is None or not found.writes:
            yield need
            return
        attaches = POLICY_KEY in found.condition_keys
        if need.action in NEVER or (attaches and not self._attached):
            return
        if self._scope.boundary and need.action in _OF_GROUPS:
            self.refusals += self._groups_with_policies
            return
        if need.resources != (SERVICE_LINKED_ROLES,):
            self._refuse_others(need)
        conditions: dict[str, dict[str, tuple[str, ...]]] = {}
        if self._scope.boundary and BOUNDARY_KEY in found.condition_keys:
            operator = "ArnLikeIfExists" if _TAKES_AWAY.fullmatch(need.action) else "ArnLike"
            conditions[operator] = {BOUNDARY_KEY: (self._scope.boundary,)}
        if attaches and UNKNOWN not in self._attached:
            conditions.setdefault("ArnLike", {})[POLICY_KEY] = self._attached
        yield replace(need, condition=canonical(conditions))

    def _is_boundary(self, arn: str) -> bool:
        """Whether the boundary can be a policy of the template, which a launch may rewrite."""
        own, limit = PLACE.sub(UNKNOWN, arn), PLACE.sub("0", self._scope.boundary)
        return covers(own.rpartition(":")[2], limit.rpartition(":")[2])

    def _refuse_others(self, need: Need) -> None:
        own = [arn for arns in self._own.values() for arn in arns]
        subject = need.reason.partition(":  ")[0].partition(": ")[0]
        self.refusals += [
            Refusal(subject=subject, message=f"{need.action} is for the template's own alone, not '{arn}'")
            for arn in need.resources
            if not any(covers(mine, arn) for mine in own)
        ]

    def _attached_policies(self) -> Iterator[str]:
        for logical_id in self._own:
            properties = self._names.properties(logical_id)
            yield from self._names.values.texts(properties.get("ManagedPolicyArns"))
            if self._names.type_of(logical_id) == "AWS::IAM::ManagedPolicy" and any(
                properties.get(name) for name in ("Roles", "Users", "Groups")
            ):
                yield from self._own[logical_id]


def matches_others(arn: str) -> bool:
    """Whether a pattern of a role's or policy's ARN can be another product's, or the launch role's own."""
    match = _IAM_NAME.fullmatch(arn)
    name = PLACE.sub("0", match[1]) if match else UNKNOWN
    beginning = name.partition(UNKNOWN)[0]
    # IAM's other pattern, and its variables.
    unreadable = "?" in name or "$" in name
    reserved = any(beginning.startswith(it) or it.startswith(beginning) for it in RESERVED)
    return unreadable or not beginning or reserved
