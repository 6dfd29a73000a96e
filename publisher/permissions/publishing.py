"""What a role needs that plans, syncs or bootstraps a project's files, as policies.

The data is in publishing.yaml. Refuses to know who assumes the role: a build, a GitHub workflow, a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from publisher.declarations import Repository
from publisher.declarations.targets import Target, TargetsFile, matches
from publisher.errors import InputError
from publisher.permissions.iam_reference import action as iam_action
from publisher.permissions.known_types import Fact, read_data
from publisher.permissions.need import Need, canonical
from publisher.permissions.policies import Policy, policies

Step = Literal["plan", "sync", "bootstrap"]
_STEPS: tuple[Step, ...] = get_args(Step)
_ASSUMING = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
_PSEUDO = {
    "{partition}": "${AWS::Partition}",
    "{account_id}": "${AWS::AccountId}",
}
_NAMED = frozenset({"passed_role", "execution_role"})
_TEMPLATE_BUCKET = "publisher-${AWS::AccountId}-{region}"


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where a role publishes: the Regions of its own account, by the variables there, and roles elsewhere."""

    regions: Mapping[str, Mapping[str, str]]
    roles: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        targets: TargetsFile | None,
        patterns: Sequence[str] = (),
        *,
        account_id: str,
        region: str,
        planning: bool = False,
    ) -> Reached:
        """The targets that `--target` patterns select; without a file, the account and Region themselves.

        Who is only `planning` takes the roles for that.
        Raises InputError for a target that nobody in the account can reach.
        """
        if targets is None:
            return cls(regions={region: {}})
        regions: dict[str, Mapping[str, str]] = {}
        roles: set[str] = set()
        for label, target, where in selected(targets, patterns):
            role = target.planning_role if planning else target.role_arn
            if role:
                roles.add(role)
            elif target.account_id != account_id:
                raise InputError(
                    f"target '{label}' is in account {target.account_id}, and has no role_arn",
                    hint=f"add the role that {account_id} assumes there to {targets.path}",
                )
            else:
                regions[where] = targets.variables_of(target)
        return cls(regions=dict(sorted(regions.items())), roles=tuple(sorted(roles)))


def selected(targets: TargetsFile, patterns: Sequence[str]) -> Iterator[tuple[str, Target, str]]:
    """Label, target and Region of those that `--target` patterns select; all without patterns."""
    for label, target in targets.targets.items():
        for region in target.regions:
            if matches(patterns, label=label, account_id=target.account_id, region=region):
                yield label, target, region


def publishing_policies(
    step: Step, repository: Repository, reached: Reached, *, prune: bool = False
) -> tuple[Policy, ...]:
    """The managed policies of a role that does a step and what comes before it. Raises InputError."""
    return policies(publishing_needs(step, repository, reached, prune=prune))


def publishing_needs(
    step: Step, repository: Repository, reached: Reached, *, prune: bool = False
) -> tuple[Need, ...]:
    """The same, with reasons. `prune` deletes also what the files no longer use."""
    found = [
        Need(
            action="sts:AssumeRole",
            reason=f"publishes as the roles of targets ({_ASSUMING})",
            resources=(role,),
        )
        for role in reached.roles
    ]
    for region, variables in reached.regions.items():
        used = _Used.by(repository, variables)
        every = {row.when for row in _rows() if prune and row.when not in _NAMED}
        for row in _rows():
            if _STEPS.index(row.step) <= _STEPS.index(step) and (
                not row.when or row.when in used.keys | every
            ):
                found.extend(row.needs(region, used))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Used:
    """What the files use, by their keys, and the ARNs and buckets that they name."""

    keys: set[str] = field(default_factory=set)
    named: Mapping[str, Sequence[str]]

    @classmethod
    def by(cls, repository: Repository, variables: Mapping[str, str]) -> _Used:
        keys: set[str] = set()
        buckets, passed, execution = {_TEMPLATE_BUCKET}, set[str](), set[str]()
        for value in (*repository.portfolios, *(it.file for it in repository.families)):
            for key, inner in _entries(value.model_dump()):
                if not inner:
                    continue
                keys.add(key)
                texts = [_filled(it, variables) for it in (inner if isinstance(inner, list) else [inner])]
                if key in ("role_arn", "admin_role"):
                    passed.update(texts)
                elif key == "execution_roles":
                    execution.update(filter(None, texts))
                elif key == "bucket":
                    buckets.update(filter(None, texts))
        keys |= {
            name
            for name, some in zip(("passed_role", "execution_role"), (passed, execution), strict=True)
            if some
        }
        named = {"bucket": buckets, "passed_role": passed, "execution_role": execution}
        return cls(keys=keys, named={name: sorted(some) for name, some in named.items()})


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key at any depth, with its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key), inner
            yield from _entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner)


def _filled(text: Any, variables: Mapping[str, str]) -> str:
    """With pseudo parameters for its placeholders; empty for a variable that the target lacks."""
    filled = text if isinstance(text, str) else ""
    if match := re.fullmatch(r"\{variables\.(\w+)\}", filled):
        filled = variables.get(match[1], "")
    for name, pseudo in _PSEUDO.items():
        filled = filled.replace(name, pseudo)
    return filled


@dataclass(frozen=True, kw_only=True)
class _Row:
    step: Step
    when: str
    own: bool
    fact: Fact

    def needs(self, region: str, used: _Used) -> Iterator[Need]:
        for name in self.fact.actions:
            resources = _own(name) if self.own else self.fact.resources
            yield Need(
                action=name,
                reason=f"{self.fact.why} ({self.fact.source})",
                resources=tuple(sorted(it for one in resources for it in _expanded(one, region, used))),
                condition=canonical(self.fact.condition),
                why_wide=self.fact.why_wide if resources == ("*",) else "",
            )


def _expanded(resource: str, region: str, used: _Used) -> Iterator[str]:
    for name, values in used.named.items():
        if f"{{{name}}}" in resource:
            filled = (resource.replace(f"{{{name}}}", value) for value in values)
            yield from (it.replace("{region}", region) for it in filled)
            return
    yield resource.replace("{region}", region)


@cache
def _own(name: str) -> tuple[str, ...]:
    """The resources of an action in the account, as IAM knows them."""
    known = iam_action(name)
    arns = [kind.arn for kind in known.resources if not _OTHERS.search(kind.name)] if known else []
    places = {"Partition": "${AWS::Partition}", "Region": "{region}", "Account": "${AWS::AccountId}"}
    return tuple(re.sub(r"\$\{(\w+)\}", lambda it: places.get(it[1], "*"), arn) for arn in arns) or ("*",)


_OTHERS = re.compile(r"^sagemaker:(?!domain$)")


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            step=entry["for"],
            when=entry.get("when", ""),
            own=entry.get("resources") == "own",
            fact=Fact.of({**entry, "resources": ["*"]} if entry.get("resources") == "own" else entry),
        )
        for entry in read_data("publishing.yaml")
    )
