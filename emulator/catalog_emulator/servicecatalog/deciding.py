"""All that is decided about a launch before its stack is touched: parameters, rules, tags, role, topics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_emulator.cloudformation.template.rule_lookups import ssm_reader, values_of
from catalog_emulator.cloudformation.template.rules import failures
from catalog_emulator.iam import trusted_services
from catalog_emulator.servicecatalog.artifacts import parsed
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.limits import TAGS_PER_LAUNCH
from catalog_emulator.servicecatalog.parameters import resolve
from catalog_emulator.servicecatalog.paths import LaunchPath, Paths
from catalog_emulator.servicecatalog.preferences import stack_set_targets
from catalog_emulator.servicecatalog.stack_sets import Targets
from catalog_emulator.servicecatalog.values import Artifact, ProvisionedProduct, Tags

_SERVICE = "servicecatalog.amazonaws.com"
_STACK_SETS = "cloudformation.amazonaws.com"
_AUTO = "aws:servicecatalog:"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is launched: a version, by one path, as a provisioned product with this ARN.

    `preferences` are those of the request, for stack sets.
    """

    path: LaunchPath
    artifact: Artifact
    arn: str
    notification_arns: tuple[str, ...] = ()
    preferences: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What the stack gets, in the account that it is in. `targets` are those of a stack set.

    `role_problem` is why the launch role cannot be used.
    """

    account_id: str
    targets: Targets | None
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
        held: ProvisionedProduct | None = None,
    ) -> Launch:
        """The launch or, of what is held already, the update; or why there is none.

        A role chosen for what is held takes the place of the launch constraint's.
        """
        path = target.path
        targets = stack_set_targets(path, target.preferences)
        role_arn = (held.chosen_role_arn if held else None) or self._role_arn(path)
        # The account that owns the launch role provisions the resources.
        account_id = self.account_id if role_arn is None else role_arn.split(":")[4]
        topics = list(target.notification_arns)
        for constraint in path.constraints:
            if constraint.type == "NOTIFICATION":
                topics += json.loads(constraint.parameters)["NotificationArns"]
        tags = self._tags(path, user_tags, held)
        if targets is None:
            # AutoTags are not supported with stack sets: adminguide/constraints-stackset.html
            tags |= self._auto_tags(caller, target, held)
        return Launch(
            account_id=account_id,
            targets=targets,
            parameters=self._parameters(target, values, account_id),
            tags=tags,
            role_arn=role_arn,
            role_problem=self._problem(role_arn, targets),
            notification_arns=list(dict.fromkeys(topics)),
        )

    def _parameters(self, target: Target, values: Mapping[str, str], account_id: str) -> dict[str, str]:
        template = parsed(target.artifact)
        resolved = resolve(template, values, ssm_reader(account_id, self.region_name))
        pseudo = {
            "AWS::AccountId": account_id,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region_name,
        }
        looked_at = values_of(resolved, pseudo)
        failed = [
            failure
            for constraint in target.path.constraints
            if constraint.type == "TEMPLATE"
            for failure in failures(json.loads(constraint.parameters)["Rules"], looked_at)
        ]
        if failed:
            raise InvalidParametersException(f"Template constraint violated: {'; '.join(failed)}")
        return {name: parameter.supplied for name, parameter in resolved.items()}

    def _tags(self, path: LaunchPath, user_tags: Mapping[str, str], held: ProvisionedProduct | None) -> Tags:
        # What TagOptions say by now reaches updates when tags may change, and not otherwise:
        # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-resourceupdate.html
        if held is None or tags_may_change(path):
            tags = self.chosen_tags(path, user_tags)
        else:
            tags = {key: value for key, value in held.tags.items() if not key.startswith(_AUTO)}
        if len(tags) > TAGS_PER_LAUNCH:
            raise InvalidParametersException(
                f"A provisioned product can have {TAGS_PER_LAUNCH} tags, TagOptions included, "
                f"and has {len(tags)}."
            )
        return tags

    def _auto_tags(self, caller: Caller, target: Target, held: ProvisionedProduct | None) -> Tags:
        # They tell of the launch, whatever it is updated to; those that are missing are filled in then.
        # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
        kept = {} if held is None else held.tags
        caller = caller if held is None else held.caller
        values = {
            "portfolioArn": target.path.portfolio.arn,
            "productArn": target.path.product.arn,
            "provisionedProductArn": target.arn,
            "provisioningArtifactIdentifier": target.artifact.id,
            "provisioningPrincipalArn": caller.session_arn,
        }
        found = {f"{_AUTO}{name}": value for name, value in values.items()}
        return {key: kept.get(key, value) for key, value in found.items()}

    def _role_arn(self, path: LaunchPath) -> str | None:
        constraint = path.constraint("LAUNCH")
        if constraint is None:
            return None
        parameters = json.loads(constraint.parameters)
        if "RoleArn" in parameters:
            return str(parameters["RoleArn"])
        return f"arn:{self.partition}:iam::{self.account_id}:role/{parameters['LocalRoleName']}"

    def _problem(self, role_arn: str | None, targets: Targets | None) -> str | None:
        if targets is not None:
            return self._role_problem("administration", targets.admin_role, _STACK_SETS)
        return None if role_arn is None else self._role_problem("launch", role_arn, _SERVICE)

    @staticmethod
    def _role_problem(what: str, arn: str, service: str) -> str | None:
        trusted = trusted_services(arn)
        if trusted is None:
            return f"The {what} role {arn} does not exist."
        if service not in trusted:
            return f"The {what} role {arn} cannot be assumed: it does not trust {service}."
        return None


def tags_may_change(path: LaunchPath) -> bool:
    """Whether a RESOURCE_UPDATE constraint allows updates to change tags."""
    constraint = path.constraint("RESOURCE_UPDATE")
    if constraint is None:
        return False
    properties = json.loads(constraint.parameters)["Properties"]
    return bool(properties["TagUpdateOnProvisionedProduct"] == "ALLOWED")


def check_tag_update(path: LaunchPath) -> None:
    """Changed tags need a RESOURCE_UPDATE constraint that allows them.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-resourceupdate.html
    """
    if not tags_may_change(path):
        raise InvalidParametersException(
            f"Tags of launches of product {path.product.id} cannot change: "
            "there is no RESOURCE_UPDATE constraint that allows it."
        )
