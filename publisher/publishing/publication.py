"""One project at one target, from files to outcomes. Prints nothing, asks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publisher.aws.waiting import Clock, poll
from publisher.catalog import ServiceCatalog
from publisher.declarations import Repository, load
from publisher.documents import sha256_of
from publisher.errors import InputError, PublisherError, errors
from publisher.model import Catalog, ProvisioningArtifact
from publisher.planning.apply import Outcome, apply
from publisher.planning.changes import Create
from publisher.planning.plan import Plan, plan
from publisher.publishing.desired_catalog import desired, version_lines
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.template_bucket import Stored, TemplateBucket, template_bucket
from publisher.templates.checks import refused
from publisher.templates.lint import ProgressCallback, lint_each
from publisher.templates.render import Rendered, render_all

_STABLE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Project:
    """The declarations of a project, and its rendered products by key."""

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

    @cached_property
    def content(self) -> str:
        """64 hex digits over the contents of the files, whatever their order, comments or target."""
        documents = [it.document for it in self.repository.portfolios]
        documents += [it.document for it in self.repository.families]
        files = {it.path: it.value for it in documents}
        digests = {key: one.digest for key, one in self.rendered.items()}
        return sha256_of([files, digests])


class Publication:
    """One project at one target."""

    def __init__(self, project: Project, target: PublishingTarget, *, clock: Clock | None = None) -> None:
        self._project = project
        self._target = target
        self.aws = target.aws
        self._clock = clock or Clock()
        # Problems that do not depend on the account are reported before the first call.
        self._desired(target.account_id)

    @cached_property
    def name(self) -> str:
        """The target: account/Region."""
        return self._target.name

    @cached_property
    def desired(self) -> Catalog:
        """The desired catalog."""
        return self._desired(self._target.proven_account_id)

    def _desired(self, account_id: str) -> Catalog:
        return desired(
            self._project.repository,
            self._project.rendered,
            account_id=account_id,
            region=self.aws.region,
            partition=self.aws.partition,
            variables=self._target.variables,
        )

    @cached_property
    def _catalog(self) -> ServiceCatalog:
        return ServiceCatalog(self.aws, template_url=self._store, clock=self._clock)

    @cached_property
    def _bucket(self) -> TemplateBucket:
        return template_bucket(self.aws, clock=self._clock)

    def plan(self, *, prune: bool = False, fast: bool = False) -> Plan:
        """Reads the target and compares."""
        observed = self._catalog.observe(assumed=self.desired if fast else None)
        return plan(
            self.desired,
            observed,
            target=self.name,
            version_lines=version_lines(self._project.repository),
            prune=prune,
            launches=self._catalog.launches() if prune or self._retires else (),
        )

    def stable_plan(self) -> Plan:
        """The plan, once reads show recent writes: a plan without changes, or the last one after 30 s."""

        def unchanged() -> Plan | None:
            planned = self.plan()
            return None if planned.changes else planned

        return poll(unchanged, clock=self._clock, seconds=_STABLE_SECONDS) or self.plan()

    @property
    def _retires(self) -> bool:
        """Whether a retirement deletes something that launches may use."""
        return any(it.retire in ("disassociate", "delete") for it in self.desired.retention.values())

    def missing_content(self, planned: Plan) -> tuple[Stored, ...]:
        """Packed content of the products that the template bucket lacks.

        Raises Refused when content or a new version needs a bucket and there is none.
        """
        content = {
            one.key: Stored(key=one.key, body=one.body, content_type="application/zip")
            for version in self.desired
            if isinstance(version, ProvisioningArtifact)
            for one in self._project.rendered[version.product].content
        }
        if not content and not any(_new_versions(planned)):
            return ()
        return self._bucket.missing(content[key] for key in sorted(content))

    def sync(self, planned: Plan, content: Sequence[Stored]) -> Generator[Outcome, None, None]:
        """Stores content, then applies the plan; when storing fails, no change is attempted."""
        try:
            if content:
                self._bucket.store(content)
        except PublisherError as error:
            if not planned.changes:
                raise
            yield from (Outcome(change=it, status="not attempted", error=error) for it in planned.changes)
        else:
            yield from apply(planned, self._catalog)

    def _store(self, version: ProvisioningArtifact) -> str:
        """Stores a version's template and returns its URL."""
        rendered = self._project.rendered[version.product]
        stored = Stored(
            key=rendered.object_key,
            body=rendered.published,
            content_type="application/yaml" if rendered.archive is None else "application/gzip",
        )
        self._bucket.store([stored])
        return self._bucket.url(rendered.object_key)


def lint_new(project: Project, plans: Iterable[Plan], step: ProgressCallback) -> None:
    """Lints every template to publish. Raises InputError with every error."""
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for portfolio in project.repository.portfolios:
        for variant in project.repository.variants_of(portfolio):
            regions[variant.key].update(portfolio.regions)
    names = sorted({version.product for planned in plans for version in _new_versions(planned)})
    work = [(project.rendered[name], tuple(sorted(regions[name]))) for name in names]
    if found := errors(lint_each(work, step=step)):
        raise InputError.of(found)


def _new_versions(planned: Plan) -> Iterator[ProvisioningArtifact]:
    for change in planned.changes:
        if isinstance(change, Create) and isinstance(change.desired, ProvisioningArtifact):
            yield change.desired
