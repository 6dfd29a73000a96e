"""Where the pages of a catalog come from: the files with their git history, or what a target publishes."""

from __future__ import annotations

from dataclasses import replace

from publisher.aws.waiting import Clock
from publisher.catalog import ServiceCatalog
from publisher.cli.shell import Shell
from publisher.declarations import Repository
from publisher.declarations.targets import read_targets
from publisher.errors import PublisherError
from publisher.model import Resource
from publisher.publishing.desired_catalog import portable
from publisher.publishing.file_histories import file_histories
from publisher.publishing.project import Project
from publisher.publishing.published_histories import KnownTemplates, published_histories
from publisher.publishing.studio_contents import studio_contents
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.template_bucket import TemplateBucket
from publisher.report.source import CatalogueSource


def source_of_files(shell: Shell) -> CatalogueSource:
    """The files, and git. Raises InputError for what is wrong with them."""
    root = shell.directory
    project = Project.read(root)
    shell.note(*map(str, project.warnings))
    catalog = portable(project.repository, project.rendered, read_targets(root))
    with shell.doing("comparing versions with git"):
        histories = file_histories(root, project, catalog)
    return CatalogueSource(catalog=catalog, histories=histories, declared=project.repository)


def source_of_account(shell: Shell) -> CatalogueSource:
    """What is published at the one target that the command line names, and the files, if there are any."""
    target = shell.target()
    shell.note(f"reading the catalog of {target.name}")
    return published_source(target, shell.repository, clock=shell.clock)


def published_source(
    target: PublishingTarget,
    declared: Repository | None,
    known: KnownTemplates | None = None,
    *,
    clock: Clock | None = None,
) -> CatalogueSource:
    """What is published at a target. With what is `known` of the last read, only what is new is read."""
    bucket = TemplateBucket(target.aws, {})
    catalog = ServiceCatalog(target.aws, bucket=bucket, clock=clock)
    observed = catalog.observe()
    placed: list[Resource] = []
    notes = []
    try:
        placed = studio_contents(target, declared, observed, bucket) if declared else []
    except PublisherError as error:
        notes.append(str(error))
    return CatalogueSource(
        catalog=replace(observed, resources={**observed.resources, **{it.key: it for it in placed}}),
        notes=tuple(notes),
        histories=published_histories(catalog, observed, known or KnownTemplates()),
        declared=declared,
        target=target.name,
    )
