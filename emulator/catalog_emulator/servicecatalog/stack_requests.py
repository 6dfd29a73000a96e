"""What a launch requests of CloudFormation: account, parameters, tags, role, topics, stack set targets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_emulator.cloudformation.engine.account_lookups import AccountLookups
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.template.rule_lookups import values_of
from catalog_emulator.cloudformation.template.rules import failures
from catalog_emulator.iam import trusted_services
from catalog_emulator.servicecatalog.artifacts import parsed
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.launch_paths import LaunchPath, launch_tags
from catalog_emulator.servicecatalog.stack_sets import Targets
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.templates import resolve_parameters
from catalog_emulator.servicecatalog.values import Artifact, ProvisionedProduct, Tags

_AUTO = "aws:servicecatalog:"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is launched: a version through one launch path, as a provisioned product with this ARN.

    `preferences` are the request's, for stack sets.
    """

    path: LaunchPath
    artifact: Artifact
    arn: str
    notification_arns: tuple[str, ...] = ()
    preferences: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class StackRequest:
    """A stack, or a stack set at `targets`, in an account.

    `role_problem` is why the launch role cannot be used.
    """

    account_id: str
    targets: Targets | None
    parameters: dict[str, str]
    tags: Tags
    role_arn: str | None
    role_problem: str | None
    notification_arns: list[str]


class StackRequests:
    """Builds stack requests; a launch that is not possible is InvalidParametersException."""

    def __init__(self, state: State) -> None:
        self._state = state

    def build(
        self,
        caller: Caller,
        target: Target,
        values: Mapping[str, str],
        user_tags: Mapping[str, str],
        existing: ProvisionedProduct | None = None,
    ) -> StackRequest:
        """The request of a launch or, for an existing provisioned product, of its update.

        A role set on the provisioned product replaces the launch constraint's.
        """
        path = target.path
        targets = stack_set_targets(path, target.preferences)
        role_arn = (existing.chosen_role_arn if existing else None) or self._role_arn(path)
        # The account that owns the launch role provisions the resources.
        account_id = self._state.account_id if role_arn is None else role_arn.split(":")[4]
        topics = list(target.notification_arns)
        for constraint in path.constraints:
            if constraint.type == "NOTIFICATION":
                topics += json.loads(constraint.parameters)["NotificationArns"]
        tags = self._tags(path, user_tags, existing)
        if targets is None:
            # AutoTags are not supported with stack sets: adminguide/constraints-stackset.html
            tags |= self._auto_tags(caller, target, existing)
        return StackRequest(
            account_id=account_id,
            targets=targets,
            parameters=self._parameters(target, values, account_id),
            tags=tags,
            role_arn=role_arn,
            role_problem=_role_problem(role_arn, targets),
            notification_arns=list(dict.fromkeys(topics)),
        )

    def _parameters(self, target: Target, values: Mapping[str, str], account_id: str) -> dict[str, str]:
        template = parsed(target.artifact)
        lookups = AccountLookups(account_id, clients(account_id, self._state.region_name))
        resolved = resolve_parameters(template, values, lookups.parameter)
        pseudo = {
            "AWS::AccountId": account_id,
            "AWS::Partition": self._state.partition,
            "AWS::Region": self._state.region_name,
        }
        environment = values_of(resolved, pseudo)
        failed = [
            failure
            for constraint in target.path.constraints
            if constraint.type == "TEMPLATE"
            for failure in failures(json.loads(constraint.parameters)["Rules"], environment)
        ]
        if failed:
            raise InvalidParameters(f"Template constraint violated: {'; '.join(failed)}")
        return {name: parameter.supplied for name, parameter in resolved.items()}

    def _tags(
        self, path: LaunchPath, user_tags: Mapping[str, str], existing: ProvisionedProduct | None
    ) -> Tags:
        # Changed TagOptions reach an update only when tags may change:
        # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-resourceupdate.html
        if existing is None or tags_may_change(path):
            tags = launch_tags(path, user_tags)
        else:
            tags = {key: value for key, value in existing.tags.items() if not key.startswith(_AUTO)}
        quota = self._state.quotas.tags_per_launch
        if len(tags) > quota:
            raise InvalidParameters(
                f"A provisioned product can have {quota} tags, TagOptions included, and has {len(tags)}."
            )
        return tags

    def _auto_tags(self, caller: Caller, target: Target, existing: ProvisionedProduct | None) -> Tags:
        # They describe the launch, not the update, which only adds missing ones.
        # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
        kept = {} if existing is None else existing.tags
        caller = caller if existing is None else existing.caller
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
        return f"arn:{self._state.partition}:iam::{self._state.account_id}:role/{parameters['LocalRoleName']}"


def stack_set_targets(path: LaunchPath, preferences: Mapping[str, Any] | None) -> Targets | None:
    """Accounts and Regions of a launch, as the STACKSET constraint allows; None for a single stack.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisioningPreferences.html
    """
    constraint = path.constraint("STACKSET")
    requested = preferences or {}
    if constraint is None:
        if requested:
            raise InvalidParameters("ProvisioningPreferences need a STACKSET constraint on the product.")
        return None
    properties = json.loads(constraint.parameters)["Properties"]
    accounts = _chosen(requested, "StackSetAccounts", properties["AccountList"])
    return Targets(
        accounts=accounts,
        regions=_chosen(requested, "StackSetRegions", properties["RegionList"]),
        tolerance=_tolerance(requested, len(accounts)),
        admin_role=properties["AdminRole"],
        execution_role=properties["ExecutionRole"],
    )


def tags_may_change(path: LaunchPath) -> bool:
    """Whether a RESOURCE_UPDATE constraint allows updates to change tags."""
    constraint = path.constraint("RESOURCE_UPDATE")
    if constraint is None:
        return False
    properties = json.loads(constraint.parameters)["Properties"]
    return bool(properties["TagUpdateOnProvisionedProduct"] == "ALLOWED")


def check_tag_update(path: LaunchPath) -> None:
    """Raises InvalidParametersException unless a RESOURCE_UPDATE constraint allows changed tags.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-resourceupdate.html
    """
    if not tags_may_change(path):
        raise InvalidParameters(
            f"Tags of launches of product {path.product.id} cannot be changed: "
            "no RESOURCE_UPDATE constraint allows it."
        )


def _chosen(requested: Mapping[str, Any], name: str, allowed: list[str]) -> tuple[str, ...]:
    chosen = requested.get(name) or allowed
    outside = [one for one in chosen if one not in allowed]
    if outside:
        raise InvalidParameters(f"{name} has {outside[0]}, which the STACKSET constraint does not allow.")
    return tuple(chosen)


def _tolerance(requested: Mapping[str, Any], accounts: int) -> int:
    count, percentage = _one_of(
        requested, "StackSetFailureToleranceCount", "StackSetFailureTolerancePercentage"
    )
    tolerance = count or 0 if percentage is None else accounts * percentage // 100
    most, _ = _one_of(requested, "StackSetMaxConcurrencyCount", "StackSetMaxConcurrencyPercentage")
    if most is not None and most > tolerance + 1:
        raise InvalidParameters(
            "StackSetMaxConcurrencyCount must be at most one more than the failure tolerance."
        )
    return tolerance


def _one_of(requested: Mapping[str, Any], count: str, percentage: str) -> tuple[int | None, int | None]:
    if count in requested and percentage in requested:
        raise InvalidParameters(f"Specify either {count} or {percentage}, not both.")
    return requested.get(count), requested.get(percentage)


def _role_problem(launch_role: str | None, targets: Targets | None) -> str | None:
    kind, arn, service = "launch", launch_role, "servicecatalog.amazonaws.com"
    if targets is not None:
        kind, arn, service = "administration", targets.admin_role, "cloudformation.amazonaws.com"
    if arn is None:
        return None
    trusted = trusted_services(arn)
    if trusted is None:
        return f"The {kind} role {arn} does not exist."
    if service not in trusted:
        return f"The {kind} role {arn} cannot be assumed: it does not trust {service}."
    return None
