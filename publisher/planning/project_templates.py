"""Which versions of a product have a template in S3, and which of them SageMaker Studio shows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from publisher.model import Catalog, Key, ProjectTemplate, ProvisioningArtifact, Resource, precedence
from publisher.planning.versions import VersionStep

Published = Mapping[str, Iterable[ProvisioningArtifact]]


def with_project_templates(
    desired: Catalog, observed: Catalog, published: Published, steps: Iterable[VersionStep] = ()
) -> Catalog:
    """The desired catalog with a template for each version that is placed, or is now.

    Studio shows the version that launches get: the newest one that can be launched. It is placed with the
    content of the files, or if that is another version's with that of the template bucket (a short digest).
    What was placed stays while Service Catalog has the version.
    """
    wanted = [it for it in desired if isinstance(it, ProjectTemplate)]
    if not wanted:
        return desired
    after = {product: {it.version: it for it in some} for product, some in published.items()}
    for step in steps:
        after.setdefault(step.desired.product, {})[step.desired.version] = step.desired
    resources: dict[Key, Resource] = {
        key: it for key, it in desired.resources.items() if not isinstance(it, ProjectTemplate)
    }
    there: defaultdict[Key, list[ProjectTemplate]] = defaultdict(list)
    for resource in observed:
        if isinstance(resource, ProjectTemplate):
            there[resource.lane].append(resource)
    for template in wanted:
        versions = after.get(template.product, {})
        resources |= {it.key: it for it in _placed(template, versions, there[template.lane])}
    return replace(desired, resources=resources)


def _placed(
    wanted: ProjectTemplate, versions: Mapping[str, ProvisioningArtifact], there: Iterable[ProjectTemplate]
) -> Iterator[ProjectTemplate]:
    launchable = [it for it in versions.values() if it.launchable]
    current = max(launchable, key=lambda it: precedence(it.version), default=None)
    shown = current.version if current else ""
    for template in there:
        # One that Service Catalog no longer has is pruned, and until then not shown.
        if template.version in versions or template.visible:
            yield replace(template, visible=template.version == shown)
    if current and wanted.digest.startswith(current.short_digest or "-"):
        yield replace(wanted, version=shown, visible=True)
    elif current and current.short_digest and all(it.version != shown for it in there):
        yield replace(wanted, version=shown, digest=current.short_digest, visible=True)
