"""Inline policies of Studio's execution roles, which let their users make projects of templates in S3.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from typing_extensions import override

from publisher.aws.calls import DENIED, or_none
from publisher.catalog.kind import Includes, Kind
from publisher.documents import canonical_json
from publisher.model import ExecutionRolePolicy

_ABSENT = "NoSuchEntity"


class ExecutionRolePolicyKind(Kind[ExecutionRolePolicy]):
    """Made and changed by the same call. The role is somebody else's: the policy is never deleted."""

    @override
    def create(self, desired: ExecutionRolePolicy, includes: Includes = ()) -> None:
        self._client.put_role_policy(**_place(desired), PolicyDocument=desired.document)
        self.engine.equals(desired, lambda it: written(self._client, it))

    @override
    def update(self, observed: ExecutionRolePolicy, desired: ExecutionRolePolicy) -> None:
        self.create(desired)

    @property
    def _client(self) -> Any:
        return self.engine.aws.client("iam")


def observed(client: Any, desired: ExecutionRolePolicy) -> ExecutionRolePolicy | None:
    """The role's policy of this name; without it the desired one, if the role may do all of it anyway."""
    there = written(client, desired)
    return desired if there is None and _is_allowed(client, desired) else there


def written(client: Any, desired: ExecutionRolePolicy) -> ExecutionRolePolicy | None:
    """The role's policy of this name; None where there is none, or no role."""
    answer = or_none(partial(client.get_role_policy, **_place(desired)), _ABSENT)
    if answer is None:
        return None
    document = canonical_json(answer["PolicyDocument"])
    return ExecutionRolePolicy(portfolio=desired.portfolio, role_arn=desired.role_arn, document=document)


def _place(resource: ExecutionRolePolicy) -> dict[str, str]:
    return {"RoleName": resource.role_name, "PolicyName": resource.policy_name}


def _is_allowed(client: Any, desired: ExecutionRolePolicy) -> bool:
    """Whether IAM's simulation allows each statement; who may not simulate cannot tell.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """

    def decisions() -> list[str]:
        return [
            result["EvalDecision"]
            for request in _requests(desired)
            for page in client.get_paginator("simulate_principal_policy").paginate(**request)
            for result in page["EvaluationResults"]
        ]

    found = or_none(decisions, _ABSENT, *DENIED)
    return bool(found) and {*(found or ())} == {"allowed"}


def _requests(desired: ExecutionRolePolicy) -> Iterator[Mapping[str, Any]]:
    for statement in json.loads(desired.document)["Statement"]:
        conditions = statement.get("Condition", {})
        yield {
            "PolicySourceArn": desired.role_arn,
            "ActionNames": _listed(statement["Action"]),
            "ResourceArns": _listed(statement["Resource"]),
            "ContextEntries": [
                {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": _listed(values)[-1:]}
                for keys in conditions.values()
                for key, values in keys.items()
            ],
        }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
