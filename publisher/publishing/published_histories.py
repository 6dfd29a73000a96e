"""The versions of an account's products, with what each changed. Every template is read at most once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any

from publisher.catalog import ServiceCatalog
from publisher.errors import AwsError, PublisherError
from publisher.model import Catalog, Product, ProvisioningArtifact, precedence
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.planning.versions import compared_with, versions_of
from publisher.publishing.diff_sources import PUBLISHED
from publisher.publishing.family_changes import Judgements, Side, changes_of, reason_of
from publisher.stopping import Pool
from publisher.templates.cloudformation import template_value
from publisher.templates.workers import RENDERING, workers

# A template in the long form, or why it cannot be read.
Read = Mapping[str, Any] | str
Versions = Sequence[ProvisioningArtifact]


@dataclass(kw_only=True)
class KnownTemplates:
    """What was read and judged of an account, by digest, for the next read of it. Not for several threads."""

    templates: dict[str, Read] = field(default_factory=dict)
    judgements: Judgements = field(default_factory=dict)


def published_histories(
    catalog: ServiceCatalog, observed: Catalog, known: KnownTemplates
) -> dict[str, ProductHistory]:
    """The histories of all products that the catalog has observed. What cannot be read has a reason."""
    families = {it.name: it.family or it.name for it in observed if isinstance(it, Product)}
    published = versions_of(observed)
    lines = {
        name: sorted(published.get(name, ()), key=lambda it: precedence(it.version), reverse=True)
        for name in sorted(families)
    }
    current = {name: it for name, some in lines.items() if (it := compared_with(some))}
    number = Counter(content for some in lines.values() for content in {_content(it) for it in some})
    shared = frozenset(content for content, count in number.items() if count > 1)
    reader = _Reader(catalog=catalog, known=known, families=families, shared=shared)
    reader.read(current.values())
    expected = max(1, sum(map(len, lines.values())) - len(lines))
    changes = changes_of(reader.pairs(lines.values()), expected=expected, known=known.judgements)
    changed = {(it.product, it.after): it for it in changes}
    reader.forget(it for some in lines.values() for it in some)
    found = {}
    for name, some in lines.items():
        shown = reader.templates.get(_content(current[name])) if name in current else None
        found[name] = ProductHistory(
            product=name,
            versions=tuple(
                ProductVersion(artifact=it, place=PUBLISHED, changed=changed.get((name, it.version)))
                for it in some
            ),
            current=current[name].version if name in current else "",
            template=None if isinstance(shown, str) else shown,
            unread=shown if isinstance(shown, str) else "",
        )
    return found


@dataclass(kw_only=True)
class _Reader:
    """One read of an account's templates; `templates` by content, those of current versions."""

    catalog: ServiceCatalog
    known: KnownTemplates
    families: Mapping[str, str]
    # Contents of several products, whose texts are kept.
    shared: frozenset[str]
    texts: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    templates: dict[str, Read] = field(default_factory=dict)
    # What publisher did not make has no digest: here is that of its text, by content.
    digests: dict[str, str] = field(default_factory=dict)

    def read(self, versions: Collection[ProvisioningArtifact]) -> None:
        """Reads and parses the templates of these versions."""
        contents = {_content(it): it for it in versions if _has_template(it)}
        self.templates = {it: self.known.templates[it] for it in contents.keys() & self.known.templates}
        new = [it for content, it in contents.items() if content not in self.templates]
        waiting: dict[str, list[ProvisioningArtifact]] = {}

        def texts() -> Iterator[str]:
            with Pool() as pool:
                for it, future in pool.ahead(self._text, new):
                    try:
                        text = future.result()
                    except AwsError as error:
                        self.templates[_content(it)] = reason_of(error)
                        continue
                    waiting.setdefault(text, []).append(it)
                    if len(waiting[text]) == 1:
                        yield text

        for text, outcome in workers().run(template_value, texts(), RENDERING, expected=len(new)):
            value = reason_of(outcome) if isinstance(outcome, PublisherError) else outcome
            for it in waiting.pop(text):
                self.templates[_content(it)] = value
                if it.digest:
                    self.known.templates[it.digest] = value

    def pairs(self, lines: Iterable[Versions]) -> Iterator[tuple[Side, Side]]:
        """Each version before and after each other, of products with their versions from the newest."""
        with Pool() as pool:
            for _, future in pool.ahead(self._sides, lines):
                sides = future.result()
                yield from ((before, after) for after, before in pairwise(sides))

    def forget(self, versions: Iterable[ProvisioningArtifact]) -> None:
        """Keeps of what is known only what is of these versions."""
        digests = {it.digest or self.digests.get(_content(it), "") for it in versions}
        known = self.known
        known.templates = {it: one for it, one in known.templates.items() if it in self.templates}
        known.judgements = {it: one for it, one in known.judgements.items() if digests.issuperset(it)}

    def _sides(self, versions: Versions) -> list[Side]:
        """With texts where they are needed to compare."""
        compared = {
            it
            for after, before in pairwise(versions)
            if not after.digest or (before.digest, after.digest) not in self.known.judgements
            for it in (before, after)
            if before.digest != after.digest or not after.digest
        }
        return [self._side(it, compared=it in compared) for it in versions]

    def _side(self, version: ProvisioningArtifact, *, compared: bool) -> Side:
        content = _content(version)
        template: Mapping[str, Any] | str | None = self.templates.get(content, {})
        unknown = template if isinstance(template, str) else ""
        if unknown or not _has_template(version):
            template = None
        elif compared and content not in self.templates:
            try:
                template = self._text(version)
            except AwsError as error:
                template, unknown = None, reason_of(error)
        return Side(
            product=version.product,
            family=self.families[version.product],
            version=version.version,
            place=PUBLISHED,
            digest=version.digest or self.digests.get(content, ""),
            template=template,
            unknown=unknown,
        )

    def _text(self, version: ProvisioningArtifact) -> str:
        content = _content(version)
        if content not in self.shared:
            text = self.catalog.template(version.product, version.version)
            if not version.digest:
                self.digests[content] = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
            return text
        with self.lock:
            if content not in self.texts:
                self.texts[content] = self.catalog.template(version.product, version.version)
            return self.texts[content]


def _content(version: ProvisioningArtifact) -> str:
    """The same for versions with the same template; that of others than publisher is not known."""
    return version.digest or f"{version.product} {version.version}"


def _has_template(version: ProvisioningArtifact) -> bool:
    return version.artifact_type == "CLOUD_FORMATION_TEMPLATE"
