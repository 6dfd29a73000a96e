"""Where to publish: the caller's own account and Region, or those that configs/targets.yaml names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from publisher.aws.clients import Aws
from publisher.declarations.targets import TargetsFile
from publisher.errors import InputError, Refused, did_you_mean, quoted


@dataclass(frozen=True, kw_only=True)
class Site:
    """One account and Region and who publishes there. Without `account_id` it is the caller's account."""

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
        """The account, after STS has said that this is where we are. Raises Refused."""
        account_id, arn = self.aws.identity
        if self.account_id and account_id != self.account_id:
            raise Refused(
                f"{self.name}: {arn} is of another account",
                hint=f"give the target '{self.label}' a role_arn of its account in configs/targets.yaml",
            )
        return account_id

    def matches(self, wanted: str) -> bool:
        """Whether it is meant by `hub`, `hub/us-west-2`, `111111111111/*`, `us-west-2` and the like."""
        region = self.aws.region
        names = (self.label, self.account_id, region, f"{self.label}/{region}", self.name)
        return any(fnmatchcase(name, wanted) for name in names)


def sites(
    file: TargetsFile | None, caller: Aws, wanted: Collection[str], *, region: str = ""
) -> tuple[Site, ...]:
    """The sites to work at, in the order of the file. Raises InputError when a wanted one is not there."""
    if file is None:
        if wanted:
            raise InputError(
                f"there is no target {quoted(next(iter(wanted)))}: the project has no configs/targets.yaml",
                hint="write the file (see docs/targets.md), or leave out --target",
            )
        return (Site(aws=caller),)
    found = tuple(_declared(file, caller))
    for one in wanted:
        if not any(site.matches(one) for site in found):
            hint = did_you_mean(one, [f"{it.label}/{it.aws.region}" for it in found], what="the targets are")
            raise InputError(f"there is no target {quoted(one)} in {file.path}", hint=hint)
    chosen = tuple(
        it
        for it in found
        if (not wanted or any(it.matches(one) for one in wanted)) and region in ("", it.aws.region)
    )
    if not chosen:
        raise InputError(
            f"no target in {file.path} is in {region}", hint="leave out --region, or add the target"
        )
    return chosen


def _declared(file: TargetsFile, caller: Aws) -> Iterator[Site]:
    for label, target in file.targets.items():
        for region in target.regions:
            aws = (
                caller.assuming(target.role_arn, region=region)
                if target.role_arn
                else caller.elsewhere(region)
            )
            yield Site(
                aws=aws,
                account_id=target.account_id,
                label=label,
                variables=file.variables_of(target),
            )
