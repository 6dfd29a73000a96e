"""One project at one target, from files to outcomes. Prints nothing, asks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, get_args

from publisher.aws.calls import aws_errors
from publisher.aws.waiting import Clock, poll
from publisher.catalog import ServiceCatalog
from publisher.catalog.ownership import OwnershipWrite
from publisher.catalog.sagemaker_projects import project_launches, project_resources
from publisher.declarations.form import PRODUCTS
from publisher.declarations.product import DERIVED
from publisher.declarations.repository import PORTFOLIOS, PRODUCT_FILE
from publisher.errors import AwsError, InputError, Problem, PublisherError, Refused, Where, command, errors
from publisher.impact import Change
from publisher.model import (
    Catalog,
    Launch,
    ProjectResource,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    StoredContent,
    StudioOrigin,
)
from publisher.planning.apply import Outcome, apply
from publisher.planning.changes import Create, subjects
from publisher.planning.held_up import Edge, observed_edges
from publisher.planning.plan import Missing, Plan, plan
from publisher.planning.product_changes import ProductChanges
from publisher.planning.product_status import ProductStatus, product_status
from publisher.planning.pruning import with_dead_principals
from publisher.planning.template_changes import ComparedVersion
from publisher.planning.versions import SAME_VERSION, compared_with, versions_of
from publisher.publishing.bump_checks import bump_problems, explained
from publisher.publishing.desired_catalog import desired, version_lines
from publisher.publishing.existing import with_missing
from publisher.publishing.family_changes import Side, product_changes
from publisher.publishing.keep_going import without
from publisher.publishing.project import Project
from publisher.publishing.quotas import with_exceeded
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.template_bucket import TemplateBucket
from publisher.stopping import Stop
from publisher.templates.lint import ProgressCallback, lint_each

_STABLE_SECONDS = 30


class Publication:
    """One project at one target. What is wrong there with a project that keeps going is `held_up`."""

    def __init__(self, project: Project, target: PublishingTarget, *, clock: Clock | None = None) -> None:
        self._project = project
        self.target = target
        self.aws = target.aws
        self._clock = clock or Clock()
        self.held_up = project.held_up
        self._edges: tuple[Edge, ...] = ()
        self._again: Callable[[], Plan] | None = None
        self._published: Mapping[str, list[ProvisioningArtifact]] = {}
        self._bucket_name = ""
        # Problems that do not depend on the account are reported before the first call.
        self._desired(target.account_id)

    @cached_property
    def name(self) -> str:
        """The target: account/Region."""
        return self.target.name

    @property
    def desired(self) -> Catalog:
        """The desired catalog, without what is held up."""
        return self._desired(self.aws.account_id)

    def _desired(self, account_id: str) -> Catalog:
        while True:
            try:
                return desired(
                    without(self._project.declared, self.held_up),
                    self._project.rendered,
                    account_id=account_id,
                    region=self.aws.region,
                    partition=self.aws.partition,
                    bucket=self._bucket_name,
                    variables=self.target.variables,
                    quotas=self.target.quotas,
                )
            except InputError as error:
                self._hold_up(error)

    def _hold_up(self, error: InputError) -> None:
        """Holds up what an error is about. Raises it when it is about nothing, or nothing more."""
        before = self.held_up
        if error.problems:
            self.held_up = self._project.holding(before, error.problems).extended(self._edges)
        if self.held_up == before:
            raise error

    @cached_property
    def _catalog(self) -> ServiceCatalog:
        return ServiceCatalog(self.aws, bucket=self._bucket, clock=self._clock)

    @cached_property
    def _bucket(self) -> TemplateBucket:
        return TemplateBucket(self.aws, self._project.bodies, clock=self._clock)

    def plan(
        self,
        *,
        prune: bool = False,
        fast: bool = False,
        dead_principals: bool = False,
        written: Sequence[OwnershipWrite] = (),
    ) -> Plan:
        """Reads the target, as it will be once these writes are made, and compares."""
        observed = self._catalog.observe(assumed=self.desired if fast else None, written=written)
        declared = {it.name for it in self._project.declared.portfolios}
        self._edges = tuple(observed_edges(observed, declared))
        self._published = versions_of(observed)
        self.held_up = self.held_up.extended(self._edges)
        wanted = self.desired
        content = tuple(it for it in wanted if isinstance(it, StoredContent))
        stored, error = self._stored(content) if content else ((), None)
        projects, refused = self._project_resources(observed, prune=prune, fast=fast)
        error, wanted = error or refused, self.desired
        resources = {it.key: it for it in (*stored, *projects)}
        observed = replace(observed, resources={**observed.resources, **resources})
        dead = self._catalog.dead_principals(observed) if dead_principals else frozenset[str]()
        observed = with_dead_principals(observed, dead or ())
        launches = self._launches(observed) if prune or _retires(wanted) else ()
        planned = self._compared(wanted, observed, launches, prune=prune)
        if not content and any(new_versions(planned)):
            _, error = self._stored(content)
        self._again = lambda: replace(
            self._compared(self.desired, observed, launches, prune=prune),
            blocked=error,
            iam_unread=dead is None,
        )
        return replace(planned, blocked=error, iam_unread=dead is None)

    def plan_without(self, problems: Iterable[Problem]) -> Plan:
        """The last plan without what these problems hold up. Reads nothing again."""
        self.held_up = self._project.holding(self.held_up, problems).extended(self._edges)
        return self._again() if self._again else self.plan()

    def looked_up(self, planned: Plan) -> Plan:
        """The plan with what is missing outside the catalog; to keep going, without what that holds up."""
        variants = self._project.declared.variants
        derived = {it.launch_role for it in variants if it.family.launch_role == DERIVED}
        found = self._with_missing(planned, derived)
        if not found.missing or not self._project.keep_going:
            return found
        problems = (_problem(it, one, self._paths) for it in found.missing for one in it.resources)
        return self._with_missing(self.plan_without(problems), derived)

    def _with_missing(self, planned: Plan, derived: Collection[str]) -> Plan:
        found = with_missing(planned, self.aws, derived=derived)
        return with_exceeded(found, self.aws, self.target.quotas)

    def unlaunchable(self, planned: Plan) -> Iterator[Problem]:
        """The launch roles of the plan that stop launches, as problems of the products it publishes."""
        for role in planned.unlaunchable:
            for product in role.published:
                yield Problem(
                    rule="P607",
                    where=Where(path=self._paths[product]),
                    message=f"launch role {role.name} {role}",
                    hint=f"run {command('bootstrap')}",
                    products=(product,),
                )

    def small_bumps(self, planned: Plan) -> Iterator[Problem]:
        """The families whose new versions change more than they promise, as far as that is known."""
        families = {it.key: it.family for it in self._project.declared.variants}
        hit: defaultdict[ComparedVersion, list[Change]] = defaultdict(list)
        for group in planned.template_changes:
            for version in group.versions:
                hit[version] += group.changes
        found = (
            ProductChanges(
                product=it.product,
                family=families[it.product].name,
                before=it.published,
                after=it.version,
                labels=(f"the published {it.published}", it.version),
                changes=tuple(changes),
            )
            for it, changes in hit.items()
        )
        return bump_problems({it.name: it for it in families.values()}, found)

    def explained(self, error: InputError) -> InputError:
        """The error with what changed in published versions, and the bump that it needs."""
        problems = [self._explained(it) if it.rule == SAME_VERSION else it for it in error.problems]
        general = error.hint not in {it.hint for it in error.problems}
        return InputError.of(problems, hint=error.hint if general else "") if problems else error

    def _explained(self, problem: Problem) -> Problem:
        newest = {it: compared_with(self._published.get(it, ())) for it in problem.products}
        rendered = {it: self._project.rendered[it] for it in problem.products}
        try:
            before = [
                Side(
                    product=product,
                    family=rendered[product].family,
                    version=version.version,
                    place="published",
                    digest=version.digest,
                    template=self._catalog.template(product, version.version),
                )
                for product, version in newest.items()
                if version and rendered[product].archive is None
            ]
        except AwsError:
            return problem
        found = product_changes(before, [Side.of(rendered[it.product], "files") for it in before])
        return explained(problem, found)

    @property
    def _paths(self) -> Mapping[str, str]:
        """The product.yaml of each product."""
        return {it.key: it.family.document.path for it in self._project.declared.variants}

    def _compared(
        self, wanted: Catalog, observed: Catalog, launches: Collection[Launch], *, prune: bool
    ) -> Plan:
        while True:
            try:
                return plan(
                    wanted,
                    observed,
                    target=self.name,
                    version_lines=version_lines(self._project.repository),
                    prune=prune,
                    launches=launches,
                    held_up=self.held_up,
                )
            except InputError as error:
                self._hold_up(error)
                wanted = self.desired

    def status(self, *, fast: bool = False) -> tuple[ProductStatus, ...]:
        """What is published at the target, beside the files."""
        observed = self._catalog.observe(assumed=self.desired if fast else None)
        projects, _ = self._project_resources(observed, prune=False, fast=fast)
        resources = {**observed.resources, **{it.key: it for it in projects}}
        observed = replace(observed, resources=resources)
        declared = {it.key for it in self._project.repository.variants}
        return tuple(product_status(self.desired, observed, declared=declared))

    def _stored(
        self, content: tuple[StoredContent, ...]
    ) -> tuple[tuple[StoredContent, ...], PublisherError | None]:
        """The content that the template bucket has, and why nothing can be stored.

        Content counts as stored when the bucket cannot be read: whoever reviews plans may lack permission.
        """
        try:
            return self._bucket.found(content), None
        except Refused as error:
            return (), error
        except AwsError as error:
            return content, error

    def _project_resources(
        self, observed: Catalog, *, prune: bool, fast: bool
    ) -> tuple[list[Resource], PublisherError | None]:
        """What there is for SageMaker projects of templates in S3, and why it cannot be read.

        It counts as desired then. Where no file asks for it, only who prunes looks for it.
        """
        if not (prune or any(isinstance(it, StudioOrigin) for it in self.desired)):
            return [], None
        blocked: PublisherError | None = None
        try:
            self._bucket_name = self._bucket.name
        except PublisherError as error:
            blocked = error
        try:
            with aws_errors("cannot read the templates of SageMaker projects"):
                found = project_resources(
                    self.aws, self.desired, observed, bucket=self._bucket_name, fast=fast
                )
        except AwsError as error:
            found = [it for it in self.desired if isinstance(it, get_args(ProjectResource))]
            blocked = blocked or error
        return found, blocked

    def _launches(self, observed: Catalog) -> tuple[Launch, ...]:
        """Launches, and projects of templates in S3."""
        placed = [it for it in observed if isinstance(it, ProjectTemplate)]
        with aws_errors("cannot read SageMaker projects"):
            return (*self._catalog.launches(), *project_launches(self.aws, placed))

    def template_of(self, product: str) -> Mapping[str, Any]:
        """The rendered template of a product, in the long form."""
        return self._project.rendered[product].template

    def published_template(self, version: ComparedVersion) -> str:
        """The text of the published template that a new version is compared with; plan first."""
        return self._catalog.template(version.product, version.published)

    def stable_plan(self, foreseen: Plan) -> Plan:
        """The plan, once reads show recent writes: the foreseen one, or the last one after 30 s."""

        def seen() -> Plan | None:
            planned = self.plan()
            return planned if planned.digest == foreseen.digest else None

        return poll(seen, clock=self._clock, seconds=_STABLE_SECONDS) or self.plan()

    def sync(self, planned: Plan, stop: Stop | None = None) -> Generator[Outcome, None, None]:
        """Applies the plan."""
        return apply(planned, self._catalog, stop=stop)


def lint_new(project: Project, plans: Iterable[Plan], step: ProgressCallback | None = None) -> list[Problem]:
    """The errors in every template to publish, with the products that have it."""
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for portfolio in project.repository.portfolios:
        for variant in project.repository.variants_of(portfolio):
            regions[variant.key].update(portfolio.regions)
    names = sorted({version.product for planned in plans for version in new_versions(planned)})
    work = [(project.rendered[name], sorted(regions[name])) for name in names]
    return errors(lint_each(work, blueprints=project.repository.blueprints, step=step))


def _problem(missing: Missing, resource: Resource, paths: Mapping[str, str]) -> Problem:
    """What is missing as a problem of the portfolio, product or family whose resource names it."""
    owners = dict((kind, name) for kind, name in resource.owners)
    product, portfolio = owners.get("product", ""), owners.get("portfolio", "")
    family = f"{PRODUCTS}/{resource.label.partition('/')[0]}/{PRODUCT_FILE}"
    path = f"{PORTFOLIOS}/{portfolio}.yaml" if portfolio else paths.get(product, family)
    return Problem(
        rule="P606",
        where=Where(path=path),
        message=f"{resource.kind} {resource.label}: {missing.message}",
        hint=missing.hint,
        products=(product,) if product else (),
    )


def _retires(wanted: Catalog) -> bool:
    """Whether a retirement deletes something that launches may use."""
    return any(it.retire in ("disassociate", "delete") for it in wanted.retention.values())


def new_versions(planned: Plan) -> Iterator[ProvisioningArtifact]:
    """The versions that a plan publishes."""
    for change in planned.changes:
        if isinstance(change, Create):
            yield from (it for it in subjects(change) if isinstance(it, ProvisioningArtifact))
