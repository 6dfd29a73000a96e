"""The steps of `plan` and `sync`, from files to outcomes. Prints nothing, asks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.catalog import ServiceCatalog
from publisher.declarations import Repository, load
from publisher.documents import sha256_of
from publisher.errors import InputError, PublisherError, errors
from publisher.model import Catalog, ProvisioningArtifact
from publisher.planning.apply import Outcome, apply
from publisher.planning.changes import Create
from publisher.planning.plan import Plan, plan
from publisher.publishing.desired import desired, version_lines
from publisher.publishing.targets import Site
from publisher.publishing.template_bucket import Stored, TemplateBucket, template_bucket
from publisher.templates.checks import refused
from publisher.templates.lint import ProgressCallback, lint_each
from publisher.templates.render import Rendered, render_all


@dataclass(frozen=True, kw_only=True)
class Project:
    """What a project declares, and its products rendered, by key."""

    repository: Repository
    rendered: Mapping[str, Rendered]

    @classmethod
    def read(cls, root: Path) -> Project:
        """Loads and renders everything. Raises InputError with every problem."""
        repository = load(root, configs=False)
        rendered = {one.product: one for one in render_all(repository.variants)}
        if problems := refused(rendered.values()):
            raise InputError.of(problems)
        return cls(repository=repository, rendered=rendered)

    def catalog(
        self, *, account_id: str, region: str, partition: str, variables: Mapping[str, str] | None = None
    ) -> Catalog:
        """The catalog for a target. Raises InputError with every problem."""
        return desired(
            self.repository,
            self.rendered,
            account_id=account_id,
            region=region,
            partition=partition,
            variables=variables,
        )

    @cached_property
    def content(self) -> str:
        """64 hex digits over what the files say, whatever the target; order and comments do not count."""
        documents = [it.document for it in self.repository.portfolios]
        documents += [it.document for it in self.repository.families]
        files = {it.path: it.value for it in documents}
        digests = {key: one.digest for key, one in self.rendered.items()}
        return sha256_of([files, digests])


class Publication:
    """One project at one target."""

    def __init__(self, project: Project, site: Site, *, clock: Clock | None = None) -> None:
        self._project = project
        self._site = site
        self._aws = site.aws
        self._clock = clock or Clock()
        # What is wrong in any account is found before the first call.
        self._catalog(site.account_id)

    @cached_property
    def name(self) -> str:
        """The target: account/Region."""
        return self._site.name

    @property
    def aws(self) -> Aws:
        """Who publishes."""
        return self._aws

    @cached_property
    def desired(self) -> Catalog:
        """The catalog that the files ask for."""
        return self._catalog(self._site.proven_account_id)

    def _catalog(self, account_id: str) -> Catalog:
        region, partition = self._aws.region, self._aws.partition
        return self._project.catalog(
            account_id=account_id, region=region, partition=partition, variables=self._site.variables
        )

    @cached_property
    def _target(self) -> ServiceCatalog:
        return ServiceCatalog(self._aws, template_url=self._store, clock=self._clock)

    @cached_property
    def _bucket(self) -> TemplateBucket:
        return template_bucket(self._aws, clock=self._clock)

    def plan(self, *, prune: bool = False, fast: bool = False) -> Plan:
        """Reads the target and compares."""
        observed = self._target.observe(assumed=self.desired if fast else None)
        return plan(
            self.desired,
            observed,
            target=self.name,
            version_lines=version_lines(self._project.repository),
            prune=prune,
            launches=self._target.launches() if prune or self._retires else (),
        )

    @property
    def _retires(self) -> bool:
        """Whether something goes that launches may still use."""
        return any(it.retire in ("disassociate", "delete") for it in self.desired.retention.values())

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

    def sync(self, planned: Plan, content: Sequence[Stored]) -> Generator[Outcome, None, None]:
        """Stores content, then applies the plan; without the one nothing of the other is attempted."""
        try:
            if content:
                self._bucket.keep(content)
        except PublisherError as error:
            if not planned.changes:
                raise
            yield from (Outcome(change=it, status="not attempted", error=error) for it in planned.changes)
        else:
            yield from apply(planned, self._target)

    def _store(self, version: ProvisioningArtifact) -> str:
        """Stores a version's template; answers its URL."""
        rendered = self._project.rendered[version.product]
        stored = Stored(
            key=rendered.object_key,
            body=rendered.published,
            content_type="application/yaml" if rendered.archive is None else "application/gzip",
        )
        self._bucket.keep([stored])
        return self._bucket.url(rendered.object_key)

    def _versions(self) -> list[ProvisioningArtifact]:
        return [it for it in self.desired if isinstance(it, ProvisioningArtifact)]


def lint_new(project: Project, plans: Iterable[Plan], step: ProgressCallback) -> None:
    """Lints every template that is to be published anywhere. Raises InputError with every error."""
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for portfolio in project.repository.portfolios:
        for variant in project.repository.variants_of(portfolio):
            regions[variant.key].update(portfolio.regions)
    names = sorted({version.product for planned in plans for version in _new_versions(planned)})
    work = [(project.rendered[name], tuple(sorted(regions[name]))) for name in names]
    problems = lint_each(work, step=step)
    if found := errors(problems):
        raise InputError.of(found)


def _new_versions(planned: Plan) -> Iterator[ProvisioningArtifact]:
    for change in planned.changes:
        if isinstance(change, Create) and isinstance(change.desired, ProvisioningArtifact):
            yield change.desired
