"""All that is decided about a launch before its stack is touched: parameters, rules, tags, role, topics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.local.servicecatalog.caller import Caller, find_role
from publisher.local.servicecatalog.exceptions import InvalidParametersException, NotImplementedHere
from publisher.local.servicecatalog.lookups import attribute_reader, ssm_reader
from publisher.local.servicecatalog.models.paths import LaunchPath, Paths
from publisher.local.servicecatalog.models.values import Artifact, Tags
from publisher.local.servicecatalog.parameters import resolve
from publisher.local.servicecatalog.rules import Values, failures
from publisher.local.servicecatalog.templates import parse

_SERVICE = "servicecatalog.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is launched: a version, by one path, as a provisioned product with this ARN."""

    path: LaunchPath
    artifact: Artifact
    arn: str


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What the stack gets. `role_problem` is why the launch role cannot be used."""

    parameters: dict[str, str]
    tags: Tags
    role_arn: str | None
    role_problem: str | None
    notification_arns: list[str]


class Deciding(Paths):
    """Decides launches; a request that cannot be launched is InvalidParametersException."""

    def decide(
        self,
        caller: Caller,
        target: Target,
        values: Mapping[str, str],
        user_tags: Mapping[str, str],
        notification_arns: Sequence[str] = (),
    ) -> Launch:
        """The launch, or why there is none."""
        path = target.path
        if path.constraint("STACKSET"):
            raise NotImplementedHere("Launches with a STACKSET constraint are not implemented")
        role_arn = self._role_arn(path)
        topics = list(notification_arns)
        for constraint in path.constraints:
            if constraint.type == "NOTIFICATION":
                topics += json.loads(constraint.parameters)["NotificationArns"]
        return Launch(
            parameters=self._parameters(target, values),
            tags=self.chosen_tags(path, user_tags) | self._auto_tags(caller, target),
            role_arn=role_arn,
            role_problem=None if role_arn is None else self._role_problem(role_arn),
            notification_arns=list(dict.fromkeys(topics)),
        )

    def _parameters(self, target: Target, values: Mapping[str, str]) -> dict[str, str]:
        template = parse(target.artifact.template)
        resolved = resolve(template, values, ssm_reader(self.account_id, self.region_name))
        looked_at = Values(parameters=resolved, attribute=attribute_reader(self.account_id, self.region_name))
        failed = [
            failure
            for constraint in target.path.constraints
            if constraint.type == "TEMPLATE"
            for failure in failures(json.loads(constraint.parameters)["Rules"], looked_at)
        ]
        if failed:
            raise InvalidParametersException(f"Template constraint violated: {'; '.join(failed)}")
        return {name: parameter.given for name, parameter in resolved.items()}

    def _auto_tags(self, caller: Caller, target: Target) -> Tags:
        # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
        values = {
            "portfolioArn": target.path.portfolio.arn,
            "productArn": target.path.product.arn,
            "provisionedProductArn": target.arn,
            "provisioningArtifactIdentifier": target.artifact.id,
            "provisioningPrincipalArn": caller.session_arn,
        }
        return {f"aws:servicecatalog:{name}": value for name, value in values.items()}

    def _role_arn(self, path: LaunchPath) -> str | None:
        constraint = path.constraint("LAUNCH")
        if constraint is None:
            return None
        parameters = json.loads(constraint.parameters)
        if "RoleArn" in parameters:
            return str(parameters["RoleArn"])
        return f"arn:{self.partition}:iam::{self.account_id}:role/{parameters['LocalRoleName']}"

    def _role_problem(self, arn: str) -> str | None:
        role = find_role(arn, arn.split(":")[4], self.partition)
        if role is None:
            return f"The launch role {arn} does not exist."
        if not _trusts(json.loads(role.assume_role_policy_document), _SERVICE):
            return f"The launch role {arn} cannot be assumed: it does not trust {_SERVICE}."
        return None


def check_tag_update(path: LaunchPath) -> None:
    """Changed tags need a RESOURCE_UPDATE constraint that allows them.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-resourceupdate.html
    """
    constraint = path.constraint("RESOURCE_UPDATE")
    allowed = constraint and json.loads(constraint.parameters)["Properties"]["TagUpdateOnProvisionedProduct"]
    if allowed != "ALLOWED":
        raise InvalidParametersException(
            f"Tags of launches of product {path.product.id} cannot change: "
            "there is no RESOURCE_UPDATE constraint that allows it."
        )


def _trusts(policy: Mapping[str, Any], service: str) -> bool:
    statements = policy.get("Statement", [])
    return any(
        statement.get("Effect") == "Allow"
        and service in _listed(_principal(statement).get("Service"))
        and {"sts:AssumeRole", "sts:*", "*"} & set(_listed(statement.get("Action")))
        for statement in _listed(statements)
    )


def _principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = statement.get("Principal")
    return principal if isinstance(principal, dict) else {}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
