"""What launch roles keep for published versions other than that of the files, so that their launches can end.

Every version that Service Catalog still has counts, inactive ones too: only `sync --prune` deletes versions,
and none in use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from publisher.aws.clients import Aws
from publisher.bootstrap.in_use import launches_of_versions
from publisher.bootstrap.roles import LaunchRole, with_older
from publisher.catalog.published_versions import PublishedVersion, other_versions, template_of
from publisher.errors import AwsError, PublisherError, and_more, excerpt, printable
from publisher.model import precedence, short_digest
from publisher.stopping import Pool
from publisher.templates.cloudformation import template_value
from publisher.templates.workers import RENDERING, Workers, workers

_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A published version whose needs a launch role lacks, and the launches (Region/name) that have it."""

    role: str
    version: str
    reason: str
    launches: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{self.role} lacks what version {self.version} needs: {self.reason}"
        return f"{what}; launches that have it: {and_more(self.launches)}" if self.launches else what

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "role": self.role,
            "version": self.version,
            "reason": self.reason,
            "launches": list(self.launches),
        }


@dataclass(frozen=True, kw_only=True)
class Kept:
    """By launch role the versions beside that of the files whose needs it has, and what could not be kept."""

    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What launches of older versions may lack, and why."""
        unread = (f"launch roles may lack what older versions need: {it}" for it in self.unread)
        return (*unread, *map(str, self.left_out))

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "kept_versions": {role: list(some) for role, some in self.versions.items()},
            "left_out_versions": [it.document() for it in self.left_out],
            "unread_versions": list(self.unread),
        }


@dataclass(frozen=True, kw_only=True)
class OlderVersions:
    """The versions of an account that differ from the files, with their places; texts by content."""

    versions: Sequence[tuple[Aws, PublishedVersion]] = ()
    texts: Mapping[str, str | AwsError] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @classmethod
    def read(cls, places: Iterable[Aws], roles: Iterable[LaunchRole]) -> OlderVersions:
        """Reads the versions of these products in all Regions of an account, each template once."""
        digests = {it.product: short_digest(it.rendered.digest) for it in roles if it.rendered}
        versions: list[tuple[Aws, PublishedVersion]] = []
        unread = []
        for aws in places if digests else ():
            try:
                versions += ((aws, it) for it in other_versions(aws, digests))
            except AwsError as error:
                unread.append(str(error))
        contents = {_content(it): (aws, it) for aws, it in versions}
        with Pool() as pool:
            texts = dict(zip(contents, pool.map(lambda it: _text(*it), contents.values()), strict=True))
        return cls(versions=versions, texts=texts, unread=tuple(unread))

    def kept_by(self, roles: Sequence[LaunchRole]) -> tuple[list[LaunchRole], Kept]:
        """The roles with what these versions need, and what could not be kept.

        When it is too much for a role, the oldest are left out, first inactive and deprecated ones.
        """
        templates = _parsed({it for it in self.texts.values() if isinstance(it, str)}, workers())
        found: list[LaunchRole] = []
        kept: dict[str, tuple[str, ...]] = {}
        left: list[LeftOut] = []
        for role in roles:
            mine = [it for it in self.versions if it[1].artifact.product == role.product]
            newest_first = sorted((it for _, it in mine), key=_worth, reverse=True)
            reasons: dict[str, str] = {}
            older: dict[str, dict[str, Any]] = {}
            for content in map(_content, newest_first):
                text = self.texts[content]
                template = templates[text] if isinstance(text, str) else text
                if isinstance(template, PublisherError):
                    reasons[content] = _reason(str(template))
                else:
                    older[content] = template
            if older:
                role, refused = with_older(role, older)
                reasons |= {content: _reason(text) for content, text in refused.items()}
            found.append(role)
            names = dict.fromkeys(it.artifact.version for it in newest_first if _content(it) not in reasons)
            if names:
                kept[role.name] = tuple(names)
            left += self._left_out(role.name, mine, reasons)
        return found, Kept(versions=kept, left_out=tuple(left), unread=self.unread)

    def _left_out(
        self, role: str, mine: Collection[tuple[Aws, PublishedVersion]], reasons: Mapping[str, str]
    ) -> list[LeftOut]:
        left: dict[tuple[str, str], dict[str, Aws]] = {}
        for aws, it in mine:
            if _content(it) in reasons:
                left.setdefault((it.artifact.version, reasons[_content(it)]), {})[it.id] = aws
        return [
            LeftOut(role=role, version=version, reason=reason, launches=launches_of_versions(ids))
            for (version, reason), ids in sorted(left.items())
        ]


def _parsed(texts: Collection[str], pool: Workers) -> Mapping[str, dict[str, Any] | PublisherError]:
    # Whoever adopted a product may not have written its templates: they are read where they can be ended.
    return dict(pool.run(template_value, texts, RENDERING, expected=len(texts)))


def _content(version: PublishedVersion) -> str:
    """The same for versions of the same content; that of others than publisher is not known."""
    return version.artifact.digest or version.id


def _text(aws: Aws, version: PublishedVersion) -> str | AwsError:
    try:
        return template_of(aws, version)
    except AwsError as error:
        return error


def _worth(version: PublishedVersion) -> tuple[object, ...]:
    it = version.artifact
    return (it.active, it.launchable, precedence(it.version))


def _reason(text: str) -> str:
    return excerpt(printable(text), _LONGEST)
