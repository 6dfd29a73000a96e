"""Many targets in one run: accounts at once, the Regions of an account one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from publisher.aws.clients import Aws
from publisher.bootstrap.deployment import Bootstrap, Readers, Result
from publisher.bootstrap.older_versions import Kept, OlderVersions
from publisher.bootstrap.roles import LaunchRole
from publisher.errors import AwsError, Failure, PublisherError
from publisher.stopping import Pool, Stop


@dataclass(frozen=True, kw_only=True)
class BootstrapTarget:
    """A target to bootstrap; `name` is account/Region. One of each account is `with_roles`."""

    name: str
    account_id: str
    aws: Aws
    bootstrap: Bootstrap
    with_roles: bool = True


@dataclass(kw_only=True)
class BootstrapRun:
    """The same stacks at many targets, with what each account's published versions need.

    A target that fails stops no other.
    """

    targets: Sequence[BootstrapTarget]
    roles: Sequence[LaunchRole]
    readers: Readers
    regions: Sequence[str]
    keep_others: bool
    failures: list[Failure] = field(default_factory=list)
    _kept: dict[str, tuple[list[LaunchRole], Kept]] = field(default_factory=dict)

    def plan(self) -> list[Result]:
        """What `deploy` would do, by target. Raises Refused when it is refused at one of them."""
        homes = [it for it in self.targets if it.with_roles]
        with Pool() as pool:
            read = [*pool.map(self._older, homes)]
        self._kept = {it.name: older.kept_by(self.roles) for it, older in zip(homes, read, strict=True)}

        def work(one: BootstrapTarget) -> Result:
            roles, kept = self._roles(one)
            result = one.bootstrap.plan(
                roles, self.readers, regions=self.regions, keep_others=self.keep_others
            )
            return replace(result, kept=kept)

        return self._at_each(work, failing=AwsError)

    def deploy(self, stop: Stop) -> list[Result]:
        """Deploys what was planned to the targets that could be planned."""

        def work(one: BootstrapTarget) -> Result:
            roles, kept = self._roles(one)
            result = one.bootstrap.deploy(roles, self.readers, keep_others=self.keep_others, stop=stop)
            return replace(result, kept=kept)

        return self._at_each(work, failing=PublisherError)

    def _older(self, home: BootstrapTarget) -> OlderVersions:
        """Of all Regions of the account, which share its roles."""
        regions = {it.aws.region for it in self.targets if it.account_id == home.account_id}
        others = sorted(regions.union(self.regions) - {home.aws.region})
        return OlderVersions.read([home.aws, *map(home.aws.in_region, others)], self.roles)

    def _roles(self, one: BootstrapTarget) -> tuple[Sequence[LaunchRole], Kept]:
        return self._kept.get(one.name, (self.roles, Kept()))

    def _at_each(
        self, work: Callable[[BootstrapTarget], Result], *, failing: type[PublisherError]
    ) -> list[Result]:
        failed = {it.target for it in self.failures}
        accounts: defaultdict[str, list[BootstrapTarget]] = defaultdict(list)
        for target in self.targets:
            if target.name not in failed:
                accounts[target.account_id].append(target)

        def serially(targets: Sequence[BootstrapTarget]) -> list[tuple[str, Result | Failure]]:
            return [(target.name, _tried(target, work, failing)) for target in targets]

        with Pool() as pool:
            done = dict(it for some in pool.map(serially, accounts.values()) for it in some)
        found = [done[target.name] for target in self.targets if target.name in done]
        self.failures += [it for it in found if isinstance(it, Failure)]
        return [it for it in found if isinstance(it, Result)]


def _tried(
    target: BootstrapTarget, work: Callable[[BootstrapTarget], Result], failing: type[PublisherError]
) -> Result | Failure:
    try:
        return work(target)
    except failing as error:
        return Failure(target=target.name, error=error)
