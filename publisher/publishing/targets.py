"""Where to publish: the caller's own account and Region, or those that configs/targets.yaml names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.aws.clients import Aws, Expected
from publisher.declarations.targets import TargetsFile, matches
from publisher.errors import InputError, did_you_mean, quoted


@dataclass(frozen=True, kw_only=True)
class PublishingTarget:
    """One account and Region, with the identity to publish as. Without `account_id`, the caller's account."""

    aws: Aws
    account_id: str = ""
    label: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """account/Region."""
        return f"{self.account_id or self.aws.account_id}/{self.aws.region}"

    def matches(self, *patterns: str) -> bool:
        """Whether --target options select it."""
        return matches(patterns, label=self.label, account_id=self.account_id, region=self.aws.region)


def select_targets(
    file: TargetsFile | None,
    caller: Aws,
    patterns: Collection[str],
    *,
    region: str = "",
    launching: bool = False,
    planning: bool = False,
    updating: bool = False,
) -> tuple[PublishingTarget, ...]:
    """The matching targets, in the order of the file. Raises InputError when a pattern matches none.

    Who is `launching` does so as the caller: the roles of targets are for publishing. Who is only `planning`
    takes the roles for that, and who is `updating` launches of all targets those for launches.
    """
    if file is None:
        if patterns:
            raise InputError(
                f"target {quoted(next(iter(patterns)))} not found: the project has no configs/targets.yaml",
                hint="write the file (see docs/targets.md), or remove --target",
            )
        return (PublishingTarget(aws=caller),)
    found = tuple(_declared(file, caller, launching=launching, planning=planning, updating=updating))
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


def _declared(
    file: TargetsFile, caller: Aws, *, launching: bool, planning: bool, updating: bool
) -> Iterator[PublishingTarget]:
    for label, target in file.targets.items():
        publishing = target.planning_role if planning else target.role_arn
        own = target.launch_role_arn if updating else None
        account_id, role = target.account_id, own if launching else publishing
        profile = f"choose a --profile of account {account_id}"
        role_arn = f"set a role_arn of that account for the target '{label}' in {file.path}, or {profile}"
        expected = Expected(account_id=account_id, hint=profile if launching else role_arn)
        for region in target.regions:
            aws = caller.assuming(role, region=region) if role else caller.expecting(expected, region=region)
            variables = file.variables_of(target)
            yield PublishingTarget(
                aws=aws,
                account_id=account_id,
                label=label,
                variables=variables,
                quotas=file.quotas_of(target),
            )
