"""What new versions change in the templates of their products, each change once. Texts, no templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from publisher.errors import counted
from publisher.impact import Change
from publisher.model import ProvisioningArtifact
from publisher.planning.versions import VersionStep, compared_with


@dataclass(frozen=True, kw_only=True, order=True)
class ComparedVersion:
    """A new version of a product, and the published one that it is compared with, with their digests.

    The digest of a published version is short; there is none if publisher did not create it.
    """

    product: str
    published: str
    version: str
    published_digest: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class TemplateChanges:
    """What all these versions change, and no other does. Without changes their templates mean the same."""

    versions: tuple[ComparedVersion, ...]
    changes: tuple[Change, ...]

    @property
    def products(self) -> list[str]:
        """The products of the versions."""
        return [it.product for it in self.versions]

    def title(self, arrow: str) -> str:
        """`3 products, 1.0.0 -> 1.1.0`, with another arrow where there is one."""
        who = counted(len(self.versions), "product") if len(self.versions) > 1 else self.products[0]
        steps = {f", {it.published} {arrow} {it.version}" for it in self.versions}
        return who + (steps.pop() if len(steps) == 1 else "")

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/sync.md."""
        return {
            "versions": [asdict(it) for it in self.versions],
            "changes": [it.document() for it in self.changes],
        }


@dataclass(frozen=True, kw_only=True, order=True)
class UncomparedVersion:
    """A new version whose differences are unknown, with the reason, which is the same in every run."""

    compared: ComparedVersion
    reason: str

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/sync.md."""
        return {**asdict(self.compared), "reason": self.reason}


def compared(
    steps: Iterable[VersionStep], published: Mapping[str, Sequence[ProvisioningArtifact]]
) -> tuple[ComparedVersion, ...]:
    """The new versions of published products. Archives have nothing to compare."""
    return tuple(
        ComparedVersion(
            product=step.desired.product,
            published=before.version,
            version=step.desired.version,
            published_digest=before.digest,
            digest=step.desired.digest,
        )
        for step in steps
        if step.observed is None and step.desired.artifact_type == "CLOUD_FORMATION_TEMPLATE"
        for before in (compared_with(published.get(step.desired.product, ())),)
        if before is not None
    )


def grouped(found: Mapping[ComparedVersion, Sequence[Change]]) -> tuple[TemplateChanges, ...]:
    """Each change once, with all versions that it hits; the changes of most versions come first."""
    hit: dict[Change, list[ComparedVersion]] = {}
    for version in sorted(found):
        for change in dict.fromkeys(found[version]):
            hit.setdefault(change, []).append(version)
    groups: dict[tuple[ComparedVersion, ...], list[Change]] = {}
    if same := tuple(version for version in sorted(found) if not found[version]):
        groups[same] = []
    for change, versions in hit.items():
        groups.setdefault(tuple(versions), []).append(change)
    return tuple(
        TemplateChanges(versions=versions, changes=tuple(groups[versions]))
        for versions in sorted(groups, key=lambda it: (-len(it), it))
    )
