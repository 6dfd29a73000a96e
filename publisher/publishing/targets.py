"""Where to publish: the caller's own account and Region, or those that configs/targets.yaml names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from publisher.aws.clients import Aws
from publisher.declarations.targets import TargetsFile, matches
from publisher.errors import InputError, Refused, did_you_mean, quoted


@dataclass(frozen=True, kw_only=True)
class PublishingTarget:
    """One account and Region, with the identity to publish as. Without `account_id`, the caller's account."""

    aws: Aws
    account_id: str = ""
    label: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """account/Region."""
        return f"{self.account_id or self.aws.account_id}/{self.aws.region}"

    @cached_property
    def proven_account_id(self) -> str:
        """The account id, confirmed by STS. Raises Refused when the identity is of another account."""
        account_id, arn = self.aws.identity
        if self.account_id and account_id != self.account_id:
            raise Refused(
                f"{self.name}: {arn} belongs to another account",
                hint=f"set a role_arn of that account for the target '{self.label}' in configs/targets.yaml",
            )
        return account_id

    def matches(self, *patterns: str) -> bool:
        """Whether --target options select it."""
        return matches(patterns, label=self.label, account_id=self.account_id, region=self.aws.region)


def select_targets(
    file: TargetsFile | None, caller: Aws, patterns: Collection[str], *, region: str = ""
) -> tuple[PublishingTarget, ...]:
    """The matching targets, in the order of the file. Raises InputError when a pattern matches none."""
    if file is None:
        if patterns:
            raise InputError(
                f"target {quoted(next(iter(patterns)))} not found: the project has no configs/targets.yaml",
                hint="write the file (see docs/targets.md), or remove --target",
            )
        return (PublishingTarget(aws=caller),)
    found = tuple(_declared(file, caller))
    for pattern in patterns:
        if not any(it.matches(pattern) for it in found):
            names = [f"{it.label}/{it.aws.region}" for it in found]
            hint = did_you_mean(pattern, names, what="the targets are")
            raise InputError(f"target {quoted(pattern)} not found in {file.path}", hint=hint)
    matching = [it for it in found if it.matches(*patterns)]
    chosen = tuple(it for it in matching if region in ("", it.aws.region))
    if not chosen:
        raise InputError(
            f"no target in {file.path} is in {region}", hint="remove --region, or add the target"
        )
    return chosen


def _declared(file: TargetsFile, caller: Aws) -> Iterator[PublishingTarget]:
    for label, target in file.targets.items():
        for region in target.regions:
            role = target.role_arn
            aws = caller.assuming(role, region=region) if role else caller.in_region(region)
            variables = file.variables_of(target)
            yield PublishingTarget(aws=aws, account_id=target.account_id, label=label, variables=variables)
