"""Many targets in one run: accounts at once, the Regions of an account one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from publisher.bootstrap.deployment import Bootstrap, Readers, Result
from publisher.bootstrap.roles import LaunchRole
from publisher.errors import AwsError, Failure, PublisherError
from publisher.stopping import Pool, Stop


@dataclass(frozen=True, kw_only=True)
class BootstrapTarget:
    """A target to bootstrap; `name` is account/Region."""

    name: str
    account_id: str
    bootstrap: Bootstrap


@dataclass(kw_only=True)
class BootstrapRun:
    """The same stacks at many targets. A target that fails stops no other."""

    targets: Sequence[BootstrapTarget]
    roles: Sequence[LaunchRole]
    readers: Readers
    regions: Sequence[str]
    keep_others: bool
    failures: list[Failure] = field(default_factory=list)

    def plan(self) -> list[Result]:
        """What `deploy` would do, by target. Raises Refused when it is refused at one of them."""

        def work(one: Bootstrap) -> Result:
            return one.plan(self.roles, self.readers, regions=self.regions, keep_others=self.keep_others)

        return self._at_each(work, failing=AwsError)

    def deploy(self, stop: Stop) -> list[Result]:
        """Deploys to the targets that could be planned."""

        def work(one: Bootstrap) -> Result:
            return one.deploy(self.roles, self.readers, keep_others=self.keep_others, stop=stop)

        return self._at_each(work, failing=PublisherError)

    def _at_each(self, work: Callable[[Bootstrap], Result], *, failing: type[PublisherError]) -> list[Result]:
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
    target: BootstrapTarget, work: Callable[[Bootstrap], Result], failing: type[PublisherError]
) -> Result | Failure:
    try:
        return work(target.bootstrap)
    except failing as error:
        return Failure(target=target.name, error=error)
