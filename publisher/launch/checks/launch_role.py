"""Rules: the launch role of the path exists, and allows what the template needs.

A constraint by LocalRoleName takes the role of the launching account, where nobody may have made it yet.
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UsageInstruction.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.errors import InputError, Refused, and_more, command
from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, NotCheckedError, Subject
from publisher.launch.denial import remedy
from publisher.stopping import Pool

# An action of the role on a resource, in the context that its condition asks for.
_Group = tuple[tuple[str, ...], str]


@LaunchRule.of(
    "L106", "servicecatalog/latest/adminguide/constraints-launch.html", applies=lambda it: _own_role(it)
)
def missing(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The launch role exists in the launching account."""
    from publisher.aws.calls import ClientError, error_code

    name = _own_role(subject)
    try:
        subject.aws.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        missing = f"launch role {name} does not exist"
        account_id = subject.request.account_id
        refusal = Refused(
            f"{subject.request.name}: {missing} in account {account_id}", hint=remedy(missing, name)
        )
        yield Flaw(message=f"{missing} in account {account_id}", hint=refusal.hint, refusal=refusal)


@LaunchRule.of(
    "L107",
    "IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
    applies=lambda it: _own_role(it) and (it.variant is None or _is_derived(it)),
)
def derived_lacks(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """A launch role that bootstrap makes allows what the template needs (simulated)."""
    if lacking := _lacking(subject):
        yield Flaw(
            message=f"launch role {_own_role(subject)} does not allow {and_more(lacking)}",
            hint=f"ask the platform team to run {command('bootstrap')}",
        )


@LaunchRule.of(
    "L108",
    "IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
    severity="warning",
    applies=lambda it: _own_role(it) and it.variant is not None and not _is_derived(it),
)
def other_lacks(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """A launch role that others make allows what the template needs (simulated)."""
    if lacking := _lacking(subject):
        policy = command("policy", subject.request.path, "--for", "service-catalog")
        yield Flaw(
            message=f"launch role {_own_role(subject)} does not allow {and_more(lacking)}",
            hint=f"compare its policies with those of {policy}",
        )


def _is_derived(subject: Subject) -> bool:
    from publisher.declarations.product import DERIVED

    return subject.variant is not None and subject.variant.family.launch_role == DERIVED


def _own_role(subject: Subject) -> str:
    """The name of the launch role, if it is in the launching account; "" without one."""
    from publisher.launch.selection import launch_role_of

    role = launch_role_of(subject.described)
    if role.startswith("arn:") and role.split(":")[4] != subject.request.account_id:
        return ""
    return role.rpartition("/")[2]


def _lacking(subject: Subject) -> list[str]:
    """What the role may not do of what the template needs in this launch, as `action on resource`.

    The patterns of a policy are asked for as they are: `*` stands for itself in what is simulated, so that
    only a statement that covers the pattern allows it. Policies of resources are not simulated.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    from publisher.aws.calls import ClientError, error_code

    name = _own_role(subject)
    groups = _needed(subject) if name else {}
    if not groups:
        return []
    client = subject.aws.client("iam")
    try:
        arn = client.get_role(RoleName=name)["Role"]["Arn"]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            raise NotCheckedError(f"launch role {name} does not exist") from None
        raise

    def denied(group: tuple[_Group, set[str]]) -> list[str]:
        (resources, condition), actions = group
        found = []
        for context in _contexts(json.loads(condition) if condition else {}):
            pages = client.get_paginator("simulate_principal_policy").paginate(
                PolicySourceArn=arn,
                ActionNames=sorted(actions),
                ResourceArns=list(resources),
                ContextEntries=context,
            )
            found += [text for page in pages for it in page["EvaluationResults"] for text in _denied(it)]
        return found

    with Pool() as pool:
        return sorted({text for found in pool.map(denied, groups.items()) for text in found})


def _denied(result: Mapping[str, Any]) -> Iterator[str]:
    action = result["EvalActionName"]
    specific = result.get("ResourceSpecificResults") or ()
    for it in specific:
        if it["EvalResourceDecision"] != "allowed":
            yield f"{action} on {it['EvalResourceName']}"
    if not specific and result["EvalDecision"] != "allowed":
        yield f"{action} on {result.get('EvalResourceName', '*')}"


def _needed(subject: Subject) -> dict[_Group, set[str]]:
    """The actions that the launch needs, by resources and condition."""
    from publisher.permissions import Scope, needs, trust

    template, variant = subject.known_template, subject.variant
    if variant is None:
        raise NotCheckedError("the product is not in the files")
    of = trust("cloudformation" if subject.request.sagemaker_project == "s3" else "service-catalog")
    scope = Scope(
        for_=of.name,
        stack=of.stacks(),
        boundary=variant.permissions_boundary,
        ssm_parameters=tuple(variant.family.file.ssm_parameters),
        parameters=subject.values,
        region=subject.aws.region,
    )
    try:
        found = needs(template, scope=scope)
    except InputError as error:
        raise NotCheckedError(error.message) from error
    groups: dict[_Group, set[str]] = {}
    for need in found:
        resources = tuple(sorted(subject.filled(it) for it in need.resources))
        groups.setdefault((resources, subject.filled(need.condition)), set()).add(need.action)
    return groups


def _contexts(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Contexts in which a condition holds: with several values of a key one for each."""
    keys: dict[str, tuple[str, list[str]]] = {}
    for operator, tested in condition.items():
        kind = "stringList" if operator.startswith("For") else "string"
        for key, values in tested.items():
            listed = [values] if isinstance(values, str) else [str(it) for it in values]
            if operator == "Null":
                listed = ["x"] if listed == ["false"] else []
            if listed and not (operator == "Null" and key in keys):
                keys[key] = kind, [it.replace("*", "x") for it in listed]
    for n in range(max((len(values) for _, values in keys.values()), default=1)):
        yield [
            {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [values[n % len(values)]]}
            for key, (kind, values) in sorted(keys.items())
        ]
