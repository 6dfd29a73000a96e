"""The launch roles in plan and sync: looked at once an account, and bootstrapped first if asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.bootstrap.deployment import Readers, Result
from publisher.bootstrap.role_states import look_at_roles
from publisher.bootstrap.roles import DerivedRoles, derived
from publisher.cli.bootstrap import bootstrap_files, bootstrap_run, refuse_expansions
from publisher.cli.bootstrap_text import bootstrap_text
from publisher.errors import Refused
from publisher.model import LaunchConstraint, ProjectTemplate
from publisher.planning.changes import Create, Update
from publisher.planning.unfit_roles import UnfitRole
from publisher.publishing.publication import new_versions
from publisher.stopping import Pool

if TYPE_CHECKING:
    from publisher.bootstrap.role_states import RoleState
    from publisher.cli.columns import Block
    from publisher.cli.shell import Shell
    from publisher.publishing.rollout import Ready, Rollout
    from publisher.stopping import Stop

Looked = tuple[tuple["RoleState", ...], str]


@dataclass(frozen=True, kw_only=True)
class _Users:
    """The products of a target by their derived launch roles: all, and those with a new version or role."""

    ready: Ready
    products: Mapping[str, list[str]]
    published: Mapping[str, tuple[str, ...]]


def with_roles(
    shell: Shell, rollout: Rollout, ready: Sequence[Ready], derived_roles: DerivedRoles
) -> list[Ready]:
    """The plans with what is wrong with the launch roles that bootstrap makes."""
    users = [_users(rollout, one) for one in ready]
    accounts: defaultdict[str, list[_Users]] = defaultdict(list)
    for it in users:
        if it.products:
            accounts[it.ready.publication.aws.account_id].append(it)
    changing = {name for it in users for name in it.published}
    roles = derived_roles.of(rollout.project.repository, changing)

    def look(some: Sequence[_Users]) -> Looked:
        names = {name for it in some for name in it.products}
        published = {name for it in some for name in it.published}
        new = [role for role in roles if role.name in published]
        return look_at_roles(some[0].ready.publication.aws, names, new, clock=shell.clock)

    with Pool() as pool:
        looked = dict(zip(accounts, pool.map(look, accounts.values()), strict=True))

    found = [_with(it, looked) for it in users]
    if not rollout.project.keep_going:
        return found
    return [
        _with(_users(rollout, rollout.launchable(it)), looked) if it.plan.unlaunchable else it for it in found
    ]


def _users(rollout: Rollout, one: Ready) -> _Users:
    variants = {it.key: it for it in derived(rollout.project.repository.variants)}
    roles = {it.launch_role for it in variants.values()}
    products: defaultdict[str, list[str]] = defaultdict(list)
    for resource in one.publication.desired:
        if isinstance(resource, ProjectTemplate) and resource.product in variants:
            products[variants[resource.product].deploy_role].append(resource.product)
        if isinstance(resource, LaunchConstraint) and resource.local_role_name in roles:
            products[resource.local_role_name].append(resource.product)
    new = {version.product for version in new_versions(one.plan)}
    for change in one.plan.changes:
        if isinstance(change, Create | Update) and isinstance(
            change.desired, LaunchConstraint | ProjectTemplate
        ):
            new.add(change.desired.product)
    published = {name: tuple(sorted(found)) for name, some in products.items() if (found := new & {*some})}
    return _Users(ready=one, products=products, published=published)


def _with(users: _Users, looked: Mapping[str, Looked]) -> Ready:
    states, unread = looked.get(users.ready.publication.aws.account_id, ((), ""))
    found = [
        UnfitRole(
            name=it.name,
            state="missing" if it.state == "removed" else it.state,
            missing_actions=it.lacks,
            changes=tuple(str(deviation) for deviation in it.by_hand),
            published=users.published.get(it.name, ()),
            trusted=all(deviation.kind != "trust policy changed" for deviation in it.by_hand),
        )
        for it in states
        if it.name in users.products
    ]
    planned = users.ready.plan
    unknown = (*planned.unknown, f"launch roles ({unread})") if unread else planned.unknown
    return replace(users.ready, plan=replace(planned, roles=tuple(found), unknown=unknown))


class BootstrapFirst:
    """What `sync --bootstrap` deploys before it publishes, at the same targets."""

    def __init__(self, shell: Shell, rollout: Rollout, derived_roles: DerivedRoles) -> None:
        self._rollout = rollout
        files = bootstrap_files(rollout.project, derived_roles)
        # What stays as it is at every target keeps its role, which its published versions need.
        roles = [role for role in files.roles if not rollout.holds_up(role.product)]
        files = replace(files, roles=roles, held_up=rollout.held_up)
        self._run = bootstrap_run(shell, [it.target for it in rollout.publications], files, Readers())
        self.results: list[Result] = self._run.plan()

    @property
    def targets(self) -> list[str]:
        """Where something is to be deployed."""
        return [it.target for it in self.results if it.changes]

    def refuse_unallowed(self, shell: Shell, allowed: Collection[str]) -> None:
        """Shows them and raises Refused when roles get more permissions, and that is not allowed."""
        refuse_expansions(shell, self.results, allowed)

    def lines(self) -> list[Block]:
        """What it would do."""
        return bootstrap_text(self.results, planned=True)

    def unblocked(self, ready: Sequence[Ready]) -> list[Ready]:
        """The plans as they are with a template bucket."""
        return [
            replace(it, plan=replace(it.plan, blocked=None)) if isinstance(it.plan.blocked, Refused) else it
            for it in ready
        ]

    def deploy(self, ready: Sequence[Ready], stop: Stop) -> list[Ready]:
        """Deploys; the plans of the targets where that is done. The others are failures of the run."""
        if self.targets:
            self.results = self._run.deploy(stop)
        self._rollout.failures += self._run.failures
        failed = {it.target for it in self._run.failures}
        return [it for it in ready if it.plan.target not in failed]
