"""The steps of `plan` and `sync`, from files to outcomes. Prints nothing, asks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publisher.apply import Outcome, apply
from publisher.artifacts import Stored, TemplateBucket, template_bucket
from publisher.aws import Aws
from publisher.catalog import ServiceCatalog
from publisher.declarations import Repository, load
from publisher.desired import desired, version_lines
from publisher.errors import InputError
from publisher.model import Catalog, ProductAssociation, ProvisioningArtifact
from publisher.plan import Create, Plan, plan
from publisher.templates.lint import lint_each
from publisher.templates.render import Rendered, render_all
from publisher.waiting import Clock

# As AWS writes accounts in its documentation: stands for the account while none has been asked.
_ANY_ACCOUNT = "111122223333"


@dataclass(frozen=True, kw_only=True)
class Project:
    """What a project declares, and its products rendered, by key."""

    repository: Repository
    rendered: Mapping[str, Rendered]

    @classmethod
    def read(cls, root: Path) -> Project:
        """Loads and renders everything. Raises InputError with every problem."""
        repository = load(root, configs=False)
        return cls(
            repository=repository,
            rendered={one.product: one for one in render_all(repository.variants)},
        )

    def catalog(self, *, account_id: str, region: str, partition: str) -> Catalog:
        """The catalog for a target. Raises InputError with every problem."""
        return desired(
            self.repository, self.rendered, account_id=account_id, region=region, partition=partition
        )


class Publication:
    """One project at one target."""

    def __init__(self, project: Project, aws: Aws, *, clock: Clock | None = None) -> None:
        self._project = project
        self._aws = aws
        self._clock = clock or Clock()
        # What is wrong in any account is found before the first call.
        project.catalog(account_id=_ANY_ACCOUNT, region=aws.region, partition=aws.partition)

    @cached_property
    def name(self) -> str:
        """The target: account/Region."""
        return f"{self._aws.account_id}/{self._aws.region}"

    @property
    def portfolios(self) -> tuple[str, ...]:
        """The names of the portfolios that the files declare."""
        return tuple(portfolio.name for portfolio in self._project.repository.portfolios)

    @cached_property
    def desired(self) -> Catalog:
        """The catalog that the files ask for."""
        aws = self._aws
        return self._project.catalog(account_id=aws.account_id, region=aws.region, partition=aws.partition)

    @cached_property
    def _target(self) -> ServiceCatalog:
        return ServiceCatalog(self._aws, template_url=self._store, clock=self._clock)

    @cached_property
    def _bucket(self) -> TemplateBucket:
        return template_bucket(self._aws, clock=self._clock)

    def plan(self) -> Plan:
        """Reads the target and compares."""
        return plan(
            self.desired,
            self._target.observe(),
            target=self.name,
            version_lines=version_lines(self._project.repository),
        )

    def check(self, planned: Plan) -> None:
        """Lints every template that is to be published. Raises InputError with every error."""
        regions = self._regions()
        names = [version.product for version in _new_versions(planned)]
        problems = lint_each([(self._project.rendered[name], regions[name]) for name in names])
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise InputError.of(errors)

    def missing_content(self, planned: Plan) -> tuple[Stored, ...]:
        """Packed content of our products that the template bucket lacks.

        Raises Refused when there is no bucket and content or a new version needs one.
        """
        content = {
            one.key: Stored(key=one.key, body=one.body, content_type="application/zip")
            for version in self._versions()
            for one in self._project.rendered[version.product].content
        }
        if not content and not any(_new_versions(planned)):
            return ()
        return self._bucket.missing(content[key] for key in sorted(content))

    def sync(self, planned: Plan, content: Sequence[Stored]) -> Iterator[Outcome]:
        """Stores content, then applies the plan."""
        if content:
            self._bucket.keep(content)
        yield from apply(planned, self._target)

    def _store(self, version: ProvisioningArtifact) -> str:
        """Stores a version's template; answers its URL."""
        rendered = self._project.rendered[version.product]
        key = f"templates/{rendered.digest.removeprefix('sha256:')}.yaml"
        body = rendered.body.encode()
        self._bucket.keep([Stored(key=key, body=body, content_type="application/yaml")])
        return self._bucket.url(key)

    def _versions(self) -> list[ProvisioningArtifact]:
        return [it for it in self.desired if isinstance(it, ProvisioningArtifact)]

    def _regions(self) -> Mapping[str, tuple[str, ...]]:
        """The Regions that each product's portfolios name."""
        portfolios = {it.name: it.regions for it in self._project.repository.portfolios}
        regions: defaultdict[str, set[str]] = defaultdict(set)
        for it in self.desired:
            if isinstance(it, ProductAssociation):
                regions[it.product].update(portfolios[it.portfolio])
        return {product: tuple(sorted(names)) for product, names in regions.items()}


def _new_versions(planned: Plan) -> Iterator[ProvisioningArtifact]:
    for change in planned.changes:
        if isinstance(change, Create) and isinstance(change.desired, ProvisioningArtifact):
            yield change.desired
